//! No encoder is assigned: may one be, now.

use crds::{Failure, Phase, Reason, resources};
use jiff::SignedDuration;

use super::{Decider, ending::ENDING_LOOK, working::ASSIGNED};
use crate::{
    clock,
    conditions::ConditionUpdate,
    decision::{Action, Decision, JobPlan, TurnOutcome},
    policy::{job_key, memory},
    queue::{Turn, Wait, WaitReason},
    validate::ValidatedEncoding,
};

impl Decider<'_> {
    pub(super) fn waiting(mut self, validated: &ValidatedEncoding) -> Decision {
        if let Some(time) = &self.status.retry_time {
            let left = time.0.duration_since(self.now);
            if left.is_positive() {
                return Decision::unchanged(Some(left));
            }
        }
        if let Some(failure) = self
            .status
            .failure
            .clone()
            .filter(|_| self.status.refused_since.is_some() && self.observed.is_blocked)
            && let Some(ended) = self.refusal_over(&failure)
        {
            return ended;
        }
        if !self.observed.holders.is_empty() {
            return self.held_by_others();
        }
        match self.observed.turn.clone() {
            None => self.no_turn_yet(),
            Some(Turn::Wait(wait)) => self.waits(&wait),
            Some(Turn::StartJob) => {
                if let Some((until, message)) = self.observed.blocked.clone() {
                    return self.blocked(until, message);
                }
                self.begin(validated, None)
            }
            Some(Turn::HandTo { job }) => self.begin(validated, Some(job.to_string())),
        }
    }

    /// The cluster has just refused a Job in this namespace: this document waits for the same, and says so.
    fn blocked(mut self, until: jiff::Timestamp, message: String) -> Decision {
        self.status
            .refused_since
            .get_or_insert_with(|| clock::stored(self.now));
        self.status.failure = Some(Failure::new(Reason::QuotaDenied, message.clone(), None));
        self.unassign();
        let look = until.duration_since(self.now);
        let update = ConditionUpdate::new(Phase::Pending, Reason::QuotaDenied.as_str(), message);
        Decision {
            turn: TurnOutcome::Postponed(until),
            ..self.update(&update, Vec::new(), Some(look))
        }
    }

    /// The next try begins when no Pod of an earlier one may work on it any more.
    fn held_by_others(self) -> Decision {
        let actions = self.end_holders();
        let turn = TurnOutcome::Postponed(self.now + ENDING_LOOK);
        let look = Some(ENDING_LOOK);
        if self.has_reason("Suspended") {
            let message = format!("it goes on when {} has let go of it", self.holder_names());
            let update = ConditionUpdate::new(Phase::Queued, "Queued", message);
            return Decision {
                turn,
                ..self.update(&update, actions, look)
            };
        }
        Decision {
            actions,
            turn,
            requeue_after: look,
            ..Decision::default()
        }
    }

    /// The queue has not spoken yet. What stood there while it was suspended stands no more.
    fn no_turn_yet(self) -> Decision {
        if self.has_reason("Suspended") {
            let update = ConditionUpdate::new(Phase::Queued, "Queued", "it waits for its turn");
            return self.update(&update, Vec::new(), None);
        }
        Decision::unchanged(self.refusal_left())
    }

    /// What is left of the time that the cluster has for a refusal.
    fn refusal_left(&self) -> Option<SignedDuration> {
        let since = self.status.refused_since.as_ref()?.0;
        let left = self.settings.timeouts.refusal - self.now.duration_since(since);
        Some(left.max(SignedDuration::from_secs(1)))
    }

    fn waits(mut self, wait: &Wait) -> Decision {
        self.status.queue_position = Some(wait.position);
        self.status.estimated_start_time = wait.estimated_start.map(clock::stored);
        if let (Some(left), Some(failure)) = (self.refusal_left(), self.status.failure.clone())
            && self.observed.is_blocked
        {
            // The cluster's own words are worth more than the queue's.
            let update = ConditionUpdate::new(Phase::Pending, failure.reason.as_str(), failure.message);
            return self.update(&update, Vec::new(), Some(left));
        }
        // The queue is what it waits for now, and the time that the cluster has for a refusal does not run on.
        if self.status.refused_since.take().is_some() {
            self.status.failure = None;
        }
        let message = format!(
            "it waits for its turn: {}",
            words(wait.reason, &self.encoding.spec.queue)
        );
        self.update(
            &ConditionUpdate::new(Phase::Queued, "Queued", message),
            Vec::new(),
            None,
        )
    }

    /// Says who works for it, before anything exists that could; then the Job is made, where it is not there.
    fn begin(mut self, validated: &ValidatedEncoding, handed_to: Option<String>) -> Decision {
        let memory = memory::of_next_try(
            &self.status,
            validated.resources.memory,
            self.observed.learned_memory,
            self.settings.encoder.memory_cap,
        );
        let standing = self.is_shareable(validated);
        let next = job_key::next(&self.status);
        let own_name = crds::job::name(&self.uid(), next.attempt, next.tries);
        let is_handed = handed_to.is_some();
        let now = clock::stored(self.now);
        self.status.attempt = Some(next.attempt);
        self.status.tries = Some(next.tries);
        self.status.disruptions = Some(next.disruptions);
        self.status.memory = Some(resources::quantity(memory));
        self.status.start_time.get_or_insert_with(|| now.clone());
        self.status.attempt_start_time = Some(now);
        self.status.retry_time = None;
        self.status.queue_position = None;
        self.status.estimated_start_time = None;
        self.status.job_name = Some(handed_to.unwrap_or_else(|| own_name.clone()));
        let mut actions: Vec<Action> = self.add_finalizer().into_iter().collect();
        if !is_handed {
            actions.push(Action::CreateJob(JobPlan {
                name: own_name,
                key: next,
                memory,
                standing,
            }));
        }
        let look = Some(self.settings.timeouts.start.min(SignedDuration::from_secs(30)));
        let update = ConditionUpdate::new(Phase::Processing, ASSIGNED, self.assigned_message());
        self.update(&update, actions, look)
    }
}

fn words(reason: WaitReason, queue: &str) -> String {
    match reason {
        WaitReason::QueueLimit { limit } => {
            format!("the queue {queue} has as many documents at work as it may have, which is {limit}")
        }
        WaitReason::GlobalLimit => "as many documents are at work as may be over all queues".to_owned(),
        WaitReason::JobLimit => "there are as many Jobs as may be".to_owned(),
        WaitReason::JobBusy => "the encoders for its owner have enough to do".to_owned(),
        WaitReason::JobStarting => "an encoder for its owner is starting".to_owned(),
    }
}
