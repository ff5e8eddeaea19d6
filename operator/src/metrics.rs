//! What is counted, for Prometheus. No names of objects in labels: there are too many of them.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
    time::{Duration, Instant},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::{
    clock,
    context::ApiError,
    queue::{DocumentState, JobState, Plan, Snapshot, Turn},
    reconcile::ReconcileError,
    state::OperatorStatus,
};

/// How a document or an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ending {
    /// The phase.
    phase: String,
    /// The reason of failure, empty for success.
    reason: String,
}

/// A kind of failure or request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: String,
}

/// A queue, and the state of documents in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Depth {
    queue: String,
    state: String,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InQueue {
    queue: String,
}

/// The state of standing Jobs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Standing {
    state: String,
}

/// The operator's metrics.
pub struct Metrics {
    registry: Registry,
    passes: Counter,
    pass_failures: Family<Kind, Counter>,
    conflicts: Counter,
    requests: Family<Kind, Counter>,
    events_left_out: Counter,
    depth: Family<Depth, Gauge>,
    oldest: Family<InQueue, Gauge<f64, AtomicU64>>,
    waits: Family<InQueue, Histogram, fn() -> Histogram>,
    standing: Family<Standing, Gauge>,
    assignments: Counter,
    pages: Counter,
    tokens: Counter,
    queue_pass_seconds: Histogram,
    under_way: Mutex<HashMap<String, Instant>>,
    queue_passed: Mutex<Option<Instant>>,
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
        let conflicts = counter(
            "status_conflicts",
            "Writes of a status that were not made, as it was no longer what they were decided on",
        );
        let events_left_out = counter(
            "events_left_out",
            "Events of beginning and success beyond their rate",
        );
        let assignments = counter("assignments", "Documents given to an encoder");
        let pages = counter("pages", "Pages of documents that were encoded");
        let tokens = counter("tokens", "Tokens of documents that were encoded");
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
        let pass_failures = Family::default();
        let help = "Passes that could not be finished, by the kind of failure";
        registry.register("reconciliation_failures", help, pass_failures.clone());
        let requests = Family::default();
        let help = "Requests to the API server in passes, by kind";
        registry.register("requests", help, requests.clone());
        let depth = Family::default();
        registry.register("queue_depth", "Documents, by queue and state", depth.clone());
        let oldest = Family::default();
        let help = "The age of the document that has waited longest, by queue";
        registry.register("queue_oldest_wait_seconds", help, oldest.clone());
        let waits: Family<InQueue, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(wait_histogram);
        let help = "From a document's creation to its first assignment, by queue";
        registry.register("queue_wait_seconds", help, waits.clone());
        let standing = Family::default();
        registry.register("standing_jobs", "Standing Jobs, by state", standing.clone());
        let queue_pass_seconds = Histogram::new(exponential_buckets(0.0001, 2.0, 14));
        let help = "How long queue passes took";
        registry.register("queue_pass_duration_seconds", help, queue_pass_seconds.clone());
        Self {
            registry,
            passes,
            pass_failures,
            conflicts,
            requests,
            events_left_out,
            depth,
            oldest,
            waits,
            standing,
            assignments,
            pages,
            tokens,
            queue_pass_seconds,
            under_way: Mutex::default(),
            queue_passed: Mutex::default(),
            unreadable,
            seconds,
            jobs,
            endings,
            attempt_failures,
            encoding_seconds,
        }
    }

    /// A pass over the resource with this uid begins.
    pub fn pass_begins(&self, uid: &str) -> PassTimer<'_> {
        self.passes.inc();
        let began = clock::monotonic();
        self.under_way().insert(uid.to_owned(), began);
        PassTimer {
            metrics: self,
            uid: uid.to_owned(),
            began,
        }
    }

    /// For how long no queue pass was made; `None` before the first.
    pub fn since_queue_pass(&self, now: Instant) -> Option<Duration> {
        let at = *self.queue_passed.lock().unwrap_or_else(PoisonError::into_inner);
        at.map(|at| now.saturating_duration_since(at))
    }

    /// For how long the pass that has been under way longest has.
    pub fn longest_pass(&self, now: Instant) -> Option<Duration> {
        let under_way = self.under_way();
        under_way
            .values()
            .min()
            .map(|began| now.saturating_duration_since(*began))
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A pass could not be finished.
    pub fn pass_failed(&self, error: &ReconcileError) {
        let api = match error {
            ReconcileError::Api(error) | ReconcileError::Apply(crate::apply::ApplyError::Api(error)) => {
                Some(error)
            }
            ReconcileError::Apply(_) => None,
        };
        let kind = match api {
            None => "internal".to_owned(),
            Some(ApiError::TimedOut(_)) => "timeout".to_owned(),
            Some(ApiError::NotLeading(_)) => "not leading".to_owned(),
            Some(error) => error
                .code()
                .map_or_else(|| "connection".to_owned(), |code| code.to_string()),
        };
        self.pass_failures.get_or_create(&Kind { kind }).inc();
    }

    /// A status was no longer what a decision was made on.
    pub fn conflict(&self) {
        self.conflicts.inc();
    }

    /// A request to the API server.
    pub fn request(&self, kind: &str) {
        self.requests
            .get_or_create(&Kind {
                kind: kind.to_owned(),
            })
            .inc();
    }

    /// An Event was not published.
    pub fn event_left_out(&self) {
        self.events_left_out.inc();
    }

    /// A queue pass was made.
    pub fn queue(&self, snapshot: &Snapshot, plan: &Plan, took: Duration) {
        self.queue_pass_seconds.observe(took.as_secs_f64());
        *self.queue_passed.lock().unwrap_or_else(PoisonError::into_inner) = Some(clock::monotonic());
        let now = clock::now();
        let mut depths: HashMap<Depth, i64> = HashMap::new();
        let mut oldest: HashMap<InQueue, f64> = HashMap::new();
        for document in &snapshot.documents {
            let is_waiting = document.state == DocumentState::Waiting;
            let queue = document.queue.to_string();
            if is_waiting {
                let age = now.duration_since(document.created).as_secs_f64();
                let longest = oldest.entry(InQueue { queue: queue.clone() }).or_default();
                *longest = longest.max(age);
            }
            let state = if is_waiting { "waiting" } else { "assigned" };
            *depths
                .entry(Depth {
                    queue,
                    state: state.to_owned(),
                })
                .or_default() += 1;
        }
        self.depth.clear();
        for (label, count) in depths {
            self.depth.get_or_create(&label).set(count);
        }
        self.oldest.clear();
        for (label, age) in oldest {
            self.oldest.get_or_create(&label).set(age);
        }
        let begun = plan
            .turns
            .iter()
            .filter(|(_, turn)| !matches!(turn, Turn::Wait(_)))
            .count();
        self.assignments.inc_by(u64::try_from(begun).unwrap_or_default());
        self.standing.clear();
        for job in &snapshot.jobs {
            let state = match job.state {
                JobState::Starting { .. } => "starting",
                _ if !job.accepts => "ending",
                JobState::Running {
                    idle_since: Some(_), ..
                } => "idle",
                JobState::Running { .. } => "working",
            };
            self.standing
                .get_or_create(&Standing {
                    state: state.to_owned(),
                })
                .inc();
        }
    }

    /// A document waited so long for its first assignment.
    pub fn waited(&self, queue: &str, seconds: f64) {
        let label = InQueue {
            queue: queue.to_owned(),
        };
        self.waits.get_or_create(&label).observe(seconds.max(0.0));
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
            if let Some(result) = &after.result {
                self.pages.inc_by(result.total_pages);
                self.tokens.inc_by(result.total_tokens);
            }
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

fn wait_histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.05, 2.0, 16))
}

/// Measures one pass.
pub struct PassTimer<'a> {
    metrics: &'a Metrics,
    uid: String,
    began: Instant,
}

impl Drop for PassTimer<'_> {
    fn drop(&mut self) {
        self.metrics.under_way().remove(&self.uid);
    }
}

impl PassTimer<'_> {
    /// The pass is done.
    pub fn pass_ends(self) {
        let took = clock::monotonic().saturating_duration_since(self.began);
        self.metrics.seconds.observe(took.as_secs_f64());
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
