//! What Pods should hold: the other side of the handing over, made of what the stores hold.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use crds::{
    Assignment, DocumentEncoding, Phase,
    assignment::{AssignmentResponse, EndedOutcome, NotLeading},
};
use tokio::sync::watch;

use crate::{
    clock,
    handover::{Desired, JobRef, PodIdentity, table::Heard},
    job,
    leadership::{Leader, Leadership},
    memories::EndedOutcomes,
    queue::measured::Measured,
    settings::Settings,
    stores::Stores,
    validate::{self, Surroundings, source::ObservedSource},
    waker::Waker,
};

/// Jobs that take no more documents and end when they hold none.
#[derive(Debug, Default)]
pub struct Draining {
    jobs: Mutex<HashSet<JobRef>>,
}

impl Draining {
    /// A Job takes no more from now on; false where that was so before.
    pub fn begin(&self, namespace: &str, job: &str) -> bool {
        self.lock().insert((namespace.to_owned(), job.to_owned()))
    }

    /// Whether a Job takes no more.
    pub fn contains(&self, job: &JobRef) -> bool {
        self.lock().contains(job)
    }

    /// Forgets Jobs that have ended.
    pub fn retain(&self, is_there: impl Fn(&JobRef) -> bool) {
        self.lock().retain(is_there);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<JobRef>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What Pods should hold.
pub struct DesiredAssignments {
    /// What there is.
    pub stores: Arc<Stores>,
    /// How the operator was told to behave.
    pub settings: Settings,
    /// Whether this replica works.
    pub leadership: Leadership,
    /// Who works, where this replica does not.
    pub leader: watch::Receiver<Option<Leader>>,
    /// How many watches have not listed their objects: before all have, a Job that is there may look as if it were gone.
    pub unlisted: watch::Receiver<usize>,
    /// Jobs that take no more.
    pub draining: Arc<Draining>,
    /// How long things take.
    pub measured: Arc<Measured>,
    /// What ended without a report.
    pub ended: Arc<EndedOutcomes>,
    /// Whom it concerns.
    pub waker: Arc<Waker>,
}

impl DesiredAssignments {
    /// What a Pod of this Job should do for a document; `None` where nothing, any more.
    fn assignment(&self, encoding: &DocumentEncoding) -> Option<Assignment> {
        let status = encoding.status.as_ref()?;
        let attempt = status.attempt?;
        let spec = &encoding.spec;
        let is_over = status.phase != Some(Phase::Processing) && status.refused_since.is_none()
            || spec.cancelled
            || spec.suspend
            || encoding.metadata.deletion_timestamp.is_some()
            || status
                .report
                .as_ref()
                .is_some_and(|report| report.attempt == attempt);
        if is_over {
            return None;
        }
        let surroundings = Surroundings {
            namespace_labels: self
                .stores
                .known_namespace_labels(encoding.metadata.namespace.as_deref().unwrap_or_default())?,
            source: ObservedSource::NotLookedAt,
        };
        let validated = validate::validate_assigned(encoding, &surroundings, &self.settings).ok()?;
        let tries = status.tries.unwrap_or(1);
        Some(job::assignment(
            encoding,
            &validated,
            attempt,
            tries,
            &self.settings,
        ))
    }
}

impl Desired for DesiredAssignments {
    fn leads(&self) -> Result<(), NotLeading> {
        if self.leadership.holds() {
            // Pods ask again a moment later.
            let is_filled = *self.unlisted.borrow() == 0;
            return is_filled.then_some(()).ok_or(NotLeading { leader: None });
        }
        let leader = self.leader.borrow();
        let address = leader.as_ref().and_then(|leader| leader.address.clone());
        Err(NotLeading {
            leader: address.filter(|address| *address != self.settings.replica.own_address),
        })
    }

    fn assignments(&self, job: &JobRef, pod: &PodIdentity) -> Option<AssignmentResponse> {
        let (namespace, name) = job;
        let of_store = self.stores.job(namespace, name)?;
        let pods = self.stores.pods(namespace);
        let asking = pods
            .iter()
            .find(|each| each.uid == pod.uid && each.job_uid == of_store.uid)?;
        // A Job may have had a Pod before this one; only its newest works.
        let is_newest = pods
            .iter()
            .filter(|each| each.job_uid == of_store.uid && !each.ended)
            .all(|each| (each.created, &each.uid) <= (asking.created, &asking.uid));
        if !is_newest || of_store.deleting {
            return Some(AssignmentResponse {
                assignments: Vec::new(),
                drain: true,
            });
        }
        let documents = self.stores.unfinished.of_job(namespace, name);
        let assignments: Vec<Assignment> = documents
            .iter()
            .filter_map(|encoding| self.assignment(encoding))
            .collect();
        Some(AssignmentResponse {
            // A Job of one document ends with it.
            drain: asking.gone_by.is_some()
                || self.draining.contains(job)
                || (!of_store.standing && assignments.is_empty()),
            assignments,
        })
    }

    fn heard(&self, job: &JobRef, _pod: &PodIdentity, heard: Heard) {
        let (namespace, name) = job;
        let of_store = self.stores.job(namespace, name);
        if heard.is_first
            && let Some(of_store) = &of_store
        {
            let seconds = clock::now().duration_since(of_store.created).as_secs_f64();
            self.measured.start(seconds.max(0.0));
        }
        for ended in &heard.ended {
            match &ended.outcome {
                EndedOutcome::Reported => {
                    if let Some(of_store) = &of_store {
                        self.measured.document(&of_store.queue, ended.seconds);
                    }
                }
                // Where the resource still names the Job, somebody who knew less than the resource has said so: it begins anew.
                EndedOutcome::Dropped | EndedOutcome::Refused(_) | EndedOutcome::Undelivered(_) => {
                    self.ended.note(&ended.key, &ended.outcome);
                }
                EndedOutcome::Gone => {}
            }
            // Somebody may wait for this Pod to let go of it.
            self.waker.wake_uid(&ended.key.uid);
        }
        if heard.has_changed {
            self.waker.wake_queue();
        }
    }
}
