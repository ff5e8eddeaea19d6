//! The rows of uploads that are coming in.
//!
//! A row is leased: whoever works on the upload moves its expiry on, by the clock of Postgres, which all share. What has expired is marked
//! as abandoned before anything of it is removed, so that nobody can finish it any more.

use std::time::Duration;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgPool, Postgres, Transaction, postgres::types::PgInterval};
use uuid::Uuid;

use crate::{
    database::tenant_transaction,
    documents::{
        document::resource_name,
        holdings::{self, Quotas},
    },
    uploads::UploadError,
};

/// An upload that a request works on is given up when it was not heard of for so long.
pub const LEASE: Duration = Duration::from_mins(1);
/// The lease is renewed this often.
const RENEW_EVERY: Duration = Duration::from_secs(15);

/// What comes in, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct NewUpload<'upload> {
    /// The id of the document to be.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: Uuid,
    /// Who uploads it.
    pub user: Uuid,
    /// The request that works on it.
    pub holder: Uuid,
    /// `form`, `tus` or `presigned`.
    pub method: &'static str,
    /// What the person called it.
    pub filename: &'upload str,
}

pub(super) fn interval(duration: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX),
    }
}

/// Begins an upload, if the tenant's quotas allow one more.
///
/// # Errors
/// [`UploadError::Quota`], [`UploadError::Database`].
pub async fn begin(pool: &PgPool, upload: NewUpload<'_>) -> Result<(), UploadError> {
    let mut transaction = tenant_transaction(pool, upload.tenant).await?;
    sqlx::query(
        "INSERT INTO uploads (id, tenant_id, user_id, holder, method, filename, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, now() + $7)",
    )
    .bind(upload.id)
    .bind(upload.tenant)
    .bind(upload.user)
    .bind(upload.holder)
    .bind(upload.method)
    .bind(upload.filename)
    .bind(interval(LEASE))
    .execute(&mut *transaction)
    .await?;
    check_quotas(&mut transaction, upload.tenant).await?;
    transaction.commit().await?;
    Ok(())
}

/// Notes how much has come, if the tenant's quotas allow it.
///
/// # Errors
/// [`UploadError::Quota`], [`UploadError::Abandoned`], [`UploadError::Database`].
pub async fn advance(pool: &PgPool, tenant: Uuid, id: Uuid, bytes: u64) -> Result<(), UploadError> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let changed = sqlx::query(
        "UPDATE uploads SET offset_bytes = $3, reserved_bytes = greatest(reserved_bytes, $3), \
         expires_at = greatest(expires_at, now() + $4) WHERE id = $1 AND tenant_id = $2 AND state = 'receiving'",
    )
    .bind(id)
    .bind(tenant)
    .bind(bytes.cast_signed())
    .bind(interval(LEASE))
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(UploadError::Abandoned);
    }
    check_quotas(&mut transaction, tenant).await?;
    transaction.commit().await?;
    Ok(())
}

/// Takes the row away as part of the transaction that makes the document.
///
/// # Errors
/// [`UploadError::Abandoned`] where it was given up, [`UploadError::Database`].
pub async fn finish(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
    id: Uuid,
) -> Result<(), UploadError> {
    let deleted = sqlx::query("DELETE FROM uploads WHERE id = $1 AND tenant_id = $2 AND state = 'receiving'")
        .bind(id)
        .bind(tenant)
        .execute(&mut **transaction)
        .await?
        .rows_affected();
    if deleted == 0 {
        return Err(UploadError::Abandoned);
    }
    Ok(())
}

/// Gives an upload up: from now on nobody can finish it, and the sweeper removes it, if nobody does before. False where there is none: a
/// document has been made of it, or nothing is left.
///
/// # Errors
/// Those of Postgres.
pub async fn abandon(pool: &PgPool, tenant: Uuid, id: Uuid) -> Result<bool, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let abandoned = sqlx::query(
        "UPDATE uploads SET state = 'abandoned', expires_at = now() WHERE id = $1 AND tenant_id = $2",
    )
    .bind(id)
    .bind(tenant)
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    transaction.commit().await?;
    Ok(abandoned > 0)
}

/// Gives all uploads of a tenant up, as maintenance.
///
/// # Errors
/// Those of Postgres.
pub async fn abandon_all(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE uploads SET state = 'abandoned', expires_at = now() WHERE tenant_id = $1")
        .bind(tenant)
        .execute(&mut **transaction)
        .await
        .map(drop)
}

/// Forgets an upload of which nothing is left in the store.
///
/// # Errors
/// Those of Postgres.
pub async fn forget(pool: &PgPool, tenant: Uuid, id: Uuid) -> Result<(), sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    sqlx::query("DELETE FROM uploads WHERE id = $1 AND tenant_id = $2 AND state = 'abandoned'")
        .bind(id)
        .bind(tenant)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

