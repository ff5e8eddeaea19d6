//! The changes of a tenant's documents, as triggers record them: what live clients are told, in the order in which they were committed.

use crds::Phase;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde::Serialize;
use sqlx::{FromRow, PgPool, Postgres, Row, Transaction, postgres::PgRow};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    database::tenant_transaction,
    documents::{
        document::{self, Status},
        row::{corrupt, time},
    },
};

/// So many changes of each tenant are read at a time for all of its streams.
pub const PAGE: u16 = 125;
/// So many are read at a time for one stream that has missed them: each holds its own in memory.
pub const PAGE_OF_A_STREAM: u16 = 50;

/// What happened to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub enum Kind {
    /// It was uploaded, or applied to the cluster.
    #[serde(rename = "document.created")]
    Created,
    /// Its place, its progress or its message is another, or it is encoded once more.
    #[serde(rename = "document.updated")]
    Updated,
    /// There is a result.
    #[serde(rename = "document.ready")]
    Ready,
    /// There will be none.
    #[serde(rename = "document.failed")]
    Failed,
    /// Somebody wanted none any more.
    #[serde(rename = "document.cancelled")]
    Cancelled,
    /// It is gone.
    #[serde(rename = "document.deleted")]
    Deleted,
}

impl Kind {
    /// As it is stored.
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "created" => Self::Created,
            "updated" => Self::Updated,
            "ready" => Self::Ready,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            "deleted" => Self::Deleted,
            _ => return None,
        })
    }
}

/// A change, and the document as it was then.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Whose it is.
    pub tenant: Uuid,
    /// Its place among the changes of the tenant.
    pub number: i64,
    /// What a client is told.
    pub event: ChangeEvent,
}

/// A change of a document
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ChangeEvent {
    #[serde(rename = "type")]
    kind: Kind,
    /// Its place among the changes of your tenant: greater than those before it
    #[schema(example = 4711)]
    change_seq: i64,
    /// When it was made
    #[schema(format = DateTime)]
    timestamp: String,
    /// The document as it was then
    data: ChangedDocument,
}

/// A document as it was after a change; the names are those of its status
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ChangedDocument {
    document_id: Uuid,
    filename: String,
    /// `processing`, `ready` or `failed`
    #[schema(example = "processing")]
    status: &'static str,
    /// Per cent of the work that is done
    #[schema(example = 75)]
    progress: u8,
    /// `PENDING`, `PROCESSING`, `SUCCESS` or `FAILURE`
    #[schema(example = "PROCESSING")]
    task_state: &'static str,
    message: String,
    total_chunks: Option<i64>,
    ready: bool,
    queue_position: Option<i64>,
    attempt: u32,
    pages_done: Option<i64>,
    pages_total: Option<i64>,
    error: Option<ChangeError>,
}

/// Why a document failed
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ChangeError {
    /// One of a closed list
    #[schema(example = "NoText")]
    reason: String,
    /// For people
    message: String,
}

impl FromRow<'_, PgRow> for Change {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let kind: &str = row.try_get("kind")?;
        let kind = Kind::parse(kind).ok_or_else(|| corrupt("kind", &kind))?;
        let phase: &str = row.try_get("phase")?;
        let phase: Phase = document::phase(phase).ok_or_else(|| corrupt("phase", &phase))?;
        let (percent, attempt): (i32, i32) = (row.try_get("progress")?, row.try_get("attempt")?);
        let reason: Option<String> = row.try_get("error_reason")?;
        let message: Option<String> = row.try_get("error_message")?;
        let error = reason.map(|reason| ChangeError {
            reason,
            message: message.unwrap_or_default(),
        });
        let status = Status::of(phase);
        let number = row.try_get("change_seq")?;
        Ok(Self {
            tenant: row.try_get("tenant_id")?,
            number,
            event: ChangeEvent {
                kind,
                change_seq: number,
                timestamp: time(row, "changed_at")?.to_string(),
                data: ChangedDocument {
                    document_id: row.try_get("document_id")?,
                    filename: row.try_get("filename")?,
                    status: status.as_str(),
                    progress: u8::try_from(percent).map_err(|_| corrupt("progress", &percent))?,
                    task_state: document::task_state(phase),
                    message: row.try_get::<Option<String>, _>("message")?.unwrap_or_default(),
                    total_chunks: row.try_get("total_chunks")?,
                    ready: status == Status::Ready,
                    queue_position: row.try_get("queue_position")?,
                    attempt: u32::try_from(attempt).map_err(|_| corrupt("attempt", &attempt))?,
                    pages_done: row.try_get("pages_done")?,
                    pages_total: row.try_get("pages_total")?,
                    error,
                },
            },
        })
    }
}

