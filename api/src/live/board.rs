//! The documents whose resources exist, as last written to Postgres: what polling clients are answered from.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::durations::Durations;
use crate::documents::document::Document;

/// Documents in memory.
#[derive(Debug)]
pub struct Board {
    documents: RwLock<HashMap<Uuid, Arc<Document>>>,
    durations: Durations,
    changed: Notify,
    synced: watch::Sender<bool>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            documents: RwLock::default(),
            durations: Durations::default(),
            changed: Notify::new(),
            synced: watch::Sender::new(false),
        }
    }
}

impl Board {
    /// The document with this id, if its resource exists.
    pub fn get(&self, id: Uuid) -> Option<Arc<Document>> {
        let documents = self.documents.read().unwrap_or_else(PoisonError::into_inner);
        documents.get(&id).cloned()
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
                .is_some_and(|document| document.binding.uid == Some(resource_uid))
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

    /// Puts a document, unless a later encoding of it is there.
    pub fn put(&self, document: Document) {
        let mut documents = self.documents.write().unwrap_or_else(PoisonError::into_inner);
        let is_newer = documents.get(&document.id).is_none_or(|present| {
            (document.binding.number, document.updated_at) >= (present.binding.number, present.updated_at)
        });
        if is_newer {
            documents.insert(document.id, Arc::new(document));
        }
    }

    /// Forgets a document.
    pub fn remove(&self, id: Uuid) {
        let mut documents = self.documents.write().unwrap_or_else(PoisonError::into_inner);
        documents.remove(&id);
    }

    /// Forgets a document if it is bound to this resource.
    pub fn remove_bound(&self, id: Uuid, resource_uid: Uuid) {
        let mut documents = self.documents.write().unwrap_or_else(PoisonError::into_inner);
        let is_bound = documents
            .get(&id)
            .is_some_and(|document| document.binding.uid == Some(resource_uid));
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
}
