use super::*;

const ORDER: [&str; 5] = ["a", "b", "c", "d", "e"];

fn assignment(uid: &str, tries: u32) -> Assignment {
    serde_json::from_value(serde_json::json!({
        "namespace": "team", "name": uid, "uid": uid, "attempt": 1, "tries": tries, "owner": {"namespace": "team"},
        "documentId": uid, "fileName": "f.pdf", "source": {"object": "k"}, "chunking": {},
        "onEmptyPages": "Warn", "timeoutSeconds": 60, "maxSourceBytes": 1000
    }))
    .unwrap()
}

fn list(uids: &[&str]) -> Vec<Assignment> {
    uids.iter().map(|uid| assignment(uid, 1)).collect()
}

fn key(uid: &str) -> AssignmentKey {
    assignment(uid, 1).key()
}

/// What is held, in order, and what has ended, as the operator is told.
fn told(held: &Held) -> (Vec<String>, Vec<(String, EndedOutcome)>) {
    let request = held.request(Instant::now(), false, Duration::ZERO);
    let uids = request.held.into_iter().map(|held| held.key.uid).collect();
    let ended = request
        .ended
        .into_iter()
        .map(|ended| (ended.key.uid, ended.outcome));
    (uids, ended.collect())
}

fn begin(held: &mut Held) -> Option<String> {
    held.begin(Instant::now(), &Arc::default())
        .map(|assignment| assignment.uid)
}

#[test]
fn what_is_new_is_worked_off_in_the_order_of_the_answer() {
    let mut held = Held::new(list(&["a"]));
    assert_eq!(begin(&mut held).as_deref(), Some("a"));
    let changes = held.apply(list(&["a", "c", "b"]));
    assert!(changes.taken && !changes.dropped && !changes.stop);
    assert_eq!(told(&held).0, ["a", "c", "b"]);
    assert_eq!(held.apply(list(&["a", "b", "c"])), Changes::default());
    assert_eq!(told(&held).0, ["a", "b", "c"]);
    assert_eq!(held.taken(), 3);
}

#[test]
fn one_is_worked_on_at_a_time_and_two_reports_may_be_on_their_way() {
    let mut held = Held::new(list(&["a", "b", "c", "d"]));
    assert_eq!(begin(&mut held).as_deref(), Some("a"));
    assert_eq!(begin(&mut held), None);
    held.report(&key("a"), Instant::now());
    assert_eq!(begin(&mut held).as_deref(), Some("b"));
    held.report(&key("b"), Instant::now());
    assert_eq!(begin(&mut held), None);
    assert_eq!(told(&held).0, ["b", "a", "c", "d"]);
    held.end(&key("a"), EndedOutcome::Reported, Instant::now());
    assert_eq!(begin(&mut held).as_deref(), Some("c"));
    assert_eq!(told(&held).0, ["c", "b", "d"]);
}

#[test]
fn what_waits_and_is_not_named_is_dropped_and_told() {
    let mut held = Held::new(list(&["a", "b"]));
    begin(&mut held);
    let changes = held.apply(list(&["a"]));
    assert!(changes.dropped && !changes.stop);
    assert_eq!(told(&held).1, [("b".to_owned(), EndedOutcome::Dropped)]);
}

#[test]
fn what_is_worked_on_and_not_named_is_stopped_before_the_next_begins() {
    let mut held = Held::new(list(&["a", "b"]));
    begin(&mut held);
    assert!(held.apply(list(&["b"])).stop);
    assert!(!held.apply(list(&["b"])).stop, "it is said once");
    assert_eq!(begin(&mut held), None);
    assert_eq!(told(&held), (vec!["a".to_owned(), "b".to_owned()], Vec::new()));
    held.end(&key("a"), EndedOutcome::Dropped, Instant::now());
    assert_eq!(begin(&mut held).as_deref(), Some("b"));
}

#[test]
fn a_report_on_its_way_is_not_taken_back_where_the_operator_has_seen_it_first() {
    let mut held = Held::new(list(&["a"]));
    begin(&mut held);
    held.report(&key("a"), Instant::now());
    let changes = held.apply(Vec::new());
    assert_eq!(changes.unwanted, [key("a")]);
    assert!(!changes.stop && !held.is_empty());
    held.end(&key("a"), EndedOutcome::Reported, Instant::now());
    assert_eq!(told(&held).1, [("a".to_owned(), EndedOutcome::Reported)]);
}