/// Whether what the store has under this id is nobody's: there is no upload that comes in, no document, and none that has its result.
///
/// # Errors
/// Those of Postgres.
pub async fn is_nobodys(pool: &PgPool, tenant: Uuid, id: Uuid) -> Result<bool, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    sqlx::query_scalar(
        "SELECT NOT EXISTS (SELECT FROM uploads WHERE id = $1 AND state = 'receiving') \
         AND NOT EXISTS (SELECT FROM documents WHERE id = $1) \
         AND NOT EXISTS (SELECT FROM documents WHERE result_document_id = $1)",
    )
    .bind(id)
    .fetch_one(&mut *transaction)
    .await
}

/// Forgets an upload of which nothing is left in the store, and has it looked for once more as for a document that was removed: another request
/// may have been writing, and S3 makes an object only when the last of it has come.
///
/// # Errors
/// Those of Postgres.
pub async fn forget_and_look_again(
    pool: &PgPool,
    tenant: Uuid,
    id: Uuid,
    namespace: &str,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    sqlx::query("DELETE FROM uploads WHERE id = $1 AND tenant_id = $2 AND state = 'abandoned'")
        .bind(id)
        .bind(tenant)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "INSERT INTO removals (document_id, tenant_id, resource_namespace, resource_name, created_at, finished_at) \
         VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (document_id) DO NOTHING",
    )
    .bind(id)
    .bind(tenant)
    .bind(namespace)
    .bind(resource_name(id, 1))
    .bind(at.to_sqlx())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// An upload that nobody works on any more.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct AbandonedUpload {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub tenant_id: Uuid,
}

/// Marks what has expired as abandoned and answers some of it, as maintenance; what was answered is answered again after a while, if it is
/// still there.
///
/// # Errors
/// Those of Postgres.
pub async fn abandon_expired(pool: &PgPool, most: i64) -> Result<Vec<AbandonedUpload>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE uploads SET state = 'abandoned', expires_at = now() + $2 WHERE id = ANY \
         (ARRAY(SELECT id FROM uploads WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)) \
         RETURNING id, tenant_id",
    )
    .bind(most)
    .bind(interval(LEASE))
    .fetch_all(pool)
    .await
}

async fn check_quotas(transaction: &mut Transaction<'_, Postgres>, tenant: Uuid) -> Result<(), UploadError> {
    let (quotas, holdings) = holdings::quotas_and_holdings(transaction, tenant).await?;
    Ok(quotas.check(&holdings)?)
}

/// The quotas of a tenant.
///
/// # Errors
/// Those of Postgres.
pub async fn quotas(pool: &PgPool, tenant: Uuid) -> Result<Quotas, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    Ok(holdings::quotas_and_holdings(&mut transaction, tenant).await?.0)
}

/// Keeps the uploads of a request, and its Idempotency-Key, from expiring for as long as it lives.
#[derive(Debug)]
pub struct Lease(tokio::task::JoinHandle<()>);

impl Lease {
    /// Renews until it is dropped.
    pub fn keep(pool: PgPool, tenant: Uuid, holder: Uuid, idempotency_key: Option<String>) -> Self {
        Self(tokio::spawn(async move {
            loop {
                tokio::time::sleep(RENEW_EVERY).await;
                if let Err(error) = renew(&pool, tenant, holder, idempotency_key.as_deref()).await {
                    tracing::warn!(%error, "unable to renew the lease of an upload; it is tried again");
                }
            }
        }))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Renews the lease of what a request works on, and of the Idempotency-Key it holds, once.
///
/// # Errors
/// Those of Postgres.
pub async fn renew(pool: &PgPool, tenant: Uuid, holder: Uuid, key: Option<&str>) -> Result<(), sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    sqlx::query(
        // What the request itself is just finishing is left out: neither waits for the other.
        "UPDATE uploads SET expires_at = greatest(expires_at, now() + $3), \
         locked_until = CASE WHEN locked_until IS NOT NULL THEN now() + $3 END WHERE id IN (SELECT id FROM uploads \
         WHERE tenant_id = $1 AND holder = $2 AND state = 'receiving' ORDER BY id FOR UPDATE SKIP LOCKED)",
    )
    .bind(tenant)
    .bind(holder)
    .bind(interval(LEASE))
    .execute(&mut *transaction)
    .await?;
    if let Some(key) = key {
        sqlx::query(
            "UPDATE idempotency_keys SET pending_until = now() + $4 \
             WHERE tenant_id = $1 AND key = $2 AND holder = $3 AND pending_until IS NOT NULL",
        )
        .bind(tenant)
        .bind(key)
        .bind(holder)
        .bind(interval(LEASE))
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await
}
