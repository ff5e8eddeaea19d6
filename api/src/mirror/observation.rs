//! From a resource to what its row should say. Pure.

use std::collections::BTreeMap;

use crds::{
    DocumentEncoding, DocumentEncodingStatus, Owner, Phase, Reason, ResultSummary, condition, labels,
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
        filename: spec.source.file_name.clone(),
        content_type: spec.source.content_type.clone(),
        queue: spec.queue.clone(),
        priority: spec.priority,
        chunk_size: spec.chunking.size.cast_signed(),
        overlap: spec.chunking.overlap.cast_signed(),
        created_at: metadata.creation_timestamp.as_ref().map_or(now, |time| time.0),
        phase,
        progress: match phase {
            Phase::Ready => 100,
            _ => status.progress.unwrap_or(0).min(100),
        },
        message: Some(message(phase, status)),
        error: error(phase, status),
        attempt: status.attempt.unwrap_or(0),
        pages_done: status.pages_done.map(Into::into),
        pages_total: status.pages_total.map(Into::into),
        queue_position: status
            .queue_position
            .filter(|_| !phase.is_terminal())
            .map(Into::into),
        result: status.result.clone().filter(|_| phase == Phase::Ready),
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

fn message(phase: Phase, status: &DocumentEncodingStatus) -> String {
    let said = status.message.as_deref().filter(|message| !message.is_empty());
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

fn error(phase: Phase, status: &DocumentEncodingStatus) -> Option<DocumentError> {
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
        message: message(phase, status),
    })
}

#[cfg(test)]
mod tests {
    use crds::{DocumentEncodingSpec, Failure};
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

    #[test]
    fn what_has_no_uid_is_not_mirrored() {
        let mut resource = resource("encodings");
        resource.metadata.uid = None;
        let observation = observe(&resource, "encodings", &BTreeMap::new(), Timestamp::UNIX_EPOCH);
        assert_eq!(observation, Err(NotMirrored::Uid));
    }
}
