//! What a pass is told: documents, Jobs, what was measured, and the settings.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{estimate::Rates, shares::Served};

/// All that a pass decides on.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Every document that waits or is being worked for. Those that wait for something else (a pause between
    /// attempts, a missing source, suspension) are left out until they may be worked for.
    pub documents: Vec<Document>,
    /// Every Job that may work for several documents, from the moment it was decided until it has ended.
    /// The Jobs of a single document are not listed: they are known by the document assigned to them.
    pub jobs: Vec<StandingJob>,
    /// How long documents and Pods take.
    pub rates: Rates,
    /// [`super::Plan::served`] of the pass before; empty at first and after a change of leader.
    pub served: Served,
}

/// A document that waits or is being worked for.
#[derive(Clone, Debug)]
pub struct Document {
    /// `metadata.uid`.
    pub uid: Arc<str>,
    /// `namespace/name`; the last tie break of the order.
    pub name: Arc<str>,
    /// The queue it is in.
    pub queue: Arc<str>,
    /// The one whose share it counts against.
    pub tenant: Arc<str>,
    /// Higher ones go first, among the documents of the same tenant and queue.
    pub priority: i32,
    /// `metadata.creationTimestamp`.
    pub created: Timestamp,
    /// What a Job must be to work for it.
    pub identity: JobIdentity,
    /// Whether it may be handed to a standing Job, or begin one: an `object` source, a first attempt, not large.
    pub shareable: bool,
    /// The seconds of work that its size lets expect; the mean of its queue where nothing is known.
    pub weight_seconds: Option<f64>,
    /// Whether it waits or is worked for.
    pub state: DocumentState,
}

/// Whether a document waits or is worked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DocumentState {
    /// Nobody works for it.
    Waiting,
    /// It is worked for, or an earlier pass decided so, even where that has not been read back yet.
    Assigned {
        /// The name of the Job, as [`StandingJob::name`] has it.
        job: Arc<str>,
    },
}

/// All that documents must have in common to be worked for by one Job, as one text: namespace, owner, queue,
/// digest of the settings, step of memory.
///
/// It is the text itself and no hash of it, so that no collision can hand a document to a Job of another tenant.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct JobIdentity(pub Arc<str>);

/// A Job that works for one document after the other.
#[derive(Clone, Debug)]
pub struct StandingJob {
    /// Its name, which no other may have: with its namespace, where there are several.
    pub name: Arc<str>,
    /// What documents must be to be handed to it.
    pub identity: JobIdentity,
    /// The queue of its documents.
    pub queue: Arc<str>,
    /// Whether it takes more documents. Not while it drains or ends, nor after its bound of documents, minutes or
    /// memory.
    pub accepts: bool,
    /// How far it is.
    pub state: JobState,
}

/// How far a standing Job is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JobState {
    /// Its Pod has not asked for work yet.
    Starting {
        /// When the Job was decided.
        since: Timestamp,
    },
    /// Its Pod works or waits for work.
    Running {
        /// When its Pod first asked for work.
        since: Timestamp,
        /// When it finished the last document that it held, while it holds none.
        idle_since: Option<Timestamp>,
    },
}

/// The limits and weights of everything.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How many documents may be assigned at a time, over all queues.
    pub max_concurrent: Option<usize>,
    /// How many Jobs may exist at a time, over all queues.
    pub max_jobs: Option<usize>,
    /// By name. A queue that is not among them has the default settings.
    pub queues: BTreeMap<Arc<str>, QueueSettings>,
    /// The weights of tenants; one that is not among them weighs 1. Zero counts as 1, so that nobody starves.
    pub tenants: BTreeMap<Arc<str>, u32>,
}

/// The limits of one queue.
#[derive(Clone, Copy, Debug)]
pub struct QueueSettings {
    /// How many of its documents may be assigned at a time.
    pub max_concurrent: Option<usize>,
    /// Its share of [`Settings::max_concurrent`] among the queues. Zero counts as 1.
    pub weight: u32,
    /// How many standing Jobs of one identity may take documents at a time.
    pub max_jobs_per_identity: usize,
    /// How long a standing Job waits for another document. Zero is one Job for each document.
    pub linger: SignedDuration,
    /// How many documents a standing Job may hold besides the one that it works on.
    pub ahead: usize,
    /// Whether another scheduler decides when its Jobs run: they wait there, so they count against none of the limits over all queues.
    pub admitted_elsewhere: bool,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            max_concurrent: None,
            weight: 1,
            max_jobs_per_identity: 4,
            linger: SignedDuration::from_secs(30),
            ahead: 3,
            admitted_elsewhere: false,
        }
    }
}

impl Settings {
    pub(super) fn queue(&self, name: &str) -> QueueSettings {
        self.queues.get(name).copied().unwrap_or_default()
    }

    pub(super) fn queue_weight(&self, name: &str) -> u32 {
        self.queues.get(name).map_or(1, |queue| queue.weight.max(1))
    }

    pub(super) fn tenant_weight(&self, name: &str) -> u32 {
        self.tenants.get(name).map_or(1, |weight| (*weight).max(1))
    }
}
