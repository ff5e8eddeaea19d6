//! One test for each question that the table answers.

use crds::assignment::EndedOutcome;

use super::{silence::LONGEST_GAP, *};
use crate::clock;

const SECOND: Duration = Duration::from_secs(1);

fn job(name: &str) -> JobRef {
    ("tenant".into(), name.into())
}

fn pod(job: &JobRef, uid: &str) -> PodIdentity {
    PodIdentity {
        namespace: job.0.clone(),
        name: format!("{}-abcde", job.1),
        uid: uid.into(),
    }
}

fn key(uid: &str) -> AssignmentKey {
    AssignmentKey {
        uid: uid.into(),
        attempt: 1,
        tries: 1,
    }
}

fn waiting(uid: &str) -> HeldAssignment {
    HeldAssignment {
        key: key(uid),
        working_seconds: None,
        advances: 0,
    }
}

fn worked_on(uid: &str, advances: u64) -> HeldAssignment {
    HeldAssignment {
        working_seconds: Some(1.0),
        advances,
        ..waiting(uid)
    }
}

fn ended(uid: &str, outcome: EndedOutcome) -> EndedAssignment {
    EndedAssignment {
        key: key(uid),
        outcome,
        seconds: 2.0,
    }
}

fn holding(held: Vec<HeldAssignment>) -> AssignmentRequest {
    AssignmentRequest {
        held,
        ..AssignmentRequest::default()
    }
}

/// A table, and the time as it goes on.
struct Story {
    table: Table,
    now: Instant,
    order: u64,
}

impl Story {
    fn new() -> Self {
        Self {
            table: Table::default(),
            now: clock::monotonic(),
            order: 0,
        }
    }

    fn ask_of(&mut self, job: &JobRef, uid: &str, request: &AssignmentRequest) -> Heard {
        self.order += 1;
        let heard = self
            .table
            .asked(&pod(job, uid), job, self.order, request, self.now);
        heard.expect("it is the newest request")
    }

    fn ask(&mut self, request: &AssignmentRequest) -> Heard {
        self.ask_of(&job("a"), "pod", request)
    }

    /// The Pod works on this document, and says so after so many seconds.
    fn works_after(&mut self, seconds: u32, advances: u64) {
        self.now += SECOND * seconds;
        self.ask(&holding(vec![worked_on("document", advances)]));
    }

    fn answer(&mut self, uids: &[&str]) -> bool {
        self.table
            .answered("pod", self.order, uids.iter().map(|uid| key(uid)))
    }

    fn may_hold(&self, uid: &str) -> Holding {
        self.table.may_hold(&job("a"), &key(uid))
    }

    fn silent(&self) -> Option<u64> {
        let silent = self.table.silent_for(&job("a"), &key("document"));
        silent.map(|silent| silent.as_secs())
    }
}

#[test]
fn a_job_of_which_no_pod_has_asked_is_unknown() {
    let mut story = Story::new();
    assert_eq!(story.may_hold("document"), Holding::Unknown);
    story.ask_of(&job("b"), "another", &holding(vec![waiting("document")]));
    assert_eq!(story.may_hold("document"), Holding::Unknown);
    assert_eq!(
        story.table.pod_may_hold("pod", &key("document")),
        Holding::Unknown
    );
    assert_eq!(story.table.working(&job("a")), None);
    assert_eq!(story.table.last_asked(&job("a")), None);
    assert_eq!(story.table.quiet_for(&job("a"), story.now), None);
    assert!(!story.table.is_retiring(&job("a")));
}

#[test]
fn what_is_held_or_answered_may_be_held_until_the_pod_says_otherwise() {
    let mut story = Story::new();
    story.ask(&holding(vec![waiting("first")]));
    assert!(story.answer(&["second"]));
    assert_eq!(
        story.may_hold("first"),
        Holding::Maybe,
        "the answer may not have arrived"
    );
    assert_eq!(
        story.may_hold("second"),
        Holding::Maybe,
        "the answer may have arrived"
    );
    assert_eq!(story.may_hold("third"), Holding::No);
    story.ask(&holding(vec![waiting("second")]));
    assert_eq!(story.may_hold("first"), Holding::No);
    assert_eq!(story.may_hold("second"), Holding::Maybe);
}

#[test]
fn every_pod_of_a_job_counts() {
    let mut story = Story::new();
    story.ask(&holding(vec![waiting("document")]));
    story.ask_of(&job("a"), "successor", &holding(vec![]));
    assert_eq!(story.may_hold("document"), Holding::Maybe);
    assert_eq!(
        story.table.pod_may_hold("successor", &key("document")),
        Holding::No
    );
    story.table.forget("pod");
    assert_eq!(story.may_hold("document"), Holding::No);
    story.table.forget("successor");
    assert_eq!(story.may_hold("document"), Holding::Unknown);
    assert!(story.table.is_empty() && story.table.jobs.is_empty());
}

