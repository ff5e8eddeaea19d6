//! The chunks of results, some at a time: from Postgres where they are there, else from their file.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{FromRow, PgPool, types::Json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Document, chunk_file,
    manifest::{Manifest, ManifestError},
};
use crate::{app::App, database::tenant_transaction};

/// A chunk, under the names of the result's file
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Chunk {
    /// Stable: made of the text and the parameters
    pub id: String,
    /// Its text
    pub text: String,
    /// Tokens of its text
    pub token_count: u64,
    /// Where it begins in the whole text, in characters
    pub char_start: u64,
    /// Where it ends, exclusive
    pub char_end: u64,
    /// The page it begins on, from 1
    pub page_start: u32,
    /// The page it ends on
    pub page_end: u32,
    /// What existing readers know of it
    pub metadata: ChunkMetadata,
    /// What later encoders say besides
    #[serde(flatten)]
    #[schema(ignore)]
    pub further: serde_json::Map<String, Value>,
}

/// What existing readers know of a chunk
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ChunkMetadata {
    /// Its number in the document, from 0
    pub index: u64,
    /// Where it begins in its section, in characters
    pub start: u64,
    /// Where it ends in its section, exclusive
    pub end: u64,
    /// Characters of its text
    pub length: u64,
    /// The last heading before or at its begin
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its first page
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The number of its section, from 1
    pub section: u64,
    /// Sections in all
    pub total_sections: u64,
}

/// Why chunks are not given.
#[derive(Debug, thiserror::Error)]
pub enum ChunksError {
    /// As many files are read as may be.
    #[error("too many results are being read at once")]
    Busy,
    /// The file is not what the manifest says, or the store failed.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Postgres failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Chunk {
    /// Postgres holds every character but NUL. It is replaced wherever a chunk comes from, so that it is the same everywhere.
    #[must_use]
    pub(super) fn without_nul(mut self) -> Self {
        let texts = [&mut self.id, &mut self.text];
        for text in texts.into_iter().chain(self.metadata.title.as_mut()) {
            replace_in_text(text);
        }
        replace_in_fields(&mut self.further);
        self
    }
}

fn replace_in_text(text: &mut String) {
    if text.contains('\0') {
        *text = text.replace('\0', "\u{fffd}");
    }
}

fn replace_in_fields(fields: &mut serde_json::Map<String, Value>) {
    if fields.keys().any(|name| name.contains('\0')) {
        fields.retain(|name, _| !name.contains('\0'));
    }
    fields.values_mut().for_each(replace_in_value);
}

fn replace_in_value(value: &mut Value) {
    match value {
        Value::String(text) => replace_in_text(text),
        Value::Array(values) => values.iter_mut().for_each(replace_in_value),
        Value::Object(fields) => replace_in_fields(fields),
        _ => {}
    }
}

/// A page ends with the chunk whose text goes beyond so many bytes: chunks may have 100,000 tokens.
pub(super) const PAGE_BYTES: usize = 1 << 20;

/// Some of the chunks of a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChunkPage {
    /// Those that were asked for, as far as there are any; fewer, of the first of them, where they are long.
    pub chunks: Vec<Chunk>,
    /// How many there are in all.
    pub total: usize,
}

/// Reads the chunks of a tenant's document that is ready, those with these numbers, as far as they fit into [`PAGE_BYTES`].
///
/// # Errors
/// Where they are in their file only, and that is not what its manifest says, or too many files are being read; those of Postgres and of the store.
pub async fn read(
    app: &App,
    tenant: Uuid,
    document: &Document,
    range: Range<usize>,
) -> Result<ChunkPage, ChunksError> {
    if let Some(page) = read_indexed(&app.database, tenant, document, &range).await? {
        return Ok(page);
    }
    let turn = app
        .turns
        .chunk_files
        .take(tenant)
        .await
        .ok_or(ChunksError::Busy)?;
    let manifest = Manifest::read(&app.store, document).await?;
    Ok(chunk_file::read(&app.store, &manifest, turn, range).await?)
}

/// A chunk as Postgres has it, or that it has none.
#[derive(Debug, FromRow)]
struct Row {
    total_chunks: i32,
    number: Option<i32>,
    /// The bytes of the texts from the first of the page to this one.
    until: Option<i64>,
    body: Option<Json<Chunk>>,
}

/// Those of the result that the document has now, where Postgres has them: in one statement, so that none of them is of another result.
///
/// # Errors
/// Those of Postgres.
pub async fn read_indexed(
    pool: &PgPool,
    tenant: Uuid,
    document: &Document,
    range: &Range<usize>,
) -> Result<Option<ChunkPage>, sqlx::Error> {
    let number = |index: usize| i32::try_from(index).unwrap_or(i32::MAX);
    let most = i64::try_from(PAGE_BYTES).unwrap_or(i64::MAX);
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT total_chunks, number, until, body FROM indexed_documents AS indexed LEFT JOIN \
           (SELECT number, body, bytes, sum(bytes) OVER (ORDER BY number) AS until FROM chunks \
            WHERE document_id = $1 AND tenant_id = $2 AND number >= $4 AND number < $5) AS chunks ON until - bytes < $6 \
         WHERE indexed.document_id = $1 AND indexed.tenant_id = $2 AND manifest_sha256 = $3 AND due_at IS NULL ORDER BY number",
    )
    .bind(document.id)
    .bind(tenant)
    .bind(document.result().and_then(|result| result.manifest_sha256()))
    .bind(number(range.start))
    .bind(number(range.end))
    .bind(most)
    .fetch_all(&mut *transaction)
    .await?;
    let Some(total) = rows
        .first()
        .and_then(|row| usize::try_from(row.total_chunks).ok())
    else {
        return Ok(None);
    };
    let last = rows.last().and_then(|row| row.number.zip(row.until));
    let chunks: Vec<Chunk> = rows.into_iter().filter_map(|row| Some(row.body?.0)).collect();
    // Where somebody has removed some, the file has all.
    let is_full = last.is_some_and(|(_, until)| until >= most);
    let is_whole = chunks.len() == range.end.min(total).saturating_sub(range.start) || is_full;
    let has_no_gap = last.is_none_or(|(last, _)| last + 1 == number(range.start + chunks.len()));
    Ok((is_whole && has_no_gap).then_some(ChunkPage { chunks, total }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_postgres_cannot_hold_is_replaced() {
        let chunk: Chunk = serde_json::from_value(json!({
            "id": "a", "text": "a\0b", "token_count": 1, "char_start": 0, "char_end": 3, "page_start": 1, "page_end": 1,
            "metadata": {"index": 0, "start": 0, "end": 3, "length": 3, "section": 1, "total_sections": 1, "title": "\0"},
            "later": ["\0", 1, {"x\0": 1, "y": "\0"}],
        }))
        .unwrap();
        let chunk = chunk.without_nul();
        assert_eq!(chunk.text, "a\u{fffd}b");
        assert_eq!(chunk.metadata.title.as_deref(), Some("\u{fffd}"));
        assert_eq!(chunk.further["later"], json!(["\u{fffd}", 1, {"y": "\u{fffd}"}]));
    }
}
