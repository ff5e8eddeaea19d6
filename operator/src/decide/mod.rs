//! Step 3: what is to be done. Pure: what was observed and the time go in, a decision comes out.
//!
//! The order of the questions is the order of what matters, and each stage of a document's life has a file:
//!
//! | file | stage |
//! |---|---|
//! | `finished.rs` | it is being deleted, or has finished |
//! | `ending.rs` | it was cancelled or suspended, has a report, is invalid, or its attempt failed |
//! | `working.rs` | an encoder is assigned: what became of it |
//! | `refused.rs` | the cluster does not give what an encoder needs |
//! | `waiting.rs` | none is: may one be, now |

mod ending;
mod finished;
mod refused;
mod waiting;
mod working;

use crds::{DocumentEncoding, Phase};
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;

use crate::{
    conditions::{self, ConditionUpdate},
    decision::{Action, Decision},
    observe::Observed,
    policy::refusal::Refusal,
    settings::Settings,
    state::OperatorStatus,
    validate::{self, Invalid, ValidatedEncoding},
};

/// Decides.
pub fn decide(
    observed: &Observed,
    validated: &Result<ValidatedEncoding, Invalid>,
    settings: &Settings,
    now: Timestamp,
) -> Decision {
    let decision = by_stage(observed, validated, settings, now);
    Decider::new(observed, settings, now).restated(decision)
}

fn by_stage(
    observed: &Observed,
    validated: &Result<ValidatedEncoding, Invalid>,
    settings: &Settings,
    now: Timestamp,
) -> Decision {
    let decider = Decider::new(observed, settings, now);
    if observed.encoding.metadata.deletion_timestamp.is_some() {
        return decider.being_deleted();
    }
    if decider.status.is_finished() {
        return decider.finished();
    }
    if observed.encoding.spec.cancelled {
        return decider.cancelled();
    }
    match validate::encoding_prefix(&observed.encoding, &observed.surroundings, settings) {
        Err(invalid) => return decider.invalid(&invalid),
        Ok(prefix) => {
            if let Some(report) = decider.report(&prefix) {
                return decider.reported(report);
            }
        }
    }
    let validated = match validated {
        Ok(validated) => validated,
        Err(invalid) if invalid.is_absence() => return decider.source_absent(invalid),
        Err(invalid) => return decider.invalid(invalid),
    };
    if observed.encoding.spec.suspend {
        return decider.suspended();
    }
    if decider.status.job_name.is_some() {
        decider.working(validated)
    } else {
        decider.waiting(validated)
    }
}

/// Decides what follows when the cluster did not take the Job that [`decide`] wanted. `written` is the status as it stands now.
pub fn refused(
    observed: &Observed,
    written: &OperatorStatus,
    refusal: &Refusal,
    settings: &Settings,
    now: Timestamp,
) -> Decision {
    let mut decider = Decider::new(observed, settings, now);
    decider.status = written.clone();
    decider.job_refused(refusal)
}

/// What follows a pass that cannot be finished for many times in a row: the person is told.
pub fn reconcile_failed(observed: &DocumentEncoding, error: &str, now: Timestamp) -> Option<OperatorStatus> {
    let mut status = OperatorStatus::of(observed.status.as_ref());
    if status.is_finished() {
        return None;
    }
    let message: String = error.chars().take(1024).collect();
    let phase = status.phase.unwrap_or(Phase::Pending);
    let generation = observed.metadata.generation.unwrap_or_default();
    conditions::set(
        &mut status,
        &ConditionUpdate::new(phase, RECONCILE_FAILED, message),
        generation,
        now,
    );
    Some(status)
}

/// The reason of the conditions where passes over the resource fail.
const RECONCILE_FAILED: &str = "ReconcileFailed";

/// What all questions are asked of.
struct Decider<'a> {
    observed: &'a Observed,
    encoding: &'a DocumentEncoding,
    settings: &'a Settings,
    now: Timestamp,
    status: OperatorStatus,
}

impl<'a> Decider<'a> {
    fn new(observed: &'a Observed, settings: &'a Settings, now: Timestamp) -> Self {
        Self {
            observed,
            encoding: &observed.encoding,
            settings,
            now,
            status: OperatorStatus::of(observed.encoding.status.as_ref()),
        }
    }

