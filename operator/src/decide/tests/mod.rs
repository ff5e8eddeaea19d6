//! One test for each decision, by the stage of a document's life, and here what holds for all of them.

mod ending;
mod finished;
mod overdue;
mod refused;
mod regressions;
mod reported;
mod starting;
mod waiting;
mod working;
mod world;

use crds::{Failure, Reason, Report, ResultSummary, condition, keys};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use self::world::*;
use super::{ending::ENDING_LOOK, *};
use crate::{
    clock,
    decision::{JobPlan, TurnOutcome},
    handover::table::Holding,
    observe::{Container, Holder, ObservedJob, ObservedPod, Work},
    policy::job_key::JobKey,
    queue::{Turn, Wait, WaitReason},
    testing,
};

/// A resource in each state that a document can come to, by its name.
fn all_states() -> Vec<(&'static str, Observed)> {
    let cancelling = |mut observed: Observed| {
        observed.encoding.spec.cancelled = true;
        passed(observed, 0)
    };
    let suspending = |mut observed: Observed| {
        observed.encoding.spec.suspend = true;
        passed(observed, 0)
    };
    let absent = {
        let mut observed = its_turn(new());
        observed.surroundings.source = validate::source::ObservedSource::Absent;
        passed(observed, 0)
    };
    let unlabelled = {
        let mut observed = its_turn(new());
        observed.surroundings.source = validate::source::ObservedSource::Unlabelled;
        passed(observed, 0)
    };
    let unschedulable = ObservedPod {
        unschedulable: Some("Unschedulable: 0/1 nodes are available".into()),
        ..testing::pod()
    };
    vec![
        ("processing", processing()),
        ("running", running()),
        ("sharing", sharing()),
        ("ready", ready()),
        ("retrying", between_attempts(Reason::EncodingError)),
        ("failed", passed(failed_with(running(), Reason::Malformed), 0)),
        ("cancelling", cancelling(running())),
        ("cancelled", cancelling(let_go(cancelling(running())))),
        ("suspending", suspending(running())),
        ("suspended", suspending(let_go(suspending(running())))),
        ("without a source", absent),
        ("invalid", unlabelled),
        ("unschedulable", passed(with_pod(processing(), unschedulable), 0)),
        ("without a quota", refused::job_refused()),
        (
            "without a quota, and not its turn",
            passed(
                given(
                    Turn::Wait(Wait {
                        position: 1,
                        reason: WaitReason::JobLimit,
                        estimated_start: None,
                    }),
                    refused::job_refused(),
                ),
                0,
            ),
        ),
        (
            "disrupted",
            passed(ended(running(), testing::pod(), 75, "Error"), 0),
        ),
        (
            "given back",
            passed(ended(sharing(), standing_pod(), 0, "Completed"), 0),
        ),
    ]
}

#[test]
fn a_decision_carried_out_is_not_taken_again() {
    for (state, observed) in all_states() {
        let decision = decided(&observed);
        let is_done = |action: &Action| match action {
            // It is asked for until the Pod is gone, and what is being deleted is not deleted again.
            Action::DeleteJob { uid, .. } => observed
                .holders
                .iter()
                .any(|holder| holder.pod.job_uid == *uid && holder.pod.gone_by.is_some()),
            _ => false,
        };
        assert!(
            decision.actions.iter().all(is_done),
            "{state}: {:?}",
            decision.actions
        );
        let before = OperatorStatus::of(observed.encoding.status.as_ref());
        assert!(decision.status.is_none_or(|status| status == before), "{state}");
    }
}

#[test]
fn at_every_moment_exactly_one_of_ready_reconciling_and_stalled_is_true() {
    for (state, observed) in all_states() {
        let status = observed.encoding.status.unwrap();
        let types = [condition::READY, condition::RECONCILING, condition::STALLED];
        let is_true = types.map(|type_| {
            let mut conditions = status.conditions.iter().filter(|each| each.type_ == type_);
            let found = conditions.next().unwrap();
            assert_eq!(conditions.next(), None, "{state}");
            found.status == "True"
        });
        let expected = match status.phase.unwrap() {
            Phase::Pending | Phase::Queued | Phase::Processing => [false, true, false],
            Phase::Ready => [true, false, false],
            Phase::Failed | Phase::Cancelled => [false, false, true],
        };
        assert_eq!(is_true, expected, "{state}");
        assert_eq!(status.observed_generation, 1, "{state}");
    }
}

#[test]
fn passes_that_fail_many_times_in_a_row_are_told_and_change_nothing_else() {
    for (state, observed) in all_states() {
        let before = OperatorStatus::of(observed.encoding.status.as_ref());
        let told = reconcile_failed(&observed.encoding, &"e".repeat(5000), later(60));
        if before.is_finished() {
            assert_eq!(told, None, "{state}");
            continue;
        }
        let told = told.unwrap();
        let ready = told
            .conditions
            .iter()
            .find(|each| each.type_ == condition::READY)
            .unwrap();
        assert_eq!(
            (ready.reason.as_str(), ready.message.len()),
            ("ReconcileFailed", 1024),
            "{state}"
        );
        let expected = OperatorStatus {
            conditions: told.conditions.clone(),
            ..before
        };
        assert_eq!(told, expected, "{state}");
    }
    let blank = reconcile_failed(&new().encoding, "no", testing::now());
    assert_eq!(blank.and_then(|status| status.phase), Some(Phase::Pending));
}

#[test]
fn labels_elsewhere_change_nothing() {
    let mut observed = running();
    let labels = observed.encoding.labels_mut();
    labels.insert(crds::labels::TENANT.into(), "forged".into());
    labels.insert(crds::labels::DOCUMENT_ID.into(), "forged".into());
    let decision = decided(&observed);
    assert_eq!((decision.actions, decision.status), (Vec::new(), None));
    assert_eq!(phase(&decided(&encoded(observed))), Some(Phase::Ready));
}
