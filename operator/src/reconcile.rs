//! One pass over one resource.

use std::{sync::Arc, time::Duration};

use crds::DocumentEncoding;
use kube::{ResourceExt, core::DeserializeGuard, runtime::controller::Action as Requeue};
use tracing::{debug, warn};

use crate::{
    apply::{self, ApplyError},
    clock,
    context::{ApiError, Context},
    decide,
    decision::{Decision, TurnOutcome},
    events, observe,
    state::OperatorStatus,
    status::{self, Written},
    validate,
};

/// Why a pass could not be finished. It is begun again after a while.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// A read or the write of the status.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A write of a child or of metadata.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

/// How soon it is looked again where the store has not seen the operator's own last write, or somebody else's was faster.
const STALE_LOOK: Duration = Duration::from_millis(20);
/// After so many failures in a row the conditions say so.
const TOLD_AFTER: u32 = 5;

/// Brings one resource a step further:
///
/// 1. **observe** what there is: the resource, its surroundings, its Job, that one's Pods, what they say, what the queue has decided (from
///    memory);
/// 2. **validate** what the person asked for (pure);
/// 3. **decide** what is to be done, by one rule a file (pure; the time is an argument);
/// 4. **status**: write it, once, if something but the time changed, and only over what was seen;
/// 5. **apply** what the status now says: create or delete the Job, set the finalizer, delete the resource; then tell people in an Event.
///
/// It may be cut off anywhere: the next pass observes what was done and goes on from there.
///
/// # Errors
/// [`ReconcileError`]; a failure of the document is none, but part of its status.
pub async fn reconcile(
    guard: Arc<DeserializeGuard<DocumentEncoding>>,
    context: Arc<Context>,
) -> Result<Requeue, ReconcileError> {
    let encoding = match &guard.0 {
        Ok(encoding) => encoding,
        Err(invalid) => {
            // Only its author can mend it; all others go on.
            warn!(name = ?invalid.metadata.name, namespace = ?invalid.metadata.namespace, error = %invalid.error, "this DocumentEncoding cannot be read");
            context.metrics.unreadable();
            if invalid.metadata.deletion_timestamp.is_some() {
                apply::release(&context, &invalid.metadata).await?;
            }
            return Ok(Requeue::await_change());
        }
    };
    let uid = encoding.uid().unwrap_or_default();
    let version = encoding.resource_version().unwrap_or_default();
    let is_behind = context.expectations.is_behind(&uid, &version, clock::monotonic());
    if is_behind || !context.expectations.are_met(&uid, &version) {
        return Ok(Requeue::requeue(STALE_LOOK));
    }
    let timer = context.metrics.pass_begins(&uid);

    // 1. observe
    let observed = observe::observe(&context, encoding.clone()).await?;

    // 2. validate
    let is_assigned = observed.job.is_some()
        || encoding
            .status
            .as_ref()
            .is_some_and(|status| status.job_name.is_some());
    let validated = if is_assigned {
        validate::validate_assigned(encoding, &observed.surroundings, &context.settings)
    } else {
        validate::validate(encoding, &observed.surroundings, &context.settings)
    };

    // 3. decide
    let now = clock::now();
    let decision = decide::decide(&observed, &validated, &context.settings, now);
    if let TurnOutcome::Postponed(until) = decision.turn {
        context.turns.postpone(&uid, until);
    }

    // 4. status
    let Some(written) = write(&context, encoding, decision.status.as_ref()).await? else {
        return Ok(Requeue::requeue(STALE_LOOK));
    };

    // 5. apply
    let refusal = apply::apply(&context, &written, validated.as_ref().ok(), &decision.actions).await?;
    if refusal.is_none() {
        tell(&context, encoding, decision.status.as_ref()).await;
    }
    let mut requeue_after = decision.requeue_after;
    if let Some(refusal) = refusal {
        let before = OperatorStatus::of(written.status.as_ref());
        let Decision {
            status,
            actions,
            requeue_after: again,
            turn,
        } = decide::refused(&observed, &before, &refusal, &context.settings, now);
        let before = written;
        let Some(written) = write(&context, &before, status.as_ref()).await? else {
            return Ok(Requeue::requeue(STALE_LOOK));
        };
        apply::apply(&context, &written, None, &actions).await?;
        tell(&context, &before, status.as_ref()).await;
        if let TurnOutcome::Postponed(until) = turn {
            context.turns.postpone(&uid, until);
        }
        requeue_after = again;
    }

    if !is_assigned {
        // Whatever it waited for may be over: a pause, a source, a Pod that held it.
        context.waker.wake_queue();
    }
    context.failures.forget(&uid);
    timer.pass_ends();
    debug!(name = %encoding.name_any(), ?requeue_after, "a pass is done");
    Ok(requeue_after.map_or_else(Requeue::await_change, |after| {
        Requeue::requeue(Duration::try_from(after).unwrap_or(Duration::ZERO))
    }))
}

