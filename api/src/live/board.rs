//! The documents whose resources exist, as last written to Postgres: what polling clients are answered from. Beside them those that have
//! ended and whose resources are gone.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::{durations::Durations, settled::Settled};
use crate::documents::{
    document::{Document, DocumentError, Progress, Status, owner},
    queries::DocumentStatus,
};

/// As much of a document as its status tells, and no more: a hundred thousand of them are in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveDocument {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub tenant_id: Option<Uuid>,
    /// The queue it waits in.
    pub queue: Arc<str>,
    /// How far it is.
    pub progress: Progress,
    /// Chunks of the result.
    pub total_chunks: Option<i64>,
    /// Why there is no result.
    pub error: Option<Box<DocumentError>>,
    /// The resource's namespace.
    pub namespace: Arc<str>,
    /// The resource's uid.
    pub resource_uid: Option<Uuid>,
    /// Which encoding of the document it is.
    number: i32,
    /// The change of the tenant that made it so.
    change_seq: i64,
}

impl LiveDocument {
    /// What existing clients know of its state.
    pub fn status(&self) -> Status {
        Status::of(self.progress.phase)
    }

    /// Whose it is.
    pub fn owner(&self) -> crds::Owner {
        owner(self.tenant_id, &self.namespace)
    }
}

impl From<Document> for LiveDocument {
    fn from(document: Document) -> Self {
        DocumentStatus {
            id: document.id,
            tenant_id: document.tenant_id,
            queue: document.request.queue,
            progress: document.progress,
            outcome: document.outcome,
            binding: document.binding,
            change_seq: document.change_seq,
            created_at: document.created_at,
        }
        .into()
    }
}

impl From<DocumentStatus> for LiveDocument {
    fn from(document: DocumentStatus) -> Self {
        Self {
            id: document.id,
            tenant_id: document.tenant_id,
            queue: document.queue.into(),
            progress: document.progress,
            total_chunks: document.outcome.total_chunks,
            error: document.outcome.error.map(Box::new),
            namespace: document.binding.namespace.into(),
            resource_uid: document.binding.uid,
            number: document.binding.number,
            change_seq: document.change_seq,
        }
    }
}

/// Documents in memory.
#[derive(Debug)]
pub struct Board {
    documents: RwLock<HashMap<Uuid, Arc<LiveDocument>>>,
    settled: Settled,
    durations: Durations,
    changed: Notify,
    synced: watch::Sender<bool>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            documents: RwLock::default(),
            settled: Settled::default(),
            durations: Durations::default(),
            changed: Notify::new(),
            synced: watch::Sender::new(false),
        }
    }
}

impl Board {
    /// The document with this id, if its resource exists.
    pub fn get(&self, id: Uuid) -> Option<Arc<LiveDocument>> {
        let documents = self.documents.read().unwrap_or_else(PoisonError::into_inner);
        documents.get(&id).cloned()
    }

    /// Documents that have ended and whose resources are gone.
    pub fn settled(&self) -> &Settled {
        &self.settled
    }

    /// How long the documents of the queues take.
    pub fn durations(&self) -> &Durations {
        &self.durations
    }

    /// Waits until the document is here, bound to this resource.
    pub async fn bound(&self, id: Uuid, resource_uid: Uuid) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable(); // From here on no change is missed.
            if self
                .get(id)
                .is_some_and(|document| document.resource_uid == Some(resource_uid))
            {
                return;
            }
            changed.await;
        }
    }

    /// Wakes those who wait for a document: once for many that were put.
    pub fn announce(&self) {
        self.changed.notify_waiters();
    }

    /// Puts a document, unless a later state of it is there.
    pub fn put(&self, document: Document) {
        let mut document = LiveDocument::from(document);
        let mut documents = self.documents.write().unwrap_or_else(PoisonError::into_inner);
        let present = documents.get(&document.id);
        let is_newer = present.is_none_or(|present| {
            (document.number, document.change_seq) >= (present.number, present.change_seq)
        });
        if !is_newer {
            return;
        }
        // The names are the same few for all.
        if let Some(present) = present.or_else(|| documents.values().next()) {
            if present.queue == document.queue {
                document.queue = present.queue.clone();
            }
            if present.namespace == document.namespace {
                document.namespace = present.namespace.clone();
            }
        }
        documents.insert(document.id, Arc::new(document));
    }

    /// Forgets a document.
    pub fn remove(&self, id: Uuid) {
        self.settled.forget(id);
        let mut documents = self.documents.write().unwrap_or_else(PoisonError::into_inner);
        documents.remove(&id);
    }

    /// Forgets a document if it is bound to this resource.
    pub fn remove_bound(&self, id: Uuid, resource_uid: Uuid) {
        let mut documents = self.documents.write().unwrap_or_else(PoisonError::into_inner);
        let is_bound = documents
            .get(&id)
            .is_some_and(|document| document.resource_uid == Some(resource_uid));
        if is_bound {
            documents.remove(&id);
        }
    }

    /// Documents in memory.
    pub fn len(&self) -> usize {
        self.documents
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Says that everything has been listed once.
    pub fn set_synced(&self) {
        self.synced.send_replace(true);
    }

    /// Whether everything has been listed once.
    pub fn is_synced(&self) -> bool {
        *self.synced.borrow()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::document::samples;

    #[tokio::test]
    async fn who_waits_for_a_document_learns_when_it_is_bound() {
        let board = Arc::new(Board::default());
        let (mut document, uid) = (samples::document(), Uuid::from_u128(7));
        let id = document.id;
        let waiting = tokio::spawn({
            let board = board.clone();
            async move { board.bound(id, uid).await }
        });
        tokio::task::yield_now().await; // It waits.
        board.put(document.clone());
        board.announce();
        tokio::task::yield_now().await; // It has looked, and waits on.
        assert!(!waiting.is_finished());
        document.binding.uid = Some(uid);
        board.put(document);
        board.announce();
        waiting.await.unwrap();
        board.bound(id, uid).await; // And whoever comes later.
    }

    #[test]
    fn an_earlier_change_or_encoding_takes_nothing_back() {
        let board = Board::default();
        let at = |number, change_seq, percent| {
            let mut document = samples::document();
            (document.binding.number, document.change_seq) = (number, change_seq);
            document.progress.percent = percent;
            document
        };
        let shown = || board.get(samples::document().id).unwrap().progress.percent;
        board.put(at(1, 5, 50));
        board.put(at(1, 4, 40));
        assert_eq!(shown(), 50);
        board.put(at(2, 6, 0));
        board.put(at(1, 7, 100));
        assert_eq!(shown(), 0);
    }
}
