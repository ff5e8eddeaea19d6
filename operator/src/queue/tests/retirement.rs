//! Which idle Jobs are drained.

use super::*;

#[test]
fn a_job_that_was_idle_for_long_enough_is_retired() {
    let idle = || snapshot([], [running("x", "a").idle_since(100)]);
    let plan = pass(&idle(), &settings(|_| {}), at(129));
    assert_eq!(plan.retired(), Vec::<&str>::new());
    assert_eq!(
        plan.requeue_at,
        Some(at(130)),
        "nothing else would wake the next pass"
    );
    assert_eq!(pass(&idle(), &settings(|_| {}), at(130)).retired(), ["x"]);
}

#[test]
fn a_job_that_was_never_given_anything_is_retired_too() {
    let plan = pass(
        &snapshot([], [running("x", "a").starting()]),
        &settings(|_| {}),
        at(30),
    );
    assert_eq!(plan.retired(), ["x"]);
}

#[test]
fn a_job_with_work_is_not_idle() {
    let holds = document("a", 0).assigned("x");
    let gets = document("b", 1);
    let plan = pass(
        &snapshot(
            [holds, gets],
            [running("x", "a").idle_since(1), running("y", "b").idle_since(1)],
        ),
        &settings(|_| {}),
        at(1_000),
    );
    assert_eq!(plan.turn("b/1"), &hand_to("y"));
    assert_eq!(plan.retired(), Vec::<&str>::new());
}

#[test]
fn a_job_that_drains_is_not_retired_again() {
    let plan = pass(
        &snapshot([], [running("x", "a").idle_since(0).draining()]),
        &settings(|_| {}),
        at(1_000),
    );
    assert_eq!(plan.retired(), Vec::<&str>::new());
}

#[test]
fn without_linger_an_idle_job_is_retired_at_once() {
    let plan = pass(
        &snapshot([], [running("x", "a").idle_since(100)]),
        &settings(one_job_a_document),
        at(100),
    );
    assert_eq!(plan.retired(), ["x"]);
}

#[test]
fn an_idle_job_makes_room_for_a_document_that_needs_another() {
    let plan = pass(
        &snapshot([document("b", 90)], [running("x", "a").idle_since(99)]),
        &settings(|settings| settings.max_jobs = Some(1)),
        at(100),
    );
    assert_eq!(plan.wait("b/90").reason, WaitReason::JobLimit);
    assert_eq!(plan.retired(), ["x"]);
}

#[test]
fn as_many_idle_jobs_are_retired_as_are_needed_and_the_longest_idle_first() {
    let settings = settings(|settings| settings.max_jobs = Some(3));
    let jobs = || {
        [
            running("x", "a").idle_since(99),
            running("y", "b").idle_since(97),
            running("z", "c").idle_since(98),
        ]
    };
    // Two of one identity need one Job.
    let waiting = [document("d", 1), document("d", 2), document("e", 3)];
    let plan = pass(&snapshot(waiting.clone(), jobs()), &settings, at(100));
    assert_eq!(plan.retired(), ["y", "z"]);

    let mut snapshot = snapshot(waiting, jobs());
    snapshot.jobs[1].accepts = false;
    assert_eq!(
        pass(&snapshot, &settings, at(100)).retired(),
        ["z"],
        "one ends already"
    );
}

#[test]
fn an_idle_job_stays_where_only_another_limit_is_reached() {
    let settings = settings(|settings| {
        settings.max_jobs = Some(2);
        settings.max_concurrent = Some(1);
    });
    let working = document("b", 0).alone().assigned("own");
    let plan = pass(
        &snapshot(
            [working, document("b", 1).alone()],
            [running("x", "a").idle_since(99)],
        ),
        &settings,
        at(100),
    );
    assert_eq!(plan.retired(), Vec::<&str>::new());
}

#[test]
fn a_job_that_has_lingered_makes_the_room_and_no_other_has_to() {
    let settings = settings(|settings| settings.max_jobs = Some(2));
    let jobs = [running("x", "a").idle_since(60), running("y", "b").idle_since(99)];
    let plan = pass(&snapshot([document("c", 1)], jobs), &settings, at(100));
    assert_eq!(plan.retired(), ["x"]);
}
