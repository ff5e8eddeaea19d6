//! No encoder is assigned: may one be, now.

use super::*;

fn wait(position: u32, reason: WaitReason) -> Turn {
    Turn::Wait(Wait {
        position,
        reason,
        estimated_start: Some(later(90)),
    })
}

fn handed() -> Turn {
    Turn::HandTo {
        job: STANDING_JOB.into(),
    }
}

/// A Pod of an earlier try that has not ended.
fn held(observed: Observed, pod: ObservedPod) -> Observed {
    Observed {
        pods: Vec::new(),
        ..with_pod(observed, pod)
    }
}

#[test]
fn a_document_whose_turn_it_is_gets_a_job_that_the_status_names_first() {
    let decision = decided(&its_turn(new()));
    assert_eq!(decision.actions, [create(1, 1, 0, 512 << 20)]);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Processing), "Assigned")
    );
    assert_eq!(count(&decision), (1, 1, 0));
    let status = decision.status.unwrap();
    assert_eq!(status.job_name, Some(crds::job::name(testing::UID, 1, 1)));
    assert_eq!(status.memory, Some(crds::resources::quantity(512 << 20)));
    let now = Some(clock::stored(testing::now()));
    assert_eq!((status.start_time, status.attempt_start_time), (now.clone(), now));
}

#[test]
fn a_job_stands_where_others_may_follow() {
    let is_standing = |observed: Observed| match &decided(&its_turn(observed)).actions[..] {
        [Action::CreateJob(plan)] => plan.standing,
        other => panic!("{other:?}"),
    };
    assert!(is_standing(shareable()));
    assert!(!is_standing(new()), "a ConfigMap is mounted when the Pod is made");
    let mut large = shareable();
    large.encoding.spec.source.size_bytes = Some((20 << 20) + 1);
    assert!(!is_standing(large));
    let disrupted = {
        let mut observed = shareable();
        let status = observed.encoding.status.get_or_insert_default();
        (status.attempt, status.tries, status.disruptions) = (Some(1), Some(1), Some(1));
        observed
    };
    assert!(!is_standing(disrupted));
}

#[test]
fn a_document_is_handed_to_a_job_that_stands() {
    let decision = decided(&given(handed(), shareable()));
    assert_eq!(decision.actions, []);
    assert_eq!(
        (phase(&decision), count(&decision)),
        (Some(Phase::Processing), (1, 1, 0))
    );
    assert_eq!(decision.status.unwrap().job_name.as_deref(), Some(STANDING_JOB));
}

#[test]
fn until_the_queue_speaks_nothing_is_said() {
    let decision = decided(&new());
    assert_eq!((decision.status, decision.actions), (None, Vec::new()));
}

#[test]
fn a_document_that_waits_says_where_and_for_what() {
    for (reason, words) in [
        (WaitReason::QueueLimit { limit: 7 }, "7"),
        (WaitReason::GlobalLimit, "all queues"),
        (WaitReason::JobLimit, "Jobs"),
        (WaitReason::JobBusy, "enough to do"),
        (WaitReason::JobStarting, "starting"),
    ] {
        let observed = given(wait(3, reason), new());
        let decision = decided(&observed);
        assert_eq!(
            (phase(&decision), told(&decision).0),
            (Some(Phase::Queued), "Queued")
        );
        assert!(told(&decision).1.contains(words), "{:?}", told(&decision));
        let status = decision.status.clone().unwrap();
        assert_eq!(status.queue_position, Some(3));
        assert_eq!(status.estimated_start_time, Some(clock::stored(later(90))));
        assert_eq!(status.attempt, None);
        let begun = decided(&its_turn(after(observed, &decision))).status.unwrap();
        assert_eq!((begun.queue_position, begun.estimated_start_time), (None, None));
    }
}

#[test]
fn while_the_cluster_refuses_its_words_stay_and_only_the_place_moves() {
    let refused = refused::job_refused();
    let before = OperatorStatus::of(refused.encoding.status.as_ref());
    let decision = decided_at(&given(wait(2, WaitReason::GlobalLimit), refused), 5);
    let expected = OperatorStatus {
        queue_position: Some(2),
        estimated_start_time: Some(clock::stored(later(90))),
        ..before
    };
    assert_eq!(decision.status, Some(expected));
}

