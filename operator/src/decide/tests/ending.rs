//! It was cancelled or suspended, is invalid, or its source is not there.

use super::*;
use crate::validate::source::ObservedSource;

fn cancelled(mut observed: Observed) -> Observed {
    observed.encoding.spec.cancelled = true;
    observed
}

fn suspended(mut observed: Observed) -> Observed {
    observed.encoding.spec.suspend = true;
    observed
}

fn resumed(mut observed: Observed) -> Observed {
    observed.encoding.spec.suspend = false;
    observed
}

fn held_for(milliseconds: i64, observed: Observed) -> Observed {
    Observed {
        held_for: Some(SignedDuration::from_millis(milliseconds)),
        ..observed
    }
}

#[test]
fn what_nothing_works_on_is_cancelled_at_once() {
    for observed in [new(), between_attempts(Reason::EncodingError), let_go(sharing())] {
        let decision = decided(&cancelled(observed));
        assert_eq!(
            (phase(&decision), reason(&decision)),
            (Some(Phase::Cancelled), Some(Reason::Cancelled))
        );
        assert_eq!(decision.actions, []);
        let status = decision.status.unwrap();
        assert_eq!((status.retry_time, status.refused_since), (None, None));
    }
}

#[test]
fn cancelled_is_said_only_when_no_pod_holds_it_any_more() {
    let observed = cancelled(running());
    let decision = decided(&observed);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Processing), "Cancelling")
    );
    assert!(
        told(&decision).1.contains(&testing::pod().name),
        "{:?}",
        told(&decision)
    );
    assert_eq!(decision.actions, [delete_own_job()]);
    assert_eq!(decision.requeue_after, Some(ENDING_LOOK));
    assert_eq!(
        decision.status.as_ref().unwrap().job_name,
        None,
        "nothing that its encoder says is taken now"
    );
    let going = after(observed, &decision);
    assert_eq!(told(&decided_at(&going, 1)).0, "Cancelling");
    let gone = decided_at(&let_go(going), 2);
    assert_eq!((phase(&gone), gone.actions), (Some(Phase::Cancelled), Vec::new()));
}

#[test]
fn a_job_whose_pod_is_yet_to_be_made_is_ended_with_its_document() {
    let observed = cancelled(processing());
    let decision = decided(&observed);
    assert_eq!(
        (told(&decision).0, decision.actions.as_slice()),
        ("Cancelling", [delete_own_job()].as_slice()),
        "its Pod may be made at this moment"
    );
    let going = after(observed, &decision);
    assert_eq!(decided_at(&going, 1).actions, [], "it is deleted once");
    let gone = Observed { job: None, ..going };
    assert_eq!(phase(&decided_at(&gone, 1)), Some(Phase::Cancelled));
}

#[test]
fn a_job_that_was_just_decided_and_cannot_be_seen_yet_is_waited_for() {
    let unseen = Observed {
        job: None,
        job_was_seen: false,
        ..cancelled(processing())
    };
    assert_eq!(told(&decided(&unseen)).0, "Cancelling");
    assert_eq!(phase(&decided_at(&unseen, 3)), Some(Phase::Cancelled));
}

#[test]
fn a_pod_that_works_for_others_too_is_ended_only_when_it_does_not_let_go() {
    for asked in [cancelled(sharing()), suspended(sharing())] {
        let ends = |milliseconds| decided(&held_for(milliseconds, asked.clone())).actions;
        assert_eq!(decided(&asked).actions, []);
        assert_eq!(ends(2499), []);
        assert_eq!(ends(2500), [delete(STANDING_JOB, "standing")]);
        let mut going = held_for(2500, asked);
        going.holders[0].pod.gone_by = Some(later(30));
        assert_eq!(decided(&going).actions, [], "it is going already");
    }
}

#[test]
fn another_resources_job_is_not_ended() {
    let mut observed = processing();
    observed.job.as_mut().unwrap().first_uid = "other".into();
    assert_eq!(decided(&cancelled(observed.clone())).actions, []);
    assert_eq!(decided(&suspended(observed)).actions, []);
}

