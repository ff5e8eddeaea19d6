//! Tenants, users and keys, made as an administrator makes them: with `api admin` in the sweeper's Pod, which alone has the role of maintenance.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{cluster::Cluster, command};

/// Somebody who may use the API.
#[derive(Clone, Debug)]
pub struct Account {
    /// Id of the tenant.
    pub tenant: String,
    /// Id of the user.
    pub user: String,
    /// The user's key.
    pub key: String,
}

/// Makes a tenant.
///
/// # Errors
/// Where the program in the Pod fails.
pub async fn create_tenant(cluster: &Cluster, name: &str) -> Result<String> {
    admin(cluster, &["create-tenant", "--name", name], "id").await
}

/// Makes a user of a tenant.
///
/// # Errors
/// Where the program in the Pod fails.
pub async fn create_user(
    cluster: &Cluster,
    tenant: &str,
    name: &str,
    telegram_id: Option<i64>,
) -> Result<String> {
    let telegram_id = telegram_id.map(|id| id.to_string());
    let mut arguments = vec!["create-user", "--tenant", tenant, "--name", name];
    if let Some(id) = &telegram_id {
        arguments.extend(["--telegram-id", id]);
    }
    admin(cluster, &arguments, "id").await
}

/// Makes a user who administers a tenant; answers the user's key.
///
/// # Errors
/// Where the program in the Pod fails.
pub async fn create_administrator(cluster: &Cluster, tenant: &str, name: &str) -> Result<String> {
    let arguments = [
        "create-user",
        "--tenant",
        tenant,
        "--name",
        name,
        "--role",
        "admin",
    ];
    let user = admin(cluster, &arguments, "id").await?;
    let arguments = [
        "create-key",
        "--tenant",
        tenant,
        "--user",
        &user,
        "--name",
        name,
        "--scope",
        "admin",
    ];
    admin(cluster, &arguments, "key").await
}

/// Makes a key of a user.
///
/// # Errors
/// Where the program in the Pod fails.
pub async fn create_key(cluster: &Cluster, tenant: &str, user: &str, name: &str) -> Result<String> {
    let arguments = ["create-key", "--tenant", tenant, "--user", user, "--name", name];
    admin(cluster, &arguments, "key").await
}

/// Makes a tenant with one user and one key. The tenant's name is made one that no other has.
///
/// # Errors
/// Where the program in the Pod fails.
pub async fn create_account(cluster: &Cluster, name: &str) -> Result<Account> {
    let unique = format!("{name} {}", uuid::Uuid::new_v4().simple());
    let tenant = create_tenant(cluster, &unique).await?;
    let user = create_user(cluster, &tenant, name, None).await?;
    let key = create_key(cluster, &tenant, &user, name).await?;
    Ok(Account { tenant, user, key })
}

/// Runs `api admin` and gives one field of what it prints.
async fn admin(cluster: &Cluster, arguments: &[&str], field: &str) -> Result<String> {
    let deployment = format!("deployment/{}-sweeper", cluster.release);
    let mut all = vec![
        "exec",
        "--namespace",
        &cluster.release_namespace,
        &deployment,
        "--container",
        "sweeper",
        "--",
        "/api",
        "admin",
    ];
    all.extend(arguments);
    all.push("--json");
    let printed = command::kubectl(&all, "").await?.expect_success()?;
    let value: Value = serde_json::from_str(&printed)
        .with_context(|| format!("api admin {} printed no JSON: {printed}", arguments[0]))?;
    value[field]
        .as_str()
        .map(ToOwned::to_owned)
        .with_context(|| format!("api admin {} printed no {field}: {printed}", arguments[0]))
}
