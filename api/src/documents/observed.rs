//! Writing what resources say into their rows: never backwards, and only into the row that is bound to the resource.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    document::{Document, Origin, Status},
    observation::Observation,
    row::document_columns,
};

/// What became of an observation.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed {
    /// The row says so now.
    Changed(Document),
    /// The row is bound to the resource and was further on, or finished, already.
    Unchanged(Document),
    /// There is no row that wants it: the document was removed, or is bound to another resource.
    NotWanted,
}

/// Writes observations, all of them or none; answers what became of each, in their order.
///
/// It is one statement, so that a document costs little when many change at once.
///
/// # Errors
/// Those of Postgres.
pub async fn observe(
    pool: &PgPool,
    observations: &[Observation],
    now: Timestamp,
) -> Result<Vec<Observed>, sqlx::Error> {
    let records: Vec<Value> = observations.iter().map(|each| record(each, now)).collect();
    let records = Value::from(records).to_string();
    let mut connection = pool.acquire().await?;
    if observations.iter().any(|each| each.origin == Origin::Resource) {
        sqlx::query(INSERT)
            .bind(&records)
            .bind(now.to_sqlx())
            .execute(&mut *connection)
            .await?;
    }
    let changed: Vec<Document> = sqlx::query_as(UPDATE)
        .bind(&records)
        .bind(now.to_sqlx())
        .fetch_all(&mut *connection)
        .await?;
    let changed: HashMap<Uuid, Document> = changed.into_iter().map(by_id).collect();
    let others: Vec<Uuid> = observations
        .iter()
        .map(|observation| observation.document_id)
        .filter(|id| !changed.contains_key(id))
        .collect();
    let unchanged = if others.is_empty() {
        HashMap::new()
    } else {
        // In a statement of its own, which sees what another replica has committed while the one before waited for its locks.
        let unchanged: Vec<Document> = sqlx::query_as(SELECT)
            .bind(others)
            .fetch_all(&mut *connection)
            .await?;
        unchanged.into_iter().map(by_id).collect()
    };
    let bound = |documents: &HashMap<Uuid, Document>, observation: &Observation| {
        let document = documents.get(&observation.document_id)?;
        (document.binding.uid == Some(observation.resource_uid)).then(|| document.clone())
    };
    Ok(observations
        .iter()
        .map(|observation| {
            if let Some(document) = bound(&changed, observation) {
                Observed::Changed(document)
            } else if let Some(document) = bound(&unchanged, observation) {
                Observed::Unchanged(document)
            } else {
                Observed::NotWanted
            }
        })
        .collect())
}

fn by_id(document: Document) -> (Uuid, Document) {
    (document.id, document)
}

const SELECT: &str = concat!(
    "SELECT ",
    document_columns!(),
    " FROM documents WHERE id = ANY ($1)"
);

/// The columns of what [`record`] writes.
macro_rules! record_columns {
    () => {
        "json_to_recordset($1::json) AS record (is_upload boolean, document_id uuid, resource_uid uuid, \
         resource_version bigint, namespace text, name text, tenant uuid, filename text, content_type text, queue text, \
         priority integer, chunk_size integer, overlap integer, created_at timestamptz, status text, phase text, \
         progress integer, message text, error_message text, error_reason text, attempt integer, pages_done bigint, \
         pages_total bigint, queue_position bigint, estimated_start_at timestamptz, total_chunks bigint, \
         total_tokens bigint, total_pages bigint, language text, sha256 text, cpu_milliseconds bigint, metadata jsonb, \
         started_at timestamptz, completed_at timestamptz)"
    };
}

/// Resources that somebody applied become documents, unless those documents were removed.
const INSERT: &str = concat!(
    "INSERT INTO documents (id, tenant_id, origin, filename, content_type, status, phase, queue, priority, chunk_size, \
     overlap, resource_namespace, resource_name, resource_uid, encoding_number, created_at, updated_at) \
     SELECT document_id, tenants.id, 'resource', filename, content_type, 'processing', 'Pending', queue, priority, \
     chunk_size, overlap, namespace, record.name, document_id, 1, coalesce(record.created_at, $2), $2 FROM ",
    record_columns!(),
    " LEFT JOIN tenants ON tenants.id = record.tenant \
     CROSS JOIN (SELECT lock_holdings(ARRAY(SELECT DISTINCT tenant FROM ",
    record_columns!(),
    "))) AS locked \
     WHERE NOT is_upload AND NOT EXISTS (SELECT FROM removals WHERE removals.document_id = record.document_id) \
     AND NOT EXISTS (SELECT FROM documents WHERE documents.id = record.document_id) \
     ORDER BY document_id ON CONFLICT DO NOTHING"
);

