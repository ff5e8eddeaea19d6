//! The standing Jobs as the queue sees them: which take documents, and which have to end.

use std::{collections::HashSet, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use super::{
    JobIdentity, JobState, StandingJob,
    task::{QueueTask, full_name},
};
use crate::{
    apply, clock,
    handover::JobRef,
    observe::{ObservedJob, ObservedPod},
    policy::start::{self, StartProblem},
};

/// A Job that holds nothing, and has not ended so long after its Pod was told to, has a Pod that does not listen, or none.
const DRAIN_LIMIT: Duration = Duration::from_secs(15);
/// A Pod that has not asked for so long is handed nothing.
const DEAF_AFTER: Duration = Duration::from_secs(2 * crds::assignment::MAX_WAIT_SECONDS + 5);

impl QueueTask {
    /// What a standing Job is to the queue.
    pub(super) fn standing(
        &mut self,
        job: &ObservedJob,
        pods: &[ObservedPod],
        holds: &HashSet<JobRef>,
        now: Timestamp,
    ) -> StandingJob {
        let reference = (job.namespace.clone(), job.name.clone());
        let of_job = |pod: &&ObservedPod| pod.job_uid == job.uid && !pod.ended;
        let pod = pods.iter().find(of_job);
        let table = self.context.handover.table();
        let monotonic = clock::monotonic();
        let quiet_for = table.quiet_for(&reference, monotonic);
        // The kubelet's word that it runs comes later than its own first request.
        let is_running = quiet_for.is_some();
        let is_ending = pod.is_some_and(|pod| pod.gone_by.is_some() || pod.disrupted.is_some())
            || (pod.is_none() && pods.iter().any(|pod| pod.job_uid == job.uid));
        let settings = &self.context.settings;
        let is_worn = table.is_retiring(&reference)
            || quiet_for.is_some_and(|quiet| quiet > DEAF_AFTER)
            || now.duration_since(job.created) > settings.standing.max_age;
        drop(table);
        let problem = pod
            .filter(|_| !is_running)
            .and_then(|pod| start::problem(pod, &settings.timeouts, now));
        // One that finds no room waits for it with all it was handed; so does one whose image is pulled.
        let does_not_start = matches!(problem, Some(StartProblem::Failed(_) | StartProblem::Slow(_)));
        if is_worn || matches!(problem, Some(StartProblem::Failed(_))) {
            self.drain(&reference);
        }
        let idle_since = if holds.contains(&reference) {
            self.idle_since.remove(&reference);
            None
        } else {
            Some(*self.idle_since.entry(reference.clone()).or_insert(now))
        };
        StandingJob {
            name: full_name(&job.namespace, &job.name),
            identity: JobIdentity(job.identity.as_str().into()),
            queue: job.queue.as_str().into(),
            accepts: !is_ending && !does_not_start && !self.draining.contains(&reference),
            state: if is_running {
                JobState::Running {
                    since: job.created,
                    idle_since,
                }
            } else {
                JobState::Starting { since: job.created }
            },
        }
    }

    /// Has a standing Job end when it holds nothing any more.
    pub(super) fn drain(&self, job: &JobRef) {
        if self.draining.begin(job, clock::monotonic()) {
            info!(namespace = job.0, job = job.1, "draining a standing Job");
            self.context.handover.changed(job);
        }
    }

    /// Ends a Job that holds nothing and whose Pod does not end by itself: one that never started, or has stopped to listen.
    pub(super) fn end_if_overdue(&self, job: &ObservedJob, now: Timestamp) {
        let reference = (job.namespace.clone(), job.name.clone());
        // A Pod that has just ended its last document is given time to end by itself, so that its log is kept.
        let idle_since = self.idle_since.get(&reference);
        let limit = SignedDuration::try_from(DRAIN_LIMIT).unwrap_or(SignedDuration::MAX);
        if idle_since.is_none_or(|since| now.duration_since(*since) < limit) {
            return;
        }
        if !self
            .draining
            .is_overdue(&reference, DRAIN_LIMIT, clock::monotonic())
        {
            return;
        }
        let (context, uid) = (self.context.clone(), job.uid.clone());
        tokio::spawn(async move {
            let (namespace, name) = reference;
            info!(
                namespace,
                job = name,
                "deleting a standing Job that does not end by itself"
            );
            if let Err(error) = apply::delete_job(&context, &namespace, &name, &uid).await {
                warn!(namespace, job = name, %error, "unable to delete a standing Job; it is tried again");
            }
        });
    }
}
