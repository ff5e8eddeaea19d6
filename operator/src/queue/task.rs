//! The one task that runs queue passes: it reads the stores, decides, and wakes the passes over those whose turn has come.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{sync::Notify, time};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::{
    Document, DocumentState, JobState, Plan, RateLimit, Served, Snapshot, StandingJob, Turn,
    candidates::{Candidate, Candidates},
    is_news,
    measured::Measured,
};
use crate::{clock, context::Context, handover::JobRef, standing::Draining, validate::Surroundings};

/// The shortest time between two passes: what arrives together is decided together.
const DEBOUNCE: Duration = Duration::from_millis(8);
/// A pass is followed by a pause of so many times what it took, so that the queue takes no more than a tenth of a processor however long it is.
const PAUSES: u32 = 9;
/// The longest such pause: shorter than what a Pod is handed ahead keeps it busy.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
/// A pass is due after so long even if nothing happens.
const IDLE_LOOK: Duration = Duration::from_secs(5);
/// A document's place is written after it has waited for so long, and again not before as long has passed.
const POSITION_INTERVAL: SignedDuration = SignedDuration::from_secs(3);
const POSITION_AGAIN: SignedDuration = SignedDuration::from_secs(10);
/// So many places are written a second, over all.
const POSITIONS_PER_SECOND: f64 = 4.0;

/// What the task keeps from one pass to the next.
pub struct QueueTask {
    pub(super) context: Arc<Context>,
    wake: Arc<Notify>,
    measured: Arc<Measured>,
    pub(super) draining: Arc<Draining>,
    /// The limits where nodes have no room: nobody gets a second Job.
    limits_without_room: super::Settings,
    candidates: Candidates,
    served: Served,
    positions: RateLimit,
    shown: HashMap<Arc<str>, Shown>,
    pub(super) idle_since: HashMap<JobRef, Timestamp>,
}

/// What was last said of a document's place.
#[derive(Clone, Copy, Debug)]
struct Shown {
    position: Option<u32>,
    at: Timestamp,
}

impl QueueTask {
    /// A task that runs when it is woken so.
    pub fn new(
        context: Arc<Context>,
        wake: Arc<Notify>,
        measured: Arc<Measured>,
        draining: Arc<Draining>,
    ) -> Self {
        let mut limits_without_room = context.settings.limits.clone();
        for queue in limits_without_room.queues.values_mut() {
            queue.max_jobs_per_identity = 1;
        }
        Self {
            context,
            wake,
            measured,
            draining,
            limits_without_room,
            candidates: Candidates::default(),
            served: Served::default(),
            positions: RateLimit::new(POSITIONS_PER_SECOND, 8),
            shown: HashMap::new(),
            idle_since: HashMap::new(),
        }
    }

