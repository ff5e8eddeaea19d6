//! The cluster does not give what an encoder needs. It costs no attempt, and has a time limit of its own.

use super::*;
use crate::{policy::refusal::Refusal, settings::Timeouts};

const WORDS: &str = "exceeded quota: jobs";

fn refused_at(observed: &Observed, refusal: &Refusal, seconds: i64) -> Decision {
    let written = OperatorStatus::of(observed.encoding.status.as_ref());
    refused(observed, &written, refusal, &testing::settings(), later(seconds))
}

fn forbidden() -> Refusal {
    Refusal::Forbidden(WORDS.into())
}

/// It had its turn, and the cluster did not take its Job.
fn tried(observed: Observed, seconds: i64) -> (Observed, Decision) {
    let begun = Observed {
        job: None,
        job_was_seen: false,
        ..passed(its_turn(observed), seconds)
    };
    let decision = refused_at(&begun, &forbidden(), seconds);
    (after(begun, &decision), decision)
}

/// A document whose Job the cluster has refused.
pub(super) fn job_refused() -> Observed {
    tried(new(), 0).0
}

fn block_until(seconds: i64, message: &str) -> Action {
    Action::Block {
        until: later(seconds),
        message: message.into(),
    }
}

fn since(decision: &Decision) -> Option<Timestamp> {
    decision
        .status
        .as_ref()?
        .refused_since
        .as_ref()
        .map(|time| time.0)
}

fn unschedulable() -> Observed {
    let pod = ObservedPod {
        unschedulable: Some("Unschedulable: 0/1 nodes are available".into()),
        ..testing::pod()
    };
    with_pod(processing(), pod)
}

fn without_image() -> Observed {
    let container = Container::Waiting {
        reason: "ErrImagePull".into(),
        message: "not found".into(),
    };
    let pod = ObservedPod {
        container,
        ..testing::pod()
    };
    with_pod(processing(), pod)
}

#[test]
fn a_job_that_the_cluster_refuses_is_waited_for_at_no_cost() {
    let (observed, decision) = tried(new(), 0);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Pending), "QuotaDenied")
    );
    assert!(told(&decision).1.contains(WORDS), "{:?}", told(&decision));
    assert_eq!(reason(&decision), Some(Reason::QuotaDenied));
    assert_eq!(
        (count(&decision), since(&decision)),
        ((1, 1, 0), Some(testing::now()))
    );
    assert_eq!(decision.actions, [block_until(10, told(&decision).1)]);
    assert_eq!(decision.requeue_after, Some(SignedDuration::from_secs(10)));
    let status = decision.status.unwrap();
    assert_eq!((status.job_name, status.retry_time), (None, None));
    let next = decided_at(&its_turn(observed), 10);
    assert_eq!(next.actions, [create(1, 2, 0, 512 << 20)]);
}

#[test]
fn a_refusal_counts_from_the_first_and_is_over_when_the_pod_runs() {
    let (observed, _) = tried(new(), 0);
    let (observed, again) = tried(observed, 100);
    assert_eq!((since(&again), count(&again)), (Some(testing::now()), (1, 2, 0)));
    let pod = ObservedPod {
        job_name: crds::job::name(testing::UID, 1, 3),
        ..running_pod()
    };
    let taken = with_pod(passed(its_turn(observed), 200), pod);
    let decision = decided_at(&taken, 201);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Processing), "Assigned")
    );
    assert_eq!((since(&decision), reason(&decision)), (None, None));
}

#[test]
fn what_the_cluster_refuses_for_too_long_fails() {
    let (waiting, _) = tried(new(), 0);
    assert_eq!(
        decided_at(&waiting, 3599).requeue_after,
        Some(SignedDuration::from_secs(1))
    );
    let over = decided_at(&waiting, 3600);
    assert_eq!(
        (phase(&over), reason(&over)),
        (Some(Phase::Failed), Some(Reason::QuotaDenied))
    );
    assert!(
        told(&over).1.contains(WORDS) && told(&over).1.contains("3600"),
        "{:?}",
        told(&over)
    );
    let begun = passed(its_turn(waiting), 3599);
    let refused_again = refused_at(&begun, &forbidden(), 3600);
    assert_eq!(
        (phase(&refused_again), reason(&refused_again)),
        (Some(Phase::Failed), Some(Reason::QuotaDenied))
    );
}

#[test]
fn a_job_that_can_never_be_is_the_persons_mistake() {
    let begun = passed(its_turn(new()), 0);
    let decision = refused_at(
        &begun,
        &Refusal::Invalid("spec.template: Invalid value".into()),
        0,
    );
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Failed), Some(Reason::InvalidSpec))
    );
}

#[test]
fn where_the_name_is_taken_by_somebody_elses_job_the_next_is_tried() {
    let begun = passed(its_turn(new()), 0);
    let decision = refused_at(&begun, &Refusal::Foreign("enc-1".into()), 0);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Queued), "GivenBack")
    );
    assert_eq!(
        (decision.actions.as_slice(), reason(&decision)),
        ([].as_slice(), None)
    );
    let next = decided(&its_turn(after(begun, &decision)));
    assert_eq!(next.actions, [create(1, 2, 0, 512 << 20)]);
}

