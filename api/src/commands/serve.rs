//! `api serve`: answers requests and mirrors resources.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use kube::{Client, Config};
use sqlx::PgPool;
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet, time::Instant};
use tokio_util::task::TaskTracker;

use crate::{
    app::App,
    bulk::worker::Worker,
    clock::Clock,
    cluster::Cluster,
    configuration::{SecretUrl, Serve},
    database::{
        self,
        migrations::{self, Access},
    },
    documents::reuse::ReuseSettings,
    http::{
        middleware::MAX_REQUESTS_IN_FLIGHT,
        router,
        server::{self, Limits},
    },
    identity::authenticator::Authenticator,
    live::{board::Board, feed, invalidation, progress::LiveProgress},
    metrics::Metrics,
    mirror::Mirror,
    store::Store,
    turns::TenantTurns,
    uploads::admission::Admission,
    webhooks::resolver::Resolver,
};

/// Connections to Postgres: for requests, for the mirror, for readiness, and to hear of deletions.
const CONNECTIONS: (u32, u32, u32, u32) = (16, 8, 1, 1);

/// A process that is to end says so for so long before it takes no more connections, so that no new ones are sent to it.
const UNREADY_FOR: Duration = Duration::from_secs(5);
/// The longest that a turn at what there is little of is waited for.
const TURN_WITHIN: Duration = Duration::from_secs(5);
/// The longest a connection to the API server may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A watch says something every minute; one that is silent for longer is dead, whatever the connection looks like.
const SILENT_FOR: Duration = Duration::from_mins(2);

/// Runs the command until `stop`.
pub async fn run(
    configuration: &Serve,
    clock: Clock,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let (app, mirror) = assemble(configuration, clock).await?;
    let listening = pool(&configuration.database_url, CONNECTIONS.3)?;
    let listen = async |address| {
        TcpListener::bind(address)
            .await
            .with_context(|| format!("failed to listen on {address}"))
    };
    let listener = listen(configuration.listen).await?;
    let operations = listen(configuration.operations_listen).await?;
    tracing::info!(listen = %configuration.listen, operations = %configuration.operations_listen, "serving");

    let mut background = JoinSet::new();
    let mirroring = mirror.database().clone();
    background.spawn(Arc::new(mirror).run());
    background.spawn(invalidation::follow(
        listening,
        mirroring.clone(),
        app.board.clone(),
    ));
    background.spawn(Worker::new(app.clone(), mirroring.clone()).run());
    background.spawn(feed::follow(mirroring, app.feed.clone()));
    let operations_router = router::operations(app.clone());
    background.spawn(async move {
        let never = std::future::pending();
        server::serve(
            operations,
            operations_router,
            Limits::operations(),
            &TaskTracker::new(),
            never,
        )
        .await;
    });
    let grace = configuration.shutdown_grace;
    let stopped = {
        let app = app.clone();
        async move {
            stop.await;
            let deadline = Instant::now() + grace; // One for all: a Pod that takes longer is killed.
            app.is_stopping.store(true, Ordering::Relaxed);
            tokio::time::sleep(UNREADY_FOR.min(grace)).await;
            app.feed.close(); // They would go on for ever.
            deadline
        }
    };
    let (router, uploads) = (router::router(app.clone()), app.uploads.tasks());
    let serving = server::serve(listener, router, Limits::default(), uploads, stopped);
    let has_ended = tokio::select! {
        has_ended = serving => has_ended,
        ended = background.join_next() => anyhow::bail!("what runs beside requests ended: {ended:?}"),
    };
    if !has_ended {
        tracing::warn!(
            "some requests did not end in time; what they began is finished or removed by the sweeper"
        );
    }
    Ok(())
}

/// A client of the cluster that notices when the cluster falls silent.
pub(super) async fn client() -> anyhow::Result<Client> {
    let mut configuration = Config::infer()
        .await
        .context("failed to find the cluster: neither in it nor with a kubeconfig")?;
    configuration.connect_timeout = Some(CONNECT_WITHIN);
    configuration.read_timeout = Some(SILENT_FOR);
    Client::try_from(configuration).context("failed to make a client of the cluster")
}

/// Connections to the database at this address.
fn pool(url: &SecretUrl, connections: u32) -> anyhow::Result<PgPool> {
    database::pool(url, connections).with_context(|| format!("{url} is no address of Postgres"))
}

/// Opens everything and checks what is relied on.
async fn assemble(configuration: &Serve, clock: Clock) -> anyhow::Result<(Arc<App>, Mirror)> {
    let requests = pool(&configuration.database_url, CONNECTIONS.0)?;
    let mirroring = pool(&configuration.mirror_database_url, CONNECTIONS.1)?;
    let readiness = pool(&configuration.database_url, CONNECTIONS.2)?;
    for (pool, access) in [(&requests, Access::Api), (&mirroring, Access::Mirror)] {
        migrations::check_role(pool, access).await?;
    }
    let identity = &configuration.identity;
    let tokens = identity
        .token_verifier()
        .context("failed to set up what checks bearer tokens")?;
    let store = Store::open(&configuration.store.url, &configuration.store.s3).await?;
    let progress = match &configuration.redis_url.0 {
        None => LiveProgress::none(),
        Some(url) => LiveProgress::from_redis(url, configuration.redis_timeout)
            .with_context(|| format!("{url} is no address of Redis"))?,
    };
    let client = client().await?;
    let namespace = configuration.encodings_namespace.clone();
    let cluster = Cluster::new(client, namespace, configuration.cluster_timeout);
    let (board, metrics) = (Arc::new(Board::default()), Metrics::default());
    let mirror = Mirror::new(
        cluster.clone(),
        mirroring,
        board.clone(),
        clock.clone(),
        metrics.clone(),
        configuration.watched_namespaces(),
    );
    let app = Arc::new(App {
        clock,
        authenticator: Authenticator::new(requests.clone(), readiness.clone(), identity.settings(), tokens),
        database: requests,
        readiness,
        store,
        cluster,
        board,
        feed: Arc::default(),
        progress,
        metrics,
        in_flight: Semaphore::new(MAX_REQUESTS_IN_FLIGHT),
        is_stopping: AtomicBool::new(false),
        turns: TenantTurns::within(TURN_WITHIN),
        uploads: Admission::default(),
        max_upload_bytes: configuration.max_upload_bytes,
        reuse: ReuseSettings::new(
            configuration.reuse_results,
            &configuration.encoder_settings,
            &configuration.encoder_running_heads,
        ),
        webhooks: Resolver::new(configuration.webhook_targets.rules()),
        session_max: identity.session_max(),
    });
    Ok((app, mirror))
}
