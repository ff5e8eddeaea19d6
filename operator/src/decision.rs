//! What a pass has decided: the answer of [`crate::decide`], carried out by [`crate::apply`] and [`crate::status`].

use jiff::SignedDuration;

use crate::{job::Beginning, state::OperatorStatus};

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What is written besides the status, in this order.
    pub actions: Vec<Action>,
    /// The operator's part of the status as it shall be; `None` where nothing is to be said.
    pub status: Option<OperatorStatus>,
    /// When to look again at the latest; `None` waits for a change.
    pub look_again: Option<SignedDuration>,
}

/// Something to be written besides the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Hold the resource until the API has archived it.
    AddFinalizer,
    /// Let it go.
    RemoveFinalizer,
    /// Begin, or begin anew, an attempt.
    CreateJob(Beginning),
    /// End a Job and its Pods.
    DeleteJob(String),
    /// Delete the resource, whose time is over.
    DeleteEncoding,
}
