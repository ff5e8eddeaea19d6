//! What a resource says of its document.

use crds::ResultSummary;
use jiff::Timestamp;
use uuid::Uuid;

use super::document::{DocumentError, Origin, Progress, Request};

/// What a resource says of its document.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The document: of the label that the API sets, else the resource's uid.
    pub document_id: Uuid,
    /// The resource's uid.
    pub resource_uid: Uuid,
    /// The resource's version; `None` where it is no number, and then nothing is known of what came before what.
    pub resource_version: Option<i64>,
    /// The resource's namespace.
    pub namespace: String,
    /// The resource's name.
    pub name: String,
    /// Where the document came from.
    pub origin: Origin,
    /// Whose it is, where that is known.
    pub tenant_id: Option<Uuid>,
    /// What the person called the file.
    pub filename: String,
    /// Its media type.
    pub content_type: Option<String>,
    /// How it is to be encoded.
    pub request: Request,
    /// How far it is.
    pub progress: Progress,
    /// Why there is no result.
    pub error: Option<DocumentError>,
    /// The result.
    pub result: Option<ResultSummary>,
    /// When the resource was created.
    pub created_at: Option<Timestamp>,
    /// When the encoding ended.
    pub completed_at: Option<Timestamp>,
    /// Whether the resource says that its row is safe.
    pub is_archived: bool,
}
