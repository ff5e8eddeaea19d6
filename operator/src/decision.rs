//! What a pass has decided: the answer of [`crate::decide`], carried out by [`crate::status`] and [`crate::apply`].

use jiff::{SignedDuration, Timestamp};

use crate::{policy::job_key::JobKey, state::OperatorStatus};

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// The operator's part of the status as it shall be; `None` where nothing is to be said. It is written before anything is done.
    pub status: Option<OperatorStatus>,
    /// What is done after the status is written, in this order.
    pub actions: Vec<Action>,
    /// When to look again at the latest; `None` waits for a change.
    pub requeue_after: Option<SignedDuration>,
    /// What becomes of the turn that the queue has given.
    pub turn: TurnOutcome,
}

impl Decision {
    /// Nothing is to be said or done; it is looked again then.
    pub fn unchanged(requeue_after: Option<SignedDuration>) -> Self {
        Self {
            requeue_after,
            ..Self::default()
        }
    }
}

/// What becomes of a turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TurnOutcome {
    /// There was none, or it stands.
    #[default]
    Kept,
    /// It is given back, and the document does not ask for another before then.
    Postponed(Timestamp),
}

/// Something to be done besides the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Hold the resource until the API has archived it.
    AddFinalizer,
    /// Let it go.
    RemoveFinalizer,
    /// Create the Job of this key.
    CreateJob(JobPlan),
    /// End a Job and its Pods.
    DeleteJob {
        /// Its name.
        name: String,
        /// Its uid; a Job of the same name and another uid is another Job.
        uid: String,
    },
    /// The cluster takes no Job in this namespace before then, in these words.
    Block {
        /// Until when no other is tried.
        until: Timestamp,
        /// What the cluster said.
        message: String,
    },
    /// Nodes have no room for further Jobs of owners that have one, before then.
    NoRoom {
        /// Until when none is tried.
        until: Timestamp,
    },
    /// Delete the resource, whose time is over.
    DeleteEncoding,
}

/// A Job to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPlan {
    /// Its name.
    pub name: String,
    /// The attempt and try it begins with.
    pub key: JobKey,
    /// Memory, requested and limited, in bytes.
    pub memory: u64,
    /// Whether it may be handed more documents.
    pub standing: bool,
}