/// Which changes of a tenant there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Bounds {
    /// The last one's number; 0 where there was none yet.
    #[sqlx(rename = "change_seq")]
    pub last: i64,
    /// The number of the last one that is kept no more.
    #[sqlx(rename = "forgotten_change_seq")]
    pub forgotten: i64,
}

/// Which changes of the tenant there are, as the API's role.
///
/// # Errors
/// Those of Postgres.
pub async fn bounds(pool: &PgPool, tenant: Uuid) -> Result<Bounds, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let bounds = bounds_in(&mut transaction, tenant).await?;
    transaction.commit().await?;
    Ok(bounds)
}

async fn bounds_in(transaction: &mut Transaction<'_, Postgres>, tenant: Uuid) -> Result<Bounds, sqlx::Error> {
    let bounds = sqlx::query_as("SELECT change_seq, forgotten_change_seq FROM holdings WHERE tenant_id = $1")
        .bind(tenant)
        .fetch_optional(&mut **transaction)
        .await?;
    Ok(bounds.unwrap_or(Bounds {
        last: 0,
        forgotten: 0,
    }))
}

/// The tenant's next changes after one and up to another, [`PAGE_OF_A_STREAM`] of them at most, as the API's role; `None` where some of them are kept no
/// more.
///
/// # Errors
/// Those of Postgres.
pub async fn between(
    pool: &PgPool,
    tenant: Uuid,
    after: i64,
    last: i64,
) -> Result<Option<Vec<Change>>, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let rows = sqlx::query(
        "SELECT * FROM changes WHERE tenant_id = $1 AND change_seq > $2 AND change_seq <= $3 ORDER BY change_seq LIMIT $4",
    )
    .bind(tenant)
    .bind(after)
    .bind(last)
    .bind(i64::from(PAGE_OF_A_STREAM))
    .fetch_all(&mut *transaction)
    .await?;
    // Looked at afterwards: what was removed while they were read is known by now.
    let bounds = bounds_in(&mut transaction, tenant).await?;
    transaction.commit().await?;
    Ok((bounds.forgotten <= after).then(|| known(&rows)))
}

/// Which changes of each of these tenants there are, as the mirror.
///
/// # Errors
/// Those of Postgres.
pub async fn bounds_of(pool: &PgPool, tenants: &[Uuid]) -> Result<Vec<(Uuid, Bounds)>, sqlx::Error> {
    let rows: Vec<(Uuid, i64, i64)> = sqlx::query_as(
        "SELECT tenant_id, change_seq, forgotten_change_seq FROM holdings WHERE tenant_id = ANY ($1)",
    )
    .bind(tenants)
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(tenant, last, forgotten)| (tenant, Bounds { last, forgotten }))
        .collect())
}

/// The next changes of each of these tenants after its number, [`PAGE`] of each at most, as the mirror: in their order. A change that this version
/// does not know, as a later one may have written it, is left out.
///
/// # Errors
/// Those of Postgres.
pub async fn of_tenants(pool: &PgPool, tenants: &[Uuid], after: &[i64]) -> Result<Vec<Change>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT next.* FROM unnest($1::uuid[], $2::bigint[]) AS asked (tenant, after) CROSS JOIN LATERAL \
         (SELECT * FROM changes WHERE tenant_id = asked.tenant AND change_seq > asked.after ORDER BY change_seq LIMIT $3) AS next \
         ORDER BY next.tenant_id, next.change_seq",
    )
    .bind(tenants)
    .bind(after)
    .bind(i64::from(PAGE))
    .fetch_all(pool)
    .await?;
    Ok(known(&rows))
}

/// Those of the rows that this version knows.
fn known(rows: &[PgRow]) -> Vec<Change> {
    let read = |row| {
        Change::from_row(row)
            .inspect_err(|error| tracing::error!(%error, "failed to read a change; it is left out"))
    };
    rows.iter().filter_map(|row| read(row).ok()).collect()
}

