//! API keys as rows.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::identity::{Page, key::ApiKey, role::Scopes};

/// The most keys a user may have that are neither revoked nor expired.
pub const MOST_OF_A_USER: i64 = 100;

/// Who a key belongs to, with the hash it must have.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct KeyOwner {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) role: String,
    pub(super) scopes: Vec<String>,
    pub(super) hash: Vec<u8>,
    pub(super) expires_at: Option<jiff_sqlx::Timestamp>,
    pub(super) max_requests_per_second: Option<i32>,
}

/// The key with this prefix, if it holds at this time.
pub(super) async fn identify(
    pool: &PgPool,
    prefix: &str,
    at: Timestamp,
) -> Result<Option<KeyOwner>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, tenant_id, user_id, role, scopes, hash, expires_at, max_requests_per_second FROM identify_key($1, $2)",
    )
    .bind(prefix)
    .bind(at.to_sqlx())
    .fetch_optional(pool)
    .await
}

/// A key to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewKey<'a> {
    /// Whose user it is.
    pub tenant: Uuid,
    /// Whom it stands for.
    pub user: Uuid,
    /// What it is for.
    pub name: &'a str,
    /// What it permits, where the user's role does.
    pub scopes: Scopes,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// Stores a key; only its hash is.
pub async fn add(
    connection: &mut PgConnection,
    new: &NewKey<'_>,
    key: &ApiKey,
    at: Timestamp,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::new_v4();
    sqlx::query(
        "INSERT INTO api_keys (id, tenant_id, user_id, name, prefix, hash, scopes, expires_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id)
    .bind(new.tenant)
    .bind(new.user)
    .bind(new.name)
    .bind(key.prefix())
    .bind(&key.hash()[..])
    .bind(new.scopes.names())
    .bind(new.expires_at.map(ToSqlx::to_sqlx))
    .bind(at.to_sqlx())
    .execute(connection)
    .await?;
    Ok(id)
}

/// A key, without what makes it one.
#[derive(Clone, Debug, sqlx::FromRow)]
#[allow(
    missing_docs,
    reason = "the columns of the table, described in the migrations"
)]
pub struct KeyRecord {
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub prefix: String,
    pub scopes: Vec<String>,
    pub created_at: jiff_sqlx::Timestamp,
    pub last_used_at: Option<jiff_sqlx::Timestamp>,
    pub expires_at: Option<jiff_sqlx::Timestamp>,
    pub revoked_at: Option<jiff_sqlx::Timestamp>,
}

/// Keys of a tenant, or of one of its users, the newest first.
pub async fn list(
    connection: &mut PgConnection,
    tenant: Uuid,
    user: Option<Uuid>,
    page: &Page,
) -> Result<Vec<KeyRecord>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, user_id, name, prefix, scopes, created_at, last_used_at, expires_at, revoked_at FROM api_keys \
         WHERE tenant_id = $1 AND ($2::uuid IS NULL OR user_id = $2) \
         AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4)) ORDER BY created_at DESC, id DESC LIMIT $5",
    )
    .bind(tenant)
    .bind(user)
    .bind(page.time())
    .bind(page.id())
    .bind(page.limit)
    .fetch_all(connection)
    .await
}

/// How many keys of a user hold at this time.
pub async fn count_valid(
    connection: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
    at: Timestamp,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT count(*) FROM api_keys WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL \
         AND (expires_at IS NULL OR expires_at > $3)",
    )
    .bind(tenant)
    .bind(user)
    .bind(at.to_sqlx())
    .fetch_one(connection)
    .await
}

/// Revokes a key, where `user` is given only that user's. Answers whether there is such a key, and whether it held until now.
pub async fn revoke(
    connection: &mut PgConnection,
    tenant: Uuid,
    user: Option<Uuid>,
    id: Uuid,
    at: Timestamp,
) -> Result<Revocation, sqlx::Error> {
    let revoked = sqlx::query(
        "UPDATE api_keys SET revoked_at = $4 \
         WHERE tenant_id = $1 AND ($2::uuid IS NULL OR user_id = $2) AND id = $3 AND revoked_at IS NULL",
    )
    .bind(tenant)
    .bind(user)
    .bind(id)
    .bind(at.to_sqlx())
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if revoked > 0 {
        return Ok(Revocation::Done);
    }
    let is_there: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM api_keys WHERE tenant_id = $1 AND ($2::uuid IS NULL OR user_id = $2) AND id = $3)",
    )
    .bind(tenant)
    .bind(user)
    .bind(id)
    .fetch_one(connection)
    .await?;
    Ok(if is_there {
        Revocation::AlreadyDone
    } else {
        Revocation::NoSuchKey
    })
}

/// What became of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The key no longer holds.
    Done,
    /// It was revoked before.
    AlreadyDone,
    /// There is none with this id, or it is another's.
    NoSuchKey,
}

/// Removes a key with all that is known of it, as maintenance.
pub async fn remove(connection: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM api_keys WHERE tenant_id = $1 AND id = $2")
        .bind(tenant)
        .bind(id)
        .execute(connection)
        .await
        .map(drop)
}
