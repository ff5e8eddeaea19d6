//! The user that a token speaks of: the one with its `iss` and `sub`, made at first sight where that is wanted.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::{
    database::tenant_transaction,
    identity::{
        Identity, Method,
        audit::{self, Action, Actor},
        role::Role,
        token::TokenClaims,
    },
};

/// Who a token is of.
pub(super) struct TokenUser {
    pub(super) id: Uuid,
    pub(super) role: Role,
    pub(super) max_requests_per_second: Option<i32>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    role: String,
    is_disabled: bool,
}

/// The user, if there is one who is let in. A subject is of one tenant: a token that names another is of nobody.
pub(super) async fn find(
    pool: &PgPool,
    claims: &TokenClaims,
    at: Timestamp,
) -> Result<Option<TokenUser>, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, claims.tenant).await?;
    let limit: Option<Option<i32>> = sqlx::query_scalar(
        "SELECT max_requests_per_second FROM tenants WHERE id = $1 AND disabled_at IS NULL AND deleted_at IS NULL",
    )
    .bind(claims.tenant)
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(max_requests_per_second) = limit else {
        return Ok(None);
    };
    let row = match find_row(&mut transaction, claims).await? {
        None if claims.creates_user => create(&mut transaction, claims, at).await?,
        found => found,
    };
    let Some(row) = row.filter(|row| !row.is_disabled) else {
        return Ok(None);
    };
    let Ok(stored) = row.role.parse::<Role>() else {
        return Ok(None);
    };
    let role = claims.role.unwrap_or(stored);
    if role != stored {
        set_role(&mut transaction, claims, row.id, stored, role, at).await?;
    }
    transaction.commit().await?;
    Ok(Some(TokenUser {
        id: row.id,
        role,
        max_requests_per_second,
    }))
}

async fn find_row(
    transaction: &mut Transaction<'static, Postgres>,
    claims: &TokenClaims,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, role, disabled_at IS NOT NULL AS is_disabled FROM users \
         WHERE tenant_id = $1 AND issuer = $2 AND subject = $3",
    )
    .bind(claims.tenant)
    .bind(&claims.issuer)
    .bind(&claims.subject)
    .fetch_optional(&mut **transaction)
    .await
}

async fn create(
    transaction: &mut Transaction<'static, Postgres>,
    claims: &TokenClaims,
    at: Timestamp,
) -> Result<Option<Row>, sqlx::Error> {
    let id = Uuid::new_v4();
    let role = claims.role.unwrap_or(Role::Member);
    let added = sqlx::query(
        "INSERT INTO users (id, tenant_id, name, role, issuer, subject, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(claims.tenant)
    .bind(claims.name.as_ref().unwrap_or(&claims.subject).chars().take(200).collect::<String>())
    .bind(role.as_str())
    .bind(&claims.issuer)
    .bind(&claims.subject)
    .bind(at.to_sqlx())
    .execute(&mut **transaction)
    .await?;
    if added.rows_affected() == 0 {
        return find_row(transaction, claims).await; // Another request was faster, or the subject is another tenant's.
    }
    let details = json!({ "role": role, "issuer": claims.issuer, "subject": claims.subject });
    let actor = Actor::of(&identity(claims, id, role), None);
    record(transaction, claims, &actor, Action::UserCreated, id, details, at).await?;
    Ok(Some(Row {
        id,
        role: role.as_str().to_owned(),
        is_disabled: false,
    }))
}

async fn set_role(
    transaction: &mut Transaction<'static, Postgres>,
    claims: &TokenClaims,
    user: Uuid,
    before: Role,
    role: Role,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET role = $3 WHERE tenant_id = $1 AND id = $2")
        .bind(claims.tenant)
        .bind(user)
        .bind(role.as_str())
        .execute(&mut **transaction)
        .await?;
    let actor = Actor::of(&identity(claims, user, role), None);
    let details = json!({ "role": role, "before": before });
    record(
        transaction,
        claims,
        &actor,
        Action::UserChanged,
        user,
        details,
        at,
    )
    .await
}

fn identity(claims: &TokenClaims, user: Uuid, role: Role) -> Identity {
    Identity {
        tenant_id: claims.tenant,
        user_id: user,
        role,
        scopes: role.scopes(),
        method: Method::Token,
    }
}

async fn record(
    transaction: &mut Transaction<'static, Postgres>,
    claims: &TokenClaims,
    actor: &Actor,
    action: Action,
    user: Uuid,
    details: serde_json::Value,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let (tenant, target) = (Some(claims.tenant), user.to_string());
    audit::record(transaction, actor, tenant, action, &target, details, at).await
}
