//! What this Pod holds, and what becomes of it by each answer. Pure.
//!
//! An assignment waits, is worked on, is perhaps stopped, has its end reported, and has ended. All but the last are held. Only one is worked on
//! or being stopped at a time; while its report is on its way the next is begun.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crds::{
    Assignment,
    assignment::{AssignmentKey, AssignmentRequest, EndedAssignment, EndedOutcome, HeldAssignment},
};

/// Reports that may be on their way while the next document is begun.
const MOST_REPORTS: usize = 2;

/// The assignments of this Pod.
#[derive(Default)]
pub(super) struct Held {
    /// In the order in which they were begun; at most the last of them is worked on.
    begun: Vec<Begun>,
    waiting: Vec<Assignment>,
    /// All that ever ended here: none is taken up again.
    ended: HashMap<AssignmentKey, Ended>,
    taken: u64,
}

struct Begun {
    assignment: Assignment,
    state: State,
    since: Instant,
    advances: Arc<AtomicU64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Working,
    /// It was taken away, and its work is being ended.
    Stopping,
    /// Its end is being reported, after so much work.
    Reporting {
        worked: Duration,
    },
}

struct Ended {
    outcome: EndedOutcome,
    seconds: f64,
    /// Whether the operator knows.
    acknowledged: bool,
}

/// What an answer changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Some are new.
    pub(super) taken: bool,
    /// Some that waited were taken away, which the operator is to be told.
    pub(super) dropped: bool,
    /// The one that is worked on was taken away: its work is to be ended.
    pub(super) stop: bool,
    /// Those whose reports are on their way and are not waited for by anybody.
    pub(super) unwanted: Vec<AssignmentKey>,
}

impl Held {
    /// Holds these, in this order.
    pub(super) fn new(assignments: Vec<Assignment>) -> Self {
        let mut held = Self::default();
        held.apply(assignments);
        held
    }

    /// Takes over what the operator says is to be held.
    pub(super) fn apply(&mut self, assignments: Vec<Assignment>) -> Changes {
        let mut changes = Changes::default();
        let mut named: HashSet<AssignmentKey> = HashSet::new();
        let mut before: HashSet<AssignmentKey> =
            self.waiting.drain(..).map(|waiting| waiting.key()).collect();
        for assignment in assignments {
            let key = assignment.key();
            if !named.insert(key.clone())
                || self.ended.contains_key(&key)
                || self.begun.iter().any(|begun| begun.is(&key))
            {
                continue;
            }
            if !before.remove(&key) {
                changes.taken = true;
                self.taken += 1;
            }
            self.waiting.push(assignment);
        }
        for begun in &mut self.begun {
            let key = begun.assignment.key();
            if named.contains(&key) {
                continue;
            }
            match begun.state {
                State::Working => {
                    begun.state = State::Stopping;
                    changes.stop = true;
                }
                // The report may be what the operator has seen.
                State::Reporting { .. } => changes.unwanted.push(key),
                State::Stopping => {}
            }
        }
        for (key, ended) in &mut self.ended {
            ended.acknowledged = !named.contains(key);
        }
        for key in before {
            changes.dropped = true;
            self.add_ended(key, EndedOutcome::Dropped, Duration::ZERO);
        }
        changes
    }

    /// The next to be worked on, if its turn has come; from now on it is.
    pub(super) fn begin(&mut self, now: Instant, advances: &Arc<AtomicU64>) -> Option<Assignment> {
        let reporting = self
            .begun
            .iter()
            .filter(|begun| matches!(begun.state, State::Reporting { .. }))
            .count();
        if self.waiting.is_empty() || reporting < self.begun.len() || reporting >= MOST_REPORTS {
            return None;
        }
        let assignment = self.waiting.remove(0);
        self.begun.push(Begun {
            assignment: assignment.clone(),
            state: State::Working,
            since: now,
            advances: advances.clone(),
        });
        Some(assignment)
    }

    /// The work is done, and its report is on its way.
    pub(super) fn report(&mut self, key: &AssignmentKey, now: Instant) {
        for begun in self.begun.iter_mut().filter(|begun| begun.is(key)) {
            begun.state = State::Reporting {
                worked: begun.worked(now),
            };
        }
    }

    /// Nothing more will be done for this one.
    pub(super) fn end(&mut self, key: &AssignmentKey, outcome: EndedOutcome, now: Instant) {
        let Some(index) = self.begun.iter().position(|begun| begun.is(key)) else {
            return;
        };
        let begun = self.begun.remove(index);
        self.add_ended(key.clone(), outcome, begun.worked(now));
    }

    fn add_ended(&mut self, key: AssignmentKey, outcome: EndedOutcome, worked: Duration) {
        let ended = Ended {
            outcome,
            seconds: worked.as_secs_f64(),
            acknowledged: false,
        };
        self.ended.insert(key, ended);
    }

    /// Whether nothing is held.
    pub(super) fn is_empty(&self) -> bool {
        self.begun.is_empty() && self.waiting.is_empty()
    }

    /// How many were ever taken.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// How those ended of which neither their resources nor the operator know.
    pub(super) fn untold(&self) -> impl Iterator<Item = &EndedOutcome> {
        self.ended
            .values()
            .filter(|ended| !ended.acknowledged)
            .map(|ended| &ended.outcome)
            .filter(|outcome| matches!(outcome, EndedOutcome::Refused(_) | EndedOutcome::Undelivered(_)))
    }

    /// What the operator is told.
    pub(super) fn request(&self, now: Instant, retiring: bool, wait: Duration) -> AssignmentRequest {
        let begun = self.begun.iter().rev().map(|begun| HeldAssignment {
            key: begun.assignment.key(),
            working_seconds: Some(begun.worked(now).as_secs_f64()),
            advances: begun.advances.load(Ordering::Relaxed),
        });
        let waiting = self.waiting.iter().map(|waiting| HeldAssignment {
            key: waiting.key(),
            working_seconds: None,
            advances: 0,
        });
        let mut ended: Vec<EndedAssignment> = self
            .ended
            .iter()
            .filter(|(_, ended)| !ended.acknowledged)
            .map(|(key, ended)| EndedAssignment {
                key: key.clone(),
                outcome: ended.outcome.clone(),
                seconds: ended.seconds,
            })
            .collect();
        ended.sort_by(|one, other| one.key.cmp(&other.key));
        AssignmentRequest {
            held: begun.chain(waiting).collect(),
            ended,
            retiring,
            wait_seconds: wait.as_secs(),
        }
    }
}

impl Begun {
    /// How long it was worked on, without the time its report takes.
    fn worked(&self, now: Instant) -> Duration {
        match self.state {
            State::Reporting { worked } => worked,
            State::Working | State::Stopping => now.duration_since(self.since),
        }
    }

    fn is(&self, key: &AssignmentKey) -> bool {
        self.assignment.uid == key.uid
            && self.assignment.attempt == key.attempt
            && self.assignment.tries == key.tries
    }
}

#[cfg(test)]
mod tests;
