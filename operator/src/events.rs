//! The Events that tell people what happened, once it has. Pure but for [`publish`].
//!
//! | reason | type | when |
//! |---|---|---|
//! | `JobCreated` | Normal | an attempt began, or began anew after a disruption |
//! | `AttemptFailed` | Warning | an attempt failed and will be followed by another |
//! | `Encoded` | Normal | there is a result |
//! | `EncodingFailed` | Warning | there will be no result |
//! | `Cancelled` | Normal | it was cancelled |
//! | `Suspended` | Normal | it was suspended |

use crds::{DocumentEncoding, Phase};
use kube::{
    Resource,
    runtime::events::{Event, EventType},
};
use tracing::warn;

use crate::{
    context::{Context, limited},
    state::OperatorStatus,
};

/// What happened, judging by the status before and after.
pub fn happened(
    before: &OperatorStatus,
    after: &OperatorStatus,
) -> Option<(EventType, &'static str, String)> {
    let words = after
        .failure
        .as_ref()
        .map(|failure| format!("{}: {}", failure.reason, failure.message));
    let words = words.unwrap_or_default();
    let suspended = |status: &OperatorStatus| status.conditions.iter().any(|each| each.reason == "Suspended");
    match after.phase? {
        Phase::Ready => {
            let result = after.result.as_ref()?;
            Some((
                EventType::Normal,
                "Encoded",
                format!(
                    "{} chunks of {} pages, language {}",
                    result.total_chunks, result.total_pages, result.language
                ),
            ))
        }
        Phase::Failed => Some((EventType::Warning, "EncodingFailed", words)),
        Phase::Cancelled => Some((EventType::Normal, "Cancelled", "it was cancelled".to_owned())),
        Phase::Processing if before.job_name != after.job_name => {
            let job = after.job_name.clone().unwrap_or_default();
            Some((
                EventType::Normal,
                "JobCreated",
                format!("attempt {}: {job}", after.attempt.unwrap_or(1)),
            ))
        }
        Phase::Pending if before.retry_time != after.retry_time => {
            Some((EventType::Warning, "AttemptFailed", words))
        }
        Phase::Queued if suspended(after) && !suspended(before) => Some((
            EventType::Normal,
            "Suspended",
            "no encoder runs for it".to_owned(),
        )),
        _ => None,
    }
}

/// Publishes what happened; that it did not work is not worth more than a line in the log.
pub async fn publish(
    context: &Context,
    encoding: &DocumentEncoding,
    before: &OperatorStatus,
    after: &OperatorStatus,
) {
    let Some((type_, reason, note)) = happened(before, after) else {
        return;
    };
    let event = Event {
        type_,
        reason: reason.to_owned(),
        note: Some(note.chars().take(1000).collect()),
        action: "Reconcile".to_owned(),
        secondary: None,
    };
    if let Err(error) = limited(
        "publish an Event",
        context.recorder.publish(&event, &encoding.object_ref(&())),
    )
    .await
    {
        warn!(%error, reason, "unable to publish an Event");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conditions::{Saying, say},
        testing,
    };

    fn said(phase: Phase, reason: &str) -> OperatorStatus {
        let mut status = OperatorStatus::default();
        say(&mut status, &Saying::new(phase, reason, ""), 1, testing::now());
        status
    }

    fn reason(before: &OperatorStatus, after: &OperatorStatus) -> Option<&'static str> {
        happened(before, after).map(|(_, reason, _)| reason)
    }

    #[test]
    fn every_turn_has_its_event_and_standing_still_has_none() {
        let new = OperatorStatus::default();
        let processing = OperatorStatus {
            job_name: Some("enc-1".into()),
            ..said(Phase::Processing, "JobCreated")
        };
        let pending = OperatorStatus {
            retry_time: Some(crate::clock::stored(testing::now())),
            ..said(Phase::Pending, "X")
        };
        let ready = OperatorStatus {
            result: Some(testing::result("p")),
            ..said(Phase::Ready, "Encoded")
        };
        assert_eq!(reason(&new, &processing), Some("JobCreated"));
        assert_eq!(reason(&processing, &processing), None);
        assert_eq!(reason(&processing, &pending), Some("AttemptFailed"));
        assert_eq!(reason(&processing, &ready), Some("Encoded"));
        assert_eq!(
            reason(&processing, &said(Phase::Failed, "Malformed")),
            Some("EncodingFailed")
        );
        assert_eq!(
            reason(&processing, &said(Phase::Cancelled, "Cancelled")),
            Some("Cancelled")
        );
        assert_eq!(
            reason(&processing, &said(Phase::Queued, "Suspended")),
            Some("Suspended")
        );
        assert_eq!(reason(&processing, &said(Phase::Queued, "Queued")), None);
    }
}
