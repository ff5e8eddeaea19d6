//! What a pass decides.

use std::sync::Arc;

use jiff::Timestamp;

use super::shares::Served;

/// What is to be done now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// One for each document that waited: first those to be assigned, in the order in which they are to be, then those
    /// that go on waiting, queue by queue in the order of their positions.
    pub turns: Vec<(Arc<str>, Turn)>,
    /// The Jobs to be drained: they finish what they hold, with what this plan hands to them, and take nothing more.
    pub retire: Vec<Arc<str>>,
    /// When a pass is due even if nothing happens: a Job will have been idle for long enough, or have had its turn.
    pub requeue_at: Option<Timestamp>,
    /// To be handed to the next pass as [`super::Snapshot::served`].
    pub served: Served,
}

/// What is decided for one document that waited.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// It goes on waiting.
    Wait(Wait),
    /// A Job is to be started for it.
    StartJob,
    /// It is to be handed to a Job that exists.
    HandTo {
        /// The name of the Job.
        job: Arc<str>,
    },
}

/// How a document waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// Its place among those of its queue that wait, from 1, in the order in which they would be served.
    pub position: u32,
    /// What it waits for.
    pub reason: WaitReason,
    /// When work for it is expected to begin; `None` where that cannot be told, as nothing moves that it waits for.
    pub estimated_start: Option<Timestamp>,
}

/// What a document waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WaitReason {
    /// As many documents of its queue are assigned as may be.
    QueueLimit {
        /// [`super::QueueSettings::max_concurrent`].
        limit: usize,
    },
    /// As many documents are assigned as may be over all queues.
    GlobalLimit,
    /// It needs a Job of its own or a further one, and there are as many as may be.
    JobLimit,
    /// The Jobs that could take it hold enough, and another would not be quicker.
    JobBusy,
    /// A Job that will take it is starting.
    JobStarting,
}
