//! What a Pod knows of itself while it lives, and what each event changes.

use std::{
    future::pending,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use crds::{
    Assignment,
    assignment::{AssignmentKey, AssignmentResponse, EndedOutcome},
};
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
};
use tracing::{debug, info, warn};

use super::{
    assignments::Unreachable,
    exit::ExitStatus,
    held::Held,
    pace::Pace,
    work::{Finished, Work},
};

/// How long a Pod with a thread that does not come to its end, and takes memory and time from whoever comes next, stays for its reports.
const STUCK_LIMIT: Duration = Duration::from_secs(30);

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
    pub(super) unwanted: Vec<(AssignmentKey, watch::Sender<bool>)>,
    pub(super) started: Instant,
    /// Since when nothing is held.
    pub(super) idle_since: Instant,
    /// When the operator last answered.
    pub(super) reached: Instant,
    pub(super) contact: Contact,
    pub(super) drain: bool,
    pub(super) retiring: bool,
    /// Since when a thread does not come to its end.
    pub(super) stuck_since: Option<Instant>,
}

/// Whether the operator answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    Good,
    /// Since its last answer it was asked in vain.
    Lost,
}

impl Life {
    pub(super) fn new(first: Vec<Assignment>, serves_several: bool, now: Instant) -> Self {
        Self {
            held: Held::new(first),
            pace: Pace::new(now),
            exit: ExitStatus::new(serves_several),
            work: None,
            reports: JoinSet::new(),
            unwanted: Vec::new(),
            started: now,
            idle_since: now,
            reached: now,
            contact: Contact::Good,
            drain: false,
            retiring: false,
            stuck_since: None,
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
                let changes = self.held.apply(response.assignments);
                if changes.stop
                    && let Some(work) = &mut self.work
                {
                    info!(uid = %work.key.uid, "the document was taken away");
                    work.give_up();
                }
                for (key, unwanted) in &self.unwanted {
                    if changes.unwanted.contains(key) {
                        unwanted.send_replace(true);
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
                self.pace.failed(now, chance(now));
            }
        }
    }

    /// Whether the Pod ends.
    pub(super) fn is_over(&self, now: Instant, linger: Duration) -> bool {
        let is_late = self.ends_at(linger).is_some_and(|at| at <= now);
        if self.stuck_since.is_some() {
            return is_late || self.reports.is_empty();
        }
        let drained = self.drain && (self.contact == Contact::Lost || !self.pace.has_news());
        self.held.is_empty() && (drained || is_late)
    }

    /// When a Pod ends that holds nothing and does not reach the operator, or that is stuck.
    pub(super) fn ends_at(&self, linger: Duration) -> Option<Instant> {
        let waits = self.contact == Contact::Lost && self.held.is_empty();
        match self.stuck_since {
            Some(since) => Some(since + STUCK_LIMIT),
            None => waits.then(|| self.reached.max(self.idle_since) + linger),
        }
    }

    /// The exit status of a Pod that ends by itself.
    pub(super) fn exit_code(&self) -> u8 {
        self.exit.code(self.stuck_since.is_some(), self.held.untold())
    }
}

/// A number from 0 to 1 that differs from Pod to Pod and from time to time.
pub(super) fn chance(now: Instant) -> f64 {
    let bits = RandomState::new().hash_one(now) >> 32;
    f64::from(u32::try_from(bits).unwrap_or(0)) / f64::from(u32::MAX)
}

/// The end of the work, if there is any.
pub(super) async fn finished(work: &mut Option<Work>) -> Result<Finished, JoinError> {
    match work {
        Some(work) => work.finished().await,
        None => pending().await,
    }
}
