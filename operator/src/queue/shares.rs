//! Weighted fair shares: whose turn it is, among queues and among the tenants of one queue.
//!
//! The next turn is for the one with the fewest assigned documents for its weight (max-min fairness). That alone is
//! blind where there are fewer places than tenants, as then nobody who waits has any; so ties go to the one that was
//! served least in the past, by start-time fair queuing (Goyal, Vin and Cheng, SIGCOMM 1996): being served moves
//! one's finish tag on by the inverse of one's weight, and a newcomer begins at the virtual time of the others,
//! neither with a credit nor with a debt. What is still equal goes to the document that came first.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BinaryHeap},
    sync::Arc,
};

/// How far a turn moves the finish tag of a weight of 1; high, so that weights divide it well.
const STRIDE: u64 = 1 << 20;

/// What was served in the past: handed on from one pass to the next, and harmless to lose.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Served {
    pub(super) queues: Tags,
    /// By queue.
    pub(super) tenants: BTreeMap<Arc<str>, Tags>,
}

/// Start-time fair queuing's state.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Tags {
    virtual_time: u64,
    finish: BTreeMap<Arc<str>, u64>,
}

/// One that takes part.
struct Sharer {
    name: Arc<str>,
    weight: u32,
    assigned: usize,
    finish: u64,
}

/// Those that share one thing, in the order of their turns.
pub(super) struct Shares {
    sharers: Vec<Sharer>,
    turns: BinaryHeap<Reverse<Key>>,
    virtual_time: u64,
}

impl Shares {
    pub(super) fn new(tags: &Tags) -> Self {
        Self {
            sharers: Vec::new(),
            turns: BinaryHeap::new(),
            virtual_time: tags.virtual_time,
        }
    }

    /// Adds one that has documents, and returns its index. To be called in the order of the names, which is the last tie break.
    pub(super) fn add(&mut self, name: &Arc<str>, weight: u32, assigned: usize, tags: &Tags) -> usize {
        self.sharers.push(Sharer {
            name: Arc::clone(name),
            weight,
            assigned,
            finish: tags.finish.get(name).copied().unwrap_or(tags.virtual_time),
        });
        self.sharers.len() - 1
    }

    /// Lets one take part whose next waiting document is this one, as counted by arrival.
    pub(super) fn offer(&mut self, index: usize, head: usize) {
        let sharer = &self.sharers[index];
        self.turns.push(Reverse(Key {
            assigned: sharer.assigned,
            weight: sharer.weight,
            finish: sharer.finish,
            head,
            index,
        }));
    }

    /// The document whose turn is next.
    pub(super) fn head(&self) -> Option<usize> {
        self.turns.peek().map(|Reverse(key)| key.head)
    }

    /// Takes out the one whose turn it is; it takes part again when it is offered again.
    pub(super) fn take(&mut self) -> Option<usize> {
        self.turns.pop().map(|Reverse(key)| key.index)
    }

    /// Takes all out.
    pub(super) fn clear(&mut self) {
        self.turns.clear();
    }

    /// Counts one more assigned document of this one, which was taken out.
    pub(super) fn serve(&mut self, index: usize) {
        let sharer = &mut self.sharers[index];
        let start = sharer.finish.max(self.virtual_time);
        sharer.assigned += 1;
        sharer.finish = start.saturating_add((STRIDE / u64::from(sharer.weight)).max(1));
        self.virtual_time = start;
    }

    /// What the next pass has to know of the past, given what this one knew.
    ///
    /// Who has no documents any more is forgotten once the others have caught up, and not before: it would come back
    /// as a newcomer and overtake them.
    pub(super) fn tags(&self, before: &Tags) -> Tags {
        let mut finish = before.finish.clone();
        finish.retain(|_, finish| *finish > self.virtual_time);
        finish.extend(
            self.sharers
                .iter()
                .map(|sharer| (Arc::clone(&sharer.name), sharer.finish)),
        );
        Tags {
            virtual_time: self.virtual_time,
            finish,
        }
    }
}

/// The smallest has the next turn.
struct Key {
    assigned: usize,
    weight: u32,
    finish: u64,
    head: usize,
    index: usize,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        // Fractions are compared crosswise, which is exact.
        let share = |of: &Self, by: &Self| (of.assigned as u128) * u128::from(by.weight);
        share(self, other)
            .cmp(&share(other, self))
            .then_with(|| self.finish.cmp(&other.finish))
            .then_with(|| self.head.cmp(&other.head))
            .then_with(|| self.index.cmp(&other.index))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}
