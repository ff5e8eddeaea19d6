//! An encoder is assigned that takes too long, is stuck, or cannot report.

use super::*;

fn with_work(observed: Observed, work: Work) -> Observed {
    Observed { work, ..observed }
}

#[test]
fn the_time_limit_counts_from_when_it_is_worked_on() {
    let limited = |working_for, at| {
        let work = Work {
            working_for,
            ..Work::default()
        };
        let mut observed = with_work(running(), work);
        observed.encoding.spec.timeout_seconds = 60;
        decided_at(&observed, at)
    };
    assert_eq!(
        limited(None, 100_000).status,
        None,
        "its Pod may take its time to begin"
    );
    assert_eq!(
        limited(Some(seconds(80)), 100_000).requeue_after,
        Some(seconds(10))
    );
    let over = limited(Some(seconds(90)), 91);
    assert_eq!(
        (phase(&over), reason(&over)),
        (Some(Phase::Pending), Some(Reason::DeadlineExceeded))
    );
    assert_eq!(over.actions, [delete_own_job()]);
}

#[test]
fn a_document_past_its_time_or_stuck_is_taken_from_a_pod_that_goes_on_for_others() {
    let too_long = Work {
        working_for: Some(seconds(3630)),
        ..Work::default()
    };
    let stuck = Work {
        silent_for: Some(seconds(300)),
        quiet_for: Some(seconds(5)),
        ..Work::default()
    };
    for (work, expected) in [(too_long, Reason::DeadlineExceeded), (stuck, Reason::NoProgress)] {
        let shared = decided(&with_work(sharing(), work.clone()));
        assert_eq!(
            (phase(&shared), reason(&shared)),
            (Some(Phase::Pending), Some(expected))
        );
        assert_eq!(shared.actions, []);
        assert_eq!(
            shared.status.unwrap().job_name,
            None,
            "so it is no more of what the Pod should hold"
        );
        let alone = decided(&with_work(running(), work));
        assert_eq!(
            (reason(&alone), alone.actions),
            (Some(expected), vec![delete_own_job()])
        );
    }
}

#[test]
fn a_pod_that_does_not_ask_any_more_is_ended_with_all_it_holds() {
    let quiet = |quiet_for| Work {
        quiet_for: Some(seconds(quiet_for)),
        working_for: Some(seconds(1)),
        ..Work::default()
    };
    let early = decided(&with_work(sharing(), quiet(290)));
    assert_eq!((early.status, early.requeue_after), (None, Some(seconds(10))));
    let decision = decided(&with_work(sharing(), quiet(300)));
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Pending), Some(Reason::NoProgress))
    );
    assert_eq!(decision.actions, [delete(STANDING_JOB, "standing")]);
    let held_ahead = Work {
        working_for: None,
        ..quiet(300)
    };
    let not_begun = decided(&with_work(sharing(), held_ahead));
    assert_eq!(
        (phase(&not_begun), told(&not_begun).0),
        (Some(Phase::Queued), "GivenBack"),
        "it is not to blame"
    );
}

#[test]
fn a_report_that_the_cluster_refuses_is_a_misconfiguration_and_not_tried_again() {
    let work = Work {
        ended: Some(crds::assignment::EndedOutcome::Refused("forbidden".into())),
        ..Work::default()
    };
    let decision = decided(&with_work(running(), work));
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Failed), Some(Reason::Misconfigured))
    );
    assert_eq!(decision.actions, [], "its Pod ends by itself, and its log stays");
}

#[test]
fn a_pod_on_a_lost_node_is_waited_for_and_then_taken_for_gone() {
    let mut observed = running();
    observed.pods[0].gone_by = Some(later(10));
    let waits = decided_at(&observed, 20);
    assert_eq!((waits.status, waits.requeue_after), (None, Some(seconds(20))));
    let lost = decided_at(&observed, 40);
    assert_eq!((told(&lost).0, count(&lost)), ("Disrupted", (1, 1, 1)));
}
