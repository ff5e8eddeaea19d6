//! Writing what a resource says into its row: never backwards, and only into the row that is bound to it.

use crds::Phase;
use jiff::Timestamp;
use serde_json::json;
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::observation::Observation;
use crate::{
    database::{
        instant::Instant,
        row::{DocumentRow, document_columns, into_document},
    },
    document::{Document, Origin, Status},
};

/// What became of an observation.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// The row says so now.
    Changed(Document),
    /// The row is bound to the resource and was further on, or finished, already.
    Unchanged(Document),
    /// There is no row that wants it: the document was removed, or is bound to another resource.
    NotWanted,
}

/// Writes an observation.
pub async fn write(pool: &PgPool, observation: &Observation, now: Timestamp) -> Result<Written, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    if observation.origin == Origin::Resource {
        insert(&mut transaction, observation, now).await?;
    }
    let changed = update(&mut transaction, observation, now).await?;
    let written = match changed {
        Some(document) => {
            count_usage(&mut transaction, &document).await?;
            Written::Changed(document)
        }
        None => find(&mut transaction, observation.document_id)
            .await?
            .filter(|document| document.binding.uid == Some(observation.resource_uid))
            .map_or(Written::NotWanted, Written::Unchanged),
    };
    transaction.commit().await?;
    Ok(written)
}

/// A resource that somebody applied becomes a document, unless that document was removed.
async fn insert(
    transaction: &mut Transaction<'_, Postgres>,
    observation: &Observation,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO documents (id, tenant_id, origin, filename, content_type, status, phase, queue, priority, \
         chunk_size, overlap, resource_namespace, resource_name, resource_uid, encoding_number, created_at, updated_at) \
         SELECT $1, (SELECT id FROM tenants WHERE id = $2), 'resource', $3, $4, 'processing', 'Pending', $5, $6, $7, \
         $8, $9, $10, $1, 1, $11, $12 \
         WHERE NOT EXISTS (SELECT FROM removals WHERE document_id = $1) ON CONFLICT DO NOTHING",
    )
    .bind(observation.document_id)
    .bind(observation.tenant_id)
    .bind(&observation.filename)
    .bind(&observation.content_type)
    .bind(&observation.queue)
    .bind(observation.priority)
    .bind(observation.chunk_size)
    .bind(observation.overlap)
    .bind(&observation.namespace)
    .bind(&observation.name)
    .bind(Instant(observation.created_at))
    .bind(Instant(now))
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// The order that never goes backwards is: finished, attempt, progress. What is finished never changes.
async fn update(
    transaction: &mut Transaction<'_, Postgres>,
    observation: &Observation,
    now: Timestamp,
) -> Result<Option<Document>, sqlx::Error> {
    let result = observation.result.as_ref();
    let error = observation.error.as_ref();
    let row: Option<DocumentRow> = sqlx::query_as(concat!(
        "UPDATE documents SET status = $5, phase = $6, processing_progress = $7, message = $8, error_message = $9, \
         error_reason = $10, attempt = $11, pages_done = $12, pages_total = $13, queue_position = $14, \
         total_chunks = $15, total_tokens = $16, total_pages = $17, language = $18, \
         sha256 = coalesce(sha256, $19), doc_metadata = doc_metadata || $20, processing_started_at = $21, \
         processing_completed_at = $22, updated_at = greatest(updated_at, $23), resource_uid = $2, \
         tenant_id = coalesce(tenant_id, (SELECT id FROM tenants WHERE id = $24)) \
         WHERE id = $1 AND resource_namespace = $3 AND resource_name = $4 \
         AND (resource_uid IS NULL OR resource_uid = $2) AND status = 'processing' \
         AND ($5 <> 'processing' OR (attempt, processing_progress) <= ($11, $7)) RETURNING ",
        document_columns!()
    ))
    .bind(observation.document_id)
    .bind(observation.resource_uid)
    .bind(&observation.namespace)
    .bind(&observation.name)
    .bind(Status::of(observation.phase).as_str())
    .bind(observation.phase.as_str())
    .bind(i32::from(observation.progress))
    .bind(&observation.message)
    .bind(error.map(|error| &error.message))
    .bind(error.map(|error| &error.reason))
    .bind(observation.attempt.cast_signed())
    .bind(observation.pages_done)
    .bind(observation.pages_total)
    .bind(observation.queue_position)
    .bind(result.map(|result| result.total_chunks.cast_signed()))
    .bind(result.map(|result| result.total_tokens.cast_signed()))
    .bind(result.map(|result| result.total_pages.cast_signed()))
    .bind(result.map(|result| &result.language))
    .bind(result.map(|result| &result.source_sha256))
    .bind(document_metadata(observation))
    .bind(observation.started_at.map(Instant))
    .bind(observation.completed_at.map(Instant))
    .bind(Instant(now))
    .bind(observation.tenant_id)
    .fetch_optional(&mut **transaction)
    .await?;
    row.map(into_document).transpose()
}

