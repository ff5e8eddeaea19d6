//! Bulk actions as rows.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{FromRow, PgConnection, PgPool, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::{AskedFor, BulkAction, BulkFailure, BulkKind, BulkState, Turn};
use crate::{
    documents::{
        parameters::EncodingParameters,
        row::{corrupt, time},
    },
    identity::Page,
};

/// Whoever works on an action says so again for each document; where it says nothing for so long, another replica goes on.
const HELD_FOR_SECONDS: f64 = 30.0;
/// Of so many that wait one is taken.
const CANDIDATES: i64 = 10;
/// So many documents that failed are kept with the action.
const MOST_FAILURES: i32 = 20;
/// So many actions of a tenant run at once.
pub const MOST_RUNNING: i64 = 5;

impl FromRow<'_, PgRow> for BulkAction {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let (kind, state): (&str, &str) = (row.try_get("action")?, row.try_get("state")?);
        let optional = |column| -> Result<Option<Timestamp>, sqlx::Error> {
            let time: Option<jiff_sqlx::Timestamp> = row.try_get(column)?;
            Ok(time.map(jiff_sqlx::Timestamp::to_jiff))
        };
        let after_id: Option<Uuid> = row.try_get("after_id")?;
        let asked_for: Option<Uuid> = row.try_get("asked_for")?;
        let asked_for = asked_for.zip(row.try_get("asked_for_encoding")?);
        Ok(Self {
            id: row.try_get("id")?,
            tenant_id: row.try_get("tenant_id")?,
            actor: row.try_get::<Json<_>, _>("actor")?.0,
            kind: BulkKind::ALL
                .into_iter()
                .find(|known| known.as_str() == kind)
                .ok_or_else(|| corrupt("action", &kind))?,
            filter: row.try_get::<Json<_>, _>("filter")?.0,
            parameters: row
                .try_get::<Option<Json<_>>, _>("parameters")?
                .map(|Json(parameters)| parameters)
                .unwrap_or_default(),
            state: BulkState::ALL
                .into_iter()
                .find(|known| known.as_str() == state)
                .ok_or_else(|| corrupt("state", &state))?,
            matched: row.try_get("matched")?,
            done: row.try_get("done")?,
            skipped: row.try_get("skipped")?,
            failed: row.try_get("failed")?,
            failures: row.try_get::<Json<_>, _>("failures")?.0,
            after: optional("after_created_at")?.zip(after_id),
            asked_for: asked_for.map(|(document, encoding)| AskedFor { document, encoding }),
            created_at: time(row, "created_at")?,
            finished_at: optional("finished_at")?,
        })
    }
}

/// Stores an action that begins; `false` where the tenant has as many running as it may have.
///
/// # Errors
/// Those of Postgres.
pub async fn insert(connection: &mut PgConnection, action: &BulkAction) -> Result<bool, sqlx::Error> {
    // Two that begin at once wait for each other.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('bulk_actions ' || $1, 0))")
        .bind(action.tenant_id.to_string())
        .execute(&mut *connection)
        .await?;
    let inserted = sqlx::query(
        "INSERT INTO bulk_actions (id, tenant_id, actor, action, filter, matched, created_at, held_until, parameters) \
         SELECT $1, $2, $3, $4, $5, $6, $7, now(), $9 \
         WHERE (SELECT count(*) FROM bulk_actions WHERE tenant_id = $2 AND state = 'running') < $8",
    )
    .bind(action.id)
    .bind(action.tenant_id)
    .bind(Json(&action.actor))
    .bind(action.kind.as_str())
    .bind(Json(&action.filter))
    .bind(action.matched)
    .bind(action.created_at.to_sqlx())
    .bind(MOST_RUNNING)
    .bind((action.parameters != EncodingParameters::default()).then_some(Json(&action.parameters)))
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// An action of the tenant.
///
/// # Errors
/// Those of Postgres.
pub async fn find(
    connection: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<BulkAction>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM bulk_actions WHERE id = $1 AND tenant_id = $2")
        .bind(id)
        .bind(tenant)
        .fetch_optional(connection)
        .await
}

/// Actions of the tenant, the newest first.
///
/// # Errors
/// Those of Postgres.
pub async fn list(
    connection: &mut PgConnection,
    tenant: Uuid,
    page: &Page,
) -> Result<Vec<BulkAction>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM bulk_actions \
         WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3)) ORDER BY created_at DESC, id DESC LIMIT $4",
    )
    .bind(tenant)
    .bind(page.time())
    .bind(page.id())
    .bind(page.limit)
    .fetch_all(connection)
    .await
}

