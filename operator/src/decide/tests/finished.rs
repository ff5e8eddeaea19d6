//! It is being deleted, or has finished.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::*;

fn with_api() -> Settings {
    Settings {
        api_in_use: true,
        ..testing::settings()
    }
}

fn held(mut observed: Observed) -> Observed {
    let finalizers = observed.encoding.finalizers_mut();
    finalizers.push(crds::labels::ARCHIVE_FINALIZER.into());
    observed
}

fn being_deleted(mut observed: Observed) -> Observed {
    observed.encoding.metadata.deletion_timestamp = Some(Time(testing::now()));
    observed
}

fn archived(mut observed: Observed) -> Observed {
    let status = observed.encoding.status.as_mut().unwrap();
    status.conditions.push(Condition {
        type_: condition::ARCHIVED.into(),
        status: "True".into(),
        reason: "Mirrored".into(),
        message: String::new(),
        last_transition_time: Time(testing::now()),
        observed_generation: None,
    });
    observed
}

#[test]
fn a_finished_resource_goes_when_its_time_is_over() {
    let day = SignedDuration::from_secs(86_400);
    let early = decided(&ready());
    assert_eq!((early.actions, early.requeue_after), (Vec::new(), Some(day)));
    assert_eq!(decided_at(&ready(), 86_400).actions, [Action::DeleteEncoding]);
}

#[test]
fn a_finished_resource_outlives_its_time_until_it_is_archived() {
    let mut observed = held(ready());
    observed.encoding.spec.ttl_seconds_after_finished = 0;
    let waits = decided_with(&observed, &with_api(), later(10));
    assert_eq!(waits.actions, []);
    assert_eq!(waits.requeue_after, Some(SignedDuration::from_secs(3590)));
    let goes = decided_with(&archived(observed), &with_api(), later(10));
    assert_eq!(goes.actions, [Action::DeleteEncoding]);
}

#[test]
fn a_deleted_resource_that_has_finished_is_held_until_it_is_archived_or_for_so_long() {
    let observed = being_deleted(held(ready()));
    let waits = decided_with(&observed, &with_api(), testing::now());
    assert_eq!(
        (waits.actions, waits.requeue_after),
        (Vec::new(), Some(with_api().archive_timeout))
    );
    let timed_out = decided_with(&observed, &with_api(), later(3600));
    assert_eq!(timed_out.actions, [Action::RemoveFinalizer]);
    let archived = decided_with(&archived(observed.clone()), &with_api(), testing::now());
    assert_eq!(archived.actions, [Action::RemoveFinalizer]);
    let without_api = decided(&observed);
    assert_eq!(without_api.actions, [Action::RemoveFinalizer]);
}

#[test]
fn a_resource_deleted_before_it_finished_is_let_go_and_its_job_ended() {
    let decision = decided_with(&being_deleted(held(running())), &with_api(), testing::now());
    assert_eq!(decision.actions, [delete_own_job(), Action::RemoveFinalizer]);
    assert_eq!(decision.status, None);
}

#[test]
fn under_somebody_elses_finalizer_too_its_own_job_is_ended_and_a_shared_one_is_not() {
    let under_another = |observed: Observed| {
        let mut observed = being_deleted(observed);
        observed
            .encoding
            .finalizers_mut()
            .push("example.com/backup".into());
        decided_with(&observed, &with_api(), testing::now()).actions
    };
    assert_eq!(under_another(running()), [delete_own_job()]);
    assert_eq!(
        under_another(processing()),
        [delete_own_job()],
        "before its Pod is made"
    );
    assert_eq!(under_another(sharing()), []);
    assert_eq!(under_another(new()), []);
}

#[test]
fn an_edit_of_a_finished_resource_is_observed_and_changes_nothing_else() {
    for (state, mut observed) in all_states() {
        let before = OperatorStatus::of(observed.encoding.status.as_ref());
        if !before.is_finished() {
            continue;
        }
        observed.encoding.metadata.generation = Some(2);
        let spec = &mut observed.encoding.spec;
        (spec.cancelled, spec.suspend, spec.priority) = (true, true, 7);
        spec.ttl_seconds_after_finished = 60;
        let decision = decided_at(&observed, 20);
        assert_eq!(decision.actions, [], "{state}");
        assert_eq!(
            decision.requeue_after,
            Some(SignedDuration::from_secs(40)),
            "{state}"
        );
        let mut expected = before;
        expected.observed_generation = 2;
        for each in &mut expected.conditions {
            each.observed_generation = Some(2);
        }
        assert_eq!(decision.status, Some(expected), "{state}");
        assert_eq!(
            decided_at(&after(observed.clone(), &decision), 20).status,
            None,
            "{state}"
        );
    }
}

#[test]
fn what_has_finished_keeps_no_place_and_no_time_of_a_turn_to_come() {
    let mut waiting = new();
    let status = waiting.encoding.status.get_or_insert_default();
    status.queue_position = Some(3);
    status.estimated_start_time = Some(clock::stored(later(60)));
    waiting.encoding.spec.cancelled = true;
    let status = decided(&waiting).status.unwrap();
    assert_eq!((status.queue_position, status.estimated_start_time), (None, None));
    assert_eq!(status.completion_time, Some(clock::stored(testing::now())));
}
