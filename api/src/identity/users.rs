//! Users as rows.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::identity::{Page, role::Role};

/// A user to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'a> {
    /// Where the user belongs.
    pub tenant: Uuid,
    /// What the user is called.
    pub name: &'a str,
    /// What the user may do.
    pub role: Role,
    /// The user's id at Telegram.
    pub telegram_id: Option<i64>,
    /// Who the user is in tokens: `iss` and `sub`.
    pub subject: Option<(&'a str, &'a str)>,
}

/// Adds a user.
pub async fn add(
    connection: &mut PgConnection,
    new: &NewUser<'_>,
    at: Timestamp,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::new_v4();
    sqlx::query(
        "INSERT INTO users (id, tenant_id, name, role, telegram_id, issuer, subject, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id)
    .bind(new.tenant)
    .bind(new.name)
    .bind(new.role.as_str())
    .bind(new.telegram_id)
    .bind(new.subject.map(|(issuer, _)| issuer))
    .bind(new.subject.map(|(_, subject)| subject))
    .bind(at.to_sqlx())
    .execute(connection)
    .await?;
    Ok(id)
}

/// A user.
#[derive(Clone, Debug, sqlx::FromRow)]
#[allow(
    missing_docs,
    reason = "the columns of the table, described in the migrations"
)]
pub struct UserRecord {
    pub id: Uuid,
    pub name: String,
    pub role: String,
    pub telegram_id: Option<i64>,
    pub issuer: Option<String>,
    pub subject: Option<String>,
    pub created_at: jiff_sqlx::Timestamp,
    pub disabled_at: Option<jiff_sqlx::Timestamp>,
}

macro_rules! user_columns {
    () => {
        "id, name, role, telegram_id, issuer, subject, created_at, disabled_at"
    };
}

/// Users of a tenant, the newest first.
pub async fn list(
    connection: &mut PgConnection,
    tenant: Uuid,
    page: &Page,
) -> Result<Vec<UserRecord>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT ",
        user_columns!(),
        " FROM users WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3)) \
         ORDER BY created_at DESC, id DESC LIMIT $4"
    ))
    .bind(tenant)
    .bind(page.time())
    .bind(page.id())
    .bind(page.limit)
    .fetch_all(connection)
    .await
}

/// A user of the tenant.
pub async fn find(
    connection: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<UserRecord>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT ",
        user_columns!(),
        " FROM users WHERE tenant_id = $1 AND id = $2"
    ))
    .bind(tenant)
    .bind(id)
    .fetch_optional(connection)
    .await
}

/// A user of the tenant with this name.
pub async fn find_by_name(
    connection: &mut PgConnection,
    tenant: Uuid,
    name: &str,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM users WHERE tenant_id = $1 AND name = $2 LIMIT 1")
        .bind(tenant)
        .bind(name)
        .fetch_optional(connection)
        .await
}

/// What is changed of a user; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What the user is called.
    pub name: Option<String>,
    /// What the user may do.
    pub role: Option<Role>,
    /// Whether the user is kept out.
    pub disabled: Option<bool>,
}

impl UserChange {
    /// Whether a user who administers the tenant no longer does afterwards.
    pub fn ends_administration(&self) -> bool {
        self.disabled == Some(true) || self.role.is_some_and(|role| role != Role::Admin)
    }
}

/// Changes a user; `None` if the tenant has no such user. One who is disabled has no sessions any more.
pub async fn change(
    connection: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    change: &UserChange,
    at: Timestamp,
) -> Result<Option<UserRecord>, sqlx::Error> {
    let user = sqlx::query_as(concat!(
        "UPDATE users SET name = coalesce($3, name), role = coalesce($4, role), disabled_at = CASE \
         WHEN $5::boolean IS NULL THEN disabled_at WHEN $5 THEN coalesce(disabled_at, $6) END \
         WHERE tenant_id = $1 AND id = $2 RETURNING ",
        user_columns!()
    ))
    .bind(tenant)
    .bind(id)
    .bind(&change.name)
    .bind(change.role.map(Role::as_str))
    .bind(change.disabled)
    .bind(at.to_sqlx())
    .fetch_optional(&mut *connection)
    .await?;
    if change.disabled == Some(true) {
        sqlx::query("DELETE FROM sessions WHERE tenant_id = $1 AND user_id = $2")
            .bind(tenant)
            .bind(id)
            .execute(connection)
            .await?;
    }
    Ok(user)
}

/// Deletes a user with all their keys and sessions; `None` if the tenant has no such user. Documents and uploads stay, and keep the id of who
/// brought them.
pub async fn delete(
    connection: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<UserRecord>, sqlx::Error> {
    sqlx::query_as(concat!(
        "DELETE FROM users WHERE tenant_id = $1 AND id = $2 RETURNING ",
        user_columns!()
    ))
    .bind(tenant)
    .bind(id)
    .fetch_optional(connection)
    .await
}

/// Whether nobody but this user administers the tenant.
///
/// What it answers holds until the transaction ends: the rows of all who administer it are locked, in the order of their ids, so that of
/// two administrators who keep each other out at the same moment one is left.
pub async fn is_last_administrator(
    connection: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<bool, sqlx::Error> {
    let administrators: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM users WHERE tenant_id = $1 AND role = $2 AND disabled_at IS NULL ORDER BY id FOR NO KEY UPDATE",
    )
    .bind(tenant)
    .bind(Role::Admin.as_str())
    .fetch_all(connection)
    .await?;
    Ok(administrators == [id])
}
