//! A Pod that obeys the protocol, on a network that loses, delays and reorders: the table never says that it holds nothing of what it holds or can
//! still receive.

use std::time::Instant;

use crds::assignment::EndedOutcome;
use proptest::{prelude::*, test_runner::TestCaseResult};

use super::*;
use crate::clock;

const KEYS: u32 = 4;

fn key(number: u32) -> AssignmentKey {
    AssignmentKey {
        uid: format!("document-{number}"),
        attempt: 1,
        tries: 1,
    }
}

/// What happens next. A number picks one of what there is, if there is any.
#[derive(Clone, Debug)]
enum Step {
    Ask,
    GiveUpWaiting,
    DeliverRequest(usize),
    LoseRequest(usize),
    Answer(usize),
    DeliverAnswer(usize),
    LoseAnswer(usize),
    End(usize),
    ChangeDesired(u32),
    LeadAnew,
}

fn step() -> impl Strategy<Value = Step> {
    let pick = || 0..8_usize;
    prop_oneof![
        4 => Just(Step::Ask),
        2 => Just(Step::GiveUpWaiting),
        4 => pick().prop_map(Step::DeliverRequest),
        1 => pick().prop_map(Step::LoseRequest),
        4 => pick().prop_map(Step::Answer),
        4 => pick().prop_map(Step::DeliverAnswer),
        1 => pick().prop_map(Step::LoseAnswer),
        2 => pick().prop_map(Step::End),
        4 => (0..KEYS).prop_map(Step::ChangeDesired),
        1 => Just(Step::LeadAnew),
    ]
}

struct World {
    pod: PodIdentity,
    job: JobRef,
    now: Instant,
    // The Pod's side.
    held: Vec<AssignmentKey>,
    ended: Vec<AssignmentKey>,
    made_requests: u64,
    awaited: Option<u64>,
    // On the way.
    requests: Vec<(u64, AssignmentRequest)>,
    answers: Vec<(u64, Vec<AssignmentKey>)>,
    // The operator's side.
    table: Table,
    hanging: Vec<u64>,
    desired: Vec<AssignmentKey>,
    // How often the Pod ended something, and how often the operator heard of it since it began to lead.
    endings: usize,
    heard_endings: usize,
}

fn take<T>(from: &mut Vec<T>, pick: usize) -> Option<T> {
    (!from.is_empty()).then(|| from.remove(pick % from.len()))
}

impl World {
    fn new() -> Self {
        let job = ("tenant".to_owned(), "enc-0123456789abcdef".to_owned());
        Self {
            pod: PodIdentity {
                namespace: job.0.clone(),
                name: format!("{}-abcde", job.1),
                uid: "pod".into(),
            },
            job,
            now: clock::monotonic(),
            // What its environment named.
            held: vec![key(0)],
            ended: Vec::new(),
            made_requests: 0,
            awaited: None,
            requests: Vec::new(),
            answers: Vec::new(),
            table: Table::default(),
            hanging: Vec::new(),
            desired: vec![key(0)],
            endings: 0,
            heard_endings: 0,
        }
    }

    fn request(&self) -> AssignmentRequest {
        let held = |key: &AssignmentKey| HeldAssignment {
            key: key.clone(),
            working_seconds: None,
            advances: 0,
        };
        let ended = |key: &AssignmentKey| EndedAssignment {
            key: key.clone(),
            outcome: EndedOutcome::Reported,
            seconds: 1.0,
        };
        AssignmentRequest {
            held: self.held.iter().map(held).collect(),
            ended: self.ended.iter().map(ended).collect(),
            ..AssignmentRequest::default()
        }
    }

