//! What became of an attempt, written in one transaction: the attempt, the delivery and its endpoint.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{
    claims::Claimed,
    client::Attempt,
    giving_up,
    schedule::{self, Consequence, Failing},
};

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Delivered,
    /// It is attempted again.
    Retried,
    /// It was attempted for the last time, or its endpoint is disabled.
    Failed,
    /// It is somebody else's, as the lease ran out, or is there no more.
    Lost,
}

impl Outcome {
    /// As metrics have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retried => "retried",
            Self::Failed => "failed",
            Self::Lost => "lost",
        }
    }
}

/// The endpoint, as it is when an attempt has ended.
#[derive(sqlx::FromRow)]
struct Endpoint {
    enabled: bool,
    url: String,
    failing_since: Option<jiff_sqlx::Timestamp>,
    last_failed_at: Option<jiff_sqlx::Timestamp>,
}

impl Endpoint {
    fn failing(&self) -> Option<Failing> {
        Some(Failing {
            since: self.failing_since?.to_jiff(),
            last: self.last_failed_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

/// Writes what became of an attempt that began at a time. `jitter` is drawn.
///
/// # Errors
/// Those of Postgres; then nothing is written, and the delivery is attempted again when the lease has run out.
pub async fn record(
    pool: &PgPool,
    claimed: &Claimed,
    attempt: &Attempt,
    began: Timestamp,
    now: Timestamp,
    jitter: u8,
) -> Result<Outcome, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // The endpoint first, then its deliveries, as everybody who locks both.
    let endpoint: Option<Endpoint> = sqlx::query_as(
        "SELECT enabled, url, failing_since, last_failed_at FROM webhooks WHERE id = $1 FOR NO KEY UPDATE",
    )
    .bind(claimed.webhook_id)
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(endpoint) = endpoint else {
        return Ok(Outcome::Lost);
    };
    let delivery: Option<(Option<Uuid>, String)> =
        sqlx::query_as("SELECT claim, status FROM webhook_deliveries WHERE id = $1 FOR NO KEY UPDATE")
            .bind(claimed.id)
            .fetch_optional(&mut *transaction)
            .await?;
    let Some((claim, status)) = delivery else {
        return Ok(Outcome::Lost);
    };
    add_attempt(&mut transaction, claimed, attempt, began).await?;
    // What another address does is not held against the one there is now.
    let consequence = (endpoint.url == claimed.url)
        .then(|| schedule::consequence(attempt, claimed.change_seq.is_none(), endpoint.failing(), now))
        .flatten();
    let is_own = claim == Some(claimed.claim) && status == "pending";
    let again = next(claimed, attempt, now, jitter)
        .filter(|_| endpoint.enabled && !matches!(consequence, Some(Consequence::Disabled(_))));
    let outcome = if attempt.is_success() {
        // Also where somebody else attempts it by now: it was delivered.
        Outcome::Delivered
    } else if !is_own {
        Outcome::Lost
    } else if again.is_some() {
        Outcome::Retried
    } else {
        Outcome::Failed
    };
    match outcome {
        Outcome::Delivered => finish(&mut transaction, claimed.id, "delivered", attempt, now).await?,
        Outcome::Failed => finish(&mut transaction, claimed.id, "failed", attempt, now).await?,
        Outcome::Retried => {
            sqlx::query(
                "UPDATE webhook_deliveries SET next_attempt_at = $2, claim = NULL, response_status = $3, error = $4 WHERE id = $1",
            )
            .bind(claimed.id)
            .bind(again.map(ToSqlx::to_sqlx))
            .bind(attempt.status.map(i32::from))
            .bind(&attempt.error)
            .execute(&mut *transaction)
            .await?;
        }
        Outcome::Lost => {}
    }
    if let Some(consequence) = consequence.filter(|_| endpoint.enabled) {
        note(&mut transaction, claimed.webhook_id, consequence, now).await?;
    }
    transaction.commit().await?;
    Ok(outcome)
}

fn next(claimed: &Claimed, attempt: &Attempt, now: Timestamp, jitter: u8) -> Option<Timestamp> {
    let failed = u32::try_from(claimed.round_attempts).unwrap_or(u32::MAX);
    let is_test = claimed.change_seq.is_none();
    schedule::next_attempt(failed, is_test, attempt.retry_after, now, jitter)
}

async fn add_attempt(
    connection: &mut PgConnection,
    claimed: &Claimed,
    attempt: &Attempt,
    began: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO webhook_attempts (tenant_id, delivery_id, number, at, duration_ms, response_status, error, excerpt) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(claimed.tenant_id)
    .bind(claimed.id)
    .bind(claimed.attempts)
    .bind(began.to_sqlx())
    .bind(i32::try_from(attempt.duration.as_millis()).unwrap_or(i32::MAX))
    .bind(attempt.status.map(i32::from))
    .bind(&attempt.error)
    .bind(&attempt.excerpt)
    .execute(connection)
    .await
    .map(drop)
}

async fn finish(
    connection: &mut PgConnection,
    delivery: Uuid,
    status: &str,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE webhook_deliveries SET status = $2, next_attempt_at = NULL, claim = NULL, response_status = $3, error = $4, ended_at = $5 \
         WHERE id = $1",
    )
    .bind(delivery)
    .bind(status)
    .bind(attempt.status.map(i32::from))
    .bind(&attempt.error)
    .bind(now.to_sqlx())
    .execute(connection)
    .await
    .map(drop)
}

/// Notes what an attempt means for the endpoint.
async fn note(
    connection: &mut PgConnection,
    webhook: Uuid,
    consequence: Consequence,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    match consequence {
        Consequence::Works => {
            sqlx::query(
                // A pause ends by itself: another attempt may just have been asked for one.
                "UPDATE webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL",
            )
            .bind(webhook)
            .execute(connection)
            .await?;
        }
        Consequence::Fails { since, paused_until } => {
            sqlx::query(
                "UPDATE webhooks SET failing_since = $2, last_failed_at = $4, paused_until = greatest($3, paused_until) WHERE id = $1",
            )
            .bind(webhook)
            .bind(since.to_sqlx())
            .bind(paused_until.map(ToSqlx::to_sqlx))
            .bind(now.to_sqlx())
            .execute(connection)
            .await?;
        }
        Consequence::Disabled(reason) => giving_up::disable(connection, webhook, reason, now).await?,
    }
    Ok(())
}