    /// Where nothing else is to be said: every edit is observed, and what is not so any more (that passes fail, that it is suspended) is
    /// taken back.
    fn restated(mut self, mut decision: Decision) -> Decision {
        let generation = self.encoding.metadata.generation.unwrap_or_default();
        let is_settled = decision.status.is_some()
            || self.status.conditions.is_empty()
            || self.encoding.metadata.deletion_timestamp.is_some();
        if is_settled {
            return decision;
        }
        let is_resumed = self.has_reason("Suspended") && !self.encoding.spec.suspend;
        if (self.has_reason(RECONCILE_FAILED) || is_resumed) && !self.status.is_finished() {
            let update = self.as_it_stands();
            conditions::set(&mut self.status, &update, generation, self.now);
            decision.status = Some(self.status);
        } else if self.status.observed_generation != generation {
            self.status.observed_generation = generation;
            for each in &mut self.status.conditions {
                each.observed_generation = Some(generation);
            }
            decision.status = Some(self.status);
        }
        decision
    }

    /// What the rest of the status says, in conditions.
    fn as_it_stands(&self) -> ConditionUpdate {
        match (
            &self.status.job_name,
            &self.status.retry_time,
            &self.status.failure,
        ) {
            (Some(_), ..) => {
                ConditionUpdate::new(Phase::Processing, working::ASSIGNED, self.assigned_message())
            }
            (None, Some(_), Some(failure)) => {
                let message = format!(
                    "the attempt failed and will be followed by another: {}",
                    failure.message
                );
                ConditionUpdate::new(Phase::Pending, failure.reason.as_str(), message)
            }
            _ => ConditionUpdate::new(Phase::Queued, "Queued", "it waits for its turn"),
        }
    }

    /// The status with these conditions, and what is done then.
    fn update(
        mut self,
        update: &ConditionUpdate,
        actions: Vec<Action>,
        requeue_after: Option<SignedDuration>,
    ) -> Decision {
        let generation = self.encoding.metadata.generation.unwrap_or_default();
        conditions::set(&mut self.status, update, generation, self.now);
        Decision {
            status: Some(self.status),
            actions,
            requeue_after,
            ..Decision::default()
        }
    }

    /// No encoder is assigned any more. From here on nothing that one still says is taken.
    fn unassign(&mut self) {
        self.status.job_name = None;
        self.status.queue_position = None;
        self.status.estimated_start_time = None;
    }

    /// What ends those Pods that may still work for it and for nobody else.
    fn end_own_jobs(&self) -> Vec<Action> {
        let uid = self.uid();
        let of_pods = self.observed.holders.iter().filter_map(|holder| {
            let own = !holder.pod.standing && holder.pod.first_uid == uid;
            own.then(|| (holder.pod.job_name.clone(), holder.pod.job_uid.clone()))
        });
        // A Job whose Pod is yet to be made.
        let of_job = self.observed.job.iter().filter_map(|job| {
            let own = !job.standing && job.first_uid == uid && !job.deleting && job.end.is_none();
            own.then(|| (job.name.clone(), job.uid.clone()))
        });
        let mut jobs: Vec<_> = of_pods.chain(of_job).filter(|(_, uid)| !uid.is_empty()).collect();
        jobs.sort();
        jobs.dedup();
        jobs.into_iter()
            .map(|(name, uid)| Action::DeleteJob { name, uid })
            .collect()
    }

    /// What holds the resource until the API has archived it, if it is not held yet.
    fn add_finalizer(&self) -> Option<Action> {
        (self.settings.api_in_use && !self.has_finalizer()).then_some(Action::AddFinalizer)
    }

    fn has_finalizer(&self) -> bool {
        self.encoding
            .finalizers()
            .iter()
            .any(|each| each == crds::labels::ARCHIVE_FINALIZER)
    }

    fn uid(&self) -> String {
        self.encoding.uid().unwrap_or_default()
    }

    /// Whether the conditions give this reason for their state now.
    fn has_reason(&self, reason: &str) -> bool {
        self.status.conditions.iter().any(|each| each.reason == reason)
    }
}

#[cfg(test)]
mod tests;
