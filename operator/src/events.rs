//! The Events that tell people what happened, once it has. Pure but for [`publish`].
//!
//! | reason | type | when |
//! |---|---|---|
//! | `JobCreated` | Normal | a Job is being made for it |
//! | `Encoded` | Normal | there is a result |
//! | `AttemptFailed` | Warning | an attempt failed and will be followed by another |
//! | `Disrupted` | Warning | its encoder was taken away; the attempt begins anew |
//! | `QuotaDenied`, `Unschedulable`, `ImagePull` | Warning | the cluster does not give what an encoder needs; it is waited for |
//! | `SourceNotFound` | Warning | the source is not there yet; it is waited for |
//! | `ReconcileFailed` | Warning | the operator fails to work on it |
//! | `EncodingFailed` | Warning | there will be no result |
//! | `Suspended`, `Resumed` | Normal | it was suspended, and goes on |
//! | `Cancelled` | Normal | it was cancelled, and nothing works on it any more |
//!
//! The two of every document's way, `JobCreated` and `Encoded`, are bounded to some a second: with a long queue they would be a third of all
//! writes. What is left out stands in the conditions.

use crds::{DocumentEncoding, Phase};
use std::sync::PoisonError;

use kube::{
    Resource,
    runtime::events::{Event, EventType},
};
use tracing::warn;

use crate::{clock, context::Context, state::OperatorStatus};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Whether a person should look.
    pub is_warning: bool,
    /// One word, in the past tense.
    pub reason: &'static str,
    /// A sentence.
    pub note: String,
}

impl Happened {
    fn normal(reason: &'static str, note: impl Into<String>) -> Self {
        Self {
            is_warning: false,
            reason,
            note: note.into(),
        }
    }

    fn warning(reason: &'static str, note: impl Into<String>) -> Self {
        Self {
            is_warning: true,
            ..Self::normal(reason, note)
        }
    }

    /// Whether it happens on the way of every document.
    fn is_routine(&self) -> bool {
        matches!(self.reason, "JobCreated" | "Encoded")
    }
}

/// Reasons of the conditions that are told in an Event of the same name when they appear.
const TOLD: [&str; 6] = [
    "Disrupted",
    "QuotaDenied",
    "Unschedulable",
    "ImagePull",
    "SourceNotFound",
    "ReconcileFailed",
];

/// What happened, judging by the status before and after. `uid` is the resource's.
pub fn happened(uid: &str, before: &OperatorStatus, after: &OperatorStatus) -> Option<Happened> {
    let failure = after
        .failure
        .as_ref()
        .map(|failure| format!("{}: {}", failure.reason, failure.message));
    let failure = failure.unwrap_or_default();
    let reason = reason_of(after);
    let is_new = reason != reason_of(before);
    let message = || {
        after
            .conditions
            .first()
            .map(|each| each.message.clone())
            .unwrap_or_default()
    };
    match after.phase? {
        phase if Some(phase) == before.phase && phase.is_terminal() => None,
        Phase::Ready => {
            let result = after.result.as_ref()?;
            Some(Happened::normal("Encoded", result.in_words()))
        }
        Phase::Failed => Some(Happened::warning("EncodingFailed", failure)),
        Phase::Cancelled => Some(Happened::normal(
            "Cancelled",
            "it was cancelled, and nothing works on it any more",
        )),
        Phase::Pending if after.retry_time.is_some() && before.retry_time != after.retry_time => {
            Some(Happened::warning("AttemptFailed", failure))
        }
        _ if after.refused_since.is_some() && before.refused_since.is_some() => None,
        _ if is_new && let Some(told) = TOLD.into_iter().find(|told| *told == reason) => {
            Some(Happened::warning(told, message()))
        }
        Phase::Processing | Phase::Queued if is_new && reason_of(before) == "Suspended" => {
            Some(Happened::normal("Resumed", "it goes on"))
        }
        Phase::Processing if before.job_name != after.job_name => {
            let (attempt, tries) = (after.attempt.unwrap_or(1), after.tries.unwrap_or(1));
            let job = after.job_name.as_deref()?;
            // A Job that worked for others before is not made for this one.
            (job == crds::job::name(uid, attempt, tries))
                .then(|| Happened::normal("JobCreated", format!("attempt {attempt}: {job}")))
        }
        Phase::Queued if is_new && reason == "Suspended" => Some(Happened::normal(
            "Suspended",
            "no encoder works on it until spec.suspend is false",
        )),
        _ => None,
    }
}

/// The reason that the conditions give for the state they are in.
fn reason_of(status: &OperatorStatus) -> &str {
    status
        .conditions
        .first()
        .map_or("", |ready| ready.reason.as_str())
}

/// Publishes what happened; that it did not work is not worth more than a line in the log.
pub async fn publish(
    context: &Context,
    encoding: &DocumentEncoding,
    before: &OperatorStatus,
    after: &OperatorStatus,
) {
    let uid = encoding.metadata.uid.as_deref().unwrap_or_default();
    let Some(happened) = happened(uid, before, after) else {
        return;
    };
    if happened.is_routine() {
        let mut limit = context.event_limit.lock().unwrap_or_else(PoisonError::into_inner);
        if !limit.try_accept(clock::now()) {
            context.metrics.event_left_out();
            return;
        }
    }
    let event = Event {
        type_: if happened.is_warning {
            EventType::Warning
        } else {
            EventType::Normal
        },
        reason: happened.reason.to_owned(),
        note: Some(happened.note.chars().take(1000).collect()),
        action: "Reconcile".to_owned(),
        secondary: None,
    };
    let reference = encoding.object_ref(&());
    let published = context.recorder.publish(&event, &reference);
    if let Err(error) = context.write("publish an Event", published).await {
        warn!(%error, reason = happened.reason, "unable to publish an Event");
    }
}

