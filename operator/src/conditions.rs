//! The conditions, and the phase that sums them up. Pure.
//!
//! | phase | Ready | Reconciling | Stalled | Admitted |
//! |---|---|---|---|---|
//! | Pending, Queued | False | True | False | False |
//! | Processing | False | True | False | True |
//! | Ready | True | False | False | True |
//! | Failed, Cancelled | False | False | True | as it was |

use crds::{Phase, condition};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use crate::{clock, state::OperatorStatus};

/// What conditions and phase shall say of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionUpdate {
    /// The phase.
    pub phase: Phase,
    /// One word in `CamelCase`.
    pub reason: String,
    /// A sentence for a person.
    pub message: String,
}

impl ConditionUpdate {
    /// Phase, reason and message.
    pub fn new(phase: Phase, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            phase,
            reason: reason.into(),
            message: message.into(),
        }
    }
}

/// Sets phase and conditions. A condition's time is that of its last transition.
pub fn set(status: &mut OperatorStatus, update: &ConditionUpdate, generation: i64, now: Timestamp) {
    let ConditionUpdate {
        phase,
        reason,
        message,
    } = update;
    let was_admitted = status
        .conditions
        .iter()
        .any(|each| each.type_ == condition::ADMITTED && each.status == "True");
    let admitted = match phase {
        Phase::Pending | Phase::Queued => false,
        Phase::Processing | Phase::Ready => true,
        Phase::Failed | Phase::Cancelled => was_admitted,
    };
    let stalled = matches!(phase, Phase::Failed | Phase::Cancelled);
    let wanted = [
        (condition::READY, *phase == Phase::Ready, reason.as_str()),
        (condition::RECONCILING, !phase.is_terminal(), reason.as_str()),
        (condition::STALLED, stalled, reason.as_str()),
        (
            condition::ADMITTED,
            admitted,
            if admitted { "Admitted" } else { reason.as_str() },
        ),
    ];
    let before = std::mem::take(&mut status.conditions);
    status.conditions = wanted
        .into_iter()
        .map(|(type_, is_true, reason)| {
            let value = if is_true { "True" } else { "False" };
            let same = before
                .iter()
                .find(|each| each.type_ == type_ && each.status == value);
            Condition {
                type_: type_.to_owned(),
                status: value.to_owned(),
                reason: reason.to_owned(),
                message: message.clone(),
                observed_generation: Some(generation),
                last_transition_time: same
                    .map_or_else(|| clock::stored(now), |same| same.last_transition_time.clone()),
            }
        })
        .collect();
    status.phase = Some(*phase);
    status.observed_generation = generation;
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::testing;

    fn said(phase: Phase) -> OperatorStatus {
        let mut status = OperatorStatus::default();
        set(
            &mut status,
            &ConditionUpdate::new(phase, "Reason", "words"),
            1,
            testing::now(),
        );
        status
    }

    fn is(status: &OperatorStatus, type_: &str) -> bool {
        status
            .conditions
            .iter()
            .any(|each| each.type_ == type_ && each.status == "True")
    }

    #[test]
    fn every_phase_has_its_conditions() {
        use Phase::{Cancelled, Failed, Pending, Processing, Queued, Ready};
        for (phase, expected) in [
            (Pending, [false, true, false, false]),
            (Queued, [false, true, false, false]),
            (Processing, [false, true, false, true]),
            (Ready, [true, false, false, true]),
            (Failed, [false, false, true, false]),
            (Cancelled, [false, false, true, false]),
        ] {
            let status = said(phase);
            let types = [
                condition::READY,
                condition::RECONCILING,
                condition::STALLED,
                condition::ADMITTED,
            ];
            assert_eq!(types.map(|type_| is(&status, type_)), expected, "{phase:?}");
        }
    }

    #[test]
    fn a_condition_that_stays_keeps_its_time() {
        let mut status = said(Phase::Queued);
        let later = testing::now() + SignedDuration::from_secs(60);
        set(
            &mut status,
            &ConditionUpdate::new(Phase::Processing, "JobCreated", "words"),
            1,
            later,
        );
        let time = |type_: &str| {
            let found = status.conditions.iter().find(|each| each.type_ == type_);
            found.map(|each| each.last_transition_time.0).unwrap()
        };
        assert_eq!(time(condition::RECONCILING), testing::now());
        assert_eq!(time(condition::ADMITTED), later);
    }
}
