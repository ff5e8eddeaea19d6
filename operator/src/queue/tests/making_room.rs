//! Which busy Jobs are drained, so that others get their turn.

use super::*;

/// One Job is allowed, and has work. The time that it may work before others get their turn: twice 1.5 seconds.
fn one_job() -> Settings {
    settings(|settings| settings.max_jobs = Some(1))
}

#[test]
fn a_busy_job_makes_room_for_a_tenant_without_any() {
    let plan = pass(
        &snapshot(
            documents("a", 0..9).chain([document("b", 50)]),
            [running("x", "a").running_since(90)],
        ),
        &one_job(),
        at(93),
    );
    assert_eq!(plan.wait("b/50").reason, WaitReason::JobLimit);
    assert_eq!(plan.retired(), ["x"]);
}

#[test]
fn a_busy_job_has_its_turn_before_it_makes_room() {
    let plan = pass(
        &snapshot(
            documents("a", 0..9).chain([document("b", 50)]),
            [running("x", "a").running_since(91)],
        ),
        &one_job(),
        at(93),
    );
    assert_eq!(plan.retired(), Vec::<&str>::new());
    assert_eq!(plan.requeue_at, Some(at(94)));
}

#[test]
fn a_job_that_starts_is_not_drained() {
    let plan = pass(
        &snapshot(
            [document("a", 0).assigned("x"), document("b", 50)],
            [running("x", "a").starting()],
        ),
        &one_job(),
        at(100),
    );
    assert_eq!(plan.retired(), Vec::<&str>::new());
}

#[test]
fn no_second_job_is_drained_while_one_ends() {
    let settings = settings(|settings| settings.max_jobs = Some(2));
    let jobs = [running("x", "a").draining(), running("y", "a")];
    let working = [document("a", 0).assigned("x"), document("a", 1).assigned("y")];
    let plan = pass(
        &snapshot(working.into_iter().chain([document("b", 50)]), jobs),
        &settings,
        at(100),
    );
    assert_eq!(plan.retired(), Vec::<&str>::new());
}

/// Documents that keep each of these Jobs busy, and whose they are.
fn working(jobs: &[(&str, &str)]) -> (Vec<Document>, Vec<StandingJob>) {
    let documents = (0..)
        .zip(jobs)
        .map(|(number, (job, tenant))| document(tenant, number).assigned(job));
    let jobs = jobs.iter().map(|(job, tenant)| running(job, tenant));
    (documents.collect(), jobs.collect())
}

#[test]
fn the_job_of_the_tenant_furthest_above_its_share_is_drained() {
    let (mut documents, jobs) = working(&[("u", "a"), ("v", "b"), ("w", "b"), ("x", "c")]);
    documents.push(document("d", 50));
    let mut settings = settings(|settings| settings.max_jobs = Some(4));
    assert_eq!(
        pass(&snapshot(documents.clone(), jobs.clone()), &settings, at(100)).retired(),
        ["v"]
    );
    // Shares are by weight: two Jobs are less for a weight of 3 than one for a weight of 1.
    settings.tenants.insert("b".into(), 3);
    assert_eq!(
        pass(&snapshot(documents, jobs), &settings, at(100)).retired(),
        ["u"]
    );
}

#[test]
fn among_equals_the_job_that_has_worked_longest_is_drained() {
    let (mut documents, mut jobs) = working(&[("u", "a"), ("v", "b"), ("w", "c")]);
    documents.push(document("d", 50));
    for (job, since) in jobs.iter_mut().zip([30, 10, 20]) {
        *job = job.clone().running_since(since);
    }
    let settings = settings(|settings| settings.max_jobs = Some(3));
    assert_eq!(
        pass(&snapshot(documents, jobs), &settings, at(100)).retired(),
        ["v"]
    );
}