#[cfg(test)]
mod tests {
    use crds::{Failure, Reason};

    use super::*;
    use crate::{
        conditions::{self, ConditionUpdate},
        testing,
    };

    fn told(phase: Phase, reason: &str) -> OperatorStatus {
        let mut status = OperatorStatus::default();
        let update = ConditionUpdate::new(phase, reason, "words");
        conditions::set(&mut status, &update, 1, testing::now());
        status
    }

    /// An encoder works for it: of the Job of its second try.
    fn processing() -> OperatorStatus {
        OperatorStatus {
            attempt: Some(1),
            tries: Some(2),
            job_name: Some(crds::job::name(testing::UID, 1, 2)),
            ..told(Phase::Processing, "Assigned")
        }
    }

    fn failed(status: OperatorStatus) -> OperatorStatus {
        OperatorStatus {
            failure: Some(Failure::new(Reason::EncoderCrashed, "it crashed", None)),
            ..status
        }
    }

    fn reason(before: &OperatorStatus, after: &OperatorStatus) -> Option<&'static str> {
        happened(testing::UID, before, after).map(|happened| happened.reason)
    }

    #[test]
    fn every_turn_has_its_event_and_standing_still_has_none() {
        let retrying = failed(OperatorStatus {
            retry_time: Some(clock::stored(testing::now())),
            ..told(Phase::Pending, "EncoderCrashed")
        });
        let ready = OperatorStatus {
            result: Some(testing::result("p")),
            ..told(Phase::Ready, "Encoded")
        };
        let suspended = told(Phase::Queued, "Suspended");
        let queued = told(Phase::Queued, "Queued");
        for (before, after, expected, is_warning) in [
            (&queued, processing(), "JobCreated", false),
            (&processing(), retrying.clone(), "AttemptFailed", true),
            (&retrying, processing(), "JobCreated", false),
            (&processing(), ready, "Encoded", false),
            (
                &processing(),
                failed(told(Phase::Failed, "EncoderCrashed")),
                "EncodingFailed",
                true,
            ),
            (
                &processing(),
                told(Phase::Cancelled, "Cancelled"),
                "Cancelled",
                false,
            ),
            (&processing(), suspended.clone(), "Suspended", false),
            (&suspended, queued.clone(), "Resumed", false),
            (&processing(), told(Phase::Queued, "Disrupted"), "Disrupted", true),
            (
                &processing(),
                told(Phase::Pending, "QuotaDenied"),
                "QuotaDenied",
                true,
            ),
            (
                &processing(),
                told(Phase::Pending, "Unschedulable"),
                "Unschedulable",
                true,
            ),
            (
                &processing(),
                told(Phase::Pending, "ImagePull"),
                "ImagePull",
                true,
            ),
            (
                &queued,
                told(Phase::Pending, "SourceNotFound"),
                "SourceNotFound",
                true,
            ),
            (
                &queued,
                told(Phase::Queued, "ReconcileFailed"),
                "ReconcileFailed",
                true,
            ),
        ] {
            let happened = happened(testing::UID, before, &after).unwrap();
            assert_eq!((happened.reason, happened.is_warning), (expected, is_warning));
            assert!(!happened.note.is_empty(), "{expected}");
            assert_eq!(reason(&after, &after), None, "{expected}");
        }
    }

    #[test]
    fn what_is_no_turn_has_no_event() {
        let queued = told(Phase::Queued, "Queued");
        let moved = OperatorStatus {
            queue_position: Some(2),
            ..queued.clone()
        };
        let cancelling = OperatorStatus {
            job_name: None,
            ..told(Phase::Processing, "Cancelling")
        };
        let edited = OperatorStatus {
            observed_generation: 2,
            ..failed(told(Phase::Failed, "EncoderCrashed"))
        };
        for (before, after) in [
            (&OperatorStatus::default(), queued.clone()),
            (&queued, moved),
            (&processing(), cancelling),
            (&processing(), told(Phase::Queued, "GivenBack")),
            (&processing(), told(Phase::Processing, "NotStarted")),
            (&failed(told(Phase::Failed, "EncoderCrashed")), edited),
        ] {
            assert_eq!(reason(before, &after), None, "{after:?}");
        }
    }

    #[test]
    fn a_job_is_told_of_by_the_document_it_is_made_for_alone() {
        let queued = told(Phase::Queued, "Queued");
        let happened = happened(testing::UID, &queued, &processing()).unwrap();
        assert!(
            happened.note.contains(&crds::job::name(testing::UID, 1, 2)),
            "{}",
            happened.note
        );
        let handed = OperatorStatus {
            job_name: Some("enc-standing".into()),
            ..processing()
        };
        assert_eq!(reason(&queued, &handed), None);
    }

    #[test]
    fn why_it_failed_stands_in_the_event() {
        let happened = happened(
            testing::UID,
            &processing(),
            &failed(told(Phase::Failed, "EncoderCrashed")),
        );
        assert_eq!(happened.unwrap().note, "EncoderCrashed: it crashed");
    }

    #[test]
    fn the_two_of_every_documents_way_are_routine_and_no_warning_is() {
        let is_routine = |reason| Happened::normal(reason, "").is_routine();
        assert!(is_routine("JobCreated") && is_routine("Encoded"));
        for reason in TOLD.into_iter().chain([
            "AttemptFailed",
            "EncodingFailed",
            "Suspended",
            "Resumed",
            "Cancelled",
        ]) {
            assert!(!is_routine(reason), "{reason}");
        }
    }
}
