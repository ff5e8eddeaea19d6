//! `api sweep`: finishes what crashes cut in two, removes what is left of deleted documents, and indexes results for search, for as long as it runs.

use std::{fmt, future::Future, sync::Arc};

use anyhow::Context;
use tokio::net::TcpListener;

use super::{
    operations::{self, Operated},
    serve::client,
};
use crate::{
    cleanup::{
        metrics::SweeperMetrics,
        sweeper::{self, Sweeper},
    },
    clock::Clock,
    cluster::Cluster,
    configuration::Sweep,
    database::{
        self,
        migrations::{self, Access},
    },
    search::indexer::Indexer,
    store::Store,
};

/// It works on some things of each kind at once, and each needs a connection for a moment.
const CONNECTIONS: u32 = 8;

/// Runs the command until `stop`.
///
/// # Errors
/// Where something it needs cannot be opened.
pub async fn run(
    configuration: &Sweep,
    clock: Clock,
    stop: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let url = &configuration.maintenance_database_url;
    let database =
        database::pool(url, CONNECTIONS).with_context(|| format!("{url} is no address of Postgres"))?;
    migrations::check_role(&database, Access::Maintenance).await?;
    let store = &configuration.store;
    let sweeper = Arc::new(Sweeper {
        clock,
        database,
        store: Store::open(&store.url, &store.s3).await?,
        cluster: Cluster::new(
            client().await?,
            configuration.encodings_namespace.clone(),
            configuration.cluster_timeout,
        ),
        metrics: SweeperMetrics::default(),
        heartbeat: Arc::default(),
    });
    let indexer = Indexer {
        database: sweeper.database.clone(),
        store: sweeper.store.clone(),
        metrics: sweeper.metrics.clone(),
    };
    let address = configuration.operations_listen;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("failed to listen on {address}"))?;
    tracing::info!(operations = %address, "sweeping, and indexing for search");
    tokio::select! {
        () = operations::serve(listener, sweeper.clone()) => {}
        () = Box::pin(sweeper::run(&sweeper)) => {}
        () = indexer.run() => {}
        () = stop => {}
    }
    Ok(())
}

impl Operated for Sweeper {
    fn metrics(&self) -> Result<String, fmt::Error> {
        self.metrics.encode()
    }

    fn is_alive(&self) -> bool {
        Sweeper::is_alive(self)
    }
}