#[test]
fn another_try_of_a_resource_is_another_assignment_of_it() {
    let mut story = Story::new();
    story.ask(&holding(vec![waiting("document")]));
    let next = AssignmentKey {
        tries: 2,
        ..key("document")
    };
    assert_eq!(story.table.may_hold(&job("a"), &next), Holding::No);
    assert_eq!(story.table.may_hold_for(&job("a"), "document"), Holding::Maybe);
    assert_eq!(story.table.may_hold_for(&job("a"), "doc"), Holding::No);
}

#[test]
fn an_older_request_that_comes_late_changes_nothing() {
    let mut story = Story::new();
    story.ask(&holding(vec![waiting("document")]));
    for late in [0, 1] {
        let request = holding(vec![]);
        assert_eq!(
            story
                .table
                .asked(&pod(&job("a"), "pod"), &job("a"), late, &request, story.now),
            None
        );
    }
    assert_eq!(story.may_hold("document"), Holding::Maybe);
}

#[test]
fn only_the_newest_request_is_answered() {
    let mut story = Story::new();
    story.ask(&holding(vec![]));
    let overtaken = story.order;
    story.ask(&holding(vec![]));
    assert!(!story.table.is_newest("pod", overtaken));
    assert!(!story.table.answered("pod", overtaken, [key("document")]));
    assert_eq!(story.may_hold("document"), Holding::No);
    assert!(story.table.is_newest("pod", story.order) && story.answer(&["document"]));
    story.table.forget("pod");
    assert!(!story.answer(&["document"]), "the Pod is gone");
    story.ask(&holding(vec![]));
    story.table.begin(story.now);
    assert!(
        !story.answer(&["document"]),
        "it was asked before this operator began to lead"
    );
}

#[test]
fn an_end_is_told_once_and_again_if_it_ends_otherwise() {
    let mut story = Story::new();
    let request = |ended| AssignmentRequest {
        ended,
        ..AssignmentRequest::default()
    };
    let undelivered = ended("document", EndedOutcome::Undelivered("no route".into()));
    let gone = ended("other", EndedOutcome::Gone);
    let heard = story.ask(&request(vec![undelivered.clone()]));
    assert_eq!(heard.ended, std::slice::from_ref(&undelivered));
    let both = request(vec![undelivered.clone(), gone.clone()]);
    assert_eq!(story.ask(&both).ended, [gone]);
    assert_eq!(story.ask(&both).ended, []);
    let reported = ended("document", EndedOutcome::Reported);
    assert_eq!(story.ask(&request(vec![reported.clone()])).ended, [reported]);
    story.table.begin(story.now);
    assert_eq!(
        story.ask(&both).ended.len(),
        2,
        "a new leader has not heard of it"
    );
}

#[test]
fn what_has_ended_is_not_held_although_it_is_still_answered() {
    let mut story = Story::new();
    story.ask(&AssignmentRequest {
        ended: vec![ended("document", EndedOutcome::Dropped)],
        ..AssignmentRequest::default()
    });
    assert!(story.answer(&["document", "next"]));
    assert_eq!(story.may_hold("document"), Holding::No);
    assert_eq!(story.may_hold("next"), Holding::Maybe);
}

#[test]
fn only_what_is_new_is_said_to_have_changed() {
    let mut story = Story::new();
    let mut request = holding(vec![worked_on("first", 1), waiting("second")]);
    let heard = story.ask(&request);
    assert!(heard.is_first && heard.has_changed);
    request.held[0].advances += 1;
    request.held[0].working_seconds = Some(9.0);
    assert_eq!(story.ask(&request), Heard::default());
    request.held.swap(0, 1);
    assert_eq!(story.ask(&request), Heard::default(), "it works on the same");
    request.held[1].working_seconds = None;
    request.held[0].working_seconds = Some(0.0);
    assert!(story.ask(&request).has_changed, "it works on another");
    request.held.pop();
    assert!(story.ask(&request).has_changed, "it holds less");
    request.retiring = true;
    assert!(story.ask(&request).has_changed, "it wants no more");
    assert!(!story.ask(&request).has_changed);
}

