//! From a resource to what its row should say. Pure.

use std::collections::BTreeMap;

use crds::{
    DocumentEncoding, DocumentEncodingStatus, Owner, Phase, Reason, ResultSummary, condition, field_manager,
    labels,
};
use uuid::Uuid;

use crate::documents::{
    document::{DocumentError, Origin, Progress, Request, Status},
    observation::Observation,
};

/// A resource that cannot be mirrored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMirrored {
    /// It has no uid, or one that is no UUID.
    #[error("its uid is not a UUID")]
    Uid,
    /// It has no name or namespace.
    #[error("it has no name or no namespace")]
    Name,
}

/// What a resource says of its document. Outside of the encodings namespace its tenant is known
/// only by its namespace's labels, see [`tenant_of_namespace`].
///
/// # Errors
/// [`NotMirrored`].
pub fn observe(resource: &DocumentEncoding, encodings_namespace: &str) -> Result<Observation, NotMirrored> {
    let metadata = &resource.metadata;
    let uid = parse(metadata.uid.as_deref()).ok_or(NotMirrored::Uid)?;
    let (Some(namespace), Some(name)) = (&metadata.namespace, &metadata.name) else {
        return Err(NotMirrored::Name);
    };
    let no_labels = BTreeMap::new();
    let own_labels = metadata.labels.as_ref().unwrap_or(&no_labels);
    // Only in the encodings namespace, where only the API may set it, the label says which document it is.
    let labelled = if namespace == encodings_namespace {
        parse(own_labels.get(labels::DOCUMENT_ID).map(String::as_str))
    } else {
        None
    };
    let tenant_id = tenant(namespace, encodings_namespace, own_labels, &no_labels);

    let default = DocumentEncodingStatus::default();
    let status = resource.status.as_ref().unwrap_or(&default);
    let phase = status.phase.unwrap_or(Phase::Pending);
    let spec = &resource.spec;
    let speaks_of_attempt = speaks_of_attempt(resource, status);
    let said = status.message.as_deref().filter(|_| speaks_of_attempt);
    let message = storable(message(phase, status, said));
    let progress = Progress {
        phase,
        percent: match phase {
            Phase::Ready => 100,
            _ if speaks_of_attempt => status.progress.unwrap_or(0).min(100),
            _ => 0,
        },
        message: Some(message.clone()),
        attempt: status.attempt.unwrap_or(0),
        pages_done: status.pages_done.filter(|_| speaks_of_attempt).map(Into::into),
        pages_total: status.pages_total.filter(|_| speaks_of_attempt).map(Into::into),
        queue_position: status
            .queue_position
            .filter(|_| !phase.is_terminal())
            .map(Into::into),
        estimated_start_at: status
            .estimated_start_time
            .as_ref()
            .filter(|_| matches!(phase, Phase::Pending | Phase::Queued))
            .map(|time| time.0),
        started_at: status.start_time.as_ref().map(|time| time.0),
    };
    Ok(Observation {
        document_id: labelled.unwrap_or(uid),
        resource_uid: uid,
        resource_version: metadata
            .resource_version
            .as_deref()
            .and_then(|version| version.parse().ok()),
        namespace: namespace.clone(),
        name: name.clone(),
        origin: if labelled.is_some() {
            Origin::Upload
        } else {
            Origin::Resource
        },
        tenant_id,
        filename: storable(spec.source.file_name.clone()),
        content_type: spec.source.content_type.clone().map(storable),
        request: Request {
            queue: spec.queue.clone(),
            priority: spec.priority,
            chunk_size: spec.chunking.size.cast_signed(),
            overlap: spec.chunking.overlap.cast_signed(),
        },
        progress,
        error: error(phase, status, &message),
        result: status
            .result
            .as_ref()
            .filter(|_| phase == Phase::Ready)
            .map(storable_result),
        created_at: metadata.creation_timestamp.as_ref().map(|time| time.0),
        completed_at: status
            .completion_time
            .as_ref()
            .filter(|_| phase.is_terminal())
            .map(|time| time.0),
        is_archived: status
            .conditions
            .iter()
            .any(|condition| condition.type_ == condition::ARCHIVED && condition.status == "True"),
    })
}

