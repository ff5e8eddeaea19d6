//! Puts the parts together and runs them until told to stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
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
        Controller,
        controller::Config,
        events::{Recorder, Reporter},
        watcher,
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
    let client = Client::try_default()
        .await
        .context("failed to find the Kubernetes API")?;
    let stop = stop_when_told()?;
    let ready = Arc::new(AtomicBool::new(false));

    let instance = std::env::var("POD_NAME").ok();
    let recorder = Recorder::new(
        client.clone(),
        Reporter {
            controller: "socrate-operator".to_owned(),
            instance,
        },
    );
    let controllers: Vec<_> = apis(&client, &settings)
        .into_iter()
        .map(|(encodings, jobs)| {
            let ours = watcher::Config::default().labels(&format!(
                "{}={}",
                labels::MANAGED_BY,
                labels::MANAGED_BY_OPERATOR
            ));
            let config = Config::default().concurrency(settings.reconcile_concurrency);
            let stop = stop.clone();
            Controller::new(encodings, watcher::Config::default())
                .owns(jobs, ours)
                .with_config(config)
                .graceful_shutdown_on(async move { stop.cancelled().await })
        })
        .collect();
    let stores: Vec<_> = controllers.iter().map(Controller::store).collect();
    let context = Arc::new(Context {
        client,
        metrics: Metrics::new(),
        recorder,
        encodings: stores.clone(),
        failures: std::sync::Mutex::default(),
        settings,
    });

    let shown = http::Shown {
        context: context.clone(),
        ready: ready.clone(),
    };
    let (listen, stop_http) = (context.settings.listen, stop.clone());
    let server = tokio::spawn(http::serve(
        listen,
        shown,
        async move { stop_http.cancelled().await },
    ));
    tokio::spawn(async move {
        for store in &stores {
            // An error means that the watch has ended, and with it the operator.
            if store.wait_until_ready().await.is_err() {
                return;
            }
        }
        info!("all resources are listed");
        ready.store(true, Ordering::Relaxed);
    });

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
        if let Err(error) = result {
            warn!(%error, "the controller stumbled");
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
