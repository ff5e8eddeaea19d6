//! What is known of every resource that exists, or has just gone.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock, RwLockWriteGuard},
    time::Duration,
};

use uuid::Uuid;

use crate::documents::observation::Observation;

/// What failed is tried again after so long, then after twice as long each time.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The longest until what failed is tried again.
const RETRY_AFTER_AT_MOST: Duration = Duration::from_secs(15);

/// A resource that something is still to be done with, or that may still change.
#[derive(Clone, Debug)]
pub(super) struct OpenResource {
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

impl OpenResource {
    fn new(observation: Observation, is_deleted: bool) -> Self {
        Self {
            observation: Arc::new(observation),
            is_deleted,
            is_written: false,
            is_archiving: false,
            failures: 0,
        }
    }

    /// Whether nothing is left to do until it is deleted: it is finished, written and archived, and such a resource never changes.
    fn is_settled(&self) -> bool {
        let observation = &self.observation;
        self.is_written
            && !self.is_deleted
            && observation.is_archived
            && observation.progress.phase.is_terminal()
    }
}

/// A resource as far as it is known. Most are settled, as a finished one stays for a day: nothing is kept of them but that.
#[derive(Clone, Debug)]
enum TrackedResource {
    Open(OpenResource),
    Settled(SettledResource),
}

#[derive(Clone, Debug)]
struct SettledResource {
    document_id: Uuid,
    namespace: Arc<str>,
}

/// A settled resource that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forgotten {
    /// Its document.
    pub(super) document_id: Uuid,
    /// Its uid.
    pub(super) resource_uid: Uuid,
}

/// What is to be done with a state that was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noted {
    /// It is to be written.
    ToWrite,
    /// It says nothing new.
    Known,
    /// It was settled, and is gone: nothing is to be written.
    Forgotten(Forgotten),
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Tracked(RwLock<All>);

#[derive(Debug, Default)]
struct All {
    resources: HashMap<Uuid, TrackedResource>,
    /// The names of namespaces, each kept once.
    namespaces: HashSet<Arc<str>>,
}

impl All {
    fn settle(&mut self, observation: &Observation) {
        let name = observation.namespace.as_str();
        let namespace = match self.namespaces.get(name) {
            Some(namespace) => namespace.clone(),
            None => Arc::from(name),
        };
        self.namespaces.insert(namespace.clone());
        let settled = SettledResource {
            document_id: observation.document_id,
            namespace,
        };
        let uid = observation.resource_uid;
        self.resources.insert(uid, TrackedResource::Settled(settled));
    }
}

