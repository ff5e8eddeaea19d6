//! What is counted.

use std::sync::Arc;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Labels of a request. The route is the pattern, never the path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// `GET` …
    pub method: String,
    /// `/api/documents/{id}` …
    pub route: String,
    /// 200 …
    pub status: u16,
}

/// Labels of a duration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RouteLabels {
    /// `/api/documents/{id}` …
    pub route: String,
}

type Durations = Family<RouteLabels, Histogram, fn() -> Histogram>;

/// What is counted.
#[derive(Clone)]
#[allow(missing_docs, reason = "each is described where it is registered")]
pub struct Metrics {
    registry: Arc<Registry>,
    pub requests: Family<RequestLabels, Counter>,
    pub request_seconds: Durations,
    pub uploaded_bytes: Counter,
    pub uploads_undone: Counter,
    pub results_reused: Counter,
    pub mirror_events: Counter,
    pub mirror_writes: Counter,
    pub mirror_failures: Counter,
    pub archive_requests: Counter,
    pub mirrored_documents: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("socrate_api");
        let requests = Family::default();
        let request_seconds: Durations = Family::new_with_constructor(request_histogram);
        let (uploaded_bytes, uploads_undone) = (Counter::default(), Counter::default());
        let (mirror_events, mirror_writes, mirror_failures) =
            (Counter::default(), Counter::default(), Counter::default());
        let (archive_requests, results_reused) = (Counter::default(), Counter::default());
        let mirrored_documents = Gauge::default();
        registry.register("requests", "Requests answered", requests.clone());
        registry.register_with_unit(
            "request_duration",
            "Time to the head of the answer",
            Unit::Seconds,
            request_seconds.clone(),
        );
        registry.register_with_unit(
            "uploaded",
            "Bytes of files taken",
            Unit::Bytes,
            uploaded_bytes.clone(),
        );
        registry.register(
            "uploads_undone",
            "Uploads the cluster did not take",
            uploads_undone.clone(),
        );
        registry.register(
            "results_reused",
            "Documents that are ready with the result of another",
            results_reused.clone(),
        );
        registry.register("mirror_events", "Events of the watches", mirror_events.clone());
        registry.register(
            "mirror_writes",
            "States of resources written to Postgres",
            mirror_writes.clone(),
        );
        registry.register(
            "mirror_failures",
            "Failures of the watches and of writing; all are tried again",
            mirror_failures.clone(),
        );
        registry.register(
            "archive_requests",
            "Requests to the API server that say that a row is safe",
            archive_requests.clone(),
        );
        registry.register(
            "mirrored_documents",
            "Documents whose resource exists",
            mirrored_documents.clone(),
        );
        Self {
            registry: Arc::new(registry),
            requests,
            request_seconds,
            uploaded_bytes,
            uploads_undone,
            results_reused,
            mirror_events,
            mirror_writes,
            mirror_failures,
            archive_requests,
            mirrored_documents,
        }
    }
}

fn request_histogram() -> Histogram {
    Histogram::new([
        0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    ])
}

impl Metrics {
    /// All of it, in the format of `OpenMetrics`.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
