//! `api admin`: tenants, users and keys.

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use crate::{
    clock::Clock,
    configuration::SecretUrl,
    database,
    identity::{self, key::ApiKey},
};

/// `api admin`.
#[derive(Args, Clone, Debug)]
pub struct Admin {
    /// Postgres as the role of maintenance.
    #[arg(
        long,
        env = "SOCRATE_MAINTENANCE_DATABASE_URL",
        hide_env_values = true,
        global = true
    )]
    maintenance_database_url: Option<SecretUrl>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
#[allow(clippy::enum_variant_names, reason = "the names of the commands")]
enum Action {
    /// Add a tenant; prints its id.
    CreateTenant {
        /// What it is called; no two tenants are called the same.
        #[arg(long)]
        name: String,
    },
    /// Add a user; prints its id.
    CreateUser {
        /// The tenant's id.
        #[arg(long)]
        tenant: Uuid,
        /// What the user is called.
        #[arg(long)]
        name: String,
        /// The user's id at Telegram; no two users have the same.
        #[arg(long)]
        telegram_id: Option<i64>,
    },
    /// Make an API key; prints it, this once.
    CreateKey {
        /// The tenant's id.
        #[arg(long)]
        tenant: Uuid,
        /// The user's id.
        #[arg(long)]
        user: Uuid,
        /// What the key is for.
        #[arg(long)]
        name: String,
    },
}

/// Runs the command.
pub async fn run(admin: &Admin, clock: &Clock) -> anyhow::Result<()> {
    let url = admin.maintenance_database_url.as_ref().context(
        "no address of Postgres: set --maintenance-database-url or SOCRATE_MAINTENANCE_DATABASE_URL",
    )?;
    let pool = database::pool(url, 1).with_context(|| format!("{url} is no address of Postgres"))?;
    let now = clock.now();
    let (label, value) = match &admin.action {
        Action::CreateTenant { name } => {
            let id = identity::create_tenant(&pool, name, now)
                .await
                .map_err(|error| explain(error, "failed to add the tenant"))?;
            ("id", id.to_string())
        }
        Action::CreateUser {
            tenant,
            name,
            telegram_id,
        } => {
            let id = identity::create_user(&pool, *tenant, name, *telegram_id, now)
                .await
                .map_err(|error| explain(error, "failed to add the user"))?;
            ("id", id.to_string())
        }
        Action::CreateKey { tenant, user, name } => {
            let key = ApiKey::generate()
                .map_err(|error| anyhow::anyhow!("the system has no random numbers: {error}"))?;
            identity::create_key(&pool, *tenant, *user, name, &key, now)
                .await
                .map_err(|error| explain(error, "failed to add the key"))?;
            ("key", key.expose().to_owned())
        }
    };
    let line = if admin.json {
        json!({ label: value }).to_string()
    } else {
        value
    };
    #[allow(clippy::print_stdout, reason = "the command's answer")]
    {
        println!("{line}");
    }
    Ok(())
}

/// Says what is wrong where the schema says it.
fn explain(error: sqlx::Error, doing: &'static str) -> anyhow::Error {
    let hint = error
        .as_database_error()
        .and_then(|error| error.constraint())
        .and_then(|constraint| match constraint {
            "tenants_name_key" => Some("there is a tenant with this name already"),
            "users_tenant_id_fkey" | "api_keys_tenant_id_fkey" => Some("there is no tenant with this id"),
            "users_telegram_id_key" => Some("there is a user with this Telegram id already"),
            "api_keys_tenant_id_user_id_fkey" => Some("the tenant has no user with this id"),
            "tenants_name_check" | "users_name_check" | "api_keys_name_check" => {
                Some("a name has 1 to 200 characters")
            }
            _ => None,
        });
    match hint {
        Some(hint) => anyhow::anyhow!("{doing}: {hint}"),
        None => anyhow::Error::new(error).context(doing),
    }
}
