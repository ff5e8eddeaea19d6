//! A row of `documents`, as Postgres gives it.

use crds::Phase;
use jiff::Timestamp;
use sqlx::{FromRow, Postgres, QueryBuilder, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::{
    document::{
        self, Binding, Document, DocumentError, Encoding, Origin, Outcome, Progress, Request, SourceFile,
    },
    queries::DocumentStatus,
};

/// The columns of a [`Document`], for `SELECT` and `RETURNING`.
macro_rules! document_columns {
    () => {
        "id, tenant_id, user_id, origin, filename, content_type, size_bytes, sha256, phase, processing_progress, \
         message, error_message, error_reason, attempt, pages_done, pages_total, queue_position, estimated_start_at, \
         total_chunks, total_tokens, total_pages, language, cpu_milliseconds, doc_metadata, queue, priority, chunk_size, overlap, \
         resource_namespace, resource_name, resource_uid, encoding_number, result_document_id, result_resource_uid, \
         kept_result, encoder_settings, change_seq, coalesce(encoding_requested_at, created_at) AS requested_at, created_at, updated_at, processing_started_at, processing_completed_at"
    };
}
pub(crate) use document_columns;

/// The columns of a [`DocumentStatus`], for `SELECT`.
macro_rules! status_columns {
    () => {
        "id, tenant_id, queue, phase, processing_progress, message, error_message, error_reason, attempt, pages_done,          pages_total, queue_position, estimated_start_at, total_chunks, total_tokens, total_pages, language, cpu_milliseconds,          resource_namespace, resource_name, resource_uid, encoding_number, change_seq, created_at,          processing_started_at, processing_completed_at"
    };
}
pub(crate) use status_columns;

/// A column that holds what the schema does not allow.
#[derive(Debug, thiserror::Error)]
#[error("the value {0:?} is not allowed")]
struct CorruptValue(String);

pub(crate) fn corrupt(column: &str, value: &dyn ToString) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: Box::new(CorruptValue(value.to_string())),
    }
}

pub(crate) fn time(row: &PgRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    Ok(row.try_get::<jiff_sqlx::Timestamp, _>(column)?.to_jiff())
}

pub(crate) fn optional_time(row: &PgRow, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    let time: Option<jiff_sqlx::Timestamp> = row.try_get(column)?;
    Ok(time.map(jiff_sqlx::Timestamp::to_jiff))
}

pub(crate) fn document_error(row: &PgRow) -> Result<Option<DocumentError>, sqlx::Error> {
    let reason: Option<String> = row.try_get("error_reason")?;
    let message: Option<String> = row.try_get("error_message")?;
    Ok(reason.map(|reason| DocumentError {
        reason,
        message: message.unwrap_or_default(),
    }))
}

fn reused(row: &PgRow) -> Result<Option<Encoding>, sqlx::Error> {
    let document: Option<Uuid> = row.try_get("result_document_id")?;
    let resource: Option<Uuid> = row.try_get("result_resource_uid")?;
    Ok(document
        .zip(resource)
        .map(|(document_id, resource_uid)| Encoding {
            document_id,
            resource_uid,
        }))
}

impl FromRow<'_, PgRow> for Document {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let origin: &str = row.try_get("origin")?;
        let origin = [Origin::Upload, Origin::Resource]
            .into_iter()
            .find(|known| known.as_str() == origin)
            .ok_or_else(|| corrupt("origin", &origin))?;
        Ok(Self {
            id: row.try_get("id")?,
            tenant_id: row.try_get("tenant_id")?,
            user_id: row.try_get("user_id")?,
            origin,
            file: SourceFile::from_row(row)?,
            request: Request::from_row(row)?,
            progress: Progress::from_row(row)?,
            outcome: Outcome::from_row(row)?,
            binding: Binding::from_row(row)?,
            reused: reused(row)?,
            kept_result: row
                .try_get::<Option<Json<_>>, _>("kept_result")?
                .map(|Json(kept)| kept),
            encoder_settings: row.try_get("encoder_settings")?,
            doc_metadata: row.try_get("doc_metadata")?,
            change_seq: row.try_get("change_seq")?,
            requested_at: time(row, "requested_at")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}

impl FromRow<'_, PgRow> for DocumentStatus {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            tenant_id: row.try_get("tenant_id")?,
            queue: row.try_get("queue")?,
            progress: Progress::from_row(row)?,
            outcome: Outcome::from_row(row)?,
            binding: Binding::from_row(row)?,
            change_seq: row.try_get("change_seq")?,
            created_at: time(row, "created_at")?,
        })
    }
}

impl FromRow<'_, PgRow> for SourceFile {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            filename: row.try_get("filename")?,
            content_type: row.try_get("content_type")?,
            size_bytes: row.try_get("size_bytes")?,
            sha256: row.try_get("sha256")?,
        })
    }
}

impl FromRow<'_, PgRow> for Request {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            queue: row.try_get("queue")?,
            priority: row.try_get("priority")?,
            chunk_size: row.try_get("chunk_size")?,
            overlap: row.try_get("overlap")?,
        })
    }
}

impl FromRow<'_, PgRow> for Progress {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let phase: &str = row.try_get("phase")?;
        let phase: Phase = document::phase(phase).ok_or_else(|| corrupt("phase", &phase))?;
        let percent: i32 = row.try_get("processing_progress")?;
        let attempt: i32 = row.try_get("attempt")?;
        Ok(Self {
            phase,
            percent: u8::try_from(percent).map_err(|_| corrupt("processing_progress", &percent))?,
            message: row.try_get("message")?,
            attempt: u32::try_from(attempt).map_err(|_| corrupt("attempt", &attempt))?,
            pages_done: row.try_get("pages_done")?,
            pages_total: row.try_get("pages_total")?,
            queue_position: row.try_get("queue_position")?,
            estimated_start_at: optional_time(row, "estimated_start_at")?,
            started_at: optional_time(row, "processing_started_at")?,
        })
    }
}

impl FromRow<'_, PgRow> for Outcome {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            error: document_error(row)?,
            total_chunks: row.try_get("total_chunks")?,
            total_tokens: row.try_get("total_tokens")?,
            total_pages: row.try_get("total_pages")?,
            language: row.try_get("language")?,
            cpu_milliseconds: row.try_get("cpu_milliseconds")?,
            completed_at: optional_time(row, "processing_completed_at")?,
        })
    }
}

impl FromRow<'_, PgRow> for Binding {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            namespace: row.try_get("resource_namespace")?,
            name: row.try_get("resource_name")?,
            uid: row.try_get("resource_uid")?,
            number: row.try_get("encoding_number")?,
        })
    }
}

/// A query that begins with the columns of a document.
pub(crate) fn select_documents() -> QueryBuilder<Postgres> {
    QueryBuilder::new(concat!("SELECT ", document_columns!(), " FROM documents"))
}
