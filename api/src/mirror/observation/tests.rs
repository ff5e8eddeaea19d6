use crds::{DocumentEncodingSpec, Failure, Report};
use jiff::Timestamp;
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
    observe(resource, "encodings").unwrap()
}

#[test]
fn in_the_encodings_namespace_labels_say_which_document_and_whose() {
    let observation = observed(&resource("encodings"));
    assert_eq!(observation.document_id.to_string(), DOCUMENT);
    assert_eq!(observation.tenant_id.unwrap().to_string(), TENANT);
    assert_eq!(observation.origin, Origin::Upload);
    assert_eq!(
        (observation.progress.phase, observation.progress.percent),
        (Phase::Pending, 0)
    );
    assert_eq!(observation.progress.message.as_deref(), Some("Queued"));
}

#[test]
fn a_resource_that_nobody_has_seen_is_pending() {
    let mut resource = resource("encodings");
    resource.status =
        Some(serde_json::from_value(json!({ "observedGeneration": -1, "phase": "Pending" })).unwrap());
    let observation = observed(&resource);
    assert_eq!(observation.progress.phase, Phase::Pending);
    assert_eq!(
        crate::documents::document::task_state(observation.progress.phase),
        "PENDING"
    );
    resource.status = None;
    assert_eq!(observed(&resource), observation, "as without a status");
}

#[test]
fn a_start_is_estimated_while_it_waits() {
    let mut resource = resource("encodings");
    for (phase, expected) in [
        (Phase::Queued, Some(Timestamp::UNIX_EPOCH)),
        (Phase::Processing, None),
        (Phase::Ready, None),
    ] {
        resource.status = Some(DocumentEncodingStatus {
            phase: Some(phase),
            estimated_start_time: Some(Time(Timestamp::UNIX_EPOCH)),
            ..DocumentEncodingStatus::default()
        });
        assert_eq!(
            observed(&resource).progress.estimated_start_at,
            expected,
            "{phase:?}"
        );
    }
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
    let tenant = tenant_of_namespace("team", "encodings", &of_namespace);
    assert_eq!(tenant.unwrap().to_string(), DOCUMENT);
}

#[test]
fn a_cancelled_resource_has_failed_with_that_reason() {
    let mut resource = resource("encodings");
    resource.status = Some(DocumentEncodingStatus {
        phase: Some(Phase::Cancelled),
        progress: Some(40),
        completion_time: Some(Time(Timestamp::UNIX_EPOCH)),
        ..DocumentEncodingStatus::default()
    });
    let observation = observed(&resource);
    assert_eq!(observation.error.unwrap().reason, "Cancelled");
    assert_eq!(observation.completed_at, Some(Timestamp::UNIX_EPOCH));
    assert_eq!(observation.progress.percent, 40);
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
    let message = observation.progress.message.as_deref().unwrap();
    (
        observation.progress.percent,
        observation.progress.pages_done,
        observation.progress.pages_total,
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
    assert_eq!(observation.progress.message.as_deref(), Some("Complete"));
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
    assert_eq!(observe(&resource, "encodings"), Err(NotMirrored::Uid));
}
