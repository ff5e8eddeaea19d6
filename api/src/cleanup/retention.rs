//! Documents that are kept no longer: those that failed a while ago, and those that a tenant does not want to keep for longer.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{database::tenant_transaction, documents::deletion, identity::audit::Actor};

/// So many documents are looked at by a statement, due or not, so that none takes long however many there are.
const AT_A_TIME: i64 = 5_000;

/// Which documents have had their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// What failed is kept for so many days.
    pub failed_days: u16,
}

/// How many documents were deleted, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// That had failed.
    pub failed: u64,
    /// That were ready, and older than their tenant keeps documents.
    pub ready: u64,
}

/// A document that has had its time.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Due {
    id: Uuid,
    tenant_id: Uuid,
    status: String,
}

/// The condition under which a document has had its time; the parameters are now, and the days that failures are kept. What was cancelled has failed. A
/// document that never ended has none. One that has a result, as it was ready before it failed, is kept as if it were ready.
pub(super) fn is_due(now: &str, failed_days: &str) -> String {
    format!(
        "documents.tenant_id = tenants.id AND status <> 'processing' AND processing_completed_at < {now} - make_interval(days => \
         CASE WHEN status = 'failed' AND kept_result IS NULL THEN least({failed_days}, coalesce(retention_days, {failed_days})) \
         ELSE retention_days END)"
    )
}

/// Deletes documents that have had their time, as maintenance; what belongs to them goes with the sweeper. With `is_dry` it is only counted.
///
/// # Errors
/// Those of Postgres; what was deleted by then stays deleted.
pub async fn expire(
    pool: &PgPool,
    retention: Retention,
    is_dry: bool,
    now: Timestamp,
) -> Result<Expired, sqlx::Error> {
    let is_due = is_due("$1", "$2");
    let (mut expired, mut after) = (Expired::default(), Some(Uuid::nil()));
    while let Some(first) = after {
        let last: Option<Uuid> =
            sqlx::query_scalar("SELECT id FROM documents WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1")
                .bind(first)
                .bind(AT_A_TIME)
                .fetch_optional(pool)
                .await?;
        let due: Vec<Due> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT documents.id, documents.tenant_id, status FROM documents JOIN tenants ON {is_due} \
             WHERE documents.id > $3 AND documents.id <= $4 ORDER BY documents.id"
        )))
        .bind(now.to_sqlx())
        .bind(i32::from(retention.failed_days))
        .bind(first)
        .bind(last.unwrap_or(Uuid::max()))
        .fetch_all(pool)
        .await?;
        after = last;
        for document in &due {
            if is_dry || delete(pool, document, retention, now).await? {
                match document.status.as_str() {
                    "failed" => expired.failed += 1,
                    _ => expired.ready += 1,
                }
            }
        }
    }
    Ok(expired)
}

/// Which of these documents have had their time, as maintenance.
///
/// # Errors
/// Those of Postgres.
pub(super) async fn due_among(
    pool: &PgPool,
    ids: &[Uuid],
    retention: Retention,
    now: Timestamp,
) -> Result<HashSet<Uuid>, sqlx::Error> {
    let is_due = is_due("$1", "$2");
    let due: Vec<Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT documents.id FROM documents JOIN tenants ON {is_due} WHERE documents.id = ANY ($3)"
    )))
    .bind(now.to_sqlx())
    .bind(i32::from(retention.failed_days))
    .bind(ids)
    .fetch_all(pool)
    .await?;
    Ok(due.into_iter().collect())
}

/// Deletes one, if its time is still over: it may be encoded once more by now.
async fn delete(pool: &PgPool, due: &Due, retention: Retention, now: Timestamp) -> Result<bool, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, due.tenant_id).await?;
    let condition = is_due("$1", "$2");
    let is_due: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT EXISTS (SELECT FROM documents JOIN tenants ON {condition} WHERE documents.id = $3 FOR UPDATE OF documents)"
    )))
    .bind(now.to_sqlx())
    .bind(i32::from(retention.failed_days))
    .bind(due.id)
    .fetch_one(&mut *transaction)
    .await?;
    let actor = Actor::command();
    let is_deleted = is_due
        && deletion::delete(&mut transaction, due.tenant_id, due.id, &actor, None, now)
            .await?
            .is_some();
    transaction.commit().await?;
    Ok(is_deleted)
}
