//! Postgres.
//!
//! Statements are checked by the tests, each of which runs them against a real Postgres, so that building the program
//! needs none.

pub mod migrations;

use std::{future::Future, io, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

use crate::configuration::SecretUrl;

/// A row that cannot be what the schema says.
#[derive(Debug, thiserror::Error)]
#[error("the column {column} of document {id} holds {value:?}")]
pub struct CorruptRow {
    /// The document.
    pub id: Uuid,
    /// The column.
    pub column: &'static str,
    /// What it holds.
    pub value: String,
}

/// How to connect to the database at this address.
pub fn connect_options(url: &SecretUrl) -> Result<PgConnectOptions, sqlx::Error> {
    let options: PgConnectOptions = url.expose().as_str().parse()?;
    Ok(options
        .application_name("socrate-api")
        .disable_statement_logging()) // A statement may hold a password.
}

/// A connection that was idle for longer than this is tested before it is used: the server may have been restarted.
const TESTED_AFTER_IDLE: Duration = Duration::from_secs(1);

/// No statement, no lock and no transaction that its program has left alone is waited for longer: whoever cannot go on gives its connection
/// back.
const TIME_LIMITS: [(&str, &str); 3] = [
    ("statement_timeout", "30s"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "30s"),
];

/// Connections to this address, made when they are first needed.
pub fn pool(url: &SecretUrl, connections: u32) -> Result<PgPool, sqlx::Error> {
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .idle_timeout(Duration::from_mins(5))
        .test_before_acquire(false) // One more round trip for each use, however busy; instead:
        .before_acquire(|connection, metadata| {
            Box::pin(async move {
                if metadata.idle_for > TESTED_AFTER_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(connect_options(url)?.options(TIME_LIMITS)))
}

/// Whether trying again later may help: Postgres is not reached, starts or stops (class 57P), has no connection left (53300), or others held
/// what was needed for too long or at the same time (55P03, 57014, 40P01, 40001).
pub fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("57P")
                || matches!(code.as_ref(), "53300" | "55P03" | "57014" | "40P01" | "40001")
        }),
        _ => false,
    }
}

/// Whether Postgres answers within so long over a connection of this pool.
pub async fn is_answering(pool: &PgPool, limit: Duration) -> bool {
    let asked = tokio::time::timeout(limit, sqlx::query("SELECT 1").execute(pool));
    matches!(asked.await, Ok(Ok(_)))
}

/// Whether Postgres is there, within so long, be it that it only says that it takes no more connections: others may change what it holds. A pool
/// does not tell, as it tries again where it is refused; so a connection is made besides.
pub async fn is_living(pool: &PgPool, limit: Duration) -> bool {
    let connect = async {
        match PgConnection::connect_with(&pool.connect_options()).await {
            Ok(connection) => connection.close().await.is_ok(),
            // It starts or stops (class 57P), or it refuses.
            Err(sqlx::Error::Database(error)) => error.code().is_some_and(|code| !code.starts_with("57P")),
            Err(_) => false,
        }
    };
    let (is_answering, is_connected) =
        tokio::join!(is_answering(pool, limit), tokio::time::timeout(limit, connect));
    is_answering || is_connected.unwrap_or(false)
}

/// How long a step of an upload or an export is waited for. A Postgres that hangs does not end its statements by their own limits, and these have no
/// limit of a request.
pub const STEP_LIMIT: Duration = Duration::from_secs(10);

/// What a step answers within so long; afterwards it is as if Postgres were not there. What was not committed by then is rolled back, what was
/// is found by its row.
///
/// # Errors
/// Those of the step.
pub fn within<'step, T, E: From<sqlx::Error>>(
    limit: Duration,
    step: impl Future<Output = Result<T, E>> + Send + 'step,
) -> BoxFuture<'step, Result<T, E>> {
    let limited = tokio::time::timeout(limit, step);
    limited
        .map(|done| done.unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()).into())))
        .boxed()
}

/// A transaction that sees what is this tenant's and nothing else. It is begun, and the tenant named, in one round trip.
pub async fn tenant_transaction(
    pool: &PgPool,
    tenant: Uuid,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    // A UUID is written in hexadecimal digits and dashes: there is nothing in it to quote.
    let begin = format!("BEGIN; SET LOCAL socrate.tenant_id = '{}'", tenant.hyphenated());
    pool.begin_with(AssertSqlSafe(begin)).await
}
