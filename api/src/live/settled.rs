//! Documents that have ended and whose resources are gone, as they were read from Postgres: most of what people ever poll.
//!
//! No event of the cluster tells of their changes. Postgres does: see [`super::invalidation`]. Nothing further is kept while nobody listens to it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use moka::sync::Cache;
use uuid::Uuid;

use super::board::LiveDocument;
use crate::documents::document::Status;

/// So many bytes are kept, which is some 150,000 documents; those that are asked for least go first.
const MOST_BYTES: u64 = 80 << 20;
/// What a document takes but for its texts, with its place in the memory, in bytes.
const BYTES_OF_A_DOCUMENT: usize = 512;
/// So many counters of changes there are; documents share them by their ids.
const COUNTERS: usize = 1024;

/// Documents in memory.
#[derive(Debug)]
pub struct Settled {
    documents: Cache<Uuid, Arc<LiveDocument>>,
    is_kept: AtomicBool,
    /// Count what was forgotten, so that nothing is kept that was read before.
    changes: Box<[AtomicU64]>,
}

/// How often a document may have changed by a moment after which it is read from Postgres.
#[derive(Clone, Copy, Debug)]
pub struct Version(u64);

/// The same of all documents.
#[derive(Debug)]
pub struct Versions(Vec<u64>);

impl Versions {
    /// That of one.
    pub fn of(&self, id: Uuid) -> Version {
        Version(self.0[counter(id)])
    }
}

fn counter(id: Uuid) -> usize {
    usize::from(u16::from_be_bytes([id.as_bytes()[14], id.as_bytes()[15]])) % COUNTERS
}

/// What a document takes in memory. Messages of failures are as long as somebody made them, up to a limit.
fn bytes(document: &LiveDocument) -> u32 {
    let message = document.progress.message.as_ref().map_or(0, String::len);
    let error = document.error.as_ref();
    let error = error.map_or(0, |error| error.reason.len() + error.message.len());
    u32::try_from(BYTES_OF_A_DOCUMENT + message + error).unwrap_or(u32::MAX)
}

impl Default for Settled {
    fn default() -> Self {
        Self {
            documents: Cache::builder()
                .max_capacity(MOST_BYTES)
                .weigher(|_, document: &Arc<LiveDocument>| bytes(document))
                .build(),
            is_kept: AtomicBool::new(false),
            changes: (0..COUNTERS).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Settled {
    /// The tenant's document with this id, if it is kept.
    pub fn get(&self, tenant: Uuid, id: Uuid) -> Option<Arc<LiveDocument>> {
        let document = self.documents.get(&id)?;
        (document.tenant_id == Some(tenant)).then_some(document)
    }

    /// Asked for before a document is read that may be kept.
    pub fn version(&self, id: Uuid) -> Version {
        Version(self.changes[counter(id)].load(Ordering::SeqCst))
    }

    /// Asked for before documents are read that may be kept.
    pub fn versions(&self) -> Versions {
        Versions(
            self.changes
                .iter()
                .map(|changes| changes.load(Ordering::SeqCst))
                .collect(),
        )
    }

    /// Keeps a document that has ended, unless it may have changed since it began to be read.
    pub fn keep(&self, version: Version, document: &LiveDocument) {
        if document.status() == Status::Processing || !self.is_kept.load(Ordering::SeqCst) {
            return;
        }
        let id = document.id;
        self.documents.insert(id, Arc::new(document.clone()));
        // What is forgotten from here on finds it.
        if self.version(id).0 != version.0 {
            self.documents.invalidate(&id);
        }
    }

    /// Forgets a document that was changed or deleted.
    pub fn forget(&self, id: Uuid) {
        self.changes[counter(id)].fetch_add(1, Ordering::SeqCst);
        self.documents.invalidate(&id);
    }

    /// From here on changes are heard of, and documents may be kept.
    pub fn begin(&self) {
        self.is_kept.store(true, Ordering::SeqCst);
    }

    /// Changes cannot be heard of for a while: nothing further is kept, and what is there is answered on.
    pub fn pause(&self) {
        self.is_kept.store(false, Ordering::SeqCst);
    }

    /// Changes were made that were not heard of: nothing is known of what is kept.
    pub fn end(&self) {
        self.is_kept.store(false, Ordering::SeqCst);
        for changes in &self.changes {
            changes.fetch_add(1, Ordering::SeqCst);
        }
        self.documents.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use crds::Phase;

    use super::*;
    use crate::documents::document::{Document, DocumentError, samples};

    fn failed() -> LiveDocument {
        let mut document: Document = samples::document();
        document.progress.phase = Phase::Failed;
        document.outcome.error = Some(DocumentError {
            reason: "NoText".into(),
            message: "no text".into(),
        });
        document.into()
    }

    #[test]
    fn what_has_ended_is_kept_while_changes_are_heard_of() {
        let (settled, document) = (Settled::default(), failed());
        let (tenant, id) = (document.tenant_id.unwrap(), document.id);
        settled.keep(settled.version(id), &document);
        assert!(settled.get(tenant, id).is_none(), "nobody listens yet");
        settled.begin();
        settled.keep(settled.version(id), &samples::document().into());
        assert!(settled.get(tenant, id).is_none(), "it is being worked on");
        settled.keep(settled.version(id), &document);
        assert_eq!(settled.get(tenant, id).unwrap().progress.phase, Phase::Failed);
        assert!(settled.get(Uuid::from_u128(1), id).is_none(), "it is another's");
        settled.end();
        assert!(settled.get(tenant, id).is_none());
        settled.keep(settled.version(id), &document);
        assert!(settled.get(tenant, id).is_none());
    }

    #[test]
    fn long_messages_leave_room_for_fewer() {
        let (short, mut long) = (failed(), failed());
        long.error.as_mut().unwrap().message = "é".repeat(1024);
        assert!(bytes(&long) >= bytes(&short) + 2000);
        let settled = Settled::default();
        settled.begin();
        let fit = MOST_BYTES / u64::from(bytes(&long));
        for number in 0..2 * fit {
            long.id = Uuid::from_u128(u128::from(number));
            settled.keep(settled.version(long.id), &long);
        }
        settled.documents.run_pending_tasks();
        assert!(settled.documents.entry_count() <= fit);
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let (settled, document) = (Settled::default(), failed());
        let (tenant, id) = (document.tenant_id.unwrap(), document.id);
        settled.begin();
        let (version, versions) = (settled.version(id), settled.versions());
        settled.forget(id);
        settled.keep(version, &document);
        settled.keep(versions.of(id), &document);
        assert!(settled.get(tenant, id).is_none());
        // Another's change is none of its own.
        let version = settled.version(id);
        settled.forget(Uuid::from_u128(id.as_u128() ^ 1));
        settled.keep(version, &document);
        assert!(settled.get(tenant, id).is_some());
        settled.forget(id);
        assert!(settled.get(tenant, id).is_none());
    }
}
