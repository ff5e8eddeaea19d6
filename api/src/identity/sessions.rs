//! Sessions of the dashboard as rows. Only the hash of a session's token is stored.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::identity::{
    Identity,
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

/// Ends a session.
pub async fn end(connection: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query("DELETE FROM sessions WHERE tenant_id = $1 AND id = $2")
        .bind(tenant)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(ended.rows_affected() > 0)
}

/// Removes the sessions that are over, as maintenance; answers how many.
pub async fn remove_ended(pool: &PgPool, at: Timestamp) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
        .bind(at.to_sqlx())
        .execute(pool)
        .await?;
    Ok(removed.rows_affected())
}
