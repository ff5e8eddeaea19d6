//! What was decided wrongly once.

use super::*;

fn suspended(mut observed: Observed, yes: bool) -> Observed {
    observed.encoding.spec.suspend = yes;
    observed
}

fn edited(mut observed: Observed) -> Observed {
    observed.encoding.metadata.generation = Some(2);
    observed
}

fn with_api() -> Settings {
    Settings {
        api_in_use: true,
        ..testing::settings()
    }
}

/// Suspending in the pause clears retryTime, which is what says that the attempt is over.
#[test]
fn a_failed_attempt_is_not_begun_again_because_it_was_suspended_in_the_pause() {
    let waiting = passed(suspended(between_attempts(Reason::OutOfMemory), true), 1);
    let next = decided_at(&its_turn(suspended(waiting, false)), 10);
    assert_eq!(next.actions, [create(2, 1, 0, 1 << 30)]);
}

/// And then the old report is taken for the new try's.
#[test]
fn the_report_of_the_failed_attempt_does_not_end_the_try_after_resuming() {
    let waiting = passed(suspended(between_attempts(Reason::EncodingError), true), 1);
    let resumed = passed(its_turn(suspended(waiting, false)), 10);
    let decision = decided_at(&resumed, 11);
    assert_eq!((decision.status, decision.actions), (None, Vec::new()));
}

#[test]
fn the_time_of_a_refusal_does_not_go_on_while_it_is_suspended() {
    let waiting = passed(suspended(refused::job_refused(), true), 1);
    let decision = decided_at(&its_turn(suspended(waiting, false)), 7200);
    assert_eq!(phase(&decision), Some(Phase::Processing));
}

#[test]
fn refused_tries_do_not_count_as_encoders_that_did_not_take_it() {
    let mut observed = refused::job_refused();
    observed.encoding.status.as_mut().unwrap().tries = Some(60);
    let turn = Turn::HandTo {
        job: STANDING_JOB.into(),
    };
    let handed = Observed {
        job: Some(standing_job()),
        job_was_seen: true,
        ..passed(given(turn, observed), 700)
    };
    let decision = decided_at(&ended(handed, standing_pod(), 0, "Completed"), 701);
    assert_eq!(told(&decision).0, "GivenBack");
}

#[test]
fn a_new_document_in_a_namespace_whose_quota_is_used_up_says_so() {
    let observed = Observed {
        blocked: Some((later(10), "exceeded quota".into())),
        ..its_turn(new())
    };
    let decision = decided(&observed);
    assert!(
        told(&decision).1.contains("exceeded quota"),
        "{:?}",
        decision.status
    );
}

#[test]
fn a_refused_document_that_waits_is_looked_at_again_at_the_limit_of_its_refusal() {
    let wait = Wait {
        position: 2,
        reason: WaitReason::GlobalLimit,
        estimated_start: None,
    };
    let decision = decided_at(&given(Turn::Wait(wait), refused::job_refused()), 5);
    assert_eq!(decision.requeue_after, Some(SignedDuration::from_secs(3595)));
}

#[test]
fn an_edit_is_observed_in_every_state() {
    let mut unseen = Vec::new();
    for (state, observed) in all_states() {
        let status = decided(&edited(observed)).status;
        if status.is_none_or(|status| status.observed_generation != 2) {
            unseen.push(state);
        }
    }
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn the_try_after_a_disruption_has_a_pause_before_it() {
    let disrupted = passed(ended(running(), testing::pod(), 75, "Error"), 0);
    assert!(disrupted.turn.is_none(), "its turn is given back");
    let decision = decided(&ended(running(), testing::pod(), 75, "Error"));
    assert_eq!(decision.turn, TurnOutcome::Postponed(later(1)));
}

#[test]
fn a_pass_that_was_cut_off_before_the_finalizer_is_made_good() {
    let begun = decided_with(&its_turn(new()), &with_api(), testing::now());
    let mut cut_off = after(
        its_turn(new()),
        &Decision {
            actions: Vec::new(),
            ..begun
        },
    );
    cut_off.job_was_seen = false;
    let again = decided_with(&cut_off, &with_api(), testing::now());
    assert!(
        again.actions.contains(&Action::AddFinalizer),
        "{:?}",
        again.actions
    );
}

#[test]
fn whatever_becomes_ready_is_held() {
    let decision = decided_with(&encoded(running()), &with_api(), testing::now());
    assert!(
        decision.actions.contains(&Action::AddFinalizer),
        "{:?}",
        decision.actions
    );
}

#[test]
fn a_refusal_is_over_when_the_pod_was_taken_away_and_it_waits_for_its_turn() {
    let no_room = ObservedPod {
        unschedulable: Some("0/1 nodes".into()),
        ..testing::pod()
    };
    let refused = passed(with_pod(processing(), no_room), 0);
    let gone = Observed {
        job: None,
        ..let_go(refused)
    };
    let queued = passed(gone, 10);
    let wait = Wait {
        position: 9,
        reason: WaitReason::GlobalLimit,
        estimated_start: None,
    };
    let decision = decided_at(&given(Turn::Wait(wait), queued), 3700);
    assert_ne!(phase(&decision), Some(Phase::Failed));
}

#[test]
fn what_is_resumed_while_its_pod_still_lets_go_is_not_called_suspended() {
    let held = passed(suspended(running(), true), 0);
    let decision = decided_at(&suspended(held, false), 1);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Queued), "Queued")
    );
}

#[test]
fn a_pod_that_no_job_controls_is_not_asked_to_end_by_an_empty_uid() {
    let forged = ObservedPod {
        job_uid: String::new(),
        ..running_pod()
    };
    let mut observed = with_pod(running(), forged);
    observed.encoding.spec.cancelled = true;
    observed.held_for = Some(SignedDuration::from_secs(60));
    let decision = decided(&observed);
    assert!(
        !decision.actions.contains(&delete(&testing::pod().job_name, "")),
        "{:?}",
        decision.actions
    );
}

#[test]
fn what_passes_that_failed_have_told_is_taken_back_by_the_first_that_does_not() {
    let mut stays = Vec::new();
    for (state, mut observed) in all_states() {
        let Some(failing) = reconcile_failed(&observed.encoding, "no", testing::now()) else {
            continue;
        };
        failing.apply_to(observed.encoding.status.as_mut().unwrap());
        let decision = decided_at(&observed, 1);
        if decision.status.is_none() || told(&decision).0 == "ReconcileFailed" {
            stays.push(state);
        }
    }
    assert!(stays.is_empty(), "{stays:?}");
}

#[test]
fn a_document_handed_ahead_does_not_pay_for_a_pod_that_ran_out_of_memory_over_it_knows_not_what() {
    let decision = decided(&ended(sharing(), standing_pod(), 137, "OOMKilled"));
    assert_eq!((told(&decision).0, reason(&decision)), ("Disrupted", None));
}

#[test]
fn a_pod_with_room_is_not_called_unschedulable_any_more() {
    let no_room = ObservedPod {
        unschedulable: Some("0/1 nodes".into()),
        ..testing::pod()
    };
    let refused = passed(with_pod(processing(), no_room), 0);
    let creating = ObservedPod {
        container: Container::Waiting {
            reason: "ContainerCreating".into(),
            message: String::new(),
        },
        ..testing::pod()
    };
    let decision = decided_at(&with_pod(refused, creating), 10);
    assert_eq!(phase(&decision), Some(Phase::Processing));
}