    fn take_step(&mut self, step: &Step) {
        match step {
            Step::Ask if self.awaited.is_none() => {
                self.made_requests += 1;
                self.awaited = Some(self.made_requests);
                self.requests.push((self.made_requests, self.request()));
            }
            Step::Ask => {}
            Step::GiveUpWaiting => self.awaited = None,
            Step::DeliverRequest(pick) => {
                if let Some((order, request)) = take(&mut self.requests, *pick)
                    && let Some(heard) = self.table.asked(&self.pod, &self.job, order, &request, self.now)
                {
                    self.heard_endings += heard.ended.len();
                    self.hanging.push(order);
                }
            }
            Step::LoseRequest(pick) => drop(take(&mut self.requests, *pick)),
            Step::Answer(pick) => {
                if let Some(order) = take(&mut self.hanging, *pick)
                    && self.table.answered(&self.pod.uid, order, self.desired.clone())
                {
                    self.answers.push((order, self.desired.clone()));
                }
            }
            Step::DeliverAnswer(pick) => {
                if let Some((order, keys)) = take(&mut self.answers, *pick)
                    && self.awaited == Some(order)
                {
                    self.receive(&keys);
                }
            }
            Step::LoseAnswer(pick) => drop(take(&mut self.answers, *pick)),
            Step::End(pick) => {
                if let Some(key) = take(&mut self.held, *pick) {
                    self.end(key);
                }
            }
            Step::ChangeDesired(number) => {
                let key = key(*number);
                match self.desired.iter().position(|desired| *desired == key) {
                    Some(position) => drop(self.desired.remove(position)),
                    None => self.desired.push(key),
                }
            }
            Step::LeadAnew => {
                // What the Pod had given up on before does not arrive after a change of leaders, which takes seconds.
                self.requests.retain(|(order, _)| self.awaited == Some(*order));
                self.table.begin(self.now);
                self.heard_endings = 0;
            }
        }
    }

    fn end(&mut self, key: AssignmentKey) {
        self.endings += 1;
        self.ended.push(key);
    }

    fn receive(&mut self, keys: &[AssignmentKey]) {
        self.awaited = None;
        self.ended.retain(|key| keys.contains(key));
        for taken_away in self
            .held
            .extract_if(.., |key| !keys.contains(key))
            .collect::<Vec<_>>()
        {
            self.end(taken_away);
        }
        let new = keys
            .iter()
            .filter(|key| !self.held.contains(key) && !self.ended.contains(key));
        self.held.extend(new.cloned().collect::<Vec<_>>());
    }

    /// Whether the Pod works on it, or will once an answer arrives that is on its way.
    fn holds_or_receives(&self, key: &AssignmentKey) -> bool {
        let mut awaited = self
            .answers
            .iter()
            .filter(|(order, _)| self.awaited == Some(*order));
        self.held.contains(key) || (!self.ended.contains(key) && awaited.any(|(_, keys)| keys.contains(key)))
    }

    fn check(&self) -> TestCaseResult {
        for key in (0..KEYS).map(key) {
            let holding = self.table.may_hold(&self.job, &key);
            prop_assert_eq!(holding, self.table.pod_may_hold(&self.pod.uid, &key));
            prop_assert_eq!(holding, self.table.may_hold_for(&self.job, &key.uid));
            prop_assert_eq!(holding, self.table.pod_may_hold_for(&self.pod.uid, &key.uid));
            if self.holds_or_receives(&key) {
                prop_assert_ne!(holding, Holding::No, "{:?}", key);
            }
        }
        prop_assert!(self.heard_endings <= self.endings, "an end was heard of twice");
        Ok(())
    }

    /// Once the Pod's newest request has arrived and nothing is on the way, the table says what is.
    fn settle(&mut self) -> TestCaseResult {
        self.requests.clear();
        self.answers.clear();
        self.hanging.clear();
        self.take_step(&Step::GiveUpWaiting);
        self.take_step(&Step::Ask);
        self.take_step(&Step::DeliverRequest(0));
        for key in (0..KEYS).map(key) {
            let expected = if self.held.contains(&key) {
                Holding::Maybe
            } else {
                Holding::No
            };
            prop_assert_eq!(self.table.may_hold(&self.job, &key), expected, "{:?}", key);
        }
        // And an answer brings the Pod to hold what is desired, but for what it has ended.
        self.take_step(&Step::Answer(0));
        self.take_step(&Step::DeliverAnswer(0));
        let ended = self.ended.clone();
        for key in (0..KEYS).map(key) {
            let is_desired = self.desired.contains(&key) && !ended.contains(&key);
            prop_assert_eq!(self.held.contains(&key), is_desired, "{:?}", key);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_a_pod_holds_or_can_still_receive_is_said_to_be_free(
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.take_step(step);
            world.check()?;
        }
        world.settle()?;
    }
}
