//! What the operator remembers for a while and may lose: each of these is a cache of something that shows again by itself.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crds::assignment::{AssignmentKey, EndedOutcome};
use jiff::{SignedDuration, Timestamp};

use crate::clock;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Jobs that were there: one of these that is not any more was deleted, where another has not been created yet.
#[derive(Debug, Default)]
pub struct SeenJobs {
    names: Mutex<HashSet<(String, String)>>,
}

impl SeenJobs {
    /// A Job is there.
    pub fn note(&self, namespace: &str, name: &str) {
        let mut names = lock(&self.names);
        let job = (namespace.to_owned(), name.to_owned());
        if !names.contains(&job) {
            names.insert(job);
        }
    }

    /// Whether it was there.
    pub fn contains(&self, namespace: &str, name: &str) -> bool {
        lock(&self.names).contains(&(namespace.to_owned(), name.to_owned()))
    }

    /// Nobody asks for these Jobs any more: those that no document names and that are gone.
    pub fn retain(&self, is_wanted: impl Fn(&(String, String)) -> bool) {
        lock(&self.names).retain(is_wanted);
    }
}

/// Namespaces in which the cluster has just refused a Job: until then no other is tried there, and then one is, before all others.
#[derive(Debug, Default)]
pub struct Blocked {
    namespaces: Mutex<HashMap<String, Block>>,
}

#[derive(Debug)]
struct Block {
    since: Timestamp,
    until: Timestamp,
    message: String,
}

/// For so long the others wait for the one that is tried.
const PROBE: SignedDuration = SignedDuration::from_secs(2);

/// For so long after its end a block tells that the cluster refuses.
const BLOCK_TELLS: SignedDuration = SignedDuration::from_secs(30);

impl Blocked {
    /// No Job is tried in this namespace before then.
    pub fn block(&self, namespace: &str, until: Timestamp, message: &str, now: Timestamp) {
        let block = Block {
            since: now,
            until,
            message: message.to_owned(),
        };
        lock(&self.namespaces).insert(namespace.to_owned(), block);
    }

    /// A Pod was made then, in whole seconds. One of after the refusal ends the block; that a Job is taken does not, as its Pod may be refused.
    pub fn pod_made(&self, namespace: &str, created: Timestamp) {
        let mut namespaces = lock(&self.namespaces);
        if namespaces
            .get(namespace)
            .is_some_and(|block| created > block.since)
        {
            namespaces.remove(namespace);
        }
    }

    /// Whether Jobs or Pods were refused a moment ago, and none was made since. A block that nobody tries to lift says nothing after a while.
    pub fn is_on(&self, namespace: &str, now: Timestamp) -> bool {
        let namespaces = lock(&self.namespaces);
        namespaces
            .get(namespace)
            .is_some_and(|block| block.until + BLOCK_TELLS > now)
    }

    /// Asks to try a Job: until when it may not be tried, and the cluster's words. Once the time is over, the first that asks may.
    pub fn ask(&self, namespace: &str, now: Timestamp) -> Option<(Timestamp, String)> {
        let mut namespaces = lock(&self.namespaces);
        let block = namespaces.get_mut(namespace)?;
        if block.until > now {
            return Some((block.until, block.message.clone()));
        }
        block.until = now + PROBE;
        None
    }
}

/// Assignments that Pods have ended without a report, until the resource says so.
#[derive(Debug, Default)]
pub struct EndedOutcomes {
    outcomes: Mutex<HashMap<String, (AssignmentKey, EndedOutcome)>>,
}

impl EndedOutcomes {
    /// A Pod has ended an assignment.
    pub fn note(&self, key: &AssignmentKey, outcome: &EndedOutcome) {
        lock(&self.outcomes).insert(key.uid.clone(), (key.clone(), outcome.clone()));
    }

    /// How it ended, where it could not be reported.
    pub fn of(&self, key: &AssignmentKey) -> Option<EndedOutcome> {
        let outcomes = lock(&self.outcomes);
        let (of, outcome) = outcomes.get(&key.uid)?;
        (of == key).then(|| outcome.clone())
    }

