//! How documents change: the one place that writes their rows.
//!
//! Each change is one statement in the caller's transaction. With it, in the same transaction, a trigger counts what the tenant holds and
//! gives the change its number, [`Document::change_seq`]. Numbers are per tenant, without gaps, and become visible in their order, because
//! the tenant's row of `holdings` stays locked from the change until the commit. So keep such a transaction short, and wait in it for nothing
//! but Postgres.
//!
//! Locks are taken in one order: documents by id, then holdings by tenant.
//!
//! What requests may write ends where the mirror begins: a request makes the row, binds it, and asks for another encoding; everything that
//! a resource says is written by [`observe`](super::observed::observe).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{Postgres, Transaction, types::Json};
use uuid::Uuid;

use super::{
    document::{Document, Request},
    row::document_columns,
};

/// A change of one document, but for what its resource says.
#[derive(Clone, Copy, Debug)]
pub enum Change<'change> {
    /// An upload becomes a document.
    Uploaded(&'change Document),
    /// An upload becomes a document that is ready at once, with the result of another, which was locked in the same transaction (see
    /// [`reuse`](super::reuse)).
    Reused(&'change Document),
    /// Its resource was made: the row is bound to it, and existing clients learn the resource's uid as `task_id`. The mirror does the same
    /// when it sees the resource.
    Bound {
        /// Whose it is.
        tenant: Uuid,
        /// The document.
        id: Uuid,
        /// Which of its encodings.
        number: i32,
        /// The resource's uid.
        uid: Uuid,
    },
    /// An uploaded document that has ended is to be encoded again. What it has of a result is kept until there is a new one.
    Retried {
        /// Whose it is.
        tenant: Uuid,
        /// The document as it was looked at.
        before: &'change Document,
        /// How it is to be encoded.
        request: &'change Request,
    },
    /// The cluster did not take what [`Change::Retried`] began: the document is what it was before.
    RetryUndone {
        /// Whose it is.
        tenant: Uuid,
        /// The document as it was.
        before: &'change Document,
        /// Which encoding was begun.
        number: i32,
    },
    /// Its resource was deleted before it finished.
    ResourceDeleted {
        /// The document.
        id: Uuid,
        /// The resource's uid.
        uid: Uuid,
    },
    /// It is removed. What else there is of it is removed later, by what is written to `removals`.
    Deleted {
        /// Whose it is.
        tenant: Uuid,
        /// The document.
        id: Uuid,
    },
}

/// Makes a change; answers the document as it is then, or, where it was removed, as it was last. `None` where the change does not apply:
/// there is no such document of this tenant, or it has gone on since.
///
/// # Errors
/// Those of Postgres.
pub async fn transition(
    transaction: &mut Transaction<'_, Postgres>,
    change: Change<'_>,
    at: Timestamp,
) -> Result<Option<Document>, sqlx::Error> {
    let at = at.to_sqlx();
    match change {
        Change::Uploaded(document) | Change::Reused(document) => {
            insert(transaction, document).await.map(Some)
        }
        Change::Bound {
            tenant,
            id,
            number,
            uid,
        } => {
            sqlx::query_as(BIND)
                .bind(id)
                .bind(tenant)
                .bind(number)
                .bind(uid)
                .fetch_optional(&mut **transaction)
                .await
        }
        Change::Retried {
            tenant,
            before,
            request,
        } => {
            sqlx::query_as(RETRY)
                .bind(before.id)
                .bind(tenant)
                .bind(at)
                .bind(before.binding.number)
                .bind(&request.queue)
                .bind(request.priority)
                .bind(request.chunk_size)
                .bind(request.overlap)
                .fetch_optional(&mut **transaction)
                .await
        }
        Change::RetryUndone {
            tenant,
            before,
            number,
        } => undo_retry(transaction, tenant, before, number, at).await,
        Change::ResourceDeleted { id, uid } => {
            sqlx::query_as(RESOURCE_DELETED)
                .bind(id)
                .bind(uid)
                .bind(at)
                .fetch_optional(&mut **transaction)
                .await
        }
        Change::Deleted { tenant, id } => delete(transaction, tenant, id, at).await,
    }
}

async fn insert(
    transaction: &mut Transaction<'_, Postgres>,
    document: &Document,
) -> Result<Document, sqlx::Error> {
    let (file, request, binding) = (&document.file, &document.request, &document.binding);
    let (progress, outcome) = (&document.progress, &document.outcome);
    sqlx::query_as(INSERT)
        .bind(document.id)
        .bind(document.tenant_id)
        .bind(document.user_id)
        .bind(document.origin.as_str())
        .bind(&file.filename)
        .bind(&file.content_type)
        .bind(file.size_bytes)
        .bind(&file.sha256)
        .bind(document.status().as_str())
        .bind(document.progress.phase.as_str())
        .bind(&document.progress.message)
        .bind(&request.queue)
        .bind(request.priority)
        .bind(request.chunk_size)
        .bind(request.overlap)
        .bind(&binding.namespace)
        .bind(&binding.name)
        .bind(binding.number)
        .bind(document.created_at.to_sqlx())
        .bind(&document.encoder_settings)
        .bind(i32::from(progress.percent))
        .bind(progress.pages_done)
        .bind(progress.pages_total)
        .bind(outcome.total_chunks)
        .bind(outcome.total_tokens)
        .bind(outcome.total_pages)
        .bind(&outcome.language)
        .bind(outcome.completed_at.map(ToSqlx::to_sqlx))
        .bind(&document.doc_metadata)
        .bind(document.reused.map(|encoding| encoding.document_id))
        .bind(document.reused.map(|encoding| encoding.resource_uid))
        .fetch_one(&mut **transaction)
        .await
}

async fn undo_retry(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
    before: &Document,
    number: i32,
    at: jiff_sqlx::Timestamp,
) -> Result<Option<Document>, sqlx::Error> {
    let (progress, outcome, request) = (&before.progress, &before.outcome, &before.request);
    let error = outcome.error.as_ref();
    sqlx::query_as(UNDO_RETRY)
        .bind(before.id)
        .bind(tenant)
        .bind(number)
        .bind(before.status().as_str())
        .bind(progress.phase.as_str())
        .bind(i32::from(progress.percent))
        .bind(&progress.message)
        .bind(error.map(|error| &error.message))
        .bind(error.map(|error| &error.reason))
        .bind(progress.attempt.cast_signed())
        .bind(progress.pages_done)
        .bind(progress.pages_total)
        .bind(outcome.total_chunks)
        .bind(outcome.total_tokens)
        .bind(outcome.total_pages)
        .bind(&outcome.language)
        .bind(outcome.completed_at.map(ToSqlx::to_sqlx))
        .bind(progress.started_at.map(ToSqlx::to_sqlx))
        .bind(before.binding.uid)
        .bind(&before.binding.name)
        .bind(before.requested_at.to_sqlx())
        .bind(before.kept_result.as_ref().map(Json))
        .bind(&before.doc_metadata)
        .bind(&before.encoder_settings)
        .bind(&request.queue)
        .bind(request.priority)
        .bind(request.chunk_size)
        .bind(request.overlap)
        .bind(at)
        .bind(outcome.cpu_milliseconds)
        .fetch_optional(&mut **transaction)
        .await
}

async fn delete(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
    id: Uuid,
    at: jiff_sqlx::Timestamp,
) -> Result<Option<Document>, sqlx::Error> {
    let deleted: Option<Document> = sqlx::query_as(concat!(
        "DELETE FROM documents WHERE id = $1 AND tenant_id = $2 RETURNING ",
        document_columns!()
    ))
    .bind(id)
    .bind(tenant)
    .fetch_optional(&mut **transaction)
    .await?;
    if let Some(document) = &deleted {
        let binding = &document.binding;
        sqlx::query(
            "INSERT INTO removals (document_id, tenant_id, resource_namespace, resource_name, resource_uid, created_at, change_seq) \
             SELECT $1, $2, $3, $4, $5, $6, change_seq FROM holdings WHERE tenant_id = $2 ON CONFLICT (document_id) DO NOTHING",
        )
        .bind(id)
        .bind(tenant)
        .bind(&binding.namespace)
        .bind(&binding.name)
        .bind(binding.uid)
        .bind(at)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(deleted)
}

const INSERT: &str = concat!(
    "INSERT INTO documents (id, tenant_id, user_id, origin, filename, content_type, size_bytes, sha256, status, \
     phase, message, queue, priority, chunk_size, overlap, resource_namespace, resource_name, encoding_number, \
     created_at, updated_at, encoder_settings, processing_progress, pages_done, pages_total, total_chunks, total_tokens, \
     total_pages, language, processing_completed_at, doc_metadata, result_document_id, result_resource_uid) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, $20, $21, $22, \
     $23, $24, $25, $26, $27, $28, $29, $30, $31) RETURNING ",
    document_columns!()
);

const BIND: &str = concat!(
    "UPDATE documents SET resource_uid = $4, doc_metadata = doc_metadata || \
     jsonb_build_object('task_id', $4::text, 'chunk_size', chunk_size, 'overlap', overlap) \
     WHERE id = $1 AND tenant_id = $2 AND encoding_number = $3 AND resource_uid IS NULL AND status = 'processing' RETURNING ",
    document_columns!()
);

/// What its encoding before was is noted beside it, and the oldest of more than a hundred forgotten. It may be encoded with other settings than those it was uploaded for, and perhaps with neither:
/// its result is not reused.
const RETRY: &str = concat!(
    "WITH before AS ( \
       SELECT * FROM documents WHERE id = $1 AND tenant_id = $2 AND status <> 'processing' AND origin = 'upload' \
       AND encoding_number = $4 FOR UPDATE), \
     past AS ( \
       INSERT INTO past_encodings (tenant_id, document_id, number, phase, error_reason, error_message, attempt, queue, priority, \
       chunk_size, overlap, total_chunks, total_tokens, total_pages, language, cpu_milliseconds, requested_at, started_at, completed_at) \
       SELECT tenant_id, id, substring(resource_name FROM '[0-9]+$')::integer, phase, error_reason, error_message, attempt, queue, priority, \
       chunk_size, overlap, total_chunks, total_tokens, total_pages, language, cpu_milliseconds, coalesce(encoding_requested_at, created_at), \
       processing_started_at, processing_completed_at FROM before ON CONFLICT DO NOTHING), \
     forgotten AS ( \
       DELETE FROM past_encodings USING before WHERE past_encodings.document_id = before.id AND past_encodings.number <= \
         (SELECT number FROM past_encodings AS kept WHERE kept.document_id = before.id ORDER BY number DESC OFFSET 99 LIMIT 1)) \
     UPDATE documents SET status = 'processing', phase = 'Pending', processing_progress = 0, message = 'Queued', \
     error_message = NULL, error_reason = NULL, attempt = 0, pages_done = NULL, pages_total = NULL, \
     queue_position = NULL, estimated_start_at = NULL, encoding_number = encoding_number + 1, resource_uid = NULL, \
     resource_version = NULL, resource_name = 'doc-' || id || '-' || (encoding_number + 1), processing_started_at = NULL, \
     processing_completed_at = NULL, encoder_settings = NULL, total_chunks = NULL, total_tokens = NULL, total_pages = NULL, \
     language = NULL, cpu_milliseconds = NULL, encoding_requested_at = $3, queue = $5, priority = $6, chunk_size = $7, overlap = $8, updated_at = $3, \
     doc_metadata = CASE WHEN status = 'ready' THEN '{}' ELSE doc_metadata END, \
     kept_result = CASE WHEN status = 'ready' THEN jsonb_build_object('number', substring(resource_name FROM '[0-9]+$')::integer, \
       'document_id', coalesce(result_document_id, id), 'resource_uid', coalesce(result_resource_uid, resource_uid), \
       'doc_metadata', doc_metadata, 'chunk_size', chunk_size, 'overlap', overlap, 'total_chunks', total_chunks, \
       'total_tokens', total_tokens, 'total_pages', total_pages, 'language', language, 'completed_at', processing_completed_at) \
       ELSE kept_result END \
     WHERE id IN (SELECT id FROM before) RETURNING ",
    document_columns!()
);

/// The number is not taken back: the resource may have been made all the same, and its name must not be used again.
const UNDO_RETRY: &str = concat!(
    "WITH undone AS (UPDATE documents SET status = $4, phase = $5, processing_progress = $6, message = $7, error_message = $8, error_reason = $9, \
     attempt = $10, pages_done = $11, pages_total = $12, total_chunks = $13, total_tokens = $14, total_pages = $15, language = $16, \
     processing_completed_at = $17, processing_started_at = $18, resource_uid = $19, resource_name = $20, \
     encoding_requested_at = nullif($21, created_at), kept_result = $22, doc_metadata = $23, encoder_settings = $24, queue = $25, priority = $26, \
     chunk_size = $27, overlap = $28, updated_at = $29, cpu_milliseconds = $30 \
     WHERE id = $1 AND tenant_id = $2 AND encoding_number = $3 AND resource_uid IS NULL AND status = 'processing' RETURNING *), \
     past AS (DELETE FROM past_encodings USING undone WHERE document_id = undone.id \
       AND number = substring(undone.resource_name FROM '[0-9]+$')::integer) \
     SELECT ",
    document_columns!(),
    " FROM undone"
);

const RESOURCE_DELETED: &str = concat!(
    "UPDATE documents SET status = 'failed', phase = 'Failed', error_reason = 'Deleted', \
     error_message = 'the resource was deleted before it finished', \
     message = 'the resource was deleted before it finished', queue_position = NULL, \
     estimated_start_at = NULL, processing_completed_at = $3, updated_at = $3 \
     WHERE id = $1 AND resource_uid = $2 AND status = 'processing' RETURNING ",
    document_columns!()
);
