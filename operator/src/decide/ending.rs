//! It was cancelled or suspended, has a report, is invalid, or its attempt failed.

use crds::{Failure, Phase, Reason, resources};
use jiff::SignedDuration;
use kube::ResourceExt;

use super::Decider;
use crate::{
    clock,
    conditions::ConditionUpdate,
    decision::{Action, Decision, TurnOutcome},
    handover::table::Holding,
    observe::Holder,
    policy::{
        memory,
        report::{self, CheckedReport},
        retry,
    },
    validate::Invalid,
};

/// How soon it is looked again while a Pod is ending.
pub(super) const ENDING_LOOK: SignedDuration = SignedDuration::from_millis(250);
/// A Pod that has not let go of a document for so long is ended, with all it holds.
const PATIENCE: SignedDuration = SignedDuration::from_millis(2500);
/// A Pod that may hold it, as nobody has heard of it since the leader changed, is given longer to ask.
const PATIENCE_WITH_UNKNOWN: SignedDuration = SignedDuration::from_secs(45);
/// A Job that was decided can be seen after so long, or is not made.
const JOB_APPEARS: SignedDuration = SignedDuration::from_secs(2);
/// How soon it is looked again for a source that is not there.
const SOURCE_LOOK: SignedDuration = SignedDuration::from_secs(2);

