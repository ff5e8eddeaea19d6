//! A document, as the rest of the program speaks of it.

use crds::{Owner, Phase};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::encodings::KeptResult;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is waiting or being worked on.
    Processing,
    /// There is a result.
    Ready,
    /// There will be none.
    Failed,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Processing, Self::Ready, Self::Failed];

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

/// What a person sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// What the person called it.
    pub filename: String,
    /// Its media type, found by its content.
    pub content_type: Option<String>,
    /// Its length in bytes.
    pub size_bytes: Option<i64>,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: Option<String>,
}

/// How a document is to be encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The queue it waits in.
    pub queue: String,
    /// Among the documents of its tenant, higher goes first.
    pub priority: i32,
    /// The most tokens of a chunk.
    pub chunk_size: i32,
    /// The tokens that neighbouring chunks share.
    pub overlap: i32,
}

/// How far the encoding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The resource's phase.
    pub phase: Phase,
    /// Per cent of the work that is done.
    pub percent: u8,
    /// What people see.
    pub message: Option<String>,
    /// Number of the attempt, from 1; 0 before the first.
    pub attempt: u32,
    /// Pages that are read.
    pub pages_done: Option<i64>,
    /// Pages in all.
    pub pages_total: Option<i64>,
    /// Place in its queue, from 1, while it waits.
    pub queue_position: Option<i64>,
    /// When its turn is expected, while it waits.
    pub estimated_start_at: Option<Timestamp>,
    /// When the first attempt began.
    pub started_at: Option<Timestamp>,
}

/// How the encoding ended; everything is `None` until then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Why there is no result.
    pub error: Option<DocumentError>,
    /// Chunks of the result.
    pub total_chunks: Option<i64>,
    /// Tokens of the result.
    pub total_tokens: Option<i64>,
    /// Pages of the document.
    pub total_pages: Option<i64>,
    /// ISO 639-1, `und` when unsure.
    pub language: Option<String>,
    /// Processor time of the attempt that made the result, in milliseconds.
    pub cpu_milliseconds: Option<i64>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
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

impl Binding {
    /// Which encoding of the document the resource is, as its name says: numbers of encodings that the cluster did not take are passed over.
    pub fn encoding(&self) -> i32 {
        let number = self.name.rsplit('-').next();
        number
            .and_then(|number| number.parse().ok())
            .unwrap_or(self.number)
    }
}

/// The encoding that made a result: in which document's name, and of which resource. The result lies under their prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// The document.
    pub document_id: Uuid,
    /// The resource's uid.
    pub resource_uid: Uuid,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    /// One of the closed list of reasons.
    pub reason: String,
    /// For people.
    pub message: String,
}

/// A document: what a person uploaded, or a resource that somebody applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its id.
    pub id: Uuid,
    /// Whose it is; `None` where it was applied in a namespace that belongs to nobody.
    pub tenant_id: Option<Uuid>,
    /// Who uploaded it.
    pub user_id: Option<Uuid>,
    /// Where it came from.
    pub origin: Origin,
    /// What was sent.
    pub file: SourceFile,
    /// What was asked for.
    pub request: Request,
    /// How far it is.
    pub progress: Progress,
    /// How it ended.
    pub outcome: Outcome,
    /// The resource that it is bound to.
    pub binding: Binding,
    /// The encoding of another document whose result is this one's too: then it has none of its own.
    pub reused: Option<Encoding>,
    /// The result of an encoding before, while the newest is not ready.
    pub kept_result: Option<KeptResult>,
    /// The encoder and its settings that it was uploaded for, where that is known.
    pub encoder_settings: Option<String>,
    /// What existing clients know as `doc_metadata`.
    pub doc_metadata: serde_json::Value,
    /// The change of its tenant that made it what it is.
    pub change_seq: i64,
    /// When its newest encoding was asked for.
    pub requested_at: Timestamp,
    /// When it was uploaded, or its resource was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Progress {
    /// Before anybody has begun.
    pub fn queued() -> Self {
        Self {
            phase: Phase::Pending,
            percent: 0,
            message: Some(crds::progress::step::QUEUED.1.to_owned()),
            attempt: 0,
            pages_done: None,
            pages_total: None,
            queue_position: None,
            estimated_start_at: None,
            started_at: None,
        }
    }
}

impl Document {
    /// A document that has just been uploaded; its resource will be made in `namespace`.
    pub fn uploaded(
        id: Uuid,
        tenant_id: Uuid,
        file: SourceFile,
        request: Request,
        namespace: &str,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            tenant_id: Some(tenant_id),
            user_id: None,
            origin: Origin::Upload,
            file,
            request,
            progress: Progress::queued(),
            outcome: Outcome::default(),
            binding: Binding {
                namespace: namespace.to_owned(),
                name: resource_name(id, 1),
                uid: None,
                number: 1,
            },
            reused: None,
            kept_result: None,
            encoder_settings: None,
            doc_metadata: serde_json::json!({}),
            change_seq: 0,
            requested_at: at,
            created_at: at,
            updated_at: at,
        }
    }

    /// What existing clients know of its state.
    pub fn status(&self) -> Status {
        Status::of(self.progress.phase)
    }

    /// The encoding whose result a document that is ready has.
    pub(super) fn encoding(&self) -> Option<Encoding> {
        let own = self.binding.uid.map(|resource_uid| Encoding {
            document_id: self.id,
            resource_uid,
        });
        self.reused.or(own)
    }

    /// Whose it is.
    pub fn owner(&self) -> Owner {
        owner(self.tenant_id, &self.binding.namespace)
    }

    /// Whose prefix its objects may lie under: its owner's, or, where its namespace was given to a tenant after it was encoded, the
    /// namespace's.
    pub fn storing_owners(&self) -> Vec<Owner> {
        storing_owners(
            self.tenant_id,
            &self.binding.namespace,
            self.origin == Origin::Resource,
        )
    }
}

/// A tenant's, or else its namespace's.
pub fn owner(tenant_id: Option<Uuid>, namespace: &str) -> Owner {
    tenant_id.map_or_else(
        || Owner::Namespace(namespace.to_owned()),
        |id| Owner::Tenant(id.to_string()),
    )
}

/// Whose prefix the objects of a document may lie under, see [`Document::storing_owners`].
pub fn storing_owners(tenant_id: Option<Uuid>, namespace: &str, may_be_applied: bool) -> Vec<Owner> {
    let mut owners = vec![owner(tenant_id, namespace)];
    if tenant_id.is_some() && may_be_applied {
        owners.push(owner(None, namespace));
    }
    owners
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
            user_id: Some(Uuid::from_u128(3)),
            ..Document::uploaded(
                id,
                Uuid::from_u128(2),
                SourceFile {
                    filename: "a.pdf".into(),
                    content_type: Some("application/pdf".into()),
                    size_bytes: Some(10),
                    sha256: None,
                },
                Request {
                    queue: "documents".into(),
                    priority: 0,
                    chunk_size: 1200,
                    overlap: 200,
                },
                "encodings",
                Timestamp::UNIX_EPOCH,
            )
        }
    }
}
