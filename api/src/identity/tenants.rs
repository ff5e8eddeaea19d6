//! Tenants as rows, and how one goes.

use crds::Owner;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    documents::deletion,
    identity::{
        Page,
        audit::{self, Action, Actor},
    },
    store::{Store, StoreError},
    uploads::record,
};

/// Adds a tenant.
pub async fn add(connection: &mut PgConnection, name: &str, at: Timestamp) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::new_v4();
    sqlx::query("INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(id)
        .bind(name)
        .bind(at.to_sqlx())
        .execute(connection)
        .await?;
    Ok(id)
}

/// The tenant with this name.
pub async fn find_by_name(connection: &mut PgConnection, name: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM tenants WHERE name = $1 AND deleted_at IS NULL")
        .bind(name)
        .fetch_optional(connection)
        .await
}

/// A tenant.
#[derive(Clone, Debug, sqlx::FromRow)]
#[allow(
    missing_docs,
    reason = "the columns of the table, described in the migrations"
)]
pub struct TenantRecord {
    pub id: Uuid,
    pub name: String,
    pub max_bytes: Option<i64>,
    pub max_documents: Option<i64>,
    pub max_file_bytes: Option<i64>,
    pub max_in_flight: Option<i64>,
    pub max_requests_per_second: Option<i32>,
    pub retention_days: Option<i32>,
    pub created_at: jiff_sqlx::Timestamp,
    pub disabled_at: Option<jiff_sqlx::Timestamp>,
    pub deleted_at: Option<jiff_sqlx::Timestamp>,
}

macro_rules! tenant_columns {
    () => {
        "id, name, max_bytes, max_documents, max_file_bytes, max_in_flight, max_requests_per_second, retention_days, created_at, \
         disabled_at, deleted_at"
    };
}

/// The tenant with this id.
pub async fn find(connection: &mut PgConnection, id: Uuid) -> Result<Option<TenantRecord>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT ",
        tenant_columns!(),
        " FROM tenants WHERE id = $1"
    ))
    .bind(id)
    .fetch_optional(connection)
    .await
}

/// All tenants, as maintenance, the newest first.
pub async fn list(connection: &mut PgConnection, page: &Page) -> Result<Vec<TenantRecord>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT ",
        tenant_columns!(),
        " FROM tenants WHERE ($1::timestamptz IS NULL OR (created_at, id) < ($1, $2)) \
         ORDER BY created_at DESC, id DESC LIMIT $3"
    ))
    .bind(page.time())
    .bind(page.id())
    .bind(page.limit)
    .fetch_all(connection)
    .await
}

/// Gives a tenant another name; false if there is no such tenant.
pub async fn rename(connection: &mut PgConnection, id: Uuid, name: &str) -> Result<bool, sqlx::Error> {
    let renamed = sqlx::query("UPDATE tenants SET name = $2 WHERE id = $1 AND deleted_at IS NULL")
        .bind(id)
        .bind(name)
        .execute(connection)
        .await?;
    Ok(renamed.rows_affected() > 0)
}

/// A quota of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Quota {
    /// Bytes in all.
    Bytes,
    /// Documents in all.
    Documents,
    /// Bytes of one file.
    FileBytes,
    /// Documents that are being processed at once.
    InFlight,
    /// Requests a second, on each replica of the API.
    RequestsPerSecond,
    /// Days that documents are kept.
    RetentionDays,
}

impl Quota {
    /// Its column.
    pub fn column(self) -> &'static str {
        match self {
            Self::Bytes => "max_bytes",
            Self::Documents => "max_documents",
            Self::FileBytes => "max_file_bytes",
            Self::InFlight => "max_in_flight",
            Self::RequestsPerSecond => "max_requests_per_second",
            Self::RetentionDays => "retention_days",
        }
    }
}

/// Sets a quota, `None` to be without limit; false if there is no such tenant.
pub async fn set_quota(
    connection: &mut PgConnection,
    id: Uuid,
    quota: Quota,
    limit: Option<i64>,
) -> Result<bool, sqlx::Error> {
    // The name of a column is one of ours; Postgres refuses a limit that its type cannot hold.
    let statement = format!(
        "UPDATE tenants SET {} = $2 WHERE id = $1 AND deleted_at IS NULL",
        quota.column()
    );
    let set = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(id)
        .bind(limit)
        .execute(connection)
        .await?;
    Ok(set.rows_affected() > 0)
}

