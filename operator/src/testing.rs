//! What the pure tests start from.

use crds::{AssignmentKey, DocumentEncoding, ResultSummary, keys};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::{
    observe::{Container, ObservedJob, ObservedPod},
    queue_options,
    settings::{EncoderSettings, ReplicaSettings, Settings, StandingSettings, Timeouts},
    validate::{Surroundings, source::ObservedSource},
};

pub(crate) const UID: &str = "5b0f7d5e-0000-4000-8000-000000000001";
pub(crate) const NAMESPACE: &str = "team";
pub(crate) const NOW: &str = "2026-01-01T00:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A new resource whose source is a ConfigMap.
pub(crate) fn encoding() -> DocumentEncoding {
    serde_json::from_value(json!({
        "apiVersion": "encoding.socrate.ai/v1alpha1",
        "kind": "DocumentEncoding",
        "metadata": {"name": "book", "namespace": NAMESPACE, "uid": UID, "generation": 1},
        "spec": {"source": {"configMap": {"name": "texts", "key": "a.txt"}, "fileName": "a.txt"}},
    }))
    .unwrap()
}

pub(crate) fn surroundings() -> Surroundings {
    Surroundings {
        source: ObservedSource::Usable,
        ..Surroundings::default()
    }
}

pub(crate) fn settings() -> Settings {
    let totals = queue_options::Totals {
        max_concurrent: None,
        max_jobs: None,
        may_stand: true,
    };
    let (queues, limits) =
        queue_options::parse(r#"{"documents": {}, "maintenance": {}}"#, "{}", totals).unwrap();
    Settings {
        encodings_namespace: "socrate-encodings".into(),
        watch_namespaces: Vec::new(),
        api_in_use: false,
        archive_timeout: SignedDuration::from_secs(3600),
        encoder: EncoderSettings {
            image: "encoder:1".into(),
            image_pull_policy: "IfNotPresent".into(),
            store_url: "file:///store".into(),
            store_ca: String::new(),
            max_source_bytes: 100 << 20,
            cpu: "250m".into(),
            memory: 512 << 20,
            memory_cap: 4 << 30,
            log: "info".into(),
            sandbox: "required".into(),
            running_heads: "aside".into(),
            job_ttl_seconds: 600,
            operator_url: "https://operator.socrate.svc:8443".into(),
            operator_ca: "certificate".into(),
        },
        queues,
        limits,
        standing: StandingSettings {
            max_documents: 1000,
            max_age: SignedDuration::from_secs(3600),
            large_bytes: 20 << 20,
        },
        timeouts: Timeouts {
            start: SignedDuration::from_secs(120),
            refusal: SignedDuration::from_secs(3600),
            source: SignedDuration::from_secs(60),
            progress: SignedDuration::from_secs(300),
            lost_node: SignedDuration::from_secs(30),
        },
        retry_delay: SignedDuration::from_secs(5),
        event_rate: 2.0,
        reconcile_concurrency: 8,
        listen: ([127, 0, 0, 1], 0).into(),
        assignments_listen: ([127, 0, 0, 1], 0).into(),
        replica: ReplicaSettings {
            identity: "operator-0".into(),
            namespace: "socrate".into(),
            lease: "socrate-operator".into(),
            lease_duration: SignedDuration::from_secs(15),
            tls_secret: "socrate-operator-tls".into(),
            own_address: "https://10.0.0.5:8443".into(),
            service_name: "operator.socrate.svc".into(),
        },
    }
}

/// The Job of the first try of [`encoding`], its own.
pub(crate) fn job() -> ObservedJob {
    ObservedJob {
        namespace: NAMESPACE.into(),
        name: crds::job::name(UID, 1, 1),
        uid: "job".into(),
        first_uid: UID.into(),
        standing: false,
        queue: "documents".into(),
        identity: "identity".into(),
        suspended: false,
        created: now(),
        deleting: false,
        has_pods: false,
        end: None,
    }
}

/// The first try of [`encoding`].
pub(crate) fn key() -> AssignmentKey {
    AssignmentKey {
        uid: UID.into(),
        attempt: 1,
        tries: 1,
    }
}

/// The Pod of [`job`], of which nothing is known yet.
pub(crate) fn pod() -> ObservedPod {
    ObservedPod {
        queue: "documents".into(),
        name: format!("{}-abcde", crds::job::name(UID, 1, 1)),
        uid: "pod".into(),
        job_name: crds::job::name(UID, 1, 1),
        job_uid: "job".into(),
        first_uid: UID.into(),
        standing: false,
        created: now(),
        gone_by: None,
        ended: false,
        worked_on: None,
        disrupted: None,
        unschedulable: None,
        container: Container::Unknown,
    }
}

pub(crate) fn result(encoding_prefix: &str) -> ResultSummary {
    ResultSummary {
        metadata_file: format!("{encoding_prefix}/attempt-pod/a_sections_metadata.json"),
        index_file: format!("{encoding_prefix}/attempt-pod/a_sections_index.json"),
        manifest: keys::manifest(encoding_prefix),
        manifest_sha256: "0".repeat(64),
        total_chunks: 1,
        total_tokens: 1,
        total_pages: 1,
        cpu_milliseconds: Some(40),
        language: "it".into(),
        language_confidence: 1.0,
        empty_pages: 0,
        source_sha256: "f".repeat(64),
        encoder_version: "0.1.0".into(),
    }
}