impl Tracked {
    fn all(&self) -> RwLockWriteGuard<'_, All> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_open<Answer>(&self, uid: Uuid, act: impl FnOnce(&mut OpenResource) -> Answer) -> Option<Answer> {
        match self.all().resources.get_mut(&uid) {
            Some(TrackedResource::Open(open)) => Some(act(open)),
            _ => None,
        }
    }

    /// The resource, unless it is settled or unknown.
    pub(super) fn open(&self, uid: Uuid) -> Option<OpenResource> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match all.resources.get(&uid) {
            Some(TrackedResource::Open(open)) => Some(open.clone()),
            _ => None,
        }
    }

    /// Whether the resource is known.
    pub(super) fn contains(&self, uid: Uuid) -> bool {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.resources.contains_key(&uid)
    }

    /// Notes a state. An older one than is known, which a request may bring that was overtaken by the watch, changes nothing.
    pub(super) fn note(&self, observation: Observation, is_deleted: bool) -> Noted {
        let mut all = self.all();
        let uid = observation.resource_uid;
        match all.resources.get_mut(&uid) {
            Some(TrackedResource::Settled(settled)) => {
                let document_id = settled.document_id;
                if !is_deleted {
                    return Noted::Known;
                }
                all.resources.remove(&uid);
                Noted::Forgotten(Forgotten {
                    document_id,
                    resource_uid: uid,
                })
            }
            Some(TrackedResource::Open(open)) => {
                if is_older(&observation, &open.observation) && !is_deleted {
                    return Noted::Known;
                }
                if *open.observation != observation {
                    open.is_written &= says_the_same(&open.observation, &observation);
                    open.observation = Arc::new(observation);
                }
                open.is_deleted |= is_deleted;
                if open.is_settled() {
                    let observation = open.observation.clone();
                    all.settle(&observation);
                    return Noted::Known;
                }
                if open.is_deleted || !open.is_written {
                    Noted::ToWrite
                } else {
                    Noted::Known
                }
            }
            None => {
                all.resources.insert(
                    uid,
                    TrackedResource::Open(OpenResource::new(observation, is_deleted)),
                );
                Noted::ToWrite
            }
        }
    }

    /// Notes that a resource is gone.
    pub(super) fn delete(&self, uid: Uuid) {
        self.with_open(uid, |open| open.is_deleted = true);
    }

    /// Forgets what was written and asked for, so that it is compared anew.
    pub(super) fn compare_anew(&self, uid: Uuid) -> bool {
        self.with_open(uid, |open| (open.is_written, open.is_archiving) = (false, false))
            .is_some()
    }

    /// Notes that this was written, unless there is something newer.
    pub(super) fn written(&self, observation: &Arc<Observation>) {
        let uid = observation.resource_uid;
        let settled = self.with_open(uid, |open| {
            open.is_written = Arc::ptr_eq(&open.observation, observation);
            open.failures = 0;
            open.is_settled()
        });
        if settled == Some(true) {
            self.all().settle(observation);
        }
    }

    /// Whether archiving it is still to be begun; from now on it is not.
    pub(super) fn begin_archiving(&self, uid: Uuid) -> bool {
        self.with_open(uid, |open| !std::mem::replace(&mut open.is_archiving, true))
            .unwrap_or(false)
    }

    /// Notes a failure; answers after how long to try again.
    pub(super) fn failed(&self, uid: Uuid) -> Duration {
        self.with_open(uid, |open| {
            let doubled = RETRY_AFTER.saturating_mul(1_u32.checked_shl(open.failures).unwrap_or(u32::MAX));
            open.failures = open.failures.saturating_add(1).min(16);
            doubled.min(RETRY_AFTER_AT_MOST)
        })
        .unwrap_or(RETRY_AFTER)
    }

    pub(super) fn forget_deleted(&self, uid: Uuid) {
        let mut all = self.all();
        if matches!(all.resources.get(&uid), Some(TrackedResource::Open(open)) if open.is_deleted) {
            all.resources.remove(&uid);
        }
    }

    /// What was not listed in this namespace (`None`: in any).
    ///
    /// Those that are settled are forgotten and answered: if one is there all the same, nothing is lost. The others are answered to be asked
    /// for: one may have been created after the list was made.
    pub(super) fn unlisted(
        &self,
        namespace: Option<&str>,
        listed: &HashSet<Uuid>,
    ) -> (Vec<Forgotten>, Vec<Uuid>) {
        let mut all = self.all();
        let lies_there = |name: &str| namespace.is_none_or(|namespace| name == namespace);
        let (mut forgotten, mut to_confirm) = (Vec::new(), Vec::new());
        for (uid, tracked) in all.resources.iter().filter(|(uid, _)| !listed.contains(*uid)) {
            match tracked {
                TrackedResource::Settled(settled) if lies_there(&settled.namespace) => {
                    forgotten.push(Forgotten {
                        document_id: settled.document_id,
                        resource_uid: *uid,
                    });
                }
                TrackedResource::Open(open)
                    if !open.is_deleted && lies_there(&open.observation.namespace) =>
                {
                    to_confirm.push(*uid);
                }
                _ => {}
            }
        }
        for gone in &forgotten {
            all.resources.remove(&gone.resource_uid);
        }
        (forgotten, to_confirm)
    }
}

fn is_older(new: &Observation, known: &Observation) -> bool {
    matches!((new.resource_version, known.resource_version), (Some(new), Some(known)) if new < known)
}

/// Whether two observations say the same of the document. That it is archived, which the row does not show, follows each write.
fn says_the_same(one: &Observation, other: &Observation) -> bool {
    Observation {
        is_archived: one.is_archived,
        resource_version: one.resource_version,
        ..other.clone()
    } == *one
}

#[cfg(test)]
mod tests;