/// Writes what is new, counts what became ready in its day, and answers the rows that changed.
///
/// What is finished never changes. Until then the order is that of the resource's versions:
/// what is older than what was last written is passed over, so that a replica that lags behind takes nothing back. Within an attempt
/// progress does not go back either, though the resource's may: an encoder that was lost begins anew.
///
/// Rows are locked in the order of their ids, then what their tenants hold, so that two replicas do not wait for each other, and only where
/// they change.
const UPDATE: &str = concat!(
    "WITH new AS (SELECT record.*, tenants.id AS tenant_id FROM ",
    record_columns!(),
    " LEFT JOIN tenants ON tenants.id = record.tenant), \
     outdated AS MATERIALIZED ( \
       SELECT documents.id, new.resource_uid, coalesce(documents.tenant_id, new.tenant_id) AS tenant_id, \
       new.status <> 'processing' OR documents.attempt < new.attempt \
       OR documents.processing_progress <= new.progress AS is_further \
       FROM new JOIN documents ON documents.id = new.document_id \
       WHERE documents.resource_namespace = new.namespace AND documents.resource_name = new.name \
       AND (documents.resource_uid IS NULL OR documents.resource_uid = new.resource_uid) \
       AND (documents.resource_version IS NULL OR new.resource_version IS NULL \
            OR documents.resource_version <= new.resource_version) \
       AND documents.status = 'processing' AND (new.status <> 'processing' OR documents.attempt <= new.attempt) \
       AND ((documents.resource_uid, documents.phase, documents.attempt, documents.queue_position, \
               documents.estimated_start_at, documents.processing_started_at, documents.tenant_id) \
              IS DISTINCT FROM (new.resource_uid, new.phase, new.attempt, new.queue_position, new.estimated_start_at, \
               new.started_at, coalesce(documents.tenant_id, new.tenant_id)) \
           OR documents.processing_progress <= new.progress AND \
              (documents.processing_progress, documents.message, documents.pages_done, documents.pages_total) \
              IS DISTINCT FROM (new.progress, new.message, new.pages_done, new.pages_total)) \
       ORDER BY documents.id FOR NO KEY UPDATE OF documents), \
     locked AS MATERIALIZED (SELECT lock_holdings(ARRAY(SELECT tenant_id FROM outdated)) AS held), \
     changed AS ( \
       UPDATE documents SET status = new.status, phase = new.phase, \
       processing_progress = CASE WHEN is_further THEN new.progress ELSE processing_progress END, \
       message = CASE WHEN is_further THEN new.message ELSE documents.message END, \
       pages_done = CASE WHEN is_further THEN new.pages_done ELSE documents.pages_done END, \
       pages_total = CASE WHEN is_further THEN new.pages_total ELSE documents.pages_total END, \
       error_message = new.error_message, error_reason = new.error_reason, attempt = new.attempt, \
       queue_position = new.queue_position, estimated_start_at = new.estimated_start_at, \
       total_chunks = new.total_chunks, total_tokens = new.total_tokens, total_pages = new.total_pages, cpu_milliseconds = new.cpu_milliseconds, \
       language = new.language, sha256 = coalesce(documents.sha256, new.sha256), \
       doc_metadata = doc_metadata || new.metadata, processing_started_at = new.started_at, \
       processing_completed_at = new.completed_at, updated_at = greatest(updated_at, $2), \
       resource_uid = new.resource_uid, resource_version = coalesce(new.resource_version, documents.resource_version), \
       tenant_id = outdated.tenant_id \
       FROM outdated JOIN new ON new.document_id = outdated.id AND new.resource_uid = outdated.resource_uid, locked \
       WHERE documents.id = outdated.id AND held >= 0 RETURNING documents.*), \
     counted AS ( \
       INSERT INTO usage (tenant_id, day, documents, pages, tokens, bytes, cpu_milliseconds) \
       SELECT tenant_id, (processing_completed_at AT TIME ZONE 'UTC')::date AS day, count(*), \
       coalesce(sum(total_pages), 0)::bigint, coalesce(sum(total_tokens), 0)::bigint, \
       coalesce(sum(size_bytes), 0)::bigint, coalesce(sum(cpu_milliseconds), 0)::bigint \
       FROM changed WHERE phase = 'Ready' AND tenant_id IS NOT NULL GROUP BY tenant_id, day ORDER BY tenant_id, day \
       ON CONFLICT (tenant_id, day) DO UPDATE SET documents = usage.documents + excluded.documents, \
       pages = usage.pages + excluded.pages, tokens = usage.tokens + excluded.tokens, \
       bytes = usage.bytes + excluded.bytes, cpu_milliseconds = usage.cpu_milliseconds + excluded.cpu_milliseconds) \
     SELECT ",
    document_columns!(),
    " FROM changed"
);