/// The tenant that a namespace's labels say its resources belong to, outside of the encodings namespace.
pub fn tenant_of_namespace(
    namespace: &str,
    encodings_namespace: &str,
    labels: &BTreeMap<String, String>,
) -> Option<Uuid> {
    tenant(namespace, encodings_namespace, &BTreeMap::new(), labels)
}

fn tenant(
    namespace: &str,
    encodings_namespace: &str,
    own_labels: &BTreeMap<String, String>,
    namespace_labels: &BTreeMap<String, String>,
) -> Option<Uuid> {
    let owner = Owner::of(namespace, encodings_namespace, own_labels, namespace_labels).ok()?;
    parse(owner.tenant())
}

fn parse(text: Option<&str>) -> Option<Uuid> {
    text?.parse().ok()
}

/// Whether the encoder's part of the status is of the current attempt.
///
/// A new attempt begins with what the encoder of the last one said still there: its report names its attempt, and where it
/// left none, the time of its last word is earlier than the attempt's beginning.
fn speaks_of_attempt(resource: &DocumentEncoding, status: &DocumentEncodingStatus) -> bool {
    let attempt = status.attempt.unwrap_or(0);
    if attempt <= 1 {
        return true;
    }
    if let Some(report) = &status.report {
        return report.attempt >= attempt;
    }
    let managers = resource.metadata.managed_fields.iter().flatten();
    let last_word = managers
        .filter(|entry| entry.manager.as_deref() == Some(field_manager::ENCODER))
        .filter_map(|entry| entry.time.as_ref())
        .map(|time| time.0)
        .max();
    match (last_word, &status.attempt_start_time) {
        (Some(last_word), Some(began)) => last_word >= began.0,
        _ => true,
    }
}

/// Postgres stores every character but NUL.
fn storable(mut text: String) -> String {
    text.retain(|character| character != '\0');
    text
}

/// A result that Postgres can store. The operator lets no other through, but others may write a status too.
fn storable_result(result: &ResultSummary) -> ResultSummary {
    let count = |count: u64| count.min(crds::status::MAX_COUNT);
    ResultSummary {
        metadata_file: storable(result.metadata_file.clone()),
        index_file: storable(result.index_file.clone()),
        manifest: storable(result.manifest.clone()),
        manifest_sha256: storable(result.manifest_sha256.clone()),
        total_chunks: count(result.total_chunks),
        total_tokens: count(result.total_tokens),
        total_pages: count(result.total_pages),
        language: storable(result.language.clone()),
        language_confidence: result.language_confidence,
        empty_pages: count(result.empty_pages),
        source_sha256: storable(result.source_sha256.clone()),
        encoder_version: storable(result.encoder_version.clone()),
        cpu_milliseconds: result.cpu_milliseconds.map(count),
    }
}

fn message(phase: Phase, status: &DocumentEncodingStatus, said: Option<&str>) -> String {
    let said = said.filter(|message| !message.is_empty());
    match (phase, said) {
        (Phase::Failed | Phase::Cancelled, said) => status
            .failure
            .as_ref()
            .map(|failure| failure.message.clone())
            .or_else(|| said.map(str::to_owned))
            .unwrap_or_else(|| phase.as_str().to_owned()),
        (_, Some(said)) => said.to_owned(),
        // Until the encoder speaks it has not begun, whatever the operator has made for it.
        (Phase::Pending | Phase::Queued | Phase::Processing, None) => {
            crds::progress::step::QUEUED.1.to_owned()
        }
        (Phase::Ready, None) => crds::progress::step::COMPLETE.1.to_owned(),
    }
}

fn error(phase: Phase, status: &DocumentEncodingStatus, message: &str) -> Option<DocumentError> {
    if Status::of(phase) != Status::Failed {
        return None;
    }
    let reason = match (phase, &status.failure) {
        (Phase::Cancelled, _) => Reason::Cancelled,
        (_, Some(failure)) => failure.reason,
        (_, None) => Reason::EncodingError,
    };
    Some(DocumentError {
        reason: reason.as_str().to_owned(),
        message: message.to_owned(),
    })
}

#[cfg(test)]
mod tests;

/// Observations for tests.
#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use crate::{cluster::resource_of, documents::document::samples};

    /// Of a resource that was just made.
    pub(crate) fn observation() -> Observation {
        let mut resource = resource_of(&samples::document());
        resource.metadata.uid = Some(Uuid::from_u128(9).to_string());
        observe(&resource, "encodings").unwrap()
    }
}