#[test]
fn suspending_ends_its_job_and_resuming_begins_the_same_attempt_without_a_disruption() {
    let observed = suspended(running());
    let decision = decided(&observed);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Queued), "Suspended")
    );
    assert_eq!(decision.actions, [delete_own_job()]);
    assert_eq!(decision.requeue_after, Some(ENDING_LOOK));
    assert_eq!(decision.status.as_ref().unwrap().job_name, None);
    let still_held = its_turn(resumed(after(observed, &decision)));
    let meanwhile = decided(&still_held).actions;
    assert!(
        !meanwhile
            .iter()
            .any(|action| matches!(action, Action::CreateJob(_))),
        "its Pod may still work: {meanwhile:?}"
    );
    let again = decided(&let_go(still_held));
    assert_eq!(again.actions, [create(1, 2, 0, 512 << 20)]);
    assert_eq!(count(&again), (1, 2, 0));
}

#[test]
fn what_was_suspended_before_it_began_has_nothing_to_end() {
    let decision = decided(&suspended(its_turn(new())));
    assert_eq!(
        (phase(&decision), decision.requeue_after),
        (Some(Phase::Queued), None)
    );
    assert_eq!(decision.actions, []);
}

#[test]
fn what_is_resumed_in_the_pause_between_attempts_is_not_called_suspended_any_more() {
    let waiting = resumed(passed(suspended(between_attempts(Reason::EncodingError)), 1));
    let decision = decided_at(&waiting, 2);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Pending), "EncodingError")
    );
}

#[test]
fn a_source_that_is_not_there_is_waited_for() {
    for source in [ObservedSource::Absent, ObservedSource::WithoutKey] {
        let mut observed = its_turn(new());
        observed.surroundings.source = source;
        let decision = decided_at(&observed, 59);
        assert_eq!(
            (phase(&decision), told(&decision).0),
            (Some(Phase::Pending), "SourceNotFound")
        );
        assert_eq!(
            decision.requeue_after,
            Some(SignedDuration::from_secs(1)),
            "to its time's last second"
        );
        assert_eq!(
            decision.turn,
            TurnOutcome::Postponed(later(60)),
            "others go first meanwhile"
        );
        assert_eq!(reason(&decision), None);
        let waiting = its_turn(after(observed.clone(), &decision));
        let late = decided_at(&waiting, 60);
        assert_eq!(
            (phase(&late), reason(&late)),
            (Some(Phase::Failed), Some(Reason::SourceNotFound))
        );
        let mut found = waiting;
        found.surroundings.source = ObservedSource::Usable;
        assert_eq!(phase(&decided_at(&found, 60)), Some(Phase::Processing));
    }
}

#[test]
fn a_persons_mistake_is_final_and_ends_what_was_begun() {
    let mut unlabelled = its_turn(new());
    unlabelled.surroundings.source = ObservedSource::Unlabelled;
    let decision = decided(&unlabelled);
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Failed), Some(Reason::InvalidSpec))
    );
    let mut begun = running();
    let labels = &mut begun.surroundings.namespace_labels;
    labels.insert(crds::labels::TENANT.into(), "../other".into());
    let decision = decided(&begun);
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Failed), Some(Reason::InvalidSpec))
    );
    assert_eq!(decision.actions, [delete_own_job()]);
}

#[test]
fn with_an_api_in_use_a_resource_is_held_before_it_can_finish() {
    let settings = Settings {
        api_in_use: true,
        ..testing::settings()
    };
    let begun = decided_with(&its_turn(new()), &settings, testing::now());
    assert_eq!(begun.actions, [Action::AddFinalizer, create(1, 1, 0, 512 << 20)]);
    let cancelled = decided_with(&cancelled(new()), &settings, testing::now());
    assert_eq!(
        (phase(&cancelled), cancelled.actions),
        (Some(Phase::Cancelled), vec![Action::AddFinalizer])
    );
}
