//! What is to be looked at again, in the order in which it was named, each thing once however often it was.

use std::{
    collections::{HashSet, VecDeque},
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use tokio::sync::Notify;

/// A queue that is filled by many and emptied by one.
#[derive(Debug)]
pub(super) struct Queue<Item> {
    waiting: Mutex<Waiting<Item>>,
    filled: Notify,
    emptied: Notify,
}

#[derive(Debug)]
struct Waiting<Item> {
    order: VecDeque<Item>,
    present: HashSet<Item>,
}

impl<Item> Default for Queue<Item> {
    fn default() -> Self {
        Self {
            waiting: Mutex::new(Waiting {
                order: VecDeque::new(),
                present: HashSet::new(),
            }),
            filled: Notify::new(),
            emptied: Notify::new(),
        }
    }
}

impl<Item: Copy + Eq + Hash> Queue<Item> {
    /// Adds one at the end, unless it waits already.
    pub(super) fn add(&self, item: Item) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.present.insert(item) {
            waiting.order.push_back(item);
            self.filled.notify_one();
        }
    }

    /// Waits until fewer than so many wait.
    pub(super) async fn until_shorter_than(&self, most: usize) {
        loop {
            let emptied = self.emptied.notified();
            tokio::pin!(emptied);
            emptied.as_mut().enable(); // From here on nothing is missed.
            let waiting = self
                .waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .order
                .len();
            if waiting < most {
                return;
            }
            emptied.await;
        }
    }

    /// Waits until there is something, and takes at most so many, the oldest first.
    pub(super) async fn take(&self, most: usize) -> Vec<Item> {
        loop {
            let taken = self.take_now(most);
            if !taken.is_empty() {
                return taken;
            }
            self.filled.notified().await;
        }
    }

    fn take_now(&self, most: usize) -> Vec<Item> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = most.min(waiting.order.len());
        let taken: Vec<Item> = waiting.order.drain(..count).collect();
        for item in &taken {
            waiting.present.remove(item);
        }
        if count > 0 {
            self.emptied.notify_waiters();
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_fills_it_waits_until_it_is_short() {
        let queue = std::sync::Arc::new(Queue::default());
        queue.add(1);
        queue.add(2);
        queue.until_shorter_than(3).await;
        let waiting = tokio::spawn({
            let queue = queue.clone();
            async move { queue.until_shorter_than(2).await }
        });
        tokio::task::yield_now().await; // It waits.
        assert!(!waiting.is_finished());
        queue.take(1).await;
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn the_oldest_come_first_and_each_once() {
        let queue = Queue::default();
        for item in [3, 1, 3, 2, 1] {
            queue.add(item);
        }
        assert_eq!(queue.take(2).await, [3, 1]);
        queue.add(3); // What was taken may have changed since.
        assert_eq!(queue.take(9).await, [2, 3]);
    }
}
