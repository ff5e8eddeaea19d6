//! What requests do to documents, each as its tenant.

use jiff::Timestamp;
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::row::{DocumentRow, document_columns, into_document};
use crate::{
    database::{instant::Instant, tenant_transaction},
    documents::document::Document,
};

/// What a tenant may have; `None` is without limit.
#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
#[allow(
    missing_docs,
    reason = "the columns of the table, described in the migrations"
)]
pub struct Quotas {
    pub max_bytes: Option<i64>,
    pub max_documents: Option<i64>,
    pub max_file_bytes: Option<i64>,
    pub max_in_flight: Option<i64>,
}

impl Quotas {
    /// Whether it matters what the tenant has already.
    pub fn limit_holdings(&self) -> bool {
        self.max_bytes.is_some() || self.max_documents.is_some() || self.max_in_flight.is_some()
    }
}

/// What a tenant has.
#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
#[allow(missing_docs, reason = "named after what is counted")]
pub struct Holdings {
    pub bytes: i64,
    pub documents: i64,
    pub in_flight: i64,
}

/// An Idempotency-Key and what it was sent with.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    /// The key.
    pub key: String,
    /// SHA-256 of everything that was sent with it.
    pub fingerprint: [u8; 32],
}

/// The quotas of a tenant.
pub async fn quotas(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
) -> Result<Quotas, sqlx::Error> {
    sqlx::query_as(
        "SELECT max_bytes, max_documents, max_file_bytes, max_in_flight FROM tenants WHERE id = $1",
    )
    .bind(tenant)
    .fetch_optional(&mut **transaction)
    .await
    .map(Option::unwrap_or_default)
}

/// What a tenant has. Inside a transaction that [`lock_uploads`] began it stays true until the end.
pub async fn holdings(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
) -> Result<Holdings, sqlx::Error> {
    sqlx::query_as(
        "SELECT coalesce(sum(size_bytes), 0)::bigint AS bytes, count(*) AS documents, \
         count(*) FILTER (WHERE status = 'processing') AS in_flight FROM documents WHERE tenant_id = $1",
    )
    .bind(tenant)
    .fetch_one(&mut **transaction)
    .await
}

/// Lets one upload of a tenant at a time be counted.
pub async fn lock_uploads(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
) -> Result<(), sqlx::Error> {
    let half = u64::from_be_bytes(tenant.as_bytes()[..8].try_into().unwrap_or_default());
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(half.cast_signed())
        .execute(&mut **transaction)
        .await
        .map(drop)
}

/// The document an Idempotency-Key was answered with, and what was sent with it.
pub async fn find_idempotent(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
    key: &str,
) -> Result<Option<(Vec<u8>, Uuid)>, sqlx::Error> {
    sqlx::query_as("SELECT fingerprint, document_id FROM idempotency_keys WHERE tenant_id = $1 AND key = $2")
        .bind(tenant)
        .bind(key)
        .fetch_optional(&mut **transaction)
        .await
}

