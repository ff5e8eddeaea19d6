//! An encoder is assigned: what became of it. The judgement itself is tested beside it.

use crds::AssignmentKey;

use super::*;
use crate::{observe::JobEnd, policy::retry};

fn evicted(observed: Observed) -> Observed {
    let pod = ObservedPod {
        disrupted: Some("EvictionByEvictionAPI".into()),
        ..testing::pod()
    };
    ended(observed, pod, 137, "Error")
}

fn set_status(mut observed: Observed, change: impl FnOnce(&mut crds::DocumentEncodingStatus)) -> Observed {
    change(observed.encoding.status.as_mut().unwrap());
    observed
}

#[test]
fn a_job_that_the_status_names_and_that_is_not_there_yet_is_created() {
    let decision = decided(&its_turn(new()));
    let cut_off = Observed {
        job: None,
        job_was_seen: false,
        ..after(its_turn(new()), &decision)
    };
    let again = decided(&cut_off);
    assert_eq!(again.actions, decision.actions);
    assert_eq!(again.status, None);
}

#[test]
fn a_job_that_was_there_and_is_gone_is_a_disruption() {
    let lost = Observed {
        job: None,
        ..processing()
    };
    let decision = decided(&lost);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Queued), "Disrupted")
    );
    assert_eq!(count(&decision), (1, 1, 1));
}

#[test]
fn somebody_elses_job_of_the_wanted_name_is_left_alone_and_the_next_name_taken() {
    let mut observed = processing();
    observed.job.as_mut().unwrap().first_uid = "other".into();
    let decision = decided(&observed);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Queued), "GivenBack")
    );
    assert_eq!(decision.actions, []);
    let next = decided(&its_turn(after(observed, &decision)));
    assert_eq!(next.actions, [create(1, 2, 0, 512 << 20)]);
}

#[test]
fn a_running_encoder_is_looked_at_again_and_nothing_is_written() {
    let decision = decided(&running());
    assert_eq!((decision.status, decision.actions), (None, Vec::new()));
    assert_eq!(decision.requeue_after, Some(seconds(30)));
}

#[test]
fn what_was_told_of_failing_passes_is_taken_back() {
    let mut observed = running();
    let failing = reconcile_failed(&observed.encoding, "no", testing::now()).unwrap();
    failing.apply_to(observed.encoding.status.as_mut().unwrap());
    let decision = decided(&observed);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Processing), "Assigned")
    );
}

#[test]
fn a_disruption_costs_no_attempt_and_the_next_try_waits_for_the_pod_to_end() {
    let observed = evicted(running());
    let decision = decided(&observed);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Queued), "Disrupted")
    );
    assert_eq!(count(&decision), (1, 1, 1));
    assert_eq!(decision.status.as_ref().unwrap().job_name, None);
    assert_eq!(
        decision.actions,
        [delete_own_job()],
        "before it makes another Pod"
    );
    let queued = its_turn(after(observed, &decision));
    let still_held = Observed {
        holders: running().holders,
        ..queued.clone()
    };
    assert!(
        !decided(&still_held)
            .actions
            .iter()
            .any(|action| matches!(action, Action::CreateJob(_)))
    );
    assert_eq!(decided(&queued).actions, [create(1, 2, 1, 512 << 20)]);
}

#[test]
fn an_encoder_that_was_told_to_stop_is_a_disruption() {
    let decision = decided(&ended(running(), testing::pod(), 75, "Error"));
    assert_eq!((count(&decision), told(&decision).0), ((1, 1, 1), "Disrupted"));
}

#[test]
fn disruptions_without_end_are_a_failed_attempt() {
    let so_often = |times| {
        let observed = set_status(evicted(running()), |status| status.disruptions = Some(times));
        decided(&observed)
    };
    assert_eq!(reason(&so_often(retry::MAX_DISRUPTIONS - 1)), None);
    let decision = so_often(retry::MAX_DISRUPTIONS);
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Pending), Some(Reason::Evicted))
    );
}

