//! The Jobs of one identity: which of them is the next to be handed a document, and whether another is worth its start.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use super::{
    estimate::Backlog,
    snapshot::{JobIdentity, QueueSettings},
    standing::Job,
};

/// All identities. Elsewhere in a pass they are known by their index here, as their texts are long.
#[derive(Default)]
pub(super) struct Identities<'a> {
    pub(super) all: Vec<Identity<'a>>,
    indices: HashMap<&'a JobIdentity, usize>,
}

/// The Jobs of one identity that take documents.
#[derive(Default)]
pub(super) struct Identity<'a> {
    /// Those with room for another document, the best one first.
    open: BTreeSet<Open<'a>>,
    /// How many they are, with those that start and those that are full, and the work for the documents that they hold.
    pub(super) backlog: Backlog,
    /// The work for those documents, and for all that wait and may be handed to them.
    work: Duration,
    /// Whether one of them starts.
    pub(super) starting: bool,
    /// Whether one of them runs.
    pub(super) running: bool,
    /// Whether a claim to a further one was counted.
    pub(super) claimed: bool,
}

/// Running Jobs first, then those that hold the fewest documents, then by name.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Open<'a> {
    starting: bool,
    holds: usize,
    name: &'a Arc<str>,
    job: usize,
}

impl<'a> Identities<'a> {
    pub(super) fn index(&mut self, identity: &'a JobIdentity) -> usize {
        let next = self.all.len();
        let index = *self.indices.entry(identity).or_insert(next);
        if index == next {
            self.all.push(Identity::default());
        }
        index
    }
}

impl<'a> Identity<'a> {
    /// Counts a Job that takes documents.
    pub(super) fn accept(&mut self, index: usize, job: &Job<'a>, queue: &QueueSettings) {
        self.backlog.jobs += 1;
        self.backlog.add(job.work);
        self.work = self.work.saturating_add(job.work);
        self.starting |= job.is_starting();
        self.running |= !job.is_starting();
        self.open(index, job, queue);
    }

    /// Counts a document that waits, and may be handed to such a Job.
    pub(super) fn expect(&mut self, work: Duration) {
        self.work = self.work.saturating_add(work);
    }

    /// Takes out the Job that is to be handed the next document.
    pub(super) fn next_open(&mut self) -> Option<usize> {
        self.open.pop_first().map(|open| open.job)
    }

    /// Counts this Job among those with room, if it has any.
    pub(super) fn open(&mut self, index: usize, job: &Job<'a>, queue: &QueueSettings) {
        if job.holds < queue.ahead.saturating_add(1) {
            self.open.insert(Open {
                starting: job.is_starting(),
                holds: job.holds,
                name: &job.listed.name,
                job: index,
            });
        }
    }

    /// Counts a Job that this pass starts for a document.
    pub(super) fn start(&mut self, work: Duration) {
        self.backlog.jobs += 1;
        self.backlog.add(work);
        self.starting = true;
    }

    /// Whether one more Job, besides those that take documents, would be worth its start.
    pub(super) fn is_worth_another(&self, worth_a_start: Duration, queue: &QueueSettings) -> bool {
        !self.starting
            && (self.backlog.jobs as usize) < queue.max_jobs_per_identity
            && self.work / self.backlog.jobs.max(1) > worth_a_start
    }
}
