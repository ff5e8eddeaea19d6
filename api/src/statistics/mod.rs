//! What a tenant has, how its documents came out, how long they took, and what it used, day by day.

use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::{FromRow, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::database::tenant_transaction;

/// The figures of a tenant, all of one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// What there is now.
    pub documents: Counts,
    /// What waits and is worked on now, by queue.
    pub queues: Vec<QueueDepth>,
    /// Why documents failed that ended in the days that were asked for, the most frequent first.
    pub reasons: Vec<ReasonCount>,
    /// How long encoding took, in seconds, of documents that became ready in those days.
    pub processing: Durations,
    /// The same from when the encoding was asked for, so with the time in the queue.
    pub waiting_and_processing: Durations,
    /// What was used on each of those days on which anything was.
    pub days: Vec<Day>,
}

/// Documents by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Counts {
    /// Waiting or being worked on.
    pub processing: i64,
    /// With a result.
    pub ready: i64,
    /// Without one.
    pub failed: i64,
    /// Bytes of all sources.
    pub bytes: i64,
}

/// What is in a queue.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct QueueDepth {
    /// Its name.
    pub queue: String,
    /// Documents that wait.
    pub waiting: i64,
    /// Documents that are worked on.
    pub running: i64,
}

/// How often a document failed for a reason.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ReasonCount {
    /// One of the closed list.
    pub reason: String,
    /// How often.
    pub documents: i64,
}

/// How long something took, in seconds; `None` where there was nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, FromRow)]
pub struct Durations {
    /// Of so many documents.
    pub documents: i64,
    /// The mean.
    pub average: Option<f64>,
    /// Half took no longer.
    pub p50: Option<f64>,
    /// Nineteen of twenty took no longer.
    pub p95: Option<f64>,
    /// The longest.
    pub max: Option<f64>,
}

/// What was used on a day (UTC), counted when an encoding became ready.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Day {
    /// The day, as in RFC 3339.
    pub day: String,
    /// Documents.
    pub documents: i64,
    /// Their pages.
    pub pages: i64,
    /// Their tokens.
    pub tokens: i64,
    /// Bytes of their sources.
    pub bytes: i64,
    /// Processor time of their encodings, in milliseconds.
    pub cpu_milliseconds: i64,
}

/// The figures of a tenant; what is said of days is of those from `first` to `last`.
///
/// # Errors
/// Those of Postgres.
pub async fn read(pool: &PgPool, tenant: Uuid, first: Date, last: Date) -> Result<Statistics, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    // All figures are of one moment.
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut *transaction)
        .await?;
    let statistics = Statistics {
        documents: counts(&mut transaction, tenant).await?,
        queues: queues(&mut transaction, tenant).await?,
        reasons: reasons(&mut transaction, tenant, first, last).await?,
        processing: durations(&mut transaction, tenant, first, last, PROCESSING).await?,
        waiting_and_processing: durations(&mut transaction, tenant, first, last, SINCE_REQUESTED).await?,
        days: days(&mut transaction, tenant, first, last).await?,
    };
    transaction.commit().await?;
    Ok(statistics)
}

/// What a tenant used on each day from `first` to `last` on which it used anything.
///
/// # Errors
/// Those of Postgres.
pub async fn read_days(
    pool: &PgPool,
    tenant: Uuid,
    first: Date,
    last: Date,
) -> Result<Vec<Day>, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let days = days(&mut transaction, tenant, first, last).await?;
    transaction.commit().await?;
    Ok(days)
}

type InTransaction<'transaction, 'connection> = &'transaction mut Transaction<'connection, Postgres>;

async fn counts(transaction: InTransaction<'_, '_>, tenant: Uuid) -> Result<Counts, sqlx::Error> {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE status = 'processing') AS processing, count(*) FILTER (WHERE status = 'ready') AS ready, \
         count(*) FILTER (WHERE status = 'failed') AS failed, coalesce(sum(size_bytes), 0)::bigint AS bytes \
         FROM documents WHERE tenant_id = $1",
    )
    .bind(tenant)
    .fetch_one(&mut **transaction)
    .await
}

async fn queues(transaction: InTransaction<'_, '_>, tenant: Uuid) -> Result<Vec<QueueDepth>, sqlx::Error> {
    sqlx::query_as(
        "SELECT queue, count(*) FILTER (WHERE phase <> 'Processing') AS waiting, \
         count(*) FILTER (WHERE phase = 'Processing') AS running \
         FROM documents WHERE tenant_id = $1 AND status = 'processing' GROUP BY queue ORDER BY queue",
    )
    .bind(tenant)
    .fetch_all(&mut **transaction)
    .await
}

/// Documents of a tenant that ended on the days that were asked for.
macro_rules! ended {
    () => {
        "tenant_id = $1 AND processing_completed_at >= $2::timestamp AT TIME ZONE 'UTC' \
         AND processing_completed_at < ($3::timestamp + interval '1 day') AT TIME ZONE 'UTC'"
    };
}

async fn reasons(
    transaction: InTransaction<'_, '_>,
    tenant: Uuid,
    first: Date,
    last: Date,
) -> Result<Vec<ReasonCount>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT error_reason AS reason, count(*) AS documents FROM documents WHERE ",
        ended!(),
        " AND status = 'failed' GROUP BY error_reason ORDER BY documents DESC, reason"
    ))
    .bind(tenant)
    .bind(first.to_sqlx())
    .bind(last.to_sqlx())
    .fetch_all(&mut **transaction)
    .await
}

/// A result that is another's took no time of its own.
macro_rules! durations {
    ($since:literal) => {
        concat!(
            "SELECT count(*) AS documents, avg(seconds) AS average, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS p50, \
             percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95, max(seconds) AS max FROM ( \
               SELECT extract(epoch FROM processing_completed_at - ",
            $since,
            ")::float8 AS seconds FROM documents WHERE ",
            ended!(),
            " AND status = 'ready' AND result_document_id IS NULL AND ",
            $since,
            " IS NOT NULL) AS took"
        )
    };
}
const PROCESSING: &str = durations!("processing_started_at");
const SINCE_REQUESTED: &str = durations!("coalesce(encoding_requested_at, created_at)");

async fn durations(
    transaction: InTransaction<'_, '_>,
    tenant: Uuid,
    first: Date,
    last: Date,
    query: &'static str,
) -> Result<Durations, sqlx::Error> {
    sqlx::query_as(query)
        .bind(tenant)
        .bind(first.to_sqlx())
        .bind(last.to_sqlx())
        .fetch_one(&mut **transaction)
        .await
}

async fn days(
    transaction: InTransaction<'_, '_>,
    tenant: Uuid,
    first: Date,
    last: Date,
) -> Result<Vec<Day>, sqlx::Error> {
    sqlx::query_as(
        "SELECT to_char(day, 'YYYY-MM-DD') AS day, documents, pages, tokens, bytes, cpu_milliseconds FROM usage \
         WHERE tenant_id = $1 AND day BETWEEN $2 AND $3 ORDER BY usage.day",
    )
    .bind(tenant)
    .bind(first.to_sqlx())
    .bind(last.to_sqlx())
    .fetch_all(&mut **transaction)
    .await
}
