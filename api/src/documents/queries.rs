//! Reading documents.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    document::{Binding, Document, Outcome, Progress, Status},
    row::{document_columns, status_columns},
};
use crate::database::tenant_transaction;

/// The tenant's document with this id.
///
/// # Errors
/// Those of Postgres.
pub async fn find(pool: &PgPool, tenant: Uuid, id: Uuid) -> Result<Option<Document>, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    sqlx::query_as(concat!(
        "SELECT ",
        document_columns!(),
        " FROM documents WHERE id = $1 AND tenant_id = $2"
    ))
    .bind(id)
    .bind(tenant)
    .fetch_optional(&mut *transaction)
    .await
}

/// As much of a document as its status tells.
#[derive(Clone, Debug)]
pub struct DocumentStatus {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub tenant_id: Option<Uuid>,
    /// The queue it waits in.
    pub queue: String,
    /// How far it is.
    pub progress: Progress,
    /// How it ended.
    pub outcome: Outcome,
    /// The resource it is bound to.
    pub binding: Binding,
    /// The change of the tenant that made it so.
    pub change_seq: i64,
    /// When it was uploaded.
    pub created_at: Timestamp,
}

/// The newest documents that have ended like this, older than the one before, as the mirror. There are many: only what their status tells is
/// read.
///
/// # Errors
/// Those of Postgres.
pub async fn ended(
    pool: &PgPool,
    status: Status,
    before: Option<(Timestamp, Uuid)>,
    most: i64,
) -> Result<Vec<DocumentStatus>, sqlx::Error> {
    let (time, id) = before.unwrap_or((Timestamp::MAX, Uuid::max()));
    sqlx::query_as(concat!(
        "SELECT ",
        status_columns!(),
        " FROM documents WHERE status = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4"
    ))
    .bind(status.as_str())
    .bind(time.to_sqlx())
    .bind(id)
    .bind(most)
    .fetch_all(pool)
    .await
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

/// All rows that are bound and not finished, as the mirror.
///
/// # Errors
/// Those of Postgres.
pub async fn unfinished(pool: &PgPool) -> Result<Vec<Unfinished>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, resource_namespace, resource_name, resource_uid FROM documents \
         WHERE status = 'processing' AND resource_uid IS NOT NULL",
    )
    .fetch_all(pool)
    .await
}

/// The namespaces of the documents that nobody owns, as the mirror.
///
/// # Errors
/// Those of Postgres.
pub async fn namespaces_of_nobody(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT DISTINCT resource_namespace FROM documents WHERE tenant_id IS NULL")
        .fetch_all(pool)
        .await
}

/// Uploaded documents that have had no resource since before this time, the oldest first, as maintenance.
///
/// # Errors
/// Those of Postgres.
pub async fn without_resource(
    pool: &PgPool,
    since: jiff::Timestamp,
    most: i64,
) -> Result<Vec<Document>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT ",
        document_columns!(),
        " FROM documents WHERE resource_uid IS NULL AND status = 'processing' AND origin = 'upload' \
         AND updated_at < $1 ORDER BY updated_at LIMIT $2"
    ))
    .bind(jiff_sqlx::Timestamp::from(since))
    .bind(most)
    .fetch_all(pool)
    .await
}
