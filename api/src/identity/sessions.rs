//! Sessions of the dashboard as rows. Only the hash of a session's token is stored.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::identity::{
    Identity, Page,
    credential::{Digest, SessionToken},
};

/// Who a session belongs to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct SessionOwner {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) role: String,
    pub(super) scopes: Vec<String>,
    pub(super) expires_at: jiff_sqlx::Timestamp,
    pub(super) key_expires_at: Option<jiff_sqlx::Timestamp>,
    pub(super) max_requests_per_second: Option<i32>,
}

/// The session with this hash, if it holds at this time and was used since the other.
pub(super) async fn identify(
    pool: &PgPool,
    hash: &Digest,
    at: Timestamp,
    seen_since: Timestamp,
) -> Result<Option<SessionOwner>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, tenant_id, user_id, role, scopes, expires_at, key_expires_at, max_requests_per_second \
         FROM identify_session($1, $2, $3)",
    )
    .bind(&hash[..])
    .bind(at.to_sqlx())
    .bind(seen_since.to_sqlx())
    .fetch_optional(pool)
    .await
}

/// Begins a session that permits what the identity does, and ends with the key it was begun with, if it was one.
pub async fn begin(
    connection: &mut PgConnection,
    identity: &Identity,
    token: &SessionToken,
    at: Timestamp,
    expires_at: Timestamp,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::new_v4();
    sqlx::query(
        "INSERT INTO sessions (id, tenant_id, user_id, token_hash, scopes, key_id, created_at, last_seen_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
    )
    .bind(id)
    .bind(identity.tenant_id)
    .bind(identity.user_id)
    .bind(&token.hash()[..])
    .bind(identity.scopes.names())
    .bind(identity.method.key_id())
    .bind(at.to_sqlx())
    .bind(expires_at.to_sqlx())
    .execute(connection)
    .await?;
    Ok(id)
}

/// A session, without what makes it one.
#[derive(Clone, Debug, sqlx::FromRow)]
#[allow(
    missing_docs,
    reason = "the columns of the table, described in the migrations"
)]
pub struct SessionRecord {
    pub id: Uuid,
    pub user_id: Uuid,
    pub scopes: Vec<String>,
    pub created_at: jiff_sqlx::Timestamp,
    pub last_seen_at: jiff_sqlx::Timestamp,
    pub expires_at: jiff_sqlx::Timestamp,
}

/// Sessions of a tenant, or of one of its users, that hold at this time and were used since the other, the newest first: those that
/// [`identify`] would find.
pub async fn list(
    connection: &mut PgConnection,
    tenant: Uuid,
    user: Option<Uuid>,
    page: &Page,
    at: Timestamp,
    seen_since: Timestamp,
) -> Result<Vec<SessionRecord>, sqlx::Error> {
    sqlx::query_as(
        "SELECT sessions.id, sessions.user_id, sessions.scopes, sessions.created_at, sessions.last_seen_at, sessions.expires_at \
         FROM sessions LEFT JOIN api_keys AS keys ON keys.id = sessions.key_id \
         WHERE sessions.tenant_id = $1 AND ($2::uuid IS NULL OR sessions.user_id = $2) \
         AND ($3::timestamptz IS NULL OR (sessions.created_at, sessions.id) < ($3, $4)) \
         AND sessions.expires_at > $6 AND sessions.last_seen_at > $7 \
         AND keys.revoked_at IS NULL AND (keys.expires_at IS NULL OR keys.expires_at > $6) \
         ORDER BY sessions.created_at DESC, sessions.id DESC LIMIT $5",
    )
    .bind(tenant)
    .bind(user)
    .bind(page.time())
    .bind(page.id())
    .bind(page.limit)
    .bind(at.to_sqlx())
    .bind(seen_since.to_sqlx())
    .fetch_all(connection)
    .await
}

/// Ends a session, where `user` is given only that user's. Answers whose it was; `None` if there is none with this id, or it is another's.
pub async fn end(
    connection: &mut PgConnection,
    tenant: Uuid,
    user: Option<Uuid>,
    id: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "DELETE FROM sessions WHERE tenant_id = $1 AND ($2::uuid IS NULL OR user_id = $2) AND id = $3 RETURNING user_id",
    )
    .bind(tenant)
    .bind(user)
    .bind(id)
    .fetch_optional(connection)
    .await
}

/// Removes the sessions that are over, as maintenance; answers how many.
pub async fn remove_ended(pool: &PgPool, at: Timestamp) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
        .bind(at.to_sqlx())
        .execute(pool)
        .await?;
    Ok(removed.rows_affected())
}
