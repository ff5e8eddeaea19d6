//! From a resource to what its row should say. Pure.

use std::collections::BTreeMap;

use crds::{
    DocumentEncoding, DocumentEncodingStatus, Owner, Phase, Reason, ResultSummary, condition, field_manager,
    labels,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::document::{DocumentError, Origin, Status};

/// What a resource says of its document.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    missing_docs,
    reason = "the columns of the table, described in the migrations"
)]
pub struct Observation {
    pub document_id: Uuid,
    pub resource_uid: Uuid,
    pub namespace: String,
    pub name: String,
    pub origin: Origin,
    pub tenant_id: Option<Uuid>,
    pub filename: String,
    pub content_type: Option<String>,
    pub queue: String,
    pub priority: i32,
    pub chunk_size: i32,
    pub overlap: i32,
    pub created_at: Timestamp,
    pub phase: Phase,
    pub progress: u8,
    pub message: Option<String>,
    pub error: Option<DocumentError>,
    pub attempt: u32,
    pub pages_done: Option<i64>,
    pub pages_total: Option<i64>,
    pub queue_position: Option<i64>,
    pub result: Option<ResultSummary>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub is_archived: bool,
}

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

/// What a resource says of its document.
pub fn observe(
    resource: &DocumentEncoding,
    encodings_namespace: &str,
    namespace_labels: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Observation, NotMirrored> {
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
    let tenant_id = Owner::of(namespace, encodings_namespace, own_labels, namespace_labels)
        .ok()
        .and_then(|owner| parse(owner.tenant()));

    let default = DocumentEncodingStatus::default();
    let status = resource.status.as_ref().unwrap_or(&default);
    let phase = status.phase.unwrap_or(Phase::Pending);
    let spec = &resource.spec;
    let speaks_of_attempt = speaks_of_attempt(resource, status);
    let said = status.message.as_deref().filter(|_| speaks_of_attempt);
    let message = storable(message(phase, status, said));
    Ok(Observation {
        document_id: labelled.unwrap_or(uid),
        resource_uid: uid,
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
        queue: spec.queue.clone(),
        priority: spec.priority,
        chunk_size: spec.chunking.size.cast_signed(),
        overlap: spec.chunking.overlap.cast_signed(),
        created_at: metadata.creation_timestamp.as_ref().map_or(now, |time| time.0),
        phase,
        progress: match phase {
            Phase::Ready => 100,
            _ if speaks_of_attempt => status.progress.unwrap_or(0).min(100),
            _ => 0,
        },
        error: error(phase, status, &message),
        message: Some(message),
        attempt: status.attempt.unwrap_or(0),
        pages_done: status.pages_done.filter(|_| speaks_of_attempt).map(Into::into),
        pages_total: status.pages_total.filter(|_| speaks_of_attempt).map(Into::into),
        queue_position: status
            .queue_position
            .filter(|_| !phase.is_terminal())
            .map(Into::into),
        result: status
            .result
            .as_ref()
            .filter(|_| phase == Phase::Ready)
            .map(storable_result),
        started_at: status.start_time.as_ref().map(|time| time.0),
        completed_at: phase
            .is_terminal()
            .then(|| status.completion_time.as_ref().map_or(now, |time| time.0)),
        is_archived: status
            .conditions
            .iter()
            .any(|condition| condition.type_ == condition::ARCHIVED && condition.status == "True"),
    })
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
mod tests {
    use crds::{DocumentEncodingSpec, Failure, Report};
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, Time};
    use serde_json::json;

    use super::*;

    const UID: &str = "00000000-0000-0000-0000-000000000001";
    const DOCUMENT: &str = "00000000-0000-0000-0000-000000000002";
    const TENANT: &str = "00000000-0000-0000-0000-000000000003";

    fn resource(namespace: &str) -> DocumentEncoding {
        let spec: DocumentEncodingSpec =
            serde_json::from_value(json!({ "source": { "object": { "key": "k" }, "fileName": "a.pdf" } }))
                .unwrap();
        let mut resource = DocumentEncoding::new("doc", spec);
        resource.metadata.namespace = Some(namespace.into());
        resource.metadata.uid = Some(UID.into());
        resource.metadata.labels = Some(BTreeMap::from([
            (labels::DOCUMENT_ID.into(), DOCUMENT.into()),
            (labels::TENANT.into(), TENANT.into()),
        ]));
        resource
    }

    fn observed(resource: &DocumentEncoding) -> Observation {
        observe(resource, "encodings", &BTreeMap::new(), Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn in_the_encodings_namespace_labels_say_which_document_and_whose() {
        let observation = observed(&resource("encodings"));
        assert_eq!(observation.document_id.to_string(), DOCUMENT);
        assert_eq!(observation.tenant_id.unwrap().to_string(), TENANT);
        assert_eq!(observation.origin, Origin::Upload);
        assert_eq!((observation.phase, observation.progress), (Phase::Pending, 0));
        assert_eq!(observation.message.as_deref(), Some("Queued"));
    }

    #[test]
    fn elsewhere_a_forged_label_says_nothing() {
        let observation = observed(&resource("team"));
        assert_eq!(observation.document_id.to_string(), UID);
        assert_eq!(
            (observation.tenant_id, observation.origin),
            (None, Origin::Resource)
        );
        let of_namespace = BTreeMap::from([(labels::TENANT.to_owned(), DOCUMENT.to_owned())]);
        let observation = observe(
            &resource("team"),
            "encodings",
            &of_namespace,
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
        assert_eq!(observation.tenant_id.unwrap().to_string(), DOCUMENT);
    }

    #[test]
    fn a_cancelled_resource_has_failed_with_that_reason() {
        let mut resource = resource("encodings");
        resource.status = Some(DocumentEncodingStatus {
            phase: Some(Phase::Cancelled),
            progress: Some(40),
            ..DocumentEncodingStatus::default()
        });
        let observation = observed(&resource);
        assert_eq!(observation.error.unwrap().reason, "Cancelled");
        assert_eq!(observation.completed_at, Some(Timestamp::UNIX_EPOCH));
        assert_eq!(observation.progress, 40);
    }

    #[test]
    fn a_failure_that_is_retried_is_no_error_yet() {
        let mut resource = resource("encodings");
        let mut status = DocumentEncodingStatus {
            phase: Some(Phase::Pending),
            failure: Some(Failure::new(Reason::Evicted, "node lost", None)),
            ..DocumentEncodingStatus::default()
        };
        resource.status = Some(status.clone());
        assert_eq!(observed(&resource).error, None);
        status.phase = Some(Phase::Failed);
        resource.status = Some(status);
        let error = observed(&resource).error.unwrap();
        assert_eq!(
            (error.reason.as_str(), error.message.as_str()),
            ("Evicted", "node lost")
        );
    }

    /// A second attempt, in which the first one's progress is still there.
    fn second_attempt() -> DocumentEncoding {
        let mut resource = resource("encodings");
        resource.status = Some(DocumentEncodingStatus {
            phase: Some(Phase::Processing),
            attempt: Some(2),
            progress: Some(60),
            message: Some("Running memvid encoder".into()),
            pages_done: Some(6),
            pages_total: Some(10),
            attempt_start_time: Some(Time(Timestamp::from_second(100).unwrap())),
            ..DocumentEncodingStatus::default()
        });
        resource
    }

    fn said(observation: &Observation) -> (u8, Option<i64>, Option<i64>, &str) {
        let message = observation.message.as_deref().unwrap();
        (
            observation.progress,
            observation.pages_done,
            observation.pages_total,
            message,
        )
    }

    const NOTHING_YET: (u8, Option<i64>, Option<i64>, &str) = (0, None, None, "Queued");
    const SIXTY: (u8, Option<i64>, Option<i64>, &str) = (60, Some(6), Some(10), "Running memvid encoder");

    #[test]
    fn what_an_earlier_attempt_reported_says_nothing_of_the_current_one() {
        let mut resource = second_attempt();
        for (attempt, expected) in [(1, NOTHING_YET), (2, SIXTY)] {
            resource.status.as_mut().unwrap().report = Some(Report {
                attempt,
                pod_uid: "pod".into(),
                result: None,
                failure: Some(Failure::new(Reason::StoreUnavailable, "", None)),
            });
            assert_eq!(said(&observed(&resource)), expected, "{attempt}");
        }
    }

    #[test]
    fn what_was_said_before_the_attempt_began_says_nothing_of_it() {
        let mut resource = second_attempt();
        for (second, expected) in [(99, NOTHING_YET), (100, SIXTY), (101, SIXTY)] {
            let entry = |manager: &str, second| ManagedFieldsEntry {
                manager: Some(manager.into()),
                time: Some(Time(Timestamp::from_second(second).unwrap())),
                ..ManagedFieldsEntry::default()
            };
            resource.metadata.managed_fields = Some(vec![
                entry(field_manager::OPERATOR, 100),
                entry(field_manager::ENCODER, second),
            ]);
            assert_eq!(said(&observed(&resource)), expected, "{second}");
        }
    }

    #[test]
    fn what_postgres_cannot_store_is_left_out() {
        let mut resource = resource("encodings");
        resource.spec.source.content_type = Some("text/\0plain".into());
        let result: ResultSummary = serde_json::from_value(json!({
            "metadataFile": "m", "indexFile": "i", "manifest": "m", "manifestSha256": "", "totalChunks": u64::MAX,
            "totalTokens": u64::MAX, "totalPages": 1, "language": "i\0t", "languageConfidence": 1.0, "emptyPages": 0,
            "sourceSha256": "", "encoderVersion": "\0",
        }))
        .unwrap();
        resource.status = Some(DocumentEncodingStatus {
            phase: Some(Phase::Ready),
            message: Some("Com\0plete".into()),
            result: Some(result),
            ..DocumentEncodingStatus::default()
        });
        let observation = observed(&resource);
        assert_eq!(observation.content_type.as_deref(), Some("text/plain"));
        assert_eq!(observation.message.as_deref(), Some("Complete"));
        let result = observation.result.unwrap();
        assert_eq!(
            (result.language.as_str(), result.encoder_version.as_str()),
            ("it", "")
        );
        assert_eq!(result.total_tokens, crds::status::MAX_COUNT);
    }

    #[test]
    fn what_has_no_uid_is_not_mirrored() {
        let mut resource = resource("encodings");
        resource.metadata.uid = None;
        let observation = observe(&resource, "encodings", &BTreeMap::new(), Timestamp::UNIX_EPOCH);
        assert_eq!(observation, Err(NotMirrored::Uid));
    }
}
