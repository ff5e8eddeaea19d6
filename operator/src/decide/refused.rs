//! The cluster does not give what an encoder needs: a Job, a Pod, room, an image. It costs no attempt, and has a time limit of its own.

use crds::{Failure, Phase, Reason};
use jiff::SignedDuration;

use super::{Decider, working::delete};
use crate::{
    clock,
    conditions::ConditionUpdate,
    decision::{Action, Decision},
    policy::refusal::Refusal,
};

/// For so long no other Job is tried in a namespace where the cluster has just refused one.
const BLOCK: SignedDuration = SignedDuration::from_secs(10);
/// For so long after a Pod has found no room, owners that have a Job get no further one.
const NO_ROOM: SignedDuration = SignedDuration::from_secs(60);

impl Decider<'_> {
    /// Whether Jobs that run take what this one's Job, which does not start, was made for.
    pub(super) fn others_take_it(&self) -> bool {
        self.observed.others_run && self.observed.job.as_ref().is_some_and(|job| job.standing)
    }

    /// The Job is there, and the cluster does not give its Pod what it needs. A quota's refusal frees the place for others and is tried
    /// again a little later; for room and for an image the Pod itself waits.
    pub(super) fn pod_refused(mut self, failure: Failure, look: SignedDuration) -> Decision {
        if failure.reason == Reason::Unschedulable && self.others_take_it() {
            return self.withdrawn(&failure.message);
        }
        if let Some(ended) = self.refusal_over(&failure) {
            return ended;
        }
        let since = self
            .status
            .refused_since
            .get_or_insert_with(|| clock::stored(self.now))
            .0;
        let left = self.settings.timeouts.refusal - self.now.duration_since(since);
        let message = failure.message.clone();
        let reason = failure.reason;
        self.status.failure = Some(failure);
        if reason != Reason::QuotaDenied {
            let update = ConditionUpdate::new(Phase::Pending, reason.as_str(), message);
            return self.update(&update, Vec::new(), Some(look.min(left)));
        }
        let until = self.now + BLOCK;
        let mut actions = self.end_own_jobs();
        if let Some(delete) = self.observed.job.as_ref().map(delete)
            && !actions.contains(&delete)
        {
            actions.push(delete);
        }
        actions.push(Action::Block {
            until,
            message: message.clone(),
        });
        self.unassign();
        let update = ConditionUpdate::new(Phase::Pending, reason.as_str(), message);
        self.update(&update, actions, Some(BLOCK.min(left)))
    }

    /// A further Job does not start, and others of the same owner go on: it is better served by them.
    pub(super) fn withdrawn(self, why: &str) -> Decision {
        let delete = self.observed.job.as_ref().map(delete);
        let no_room = Action::NoRoom {
            until: self.now + NO_ROOM,
        };
        let decision = self.given_back(why);
        Decision {
            actions: delete.into_iter().chain([no_room]).collect(),
            ..decision
        }
    }

    /// The cluster did not take the Job.
    pub(super) fn job_refused(mut self, refusal: &Refusal) -> Decision {
        match refusal {
            Refusal::Invalid(why) => {
                let message = format!("what it asks for makes no Job: {why}");
                self.end(
                    Phase::Failed,
                    &Failure::new(Reason::InvalidSpec, message, None),
                    Vec::new(),
                )
            }
            Refusal::Foreign(name) => {
                let message = format!("the Job {name} belongs to another resource: the next name is tried");
                self.given_back(&message)
            }
            Refusal::Forbidden(why) => {
                let message = format!("the cluster refuses the Job: {why}");
                let failure = Failure::new(Reason::QuotaDenied, message.clone(), None);
                if let Some(ended) = self.refusal_over(&failure) {
                    return ended;
                }
                self.status
                    .refused_since
                    .get_or_insert_with(|| clock::stored(self.now));
                self.status.failure = Some(failure);
                self.unassign();
                let block = Action::Block {
                    until: self.now + BLOCK,
                    message: message.clone(),
                };
                let update = ConditionUpdate::new(Phase::Pending, Reason::QuotaDenied.as_str(), message);
                self.update(&update, vec![block], Some(BLOCK))
            }
        }
    }

    /// The end of a document that the cluster has refused something for too long.
    pub(super) fn refusal_over(&mut self, failure: &Failure) -> Option<Decision> {
        let since = self.status.refused_since.as_ref()?.0;
        let limit = self.settings.timeouts.refusal;
        if self.now.duration_since(since) < limit {
            return None;
        }
        let message = format!("{} (waited {} s for it)", failure.message, limit.as_secs());
        let failure = Failure::new(failure.reason, message, None);
        let actions = self.end_own_jobs();
        Some(
            Decider {
                status: self.status.clone(),
                ..*self
            }
            .end(Phase::Failed, &failure, actions),
        )
    }
}