impl Decider<'_> {
    /// Cancelled is said once it is certain that nothing works on it any more.
    pub(super) fn cancelled(mut self) -> Decision {
        if let Some(actions) = self.before_a_pod() {
            let update = ConditionUpdate::new(
                Phase::Processing,
                "Cancelling",
                "cancelling: its Job, which has no Pod yet, is ended",
            );
            return self.update(&update, actions, Some(ENDING_LOOK));
        }
        if self.observed.holders.is_empty() {
            let failure = Failure::new(Reason::Cancelled, "it was cancelled", None);
            let actions = self.end_own_jobs();
            return self.end(Phase::Cancelled, &failure, actions);
        }
        let actions = self.end_holders();
        self.unassign();
        let message = format!("cancelling: {} is letting go of it", self.holder_names());
        let update = ConditionUpdate::new(Phase::Processing, "Cancelling", message);
        self.update(&update, actions, Some(ENDING_LOOK))
    }

    /// What ends its Job, where that may yet make a Pod which begins with this very document. Until it is gone, nothing is certain.
    fn before_a_pod(&self) -> Option<Vec<Action>> {
        let job_name = self.status.job_name.as_deref()?;
        if !self.observed.pods.is_empty() {
            return None;
        }
        if let Some(job) = &self.observed.job {
            let makes_a_pod = job.first_uid == self.uid() && job.end.is_none();
            let delete = (!job.deleting).then(|| super::working::delete(job));
            return makes_a_pod.then(|| delete.into_iter().collect());
        }
        let (attempt, tries) = (self.status.attempt?, self.status.tries?);
        let is_own = job_name == crds::job::name(&self.uid(), attempt, tries);
        let assigned = self.status.attempt_start_time.as_ref()?.0;
        // It was just decided: the pass that makes it, or the leader before this one, may be at it.
        let is_new = !self.observed.job_was_seen && self.now.duration_since(assigned) < JOB_APPEARS;
        (is_own && is_new).then(Vec::new)
    }

    pub(super) fn suspended(mut self) -> Decision {
        let actions = self.end_holders();
        let requeue_after = (!self.observed.holders.is_empty()).then_some(ENDING_LOOK);
        self.unassign();
        // The time that the cluster has for a refusal does not run on; what has failed has failed all the same.
        self.status.refused_since = None;
        let update = ConditionUpdate::new(
            Phase::Queued,
            "Suspended",
            "it is suspended: set spec.suspend to false to go on",
        );
        self.update(&update, actions, requeue_after)
    }

    /// The report of the current attempt, checked. Between two attempts the report of the last is still there, and dealt with.
    pub(super) fn report(&self, encoding_prefix: &str) -> Option<CheckedReport> {
        let attempt = self.status.attempt.filter(|attempt| *attempt > 0)?;
        if self.status.retry_time.is_some() || self.status.job_name.is_none() {
            return None;
        }
        let status = self.encoding.status.as_ref()?;
        report::check(status.report.as_ref(), attempt, encoding_prefix)
    }

    pub(super) fn reported(mut self, report: CheckedReport) -> Decision {
        match report {
            CheckedReport::Result(result) => {
                let message = format!("encoded: {}", result.in_words());
                self.status.result = Some(result);
                self.status.failure = None;
                self.status.refused_since = None;
                self.status.queue_position = None;
                self.status.estimated_start_time = None;
                self.status.completion_time = Some(clock::stored(self.now));
                let update = ConditionUpdate::new(Phase::Ready, "Encoded", message);
                let hold = self.add_finalizer().into_iter().collect();
                self.update(&update, hold, None)
            }
            // The Pod that has reported ends by itself, and its log is kept for a while.
            CheckedReport::Failure(failure) => self.attempt_failed(failure, Vec::new()),
        }
    }

    pub(super) fn invalid(self, invalid: &Invalid) -> Decision {
        let actions = self.end_own_jobs();
        self.end(Phase::Failed, &invalid.failure(), actions)
    }

    /// A source may appear a moment later, as where several objects are applied together.
    pub(super) fn source_absent(mut self, invalid: &Invalid) -> Decision {
        let created = self.encoding.creation_timestamp().map_or(self.now, |time| time.0);
        let left = self.settings.timeouts.source - self.now.duration_since(created);
        if !left.is_positive() {
            return self.invalid(invalid);
        }
        let look = SOURCE_LOOK.min(left);
        let postponed = TurnOutcome::Postponed(self.now + look);
        let message = format!(
            "{invalid}: it is waited for, for {} s at most",
            self.settings.timeouts.source.as_secs()
        );
        let update = ConditionUpdate::new(Phase::Pending, Reason::SourceNotFound.as_str(), message);
        self.unassign();
        Decision {
            turn: postponed,
            ..self.update(&update, Vec::new(), Some(look))
        }
    }

    /// The attempt is over, and what it held is let go of. Another follows, or the document has failed.
    pub(super) fn attempt_failed(mut self, failure: Failure, actions: Vec<Action>) -> Decision {
        let attempt = self.status.attempt.unwrap_or(1);
        let first = self.settings.retry_delay;
        let Some(pause) = retry::pause(&failure, attempt, self.encoding.spec.max_attempts, first) else {
            return self.end(Phase::Failed, &failure, actions);
        };
        self.unassign();
        self.status.refused_since = None;
        if let Some(last) = self.status.memory.as_ref().and_then(resources::bytes) {
            // Now, while it is known what it failed for: other failures may follow before the next attempt begins.
            let next = memory::next(last, failure.reason, self.settings.encoder.memory_cap);
            self.status.memory = Some(resources::quantity(next));
        }
        self.status.retry_time = Some(clock::stored(self.now + pause));
        let message = format!(
            "attempt {attempt} failed and will be followed by another: {}",
            failure.message
        );
        let update = ConditionUpdate::new(Phase::Pending, failure.reason.as_str(), message);
        self.status.failure = Some(failure);
        self.update(&update, actions, Some(pause))
    }

    /// The end without a result. The Job's name stays, so that its log is found; what an encoder says now is not taken any more.
    pub(super) fn end(mut self, phase: Phase, failure: &Failure, actions: Vec<Action>) -> Decision {
        let actions = self.add_finalizer().into_iter().chain(actions).collect();
        self.status.failure = Some(failure.clone());
        self.status.retry_time = None;
        self.status.refused_since = None;
        self.status.queue_position = None;
        self.status.estimated_start_time = None;
        self.status.completion_time = Some(clock::stored(self.now));
        let update = ConditionUpdate::new(phase, failure.reason.as_str(), failure.message.clone());
        self.update(&update, actions, None)
    }

    /// Ends the Jobs of this document alone at once, and those of others that do not let go of it.
    pub(super) fn end_holders(&self) -> Vec<Action> {
        let mut actions = self.end_own_jobs();
        if let Some(held_for) = self.observed.held_for {
            let is_stuck = |holder: &&Holder| {
                let patience = if holder.holding == Holding::Maybe {
                    PATIENCE
                } else {
                    PATIENCE_WITH_UNKNOWN
                };
                holder.pod.gone_by.is_none() && !holder.pod.job_uid.is_empty() && held_for >= patience
            };
            let stuck = self.observed.holders.iter().filter(is_stuck);
            let jobs = stuck.map(|Holder { pod, .. }| Action::DeleteJob {
                name: pod.job_name.clone(),
                uid: pod.job_uid.clone(),
            });
            for job in jobs {
                if !actions.contains(&job) {
                    actions.push(job);
                }
            }
        }
        actions
    }

    /// The Pods that still may work on it, for a person.
    pub(super) fn holder_names(&self) -> String {
        let names: Vec<&str> = self
            .observed
            .holders
            .iter()
            .map(|holder| holder.pod.name.as_str())
            .collect();
        format!("the Pod {}", names.join(", "))
    }
}
