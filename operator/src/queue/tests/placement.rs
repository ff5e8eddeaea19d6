//! Which Job works for a document.

use super::*;

fn turns(documents: impl IntoIterator<Item = Document>, jobs: impl IntoIterator<Item = StandingJob>) -> Plan {
    pass(&snapshot(documents, jobs), &settings(|_| {}), at(100))
}

#[test]
fn the_first_document_begins_a_job_and_the_next_ones_wait_for_it() {
    let plan = turns(documents("a", 1..4), []);
    assert_eq!(plan.turn("a/1"), &Turn::StartJob);
    assert_eq!(plan.wait("a/2").reason, WaitReason::JobStarting);
    assert_eq!(plan.wait("a/3").reason, WaitReason::JobStarting);
}

#[test]
fn a_job_is_handed_documents_of_its_own_identity_only() {
    let plan = turns(
        [
            document("a", 1),
            document("a", 2).identity("a, other settings"),
            document("b", 3),
        ],
        [running("of-a", "a")],
    );
    assert_eq!(plan.turn("a/1"), &hand_to("of-a"));
    assert_eq!(plan.turn("a/2"), &Turn::StartJob);
    assert_eq!(plan.turn("b/3"), &Turn::StartJob);
}

#[test]
fn the_job_that_holds_the_fewest_is_the_first_and_then_the_first_by_name() {
    let working = [document("a", 0).assigned("x")];
    let plan = turns(
        working.into_iter().chain(documents("a", 1..5)),
        [running("x", "a"), running("z", "a"), running("y", "a")],
    );
    let jobs = ["a/1", "a/2", "a/3", "a/4"].map(|uid| plan.turn(uid).clone());
    assert_eq!(jobs, ["y", "z", "x", "y"].map(hand_to));
}

#[test]
fn a_running_job_is_filled_before_one_that_starts() {
    let working = [
        document("a", 0).assigned("runs"),
        document("a", 1).assigned("runs"),
    ];
    let plan = turns(
        working.into_iter().chain(documents("a", 2..6)),
        [running("begins", "a").starting(), running("runs", "a")],
    );
    let jobs = ["a/2", "a/3", "a/4", "a/5"].map(|uid| plan.turn(uid).clone());
    assert_eq!(jobs, ["runs", "runs", "begins", "begins"].map(hand_to));
}

#[test]
fn a_job_holds_no_more_than_it_may_ahead() {
    let plan = turns(
        documents("a", 1..9).map(|document| document.seconds(0.01)),
        [running("x", "a")],
    );
    assert_eq!(plan.assigned(), ["a/1", "a/2", "a/3", "a/4"]);
    assert_eq!(plan.wait("a/5").reason, WaitReason::JobBusy);
}

#[test]
fn a_job_that_takes_no_more_is_handed_nothing() {
    let plan = turns([document("a", 1)], [running("ends", "a").draining()]);
    assert_eq!(plan.turn("a/1"), &Turn::StartJob);
}

/// Documents that hold one Job busy and need so many seconds in all, ten of them.
fn ten(seconds: f64, jobs: &[&str]) -> impl Iterator<Item = Document> {
    let per_job = 4;
    let names: Vec<String> = jobs.iter().map(|job| (*job).to_owned()).collect();
    documents("a", 0..10).zip(0..).map(move |(document, index)| {
        let document = document.seconds(seconds / 10.0);
        match names.get(index / per_job) {
            Some(job) => document.assigned(job),
            None => document,
        }
    })
}

#[test]
fn another_job_is_started_where_the_work_takes_longer_than_two_starts() {
    // A start takes 1.5 seconds.
    let plan = turns(ten(3.1, &["x"]), [running("x", "a")]);
    assert_eq!(plan.turn("a/4"), &Turn::StartJob);
    assert_eq!(plan.wait("a/5").reason, WaitReason::JobStarting);

    let plan = turns(ten(2.9, &["x"]), [running("x", "a")]);
    assert_eq!(plan.wait("a/4").reason, WaitReason::JobBusy);
}

#[test]
fn the_work_is_shared_by_the_jobs_that_there_are() {
    let jobs = || [running("x", "a"), running("y", "a")];
    let plan = turns(ten(6.2, &["x", "y"]), jobs());
    assert_eq!(plan.turn("a/8"), &Turn::StartJob);

    let plan = turns(ten(5.8, &["x", "y"]), jobs());
    assert_eq!(plan.wait("a/8").reason, WaitReason::JobBusy);
}

#[test]
fn the_measured_start_of_a_pod_decides_but_never_less_than_a_second() {
    let mut snapshot = snapshot(ten(3.1, &["x"]), [running("x", "a")]);
    snapshot.rates.record_start(1.6);
    assert_eq!(
        pass(&snapshot, &settings(|_| {}), at(100)).wait("a/4").reason,
        WaitReason::JobBusy
    );

    snapshot.rates = Rates::default();
    snapshot.rates.record_start(0.1);
    assert_eq!(
        pass(&snapshot, &settings(|_| {}), at(100)).turn("a/4"),
        &Turn::StartJob
    );

    snapshot.documents = ten(1.9, &["x"]).collect();
    assert_eq!(
        pass(&snapshot, &settings(|_| {}), at(100)).wait("a/4").reason,
        WaitReason::JobBusy
    );
}

