//! Actions on all documents of a tenant that match: asked for once, done one document after the other by the [`worker`] of any replica, and
//! stored as [`record`]s, so that they outlive whoever began them.

pub mod record;
pub mod worker;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    documents::{filter::Filter, parameters::EncodingParameters},
    identity::audit::Actor,
};

/// What is done with each document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkKind {
    /// Its encoding is ended.
    Cancel,
    /// It is deleted.
    Delete,
    /// It is encoded once more.
    Retry,
}

impl BulkKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cancel, Self::Delete, Self::Retry];

    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Delete => "delete",
            Self::Retry => "retry",
        }
    }
}

/// Where an action is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkState {
    /// Documents are still to come.
    Running,
    /// All have had their turn.
    Completed,
    /// Somebody stopped it.
    Aborted,
}

impl BulkState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Running, Self::Completed, Self::Aborted];

    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Aborted => "aborted",
        }
    }
}

/// An action, and how far it is.
#[derive(Clone, Debug)]
pub struct BulkAction {
    /// Its id.
    pub id: Uuid,
    /// Whose documents.
    pub tenant_id: Uuid,
    /// Who asked for it.
    pub actor: Actor,
    /// What is done.
    pub kind: BulkKind,
    /// With which documents, of those that were there when it was asked for.
    pub filter: Filter,
    /// How they are encoded once more, where that is done.
    pub parameters: EncodingParameters,
    /// Where it is.
    pub state: BulkState,
    /// So many documents matched when it was asked for.
    pub matched: i64,
    /// It was done with so many.
    pub done: i64,
    /// So many did not match any more when their turn came, or needed nothing.
    pub skipped: i64,
    /// It could not be done with so many.
    pub failed: i64,
    /// Some of those.
    pub failures: Vec<BulkFailure>,
    /// The document that had its turn last: by the time of its upload, and its id.
    pub after: Option<(Timestamp, Uuid)>,
    /// What the cluster is, or was, asked to cancel, where that is not counted yet.
    pub asked_for: Option<AskedFor>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// An encoding that the cluster is asked to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedFor {
    /// Of this document.
    pub document: Uuid,
    /// With this number.
    pub encoding: i32,
}

/// Why it could not be done with a document
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
pub struct BulkFailure {
    /// The document
    pub document_id: Uuid,
    /// Why, for people
    pub message: String,
}

/// What became of a document's turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is done.
    Done,
    /// There was nothing to do.
    Skipped,
    /// It cannot be done.
    Failed(String),
}