#[test]
fn what_is_given_back_costs_nothing_and_waits_again() {
    for observed in [
        ended(sharing(), standing_pod(), 0, "Completed"),
        Observed {
            job: None,
            ..let_go(sharing())
        },
    ] {
        let decision = decided(&observed);
        assert_eq!(
            (phase(&decision), told(&decision).0),
            (Some(Phase::Queued), "GivenBack")
        );
        assert_eq!((count(&decision), reason(&decision)), ((1, 1, 0), None));
        assert_eq!(decision.actions, []);
        let status = decision.status.unwrap();
        assert_eq!((status.job_name, status.retry_time), (None, None));
    }
}

#[test]
fn a_document_that_no_encoder_takes_fails_its_attempt() {
    let given_back = ended(sharing(), standing_pod(), 0, "Completed");
    let after_tries = |tries| {
        decided(&set_status(given_back.clone(), |status| {
            status.tries = Some(tries);
        }))
    };
    assert_eq!(told(&after_tries(999)).0, "GivenBack");
    let decision = after_tries(1000);
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Pending), Some(Reason::EncoderCrashed))
    );
}

#[test]
fn running_out_of_memory_is_laid_to_the_document_that_was_worked_on() {
    let killed = |uid: &str| {
        let worked_on = Some(AssignmentKey {
            uid: uid.into(),
            ..testing::key()
        });
        let pod = ObservedPod {
            worked_on,
            ..standing_pod()
        };
        ended(sharing(), pod, 137, "OOMKilled")
    };
    let to_blame = decided(&killed(testing::UID));
    assert_eq!(
        (phase(&to_blame), reason(&to_blame)),
        (Some(Phase::Pending), Some(Reason::OutOfMemory))
    );
    let other = decided(&killed("other"));
    assert_eq!(
        (told(&other).0, reason(&other), count(&other)),
        ("GivenBack", None, (1, 1, 0))
    );
}

#[test]
fn after_running_out_of_memory_it_gets_twice_as_much_in_a_job_of_its_own() {
    let retrying = between_attempts(Reason::OutOfMemory);
    let next = decided_at(&its_turn(retrying), 5);
    assert_eq!(next.actions, [create(2, 1, 0, 1 << 30)]);
    assert_eq!(
        next.status.unwrap().memory,
        Some(crds::resources::quantity(1 << 30))
    );
    let shared = passed(failed_with(sharing(), Reason::OutOfMemory), 0);
    let next = decided_at(&its_turn(let_go(shared)), 5);
    assert_eq!(next.actions, [create(2, 1, 0, 1 << 30)]);
}

#[test]
fn an_attempt_that_ends_without_a_report_names_the_job_with_its_log() {
    let crashed = ended(running(), testing::pod(), 139, "Error");
    let decision = decided(&crashed);
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Pending), Some(Reason::EncoderCrashed))
    );
    let failure = decision.status.unwrap().failure.unwrap();
    assert!(
        failure.message.contains(&crds::job::name(testing::UID, 1, 1)),
        "{}",
        failure.message
    );
    assert_eq!(failure.exit_code, Some(139));
    let mut last = crashed;
    last.encoding.spec.max_attempts = 1;
    last.job.as_mut().unwrap().end = Some(JobEnd::Succeeded);
    let decision = decided(&last);
    assert_eq!(
        (phase(&decision), decision.actions),
        (Some(Phase::Failed), Vec::new())
    );
}

#[test]
fn the_queues_turn_is_nothing_to_a_document_that_is_worked_on() {
    let wait = Wait {
        position: 3,
        reason: crate::queue::WaitReason::GlobalLimit,
        estimated_start: None,
    };
    for turn in [Turn::StartJob, Turn::Wait(wait)] {
        let decision = decided(&given(turn, running()));
        assert_eq!((decision.status, decision.actions), (None, Vec::new()));
    }
}
