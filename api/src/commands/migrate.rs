//! `api migrate`: brings the schema up to date and makes the programs' login roles.

use std::time::Duration;

use anyhow::{Context, bail};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use crate::{
    configuration::{Migrate, SecretUrl},
    database::{
        self,
        migrations::{Access, MIGRATIONS, ensure_role, refuse_foreign_groups},
    },
};

/// Between two attempts to reach Postgres.
const PAUSE: Duration = Duration::from_secs(1);

/// One replica migrates at a time, roles included: two that change a role at once fail ("tuple concurrently updated"). The number is
/// nobody else's in this database.
const LOCK: i64 = 0x0073_6f63_7261_7465;
/// Between two attempts to get the lock. Waiting inside of Postgres would hold a snapshot, which an index that is made concurrently by
/// the other would wait for in turn.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// Runs the command.
pub async fn run(configuration: &Migrate) -> anyhow::Result<()> {
    let roles = roles(configuration);
    refuse_shared_roles(&roles)?;
    let mut connection = connect(configuration).await?;
    lock(&mut connection)
        .await
        .context("failed to wait for another that migrates")?;
    drop_unfinished_indexes(&mut connection)
        .await
        .context("failed to drop an index that was never finished")?;
    MIGRATIONS
        .run(&mut connection)
        .await
        .context("failed to migrate the schema")?;
    tracing::info!(migrations = MIGRATIONS.iter().count(), "the schema is up to date");

    for (_, url, access) in roles {
        refuse_foreign_groups(&mut connection, &url.user(), access).await?;
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
    // The lock goes with the connection.
    connection.close().await.context("failed to close the connection")
}

/// The login roles that are to be made: the variable, the address and what it is for.
fn roles(configuration: &Migrate) -> Vec<(&'static str, &SecretUrl, Access)> {
    let all = [
        ("SOCRATE_DATABASE_URL", &configuration.database_url, Access::Api),
        (
            "SOCRATE_MIRROR_DATABASE_URL",
            &configuration.mirror_database_url,
            Access::Mirror,
        ),
        (
            "SOCRATE_MAINTENANCE_DATABASE_URL",
            &configuration.maintenance_database_url,
            Access::Maintenance,
        ),
        (
            "SOCRATE_DISPATCHER_DATABASE_URL",
            &configuration.dispatcher_database_url,
            Access::Dispatcher,
        ),
        (
            "SOCRATE_MONITORING_DATABASE_URL",
            &configuration.monitoring_database_url,
            Access::Monitoring,
        ),
    ];
    all.into_iter()
        .filter_map(|(variable, url, access)| Some((variable, url.as_ref()?, access)))
        .collect()
}

/// A role that two programs share would be a member of both groups, and see what either sees.
fn refuse_shared_roles(roles: &[(&'static str, &SecretUrl, Access)]) -> anyhow::Result<()> {
    for (index, (variable, url, _)) in roles.iter().enumerate() {
        if let Some((other, ..)) = roles[..index]
            .iter()
            .find(|(_, other, _)| other.user() == url.user())
        {
            bail!(
                "{other} and {variable} name the same role, {}: each needs one of its own",
                url.user()
            );
        }
    }
    Ok(())
}

async fn lock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let attempt = "SELECT pg_try_advisory_lock($1)";
    while !sqlx::query_scalar(attempt)
        .bind(LOCK)
        .fetch_one(&mut *connection)
        .await?
    {
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    Ok(())
}

/// An index whose making, concurrently, was cut is there and serves nobody; its migration, which runs once more, would take it for made.
async fn drop_unfinished_indexes(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let unfinished: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', nspname, relname) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid \
         JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE NOT indisvalid AND nspname = 'public'",
    )
    .fetch_all(&mut *connection)
    .await?;
    for index in unfinished {
        tracing::warn!(index, "dropping an index that was never finished");
        let statement = format!("DROP INDEX CONCURRENTLY IF EXISTS {index}");
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
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