#[test]
fn a_document_that_waits_for_its_queue_does_not_fail_for_a_refusal_of_long_ago() {
    let lifted = Observed {
        is_blocked: false,
        ..refused::job_refused()
    };
    let limit = testing::settings().timeouts.refusal.as_secs();
    let decision = decided_at(&given(wait(2, WaitReason::GlobalLimit), lifted), limit + 1);
    let status = decision.status.clone().unwrap();
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Queued), "Queued")
    );
    assert_eq!((status.refused_since, status.failure), (None, None));
}

#[test]
fn where_the_cluster_has_just_refused_a_job_no_other_is_tried_and_the_turn_is_given_back() {
    let blocked = |turn, observed| Observed {
        blocked: Some((later(10), "exceeded quota".into())),
        ..given(turn, observed)
    };
    let decision = decided_at(&blocked(Turn::StartJob, refused::job_refused()), 4);
    assert_eq!(
        (told(&decision).1, decision.actions.as_slice()),
        ("exceeded quota", [].as_slice())
    );
    assert_eq!(decision.turn, TurnOutcome::Postponed(later(10)));
    assert_eq!(decision.requeue_after, Some(SignedDuration::from_secs(6)));
    let to_one_that_is_there = decided(&blocked(handed(), shareable()));
    assert_eq!(phase(&to_one_that_is_there), Some(Phase::Processing));
}

#[test]
fn no_try_begins_while_a_pod_may_still_work_on_an_earlier_one() {
    let retrying = Observed {
        pods: Vec::new(),
        ..between_attempts(Reason::EncodingError)
    };
    let disrupted = passed(ended(running(), testing::pod(), 75, "Error"), 0);
    for observed in [new(), retrying, disrupted] {
        for turn in [Turn::StartJob, handed(), wait(1, WaitReason::GlobalLimit)] {
            let observed = held(given(turn, observed.clone()), running_pod());
            let decision = decided_at(&observed, 5);
            assert_eq!(decision.status, None);
            assert_eq!(decision.actions, [delete_own_job()], "it is told to end");
            assert_eq!(decision.turn, TurnOutcome::Postponed(later(5) + ENDING_LOOK));
            assert_eq!(decision.requeue_after, Some(ENDING_LOOK));
        }
    }
}

#[test]
fn a_pod_that_works_for_others_has_a_while_to_let_go_before_the_next_try() {
    let after_waiting = |milliseconds| {
        let observed = held(its_turn(shareable()), standing_pod());
        decided(&Observed {
            held_for: Some(SignedDuration::from_millis(milliseconds)),
            ..observed
        })
    };
    assert_eq!(after_waiting(2499).actions, []);
    let decision = after_waiting(2500);
    assert_eq!(
        (decision.status, decision.actions),
        (None, vec![delete(STANDING_JOB, "standing")])
    );
}

#[test]
fn a_document_begins_with_what_documents_like_it_needed() {
    let memory = |learned_memory| {
        let decision = decided(&Observed {
            learned_memory,
            ..its_turn(new())
        });
        let memory = decision.status.unwrap().memory.unwrap();
        crds::resources::bytes(&memory).unwrap()
    };
    assert_eq!(memory(None), 512 << 20);
    assert_eq!(memory(Some(1 << 30)), 1 << 30);
    assert_eq!(
        memory(Some(1 << 20)),
        512 << 20,
        "never with less than its queue gives"
    );
    assert_eq!(memory(Some(1 << 40)), 4 << 30, "never with more than may be");
}

#[test]
fn the_first_attempt_began_when_it_began() {
    let second = decided_at(&its_turn(between_attempts(Reason::EncodingError)), 5)
        .status
        .unwrap();
    assert_eq!(second.start_time, Some(clock::stored(testing::now())));
    assert_eq!(second.attempt_start_time, Some(clock::stored(later(5))));
}
