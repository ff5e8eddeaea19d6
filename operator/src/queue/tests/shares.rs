//! Limits, fair shares, and that nothing free stays unused.

use super::*;

#[test]
fn a_queue_never_has_more_assigned_than_its_limit() {
    let settings = of_queue(|queue| queue.max_concurrent = Some(3));
    let working = [document("a", 0).alone().assigned("own")];
    let plan = pass(
        &snapshot(
            working
                .into_iter()
                .chain(documents("a", 1..9).map(Document::alone)),
            [],
        ),
        &settings,
        at(100),
    );
    assert_eq!(plan.assigned(), ["a/1", "a/2"]);
    assert_eq!(plan.wait("a/3").reason, WaitReason::QueueLimit { limit: 3 });
}

#[test]
fn all_queues_together_never_have_more_assigned_than_the_global_limit() {
    let settings = settings(|settings| settings.max_concurrent = Some(3));
    let other = documents("b", 0..9).map(|document| document.alone().queue("maintenance"));
    let plan = pass(
        &snapshot(documents("a", 0..9).map(Document::alone).chain(other), []),
        &settings,
        at(100),
    );
    assert_eq!(plan.assigned(), ["a/0", "b/0", "a/1"]);
    assert_eq!(plan.wait("a/2").reason, WaitReason::GlobalLimit);
    assert_eq!(plan.wait("b/1").reason, WaitReason::GlobalLimit);
}

#[test]
fn nothing_is_assigned_while_more_is_than_a_lowered_limit_allows() {
    let working = (0..5).map(|number| document("a", number).assigned("standing"));
    let snapshot = snapshot(working.chain([document("b", 6)]), [running("standing", "a")]);
    for settings in [
        of_queue(|queue| queue.max_concurrent = Some(2)),
        settings(|settings| settings.max_concurrent = Some(2)),
        settings(|settings| settings.max_jobs = Some(0)),
    ] {
        assert_eq!(pass(&snapshot, &settings, at(100)).assigned(), Vec::<&str>::new());
    }
}

#[test]
fn queues_share_the_global_limit_by_weight() {
    let settings = settings(|settings| {
        settings.max_concurrent = Some(8);
        settings
            .queues
            .insert("maintenance".into(), QueueSettings::default());
        settings.queues.get_mut(QUEUE).unwrap().weight = 3;
        one_job_a_document(settings);
    });
    let other = documents("a", 0..9).map(|document| Document {
        uid: format!("maintenance/{}", document.uid).into(),
        ..document.queue("maintenance")
    });
    let plan = pass(
        &snapshot(documents("a", 10..19).chain(other), []),
        &settings,
        at(100),
    );
    let maintenance = plan
        .assigned()
        .iter()
        .filter(|uid| uid.starts_with("maintenance"))
        .count();
    assert_eq!((plan.assigned().len(), maintenance), (8, 2));
}

#[test]
fn tenants_share_a_queue_by_weight_and_not_by_numbers_or_age() {
    let settings = settings(|settings| {
        settings.queues.get_mut(QUEUE).unwrap().max_concurrent = Some(6);
        settings.tenants.insert("b".into(), 2);
        one_job_a_document(settings);
    });
    let plan = pass(
        &snapshot(documents("a", 0..100).chain(documents("b", 100..110)), []),
        &settings,
        at(200),
    );
    assert_eq!(
        plan.assigned(),
        ["a/0", "b/100", "b/101", "a/1", "b/102", "b/103"]
    );
}

#[test]
fn the_next_place_is_for_who_has_least_assigned() {
    let settings = of_queue(|queue| queue.max_concurrent = Some(4));
    let working = (0..3).map(|number| document("a", number).alone().assigned(&format!("own-{number}")));
    let waiting = [document("a", 3).priority(99), document("b", 50)];
    let plan = pass(&snapshot(working.chain(waiting), []), &settings, at(100));
    assert_eq!(plan.assigned(), ["b/50"]);
}

#[test]
fn priority_decides_inside_a_tenant_only() {
    let settings = settings(|settings| {
        settings.queues.get_mut(QUEUE).unwrap().max_concurrent = Some(3);
        one_job_a_document(settings);
    });
    let waiting = [
        document("a", 1),
        document("a", 2).priority(1_000),
        document("a", 3).priority(1_000),
        document("b", 2),
        document("b", 4),
    ];
    let plan = pass(&snapshot(waiting, []), &settings, at(100));
    assert_eq!(plan.assigned(), ["a/2", "b/2", "a/3"]);
    assert_eq!(plan.waiting(), ["b/4", "a/1"]);
}

#[test]
fn equal_documents_go_by_name() {
    let settings = settings(one_job_a_document);
    let named = |name: &str| Document {
        uid: name.into(),
        name: name.into(),
        ..document("a", 1)
    };
    let plan = pass(&snapshot(["z", "m", "b"].map(named), []), &settings, at(100));
    assert_eq!(plan.assigned(), ["b", "m", "z"]);
}

