//! `api dispatch`: sends webhooks, for as long as it runs.

use std::{fmt, future::Future, sync::Arc};

use anyhow::Context;
use tokio::net::TcpListener;

use super::operations::{self, Operated};
use crate::{
    clock::Clock,
    configuration::Dispatch,
    database::{
        self,
        migrations::{self, Access},
    },
    webhooks::{
        claims,
        client::{ANSWERED_WITHIN, Sender},
        dispatcher::Dispatcher,
        metrics::DispatcherMetrics,
        resolver::Resolver,
    },
};

/// To make deliveries, to claim them, to give up what waits for too long, and to measure.
const CONNECTIONS: u32 = 4;
/// Each attempt needs a connection for a moment when it has ended.
const CONNECTIONS_FOR_OUTCOMES: u32 = 8;

/// Runs the command until `stop`, and then until what is being attempted has ended, which is 20 s at most.
///
/// # Errors
/// Where something it needs cannot be opened.
pub async fn run(
    configuration: &Dispatch,
    clock: Clock,
    stop: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let url = &configuration.dispatcher_database_url;
    let pool = |connections| {
        database::pool(url, connections).with_context(|| format!("{url} is no address of Postgres"))
    };
    let (database, recording) = (pool(CONNECTIONS)?, pool(CONNECTIONS_FOR_OUTCOMES)?);
    migrations::check_role(&database, Access::Dispatcher).await?;
    // A tenant's attempts are fewer, so that name servers that do not answer it keep none of another's from being asked.
    let resolver = Resolver::new(configuration.targets.rules()).at_once(claims::AT_ONCE / 2);
    let sender = Sender::new(
        resolver,
        configuration.webhook_ca_file.as_deref(),
        ANSWERED_WITHIN,
    )
    .context("failed to set up what speaks to receivers of webhooks")?;
    let dispatcher = Arc::new(Dispatcher::new(
        clock,
        database,
        recording,
        sender,
        DispatcherMetrics::default(),
    ));
    let address = configuration.operations_listen;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("failed to listen on {address}"))?;
    tracing::info!(operations = %address, "dispatching");
    tokio::select! {
        () = operations::serve(listener, dispatcher.clone()) => {}
        () = dispatcher.run(stop) => {}
    }
    Ok(())
}

impl Operated for Dispatcher {
    fn metrics(&self) -> Result<String, fmt::Error> {
        Dispatcher::metrics(self).encode()
    }

    fn is_alive(&self) -> bool {
        Dispatcher::is_alive(self)
    }
}
