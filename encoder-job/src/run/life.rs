//! What a Pod knows of itself while it lives, and what each event changes.

use std::{
    future::pending,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crds::{
    Assignment,
    assignment::{AssignmentKey, AssignmentResponse, EndedOutcome},
};
use tokio::task::{JoinError, JoinSet};
use tracing::{debug, info, warn};

use super::{
    assignments::Unreachable,
    exit::ExitStatus,
    held::Held,
    pace::Pace,
    work::{Finished, Work},
};

/// How long a Pod that is told to stop waits for what it has on its way: well within the time the kubelet gives it.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// A report that is decided.
pub(super) struct Reported {
    pub(super) key: AssignmentKey,
    pub(super) outcome: EndedOutcome,
    pub(super) exit_status: u8,
}

/// What changes while it lives.
pub(super) struct Life {
    pub(super) held: Held,
    pub(super) pace: Pace,
    pub(super) exit: ExitStatus,
    pub(super) work: Option<Work>,
    pub(super) reports: JoinSet<Reported>,
    /// The reports on their way; set where nobody waits for one any more.
    pub(super) unwanted: Vec<(AssignmentKey, Arc<AtomicBool>)>,
    pub(super) started: Instant,
    /// Since when nothing is held.
    pub(super) idle_since: Instant,
    /// When the operator last answered.
    pub(super) reached: Instant,
    pub(super) contact: Contact,
    pub(super) drain: bool,
    pub(super) retiring: bool,
    /// A thread does not come to its end.
    pub(super) stuck: bool,
}

/// Whether the operator answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    Good,
    /// Since its last answer it was asked in vain.
    Lost,
}

impl Life {
    pub(super) fn new(first: Vec<Assignment>, standing: bool, now: Instant) -> Self {
        Self {
            held: Held::new(first),
            pace: Pace::new(now),
            exit: ExitStatus::new(standing),
            work: None,
            reports: JoinSet::new(),
            unwanted: Vec::new(),
            started: now,
            idle_since: now,
            reached: now,
            contact: Contact::Good,
            drain: false,
            retiring: false,
            stuck: false,
        }
    }

    pub(super) fn has_reported(&mut self, reported: Reported, now: Instant) {
        self.exit.add(reported.exit_status);
        self.unwanted.retain(|(key, _)| *key != reported.key);
        self.end(&reported.key, reported.outcome, now);
    }

    pub(super) fn end(&mut self, key: &AssignmentKey, outcome: EndedOutcome, now: Instant) {
        self.held.end(key, outcome, now);
        self.pace.list_changed(now);
        if self.held.is_empty() {
            self.idle_since = now;
        }
    }

    /// Takes an answer over.
    pub(super) fn take(&mut self, answer: Result<AssignmentResponse, Unreachable>, took: Duration) {
        let now = Instant::now();
        match answer {
            Ok(response) => {
                if self.contact == Contact::Lost {
                    info!("the operator is there again");
                }
                self.contact = Contact::Good;
                self.reached = now;
                let new_drain = response.drain && !self.drain;
                self.drain = response.drain;
                let changes = self.held.apply_response(response);
                if changes.stop
                    && let Some(work) = &mut self.work
                {
                    info!(uid = %work.key.uid, "the document was taken away");
                    work.give_up();
                }
                for (key, unwanted) in &self.unwanted {
                    if changes.unwanted.contains(key) {
                        unwanted.store(true, Ordering::Relaxed);
                    }
                }
                self.pace.answered(
                    now,
                    took,
                    changes.taken || changes.dropped || changes.stop || new_drain,
                );
                if changes.dropped {
                    self.pace.list_changed(now);
                }
            }
            Err(error) => {
                if self.contact == Contact::Lost {
                    debug!(%error, "unable to reach the operator");
                } else {
                    warn!(%error, "unable to reach the operator: going on with what there is");
                }
                self.contact = Contact::Lost;
                let chance = RandomState::new().hash_one(now) >> 32;
                self.pace.failed(
                    now,
                    f64::from(u32::try_from(chance).unwrap_or(0)) / f64::from(u32::MAX),
                );
            }
        }
    }

    /// Whether the Pod ends.
    pub(super) fn is_over(&self, now: Instant, linger: Duration) -> bool {
        if self.stuck {
            return self.reports.is_empty();
        }
        let drained = self.drain && (self.contact == Contact::Lost || !self.pace.has_news());
        self.held.is_empty() && (drained || self.lingers_until(linger).is_some_and(|until| until <= now))
    }

    /// When a Pod that holds nothing and does not reach the operator ends.
    pub(super) fn lingers_until(&self, linger: Duration) -> Option<Instant> {
        let waits = self.contact == Contact::Lost && self.held.is_empty();
        waits.then(|| self.reached.max(self.idle_since) + linger)
    }

    /// Ends the work, and waits a moment for the reports that are on their way.
    pub(super) async fn stop(&mut self) {
        let Self { work, reports, .. } = self;
        if let Some(work) = work {
            work.give_up();
        }
        let all = async {
            if work.is_some() {
                let _ = finished(work).await;
            }
        };
        let reported = async { while reports.join_next().await.is_some() {} };
        let limited = tokio::time::timeout(STOP_LIMIT, async { tokio::join!(all, reported) });
        if limited.await.is_err() {
            warn!("not all that was on its way has come to its end");
        }
    }
}

/// The end of the work, if there is any.
pub(super) async fn finished(work: &mut Option<Work>) -> Result<Finished, JoinError> {
    match work {
        Some(work) => work.finished().await,
        None => pending().await,
    }
}
