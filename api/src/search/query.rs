//! Finding chunks.

use sqlx::{FromRow, PgPool, error::DatabaseError};
use uuid::Uuid;

use crate::database::tenant_transaction;

/// Of so many chunks that match the best are found; where more match, which of them these are is left to Postgres.
const RANKED: i32 = 300;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Words, "phrases", `or` and `-not`, as `websearch_to_tsquery` reads them.
    pub words: String,
    /// Chunks in this language only, ISO 639-1.
    pub language: Option<String>,
    /// Chunks of this document only.
    pub document: Option<Uuid>,
    /// Chunks after this one.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: i32,
}

/// The place of a chunk among all that were found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// How well it matches.
    pub score: f32,
    /// Its document.
    pub document: Uuid,
    /// Its number in that, from 0.
    pub number: i32,
}

/// A chunk that was found.
#[derive(Clone, Debug, FromRow)]
pub struct Found {
    /// Its document.
    pub document_id: Uuid,
    /// The document's name.
    pub filename: String,
    /// The language of the document.
    pub language: String,
    /// Its number in the document, from 0.
    pub number: i32,
    /// The page it begins on, from 1.
    pub page: Option<i32>,
    /// The heading it stands under.
    pub title: Option<String>,
    /// How well it matches: greater is better, and nothing else is said by it.
    pub score: f32,
    /// Its text around what matches, [marked](super::passage).
    pub passage: String,
    /// Whether more chunks match than were looked at.
    pub is_truncated: bool,
}

impl Found {
    /// Its place among all.
    pub fn place(&self) -> Place {
        Place {
            score: self.score,
            document: self.document_id,
            number: self.number,
        }
    }
}

/// Why nothing is found.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// It takes longer than a search may.
    #[error(
        "this takes too long to look for: look for rarer words, for words instead of a phrase, or in one document or language"
    )]
    TooBroad,
    /// Postgres failed.
    #[error("the database failed")]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for SearchError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(DatabaseError::code);
        match code.as_deref() {
            Some("57014") => Self::TooBroad, // query_canceled: by the limit of the statement.
            _ => Self::Database(error),
        }
    }
}

/// The chunks of a tenant that match best, the best first.
///
/// # Errors
/// [`SearchError`].
pub async fn search(pool: &PgPool, tenant: Uuid, question: &Question) -> Result<Vec<Found>, SearchError> {
    let after = question.after;
    let mut transaction = tenant_transaction(pool, tenant).await?;
    sqlx::query("SET LOCAL statement_timeout = '5s'")
        .execute(&mut *transaction)
        .await?;
    let found = sqlx::query_as("SELECT * FROM search_chunks($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(&question.words)
        .bind(&question.language)
        .bind(question.document)
        .bind(RANKED)
        .bind(question.limit)
        .bind(after.map(|place| place.score))
        .bind(after.map(|place| place.document))
        .bind(after.map(|place| place.number))
        .fetch_all(&mut *transaction)
        .await?;
    Ok(found)
}
