//! A row of `documents`, as Postgres gives it.

use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{
    database::{CorruptRow, instant::Instant},
    documents::document::{self, Binding, Document, DocumentError, Origin},
};

/// The columns of [`DocumentRow`], for `SELECT` and `RETURNING`.
macro_rules! document_columns {
    () => {
        "id, tenant_id, user_id, origin, filename, content_type, size_bytes, sha256, phase, processing_progress, \
         message, error_message, error_reason, attempt, pages_done, pages_total, queue_position, estimated_start_at, total_chunks, \
         total_tokens, total_pages, language, doc_metadata, queue, priority, chunk_size, overlap, \
         resource_namespace, resource_name, resource_uid, encoding_number, created_at, updated_at, \
         processing_started_at, processing_completed_at"
    };
}
pub(crate) use document_columns;

/// A row of `documents`.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct DocumentRow {
    id: Uuid,
    tenant_id: Option<Uuid>,
    user_id: Option<Uuid>,
    origin: String,
    filename: String,
    content_type: Option<String>,
    size_bytes: Option<i64>,
    sha256: Option<String>,
    phase: String,
    processing_progress: i32,
    message: Option<String>,
    error_message: Option<String>,
    error_reason: Option<String>,
    attempt: i32,
    pages_done: Option<i64>,
    pages_total: Option<i64>,
    queue_position: Option<i64>,
    estimated_start_at: Option<Instant>,
    total_chunks: Option<i64>,
    total_tokens: Option<i64>,
    total_pages: Option<i64>,
    language: Option<String>,
    doc_metadata: serde_json::Value,
    queue: String,
    priority: i32,
    chunk_size: i32,
    overlap: i32,
    resource_namespace: String,
    resource_name: String,
    resource_uid: Option<Uuid>,
    encoding_number: i32,
    created_at: Instant,
    updated_at: Instant,
    processing_started_at: Option<Instant>,
    processing_completed_at: Option<Instant>,
}

impl TryFrom<DocumentRow> for Document {
    type Error = CorruptRow;

    fn try_from(row: DocumentRow) -> Result<Self, CorruptRow> {
        let corrupt = |column, value: &dyn ToString| CorruptRow {
            id: row.id,
            column,
            value: value.to_string(),
        };
        let origin = [Origin::Upload, Origin::Resource]
            .into_iter()
            .find(|origin| origin.as_str() == row.origin)
            .ok_or_else(|| corrupt("origin", &row.origin))?;
        let phase = document::phase(&row.phase).ok_or_else(|| corrupt("phase", &row.phase))?;
        let progress = u8::try_from(row.processing_progress)
            .map_err(|_| corrupt("processing_progress", &row.processing_progress))?;
        let attempt = u32::try_from(row.attempt).map_err(|_| corrupt("attempt", &row.attempt))?;
        Ok(Self {
            id: row.id,
            tenant_id: row.tenant_id,
            user_id: row.user_id,
            origin,
            filename: row.filename,
            content_type: row.content_type,
            size_bytes: row.size_bytes,
            sha256: row.sha256,
            phase,
            progress,
            message: row.message,
            error: row.error_reason.map(|reason| DocumentError {
                reason,
                message: row.error_message.unwrap_or_default(),
            }),
            attempt,
            pages_done: row.pages_done,
            pages_total: row.pages_total,
            queue_position: row.queue_position,
            estimated_start_at: row.estimated_start_at.map(Into::into),
            total_chunks: row.total_chunks,
            total_tokens: row.total_tokens,
            total_pages: row.total_pages,
            language: row.language,
            doc_metadata: row.doc_metadata,
            queue: row.queue,
            priority: row.priority,
            chunk_size: row.chunk_size,
            overlap: row.overlap,
            binding: Binding {
                namespace: row.resource_namespace,
                name: row.resource_name,
                uid: row.resource_uid,
                number: row.encoding_number,
            },
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
            processing_started_at: row.processing_started_at.map(Into::into),
            processing_completed_at: row.processing_completed_at.map(Into::into),
        })
    }
}

/// A corrupt row is an error of the database, to whoever asked it.
pub(crate) fn into_document(row: DocumentRow) -> Result<Document, sqlx::Error> {
    row.try_into()
        .map_err(|error: CorruptRow| sqlx::Error::Decode(Box::new(error)))
}

/// A query that begins with the columns of a document.
pub(crate) fn select_documents() -> QueryBuilder<Postgres> {
    QueryBuilder::new(concat!("SELECT ", document_columns!(), " FROM documents"))
}
