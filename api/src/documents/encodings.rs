//! The encodings of a document before its newest: the result that is kept until there is a new one, and what became of them.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{FromRow, PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::{
    document::{self, Document, Encoding, Outcome, Request, Status},
    row::{corrupt, document_error, optional_time, time},
};

/// The result of an encoding before, which is served until there is a new one. As it is stored.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct KeptResult {
    /// The number of its encoding.
    pub number: i32,
    /// The document it was made for: another one where it was reused.
    pub document_id: Uuid,
    /// The uid of the resource that it was made by.
    pub resource_uid: Uuid,
    /// [`Document::doc_metadata`] as it was.
    pub doc_metadata: Value,
    /// The most tokens of a chunk.
    pub chunk_size: i32,
    /// The tokens that neighbouring chunks share.
    pub overlap: i32,
    /// Its chunks.
    pub total_chunks: Option<i64>,
    /// Its tokens.
    pub total_tokens: Option<i64>,
    /// The document's pages.
    pub total_pages: Option<i64>,
    /// ISO 639-1, `und` when unsure.
    pub language: Option<String>,
    /// When it was ready.
    pub completed_at: Timestamp,
}

/// The result that a document has now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DocumentResult<'document> {
    /// The encoding that made it.
    pub encoding: Encoding,
    /// What existing clients know as `doc_metadata`.
    pub metadata: &'document Value,
    /// The language of the text.
    pub language: Option<&'document str>,
}

impl<'document> DocumentResult<'document> {
    /// The digest of the manifest that it counts by, in hexadecimal.
    pub fn manifest_sha256(&self) -> Option<&'document str> {
        self.metadata["manifest_sha256"].as_str()
    }
}

impl Document {
    /// The result that counts: its newest encoding's, or, until that is ready, the one before.
    pub fn result(&self) -> Option<DocumentResult<'_>> {
        if self.status() == Status::Ready {
            return Some(DocumentResult {
                encoding: self.encoding()?,
                metadata: &self.doc_metadata,
                language: self.outcome.language.as_deref(),
            });
        }
        let kept = self.kept_result.as_ref()?;
        Some(DocumentResult {
            encoding: Encoding {
                document_id: kept.document_id,
                resource_uid: kept.resource_uid,
            },
            metadata: &kept.doc_metadata,
            language: kept.language.as_deref(),
        })
    }
}

/// An encoding of a document, the newest or one before, with what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct EncodingRecord {
    /// Which of the document's, from 1. Numbers of encodings that were never begun are left out.
    pub number: i32,
    /// How it stands.
    pub phase: crds::Phase,
    /// Attempts that were begun.
    pub attempts: u32,
    /// What was asked for.
    pub request: Request,
    /// How it ended.
    pub outcome: Outcome,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When the first attempt began.
    pub started_at: Option<Timestamp>,
}

impl From<&Document> for EncodingRecord {
    fn from(document: &Document) -> Self {
        Self {
            number: document.binding.encoding(),
            phase: document.progress.phase,
            attempts: document.progress.attempt,
            request: document.request.clone(),
            outcome: document.outcome.clone(),
            requested_at: document.requested_at,
            started_at: document.progress.started_at,
        }
    }
}

impl FromRow<'_, PgRow> for EncodingRecord {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let (phase, attempts): (&str, i32) = (row.try_get("phase")?, row.try_get("attempt")?);
        Ok(Self {
            number: row.try_get("number")?,
            phase: document::phase(phase).ok_or_else(|| corrupt("phase", &phase))?,
            attempts: u32::try_from(attempts).map_err(|_| corrupt("attempt", &attempts))?,
            request: Request::from_row(row)?,
            outcome: Outcome {
                error: document_error(row)?,
                total_chunks: row.try_get("total_chunks")?,
                total_tokens: row.try_get("total_tokens")?,
                total_pages: row.try_get("total_pages")?,
                language: row.try_get("language")?,
                cpu_milliseconds: row.try_get("cpu_milliseconds")?,
                completed_at: optional_time(row, "completed_at")?,
            },
            requested_at: time(row, "requested_at")?,
            started_at: optional_time(row, "started_at")?,
        })
    }
}

/// The encodings of a tenant's documents before their newest, each document's in their order.
///
/// # Errors
/// Those of Postgres.
pub async fn past(
    connection: &mut PgConnection,
    tenant: Uuid,
    documents: &[Uuid],
) -> Result<HashMap<Uuid, Vec<EncodingRecord>>, sqlx::Error> {
    let rows: Vec<PgRow> = sqlx::query(
        "SELECT * FROM past_encodings WHERE document_id = ANY ($1) AND tenant_id = $2 ORDER BY document_id, number",
    )
    .bind(documents)
    .bind(tenant)
    .fetch_all(connection)
    .await?;
    let mut encodings: HashMap<Uuid, Vec<EncodingRecord>> = HashMap::new();
    for row in rows {
        let of = encodings.entry(row.try_get("document_id")?).or_default();
        of.push(EncodingRecord::from_row(&row)?);
    }
    Ok(encodings)
}