#[test]
fn what_it_ran_out_of_is_remembered_through_refusals() {
    let (refused_once, decision) = tried(between_attempts(Reason::OutOfMemory), 5);
    assert_eq!(
        (count(&decision), reason(&decision)),
        ((2, 1, 0), Some(Reason::QuotaDenied))
    );
    let (refused_twice, _) = tried(refused_once, 15);
    let next = decided_at(&its_turn(refused_twice), 25);
    assert_eq!(next.actions, [create(2, 3, 0, 1 << 30)], "twice as much, once");
}

#[test]
fn a_pod_that_the_job_controller_may_not_make_frees_the_place_and_says_its_words() {
    let observed = Observed {
        failed_create: Some("pods \"enc\" is forbidden: exceeded quota: pods".into()),
        ..processing()
    };
    let decision = decided_at(&observed, 1);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Pending), "QuotaDenied")
    );
    assert!(
        told(&decision).1.contains("exceeded quota: pods"),
        "{:?}",
        told(&decision)
    );
    assert_eq!(
        decision.actions,
        [delete_own_job(), block_until(11, told(&decision).1)]
    );
    assert_eq!((count(&decision), since(&decision)), ((1, 1, 0), Some(later(1))));
    assert_eq!(decision.status.unwrap().job_name, None);
}

#[test]
fn so_is_the_job_that_others_would_have_shared() {
    let mut observed = Observed {
        failed_create: Some("exceeded quota: pods".into()),
        ..passed(its_turn(shareable()), 0)
    };
    assert!(observed.job.as_ref().unwrap().standing);
    let decision = decided(&observed);
    assert_eq!(decision.actions[0], delete_own_job());
    observed.job.as_mut().unwrap().deleting = true;
    observed.failed_create = None;
    assert_eq!(told(&decided(&observed)).0, "Disrupted");
}

#[test]
fn without_the_job_controllers_words_no_quota_is_blamed_however_late_the_pod() {
    for seconds in [0, 120, 100_000] {
        let decision = decided_at(&processing(), seconds);
        assert_eq!((decision.status, decision.actions), (None, Vec::new()));
        assert_eq!(decision.requeue_after, Some(SignedDuration::from_secs(1)));
    }
    let mut left_to_kueue = processing();
    left_to_kueue.job.as_mut().unwrap().suspended = true;
    assert_eq!(decided_at(&left_to_kueue, 100_000).status, None);
}

#[test]
fn room_and_an_image_are_waited_for_by_the_pod_itself() {
    for (observed, expected, words) in [
        (unschedulable(), Reason::Unschedulable, "0/1 nodes are available"),
        (without_image(), Reason::ImagePull, "not found"),
    ] {
        let decision = decided_at(&observed, 1);
        assert_eq!(
            (phase(&decision), told(&decision).0),
            (Some(Phase::Pending), expected.as_str())
        );
        assert!(told(&decision).1.contains(words), "{:?}", told(&decision));
        assert_eq!(
            (decision.actions.as_slice(), reason(&decision)),
            ([].as_slice(), Some(expected))
        );
        assert!(decision.status.as_ref().unwrap().job_name.is_some());
        let waiting = after(observed, &decision);
        let started = with_pod(waiting.clone(), running_pod());
        let going = decided_at(&started, 600);
        assert_eq!(
            (phase(&going), since(&going), reason(&going)),
            (Some(Phase::Processing), None, None)
        );
        let over = decided_at(&waiting, 3601);
        assert_eq!(
            (phase(&over), reason(&over)),
            (Some(Phase::Failed), Some(expected))
        );
        assert_eq!(over.actions, [delete_own_job()]);
    }
}

#[test]
fn a_refusal_is_looked_at_again_no_later_than_at_its_limit() {
    let settings = Settings {
        timeouts: Timeouts {
            refusal: SignedDuration::from_secs(7),
            ..testing::settings().timeouts
        },
        ..testing::settings()
    };
    let failed_create = Observed {
        failed_create: Some(WORDS.into()),
        ..processing()
    };
    for observed in [unschedulable(), failed_create] {
        let decision = decided_with(&observed, &settings, testing::now());
        assert_eq!(decision.requeue_after, Some(SignedDuration::from_secs(7)));
    }
}

#[test]
fn the_time_of_a_refusal_goes_on_while_its_next_job_has_no_pod_yet() {
    let (observed, _) = tried(new(), 0);
    let begun = passed(its_turn(observed), 10);
    let looked = Observed {
        job: begun.job.clone().map(|job| ObservedJob {
            has_pods: false,
            ..job
        }),
        ..begun
    };
    let decision = decided_at(&looked, 10);
    assert_eq!(decision.status, None, "nothing is known yet");
}

#[test]
fn a_job_of_one_document_waits_for_room_although_others_run() {
    let observed = Observed {
        others_run: true,
        ..unschedulable()
    };
    let decision = decided_at(&observed, 5);
    assert_eq!(
        (reason(&decision), decision.actions.as_slice()),
        (Some(Reason::Unschedulable), [].as_slice()),
        "nobody else takes it, so its time limit for refusals runs"
    );
}

#[test]
fn a_document_that_ran_out_of_memory_gets_more_although_the_cluster_refused_it_meanwhile() {
    let waiting = between_attempts(Reason::OutOfMemory);
    let blocked = Observed {
        blocked: Some((later(30), "exceeded quota".into())),
        ..its_turn(waiting)
    };
    let refused = passed(blocked, 20);
    let next = decided_at(
        &its_turn(Observed {
            blocked: None,
            ..refused
        }),
        40,
    );
    assert_eq!(next.actions, [create(2, 1, 0, 1 << 30)]);
}