/// Stops an action of the tenant, between two documents. Answers it as it is then, and whether it was this that stopped it: one that has ended
/// stays as it is.
///
/// # Errors
/// Those of Postgres.
pub async fn abort(
    connection: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    at: Timestamp,
) -> Result<Option<(BulkAction, bool)>, sqlx::Error> {
    let stopped = sqlx::query(
        "UPDATE bulk_actions SET state = 'aborted', finished_at = $3 WHERE id = $1 AND tenant_id = $2 AND state = 'running'",
    )
    .bind(id)
    .bind(tenant)
    .bind(at.to_sqlx())
    .execute(&mut *connection)
    .await?;
    let found = find(connection, tenant, id).await?;
    Ok(found.map(|action| (action, stopped.rows_affected() == 1)))
}

/// Takes up an action that nobody works on, the one that has waited longest, as the mirror: also one that was aborted before its last cancellation was
/// counted. One that this version cannot read is left to those that can, and one of a tenant that is disabled waits.
///
/// # Errors
/// Those of Postgres.
pub async fn take(pool: &PgPool, holder: Uuid) -> Result<Option<BulkAction>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let waiting = sqlx::query(
        "SELECT bulk_actions.* FROM bulk_actions \
         JOIN tenants ON tenants.id = tenant_id AND tenants.disabled_at IS NULL AND tenants.deleted_at IS NULL \
         WHERE (state = 'running' OR asked_for IS NOT NULL) AND held_until <= now() ORDER BY held_until LIMIT $1 FOR NO KEY UPDATE OF bulk_actions SKIP LOCKED",
    )
    .bind(CANDIDATES)
    .fetch_all(&mut *transaction)
    .await?;
    let mut readable = waiting.iter().filter_map(|row| {
        let read = BulkAction::from_row(row);
        read.inspect_err(
            |error| tracing::warn!(%error, "a bulk action is left to a version that can read it"),
        )
        .ok()
    });
    let Some(action) = readable.next() else {
        return Ok(None);
    };
    sqlx::query(
        "UPDATE bulk_actions SET holder = $1, held_until = now() + make_interval(secs => $2) WHERE id = $3",
    )
    .bind(holder)
    .bind(HELD_FOR_SECONDS)
    .bind(action.id)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Some(action))
}

/// Leaves an action to others, from after so many seconds on, as the mirror.
///
/// # Errors
/// Those of Postgres.
pub async fn leave(pool: &PgPool, id: Uuid, holder: Uuid, seconds: f64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE bulk_actions SET holder = NULL, held_until = now() + make_interval(secs => $3) WHERE id = $1 AND holder = $2",
    )
    .bind(id)
    .bind(holder)
    .bind(seconds)
    .execute(pool)
    .await?;
    Ok(())
}

/// Says that the cluster is about to be asked to cancel an encoding. `false` where the action was aborted, or is another's meanwhile: then it is not to
/// be asked.
///
/// # Errors
/// Those of Postgres.
pub async fn ask_for(
    connection: &mut PgConnection,
    action: &BulkAction,
    holder: Uuid,
    asked_for: AskedFor,
) -> Result<bool, sqlx::Error> {
    let asked = sqlx::query(
        "UPDATE bulk_actions SET asked_for = $4, asked_for_encoding = $5 WHERE id = $1 AND tenant_id = $2 AND holder = $3 AND state = 'running'",
    )
    .bind(action.id)
    .bind(action.tenant_id)
    .bind(holder)
    .bind(asked_for.document)
    .bind(asked_for.encoding)
    .execute(connection)
    .await?;
    Ok(asked.rows_affected() == 1)
}