#[test]
fn the_pod_that_asked_last_speaks_for_its_job() {
    let mut story = Story::new();
    story.ask(&holding(vec![worked_on("first", 1)]));
    story.now += SECOND;
    let mut second = holding(vec![waiting("third"), worked_on("second", 1)]);
    second.held[1].working_seconds = Some(7.5);
    second.retiring = true;
    story.ask_of(&job("a"), "successor", &second);
    let working = story.table.working(&job("a")).unwrap();
    assert_eq!((working.key, working.seconds), (key("second"), 7.5));
    assert!(story.table.is_retiring(&job("a")));
    assert_eq!(story.table.last_asked(&job("a")), Some(story.now));
    story.now += SECOND;
    assert_eq!(story.table.quiet_for(&job("a"), story.now), Some(SECOND));
    story.ask(&holding(vec![]));
    assert_eq!(story.table.working(&job("a")), None);
    assert!(!story.table.is_retiring(&job("a")));
}

#[test]
fn silence_counts_from_the_newest_advance_to_the_newest_request() {
    let mut story = Story::new();
    story.works_after(0, 1);
    assert_eq!(story.silent(), Some(0));
    story.works_after(20, 1);
    story.works_after(20, 1);
    assert_eq!(story.silent(), Some(40));
    story.now += SECOND * 15;
    assert_eq!(
        story.silent(),
        Some(40),
        "nothing is known of the time since it asked"
    );
    story.works_after(5, 2);
    assert_eq!(story.silent(), Some(0));
    story.works_after(20, 2);
    assert_eq!(story.silent(), Some(20));
}

#[test]
fn what_waits_or_is_worked_on_anew_is_not_silent() {
    let mut story = Story::new();
    story.ask(&holding(vec![waiting("document")]));
    story.now += SECOND * 20;
    story.ask(&holding(vec![waiting("document")]));
    assert_eq!(story.silent(), None);
    story.works_after(20, 0);
    assert_eq!(story.silent(), Some(0));
    story.works_after(20, 0);
    assert_eq!(story.silent(), Some(20));
    let silent = |story: &Story, seconds: u32| story.table.silent_since(SECOND * seconds).count();
    assert_eq!((silent(&story, 20), silent(&story, 21)), (1, 0));
}

#[test]
fn time_in_which_a_pod_could_not_ask_is_not_its_documents_silence() {
    let mut story = Story::new();
    let longest = u32::try_from(LONGEST_GAP.as_secs()).unwrap();
    story.works_after(0, 1);
    story.works_after(longest, 1);
    assert_eq!(story.silent(), Some(u64::from(longest)));
    story.works_after(longest + 1, 1);
    assert_eq!(story.silent(), Some(0), "it was away, and begins anew");
    assert_eq!(
        story.table.quiet_for(&job("a"), story.now + SECOND * 90),
        Some(SECOND * 90)
    );
    story.works_after(20, 1);
    assert_eq!(story.silent(), Some(20));
}

#[test]
fn after_this_process_was_cut_off_silence_and_quiet_count_anew() {
    let mut story = Story::new();
    story.works_after(0, 1);
    story.works_after(20, 1);
    story.now += SECOND * 10;
    story.table.count_anew(story.now);
    assert_eq!(story.silent(), Some(0));
    assert_eq!(story.table.silent_since(SECOND).count(), 0);
    assert_eq!(
        story.table.quiet_for(&job("a"), story.now + SECOND * 3),
        Some(SECOND * 3)
    );
    story.works_after(10, 1);
    assert_eq!(
        story.silent(),
        Some(0),
        "it counts from the first request after it"
    );
    story.works_after(10, 1);
    assert_eq!(story.silent(), Some(10));
    assert_eq!(
        story.may_hold("document"),
        Holding::Maybe,
        "what Pods hold stays known"
    );
}

#[test]
fn where_there_is_no_room_the_quietest_job_is_forgotten_whole() {
    let mut story = Story::new();
    story.table = Table::with_capacity(3);
    story.ask_of(&job("a"), "a1", &holding(vec![waiting("document")]));
    story.now += SECOND;
    story.ask_of(&job("a"), "a2", &holding(vec![]));
    story.now += SECOND;
    story.ask_of(&job("b"), "b1", &holding(vec![]));
    story.now += SECOND;
    // An old acquaintance needs no room.
    story.ask_of(&job("a"), "a1", &holding(vec![waiting("document")]));
    assert_eq!(story.table.len(), 3);
    story.now += SECOND;
    story.ask_of(&job("c"), "c1", &holding(vec![]));
    assert_eq!(story.table.len(), 3);
    assert_eq!(story.table.pod_may_hold("b1", &key("document")), Holding::Unknown);
    story.now += SECOND;
    story.ask_of(&job("b"), "b1", &holding(vec![]));
    assert_eq!(
        story.may_hold("document"),
        Holding::Unknown,
        "not one of its Pods speaks for the other"
    );
    assert_eq!(story.table.len(), 2);
    assert_eq!(story.table.jobs.len(), 2);
}
