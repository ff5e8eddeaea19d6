//! What Pods should hold: the other side of the handing over, made of what the stores hold.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crds::{
    Assignment, AssignmentKey, DocumentEncoding, Phase,
    assignment::{AssignmentResponse, EndedOutcome, NotLeading},
};
use tokio::sync::watch;

use crate::{
    clock,
    handover::{Desired, JobRef, PodIdentity, Unassignable, table::Heard},
    job,
    leadership::{Leader, Leadership},
    memories::{EndedOutcomes, InheritedPods},
    queue::measured::Measured,
    settings::Settings,
    stores::Stores,
    validate::{self, Surroundings, source::ObservedSource},
    waker::Waker,
};

/// Jobs that take no more documents and end when they hold none.
#[derive(Debug, Default)]
pub struct Draining {
    jobs: Mutex<HashMap<JobRef, Instant>>,
}

impl Draining {
    /// A Job takes no more from now on; false where that was so before.
    pub fn begin(&self, job: &JobRef, now: Instant) -> bool {
        let mut jobs = self.lock();
        let is_new = !jobs.contains_key(job);
        if is_new {
            jobs.insert(job.clone(), now);
        }
        is_new
    }

    /// Whether a Job takes no more for so long and more; the next time is when as long has passed again.
    pub fn is_overdue(&self, job: &JobRef, limit: Duration, now: Instant) -> bool {
        let mut jobs = self.lock();
        let since = jobs.get_mut(job);
        let overdue = since.filter(|since| now.saturating_duration_since(**since) >= limit);
        overdue.map(|since| *since = now).is_some()
    }

    /// Whether a Job takes no more.
    pub fn contains(&self, job: &JobRef) -> bool {
        self.lock().contains_key(job)
    }

    /// Forgets Jobs that have ended.
    pub fn retain(&self, is_there: impl Fn(&JobRef) -> bool) {
        self.lock().retain(|job, _| is_there(job));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<JobRef, Instant>> {
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
    /// Pods that were there before this replica began to lead.
    pub inherited_pods: Arc<InheritedPods>,
    /// What ended without a report.
    pub ended: Arc<EndedOutcomes>,
    /// Whom it concerns.
    pub waker: Arc<Waker>,
}

impl DesiredAssignments {
    /// What a Pod of this Job should do for a document; `None` where nothing, any more.
    ///
    /// # Errors
    /// Where its namespace is not known yet.
    fn assignment(&self, encoding: &DocumentEncoding) -> Result<Option<Assignment>, Unassignable> {
        let Some(status) = &encoding.status else {
            return Ok(None);
        };
        let Some(attempt) = status.attempt else {
            return Ok(None);
        };
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
            return Ok(None);
        }
        let namespace = encoding.metadata.namespace.as_deref().unwrap_or_default();
        let labels = self.stores.known_namespace_labels(namespace);
        let surroundings = Surroundings {
            namespace_labels: labels.ok_or(Unassignable::NotKnownYet)?,
            source: ObservedSource::NotLookedAt,
        };
        let tries = status.tries.unwrap_or(1);
        let validated = validate::validate_assigned(encoding, &surroundings, &self.settings).ok();
        Ok(validated.map(|validated| job::assignment(encoding, &validated, attempt, tries, &self.settings)))
    }
}

impl DesiredAssignments {
    /// Whether a document is this Job's, in this very try.
    fn works_for(&self, (namespace, name): &JobRef, key: &AssignmentKey) -> bool {
        let documents = self.stores.unfinished.of_job(namespace, name);
        documents.iter().any(|encoding| {
            let status = encoding.status.as_ref();
            encoding.metadata.uid.as_ref() == Some(&key.uid)
                && status.and_then(|status| status.attempt) == Some(key.attempt)
                && status.and_then(|status| status.tries).unwrap_or(1) == key.tries
        })
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

    fn assignments(&self, job: &JobRef, pod: &PodIdentity) -> Result<AssignmentResponse, Unassignable> {
        let (namespace, name) = job;
        let of_store = self.stores.job(namespace, name).ok_or(Unassignable::NotOurs)?;
        let pods = self.stores.pods(namespace);
        let asking = pods
            .iter()
            .find(|each| each.uid == pod.uid && each.job_uid == of_store.uid)
            .ok_or(Unassignable::NotOurs)?;
        // A Job may have had a Pod before this one; only its newest works.
        let is_newest = pods
            .iter()
            .filter(|each| each.job_uid == of_store.uid && !each.ended)
            .all(|each| (each.created, &each.uid) <= (asking.created, &asking.uid));
        if !is_newest || of_store.deleting {
            return Ok(AssignmentResponse {
                assignments: Vec::new(),
                drain: true,
            });
        }
        let documents = self.stores.unfinished.of_job(namespace, name);
        let assignments: Vec<Assignment> = documents
            .iter()
            .filter_map(|encoding| self.assignment(encoding).transpose())
            .collect::<Result<_, _>>()?;
        Ok(AssignmentResponse {
            // A Job of one document ends with it.
            drain: asking.gone_by.is_some()
                || self.draining.contains(job)
                || (!of_store.standing && assignments.is_empty()),
            assignments,
        })
    }

    fn heard(&self, job: &JobRef, pod: &PodIdentity, heard: Heard) {
        let (namespace, name) = job;
        let of_store = self.stores.job(namespace, name);
        // How long ago a Pod started that was there before this process says nothing of starts.
        if heard.is_first && !self.inherited_pods.contains(&pod.uid) {
            let pods = self.stores.pods(namespace);
            if let Some(asking) = pods.iter().find(|each| each.uid == pod.uid) {
                let seconds = clock::now().duration_since(asking.created).as_secs_f64();
                let longest = self.settings.timeouts.start.as_secs_f64();
                self.measured.start(seconds.clamp(0.0, longest));
            }
        }
        for ended in &heard.ended {
            match &ended.outcome {
                EndedOutcome::Reported => {
                    if let Some(of_store) = &of_store {
                        self.measured.document(&of_store.queue, ended.seconds);
                    }
                }
                // A Pod can speak of its own documents only.
                _ if !self.works_for(job, &ended.key) => {}
                // Where the resource still names the Job, somebody who knew less than the resource has said so: it begins anew.
                EndedOutcome::Dropped | EndedOutcome::Gone => {
                    self.ended.note(&ended.key, &EndedOutcome::Dropped);
                }
                EndedOutcome::Refused(_) | EndedOutcome::Undelivered(_) => {
                    self.ended.note(&ended.key, &ended.outcome);
                }
            }
            // Somebody may wait for this Pod to let go of it.
            self.waker.wake_uid(&ended.key.uid);
        }
        if heard.has_changed {
            self.waker.wake_queue();
        }
    }
}
