//! It is being deleted, or has finished.

use crds::condition;
use jiff::SignedDuration;

use super::Decider;
use crate::{
    decision::{Action, Decision},
    policy::retention::Finished,
};

impl Decider<'_> {
    /// Lets go of it, unless it has finished and the API has not archived it yet. No encoder works for it any more.
    pub(super) fn being_deleted(self) -> Decision {
        let held = self.retention().and_then(|finished| finished.held_for(self.now));
        let mut actions = self.end_own_jobs();
        if held.is_none() && self.has_finalizer() {
            actions.push(Action::RemoveFinalizer);
        }
        let requeue_after = held.filter(|_| self.has_finalizer());
        Decision {
            actions,
            requeue_after,
            ..Decision::default()
        }
    }

    /// An edit changes nothing of the outcome, but is observed. The finalizer stays until somebody deletes the resource, if only its own time
    /// to live: taking it off at once would be one more write for each document.
    pub(super) fn finished(self) -> Decision {
        let mut decision = Decision::default();
        let Some(finished) = self.retention() else {
            return decision;
        };
        match finished.lives_for(self.now) {
            Some(left) => decision.requeue_after = Some(left),
            None => decision.actions.push(Action::DeleteEncoding),
        }
        decision
    }

    /// What is known of a resource that has finished.
    fn retention(&self) -> Option<Finished> {
        let since = self
            .status
            .completion_time
            .as_ref()
            .filter(|_| self.status.is_finished())?
            .0;
        let conditions = self.encoding.status.iter().flat_map(|status| &status.conditions);
        let archived = conditions
            .filter(|each| each.type_ == condition::ARCHIVED)
            .any(|each| each.status == "True");
        Some(Finished {
            since,
            time_to_live: SignedDuration::from_secs(self.encoding.spec.ttl_seconds_after_finished),
            archived,
            api_in_use: self.settings.api_in_use,
            archive_timeout: self.settings.archive_timeout,
        })
    }
}
