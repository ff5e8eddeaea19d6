//! `api migrate`: brings the schema up to date and makes the programs' login roles.

use std::time::Duration;

use anyhow::Context;
use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::{
    configuration::Migrate,
    database::{
        self,
        migrations::{Access, MIGRATIONS, ensure_role},
    },
};

/// Between two attempts to reach Postgres.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs the command.
pub async fn run(configuration: &Migrate) -> anyhow::Result<()> {
    let mut connection = connect(configuration).await?;
    MIGRATIONS
        .run(&mut connection)
        .await
        .context("failed to migrate the schema")?;
    tracing::info!(migrations = MIGRATIONS.iter().count(), "the schema is up to date");

    for (url, access) in [
        (&configuration.database_url, Access::Api),
        (&configuration.mirror_database_url, Access::Mirror),
        (&configuration.maintenance_database_url, Access::Maintenance),
        (&configuration.monitoring_database_url, Access::Monitoring),
    ] {
        let Some(url) = url else { continue };
        let outcome = ensure_role(&mut connection, url, access).await.with_context(|| {
            format!(
                "failed to set up the role {} as a member of {}",
                url.user(),
                access.group()
            )
        })?;
        tracing::info!(
            role = url.user(),
            group = access.group(),
            ?outcome,
            "the role is set up"
        );
    }
    connection.close().await.context("failed to close the connection")
}

/// Waits for Postgres, as it may be started at the same time as we are.
async fn connect(configuration: &Migrate) -> anyhow::Result<PgConnection> {
    let url = &configuration.owner_database_url;
    let options =
        database::connect_options(url).with_context(|| format!("{url} is no address of Postgres"))?;
    let attempts = async {
        loop {
            match options.connect().await {
                Ok(connection) => return Ok(connection),
                Err(error) if is_passing(&error) => {
                    tracing::info!(%error, %url, "Postgres does not answer yet");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(configuration.wait_seconds), attempts)
        .await
        .with_context(|| format!("{url} did not answer within {} s", configuration.wait_seconds))?
        .with_context(|| format!("failed to connect to {url}"))
}

/// Not there, or starting up (57P03), or its database or role is only just being made (3D000, 28000, 28P01).
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => {
            matches!(
                error.code().as_deref(),
                Some("57P03" | "3D000" | "28000" | "28P01")
            )
        }
        _ => false,
    }
}