/// Adds an uploaded document, and its Idempotency-Key if it came with one.
pub async fn insert(
    transaction: &mut Transaction<'_, Postgres>,
    document: &Document,
    idempotency: Option<&IdempotencyKey>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO documents (id, tenant_id, user_id, origin, filename, content_type, size_bytes, sha256, status, \
         phase, message, queue, priority, chunk_size, overlap, resource_namespace, resource_name, encoding_number, \
         created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)",
    )
    .bind(document.id)
    .bind(document.tenant_id)
    .bind(document.user_id)
    .bind(document.origin.as_str())
    .bind(&document.filename)
    .bind(&document.content_type)
    .bind(document.size_bytes)
    .bind(&document.sha256)
    .bind(document.status().as_str())
    .bind(document.phase.as_str())
    .bind(&document.message)
    .bind(&document.queue)
    .bind(document.priority)
    .bind(document.chunk_size)
    .bind(document.overlap)
    .bind(&document.binding.namespace)
    .bind(&document.binding.name)
    .bind(document.binding.number)
    .bind(Instant(document.created_at))
    .execute(&mut **transaction)
    .await?;
    if let Some(idempotency) = idempotency {
        sqlx::query(
            "INSERT INTO idempotency_keys (tenant_id, key, fingerprint, document_id, created_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(document.tenant_id)
        .bind(&idempotency.key)
        .bind(&idempotency.fingerprint[..])
        .bind(document.id)
        .bind(Instant(document.created_at))
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

/// The tenant's document with this id.
pub async fn find(pool: &PgPool, tenant: Uuid, id: Uuid) -> Result<Option<Document>, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let row: Option<DocumentRow> = sqlx::query_as(concat!(
        "SELECT ",
        document_columns!(),
        " FROM documents WHERE id = $1"
    ))
    .bind(id)
    .fetch_optional(&mut *transaction)
    .await?;
    row.map(into_document).transpose()
}

/// Binds a document to the resource that was made for it, and tells the resource's uid to existing clients as
/// `task_id`; the mirror does the same when it sees the resource.
pub async fn bind(pool: &PgPool, tenant: Uuid, id: Uuid, number: i32, uid: Uuid) -> Result<(), sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    sqlx::query(
        "UPDATE documents SET resource_uid = $3, doc_metadata = doc_metadata || \
         jsonb_build_object('task_id', $3::text, 'chunk_size', chunk_size, 'overlap', overlap) \
         WHERE id = $1 AND encoding_number = $2 AND resource_uid IS NULL",
    )
    .bind(id)
    .bind(number)
    .bind(uid)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Deletes a row. With `removal` the rest of the document is removed later, else there is nothing else of it.
pub async fn delete(
    pool: &PgPool,
    tenant: Uuid,
    id: Uuid,
    removal: bool,
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    if removal {
        sqlx::query(
            "INSERT INTO removals (document_id, tenant_id, resource_namespace, resource_name, resource_uid, created_at) \
             SELECT id, tenant_id, resource_namespace, resource_name, resource_uid, $2 FROM documents WHERE id = $1 \
             ON CONFLICT (document_id) DO NOTHING",
        )
        .bind(id)
        .bind(Instant(at))
        .execute(&mut *transaction)
        .await?;
    }
    let deleted = sqlx::query("DELETE FROM documents WHERE id = $1")
        .bind(id)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
    transaction.commit().await?;
    Ok(deleted > 0)
}

/// Begins the next encoding of a document whose last one failed; `None` if it has not failed, or is not there.
pub async fn begin_retry(
    pool: &PgPool,
    tenant: Uuid,
    id: Uuid,
    at: Timestamp,
) -> Result<Option<Document>, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let row: Option<DocumentRow> = sqlx::query_as(concat!(
        "UPDATE documents SET status = 'processing', phase = 'Pending', processing_progress = 0, message = 'Queued', \
         error_message = NULL, error_reason = NULL, attempt = 0, pages_done = NULL, pages_total = NULL, \
         queue_position = NULL, estimated_start_at = NULL, encoding_number = encoding_number + 1, resource_uid = NULL, \
         resource_name = 'doc-' || id || '-' || (encoding_number + 1), processing_started_at = NULL, \
         processing_completed_at = NULL, updated_at = $2 \
         WHERE id = $1 AND status = 'failed' AND origin = 'upload' RETURNING ",
        document_columns!()
    ))
    .bind(id)
    .bind(Instant(at))
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    row.map(into_document).transpose()
}

/// Takes back what [`begin_retry`] did, as the cluster did not take the document.
pub async fn undo_retry(
    pool: &PgPool,
    tenant: Uuid,
    before: &Document,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let error = before.error.as_ref();
    // The number is not taken back: the resource may have been made all the same, and its name must not be used again.
    sqlx::query(
        "UPDATE documents SET status = 'failed', phase = $3, processing_progress = $4, message = $5, \
         error_message = $6, error_reason = $7, attempt = $8, processing_completed_at = $9, updated_at = $10, \
         resource_uid = $11, resource_name = $12 \
         WHERE id = $1 AND encoding_number = $2 AND resource_uid IS NULL AND status = 'processing'",
    )
    .bind(before.id)
    .bind(before.binding.number + 1)
    .bind(before.phase.as_str())
    .bind(i32::from(before.progress))
    .bind(&before.message)
    .bind(error.map(|error| &error.message))
    .bind(error.map(|error| &error.reason))
    .bind(before.attempt.cast_signed())
    .bind(before.processing_completed_at.map(Instant))
    .bind(Instant(at))
    .bind(before.binding.uid)
    .bind(&before.binding.name)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