/// Nothing is to be counted of what the cluster was to be asked for: it was not asked, or the document is deleted.
///
/// # Errors
/// Those of Postgres.
pub async fn forget_asked_for(
    connection: &mut PgConnection,
    action: &BulkAction,
    holder: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE bulk_actions SET asked_for = NULL, asked_for_encoding = NULL WHERE id = $1 AND tenant_id = $2 AND holder = $3",
    )
    .bind(action.id)
    .bind(action.tenant_id)
    .bind(holder)
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts a document's turn, in the transaction in which it has it. Answers whether the action goes on; `None` where it was aborted before, or is
/// another's meanwhile: then the transaction is to be rolled back. What the cluster was asked for before is counted all the same.
///
/// # Errors
/// Those of Postgres.
pub async fn count(
    connection: &mut PgConnection,
    action: &BulkAction,
    holder: Uuid,
    (created_at, document): (Timestamp, Uuid),
    turn: &Turn,
) -> Result<Option<bool>, sqlx::Error> {
    let is = |expected: bool| i64::from(expected);
    let failure = match turn {
        Turn::Failed(message) => Some(Json(vec![BulkFailure {
            document_id: document,
            message: message.clone(),
        }])),
        Turn::Done | Turn::Skipped => None,
    };
    sqlx::query_scalar(
        "UPDATE bulk_actions SET done = done + $4, skipped = skipped + $5, failed = failed + $6, asked_for = NULL, asked_for_encoding = NULL, \
            failures = CASE WHEN $7::jsonb IS NULL OR jsonb_array_length(failures) >= $8 THEN failures ELSE failures || $7 END, \
            after_created_at = $9, after_id = $10, held_until = now() + make_interval(secs => $11) \
         WHERE id = $1 AND tenant_id = $2 AND holder = $3 AND (state = 'running' OR asked_for = $10) RETURNING state = 'running'",
    )
    .bind(action.id)
    .bind(action.tenant_id)
    .bind(holder)
    .bind(is(*turn == Turn::Done))
    .bind(is(*turn == Turn::Skipped))
    .bind(is(failure.is_some()))
    .bind(failure)
    .bind(MOST_FAILURES)
    .bind(created_at.to_sqlx())
    .bind(document)
    .bind(HELD_FOR_SECONDS)
    .fetch_optional(connection)
    .await
}

/// A document that had its turn was not taken by the cluster, and is what it was before.
///
/// # Errors
/// Those of Postgres.
pub async fn count_as_failed(
    connection: &mut PgConnection,
    action: &BulkAction,
    document: Uuid,
    message: String,
) -> Result<(), sqlx::Error> {
    let failure = Json(vec![BulkFailure {
        document_id: document,
        message,
    }]);
    sqlx::query(
        "UPDATE bulk_actions SET done = done - 1, failed = failed + 1, \
            failures = CASE WHEN jsonb_array_length(failures) >= $4 THEN failures ELSE failures || $3::jsonb END \
         WHERE id = $1 AND tenant_id = $2",
    )
    .bind(action.id)
    .bind(action.tenant_id)
    .bind(failure)
    .bind(MOST_FAILURES)
    .execute(connection)
    .await?;
    Ok(())
}

/// A document that had its turn is to have it once more: what was counted is taken back, and the action goes on from after `previous`. `false` where
/// the action has ended or is another's meanwhile, and the turn stays counted.
///
/// # Errors
/// Those of Postgres.
pub async fn take_back(
    connection: &mut PgConnection,
    action: &BulkAction,
    holder: Uuid,
    document: Uuid,
    previous: Option<(Timestamp, Uuid)>,
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query(
        "UPDATE bulk_actions SET done = done - 1, after_created_at = $5, after_id = $6 \
         WHERE id = $1 AND tenant_id = $2 AND holder = $3 AND state = 'running' AND after_id = $4",
    )
    .bind(action.id)
    .bind(action.tenant_id)
    .bind(holder)
    .bind(document)
    .bind(previous.map(|(time, _)| time.to_sqlx()))
    .bind(previous.map(|(_, id)| id))
    .execute(connection)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Forgets actions that ended before this time, as maintenance.
///
/// # Errors
/// Those of Postgres.
pub async fn forget(pool: &PgPool, before: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM bulk_actions WHERE finished_at < $1")
        .bind(before.to_sqlx())
        .execute(pool)
        .await?;
    Ok(())
}

/// All documents have had their turn.
///
/// # Errors
/// Those of Postgres.
pub async fn complete(
    connection: &mut PgConnection,
    action: &BulkAction,
    holder: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        // What others have deleted has no turn, and does not match any more.
        "UPDATE bulk_actions SET state = 'completed', finished_at = $4, skipped = skipped + greatest(matched - done - skipped - failed, 0) \
         WHERE id = $1 AND tenant_id = $2 AND holder = $3 AND state = 'running'",
    )
    .bind(action.id)
    .bind(action.tenant_id)
    .bind(holder)
    .bind(at.to_sqlx())
    .execute(connection)
    .await?;
    Ok(())
}
