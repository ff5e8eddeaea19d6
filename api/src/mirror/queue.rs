//! What is to be looked at again, each thing once however often it was named.

use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use tokio::sync::Notify;

/// A set that is filled by many and emptied by one.
#[derive(Debug)]
pub(super) struct Queue<Item> {
    items: Mutex<HashSet<Item>>,
    filled: Notify,
}

impl<Item> Default for Queue<Item> {
    fn default() -> Self {
        Self {
            items: Mutex::default(),
            filled: Notify::new(),
        }
    }
}

impl<Item: Eq + Hash> Queue<Item> {
    /// Adds one.
    pub(super) fn add(&self, item: Item) {
        self.items
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(item);
        self.filled.notify_one();
    }

    /// Waits until there is something, and takes all of it.
    pub(super) async fn take_all(&self) -> HashSet<Item> {
        loop {
            let items = std::mem::take(&mut *self.items.lock().unwrap_or_else(PoisonError::into_inner));
            if !items.is_empty() {
                return items;
            }
            self.filled.notified().await;
        }
    }
}
