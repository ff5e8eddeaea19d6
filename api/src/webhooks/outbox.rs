//! The outbox: deliveries are made of changes, in the transaction that says up to where. So none is lost and none is made twice, whatever is cut in two,
//! and there is none of a change that was not committed.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{FromRow, PgPool, Postgres, Row, Transaction, postgres::PgRow};
use uuid::Uuid;

use super::event::{EventOfChange, EventType};

/// So many webhooks are seen to in one transaction.
const WEBHOOKS_AT_ONCE: i64 = 100;
/// So many changes are read for each of them.
const CHANGES_AT_ONCE: i64 = 200;

/// A webhook that does not have deliveries of all changes yet.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Behind {
    id: Uuid,
    tenant_id: Uuid,
    events: Vec<String>,
    told_change_seq: i64,
    change_seq: i64,
}

/// Whose turn it is: webhooks are gone through by their ids, and from the first again after the last, so that none waits for what others are to be sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Turn {
    after: Uuid,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FannedOut {
    /// Whether there may be more.
    pub is_more: bool,
    /// So many deliveries were added.
    pub deliveries: usize,
}

/// Adds deliveries of what has changed, for the webhooks whose turn it is, as the dispatcher. Two may do so at once: neither waits for the other. A change
/// that cannot be read, as a later version may have written it, is left out.
///
/// # Errors
/// Those of Postgres; then nothing was done.
pub async fn fan_out(pool: &PgPool, turn: &mut Turn, now: Timestamp) -> Result<FannedOut, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // Numbers become visible in their order: up to the one that is read here there is nothing that is still to be committed.
    let behind: Vec<Behind> = sqlx::query_as(
        "SELECT webhooks.id, webhooks.tenant_id, events, told_change_seq, change_seq FROM webhooks \
         JOIN holdings ON holdings.tenant_id = webhooks.tenant_id AND change_seq > told_change_seq \
         JOIN tenants ON tenants.id = webhooks.tenant_id AND tenants.disabled_at IS NULL AND tenants.deleted_at IS NULL \
         WHERE enabled AND webhooks.id > $2 ORDER BY webhooks.id LIMIT $1 FOR NO KEY UPDATE OF webhooks SKIP LOCKED",
    )
    .bind(WEBHOOKS_AT_ONCE)
    .bind(turn.after)
    .fetch_all(&mut *transaction)
    .await?;
    let is_last = behind.len() < usize::try_from(WEBHOOKS_AT_ONCE).unwrap_or(usize::MAX);
    // After the last it is the turn of those before the first of these.
    let mut is_more = !is_last || !turn.after.is_nil();
    let next = behind.last().filter(|_| !is_last);
    turn.after = next.map_or(Uuid::nil(), |webhook| webhook.id);
    if behind.is_empty() {
        return Ok(FannedOut {
            is_more,
            deliveries: 0,
        });
    }
    let (changes, ends) = read(&mut transaction, &behind).await?;
    let mut reached = Vec::with_capacity(behind.len());
    for webhook in &behind {
        let own = ends.iter().filter(|(id, _)| *id == webhook.id);
        let (count, last) = own.fold((0, 0), |(count, _), (_, number)| (count + 1, *number));
        let is_all = count < CHANGES_AT_ONCE;
        reached.push(if is_all { webhook.change_seq } else { last });
        is_more |= !is_all;
    }
    let deliveries = add(&mut transaction, &behind, &changes, now).await?;
    let ids: Vec<Uuid> = behind.iter().map(|webhook| webhook.id).collect();
    sqlx::query(
        "UPDATE webhooks SET told_change_seq = reached.change_seq FROM unnest($1::uuid[], $2::bigint[]) AS reached (id, change_seq) \
         WHERE webhooks.id = reached.id",
    )
    .bind(ids)
    .bind(reached)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(FannedOut { is_more, deliveries })
}

