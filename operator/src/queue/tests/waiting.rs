//! Positions, and when a turn is expected.

use super::*;

fn positions<'a>(plan: &Plan, uids: impl IntoIterator<Item = &'a str>) -> Vec<u32> {
    uids.into_iter().map(|uid| plan.wait(uid).position).collect()
}

#[test]
fn positions_are_counted_from_one_in_each_queue_in_the_order_of_service() {
    let settings = settings(|settings| {
        settings.max_concurrent = Some(0);
        one_job_a_document(settings);
    });
    let plan = pass(
        &snapshot(
            [
                document("a", 1),
                document("a", 2),
                document("a", 3).priority(1),
                document("b", 4),
                document("c", 1).queue("maintenance"),
            ],
            [],
        ),
        &settings,
        at(100),
    );
    assert_eq!(
        positions(&plan, ["a/3", "b/4", "a/1", "a/2", "c/1"]),
        [1, 2, 3, 4, 1]
    );
    assert_eq!(plan.waiting(), ["a/3", "b/4", "a/1", "a/2", "c/1"]);
}

#[test]
fn who_has_more_assigned_stands_further_behind() {
    let settings = of_queue(|queue| queue.max_concurrent = Some(2));
    let working = (0..2).map(|number| document("a", number).alone().assigned(&format!("own-{number}")));
    let waiting = documents("a", 2..5).chain(documents("b", 50..54));
    let plan = pass(&snapshot(working.chain(waiting), []), &settings, at(100));
    assert_eq!(
        plan.waiting(),
        ["b/50", "b/51", "a/2", "b/52", "a/3", "b/53", "a/4"]
    );
}

#[test]
fn a_document_behind_a_limit_starts_when_the_jobs_of_its_queue_have_done_what_comes_before() {
    let settings = settings(|settings| {
        settings.queues.get_mut(QUEUE).unwrap().max_concurrent = Some(3);
        one_job_a_document(settings);
    });
    let working = (0..2).map(|number| {
        document("a", number)
            .seconds(10.0)
            .assigned(&format!("own-{number}"))
    });
    let waiting = [
        document("a", 2).seconds(4.0),
        document("a", 3).seconds(3.0),
        document("a", 4),
    ];
    let mut snapshot = snapshot(working.chain(waiting), []);
    snapshot.rates.record_start(5.0);
    let plan = pass(&snapshot, &settings, at(100));
    assert_eq!(plan.assigned(), ["a/2"]);
    assert_eq!(
        plan.wait("a/3").estimated_start,
        Some(at(100 + (10 + 10 + 4) / 3 + 5))
    );
    assert_eq!(
        plan.wait("a/4").estimated_start,
        Some(at(100 + (10 + 10 + 4 + 3) / 3 + 5))
    );
}

#[test]
fn a_document_behind_its_jobs_starts_when_they_have_done_what_they_hold_and_what_comes_before() {
    let plan = pass(
        &snapshot(
            documents("a", 0..12)
                .map(|document| document.seconds(0.5))
                .chain(documents("b", 20..30)),
            [running("x", "a"), running("y", "a")],
        ),
        &settings(|_| {}),
        at(100),
    );
    let estimated = |uid| plan.wait(uid).estimated_start;
    assert_eq!(plan.wait("a/8").reason, WaitReason::JobBusy);
    assert_eq!(estimated("a/8"), Some(at(102)), "8 of half a second for 2 Jobs");
    assert_eq!(estimated("a/10"), Some("1970-01-01T00:01:42.5Z".parse().unwrap()));
    // The Pod of this one has to start first.
    assert_eq!(plan.wait("b/21").reason, WaitReason::JobStarting);
    assert_eq!(estimated("b/21"), Some("1970-01-01T00:01:42.5Z".parse().unwrap()));
}

#[test]
fn a_start_that_nothing_leads_to_is_unknown() {
    let snapshot = snapshot(
        [document("a", 0).assigned("x"), document("a", 1).alone()],
        [running("x", "a")],
    );
    for settings in [
        of_queue(|queue| queue.max_concurrent = Some(0)),
        settings(|settings| settings.max_concurrent = Some(0)),
        settings(|settings| settings.max_jobs = Some(0)),
    ] {
        assert_eq!(
            pass(&snapshot, &settings, at(100)).wait("a/1").estimated_start,
            None
        );
    }
    let settings = settings(|settings| settings.max_jobs = Some(1));
    assert!(
        pass(&snapshot, &settings, at(100))
            .wait("a/1")
            .estimated_start
            .is_some()
    );
}
