//! `api sweep`: finishes what crashes cut in two, and removes what is left of deleted documents, for as long as it runs.

use std::future::Future;

use anyhow::Context;
use prometheus_client::metrics::counter::Counter;

use super::serve::client;
use crate::{
    cleanup::sweeper::{self, Sweeper},
    clock::Clock,
    cluster::Cluster,
    configuration::Sweep,
    database::{
        self,
        migrations::{self, Access},
    },
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
    let sweeper = Sweeper {
        clock,
        database,
        store: Store::open(&store.url, &store.s3).await?,
        cluster: Cluster::new(
            client().await?,
            configuration.encodings_namespace.clone(),
            configuration.cluster_timeout,
        ),
        swept: Counter::default(),
    };
    tracing::info!("sweeping");
    tokio::select! {
        () = sweeper::run(&sweeper) => {}
        () = stop => {}
    }
    Ok(())
}
