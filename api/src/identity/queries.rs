//! Tenants, users and keys.

use jiff::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    database::instant::Instant,
    identity::key::{ApiKey, KeyHash},
};

/// Who a key belongs to, with the hash it must have.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KeyRow {
    /// The key.
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// The user's role.
    pub role: String,
    /// What the key was made for.
    pub scopes: Vec<String>,
    /// SHA-256 of the key.
    pub hash: Vec<u8>,
}

/// The key with this prefix, if it holds at this time.
pub async fn find_key(pool: &PgPool, prefix: &str, at: Timestamp) -> Result<Option<KeyRow>, sqlx::Error> {
    sqlx::query_as("SELECT id, tenant_id, user_id, role, scopes, hash FROM identify_key($1, $2)")
        .bind(prefix)
        .bind(Instant(at))
        .fetch_optional(pool)
        .await
}

/// Notes that a key was used.
pub async fn touch_key(pool: &PgPool, prefix: &str, at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT touch_api_key($1, $2)")
        .bind(prefix)
        .bind(Instant(at))
        .execute(pool)
        .await
        .map(drop)
}

/// Adds a tenant, as maintenance.
pub async fn create_tenant(pool: &PgPool, name: &str, at: Timestamp) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::new_v4();
    sqlx::query("INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(id)
        .bind(name)
        .bind(Instant(at))
        .execute(pool)
        .await?;
    Ok(id)
}

/// Adds a user, as maintenance.
pub async fn create_user(
    pool: &PgPool,
    tenant: Uuid,
    name: &str,
    telegram_id: Option<i64>,
    at: Timestamp,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::new_v4();
    sqlx::query(
        "INSERT INTO users (id, tenant_id, name, telegram_id, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(tenant)
    .bind(name)
    .bind(telegram_id)
    .bind(Instant(at))
    .execute(pool)
    .await?;
    Ok(id)
}

/// Adds a key, as maintenance.
pub async fn create_key(
    pool: &PgPool,
    tenant: Uuid,
    user: Uuid,
    name: &str,
    key: &ApiKey,
    at: Timestamp,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::new_v4();
    let hash: KeyHash = key.hash();
    sqlx::query(
        "INSERT INTO api_keys (id, tenant_id, user_id, name, prefix, hash, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(tenant)
    .bind(user)
    .bind(name)
    .bind(key.prefix())
    .bind(&hash[..])
    .bind(Instant(at))
    .execute(pool)
    .await?;
    Ok(id)
}

/// The tenant with this name, as maintenance.
pub async fn find_tenant(pool: &PgPool, name: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM tenants WHERE name = $1")
        .bind(name)
        .fetch_optional(pool)
        .await
}

/// A user of the tenant with this name, as maintenance.
pub async fn find_user(pool: &PgPool, tenant: Uuid, name: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM users WHERE tenant_id = $1 AND name = $2 LIMIT 1")
        .bind(tenant)
        .bind(name)
        .fetch_optional(pool)
        .await
}

/// Deletes a key, as maintenance.
pub async fn delete_key(pool: &PgPool, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM api_keys WHERE id = $1")
        .bind(id)
        .execute(pool)
        .await
        .map(drop)
}
