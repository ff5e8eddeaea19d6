//! Puts the parts together and runs them until told to stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use crds::{DocumentEncoding, labels};
use futures::{StreamExt, stream::SelectAll};
use k8s_openapi::api::batch::v1::Job;
use kube::{
    Api, Client,
    core::DeserializeGuard,
    runtime::{
        Controller, WatchStreamExt,
        controller::{self, Config},
        events::{Recorder, Reporter},
        reflector, watcher,
    },
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{context::Context, http, metrics::Metrics, reconcile, settings::Settings};

/// How long passes that have begun may take to end when the operator is told to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// Runs the operator until it is told to stop by SIGTERM or SIGINT.
///
/// # Errors
/// If there is no cluster to speak to, or its address cannot be listened at.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    // First: an operator that nobody can ask how it is does not run at all.
    let listener = http::listen(settings.listen).await?;
    let client = Client::try_default()
        .await
        .context("failed to find the Kubernetes API")?;
    let stop = stop_when_told()?;
    let apis = apis(&client, &settings);
    let unlisted = Arc::new(AtomicUsize::new(apis.len()));
    let (stores, controllers): (Vec<_>, Vec<_>) = apis
        .into_iter()
        .map(|(encodings, jobs)| {
            let (store, writer) = reflector::store();
            let (unlisted, mut listed) = (unlisted.clone(), false);
            let changes = watcher(encodings, watcher::Config::default())
                .default_backoff()
                .reflect(writer)
                // `Store::wait_until_ready` is no way to learn this: it knows one waiter, and the controller is one.
                .inspect(move |event| {
                    if !listed && matches!(event, Ok(watcher::Event::InitDone)) {
                        listed = true;
                        has_listed(&unlisted);
                    }
                })
                .applied_objects();
            let ours = watcher::Config::default().labels(&format!(
                "{}={}",
                labels::MANAGED_BY,
                labels::MANAGED_BY_OPERATOR
            ));
            let stop = stop.clone();
            let controller = Controller::for_stream(changes, store.clone())
                .owns(jobs, ours)
                .with_config(Config::default().concurrency(settings.reconcile_concurrency))
                .graceful_shutdown_on(async move { stop.cancelled().await });
            (store, controller)
        })
        .unzip();
    let instance = std::env::var("POD_NAME").ok();
    let recorder = Recorder::new(
        client.clone(),
        Reporter {
            controller: "socrate-operator".to_owned(),
            instance,
        },
    );
    let context = Arc::new(Context {
        client,
        metrics: Metrics::new(),
        recorder,
        encodings: stores,
        failures: std::sync::Mutex::default(),
        settings,
    });

    let shown = http::Shown {
        context: context.clone(),
        unlisted,
    };
    let stop_http = stop.clone();
    let server = tokio::spawn(http::serve(listener, shown, async move {
        stop_http.cancelled().await;
    }));
    info!(namespaces = ?context.settings.watch_namespaces, image = %context.settings.encoder.image, "the operator runs");
    let passes: SelectAll<_> = controllers
        .into_iter()
        .map(|controller| {
            controller
                .run(reconcile::reconcile, reconcile::on_error, context.clone())
                .boxed()
        })
        .collect();
    let all = passes.for_each(|result| async move {
        match result {
            // Deleted while a pass over it waited for its turn; or told by the pass itself.
            Ok(_) | Err(controller::Error::ObjectNotFound(_) | controller::Error::ReconcilerFailed(..)) => {}
            Err(error) => warn!(%error, "the controller stumbled"),
        }
    });
    tokio::select! {
        () = all => {}
        () = async { stop.cancelled().await; tokio::time::sleep(DRAIN).await } => warn!("some passes did not end in time"),
    }
    stop.cancel();
    server
        .await
        .context("failed to end the HTTP server")?
        .context("failed to serve HTTP")?;
    info!("the operator has stopped");
    Ok(())
}

/// One more of the watches has listed its resources.
fn has_listed(unlisted: &AtomicUsize) {
    if unlisted.fetch_sub(1, Ordering::Relaxed) == 1 {
        info!("all resources are listed");
    }
}

/// The resources and Jobs to watch: of the whole cluster, or of each namespace.
fn apis(client: &Client, settings: &Settings) -> Vec<(Api<DeserializeGuard<DocumentEncoding>>, Api<Job>)> {
    if settings.watch_namespaces.is_empty() {
        return vec![(Api::all(client.clone()), Api::all(client.clone()))];
    }
    let namespaces = settings.watch_namespaces.iter();
    namespaces
        .map(|name| {
            (
                Api::namespaced(client.clone(), name),
                Api::namespaced(client.clone(), name),
            )
        })
        .collect()
}

/// A token that is cancelled by SIGTERM or SIGINT.
fn stop_when_told() -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).context("failed to listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen for SIGINT")?;
    let cancel = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("told to stop: ending what has begun");
        cancel.cancel();
    });
    Ok(token)
}
