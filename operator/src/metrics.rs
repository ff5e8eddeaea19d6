//! What is counted, for Prometheus. No names of objects in labels: there are too many of them.

use std::time::Instant;

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::state::OperatorStatus;

/// How a document or an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ending {
    /// The phase.
    phase: String,
    /// The reason of failure, empty for success.
    reason: String,
}

/// The operator's metrics.
pub struct Metrics {
    registry: Registry,
    passes: Counter,
    pass_failures: Counter,
    unreadable: Counter,
    seconds: Histogram,
    jobs: Counter,
    endings: Family<Ending, Counter>,
    attempt_failures: Family<Ending, Counter>,
    encoding_seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics that stand at nought.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("socrate_operator");
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let passes = counter("reconciliations", "Passes over a resource");
        let pass_failures = counter("reconciliation_failures", "Passes that could not be finished");
        let unreadable = counter(
            "unreadable_resources",
            "Passes over a resource that could not be read",
        );
        let jobs = counter("jobs_created", "Jobs created");
        let seconds = Histogram::new(exponential_buckets(0.001, 2.0, 14));
        registry.register(
            "reconciliation_duration_seconds",
            "How long passes took",
            seconds.clone(),
        );
        let encoding_seconds = Histogram::new(exponential_buckets(0.25, 2.0, 14));
        let help = "From the first attempt's beginning to the result";
        registry.register("encoding_duration_seconds", help, encoding_seconds.clone());
        let endings = Family::default();
        registry.register(
            "documents_finished",
            "Documents that finished, by phase and reason",
            endings.clone(),
        );
        let attempt_failures = Family::default();
        let help = "Attempts that failed and were followed by another, by reason";
        registry.register("attempts_failed", help, attempt_failures.clone());
        Self {
            registry,
            passes,
            pass_failures,
            unreadable,
            seconds,
            jobs,
            endings,
            attempt_failures,
            encoding_seconds,
        }
    }

    /// A pass begins.
    pub fn pass_begins(&self) -> PassTimer<'_> {
        self.passes.inc();
        PassTimer {
            metrics: self,
            began: Instant::now(),
        }
    }

    /// A pass could not be finished.
    pub fn pass_failed(&self) {
        self.pass_failures.inc();
    }

    /// A resource could not be read.
    pub fn unreadable(&self) {
        self.unreadable.inc();
    }

    /// A Job was created.
    pub fn job_created(&self) {
        self.jobs.inc();
    }

    /// A status was written.
    pub fn outcome(&self, before: &OperatorStatus, after: &OperatorStatus) {
        let ending = || Ending {
            phase: after
                .phase
                .map(crds::Phase::as_str)
                .unwrap_or_default()
                .to_owned(),
            reason: after
                .failure
                .as_ref()
                .map(|failure| failure.reason.as_str())
                .unwrap_or_default()
                .to_owned(),
        };
        if after.is_finished() && !before.is_finished() {
            self.endings.get_or_create(&ending()).inc();
            if let (Some(start), Some(end), None) =
                (&after.start_time, &after.completion_time, &after.failure)
            {
                self.encoding_seconds
                    .observe(end.0.duration_since(start.0).as_secs_f64());
            }
        } else if after.retry_time.is_some() && before.retry_time != after.retry_time {
            self.attempt_failures.get_or_create(&ending()).inc();
        }
    }

    /// All metrics in the text format of `OpenMetrics`.
    ///
    /// # Errors
    /// If they cannot be written, which would be a bug.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut written = String::new();
        text::encode(&mut written, &self.registry)?;
        Ok(written)
    }
}

/// Measures one pass.
pub struct PassTimer<'a> {
    metrics: &'a Metrics,
    began: Instant,
}

impl PassTimer<'_> {
    /// The pass is done.
    pub fn pass_ends(self) {
        self.metrics.seconds.observe(self.began.elapsed().as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use crds::{Failure, Phase, Reason};

    use super::*;

    #[test]
    fn a_document_that_finishes_is_counted_once_with_its_reason() {
        let metrics = Metrics::new();
        let after = OperatorStatus {
            phase: Some(Phase::Failed),
            failure: Some(Failure::new(Reason::NoText, "", None)),
            ..OperatorStatus::default()
        };
        metrics.outcome(&OperatorStatus::default(), &after);
        metrics.outcome(&after, &after);
        let text = metrics.text().unwrap();
        assert!(
            text.contains("socrate_operator_documents_finished_total{phase=\"Failed\",reason=\"NoText\"} 1"),
            "{text}"
        );
    }
}
