//! What each command does: one transaction, with its entry in the audit log.

use anyhow::{Context, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{
    Action,
    answer::Answer,
    lists,
    users::{change_user, create_key, create_user, delete_user},
};
use crate::identity::{
    audit::{self, Actor},
    keys::{self, Revocation},
    tenants,
    users::UserChange,
};

/// What an entry of the audit log says.
pub(super) struct Recorded {
    pub(super) tenant: Uuid,
    pub(super) action: audit::Action,
    pub(super) target: Uuid,
    pub(super) details: Value,
}

/// Does it.
pub(super) async fn perform(pool: &PgPool, action: &Action, now: Timestamp) -> anyhow::Result<Answer> {
    if let Action::DeleteTenant { tenant, name } = action {
        return delete_tenant(pool, *tenant, name, now).await;
    }
    let mut transaction = pool.begin().await.context("failed to reach Postgres")?;
    let (answer, recorded) = match lists::read(&mut transaction, action).await? {
        Some(answer) => (answer, None),
        None => change(&mut transaction, action, now)
            .await
            .map(|(answer, recorded)| (answer, Some(recorded)))?,
    };
    if let Some(entry) = recorded {
        audit::record(
            &mut transaction,
            &Actor::command(),
            Some(entry.tenant),
            entry.action,
            &entry.target.to_string(),
            entry.details,
            now,
        )
        .await
        .context("failed to write the audit log")?;
    }
    transaction.commit().await.context("failed to commit")?;
    Ok(answer)
}

async fn change(
    connection: &mut PgConnection,
    action: &Action,
    now: Timestamp,
) -> anyhow::Result<(Answer, Recorded)> {
    match action {
        Action::CreateTenant { name } => {
            let id = tenants::add(connection, name, now)
                .await
                .map_err(|error| explain(error, "failed to add the tenant"))?;
            let recorded = of_tenant(id, audit::Action::TenantCreated, json!({ "name": name }));
            Ok((Answer::One("id", id.to_string()), recorded))
        }
        Action::RenameTenant { tenant, name } => {
            let is_there = tenants::rename(connection, *tenant, name)
                .await
                .map_err(|error| explain(error, "failed to rename the tenant"))?;
            tenant_changed(is_there, *tenant, json!({ "name": name }))
        }
        Action::SetQuota { tenant, quota, limit } => {
            let is_there = tenants::set_quota(connection, *tenant, *quota, *limit)
                .await
                .map_err(|error| explain(error, "failed to set the quota"))?;
            tenant_changed(is_there, *tenant, json!({ quota.column(): limit }))
        }
        Action::DisableTenant { tenant } | Action::EnableTenant { tenant } => {
            let disabled = matches!(action, Action::DisableTenant { .. });
            let is_there = tenants::set_disabled(connection, *tenant, disabled, now)
                .await
                .context("failed to change the tenant")?;
            tenant_changed(is_there, *tenant, json!({ "disabled": disabled }))
        }
        Action::CreateUser { .. } => create_user(connection, action, now).await,
        Action::RenameUser { user, name } => {
            let change = UserChange {
                name: Some(name.clone()),
                ..UserChange::default()
            };
            change_user(connection, *user, change, now).await
        }
        Action::SetRole { user, role } => {
            let change = UserChange {
                role: Some(*role),
                ..UserChange::default()
            };
            change_user(connection, *user, change, now).await
        }
        Action::DisableUser { user } | Action::EnableUser { user } => {
            let change = UserChange {
                disabled: Some(matches!(action, Action::DisableUser { .. })),
                ..UserChange::default()
            };
            change_user(connection, *user, change, now).await
        }
        Action::DeleteUser { user, name } => delete_user(connection, *user, name).await,
        Action::CreateKey {
            user,
            name,
            expires_in_days,
            scopes,
        } => create_key(connection, *user, name, *expires_in_days, scopes, now).await,
        Action::RevokeKey { tenant, key } => {
            let revoked = keys::revoke(connection, *tenant, None, *key, now).await;
            let revoked = revoked.context("failed to revoke the key")?;
            ensure!(
                revoked != Revocation::NoSuchKey,
                "the tenant has no key with this id"
            );
            ensure!(revoked == Revocation::Done, "the key was revoked before");
            let recorded = Recorded {
                tenant: *tenant,
                action: audit::Action::KeyRevoked,
                target: *key,
                details: json!({}),
            };
            Ok((Answer::Done, recorded))
        }
        Action::ListTenants
        | Action::ListUsers { .. }
        | Action::ListKeys { .. }
        | Action::Audit { .. }
        | Action::DeleteTenant { .. } => anyhow::bail!("it changes nothing of one tenant"),
    }
}

fn of_tenant(tenant: Uuid, action: audit::Action, details: Value) -> Recorded {
    Recorded {
        tenant,
        action,
        target: tenant,
        details,
    }
}

fn tenant_changed(is_there: bool, tenant: Uuid, details: Value) -> anyhow::Result<(Answer, Recorded)> {
    ensure!(is_there, "there is no tenant with this id");
    Ok((
        Answer::Done,
        of_tenant(tenant, audit::Action::TenantChanged, details),
    ))
}

async fn delete_tenant(pool: &PgPool, tenant: Uuid, name: &str, now: Timestamp) -> anyhow::Result<Answer> {
    let mut connection = pool.acquire().await.context("failed to reach Postgres")?;
    let found = tenants::find(&mut connection, tenant).await;
    let found = found.context("failed to read the tenant")?;
    let found = found.filter(|found| found.deleted_at.is_none());
    let found = found.context("there is no tenant with this id")?;
    ensure!(
        found.name == name,
        "the tenant with this id is called {:?}, not {name:?}: nothing was deleted",
        found.name
    );
    drop(connection);
    tenants::delete(pool, &Actor::command(), tenant, now)
        .await
        .context("failed to delete the tenant")?;
    Ok(Answer::Done)
}

/// Says what is wrong where the schema says it.
pub(super) fn explain(error: sqlx::Error, doing: &'static str) -> anyhow::Error {
    let hint = error
        .as_database_error()
        .and_then(|error| error.constraint())
        .and_then(|constraint| match constraint {
            "tenants_name_key" => Some("there is a tenant with this name already"),
            "users_tenant_id_fkey" | "api_keys_tenant_id_fkey" => Some("there is no tenant with this id"),
            "users_telegram_id_key" => Some("there is a user with this Telegram id already"),
            "users_issuer_subject_key" => Some("there is a user with this subject of the issuer already"),
            "api_keys_tenant_id_user_id_fkey" => Some("the tenant has no user with this id"),
            "tenants_name_check" | "users_name_check" | "api_keys_name_check" => {
                Some("a name has 1 to 200 characters")
            }
            name if name.starts_with("tenants_max_") || name == "tenants_retention_days_check" => {
                Some("the limit is too low for this quota")
            }
            _ => None,
        });
    match hint {
        Some(hint) => anyhow::anyhow!("{doing}: {hint}"),
        None => anyhow::Error::new(error).context(doing),
    }
}
