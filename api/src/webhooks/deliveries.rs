//! Deliveries as rows: what administrators see of them, and replay.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::event;
use crate::identity::Page;

/// So many failed deliveries are replayed at a time, the oldest first.
pub const REPLAYED_AT_ONCE: i64 = 10_000;
/// So many tests of a webhook may be pending.
pub const MOST_PENDING_TESTS: i64 = 10;
/// So many attempts of one delivery are shown, the newest first.
const ATTEMPTS_SHOWN: i64 = 100;

/// Where a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// It is still to be attempted, for the first time or again.
    Pending,
    /// The endpoint took it.
    Delivered,
    /// It is not attempted any more.
    Failed,
}

impl DeliveryStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// A delivery, without what is sent.
#[derive(Clone, Debug, sqlx::FromRow)]
#[allow(
    missing_docs,
    reason = "the columns of the table, described in the migrations"
)]
pub struct DeliveryRecord {
    pub id: Uuid,
    pub change_seq: Option<i64>,
    pub document_id: Option<Uuid>,
    pub event: String,
    pub status: String,
    pub attempts: i32,
    pub next_attempt_at: Option<jiff_sqlx::Timestamp>,
    pub response_status: Option<i32>,
    pub error: Option<String>,
    pub created_at: jiff_sqlx::Timestamp,
    pub ended_at: Option<jiff_sqlx::Timestamp>,
}

macro_rules! delivery_columns {
    () => {
        "id, change_seq, document_id, event, status, attempts, next_attempt_at, response_status, error, created_at, ended_at"
    };
}

/// An attempt.
#[derive(Clone, Debug, sqlx::FromRow)]
#[allow(
    missing_docs,
    reason = "the columns of the table, described in the migrations"
)]
pub struct AttemptRecord {
    pub number: i32,
    pub at: jiff_sqlx::Timestamp,
    pub duration_ms: i32,
    pub response_status: Option<i32>,
    pub error: Option<String>,
    pub excerpt: Option<String>,
}

/// Deliveries of a webhook, the newest first.
///
/// # Errors
/// Those of Postgres.
pub async fn list(
    connection: &mut PgConnection,
    tenant: Uuid,
    webhook: Uuid,
    status: Option<DeliveryStatus>,
    page: &Page,
) -> Result<Vec<DeliveryRecord>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT ",
        delivery_columns!(),
        " FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2 AND ($3::text IS NULL OR status = $3) \
         AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5)) ORDER BY created_at DESC, id DESC LIMIT $6"
    ))
    .bind(tenant)
    .bind(webhook)
    .bind(status.map(DeliveryStatus::as_str))
    .bind(page.time())
    .bind(page.id())
    .bind(page.limit)
    .fetch_all(connection)
    .await
}

/// A delivery of a webhook, with what is sent.
///
/// # Errors
/// Those of Postgres.
pub async fn find(
    connection: &mut PgConnection,
    tenant: Uuid,
    webhook: Uuid,
    id: Uuid,
) -> Result<Option<(DeliveryRecord, String)>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        record: DeliveryRecord,
        body: String,
    }
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT body, ",
        delivery_columns!(),
        " FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2 AND id = $3 \
         AND EXISTS (SELECT FROM webhooks WHERE tenant_id = $1 AND id = $2)"
    ))
    .bind(tenant)
    .bind(webhook)
    .bind(id)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.record, row.body)))
}

/// The attempts of a delivery: the last ones, the newest first.
///
/// # Errors
/// Those of Postgres.
pub async fn attempts(
    connection: &mut PgConnection,
    tenant: Uuid,
    delivery: Uuid,
) -> Result<Vec<AttemptRecord>, sqlx::Error> {
    sqlx::query_as(
        "SELECT number, at, duration_ms, response_status, error, excerpt FROM webhook_attempts \
         WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY number DESC LIMIT $3",
    )
    .bind(tenant)
    .bind(delivery)
    .bind(ATTEMPTS_SHOWN)
    .fetch_all(connection)
    .await
}

/// Adds a delivery that tells nothing but that there is the webhook, whose row is locked. `None` where [`MOST_PENDING_TESTS`] are pending.
///
/// # Errors
/// Those of Postgres.
pub async fn add_test(
    connection: &mut PgConnection,
    tenant: Uuid,
    webhook: Uuid,
    at: Timestamp,
) -> Result<Option<DeliveryRecord>, sqlx::Error> {
    let body = serde_json::to_string(&event::test(webhook, at))
        .map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query_as(concat!(
        "INSERT INTO webhook_deliveries (id, tenant_id, webhook_id, event, body, status, next_attempt_at, created_at) \
         SELECT $1, $2, $3, $4, $5, 'pending', $6, $6 WHERE (SELECT count(*) FROM webhook_deliveries \
           WHERE tenant_id = $2 AND webhook_id = $3 AND status = 'pending' AND change_seq IS NULL) < $7 RETURNING ",
        delivery_columns!()
    ))
    .bind(Uuid::new_v4())
    .bind(tenant)
    .bind(webhook)
    .bind(event::TEST)
    .bind(body)
    .bind(at.to_sqlx())
    .bind(MOST_PENDING_TESTS)
    .fetch_optional(connection)
    .await
}

/// Replays a delivery, with its id: it is attempted now, and by the schedule from its beginning. One that is just being attempted stays as it is.
///
/// # Errors
/// Those of Postgres.
pub async fn replay(
    connection: &mut PgConnection,
    tenant: Uuid,
    webhook: Uuid,
    id: Uuid,
    at: Timestamp,
) -> Result<Option<DeliveryRecord>, sqlx::Error> {
    sqlx::query_as(concat!(
        "UPDATE webhook_deliveries SET status = 'pending', ended_at = NULL, \
           next_attempt_at = CASE WHEN status = 'pending' AND claim IS NOT NULL THEN next_attempt_at ELSE $4 END, \
           round_attempts = CASE WHEN status = 'pending' AND claim IS NOT NULL THEN round_attempts ELSE 0 END, \
           claim = CASE WHEN status = 'pending' THEN claim END \
         WHERE tenant_id = $1 AND webhook_id = $2 AND id = $3 RETURNING ",
        delivery_columns!()
    ))
    .bind(tenant)
    .bind(webhook)
    .bind(id)
    .bind(at.to_sqlx())
    .fetch_optional(connection)
    .await
}

/// Replays the failed deliveries of a webhook that were made since a time, [`REPLAYED_AT_ONCE`] of them at most, the oldest first. Answers how
/// many these are.
///
/// # Errors
/// Those of Postgres.
pub async fn replay_failed(
    connection: &mut PgConnection,
    tenant: Uuid,
    webhook: Uuid,
    since: Timestamp,
    at: Timestamp,
) -> Result<u64, sqlx::Error> {
    let replayed = sqlx::query(
        "UPDATE webhook_deliveries SET status = 'pending', ended_at = NULL, next_attempt_at = $4, round_attempts = 0, claim = NULL \
         WHERE id = ANY (ARRAY(SELECT id FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2 AND status = 'failed' \
           AND created_at >= $3 ORDER BY created_at, id LIMIT $5 FOR NO KEY UPDATE)) AND status = 'failed'",
    )
    .bind(tenant)
    .bind(webhook)
    .bind(since.to_sqlx())
    .bind(at.to_sqlx())
    .bind(REPLAYED_AT_ONCE)
    .execute(connection)
    .await?;
    Ok(replayed.rows_affected())
}
