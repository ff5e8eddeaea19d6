//! Documents on their way out, and documents whose resource was never made: what the sweeper works on, as maintenance.

use jiff::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    database::instant::Instant,
    documents::{
        document::Document,
        row::{DocumentRow, document_columns, into_document},
    },
};

/// A document whose row is gone and whose resource and objects may still be there.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Removal {
    /// Its id.
    pub document_id: Uuid,
    /// Whose it was.
    pub tenant_id: Option<Uuid>,
    /// Where its resource lies.
    pub resource_namespace: String,
    /// What its resource is called.
    pub resource_name: String,
    /// The resource's uid, if it was known.
    pub resource_uid: Option<Uuid>,
}

/// The removals that are not finished, the oldest first.
pub async fn unfinished(pool: &PgPool) -> Result<Vec<Removal>, sqlx::Error> {
    sqlx::query_as(
        "SELECT document_id, tenant_id, resource_namespace, resource_name, resource_uid FROM removals \
         WHERE finished_at IS NULL ORDER BY created_at LIMIT 500",
    )
    .fetch_all(pool)
    .await
}

/// The removal of this document, if it is not finished.
pub async fn find(pool: &PgPool, document: Uuid) -> Result<Option<Removal>, sqlx::Error> {
    sqlx::query_as(
        "SELECT document_id, tenant_id, resource_namespace, resource_name, resource_uid FROM removals \
         WHERE document_id = $1 AND finished_at IS NULL",
    )
    .bind(document)
    .fetch_optional(pool)
    .await
}

/// Notes that nothing is left of the document.
pub async fn finish(pool: &PgPool, document: Uuid, at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE removals SET finished_at = $2 WHERE document_id = $1")
        .bind(document)
        .bind(Instant(at))
        .execute(pool)
        .await
        .map(drop)
}

/// The removals finished before this time.
pub async fn finished_before(pool: &PgPool, time: Timestamp) -> Result<Vec<Removal>, sqlx::Error> {
    sqlx::query_as(
        "SELECT document_id, tenant_id, resource_namespace, resource_name, resource_uid FROM removals \
         WHERE finished_at < $1 ORDER BY finished_at LIMIT 500",
    )
    .bind(Instant(time))
    .fetch_all(pool)
    .await
}

/// Forgets a removal.
pub async fn forget(pool: &PgPool, document: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM removals WHERE document_id = $1 AND finished_at IS NOT NULL")
        .bind(document)
        .execute(pool)
        .await
        .map(drop)
}

/// Uploaded documents that have had no resource since before this time.
pub async fn without_resource(pool: &PgPool, since: Timestamp) -> Result<Vec<Document>, sqlx::Error> {
    let rows: Vec<DocumentRow> = sqlx::query_as(concat!(
        "SELECT ",
        document_columns!(),
        " FROM documents WHERE resource_uid IS NULL AND status = 'processing' AND origin = 'upload' \
         AND updated_at < $1 ORDER BY updated_at LIMIT 500"
    ))
    .bind(Instant(since))
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(into_document).collect()
}
