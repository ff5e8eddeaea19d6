//! The audit log: what was done to whom, by whom, and when. Entries are added in the transaction that does it, and never changed.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::identity::{Identity, Page};

/// What is recorded. The names are stable: programs look for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Action {
    KeyCreated,
    KeyRevoked,
    SessionBegun,
    SessionEnded,
    UserCreated,
    UserChanged,
    UserDeleted,
    TenantCreated,
    TenantChanged,
    TenantDeleted,
    DocumentDeleted,
    BulkActionBegun,
    BulkActionAborted,
    WebhookCreated,
    WebhookChanged,
    WebhookSecretRotated,
    WebhookTested,
    WebhookReplayed,
    WebhookDeleted,
}

impl Action {
    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeyCreated => "key.created",
            Self::KeyRevoked => "key.revoked",
            Self::SessionBegun => "session.begun",
            Self::SessionEnded => "session.ended",
            Self::UserCreated => "user.created",
            Self::UserChanged => "user.changed",
            Self::UserDeleted => "user.deleted",
            Self::TenantCreated => "tenant.created",
            Self::TenantChanged => "tenant.changed",
            Self::TenantDeleted => "tenant.deleted",
            Self::DocumentDeleted => "document.deleted",
            Self::BulkActionBegun => "bulk_action.begun",
            Self::BulkActionAborted => "bulk_action.aborted",
            Self::WebhookCreated => "webhook.created",
            Self::WebhookChanged => "webhook.changed",
            Self::WebhookSecretRotated => "webhook.secret_rotated",
            Self::WebhookTested => "webhook.tested",
            Self::WebhookReplayed => "webhook.replayed",
            Self::WebhookDeleted => "webhook.deleted",
        }
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Actor {
    user_id: Option<Uuid>,
    method: Cow<'static, str>,
    credential_id: Option<Uuid>,
    request_id: Option<String>,
}

impl Actor {
    /// Whoever sent the request with this id.
    pub fn of(identity: &Identity, request_id: Option<String>) -> Self {
        Self {
            user_id: Some(identity.user_id),
            method: identity.method.as_str().into(),
            credential_id: identity.method.credential_id(),
            request_id,
        }
    }

    /// An administrator of the platform, with a command.
    pub fn command() -> Self {
        Self {
            user_id: None,
            method: "command".into(),
            credential_id: None,
            request_id: None,
        }
    }
}

/// Adds an entry; without a tenant it is one of the platform.
pub async fn record(
    connection: &mut PgConnection,
    actor: &Actor,
    tenant: Option<Uuid>,
    action: Action,
    target: &str,
    details: Value,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO audit_log (id, tenant_id, at, actor_id, method, credential_id, action, target, details, request_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(Uuid::new_v4())
    .bind(tenant)
    .bind(at.to_sqlx())
    .bind(actor.user_id)
    .bind(&*actor.method)
    .bind(actor.credential_id)
    .bind(action.as_str())
    .bind(target)
    .bind(details)
    .bind(&actor.request_id)
    .execute(connection)
    .await
    .map(drop)
}

/// An entry.
#[derive(Clone, Debug, sqlx::FromRow)]
#[allow(
    missing_docs,
    reason = "the columns of the table, described in the migrations"
)]
pub struct Entry {
    pub id: Uuid,
    pub tenant_id: Option<Uuid>,
    pub at: jiff_sqlx::Timestamp,
    pub actor_id: Option<Uuid>,
    pub method: String,
    pub credential_id: Option<Uuid>,
    pub action: String,
    pub target: Option<String>,
    pub details: Value,
    pub request_id: Option<String>,
}

/// Entries of a tenant, the newest first; without one, as maintenance, of all tenants and the platform.
pub async fn list(
    connection: &mut PgConnection,
    tenant: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, tenant_id, at, actor_id, method, credential_id, action, target, details, request_id FROM audit_log \
         WHERE ($1::uuid IS NULL OR tenant_id = $1) AND ($2::timestamptz IS NULL OR (at, id) < ($2, $3)) \
         ORDER BY at DESC, id DESC LIMIT $4",
    )
    .bind(tenant)
    .bind(page.time())
    .bind(page.id())
    .bind(page.limit)
    .fetch_all(connection)
    .await
}
