//! Documents that have ended and whose resources are gone, as they were read from Postgres: most of what people ever poll.
//!
//! No event of the cluster tells of their changes. Postgres does: see [`super::invalidation`]. Nothing is kept while nobody listens to it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use moka::sync::Cache;
use uuid::Uuid;

use super::board::LiveDocument;
use crate::documents::document::{Document, Status};

/// So many are kept, half a kilobyte each; those that are asked for least go first.
const MOST: u64 = 150_000;

/// Documents in memory.
#[derive(Debug)]
pub struct Settled {
    documents: Cache<Uuid, Arc<LiveDocument>>,
    is_kept: AtomicBool,
    /// Counts what was forgotten, so that nothing is kept that was read before.
    forgotten: AtomicU64,
}

/// A moment after which a document is read from Postgres.
#[derive(Clone, Copy, Debug)]
pub struct Reading(u64);

impl Default for Settled {
    fn default() -> Self {
        Self {
            documents: Cache::new(MOST),
            is_kept: AtomicBool::new(false),
            forgotten: AtomicU64::new(0),
        }
    }
}

impl Settled {
    /// The document with this id, if it is kept.
    pub fn get(&self, id: Uuid) -> Option<Arc<LiveDocument>> {
        self.documents.get(&id)
    }

    /// Asked for before a document is read that may be kept.
    pub fn reading(&self) -> Reading {
        Reading(self.forgotten.load(Ordering::SeqCst))
    }

    /// Keeps a document that has ended, unless anything was forgotten since it began to be read: it could have been this one.
    pub fn keep(&self, reading: Reading, document: Document) {
        if document.status() == Status::Processing || !self.is_kept.load(Ordering::SeqCst) {
            return;
        }
        let id = document.id;
        self.documents.insert(id, Arc::new(document.into()));
        // What is forgotten from here on finds it.
        if self.forgotten.load(Ordering::SeqCst) != reading.0 {
            self.documents.invalidate(&id);
        }
    }

    /// Forgets a document that was changed or deleted.
    pub fn forget(&self, id: Uuid) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.documents.invalidate(&id);
    }

    /// From here on changes are heard of, and documents may be kept.
    pub fn begin(&self) {
        self.is_kept.store(true, Ordering::SeqCst);
    }

    /// Changes are not heard of any more: nothing is known of what is kept.
    pub fn end(&self) {
        self.is_kept.store(false, Ordering::SeqCst);
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.documents.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use crds::Phase;

    use super::*;
    use crate::documents::document::{DocumentError, samples};

    fn failed() -> Document {
        let mut document = samples::document();
        document.progress.phase = Phase::Failed;
        document.outcome.error = Some(DocumentError {
            reason: "NoText".into(),
            message: "no text".into(),
        });
        document
    }

    #[test]
    fn what_has_ended_is_kept_while_changes_are_heard_of() {
        let (settled, document) = (Settled::default(), failed());
        let id = document.id;
        settled.keep(settled.reading(), document.clone());
        assert!(settled.get(id).is_none(), "nobody listens yet");
        settled.begin();
        settled.keep(settled.reading(), samples::document());
        assert!(settled.get(id).is_none(), "it is being worked on");
        settled.keep(settled.reading(), document.clone());
        assert_eq!(settled.get(id).unwrap().progress.phase, Phase::Failed);
        settled.end();
        assert!(settled.get(id).is_none());
        settled.keep(settled.reading(), document);
        assert!(settled.get(id).is_none());
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let (settled, document) = (Settled::default(), failed());
        let id = document.id;
        settled.begin();
        let reading = settled.reading();
        settled.forget(id);
        settled.keep(reading, document.clone());
        assert!(settled.get(id).is_none());
        settled.keep(settled.reading(), document);
        settled.forget(id);
        assert!(settled.get(id).is_none());
    }
}
