//! What only the replica that leads does: it fills its stores, runs passes, and lets go of the Lease at the end.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use futures::{FutureExt, Stream, StreamExt, future::BoxFuture, stream::SelectAll};
use kube::runtime::{
    Controller,
    controller::{self, Config},
};
use tokio::{
    sync::{mpsc, watch},
    task::{JoinError, JoinSet},
};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{clock, context::Context, leadership::HeldLease, reconcile, stores::Scope, waker::EncodingRef};

/// How long passes that have begun may take to end when the operator is told to stop.
const DRAIN: Duration = Duration::from_secs(20);
/// The pause before a namespace is read again.
const LABELS_AGAIN: Duration = Duration::from_secs(1);
/// How long it may take to list everything at the beginning.
const LIST_LIMIT: Duration = Duration::from_mins(3);

/// Waits until the stores hold all there is: else a Job that is there would be taken for one that is gone, and a tenant's namespace for nobody's.
/// False where it is told to stop.
pub async fn know_all(
    context: &Context,
    mut unlisted: watch::Receiver<usize>,
    lease: &mut HeldLease,
    stop: &CancellationToken,
) -> anyhow::Result<bool> {
    tokio::select! {
        listed = unlisted.wait_for(|left| *left == 0) => {
            listed.context("failed to list everything: the watches have ended")?;
        }
        () = tokio::time::sleep(LIST_LIMIT) => {
            anyhow::bail!("failed to list everything within {} seconds", LIST_LIMIT.as_secs());
        }
        loss = lease.lost() => return Err(loss).context("failed to begin to work"),
        () = stop.cancelled() => return Ok(false),
    }
    // Those of namespaces that cannot be watched: Pods are told what to hold by them.
    for namespace in &context.settings.watch_namespaces {
        while let Err(error) = context.stores.namespace_labels(namespace).await {
            warn!(namespace, %error, "unable to read whose the namespace is; it is tried again");
            tokio::select! {
                () = tokio::time::sleep(LABELS_AGAIN) => {}
                loss = lease.lost() => return Err(loss).context("failed to begin to work"),
                () = stop.cancelled() => return Ok(false),
            }
        }
    }
    Ok(true)
}

/// Works until told to stop, and lets go of the Lease then.
pub async fn lead(
    context: &Arc<Context>,
    mut lease: HeldLease,
    tasks: &mut JoinSet<()>,
    wakes: Vec<(Scope, mpsc::UnboundedReceiver<EncodingRef>)>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let pods = context.stores.all_pods();
    context.inherited_pods.begin(pods.into_iter().map(|pod| pod.uid));
    context.handover.table().begin(clock::monotonic());
    context.handover.all_changed();
    let passes = passes(context, wakes, stop);
    context.waker.begin();
    tokio::select! {
        () = passes => {}
        loss = lease.lost() => {
            // Nothing of what was begun may go on: the process ends, and begins anew as one that stands by.
            return Err(loss).context("failed to go on working");
        }
        // Without one of them nothing would go on, and nobody would notice.
        ended = first_ended(tasks, stop) => {
            anyhow::bail!("failed to go on: a watch, a server or the queue has ended: {ended:?}");
        }
        () = async { stop.cancelled().await; tokio::time::sleep(DRAIN).await } => {
            warn!("some passes did not end in time");
        }
    }
    stop.cancel();
    context.handover.close();
    release(lease).await;
    Ok(())
}

/// The first of the tasks that ends although nobody told it to.
async fn first_ended(tasks: &mut JoinSet<()>, stop: &CancellationToken) -> Result<(), JoinError> {
    match tasks.join_next().await {
        Some(ended) if !stop.is_cancelled() => ended,
        _ => std::future::pending().await,
    }
}

/// Lets go of the Lease.
pub async fn release(lease: HeldLease) {
    if let Err(error) = lease.release().await {
        warn!(%error, "unable to release the Lease: another replica works once it has run out");
    }
}

/// Runs passes over whatever is woken, until told to stop. The watches run apart from it.
fn passes(
    context: &Arc<Context>,
    wakes: Vec<(Scope, mpsc::UnboundedReceiver<EncodingRef>)>,
    stop: &CancellationToken,
) -> BoxFuture<'static, ()> {
    let all: SelectAll<_> = wakes
        .into_iter()
        .filter_map(|(scope, woken)| {
            let (_, stores) = context.stores.scopes().find(|(other, _)| **other == scope)?;
            let stop = stop.clone();
            let passes = Controller::for_stream(futures::stream::pending(), stores.encodings.clone())
                .with_config(Config::default().concurrency(context.settings.reconcile_concurrency))
                .reconcile_on(UnboundedReceiverStream::new(woken))
                .graceful_shutdown_on(async move { stop.cancelled().await })
                .run(reconcile::reconcile, reconcile::on_error, context.clone());
            Some(passes.boxed())
        })
        .collect();
    log_errors(all).boxed()
}

async fn log_errors<T, E: std::error::Error + 'static>(
    passes: impl Stream<Item = Result<T, controller::Error<reconcile::ReconcileError, E>>> + Send,
) {
    passes
        .for_each(|result| async move {
            match result {
                // Deleted while a pass over it waited for its turn; or told by the pass itself.
                Ok(_)
                | Err(controller::Error::ObjectNotFound(_) | controller::Error::ReconcilerFailed(..)) => {}
                Err(error) => warn!(%error, "the controller reports an error"),
            }
        })
        .await;
}
