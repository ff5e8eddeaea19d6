//! Webhooks as rows: what administrators make and change, as the API in a transaction of their tenant.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{event::EventType, giving_up, signature::Secret};
use crate::identity::Page;

/// So many former secrets may sign beside the newest.
const MOST_FORMER_SECRETS: i64 = 4;

/// The most webhooks a tenant may have.
pub const MOST_OF_A_TENANT: i64 = 20;

/// A webhook to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewWebhook<'a> {
    /// Whose.
    pub tenant: Uuid,
    /// Where to.
    pub url: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// The events it is sent.
    pub events: &'a [EventType],
}

/// What is to be changed; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    /// Where to.
    pub url: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The events it is sent.
    pub events: Option<Vec<EventType>>,
    /// Whether it is sent anything.
    pub enabled: Option<bool>,
}

/// A webhook, without its secrets.
#[derive(Clone, Debug, sqlx::FromRow)]
#[allow(
    missing_docs,
    reason = "the columns of the table, described in the migrations"
)]
pub struct WebhookRecord {
    pub id: Uuid,
    pub url: String,
    pub description: String,
    pub events: Vec<String>,
    pub enabled: bool,
    pub disabled_at: Option<jiff_sqlx::Timestamp>,
    pub disabled_reason: Option<String>,
    pub created_at: jiff_sqlx::Timestamp,
    pub updated_at: jiff_sqlx::Timestamp,
    pub failing_since: Option<jiff_sqlx::Timestamp>,
    pub paused_until: Option<jiff_sqlx::Timestamp>,
}

/// What became of a change.
#[derive(Debug)]
pub enum Changed {
    /// There is no such webhook.
    NoSuchWebhook,
    /// It was to be enabled, and what was pending when it was disabled has not all failed yet. Nothing of the change is done.
    BeingDisabled,
    /// It is as it was wanted.
    Done(Box<WebhookRecord>),
}

macro_rules! webhook_columns {
    () => {
        "id, url, description, events, enabled, disabled_at, disabled_reason, created_at, updated_at, failing_since, paused_until"
    };
}

fn names(events: &[EventType]) -> Vec<&'static str> {
    // In one order and each once, however they were given.
    let wanted = EventType::ALL.into_iter().filter(|event| events.contains(event));
    wanted.map(EventType::as_str).collect()
}

/// Adds a webhook with its first secret; it is sent what happens from now on. `None` where the tenant has as many as it may have.
///
/// # Errors
/// Those of Postgres.
pub async fn add(
    connection: &mut PgConnection,
    new: &NewWebhook<'_>,
    secret: &Secret,
    at: Timestamp,
) -> Result<Option<WebhookRecord>, sqlx::Error> {
    // In a statement of its own, so that the next one counts what others have added while this waited.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('webhooks ' || $1, 0))")
        .bind(new.tenant.to_string())
        .execute(&mut *connection)
        .await?;
    let added: Option<WebhookRecord> = sqlx::query_as(concat!(
        "INSERT INTO webhooks (id, tenant_id, url, description, events, created_at, updated_at, told_change_seq) \
         SELECT $1, $2, $3, $4, $5, $6, $6, coalesce((SELECT change_seq FROM holdings WHERE tenant_id = $2), 0) \
         WHERE (SELECT count(*) FROM webhooks WHERE tenant_id = $2) < $7 RETURNING ",
        webhook_columns!()
    ))
    .bind(Uuid::new_v4())
    .bind(new.tenant)
    .bind(new.url)
    .bind(new.description)
    .bind(names(new.events))
    .bind(at.to_sqlx())
    .bind(MOST_OF_A_TENANT)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(added) = &added {
        add_secret(connection, new.tenant, added.id, secret, at).await?;
    }
    Ok(added)
}

async fn add_secret(
    connection: &mut PgConnection,
    tenant: Uuid,
    webhook: Uuid,
    secret: &Secret,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO webhook_secrets (id, tenant_id, webhook_id, secret, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(Uuid::new_v4())
    .bind(tenant)
    .bind(webhook)
    .bind(secret.bytes())
    .bind(at.to_sqlx())
    .execute(connection)
    .await
    .map(drop)
}

/// Webhooks of a tenant, the newest first.
///
/// # Errors
/// Those of Postgres.
pub async fn list(
    connection: &mut PgConnection,
    tenant: Uuid,
    page: &Page,
) -> Result<Vec<WebhookRecord>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT ",
        webhook_columns!(),
        " FROM webhooks WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3)) \
         ORDER BY created_at DESC, id DESC LIMIT $4"
    ))
    .bind(tenant)
    .bind(page.time())
    .bind(page.id())
    .bind(page.limit)
    .fetch_all(connection)
    .await
}

