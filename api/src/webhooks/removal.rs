//! What goes of deliveries, as maintenance: what ended a while ago, and all of webhooks that were deleted.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;

/// So many deliveries are removed in one transaction, with their attempts. They are listed as an array, which is made once: a join may make the list anew.
const AT_ONCE: i64 = 2_000;
/// Those of so many deleted webhooks are removed at a time.
const WEBHOOKS_AT_ONCE: i64 = 100;

/// Removes deliveries that ended before this time, with their attempts, and secrets that expired before it. Answers how many deliveries.
///
/// # Errors
/// Those of Postgres; then some are removed, and it can be called again.
pub async fn remove_ended(pool: &PgPool, before: Timestamp) -> Result<u64, sqlx::Error> {
    sqlx::query("DELETE FROM webhook_secrets WHERE expires_at < $1")
        .bind(before.to_sqlx())
        .execute(pool)
        .await?;
    let mut removed = 0;
    loop {
        let batch = sqlx::query(
            "DELETE FROM webhook_deliveries WHERE id = ANY (ARRAY(SELECT id FROM webhook_deliveries \
             WHERE status <> 'pending' AND ended_at < $1 ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
        )
        .bind(before.to_sqlx())
        .bind(AT_ONCE)
        .execute(pool)
        .await?
        .rows_affected();
        removed += batch;
        if batch < u64::try_from(AT_ONCE).unwrap_or(u64::MAX) {
            return Ok(removed);
        }
    }
}

/// How many deliveries ended before this time, and would be removed.
///
/// # Errors
/// Those of Postgres.
pub async fn count_ended(pool: &PgPool, before: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM webhook_deliveries WHERE status <> 'pending' AND ended_at < $1")
        .bind(before.to_sqlx())
        .fetch_one(pool)
        .await
}

/// Removes the deliveries of webhooks that were deleted. Answers how many webhooks are done with.
///
/// # Errors
/// Those of Postgres; then some are removed, and it can be called again.
pub async fn remove_of_deleted(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let deleted: Vec<Uuid> =
        sqlx::query_scalar("SELECT webhook_id FROM deleted_webhooks ORDER BY deleted_at LIMIT $1")
            .bind(WEBHOOKS_AT_ONCE)
            .fetch_all(pool)
            .await?;
    let mut done = 0;
    for webhook in deleted {
        loop {
            let batch = sqlx::query(
                "DELETE FROM webhook_deliveries WHERE id = ANY (ARRAY(SELECT id FROM webhook_deliveries WHERE webhook_id = $1 LIMIT $2))",
            )
            .bind(webhook)
            .bind(AT_ONCE)
            .execute(pool)
            .await?;
            if batch.rows_affected() == 0 {
                break;
            }
        }
        done += sqlx::query("DELETE FROM deleted_webhooks WHERE webhook_id = $1")
            .bind(webhook)
            .execute(pool)
            .await?
            .rows_affected();
    }
    Ok(done)
}
