//! What is not attempted any more: endpoints that are disabled with all that is pending for them, and deliveries that could not be attempted for days.
//!
//! An endpoint is disabled in its row alone. What is pending for it fails afterwards, some deliveries in each transaction, so that nothing depends on how
//! many there are. Until the last has failed the endpoint stays disabled, so that none of them is sent when it is enabled again.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::schedule::DisabledReason;

/// What is said of deliveries that are given up with their endpoint.
pub const ENDPOINT_DISABLED: &str = "the webhook was disabled before it could be delivered";
/// What is said of deliveries that waited for too long.
pub const EXPIRED: &str = "it could not be attempted for seven days";
/// What has been due for so long has failed: its endpoint takes less than there is to send, or asks to be left alone over and over.
pub const DUE_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// An endpoint with more pending deliveries is disabled. It is looked at now and then, so that there may be some more for a moment.
pub const MOST_PENDING: i64 = 100_000;
/// So many deliveries fail in one transaction.
pub const AT_ONCE: i64 = 2_000;
/// Of so many endpoints at a time.
const ENDPOINTS_AT_ONCE: i64 = 100;

/// What was given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GivenUp {
    /// So many deliveries have failed.
    pub deliveries: u64,
    /// Whether there may be more.
    pub is_more: bool,
}

/// Disables an endpoint whose row is locked.
///
/// # Errors
/// Those of Postgres.
pub async fn disable(
    connection: &mut PgConnection,
    webhook: Uuid,
    reason: DisabledReason,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE webhooks SET enabled = false, disabled_at = $2, disabled_reason = $3 WHERE id = $1")
        .bind(webhook)
        .bind(now.to_sqlx())
        .bind(reason.as_str())
        .execute(&mut *connection)
        .await?;
    fail_pending(connection, webhook, now).await?;
    tracing::warn!(webhook_id = %webhook, reason = reason.as_str(), "disabled a webhook");
    Ok(())
}

/// Fails some of what is pending for an endpoint that is disabled and whose row is locked; they can be replayed. An attempt that is just being made may
/// still succeed. Answers whether none is left.
///
/// # Errors
/// Those of Postgres.
pub async fn fail_pending(
    connection: &mut PgConnection,
    webhook: Uuid,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let failed = fail(connection, webhook, None, ENDPOINT_DISABLED, now).await?;
    Ok(!is_full(failed))
}

/// Looks once for what is to be given up, as the dispatcher, and gives up some of it. What has been due for too long is given up only with `has_tried`:
/// where nobody could attempt anything for days, it is to be attempted first.
///
/// # Errors
/// Those of Postgres; then some is given up, and it can be called again.
pub async fn give_up(pool: &PgPool, has_tried: bool, now: Timestamp) -> Result<GivenUp, sqlx::Error> {
    disable_those_with_a_backlog(pool, now).await?;
    let mut given_up = GivenUp::default();
    let expired = has_tried.then_some((true, Some(now - DUE_FOR), EXPIRED));
    let of_disabled = (false, None, ENDPOINT_DISABLED);
    for (is_enabled, due_before, error) in expired.into_iter().chain([of_disabled]) {
        let endpoints = with_pending(pool, is_enabled, due_before).await?;
        given_up.is_more |= endpoints.len() >= usize::try_from(ENDPOINTS_AT_ONCE).unwrap_or(usize::MAX);
        for webhook in endpoints {
            let mut transaction = pool.begin().await?;
            if is_locked(&mut transaction, webhook, is_enabled).await? {
                let failed = fail(&mut transaction, webhook, due_before, error, now).await?;
                given_up.deliveries += failed;
                given_up.is_more |= is_full(failed);
            }
            transaction.commit().await?;
        }
    }
    Ok(given_up)
}

async fn disable_those_with_a_backlog(pool: &PgPool, now: Timestamp) -> Result<(), sqlx::Error> {
    let found: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM webhooks WHERE enabled AND EXISTS (SELECT FROM webhook_deliveries WHERE webhook_id = webhooks.id AND status = 'pending' \
           ORDER BY next_attempt_at OFFSET $1 LIMIT 1)",
    )
    .bind(MOST_PENDING)
    .fetch_all(pool)
    .await?;
    for webhook in found {
        let mut transaction = pool.begin().await?;
        if is_locked(&mut transaction, webhook, true).await? {
            disable(&mut transaction, webhook, DisabledReason::Backlog, now).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

/// Some of the endpoints for which something is pending, that has been due since before a time. Nothing is sent for a tenant that is disabled, and what
/// waits for it does not expire.
async fn with_pending(
    pool: &PgPool,
    is_enabled: bool,
    due_before: Option<Timestamp>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT webhooks.id FROM webhooks JOIN tenants ON tenants.id = tenant_id AND ($2::timestamptz IS NULL OR tenants.disabled_at IS NULL) \
         WHERE enabled = $1 AND EXISTS (SELECT FROM webhook_deliveries WHERE webhook_id = webhooks.id \
           AND status = 'pending' AND ($2::timestamptz IS NULL OR next_attempt_at < $2)) LIMIT $3",
    )
    .bind(is_enabled)
    .bind(due_before.map(ToSqlx::to_sqlx))
    .bind(ENDPOINTS_AT_ONCE)
    .fetch_all(pool)
    .await
}

/// Locks the endpoint, and answers whether it still is as it was found: endpoints are locked before their deliveries.
async fn is_locked(
    connection: &mut PgConnection,
    webhook: Uuid,
    is_enabled: bool,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query("SELECT FROM webhooks WHERE id = $1 AND enabled = $2 FOR NO KEY UPDATE")
        .bind(webhook)
        .bind(is_enabled)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

async fn fail(
    connection: &mut PgConnection,
    webhook: Uuid,
    due_before: Option<Timestamp>,
    error: &str,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    // As an array the list is made once: a join may make it anew, without those that have failed by then, and so exceed the limit.
    let failed = sqlx::query(
        "UPDATE webhook_deliveries SET status = 'failed', next_attempt_at = NULL, error = $2, ended_at = $3 WHERE status = 'pending' AND id = ANY (ARRAY( \
           SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND status = 'pending' AND ($4::timestamptz IS NULL OR next_attempt_at < $4) \
           ORDER BY next_attempt_at LIMIT $5 FOR NO KEY UPDATE))",
    )
    .bind(webhook)
    .bind(error)
    .bind(now.to_sqlx())
    .bind(due_before.map(ToSqlx::to_sqlx))
    .bind(AT_ONCE)
    .execute(connection)
    .await?;
    Ok(failed.rows_affected())
}

fn is_full(failed: u64) -> bool {
    i64::try_from(failed).is_ok_and(|failed| failed >= AT_ONCE)
}