/// Tells people what has happened, once it has.
async fn tell(context: &Context, encoding: &DocumentEncoding, wanted: Option<&OperatorStatus>) {
    if let Some(wanted) = wanted {
        let before = OperatorStatus::of(encoding.status.as_ref());
        events::publish(context, encoding, &before, wanted).await;
    }
}

/// Writes the status, if there is news; the resource as it is then, or `None` where it has to be looked at again.
async fn write(
    context: &Context,
    encoding: &DocumentEncoding,
    wanted: Option<&OperatorStatus>,
) -> Result<Option<DocumentEncoding>, ApiError> {
    let Some(wanted) = wanted.filter(|wanted| status::is_news(encoding, wanted)) else {
        return Ok(Some(encoding.clone()));
    };
    let before = OperatorStatus::of(encoding.status.as_ref());
    match status::write(context, encoding, wanted).await? {
        Written::Conflict => {
            context.metrics.conflict();
            // The store holds what is no more: it is given a moment to show what is.
            let version = encoding.resource_version().unwrap_or_default();
            let uid = encoding.uid().unwrap_or_default();
            context
                .expectations
                .conflicted(&uid, &version, clock::monotonic());
            Ok(None)
        }
        Written::Taken(written) => {
            context.metrics.outcome(&before, wanted);
            if before.start_time.is_none() && wanted.start_time.is_some() {
                let created = encoding.creation_timestamp().map_or(clock::now(), |time| time.0);
                let wait = clock::now().duration_since(created);
                context.metrics.waited(&encoding.spec.queue, wait.as_secs_f64());
            }
            learn(context, encoding, wanted);
            Ok(Some(*written))
        }
    }
}

/// A document that ran out of memory and was encoded with more teaches what similar ones need.
fn learn(context: &Context, encoding: &DocumentEncoding, after: &OperatorStatus) {
    let is_first = after.attempt.unwrap_or(1) <= 1;
    let asked = encoding
        .spec
        .resources
        .as_ref()
        .and_then(|asked| asked.memory.as_ref());
    let first_memory = asked
        .and_then(crds::resources::bytes)
        .unwrap_or(context.settings.encoder.memory);
    if after.phase == Some(crds::Phase::Ready)
        && !is_first
        && let Some(memory) = after.memory.as_ref().and_then(crds::resources::bytes)
        && memory > first_memory
    {
        context.ladder.worked(encoding, memory);
    }
}

/// What follows a pass that could not be finished: another, after a pause that grows with each failure in a row.
#[allow(
    clippy::needless_pass_by_value,
    reason = "the controller asks for this signature"
)]
pub fn on_error(
    guard: Arc<DeserializeGuard<DocumentEncoding>>,
    error: &ReconcileError,
    context: Arc<Context>,
) -> Requeue {
    let (count, pause) = context.failures.failed(&guard.uid().unwrap_or_default());
    warn!(namespace = %guard.namespace().unwrap_or_default(), name = %guard.name_any(), %error, ?pause, "a pass could not be finished");
    context.metrics.pass_failed(error);
    if count % TOLD_AFTER == 0
        && let Ok(encoding) = &guard.0
    {
        let (encoding, message, context) = (encoding.clone(), error.to_string(), context.clone());
        // It is told beside the passes, which do not wait for it.
        tokio::spawn(async move {
            let wanted = decide::reconcile_failed(&encoding, &message, clock::now());
            match write(&context, &encoding, wanted.as_ref()).await {
                Ok(Some(_)) => tell(&context, &encoding, wanted.as_ref()).await,
                Ok(None) => {}
                Err(error) => warn!(%error, "unable to say in the conditions that passes fail"),
            }
        });
    }
    Requeue::requeue(pause)
}