/// A webhook of a tenant.
///
/// # Errors
/// Those of Postgres.
pub async fn find(
    connection: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<WebhookRecord>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT ",
        webhook_columns!(),
        " FROM webhooks WHERE tenant_id = $1 AND id = $2"
    ))
    .bind(tenant)
    .bind(id)
    .fetch_optional(connection)
    .await
}

/// Whether a webhook of a tenant is enabled; it stays so until the transaction ends. `None` where there is none.
///
/// # Errors
/// Those of Postgres.
pub async fn lock(
    connection: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar("SELECT enabled FROM webhooks WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE")
        .bind(tenant)
        .bind(id)
        .fetch_optional(connection)
        .await
}

/// Changes a webhook. One that is enabled again is sent what happens from then on; of one that is disabled, what is pending fails: a part of it at once, and
/// where there is more the rest by the dispatcher.
///
/// # Errors
/// Those of Postgres.
pub async fn change(
    connection: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    change: &WebhookChange,
    at: Timestamp,
) -> Result<Changed, sqlx::Error> {
    let Some(was_enabled) = lock(connection, tenant, id).await? else {
        return Ok(Changed::NoSuchWebhook);
    };
    let is_to_be_enabled = change.enabled.unwrap_or(was_enabled);
    let has_all_failed =
        (is_to_be_enabled && was_enabled) || giving_up::fail_pending(connection, id, at).await?;
    if is_to_be_enabled && !has_all_failed {
        return Ok(Changed::BeingDisabled);
    }
    let changed: Option<WebhookRecord> = sqlx::query_as(concat!(
        "UPDATE webhooks SET url = coalesce($3, url), description = coalesce($4, description), events = coalesce($5, events), \
           enabled = coalesce($6, enabled), updated_at = $7, \
           disabled_at = CASE WHEN coalesce($6, enabled) THEN NULL ELSE coalesce(disabled_at, $7) END, \
           disabled_reason = CASE WHEN coalesce($6, enabled) THEN NULL ELSE coalesce(disabled_reason, 'requested') END, \
           told_change_seq = CASE WHEN $6 AND NOT enabled \
             THEN greatest(told_change_seq, (SELECT change_seq FROM holdings WHERE tenant_id = $1)) ELSE told_change_seq END, \
           failing_since = CASE WHEN ($6 AND NOT enabled) OR $3 <> url THEN NULL ELSE failing_since END, \
           paused_until = CASE WHEN ($6 AND NOT enabled) OR $3 <> url THEN NULL ELSE paused_until END \
         WHERE tenant_id = $1 AND id = $2 RETURNING ",
        webhook_columns!()
    ))
    .bind(tenant)
    .bind(id)
    .bind(&change.url)
    .bind(&change.description)
    .bind(change.events.as_deref().map(names))
    .bind(change.enabled)
    .bind(at.to_sqlx())
    .fetch_optional(&mut *connection)
    .await?;
    Ok(changed.map_or(Changed::NoSuchWebhook, |webhook| Changed::Done(Box::new(webhook))))
}

/// Deletes a webhook with its secrets; answers what it was. Its deliveries are found no more, and the sweeper removes them.
///
/// # Errors
/// Those of Postgres.
pub async fn delete(
    connection: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<WebhookRecord>, sqlx::Error> {
    sqlx::query_as(concat!(
        "DELETE FROM webhooks WHERE tenant_id = $1 AND id = $2 RETURNING ",
        webhook_columns!()
    ))
    .bind(tenant)
    .bind(id)
    .fetch_optional(connection)
    .await
}

/// Gives a webhook a new secret; the one before signs beside it for so long, and what was before that for as long as it was
/// to, a few of them: who asks twice, as the answer was lost, has the secret that the receiver knows sign on. Without an overlap none signs on. False if there is no such webhook.
///
/// # Errors
/// Those of Postgres.
pub async fn rotate(
    connection: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    secret: &Secret,
    overlap: SignedDuration,
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    let locked = sqlx::query("UPDATE webhooks SET updated_at = $3 WHERE tenant_id = $1 AND id = $2")
        .bind(tenant)
        .bind(id)
        .bind(at.to_sqlx())
        .execute(&mut *connection)
        .await?;
    if locked.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE webhook_secrets SET expires_at = CASE \
            WHEN $3 >= $4 OR id NOT IN (SELECT id FROM webhook_secrets WHERE tenant_id = $1 AND webhook_id = $2 ORDER BY created_at DESC LIMIT $5) \
            THEN least(expires_at, $3) ELSE coalesce(expires_at, $4) END \
         WHERE tenant_id = $1 AND webhook_id = $2",
    )
    .bind(tenant)
    .bind(id)
    .bind(at.to_sqlx())
    .bind((at + overlap).to_sqlx())
    .bind(MOST_FORMER_SECRETS)
    .execute(&mut *connection)
    .await?;
    add_secret(connection, tenant, id, secret, at).await?;
    Ok(true)
}