/// Who listens to changes and was away for longer reads everything anew.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(6);
/// What a webhook is still to be sent is kept for longer, where no dispatcher runs or its tenant is kept out, and no longer than this.
pub const KEPT_FOR_WEBHOOKS: SignedDuration = SignedDuration::from_hours(14 * 24);
/// What became old in this time is looked at each time, and all that is older now and then: it is kept for webhooks, which may be much.
const RECENT: SignedDuration = SignedDuration::from_hours(1);
/// So many changes are removed in one transaction.
const FORGOTTEN_AT_ONCE: i64 = 5_000;

/// Removes what is older than [`KEPT_FOR`], as maintenance, and says in `holdings` up to where. What webhooks are still to be sent stays up to
/// [`KEPT_FOR_WEBHOOKS`].
///
/// # Errors
/// Those of Postgres; then some are removed, and it can be called again.
pub async fn forget(pool: &PgPool, now: Timestamp) -> Result<(), sqlx::Error> {
    forget_from(pool, Timestamp::UNIX_EPOCH, now).await
}

/// The same of what became old a moment ago, which takes no longer however much is kept for webhooks.
///
/// # Errors
/// As of [`forget`].
pub async fn forget_recent(pool: &PgPool, now: Timestamp) -> Result<(), sqlx::Error> {
    forget_from(pool, now - KEPT_FOR - RECENT, now).await
}

/// Whether a webhook is still to be sent the change `old`.
macro_rules! is_to_be_sent {
    () => {
        "old.kind <> 'updated' AND EXISTS (SELECT FROM webhooks WHERE webhooks.tenant_id = old.tenant_id AND enabled \
           AND told_change_seq < old.change_seq)"
    };
}

async fn forget_from(pool: &PgPool, mut from: Timestamp, now: Timestamp) -> Result<(), sqlx::Error> {
    loop {
        let (removed, last, unsent): (i64, Option<jiff_sqlx::Timestamp>, i64) = sqlx::query_as(concat!(
            "WITH removed AS ( \
               DELETE FROM changes USING (SELECT tenant_id, change_seq, changed_at < $4 AND ",
            is_to_be_sent!(),
            " AS is_unsent FROM changes AS old WHERE changed_at >= $1 AND changed_at < $2 AND (changed_at < $4 OR NOT (",
            is_to_be_sent!(),
            ")) ORDER BY changed_at LIMIT $3) AS old \
               WHERE changes.tenant_id = old.tenant_id AND changes.change_seq = old.change_seq \
               RETURNING changes.tenant_id, changes.change_seq, changes.changed_at, is_unsent), \
             last AS (SELECT tenant_id, max(change_seq) AS change_seq FROM removed GROUP BY tenant_id), \
             locked AS MATERIALIZED (SELECT lock_holdings(ARRAY(SELECT tenant_id FROM last)) AS held), \
             noted AS (UPDATE holdings SET forgotten_change_seq = greatest(forgotten_change_seq, last.change_seq) \
               FROM last, locked WHERE holdings.tenant_id = last.tenant_id AND held >= 0) \
             SELECT count(*), max(changed_at), count(*) FILTER (WHERE is_unsent) FROM removed"
        ))
        .bind(from.to_sqlx())
        .bind((now - KEPT_FOR).to_sqlx())
        .bind(FORGOTTEN_AT_ONCE)
        .bind((now - KEPT_FOR_WEBHOOKS).to_sqlx())
        .fetch_one(pool)
        .await?;
        if unsent > 0 {
            tracing::error!(
                changes = unsent,
                "removed changes that webhooks were to be sent and were not for 14 days"
            );
        }
        match last {
            Some(last) if removed >= FORGOTTEN_AT_ONCE => from = last.to_jiff(),
            _ => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_stored_under_its_name_without_the_documents() {
        for kind in [
            Kind::Created,
            Kind::Updated,
            Kind::Ready,
            Kind::Failed,
            Kind::Cancelled,
            Kind::Deleted,
        ] {
            let name = serde_json::to_value(kind).unwrap();
            let stored = name.as_str().unwrap().strip_prefix("document.").unwrap();
            assert_eq!(Kind::parse(stored), Some(kind));
        }
        assert_eq!(Kind::parse("document.ready"), None);
    }
}
