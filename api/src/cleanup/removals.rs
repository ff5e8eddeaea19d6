//! Documents on their way out, and resources that nobody wants: what the sweeper works on, as maintenance.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;

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
    /// Whether its result stays, as it is one of other documents too. Once it is not, it never is again.
    pub is_result_kept: bool,
}

/// The columns of a [`Removal`].
macro_rules! removal_columns {
    () => {
        "document_id, tenant_id, resource_namespace, resource_name, resource_uid, is_result_kept"
    };
}

/// The removals that are due, and not finished; of those whose result is kept, those of which something else is left. What cannot be removed
/// is due less and less often, so that it keeps nothing else waiting.
///
/// # Errors
/// Those of Postgres.
pub async fn due(pool: &PgPool, now: Timestamp, most: i64) -> Result<Vec<Removal>, sqlx::Error> {
    sqlx::query_as(DUE)
        .bind(now.to_sqlx())
        .bind(most)
        .fetch_all(pool)
        .await
}

/// Each half reads as many rows as it may answer, in the order of an index, however many are due. What is in both, as nothing in the schema
/// forbids it, is in the first alone.
pub const DUE: &str = concat!(
    "SELECT ",
    removal_columns!(),
    " FROM ((SELECT ",
    removal_columns!(),
    ", coalesce(next_attempt_at, created_at) AS due_at FROM removals \
     WHERE finished_at IS NULL AND coalesce(next_attempt_at, created_at) <= $1 \
     ORDER BY coalesce(next_attempt_at, created_at) LIMIT $2) \
     UNION ALL (SELECT ",
    removal_columns!(),
    ", rest_due_at AS due_at FROM removals \
     WHERE rest_due_at <= $1 AND finished_at IS NULL AND coalesce(next_attempt_at, created_at) > $1 \
     ORDER BY rest_due_at LIMIT $2)) AS due ORDER BY due_at LIMIT $2"
);

/// The removal of this document, if it is not finished.
///
/// # Errors
/// Those of Postgres.
pub async fn find(pool: &PgPool, document: Uuid) -> Result<Option<Removal>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT ",
        removal_columns!(),
        " FROM removals WHERE document_id = $1 AND finished_at IS NULL"
    ))
    .bind(document)
    .fetch_optional(pool)
    .await
}

/// Notes that something is left; it is due again after 5 s, then after twice as long each time, five minutes at most.
///
/// # Errors
/// Those of Postgres.
pub async fn postpone(pool: &PgPool, document: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE removals SET attempts = attempts + 1, \
         next_attempt_at = CASE WHEN is_result_kept THEN next_attempt_at ELSE again END, \
         rest_due_at = CASE WHEN is_result_kept THEN again END \
         FROM (SELECT document_id AS id, $2 + least(5 * power(2, least(attempts, 10)), 300) * interval '1 second' AS again \
         FROM removals WHERE document_id = $1) AS due WHERE document_id = due.id",
    )
    .bind(document)
    .bind(now.to_sqlx())
    .execute(pool)
    .await
    .map(drop)
}

/// Notes that nothing but the result is left of the document. Where the result is not kept any more by now, it is due at once.
///
/// # Errors
/// Those of Postgres.
pub async fn finish_rest(pool: &PgPool, document: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE removals SET rest_due_at = NULL, attempts = 0 WHERE document_id = $1 AND is_result_kept",
    )
    .bind(document)
    .execute(pool)
    .await
    .map(drop)
}

/// Notes that nothing is left of the document.
///
/// # Errors
/// Those of Postgres.
pub async fn finish(pool: &PgPool, document: Uuid, at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE removals SET finished_at = $2 WHERE document_id = $1")
        .bind(document)
        .bind(at.to_sqlx())
        .execute(pool)
        .await
        .map(drop)
}

/// The removals finished before this time.
///
/// # Errors
/// Those of Postgres.
pub async fn finished_before(pool: &PgPool, time: Timestamp, most: i64) -> Result<Vec<Removal>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT ",
        removal_columns!(),
        " FROM removals WHERE finished_at < $1 ORDER BY finished_at LIMIT $2"
    ))
    .bind(time.to_sqlx())
    .bind(most)
    .fetch_all(pool)
    .await
}

/// Forgets a removal that was finished.
///
/// # Errors
/// Those of Postgres.
pub async fn forget(pool: &PgPool, document: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM removals WHERE document_id = $1 AND finished_at IS NOT NULL")
        .bind(document)
        .execute(pool)
        .await
        .map(drop)
}

/// A resource that may have been made although what asked for it was taken back.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct UnwantedResource {
    /// Its namespace.
    pub resource_namespace: String,
    /// Its name.
    pub resource_name: String,
    /// Whether it has been looked for long enough: a request to make it may reach the API server late.
    pub is_last: bool,
}

/// The resources that nobody wants; those noted before `since` are looked for once more.
///
/// # Errors
/// Those of Postgres.
pub async fn unwanted_resources(
    pool: &PgPool,
    since: Timestamp,
    most: i64,
) -> Result<Vec<UnwantedResource>, sqlx::Error> {
    sqlx::query_as(
        "SELECT resource_namespace, resource_name, created_at < $1 AS is_last FROM unwanted_resources \
         ORDER BY random() LIMIT $2",
    )
    .bind(since.to_sqlx())
    .bind(most)
    .fetch_all(pool)
    .await
}

/// Forgets a resource that is gone for good.
///
/// # Errors
/// Those of Postgres.
pub async fn forget_unwanted(pool: &PgPool, resource: &UnwantedResource) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM unwanted_resources WHERE resource_namespace = $1 AND resource_name = $2")
        .bind(&resource.resource_namespace)
        .bind(&resource.resource_name)
        .execute(pool)
        .await
        .map(drop)
}