#[test]
fn what_has_ended_is_told_until_it_is_not_named_and_never_taken_up_again() {
    let mut held = Held::new(list(&["a"]));
    begin(&mut held);
    held.end(&key("a"), EndedOutcome::Reported, Instant::now());
    assert_eq!(held.apply(list(&["a"])), Changes::default());
    assert!(held.is_empty());
    assert_eq!(told(&held).1.len(), 1);
    held.apply(Vec::new());
    assert_eq!(told(&held).1.len(), 0);
    // Another that leads may know less.
    assert_eq!(held.apply(list(&["a"])), Changes::default());
    assert_eq!(told(&held).1.len(), 1);
    assert!(begin(&mut held).is_none());
}

#[test]
fn another_try_of_the_same_document_is_another_assignment() {
    let mut held = Held::new(list(&["a"]));
    begin(&mut held);
    let changes = held.apply(vec![assignment("a", 2)]);
    assert!(changes.stop && changes.taken);
    held.end(&key("a"), EndedOutcome::Dropped, Instant::now());
    let next = held.begin(Instant::now(), &Arc::default()).unwrap();
    assert_eq!(next.tries, 2);
}

#[test]
fn the_one_that_is_worked_on_shows_that_the_work_goes_on() {
    let mut held = Held::new(list(&["a", "b"]));
    let (began, advances) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    held.begin(began, &advances);
    advances.fetch_add(3, Ordering::Relaxed);
    let request = held.request(began + Duration::from_secs(2), true, Duration::from_secs(20));
    assert_eq!((request.retiring, request.wait_seconds), (true, 20));
    let working = &request.held[0];
    assert_eq!((working.working_seconds, working.advances), (Some(2.0), 3));
    assert_eq!(request.held[1].working_seconds, None);
}

#[test]
fn the_time_of_the_work_ends_where_the_report_begins() {
    let mut held = Held::new(list(&["a"]));
    let began = Instant::now();
    let after = |seconds| began + Duration::from_secs(seconds);
    held.begin(began, &Arc::default());
    held.report(&key("a"), after(5));
    let request = held.request(after(60), false, Duration::ZERO);
    assert_eq!(request.held[0].working_seconds, Some(5.0));
    held.end(&key("a"), EndedOutcome::Reported, after(90));
    let ended = held.request(after(90), false, Duration::ZERO).ended;
    assert!((ended[0].seconds - 5.0).abs() < f64::EPSILON);
}

#[test]
fn what_was_neither_reported_nor_told_is_known_until_the_operator_knows() {
    let mut held = Held::new(list(&["a", "b"]));
    for (uid, outcome) in [
        ("a", EndedOutcome::Reported),
        ("b", EndedOutcome::Undelivered("away".to_owned())),
    ] {
        begin(&mut held);
        held.end(&key(uid), outcome, Instant::now());
    }
    assert_eq!(held.untold().count(), 1);
    held.apply(Vec::new());
    assert_eq!(held.untold().count(), 0);
}

proptest::proptest! {
    #[test]
    fn whatever_is_answered_all_is_held_or_ended_and_one_at_a_time_is_worked_on(
        answers in proptest::collection::vec((proptest::collection::vec(0_usize..5, 0..5), 0_u8..4), 0..40),
    ) {
        let mut held = Held::default();
        let mut working: Option<AssignmentKey> = None;
        let mut reporting: Vec<AssignmentKey> = Vec::new();
        let mut begun: HashSet<AssignmentKey> = HashSet::new();
        for (names, step) in answers {
            let uids: Vec<&str> = names.iter().map(|&index| ORDER[index]).collect();
            let changes = held.apply(list(&uids));
            proptest::prop_assert!(!changes.stop || working.is_some());
            match step {
                0 => {}
                1 => if let Some(key) = working.take() {
                    held.report(&key, Instant::now());
                    reporting.push(key);
                }
                2 => if let Some(key) = working.take() {
                    held.end(&key, EndedOutcome::Dropped, Instant::now());
                }
                _ => if let Some(key) = reporting.pop() {
                    held.end(&key, EndedOutcome::Reported, Instant::now());
                }
            }
            if let Some(next) = held.begin(Instant::now(), &Arc::default()) {
                proptest::prop_assert!(working.is_none() && reporting.len() < MOST_REPORTS);
                proptest::prop_assert!(begun.insert(next.key()), "nothing is worked on twice");
                working = Some(next.key());
            }
            let (holds, ended) = told(&held);
            for uid in uids {
                let known = holds.iter().any(|held| held == uid) || ended.iter().any(|(ended, _)| ended == uid);
                proptest::prop_assert!(known, "{uid} is lost");
            }
        }
    }
}