/// Gives the documents of a namespace that nobody owned to a tenant, the finished ones too; answers them.
///
/// # Errors
/// Those of Postgres.
pub async fn give_to_tenant(
    pool: &PgPool,
    namespace: &str,
    tenant: Uuid,
) -> Result<Vec<Document>, sqlx::Error> {
    sqlx::query_as(concat!(
        "UPDATE documents SET tenant_id = $2 WHERE id IN (SELECT id FROM documents WHERE resource_namespace = $1 \
         AND tenant_id IS NULL AND EXISTS (SELECT FROM tenants WHERE id = $2) ORDER BY id FOR NO KEY UPDATE) RETURNING ",
        document_columns!()
    ))
    .bind(namespace)
    .bind(tenant)
    .fetch_all(pool)
    .await
}

/// An observation as the statements read it.
fn record(observation: &Observation, now: Timestamp) -> Value {
    let (result, error) = (observation.result.as_ref(), observation.error.as_ref());
    let (request, progress) = (&observation.request, &observation.progress);
    let completed_at = progress
        .phase
        .is_terminal()
        .then(|| observation.completed_at.unwrap_or(now));
    json!({
        "is_upload": observation.origin == Origin::Upload,
        "document_id": observation.document_id,
        "resource_uid": observation.resource_uid,
        "resource_version": observation.resource_version,
        "namespace": observation.namespace,
        "name": observation.name,
        "tenant": observation.tenant_id,
        "filename": observation.filename,
        "content_type": observation.content_type,
        "queue": request.queue,
        "priority": request.priority,
        "chunk_size": request.chunk_size,
        "overlap": request.overlap,
        "created_at": observation.created_at,
        "status": Status::of(progress.phase).as_str(),
        "phase": progress.phase.as_str(),
        "progress": progress.percent,
        "message": progress.message,
        "error_message": error.map(|error| &error.message),
        "error_reason": error.map(|error| &error.reason),
        "attempt": progress.attempt.cast_signed(),
        "pages_done": progress.pages_done,
        "pages_total": progress.pages_total,
        "queue_position": progress.queue_position,
        "estimated_start_at": progress.estimated_start_at,
        "total_chunks": result.map(|result| result.total_chunks),
        "total_tokens": result.map(|result| result.total_tokens),
        "total_pages": result.map(|result| result.total_pages),
        "cpu_milliseconds": result.and_then(|result| result.cpu_milliseconds),
        "language": result.map(|result| &result.language),
        "sha256": result.map(|result| &result.source_sha256),
        "metadata": document_metadata(observation, completed_at),
        "started_at": progress.started_at,
        "completed_at": completed_at,
    })
}

/// The names that existing clients know.
fn document_metadata(observation: &Observation, completed_at: Option<Timestamp>) -> Value {
    let mut metadata = json!({
        "task_id": observation.resource_uid,
        "chunk_size": observation.request.chunk_size,
        "overlap": observation.request.overlap,
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
                json!(completed_at.map(|time| time.to_string())),
            ),
        ]);
    }
    metadata
}
