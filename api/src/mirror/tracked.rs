//! The latest state of every resource that exists, or has just gone.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use crds::DocumentEncoding;
use uuid::Uuid;

/// A resource as last seen.
#[derive(Clone, Debug)]
pub(super) struct TrackedResource {
    pub(super) resource: Arc<DocumentEncoding>,
    pub(super) is_deleted: bool,
}

/// All of them, by uid.
#[derive(Debug, Default)]
pub(super) struct Tracked(RwLock<HashMap<Uuid, TrackedResource>>);

impl Tracked {
    pub(super) fn get(&self, uid: Uuid) -> Option<TrackedResource> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&uid)
            .cloned()
    }

    /// Answers its uid; `None` if it has none that is a UUID.
    pub(super) fn put(&self, resource: DocumentEncoding, is_deleted: bool) -> Option<Uuid> {
        let uid: Uuid = resource.metadata.uid.as_deref()?.parse().ok()?;
        let tracked = TrackedResource {
            resource: Arc::new(resource),
            is_deleted,
        };
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(uid, tracked);
        Some(uid)
    }

    pub(super) fn forget_deleted(&self, uid: Uuid) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.get(&uid).is_some_and(|tracked| tracked.is_deleted) {
            all.remove(&uid);
        }
    }

    /// Marks as deleted what lies in this namespace (`None`: in any) and was not listed; answers their uids.
    pub(super) fn delete_unlisted(&self, namespace: Option<&str>, listed: &HashSet<Uuid>) -> Vec<Uuid> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.iter_mut()
            .filter(|(uid, tracked)| {
                let lies_there = namespace.is_none_or(|namespace| {
                    tracked.resource.metadata.namespace.as_deref() == Some(namespace)
                });
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
            .filter(|(_, tracked)| tracked.resource.metadata.namespace.as_deref() == Some(namespace))
            .map(|(uid, _)| *uid)
            .collect()
    }
}