#[test]
fn equal_tenants_go_by_who_came_first() {
    let settings = settings(|settings| settings.max_concurrent = Some(1));
    let plan = pass(
        &snapshot([document("a", 2), document("b", 1)], []),
        &settings,
        at(100),
    );
    assert_eq!(plan.assigned(), ["b/1"]);
}

/// One document at a time is worked for, and is done before the next pass.
struct OneAtATime {
    snapshot: Snapshot,
    settings: Settings,
}

impl OneAtATime {
    fn new(documents: impl IntoIterator<Item = Document>) -> Self {
        let settings = settings(|settings| {
            settings.max_concurrent = Some(1);
            one_job_a_document(settings);
        });
        Self {
            snapshot: snapshot(documents, []),
            settings,
        }
    }

    fn arrive(&mut self, documents: impl IntoIterator<Item = Document>) {
        self.snapshot.documents.extend(documents);
    }

    /// The tenant that is served next.
    fn next(&mut self) -> String {
        let plan = pass(&self.snapshot, &self.settings, at(1_000));
        let uid = plan.assigned()[0];
        let index = self
            .snapshot
            .documents
            .iter()
            .position(|document| *document.uid == *uid);
        self.snapshot.served = plan.served.clone();
        self.snapshot
            .documents
            .swap_remove(index.unwrap())
            .tenant
            .to_string()
    }

    fn served(&mut self, times: usize) -> String {
        (0..times).map(|_| self.next()).collect()
    }
}

#[test]
fn fewer_places_than_tenants_go_round_by_weight() {
    let all = documents("a", 0..50)
        .chain(documents("b", 100..150))
        .chain(documents("c", 200..250));
    let mut world = OneAtATime::new(all);
    world.settings.tenants.insert("c".into(), 2);
    assert_eq!(world.served(12), "abccabccabcc");
}

#[test]
fn fewer_places_than_queues_go_round_by_weight() {
    let other = documents("b", 100..150).map(|document| document.queue("maintenance").alone());
    let mut world = OneAtATime::new(documents("a", 0..50).chain(other));
    world.settings.queues.get_mut(QUEUE).unwrap().weight = 2;
    assert_eq!(world.served(9), "abaabaaba");
}

#[test]
fn a_newcomer_has_neither_credit_nor_debt() {
    let mut world = OneAtATime::new(documents("a", 0..50).chain(documents("b", 0..50)));
    assert_eq!(world.served(9), "ababababa");
    // It is b's turn, and b came before.
    world.arrive(documents("c", 100..150));
    assert_eq!(world.served(9), "bcabcabca");
}

#[test]
fn a_tenant_that_comes_back_does_not_overtake_one_that_waited() {
    let mut world = OneAtATime::new(documents("x", 0..50));
    // Others have a document each now and then, so that there always is one of them, and never the same.
    let served: String = (0..20)
        .map(|number| {
            world.arrive([document(
                ["p", "q", "r", "s"][number % 4],
                100 + i64::try_from(number).unwrap(),
            )]);
            world.next()
        })
        .collect();
    assert!(served.matches('x').count() >= 4, "{served}");
}

#[test]
fn nothing_is_remembered_when_nobody_waits() {
    let settings = settings(one_job_a_document);
    let plan = pass(&snapshot(documents("a", 0..9), []), &settings, at(100));
    assert_eq!(plan.served, Served::default());
}

#[test]
fn a_document_that_no_job_can_take_holds_up_nobody() {
    let settings = of_queue(|queue| {
        queue.max_concurrent = Some(9);
        queue.ahead = 0;
    });
    let working = document("a", 0).assigned("busy").seconds(0.1);
    let waiting = [
        document("a", 1).seconds(0.1),
        document("a", 2).identity("a, other settings"),
        document("b", 3),
    ];
    let plan = pass(
        &snapshot([working].into_iter().chain(waiting), [running("busy", "a")]),
        &settings,
        at(100),
    );
    assert_eq!(plan.wait("a/1").reason, WaitReason::JobBusy);
    assert_eq!(plan.assigned(), ["b/3", "a/2"]);
}

#[test]
fn a_full_queue_holds_up_no_other() {
    let settings = of_queue(|queue| queue.max_concurrent = Some(1));
    let other = documents("a", 10..12).map(|document| document.alone().queue("maintenance"));
    let plan = pass(
        &snapshot(documents("a", 0..3).map(Document::alone).chain(other), []),
        &settings,
        at(100),
    );
    assert_eq!(plan.assigned(), ["a/0", "a/10", "a/11"]);
}

#[test]
fn a_queue_without_settings_has_the_default_ones() {
    let plan = pass(
        &snapshot([document("a", 1).queue("unheard of")], []),
        &Settings::default(),
        at(100),
    );
    assert_eq!(plan.turn("a/1"), &Turn::StartJob);
}