    /// Runs passes until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut wait = Duration::ZERO;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wake.notified() => {}
                () = time::sleep(wait) => {}
            }
            let (now, began) = (clock::now(), clock::monotonic());
            let plan = self.pass(now);
            let took = clock::monotonic().saturating_duration_since(began);
            let due = plan.requeue_at.map(|at| at.duration_since(now).unsigned_abs());
            wait = due.unwrap_or(IDLE_LOOK).clamp(DEBOUNCE, IDLE_LOOK);
            time::sleep((took * PAUSES).clamp(DEBOUNCE, LONGEST_PAUSE)).await;
        }
    }

    fn pass(&mut self, now: Timestamp) -> Plan {
        let context = self.context.clone();
        let began = clock::monotonic();
        let candidates = self.candidates();
        let snapshot = self.snapshot(&candidates, now);
        let plan = if context.no_room.is_on(now) {
            super::pass(&snapshot, &self.limits_without_room, now)
        } else {
            super::pass(&snapshot, &context.settings.limits, now)
        };
        self.served = plan.served.clone();
        let by_uid: HashMap<&str, &Candidate> = candidates
            .iter()
            .map(|each| (&*each.document.uid, each))
            .collect();
        for (uid, turn) in &plan.turns {
            let Some(candidate) = by_uid.get(&**uid) else {
                continue;
            };
            self.tell(candidate, turn, now);
        }
        for job in plan.retire.iter().filter_map(|name| split(name)) {
            self.drain(&(job.0.to_owned(), job.1.to_owned()));
        }
        self.shown.retain(|uid, _| by_uid.contains_key(&**uid));
        context.metrics.queue(
            &snapshot,
            &plan,
            clock::monotonic().saturating_duration_since(began),
        );
        plan
    }

    /// All documents that somebody works for, or may.
    fn candidates(&mut self) -> Vec<Candidate> {
        let context = self.context.clone();
        let all = context.stores.unfinished.all();
        let mut labels: HashMap<String, Surroundings> = HashMap::new();
        let candidates = all
            .iter()
            .filter_map(|encoding| {
                let namespace = encoding.metadata.namespace.clone().unwrap_or_default();
                let surroundings = labels
                    .entry(namespace)
                    .or_insert_with_key(|namespace| Surroundings {
                        namespace_labels: context
                            .stores
                            .known_namespace_labels(namespace)
                            .unwrap_or_default(),
                        ..Surroundings::default()
                    });
                let learned = context.ladder.learned(encoding);
                self.candidates
                    .of(encoding, surroundings, learned, &context.settings)
            })
            .collect();
        let uids: HashSet<&str> = all
            .iter()
            .filter_map(|encoding| encoding.metadata.uid.as_deref())
            .collect();
        self.candidates.retain(|uid| uids.contains(uid));
        candidates
    }

    fn snapshot(&mut self, candidates: &[Candidate], now: Timestamp) -> Snapshot {
        let turns = &self.context.turns;
        let mut documents = Vec::with_capacity(candidates.len());
        // Jobs that were decided and are not in the store yet.
        let mut decided: HashMap<Arc<str>, StandingJob> = HashMap::new();
        let mut holds: HashSet<JobRef> = HashSet::new();
        for candidate in candidates {
            let uid = &*candidate.document.uid;
            let assigned = match &candidate.job {
                Some(job) => {
                    turns.take(uid);
                    Some(job.clone())
                }
                None => turns.reserved(uid, now),
            };
            let mut document = candidate.document.clone();
            if let Some(job) = assigned {
                let full = full_name(&candidate.namespace, &job);
                holds.insert((candidate.namespace.to_string(), job.to_string()));
                if document.shareable && candidate.own_job == job {
                    decided.insert(full.clone(), starting(&full, &document, now));
                }
                document.state = DocumentState::Assigned { job: full };
            } else {
                let is_early = candidate.not_before.is_some_and(|time| time > now);
                if is_early || turns.postponed(uid, now).is_some() {
                    continue;
                }
            }
            documents.push(document);
        }
        let pods = self.context.stores.all_pods();
        let mut jobs: HashMap<Arc<str>, StandingJob> = decided;
        for job in self.context.stores.jobs() {
            if holds.contains(&(job.namespace.clone(), job.name.clone())) {
                self.context.seen_jobs.note(&job.namespace, &job.name);
            }
            let full = full_name(&job.namespace, &job.name);
            jobs.remove(&full);
            if job.standing && job.end.is_none() && !job.deleting {
                let standing = self.standing(&job, &pods, &holds, now);
                jobs.insert(full, standing);
                if !holds.contains(&(job.namespace.clone(), job.name.clone())) {
                    self.end_if_overdue(&job, now);
                }
            }
        }
        self.context.seen_jobs.retain(|job| holds.contains(job));
        let known: HashSet<JobRef> = jobs
            .keys()
            .filter_map(|name| split(name))
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .collect();
        self.idle_since.retain(|job, _| known.contains(job));
        self.draining.retain(|job| known.contains(job));
        Snapshot {
            documents,
            jobs: jobs.into_values().collect(),
            rates: self.measured.rates(),
            served: self.served.clone(),
        }
    }

    /// Tells a document what was decided, where that is worth a pass.
    fn tell(&mut self, candidate: &Candidate, turn: &Turn, now: Timestamp) {
        let uid = &candidate.document.uid;
        let job = match turn {
            Turn::StartJob => Some(candidate.own_job.clone()),
            Turn::HandTo { job } => split(job).map(|(_, name)| name.into()),
            Turn::Wait(wait) => {
                let before = self.shown.entry(uid.clone()).or_insert(Shown {
                    position: None,
                    at: candidate.document.created,
                });
                let interval = if before.position.is_some() {
                    POSITION_AGAIN
                } else {
                    POSITION_INTERVAL
                };
                if !is_news(before.position, wait.position, Some(before.at), now, interval)
                    || !self.positions.try_accept(now)
                {
                    return;
                }
                *before = Shown {
                    position: Some(wait.position),
                    at: now,
                };
                None
            }
        };
        let told = match (turn, &job) {
            // A pass knows Jobs by their names within its namespace.
            (Turn::HandTo { .. }, Some(job)) => Turn::HandTo { job: job.clone() },
            (other, _) => other.clone(),
        };
        debug!(document = %candidate.document.name, turn = ?told, "the queue has decided");
        self.context.turns.give(uid, told, job, now);
        self.context.waker.wake_uid(uid);
    }
}

/// A Job that was decided a moment ago, for a document that others may follow to it.
fn starting(full: &Arc<str>, document: &Document, now: Timestamp) -> StandingJob {
    StandingJob {
        name: full.clone(),
        identity: document.identity.clone(),
        queue: document.queue.clone(),
        // Where the cluster refuses it, those that were handed to it are given back.
        accepts: true,
        state: JobState::Starting { since: now },
    }
}

/// A Job's name with its namespace: names alone are unique only within one.
pub(super) fn full_name(namespace: &str, job: &str) -> Arc<str> {
    format!("{namespace}/{job}").into()
}

fn split(full: &str) -> Option<(&str, &str)> {
    full.split_once('/')
}