/// What each of the webhooks has no deliveries of, in its order, of the kinds that are events: the changes, and of each that was looked at, readable
/// or not, webhook and number.
async fn read(
    transaction: &mut Transaction<'_, Postgres>,
    behind: &[Behind],
) -> Result<(Vec<EventOfChange>, Vec<(Uuid, i64)>), sqlx::Error> {
    let kinds: Vec<&str> = EventType::ALL.map(EventType::kind).into();
    let rows: Vec<PgRow> = sqlx::query(
        "SELECT asked.webhook_id, next.* FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) \
           AS asked (webhook_id, tenant_id, after, last) CROSS JOIN LATERAL \
         (SELECT change_seq, changed_at, kind, document_id, filename, phase, error_reason, error_message, total_chunks, pages_total FROM changes \
          WHERE changes.tenant_id = asked.tenant_id AND change_seq > asked.after AND change_seq <= asked.last AND kind = ANY ($5) \
          ORDER BY change_seq LIMIT $6) AS next ORDER BY asked.webhook_id, next.change_seq",
    )
    .bind(behind.iter().map(|webhook| webhook.id).collect::<Vec<_>>())
    .bind(behind.iter().map(|webhook| webhook.tenant_id).collect::<Vec<_>>())
    .bind(behind.iter().map(|webhook| webhook.told_change_seq).collect::<Vec<_>>())
    .bind(behind.iter().map(|webhook| webhook.change_seq).collect::<Vec<_>>())
    .bind(kinds)
    .bind(CHANGES_AT_ONCE)
    .fetch_all(&mut **transaction)
    .await?;
    let (mut changes, mut ends) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in &rows {
        let (webhook, number) = (row.try_get("webhook_id")?, row.try_get("change_seq")?);
        ends.push((webhook, number));
        match EventOfChange::from_row(row) {
            Ok(change) => changes.push(change),
            Err(error) => {
                tracing::error!(%error, webhook_id = %webhook, change_seq = number, "failed to read a change; webhooks are not sent it");
            }
        }
    }
    Ok((changes, ends))
}

/// Adds a delivery of each of the changes that its webhook subscribes to.
async fn add(
    transaction: &mut Transaction<'_, Postgres>,
    behind: &[Behind],
    changes: &[EventOfChange],
    now: Timestamp,
) -> Result<usize, sqlx::Error> {
    let wanted: Vec<(&Behind, &EventOfChange)> = changes
        .iter()
        .filter_map(|change| {
            Some((
                behind.iter().find(|webhook| webhook.id == change.webhook)?,
                change,
            ))
        })
        .filter(|(webhook, change)| {
            webhook
                .events
                .iter()
                .any(|event| event == change.event.event.as_str())
        })
        .collect();
    let bodies: Result<Vec<String>, _> = wanted
        .iter()
        .map(|(_, change)| serde_json::to_string(&change.event))
        .collect();
    let bodies = bodies.map_err(|error| sqlx::Error::Encode(error.into()))?;
    if wanted.is_empty() {
        return Ok(0);
    }
    sqlx::query(
        "INSERT INTO webhook_deliveries (id, tenant_id, webhook_id, change_seq, document_id, event, body, status, next_attempt_at, created_at) \
         SELECT id, tenant_id, webhook_id, change_seq, document_id, event, body, 'pending', $8, $8 \
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::text[], $7::text[]) \
           AS new (id, tenant_id, webhook_id, change_seq, document_id, event, body) \
         ON CONFLICT (webhook_id, change_seq) DO NOTHING",
    )
    .bind(wanted.iter().map(|_| Uuid::new_v4()).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(webhook, _)| webhook.tenant_id).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(webhook, _)| webhook.id).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(_, change)| change.number).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(_, change)| change.event.document()).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(_, change)| change.event.event.as_str()).collect::<Vec<_>>())
    .bind(bodies)
    .bind(now.to_sqlx())
    .execute(&mut **transaction)
    .await?;
    Ok(wanted.len())
}
