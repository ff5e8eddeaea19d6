//! Waiting until a store has seen the operator's own last write of an object, after client-go's expectations.
//!
//! Every write is guarded by the version it was decided on. So a store that still holds that version has not seen the write, and a pass over
//! it would decide again what is decided already. No versions are ordered for that, only compared.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The versions that writes were decided on, by the objects' uids.
#[derive(Debug, Default)]
pub struct Expectations {
    decided_on: Mutex<HashMap<String, Vec<String>>>,
    /// Versions that somebody else has replaced, and until when the store is given to show it.
    replaced: Mutex<HashMap<String, (String, Instant)>>,
}

/// A store that still holds a version after so long may hold the newest: the conflict was about something else.
const CONFLICT_LASTS: Duration = Duration::from_secs(5);

impl Expectations {
    /// A write of the object with this uid, decided on this version, was taken.
    pub fn written(&self, uid: &str, decided_on: &str) {
        self.lock()
            .entry(uid.to_owned())
            .or_default()
            .push(decided_on.to_owned());
    }

    /// Whether the store, which holds this version of the object, has seen the last write.
    pub fn are_met(&self, uid: &str, held_version: &str) -> bool {
        let mut decided_on = self.lock();
        match decided_on.get(uid) {
            Some(versions) if versions.iter().any(|version| version == held_version) => false,
            Some(_) => {
                decided_on.remove(uid);
                true
            }
            None => true,
        }
    }

    /// A write of the object with this uid, decided on this version, met a conflict.
    pub fn conflicted(&self, uid: &str, decided_on: &str, now: Instant) {
        let until = now + CONFLICT_LASTS;
        self.lock_replaced()
            .insert(uid.to_owned(), (decided_on.to_owned(), until));
    }

    /// Whether the store, which holds this version of the object, has yet to show the one that a write was in conflict with.
    pub fn is_behind(&self, uid: &str, held_version: &str, now: Instant) -> bool {
        let mut replaced = self.lock_replaced();
        let Some((version, until)) = replaced.get(uid) else {
            return false;
        };
        let is_behind = version == held_version && now < *until;
        if !is_behind {
            replaced.remove(uid);
        }
        is_behind
    }

    /// The object is gone.
    pub fn forget(&self, uid: &str) {
        self.lock().remove(uid);
        self.lock_replaced().remove(uid);
    }

    fn lock_replaced(&self) -> std::sync::MutexGuard<'_, HashMap<String, (String, Instant)>> {
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<String>>> {
        self.decided_on.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_waits_until_the_store_has_left_the_version_the_last_write_was_decided_on() {
        let expectations = Expectations::default();
        assert!(expectations.are_met("uid", "1"));
        expectations.written("uid", "1");
        assert!(!expectations.are_met("uid", "1"));
        assert!(expectations.are_met("other", "1"));
        assert!(expectations.are_met("uid", "2"));
        assert!(expectations.are_met("uid", "1"), "an expectation is met once");
    }

    #[test]
    fn after_a_conflict_the_store_is_waited_for_but_not_for_ever() {
        let (expectations, now) = (Expectations::default(), crate::clock::monotonic());
        assert!(!expectations.is_behind("uid", "1", now));
        expectations.conflicted("uid", "1", now);
        assert!(expectations.is_behind("uid", "1", now));
        assert!(!expectations.is_behind("uid", "2", now), "it shows the other");
        expectations.conflicted("uid", "1", now);
        assert!(!expectations.is_behind("uid", "1", now + CONFLICT_LASTS));
    }

    #[test]
    fn two_writes_in_one_pass_are_both_waited_for() {
        let expectations = Expectations::default();
        expectations.written("uid", "1");
        expectations.written("uid", "2");
        assert!(!expectations.are_met("uid", "1"));
        assert!(!expectations.are_met("uid", "2"));
        assert!(expectations.are_met("uid", "3"));
    }
}