/// Keeps everybody of a tenant out, or lets them in again; false if there is no such tenant.
pub async fn set_disabled(
    connection: &mut PgConnection,
    id: Uuid,
    disabled: bool,
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    let set = sqlx::query(
        "UPDATE tenants SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, $3) END \
         WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(id)
    .bind(disabled)
    .bind(at.to_sqlx())
    .execute(&mut *connection)
    .await?;
    if !disabled {
        // What waited for it while nothing was sent is due from now on: it is to be attempted before it expires.
        sqlx::query(
            "UPDATE webhook_deliveries SET next_attempt_at = $2 WHERE tenant_id = $1 AND status = 'pending' AND next_attempt_at < $2",
        )
        .bind(id)
        .bind(at.to_sqlx())
        .execute(connection)
        .await?;
    }
    Ok(set.rows_affected() > 0)
}

/// Begins the deletion of a tenant, as maintenance: from its first transaction on nobody is let in and the name is free again, then documents
/// are on their way out, then users with their keys and sessions go. [`forget_deleted`] ends it, wherever this was cut off. False if there
/// is no such tenant.
pub async fn delete(pool: &PgPool, actor: &Actor, id: Uuid, at: Timestamp) -> Result<bool, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let deleted = sqlx::query(
        "UPDATE tenants SET deleted_at = $2, name = 'deleted ' || id WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(id)
    .bind(at.to_sqlx())
    .execute(&mut *transaction)
    .await?;
    if deleted.rows_affected() == 0 {
        return Ok(false);
    }
    record::abandon_all(&mut transaction, id).await?;
    // Before its documents, so that nobody is told of them any more. Secrets go with them, and deliveries by the sweeper.
    sqlx::query("DELETE FROM webhooks WHERE tenant_id = $1")
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    // What is known of a tenant goes with it, and so do the entries that name it; this one is the platform's.
    audit::record(
        &mut transaction,
        actor,
        None,
        Action::TenantDeleted,
        &id.to_string(),
        json!({}),
        at,
    )
    .await?;
    transaction.commit().await?;
    deletion::delete_all(pool, id, at).await?;
    let mut transaction = pool.begin().await?;
    for statement in [
        "DELETE FROM users WHERE tenant_id = $1", // Keys and sessions with them.
        "DELETE FROM idempotency_keys WHERE tenant_id = $1",
        "DELETE FROM webhooks WHERE tenant_id = $1", // One that a request that was under way has added.
        "DELETE FROM usage WHERE tenant_id = $1",
    ] {
        sqlx::query(statement).bind(id).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Ends the deletion of tenants of which nothing is left, as maintenance: no document, no upload, no delivery to a webhook, and no removal that is still
/// remembered, which it is for ten minutes. Whatever the store has under their names goes first.
///
/// A request that was under way when its tenant was deleted may have added a document since: it is removed first. What cannot be ended yet
/// is tried the next time. Answers how many went.
pub async fn forget_deleted(pool: &PgPool, store: &Store, at: Timestamp) -> Result<u64, sqlx::Error> {
    let deleted: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM tenants WHERE deleted_at IS NOT NULL")
        .fetch_all(pool)
        .await?;
    let mut forgotten = 0;
    for tenant in deleted {
        match forget(pool, store, tenant, at).await {
            Ok(rows) => forgotten += rows,
            Err(error) => tracing::warn!(%error, %tenant, "unable to end the deletion of a tenant yet"),
        }
    }
    Ok(forgotten)
}

/// Why the deletion of a tenant is not ended yet.
#[derive(Debug, thiserror::Error)]
enum ForgetError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Of the tenant `$1`.
macro_rules! nothing_left {
    () => {
        "NOT EXISTS (SELECT FROM documents WHERE tenant_id = $1) AND NOT EXISTS (SELECT FROM removals WHERE tenant_id = $1) \
         AND NOT EXISTS (SELECT FROM uploads WHERE tenant_id = $1) AND NOT EXISTS (SELECT FROM deleted_webhooks WHERE tenant_id = $1)"
    };
}

async fn forget(pool: &PgPool, store: &Store, tenant: Uuid, at: Timestamp) -> Result<u64, ForgetError> {
    deletion::delete_all(pool, tenant, at).await?;
    let is_nothing_left: bool = sqlx::query_scalar(concat!("SELECT ", nothing_left!()))
        .bind(tenant)
        .fetch_one(pool)
        .await?;
    if !is_nothing_left {
        return Ok(0);
    }
    // Before the row, by which alone it is found.
    store
        .remove_all(&Owner::Tenant(tenant.to_string()).prefix())
        .await?;
    let gone = sqlx::query(concat!("DELETE FROM tenants WHERE id = $1 AND ", nothing_left!()))
        .bind(tenant)
        .execute(pool)
        .await?;
    Ok(gone.rows_affected())
}
