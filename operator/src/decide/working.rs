//! An encoder is assigned: what became of it.

use crds::{AssignmentKey, Failure, Phase, Reason};
use jiff::SignedDuration;

use super::Decider;
use crate::{
    conditions::ConditionUpdate,
    decision::{Action, Decision, JobPlan, TurnOutcome},
    observe::ObservedJob,
    policy::{
        job_key::JobKey,
        retry,
        start::StartProblem,
        verdict::{Case, Verdict, judge},
    },
    validate::ValidatedEncoding,
};

/// The reason of the conditions while an encoder works.
pub(super) const ASSIGNED: &str = "Assigned";
/// The reason of the conditions while the Pod should have started, and has not.
const NOT_STARTED: &str = "NotStarted";
/// An attempt is begun anew at most so often, whatever the reasons.
const MAX_TRIES: u32 = 1000;
/// After so many tries of an attempt the next waits a moment.
const TRIES_AT_ONCE: u32 = 3;
/// The pause before a try that follows many, and the first after a disruption; that one doubles.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);
/// The longest pause after a disruption.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_secs(60);

impl Decider<'_> {
    pub(super) fn working(self, validated: &ValidatedEncoding) -> Decision {
        let job_key = self.job_key();
        let key = self.key();
        let own_name = crds::job::name(&self.uid(), key.attempt, key.tries);
        let case = Case {
            key: &key,
            is_own_job: self.status.job_name.as_deref() == Some(&own_name),
            job: self.observed.job.as_ref(),
            job_was_seen: self.observed.job_was_seen,
            pods: &self.observed.pods,
            failed_create: self.observed.failed_create.as_deref(),
            work: &self.observed.work,
            timeout_seconds: validated.timeout_seconds,
            assigned_for: self
                .status
                .attempt_start_time
                .as_ref()
                .map_or(SignedDuration::ZERO, |time| self.now.duration_since(time.0)),
        };
        match judge(&case, &self.settings.timeouts, self.now) {
            Verdict::NotCreated => self.create_job(own_name, job_key, validated),
            Verdict::Foreign(why) | Verdict::Returned(why) => self.given_back(&why),
            Verdict::Runs(look) => self.goes_on(look),
            Verdict::Starts(problem, look) => self.starts(problem, look),
            Verdict::Disrupted(why) => self.disrupted(&why),
            Verdict::Failed(failure) => {
                let failure = self.naming_the_job(failure);
                self.attempt_failed(failure, Vec::new())
            }
            Verdict::Overdue(failure) => {
                let actions = self.end_overdue();
                let failure = self.naming_the_job(failure);
                self.attempt_failed(failure, actions)
            }
        }
    }

    /// What the status says of the current try.
    fn job_key(&self) -> JobKey {
        JobKey {
            attempt: self.status.attempt.unwrap_or(0),
            tries: self.status.tries.unwrap_or(0),
            disruptions: self.status.disruptions.unwrap_or(0),
        }
    }

    fn key(&self) -> AssignmentKey {
        AssignmentKey {
            uid: self.uid(),
            attempt: self.status.attempt.unwrap_or(0),
            tries: self.status.tries.unwrap_or(0),
        }
    }

    /// The status says that there is a Job, and there is none yet: the pass that wrote it was cut off, or this is the one after it.
    fn create_job(self, name: String, key: JobKey, validated: &ValidatedEncoding) -> Decision {
        let memory = self.memory(validated);
        let plan = JobPlan {
            name,
            key,
            memory,
            standing: self.is_shareable(validated),
        };
        Decision {
            actions: self
                .add_finalizer()
                .into_iter()
                .chain([Action::CreateJob(plan)])
                .collect(),
            requeue_after: Some(self.settings.timeouts.start),
            ..Decision::default()
        }
    }

    /// What keeps the Pod from starting is told, and that it does not any more.
    fn goes_on(mut self, look: SignedDuration) -> Decision {
        if self.status.refused_since.is_none() && self.has_reason(ASSIGNED) {
            return Decision::unchanged(Some(look));
        }
        let has_no_pod =
            self.observed.pods.is_empty() && self.observed.job.as_ref().is_some_and(ObservedJob::lacks_a_pod);
        if self.status.refused_since.is_some() && has_no_pod {
            // Whether the cluster still refuses is seen when there is a Pod, or the Job controller says why there is none.
            return Decision::unchanged(Some(look));
        }
        self.status.refused_since = None;
        self.status.failure = None;
        let update = ConditionUpdate::new(Phase::Processing, ASSIGNED, self.assigned_message());
        self.update(&update, Vec::new(), Some(look))
    }

    pub(super) fn assigned_message(&self) -> String {
        format!(
            "the Job {} encodes it",
            self.status.job_name.as_deref().unwrap_or_default()
        )
    }

    fn starts(self, problem: Option<StartProblem>, look: SignedDuration) -> Decision {
        match problem {
            None => self.goes_on(look),
            Some(StartProblem::Failed(failure)) => self.never_starts(failure),
            Some(StartProblem::Refused(failure)) => self.pod_refused(failure, look),
            Some(StartProblem::Slow(why)) if self.others_take_it() => self.withdrawn(&why),
            Some(StartProblem::Slow(why)) => {
                let job_name = self.status.job_name.clone().unwrap_or_default();
                let message = format!("the Job {job_name} has not started to encode it: {why}");
                self.update(
                    &ConditionUpdate::new(Phase::Processing, NOT_STARTED, message),
                    Vec::new(),
                    Some(look),
                )
            }
        }
    }

    /// The Job's Pod will never start. That ends the attempt of the document it was made for; others that were handed to it are as good as new.
    fn never_starts(self, failure: Failure) -> Decision {
        let job = self.observed.job.as_ref().filter(|job| job.standing);
        let is_guest = job.is_some_and(|job| job.first_uid != self.uid());
        let delete = job.map(delete);
        let actions = self.end_own_jobs().into_iter().chain(delete).collect();
        if is_guest {
            let decision = self.given_back(&failure.message);
            return Decision { actions, ..decision };
        }
        let failure = self.naming_the_job(failure);
        self.attempt_failed(failure, actions)
    }

    /// Nothing was done for it, so nothing is lost: it waits again, and keeps its place by its age.
    pub(super) fn given_back(mut self, why: &str) -> Decision {
        let tries = self.status.tries.unwrap_or(0);
        if tries >= MAX_TRIES {
            let message =
                format!("it was given to {MAX_TRIES} encoders and none took it, the last time: {why}");
            return self.attempt_failed(Failure::new(Reason::EncoderCrashed, message, None), Vec::new());
        }
        self.unassign();
        self.status.refused_since = None;
        let message = format!("it waits for its turn again: {why}");
        let update = ConditionUpdate::new(Phase::Queued, "GivenBack", message);
        let pause = (tries >= TRIES_AT_ONCE).then_some(PAUSE);
        Decision {
            turn: pause.map_or(TurnOutcome::Kept, |pause| {
                TurnOutcome::Postponed(self.now + pause)
            }),
            ..self.update(&update, Vec::new(), pause)
        }
    }

    /// The same attempt is begun anew after a pause, and no other Pod may work on it by then.
    fn disrupted(mut self, why: &str) -> Decision {
        let disruptions = self.status.disruptions.unwrap_or(0) + 1;
        if disruptions > retry::MAX_DISRUPTIONS {
            let message = format!("the attempt was disrupted {disruptions} times, the last time: {why}");
            return self.attempt_failed(Failure::new(Reason::Evicted, message, None), Vec::new());
        }
        let actions = self.end_own_jobs();
        self.unassign();
        self.status.refused_since = None;
        self.status.disruptions = Some(disruptions);
        let factor = 2_i32.saturating_pow(disruptions.saturating_sub(1));
        let pause = PAUSE.saturating_mul(factor).min(LONGEST_PAUSE);
        let message = format!("the attempt was disrupted and begins anew: {why}");
        let update = ConditionUpdate::new(Phase::Queued, "Disrupted", message);
        Decision {
            turn: TurnOutcome::Postponed(self.now + pause),
            ..self.update(&update, actions, Some(pause))
        }
    }

    /// A Job of one document is ended; a Pod that holds others too is told to let go of this one, unless it does not listen.
    fn end_overdue(&self) -> Vec<Action> {
        let is_deaf = self
            .observed
            .work
            .quiet_for
            .is_some_and(|quiet| quiet >= self.settings.timeouts.progress);
        match &self.observed.job {
            Some(job) if is_deaf || !job.standing => vec![delete(job)],
            _ => Vec::new(),
        }
    }

    /// The failure, with where its log is.
    fn naming_the_job(&self, mut failure: Failure) -> Failure {
        if let Some(job) = &self.status.job_name {
            failure.message = format!("{} (Job {job})", failure.message)
                .chars()
                .take(1024)
                .collect();
        }
        failure
    }

    /// The memory of the last try; of the first where there was none.
    pub(super) fn memory(&self, validated: &ValidatedEncoding) -> u64 {
        self.status
            .memory
            .as_ref()
            .and_then(crds::resources::bytes)
            .unwrap_or(validated.resources.memory)
    }

    /// Whether it may be worked off by a Job that works for others too: nothing is known against it.
    pub(super) fn is_shareable(&self, validated: &ValidatedEncoding) -> bool {
        crate::policy::sharing::is_shareable(self.encoding, &validated.source, &self.status, self.settings)
    }
}

pub(super) fn delete(job: &ObservedJob) -> Action {
    Action::DeleteJob {
        name: job.name.clone(),
        uid: job.uid.clone(),
    }
}