#[test]
fn the_measured_work_of_the_queue_counts_where_a_size_tells_nothing() {
    let unknown = ten(0.0, &["x"]).map(|document| Document {
        weight_seconds: None,
        ..document
    });
    let mut snapshot = snapshot(unknown, [running("x", "a")]);
    assert_eq!(
        pass(&snapshot, &settings(|_| {}), at(100)).turn("a/4"),
        &Turn::StartJob
    );
    snapshot.rates.record(&QUEUE.into(), 0.02);
    assert_eq!(
        pass(&snapshot, &settings(|_| {}), at(100)).wait("a/4").reason,
        WaitReason::JobBusy
    );
}

#[test]
fn one_job_of_an_identity_starts_at_a_time() {
    let plan = turns(
        ten(1_000.0, &["x", "y"]),
        [running("x", "a"), running("y", "a").starting()],
    );
    assert_eq!(plan.assigned(), Vec::<&str>::new());
    assert_eq!(plan.wait("a/8").reason, WaitReason::JobStarting);
}

#[test]
fn an_identity_has_no_more_jobs_than_it_may() {
    let snapshot = snapshot(ten(1_000.0, &["x", "y"]), [running("x", "a"), running("y", "a")]);
    let plan = pass(
        &snapshot,
        &of_queue(|queue| queue.max_jobs_per_identity = 2),
        at(100),
    );
    assert_eq!(plan.wait("a/8").reason, WaitReason::JobBusy);
    let plan = pass(
        &snapshot,
        &of_queue(|queue| queue.max_jobs_per_identity = 3),
        at(100),
    );
    assert_eq!(plan.turn("a/8"), &Turn::StartJob);
}

#[test]
fn a_document_that_is_not_shareable_has_a_job_of_its_own() {
    let plan = turns(
        [document("a", 1).alone(), document("a", 2).alone()],
        [running("x", "a")],
    );
    assert_eq!(plan.turn("a/1"), &Turn::StartJob);
    assert_eq!(plan.turn("a/2"), &Turn::StartJob);
}

#[test]
fn without_linger_nothing_is_handed_to_a_job_that_exists() {
    let settings = settings(one_job_a_document);
    let plan = pass(
        &snapshot(documents("a", 1..3), [running("x", "a")]),
        &settings,
        at(100),
    );
    assert_eq!(plan.turn("a/1"), &Turn::StartJob);
    assert_eq!(plan.turn("a/2"), &Turn::StartJob);
}

#[test]
fn there_are_never_more_jobs_than_the_limit_of_jobs() {
    let settings = settings(|settings| settings.max_jobs = Some(3));
    // One standing Job, and one of a single document, which is known by this document only.
    let plan = pass(
        &snapshot(
            [
                document("a", 0).assigned("x"),
                document("b", 1).alone().assigned("own"),
                document("b", 2).alone(),
                document("c", 3),
            ],
            [running("x", "a")],
        ),
        &settings,
        at(100),
    );
    assert_eq!(plan.turn("c/3"), &Turn::StartJob);
    assert_eq!(plan.wait("b/2").reason, WaitReason::JobLimit);
}

#[test]
fn a_job_is_handed_documents_even_where_no_other_may_be_started() {
    let settings = settings(|settings| settings.max_jobs = Some(1));
    let plan = pass(
        &snapshot([document("a", 1)], [running("x", "a")]),
        &settings,
        at(100),
    );
    assert_eq!(plan.turn("a/1"), &hand_to("x"));
}

#[test]
fn documents_that_are_admitted_elsewhere_use_up_no_limit_over_all_queues() {
    let elsewhere = |uid: &str| {
        let mut document = document("k", 0).assigned(uid);
        document.uid = uid.into();
        document.name = uid.into();
        document.queue = "kueue".into();
        document
    };
    let waiting = [elsewhere("k/1"), elsewhere("k/2")];
    let limits = settings(|settings| {
        settings.max_concurrent = Some(2);
        settings.max_jobs = Some(2);
        let kueue = QueueSettings {
            admitted_elsewhere: true,
            linger: SignedDuration::ZERO,
            ..QueueSettings::default()
        };
        settings.queues.insert("kueue".into(), kueue);
    });
    let mut third = elsewhere("k/3");
    third.state = DocumentState::Waiting;
    let ours = [document("a", 1).assigned("x"), document("b", 2).assigned("y")];
    let of = |documents: Vec<Document>| pass(&snapshot(documents, []), &limits, at(100));
    let plan = of(waiting.iter().cloned().chain([document("a", 1)]).collect());
    assert_eq!(plan.turn("a/1"), &Turn::StartJob);
    let plan = of(ours.into_iter().chain([third]).collect());
    assert_eq!(
        plan.turn("k/3"),
        &Turn::StartJob,
        "nor do the others' use up theirs"
    );
}
