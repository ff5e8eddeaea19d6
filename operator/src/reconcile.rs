//! One pass over one resource.

use std::{sync::Arc, time::Duration};

use crds::DocumentEncoding;
use kube::{ResourceExt, core::DeserializeGuard, runtime::controller::Action as Requeue};
use tracing::{debug, warn};

use crate::{
    apply::{self, Applied, ApplyError},
    backoff, clock,
    context::{Context, Unanswered},
    decide,
    decision::Decision,
    events, observe,
    state::OperatorStatus,
    status, validate,
};

/// Why a pass could not be finished. It is begun again after a while.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// A read or the write of the status.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    /// A write of a child or of metadata.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

/// Brings one resource a step further:
///
/// 1. **observe** what there is: the resource, its surroundings, its Job, that one's Pods (the only reads);
/// 2. **validate** what the person asked for (pure);
/// 3. **decide** what is to be done, by one rule a file (pure; the time is an argument);
/// 4. **apply** it: create or delete the Job, set the finalizer, delete the resource (the only writes of children);
/// 5. **status**: write it, once, if something but the time changed; then tell people in an Event.
///
/// It may be cut off anywhere: the next pass observes what was done and goes on from there.
///
/// # Errors
/// [`ReconcileError`]; a failure of the document is none, but part of its status.
pub async fn reconcile(
    guard: Arc<DeserializeGuard<DocumentEncoding>>,
    context: Arc<Context>,
) -> Result<Requeue, ReconcileError> {
    let (namespace, name) = (guard.namespace().unwrap_or_default(), guard.name_any());
    if let Err(invalid) = &guard.0 {
        // Only its author can mend it; all others go on.
        warn!(%namespace, %name, error = %invalid.error, "this DocumentEncoding cannot be read");
        context.metrics.unreadable();
        return Ok(Requeue::await_change());
    }
    let timer = context.metrics.pass_begins();

    // 1. observe
    let Some(observed) = observe::observe(&context, &namespace, &name).await? else {
        return Ok(Requeue::await_change());
    };
    let encoding = &observed.encoding;

    // 2. validate
    let validated = validate::validate(encoding, &observed.surroundings, &context.settings);

    // 3. decide
    let now = clock::now();
    let mut decision = decide::decide(&observed, &validated, &context.settings, now);

    // 4. apply
    let valid = validated.as_ref().ok();
    let applied = apply::apply(&context, encoding, valid, &decision.actions).await?;
    if let Applied::JobRefused { beginning, refusal } = &applied {
        decision = decide::refused(&observed, *beginning, refusal, &context.settings, now);
    }

    // 5. status
    let Decision {
        status: wanted,
        look_again,
        ..
    } = decision;
    if let Some(wanted) = wanted.filter(|wanted| status::is_news(encoding, wanted)) {
        let before = OperatorStatus::of(encoding.status.as_ref());
        status::write(&context, encoding, &wanted).await?;
        context.metrics.outcome(&before, &wanted);
        events::publish(&context, encoding, &before, &wanted).await;
    }

    backoff::succeeded(&context.failures, encoding);
    timer.pass_ends();
    debug!(%namespace, %name, ?look_again, "a pass is done");
    Ok(look_again.map_or_else(Requeue::await_change, |after| {
        Requeue::requeue(Duration::try_from(after).unwrap_or(Duration::ZERO))
    }))
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
    let pause = backoff::failed(&context.failures, guard.uid().unwrap_or_default());
    warn!(namespace = %guard.namespace().unwrap_or_default(), name = %guard.name_any(), %error, ?pause, "a pass could not be finished");
    context.metrics.pass_failed();
    Requeue::requeue(pause)
}