/// The names that existing clients know.
fn document_metadata(observation: &Observation) -> serde_json::Value {
    let mut metadata = json!({
        "task_id": observation.resource_uid,
        "chunk_size": observation.chunk_size,
        "overlap": observation.overlap,
    });
    if let (Some(result), Some(fields)) = (&observation.result, metadata.as_object_mut()) {
        fields.extend([
            ("encoder_version".to_owned(), json!("memvid_sections")),
            ("encoder_build".to_owned(), json!(result.encoder_version)),
            ("metadata_file".to_owned(), json!(result.metadata_file)),
            ("index_file".to_owned(), json!(result.index_file)),
            ("manifest".to_owned(), json!(result.manifest)),
            ("manifest_sha256".to_owned(), json!(result.manifest_sha256)),
            (
                "language_confidence".to_owned(),
                json!(result.language_confidence),
            ),
            ("empty_pages".to_owned(), json!(result.empty_pages)),
            (
                "processed_at".to_owned(),
                json!(observation.completed_at.map(|time| time.to_string())),
            ),
        ]);
    }
    metadata
}

/// An encoding counts in the day on which it became ready; [`update`] says so once.
async fn count_usage(
    transaction: &mut Transaction<'_, Postgres>,
    document: &Document,
) -> Result<(), sqlx::Error> {
    let (Some(tenant), Some(completed)) = (document.tenant_id, document.processing_completed_at) else {
        return Ok(());
    };
    if document.phase != Phase::Ready {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO usage (tenant_id, day, documents, pages, tokens, bytes) \
         VALUES ($1, ($2 AT TIME ZONE 'UTC')::date, 1, $3, $4, $5) ON CONFLICT (tenant_id, day) DO UPDATE SET \
         documents = usage.documents + 1, pages = usage.pages + excluded.pages, \
         tokens = usage.tokens + excluded.tokens, bytes = usage.bytes + excluded.bytes",
    )
    .bind(tenant)
    .bind(Instant(completed))
    .bind(document.total_pages.unwrap_or(0))
    .bind(document.total_tokens.unwrap_or(0))
    .bind(document.size_bytes.unwrap_or(0))
    .execute(&mut **transaction)
    .await
    .map(drop)
}

async fn find(
    transaction: &mut Transaction<'_, Postgres>,
    id: Uuid,
) -> Result<Option<Document>, sqlx::Error> {
    let row: Option<DocumentRow> = sqlx::query_as(concat!(
        "SELECT ",
        document_columns!(),
        " FROM documents WHERE id = $1"
    ))
    .bind(id)
    .fetch_optional(&mut **transaction)
    .await?;
    row.map(into_document).transpose()
}

/// Notes that a resource went before it had finished. A finished row stays as it is.
pub async fn write_deleted(
    pool: &PgPool,
    document: Uuid,
    resource_uid: Uuid,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query(
        "UPDATE documents SET status = 'failed', phase = 'Failed', error_reason = 'Deleted', \
         error_message = 'the resource was deleted before it finished', \
         message = 'the resource was deleted before it finished', queue_position = NULL, \
         processing_completed_at = $3, updated_at = $3 \
         WHERE id = $1 AND resource_uid = $2 AND status = 'processing'",
    )
    .bind(document)
    .bind(resource_uid)
    .bind(Instant(now))
    .execute(pool)
    .await?
    .rows_affected();
    Ok(changed > 0)
}

/// A row that is not finished, and the resource it is bound to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Unfinished {
    /// The document.
    pub id: Uuid,
    /// The resource's namespace.
    pub resource_namespace: String,
    /// The resource's name.
    pub resource_name: String,
    /// The resource's uid.
    pub resource_uid: Uuid,
}

/// All rows that are bound and not finished.
pub async fn unfinished(pool: &PgPool) -> Result<Vec<Unfinished>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, resource_namespace, resource_name, resource_uid FROM documents \
         WHERE status = 'processing' AND resource_uid IS NOT NULL",
    )
    .fetch_all(pool)
    .await
}