    /// The resource is gone.
    pub fn forget(&self, uid: &str) {
        lock(&self.outcomes).remove(uid);
    }
}

/// Whether nodes have room for further Jobs: where a Pod found none, owners that have a Job make do with those they have.
#[derive(Debug, Default)]
pub struct NoRoom {
    until: Mutex<Option<Timestamp>>,
}

impl NoRoom {
    /// A Pod found no room.
    pub fn note(&self, until: Timestamp) {
        *lock(&self.until) = Some(until);
    }

    /// Whether a Pod has found no room a moment ago.
    pub fn is_on(&self, now: Timestamp) -> bool {
        lock(&self.until).is_some_and(|until| until > now)
    }
}

/// Pods that were there when this replica began to lead: what they hold is unknown until they ask. A Pod that came later holds what its Job
/// began with, and what it was answered.
#[derive(Debug, Default)]
pub struct InheritedPods {
    uids: Mutex<HashSet<String>>,
}

impl InheritedPods {
    /// This replica begins to lead, and these Pods are there.
    pub fn begin(&self, uids: impl IntoIterator<Item = String>) {
        *lock(&self.uids) = uids.into_iter().collect();
    }

    /// Whether a Pod was there then.
    pub fn contains(&self, uid: &str) -> bool {
        lock(&self.uids).contains(uid)
    }
}

/// Since when Pods are asked to let go of documents.
#[derive(Debug, Default)]
pub struct Releases {
    since: Mutex<HashMap<String, Instant>>,
}

impl Releases {
    /// For how long a document is held that should not be; `None` where it is not.
    pub fn held_for(&self, uid: &str, is_held: bool) -> Option<SignedDuration> {
        let mut since = lock(&self.since);
        if !is_held {
            since.remove(uid);
            return None;
        }
        let now = clock::monotonic();
        let began = *since.entry(uid.to_owned()).or_insert(now);
        SignedDuration::try_from(now.saturating_duration_since(began)).ok()
    }

    /// The resource is gone.
    pub fn forget(&self, uid: &str) {
        lock(&self.since).remove(uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_that_of_its_own_try_only() {
        let outcomes = EndedOutcomes::default();
        let key = |tries| AssignmentKey {
            uid: "uid".into(),
            attempt: 1,
            tries,
        };
        outcomes.note(&key(1), &EndedOutcome::Dropped);
        assert_eq!(outcomes.of(&key(1)), Some(EndedOutcome::Dropped));
        assert_eq!(outcomes.of(&key(2)), None);
        outcomes.forget("uid");
        assert_eq!(outcomes.of(&key(1)), None);
    }

    #[test]
    fn after_a_block_one_is_tried_before_all_others() {
        let blocked = Blocked::default();
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        blocked.block("a", at(10), "no", at(0));
        assert!(blocked.ask("b", at(0)).is_none());
        assert_eq!(blocked.ask("a", at(9)), Some((at(10), "no".to_owned())));
        assert!(blocked.ask("a", at(10)).is_none(), "the first may");
        assert!(blocked.ask("a", at(10)).is_some(), "the second may not yet");
        assert!(
            blocked.ask("a", at(12)).is_none(),
            "nothing was heard of the first"
        );
        blocked.pod_made("a", at(0));
        assert!(
            blocked.ask("a", at(13)).is_some(),
            "a Pod of before the refusal says nothing"
        );
        blocked.pod_made("a", at(12));
        assert!(blocked.ask("a", at(13)).is_none() && blocked.ask("a", at(13)).is_none());
    }

    #[test]
    fn what_is_let_go_of_is_counted_anew() {
        let releases = Releases::default();
        assert!(releases.held_for("uid", true).is_some());
        assert!(releases.held_for("uid", false).is_none());
        assert!(releases.since.lock().unwrap().is_empty());
    }
}
