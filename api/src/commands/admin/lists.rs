//! The lists that commands print.

use anyhow::Context;
use serde_json::json;
use sqlx::PgConnection;

use super::{Action, answer::Answer};
use crate::identity::{Page, audit, keys, tenants, users};

/// The longest list that is printed.
const MOST_ROWS: i64 = 100_000;

/// What only reads; `None` if it changes something.
pub(super) async fn read(connection: &mut PgConnection, action: &Action) -> anyhow::Result<Option<Answer>> {
    let page = Page {
        after: None,
        limit: match action {
            Action::Audit { limit, .. } => i64::from(*limit),
            _ => MOST_ROWS,
        },
    };
    let time = |time: Option<jiff_sqlx::Timestamp>| time.map(|time| time.to_jiff().to_string());
    let rows = match action {
        Action::ListTenants => {
            let tenants = tenants::list(connection, &page).await;
            let tenants = tenants.context("failed to list the tenants")?;
            tenants
                .into_iter()
                .map(|tenant| {
                    json!({
                        "id": tenant.id, "name": tenant.name, "max_bytes": tenant.max_bytes,
                        "max_documents": tenant.max_documents, "max_file_bytes": tenant.max_file_bytes,
                        "max_in_flight": tenant.max_in_flight,
                        "max_requests_per_second": tenant.max_requests_per_second,
                        "retention_days": tenant.retention_days, "created_at": tenant.created_at.to_jiff().to_string(),
                        "disabled_at": time(tenant.disabled_at), "deleted_at": time(tenant.deleted_at),
                    })
                })
                .collect()
        }
        Action::ListUsers { tenant } => {
            let users = users::list(connection, *tenant, &page).await;
            let users = users.context("failed to list the users")?;
            users
                .into_iter()
                .map(|user| {
                    json!({
                        "id": user.id, "name": user.name, "role": user.role, "telegram_id": user.telegram_id,
                        "issuer": user.issuer, "subject": user.subject,
                        "created_at": user.created_at.to_jiff().to_string(), "disabled_at": time(user.disabled_at),
                    })
                })
                .collect()
        }
        Action::ListKeys { tenant, user } => {
            let keys = keys::list(connection, *tenant, *user, &page).await;
            let keys = keys.context("failed to list the keys")?;
            keys.into_iter()
                .map(|key| {
                    json!({
                        "id": key.id, "user_id": key.user_id, "name": key.name, "prefix": key.prefix,
                        "scopes": key.scopes, "created_at": key.created_at.to_jiff().to_string(),
                        "last_used_at": time(key.last_used_at), "expires_at": time(key.expires_at),
                        "revoked_at": time(key.revoked_at),
                    })
                })
                .collect()
        }
        Action::Audit { tenant, .. } => {
            let entries = audit::list(connection, *tenant, &page).await;
            let entries = entries.context("failed to read the audit log")?;
            entries
                .into_iter()
                .map(|entry| {
                    json!({
                        "at": entry.at.to_jiff().to_string(), "tenant_id": entry.tenant_id, "actor_id": entry.actor_id,
                        "method": entry.method, "credential_id": entry.credential_id, "action": entry.action,
                        "target": entry.target, "details": entry.details, "request_id": entry.request_id,
                    })
                })
                .collect()
        }
        _ => return Ok(None),
    };
    Ok(Some(Answer::Rows(rows)))
}