#[test]
fn tenants_come_to_the_same_number_of_jobs_and_then_leave_each_other_alone() {
    let settings = settings(|settings| settings.max_jobs = Some(4));
    let long = |jobs: &[(&str, &str)]| {
        let (mut documents, jobs) = working(jobs);
        for (uid, tenant) in [("more of a", "a"), ("more of b", "b")] {
            documents.extend((60..70).map(|number| Document {
                uid: format!("{uid} {number}").into(),
                ..document(tenant, number).seconds(100.0)
            }));
        }
        let plan = pass(&snapshot(documents, jobs), &settings, at(100));
        plan.retired()
            .iter()
            .map(|job| (*job).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(long(&[("u", "a"), ("v", "a"), ("w", "a"), ("x", "b")]), ["u"]);
    assert_eq!(
        long(&[("u", "a"), ("v", "a"), ("w", "b"), ("x", "b")]),
        Vec::<String>::new()
    );
}

#[test]
fn an_exchange_that_only_turns_the_tables_is_not_made() {
    let settings = settings(|settings| settings.max_jobs = Some(3));
    let (mut documents, jobs) = working(&[("u", "a"), ("v", "a"), ("w", "b")]);
    documents.extend((60..70).map(|number| document("b", number).seconds(100.0)));
    let plan = pass(&snapshot(documents, jobs), &settings, at(100));
    assert_eq!(plan.retired(), Vec::<&str>::new());
}

#[test]
fn the_jobs_of_single_documents_count_too() {
    let settings = settings(|settings| settings.max_jobs = Some(3));
    let (mut documents, jobs) = working(&[("u", "a"), ("v", "a")]);
    documents.push(document("b", 1).alone().assigned("own"));
    documents.push(document("b", 50));
    let plan = pass(&snapshot(documents, jobs), &settings, at(100));
    assert_eq!(plan.retired(), Vec::<&str>::new());
}

#[test]
fn what_a_tenant_does_not_need_of_its_share_is_for_those_who_do() {
    let settings = settings(|settings| settings.max_jobs = Some(6));
    // Everybody's share is two; c needs one only.
    let (mut documents, jobs) = working(&[
        ("r", "a"),
        ("s", "a"),
        ("t", "a"),
        ("u", "a"),
        ("v", "b"),
        ("w", "c"),
    ]);
    documents.extend((60..70).map(|number| document("b", number).seconds(100.0)));
    assert_eq!(
        pass(&snapshot(documents.clone(), jobs.clone()), &settings, at(100)).retired(),
        ["r"]
    );

    let (mut documents, jobs) = working(&[
        ("r", "a"),
        ("s", "a"),
        ("t", "a"),
        ("u", "b"),
        ("v", "b"),
        ("w", "c"),
    ]);
    documents.extend((60..70).map(|number| document("b", number).seconds(100.0)));
    assert_eq!(
        pass(&snapshot(documents, jobs), &settings, at(100)).retired(),
        Vec::<&str>::new()
    );
}

#[test]
fn a_tenant_that_has_no_more_than_its_share_keeps_it() {
    let settings = settings(|settings| settings.max_jobs = Some(3));
    // Two Jobs of a are too many, but they end with their documents.
    let alone = (0..2).map(|number| document("a", number).alone().assigned(&format!("own-{number}")));
    let others = [document("b", 3).assigned("x"), document("c", 50)];
    let plan = pass(
        &snapshot(alone.chain(others), [running("x", "b")]),
        &settings,
        at(100),
    );
    assert_eq!(plan.retired(), Vec::<&str>::new());
}

#[test]
fn queues_have_their_shares_of_the_jobs_before_tenants() {
    let settings = settings(|settings| settings.max_jobs = Some(3));
    // Two Jobs of three for one queue is above its half; the one for the other queue is not, whoever waits there.
    let (mut documents, mut jobs) = working(&[("u", "a"), ("v", "b"), ("w", "c")]);
    documents[2] = documents[2].clone().queue("maintenance");
    jobs[2].queue = "maintenance".into();
    documents.push(document("d", 50).queue("maintenance"));
    documents.push(document("e", 51));
    let plan = pass(&snapshot(documents, jobs), &settings, at(100));
    assert_eq!(plan.retired(), ["u"]);
}

#[test]
fn a_tenant_makes_room_for_its_own_older_document() {
    let overtaken = document("a", 1).identity("a, other settings");
    let newer = documents("a", 50..60);
    let mut settings = one_job();
    let plan = pass(
        &snapshot(newer.chain([overtaken]), [running("x", "a")]),
        &settings,
        at(100),
    );
    assert_eq!(plan.retired(), ["x"]);

    // Its own order counts: here the older ones are those that the Job is handed.
    settings.max_jobs = Some(1);
    let overtaken = document("a", 70).identity("a, other settings");
    let plan = pass(
        &snapshot(documents("a", 50..60).chain([overtaken]), [running("x", "a")]),
        &settings,
        at(100),
    );
    assert_eq!(plan.retired(), Vec::<&str>::new());
}

#[test]
fn a_tenant_makes_room_for_its_own_retry() {
    let plan = pass(
        &snapshot(
            documents("a", 50..60).chain([document("a", 1).alone()]),
            [running("x", "a")],
        ),
        &one_job(),
        at(100),
    );
    assert_eq!(plan.wait("a/1").reason, WaitReason::JobLimit);
    assert_eq!(plan.retired(), ["x"]);
}
