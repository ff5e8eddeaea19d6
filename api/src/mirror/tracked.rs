//! The latest state of every resource that exists, or has just gone.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock, RwLockWriteGuard},
    time::Duration,
};

use uuid::Uuid;

use super::observation::Observation;

/// What failed is tried again after so long, then after twice as long each time.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The longest until what failed is tried again.
const RETRY_AFTER_AT_MOST: Duration = Duration::from_mins(2);

/// A resource as last seen.
#[derive(Clone, Debug)]
pub(super) struct TrackedResource {
    /// What it says of its document; its tenant only where the resource itself says so.
    pub(super) observation: Arc<Observation>,
    /// Whether it is gone.
    pub(super) is_deleted: bool,
    /// Whether this is what was last written to Postgres from here.
    pub(super) is_written: bool,
    /// Whether it was seen to that the API server learns that the row is safe.
    is_archiving: bool,
    /// How often in a row writing or archiving it has failed.
    failures: u32,
}

/// All of them, by uid.
#[derive(Debug, Default)]
pub(super) struct Tracked(RwLock<HashMap<Uuid, TrackedResource>>);

impl Tracked {
    fn all(&self) -> RwLockWriteGuard<'_, HashMap<Uuid, TrackedResource>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, uid: Uuid) -> Option<TrackedResource> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&uid).cloned()
    }

    /// Notes the latest state; false if it says nothing that is not written already.
    pub(super) fn put(&self, observation: Observation, is_deleted: bool) -> bool {
        let mut all = self.all();
        let Some(tracked) = all.get_mut(&observation.resource_uid) else {
            let tracked = TrackedResource {
                is_deleted,
                is_written: false,
                is_archiving: false,
                failures: 0,
                observation: Arc::new(observation),
            };
            all.insert(tracked.observation.resource_uid, tracked);
            return true;
        };
        if *tracked.observation != observation {
            tracked.is_written &= says_the_same(&tracked.observation, &observation);
            tracked.observation = Arc::new(observation);
        }
        tracked.is_deleted |= is_deleted;
        tracked.is_deleted || !tracked.is_written
    }

    /// Forgets what was written and asked for, so that it is compared anew.
    pub(super) fn compare_anew(&self, uid: Uuid) {
        if let Some(tracked) = self.all().get_mut(&uid) {
            (tracked.is_written, tracked.is_archiving) = (false, false);
        }
    }

    /// Notes that this was written, unless there is something newer.
    pub(super) fn written(&self, observation: &Arc<Observation>) {
        if let Some(tracked) = self.all().get_mut(&observation.resource_uid) {
            tracked.is_written = Arc::ptr_eq(&tracked.observation, observation);
            tracked.failures = 0;
        }
    }

    /// Whether archiving it is still to be begun; from now on it is not.
    pub(super) fn begin_archiving(&self, uid: Uuid) -> bool {
        let mut all = self.all();
        let tracked = all.get_mut(&uid);
        tracked.is_some_and(|tracked| !std::mem::replace(&mut tracked.is_archiving, true))
    }

    /// Notes a failure; answers after how long to try again.
    pub(super) fn failed(&self, uid: Uuid) -> Duration {
        let mut all = self.all();
        let Some(tracked) = all.get_mut(&uid) else {
            return RETRY_AFTER;
        };
        let doubled = RETRY_AFTER.saturating_mul(1_u32.checked_shl(tracked.failures).unwrap_or(u32::MAX));
        tracked.failures = tracked.failures.saturating_add(1).min(16);
        doubled.min(RETRY_AFTER_AT_MOST)
    }

    pub(super) fn forget_deleted(&self, uid: Uuid) {
        let mut all = self.all();
        if all.get(&uid).is_some_and(|tracked| tracked.is_deleted) {
            all.remove(&uid);
        }
    }

    /// Marks as deleted what lies in this namespace (`None`: in any) and was not listed; answers their uids.
    pub(super) fn delete_unlisted(&self, namespace: Option<&str>, listed: &HashSet<Uuid>) -> Vec<Uuid> {
        self.all()
            .iter_mut()
            .filter(|(uid, tracked)| {
                let lies_there = namespace.is_none_or(|namespace| tracked.observation.namespace == namespace);
                lies_there && !tracked.is_deleted && !listed.contains(uid)
            })
            .map(|(uid, tracked)| {
                tracked.is_deleted = true;
                *uid
            })
            .collect()
    }

    /// The uids of what lies in this namespace.
    pub(super) fn in_namespace(&self, namespace: &str) -> Vec<Uuid> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .filter(|(_, tracked)| tracked.observation.namespace == namespace)
            .map(|(uid, _)| *uid)
            .collect()
    }
}

/// Whether two observations say the same of the document. That it is archived, which the row does not show, follows each write.
fn says_the_same(one: &Observation, other: &Observation) -> bool {
    let is_archived = one.is_archived;
    Observation {
        is_archived,
        ..other.clone()
    } == *one
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::observation::samples;

    #[test]
    fn what_says_nothing_new_is_not_written_again() {
        let tracked = Tracked::default();
        let observation = samples::observation();
        let uid = observation.resource_uid;
        assert!(tracked.put(observation.clone(), false));
        assert!(tracked.put(observation.clone(), false), "it is not written yet");
        tracked.written(&tracked.get(uid).unwrap().observation);
        assert!(!tracked.put(observation.clone(), false));
        let mut archived = observation.clone();
        archived.is_archived = true;
        assert!(!tracked.put(archived, false), "the row does not show it");
        assert!(tracked.get(uid).unwrap().observation.is_archived);
        tracked.compare_anew(uid);
        assert!(tracked.put(observation.clone(), false));
        tracked.written(&tracked.get(uid).unwrap().observation);
        assert!(tracked.put(observation, true), "it is gone");
    }

    #[test]
    fn a_change_during_a_write_is_still_to_be_written() {
        let tracked = Tracked::default();
        let mut observation = samples::observation();
        let uid = observation.resource_uid;
        tracked.put(observation.clone(), false);
        let being_written = tracked.get(uid).unwrap().observation;
        observation.queue_position = Some(7);
        assert!(tracked.put(observation, false));
        tracked.written(&being_written);
        assert!(!tracked.get(uid).unwrap().is_written);
    }

    #[test]
    fn archiving_begins_once() {
        let tracked = Tracked::default();
        let observation = samples::observation();
        let uid = observation.resource_uid;
        assert!(!tracked.begin_archiving(uid), "nobody has seen it");
        tracked.put(observation, false);
        assert!(tracked.begin_archiving(uid));
        assert!(!tracked.begin_archiving(uid));
    }

    #[test]
    fn what_fails_again_and_again_is_tried_less_often() {
        let tracked = Tracked::default();
        let observation = samples::observation();
        let uid = observation.resource_uid;
        tracked.put(observation, false);
        let waits: Vec<u64> = (0..9).map(|_| tracked.failed(uid).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 120, 120]);
        tracked.written(&tracked.get(uid).unwrap().observation);
        assert_eq!(tracked.failed(uid).as_secs(), 1);
    }
}
