//! A document, as the rest of the program speaks of it.

use crds::{Owner, Phase};
use jiff::Timestamp;
use uuid::Uuid;

/// Where a document came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A person or program uploaded it here.
    Upload,
    /// Somebody applied a resource to the cluster.
    Resource,
}

impl Origin {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Resource => "resource",
        }
    }
}

/// What existing clients know of a document's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is waiting or being worked on.
    Processing,
    /// There is a result.
    Ready,
    /// There will be none.
    Failed,
}

impl Status {
    /// The state that a phase stands for.
    pub fn of(phase: Phase) -> Self {
        match phase {
            Phase::Pending | Phase::Queued | Phase::Processing => Self::Processing,
            Phase::Ready => Self::Ready,
            Phase::Failed | Phase::Cancelled => Self::Failed,
        }
    }

    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

/// What existing clients know as the state of the task.
pub fn task_state(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending | Phase::Queued => "PENDING",
        Phase::Processing => "PROCESSING",
        Phase::Ready => "SUCCESS",
        Phase::Failed | Phase::Cancelled => "FAILURE",
    }
}

/// The resource a document is bound to: its newest encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid, once it has been seen.
    pub uid: Option<Uuid>,
    /// Which encoding of the document it is, from 1.
    pub number: i32,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    /// One of the closed list of reasons.
    pub reason: String,
    /// For people.
    pub message: String,
}

/// A document.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    missing_docs,
    reason = "the columns of the table, described in the migrations"
)]
pub struct Document {
    pub id: Uuid,
    pub tenant_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub origin: Origin,
    pub filename: String,
    pub content_type: Option<String>,
    pub size_bytes: Option<i64>,
    pub sha256: Option<String>,
    pub phase: Phase,
    pub progress: u8,
    pub message: Option<String>,
    pub error: Option<DocumentError>,
    pub attempt: u32,
    pub pages_done: Option<i64>,
    pub pages_total: Option<i64>,
    pub queue_position: Option<i64>,
    pub estimated_start_at: Option<Timestamp>,
    pub total_chunks: Option<i64>,
    pub total_tokens: Option<i64>,
    pub total_pages: Option<i64>,
    pub language: Option<String>,
    pub doc_metadata: serde_json::Value,
    pub queue: String,
    pub priority: i32,
    pub chunk_size: i32,
    pub overlap: i32,
    pub binding: Binding,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub processing_started_at: Option<Timestamp>,
    pub processing_completed_at: Option<Timestamp>,
}

impl Document {
    /// What existing clients know of its state.
    pub fn status(&self) -> Status {
        Status::of(self.phase)
    }

    /// Whose it is.
    pub fn owner(&self) -> Owner {
        owner(self.tenant_id, &self.binding.namespace)
    }
}

/// A tenant's, or else its namespace's.
pub fn owner(tenant_id: Option<Uuid>, namespace: &str) -> Owner {
    tenant_id.map_or_else(
        || Owner::Namespace(namespace.to_owned()),
        |id| Owner::Tenant(id.to_string()),
    )
}

/// Name of the resource of a document's `number`-th encoding.
pub fn resource_name(document_id: Uuid, number: i32) -> String {
    format!("doc-{document_id}-{number}")
}

/// The phase with this name.
pub fn phase(name: &str) -> Option<Phase> {
    [
        Phase::Pending,
        Phase::Queued,
        Phase::Processing,
        Phase::Ready,
        Phase::Failed,
        Phase::Cancelled,
    ]
    .into_iter()
    .find(|phase| phase.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_document_has_failed() {
        assert_eq!(Status::of(Phase::Cancelled), Status::Failed);
        assert_eq!(task_state(Phase::Cancelled), "FAILURE");
        assert_eq!(task_state(Phase::Queued), "PENDING");
    }

    #[test]
    fn every_phase_is_found_by_its_name() {
        assert_eq!(phase("Cancelled"), Some(Phase::Cancelled));
        assert_eq!(phase("cancelled"), None);
    }
}

/// Documents for tests.
#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    /// A document that was just uploaded.
    pub(crate) fn document() -> Document {
        let id = Uuid::from_u128(1);
        Document {
            id,
            tenant_id: Some(Uuid::from_u128(2)),
            user_id: Some(Uuid::from_u128(3)),
            origin: Origin::Upload,
            filename: "a.pdf".into(),
            content_type: Some("application/pdf".into()),
            size_bytes: Some(10),
            sha256: None,
            phase: Phase::Pending,
            progress: 0,
            message: None,
            error: None,
            attempt: 0,
            pages_done: None,
            pages_total: None,
            queue_position: None,
            estimated_start_at: None,
            total_chunks: None,
            total_tokens: None,
            total_pages: None,
            language: None,
            doc_metadata: serde_json::json!({}),
            queue: "documents".into(),
            priority: 0,
            chunk_size: 1200,
            overlap: 200,
            binding: Binding {
                namespace: "encodings".into(),
                name: resource_name(id, 1),
                uid: None,
                number: 1,
            },
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            processing_started_at: None,
            processing_completed_at: None,
        }
    }
}
