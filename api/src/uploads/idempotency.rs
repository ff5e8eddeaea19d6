//! Idempotency-Key: the same request, sent again, is done once and answered the same.
//!
//! The header is that of the IETF draft "The Idempotency-Key HTTP Header Field". A key is taken before the first byte is read. Until the
//! answer is known another request with it is told to wait (409). Afterwards what comes is compared with what came first, and answered the
//! same, or, where it is something else, refused (422). A request that fails gives its key back.

use serde_json::Value;
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::{
    UploadError,
    record::{LEASE, interval},
};
use crate::database::tenant_transaction;

/// What was done with a key before.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// Nothing: it is ours now.
    Ours,
    /// A request was answered.
    Answered {
        /// SHA-256 of what was sent.
        fingerprint: Vec<u8>,
        /// What was answered; `None` where the version before answered it, which noted the document alone.
        answer: Option<Value>,
        /// The document, where there was one file.
        document: Option<Uuid>,
    },
}

/// A key that this request holds.
#[derive(Clone, Debug)]
pub struct HeldKey {
    /// The key.
    pub key: String,
    /// The request.
    pub holder: Uuid,
}

/// Takes a key, or finds what was answered to it. A key is kept for 24 hours; a request that died with its process keeps it until its lease
/// ends.
///
/// # Errors
/// [`UploadError::KeyPending`], [`UploadError::Database`].
pub async fn claim(pool: &PgPool, tenant: Uuid, key: &HeldKey) -> Result<Claim, UploadError> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let taken: Option<bool> = sqlx::query_scalar(
        "INSERT INTO idempotency_keys AS present (tenant_id, key, created_at, pending_until, holder) \
         VALUES ($1, $2, now(), now() + $4, $3) ON CONFLICT (tenant_id, key) DO UPDATE \
         SET created_at = now(), pending_until = excluded.pending_until, holder = excluded.holder, \
             fingerprint = NULL, answer = NULL, document_id = NULL \
         WHERE present.created_at < now() - interval '24 hours' \
            OR (present.fingerprint IS NULL AND present.pending_until < now()) \
         RETURNING true",
    )
    .bind(tenant)
    .bind(&key.key)
    .bind(key.holder)
    .bind(interval(LEASE))
    .fetch_optional(&mut *transaction)
    .await?;
    let claim = if taken.is_some() {
        Some(Claim::Ours)
    } else {
        let answered: Option<(Vec<u8>, Option<Value>, Option<Uuid>)> = sqlx::query_as(
            "SELECT fingerprint, answer, document_id FROM idempotency_keys WHERE tenant_id = $1 AND key = $2 \
             AND fingerprint IS NOT NULL AND coalesce(answer::text, document_id::text) IS NOT NULL \
             AND (pending_until IS NULL OR pending_until < now())",
        )
        .bind(tenant)
        .bind(&key.key)
        .fetch_optional(&mut *transaction)
        .await?;
        answered.map(|(fingerprint, answer, document)| Claim::Answered {
            fingerprint,
            answer,
            document,
        })
    };
    transaction.commit().await?;
    claim.ok_or(UploadError::KeyPending)
}

/// Notes in the transaction that makes the documents what was sent and what will be answered, if all goes well. The key goes with `document`.
///
/// # Errors
/// [`UploadError::Abandoned`] where another request holds the key by now, [`UploadError::Database`].
pub async fn record(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
    key: &HeldKey,
    fingerprint: [u8; 32],
    answer: &Value,
    document: Option<Uuid>,
) -> Result<(), UploadError> {
    let changed = sqlx::query(
        "UPDATE idempotency_keys SET fingerprint = $4, answer = $5, document_id = $6, pending_until = now() + $7 \
         WHERE tenant_id = $1 AND key = $2 AND holder = $3",
    )
    .bind(tenant)
    .bind(&key.key)
    .bind(key.holder)
    .bind(&fingerprint[..])
    .bind(answer)
    .bind(document)
    .bind(interval(LEASE))
    .execute(&mut **transaction)
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(UploadError::Abandoned);
    }
    Ok(())
}

/// Notes what was answered: from now on it is answered again.
///
/// # Errors
/// Those of Postgres.
pub async fn answered(pool: &PgPool, tenant: Uuid, key: &HeldKey, answer: &Value) -> Result<(), sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    sqlx::query(
        "UPDATE idempotency_keys SET answer = $4, pending_until = NULL WHERE tenant_id = $1 AND key = $2 AND holder = $3",
    )
    .bind(tenant)
    .bind(&key.key)
    .bind(key.holder)
    .bind(answer)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Forgets keys that are kept no longer, as maintenance.
///
/// # Errors
/// Those of Postgres.
pub async fn forget_old(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours' \
         AND (pending_until IS NULL OR pending_until < now())",
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Forgets what was answered to a key, as nothing is left of it; not where another request has taken the key by now.
///
/// # Errors
/// Those of Postgres.
pub async fn forget_answer(
    pool: &PgPool,
    tenant: Uuid,
    key: &str,
    answer: Option<&Value>,
) -> Result<(), sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    sqlx::query("DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key = $2 AND answer = $3")
        .bind(tenant)
        .bind(key)
        .bind(answer)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

/// Gives a key back, as nothing was done. Documents that were recorded with it, perhaps without our knowing, keep it, unless it is known that
/// none of them was taken.
///
/// # Errors
/// Those of Postgres.
pub async fn give_back(
    pool: &PgPool,
    tenant: Uuid,
    key: &HeldKey,
    is_none_taken: bool,
) -> Result<(), sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    sqlx::query(
        "DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key = $2 AND holder = $3 AND (fingerprint IS NULL OR $4)",
    )
    .bind(tenant)
    .bind(&key.key)
    .bind(key.holder)
    .bind(is_none_taken)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
