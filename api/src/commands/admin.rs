//! `api admin`: tenants, users, keys and the audit log of the whole platform.
//!
//! There is no HTTP for this. A tenant's administrator has the HTTP API for their own tenant; what concerns all tenants needs the role of
//! maintenance, and a server that any request can reach must not hold that.

mod actions;
mod answer;
mod lists;
mod users;

use anyhow::Context;
use clap::{Args, Subcommand};
use uuid::Uuid;

use crate::{
    clock::Clock,
    configuration::SecretUrl,
    database,
    identity::{
        role::{Role, Scope},
        tenants::Quota,
    },
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
    /// Print JSON: a list has one row a line.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Add a tenant; prints its id.
    CreateTenant {
        /// What it is called; no two tenants are called the same.
        #[arg(long)]
        name: String,
    },
    /// List the tenants with their quotas, the newest first.
    ListTenants,
    /// Give a tenant another name.
    RenameTenant {
        /// The tenant's id.
        #[arg(long)]
        tenant: Uuid,
        /// What it is to be called.
        #[arg(long)]
        name: String,
    },
    /// Set a quota of a tenant.
    SetQuota {
        /// The tenant's id.
        #[arg(long)]
        tenant: Uuid,
        /// Which quota.
        #[arg(long)]
        quota: Quota,
        /// The most it may have; without this it is without limit.
        #[arg(long)]
        limit: Option<i64>,
    },
    /// Keep everybody of a tenant out, within 10 seconds; documents stay, and what is under way goes on.
    DisableTenant {
        /// The tenant's id.
        #[arg(long)]
        tenant: Uuid,
    },
    /// Let everybody of a tenant in again.
    EnableTenant {
        /// The tenant's id.
        #[arg(long)]
        tenant: Uuid,
    },
    /// Delete a tenant with all that is its own: nobody is let in any more, documents and files go in the background.
    DeleteTenant {
        /// The tenant's id.
        #[arg(long)]
        tenant: Uuid,
        /// What it is called, so that no other is deleted by mistake.
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
        /// What the user may do: admin, member, `read_only`.
        #[arg(long, default_value = "member")]
        role: Role,
        /// The user's id at Telegram; no two users have the same.
        #[arg(long)]
        telegram_id: Option<i64>,
        /// The `iss` of the user's bearer tokens.
        #[arg(long, requires = "subject")]
        issuer: Option<String>,
        /// The `sub` of the user's bearer tokens; no two users have the same of an issuer.
        #[arg(long, requires = "issuer")]
        subject: Option<String>,
    },
    /// List the users of a tenant, the newest first.
    ListUsers {
        /// The tenant's id.
        #[arg(long)]
        tenant: Uuid,
    },
    /// Give a user another name.
    RenameUser {
        #[command(flatten)]
        user: UserOf,
        /// What the user is to be called.
        #[arg(long)]
        name: String,
    },
    /// Set what a user may do; it counts within 10 seconds.
    SetRole {
        #[command(flatten)]
        user: UserOf,
        /// What the user may do: admin, member, `read_only`.
        #[arg(long)]
        role: Role,
    },
    /// Keep a user out: keys no longer work, within 10 seconds, and sessions end.
    DisableUser {
        #[command(flatten)]
        user: UserOf,
    },
    /// Let a user in again.
    EnableUser {
        #[command(flatten)]
        user: UserOf,
    },
    /// Delete a user with all keys and sessions, within 10 seconds; documents stay.
    DeleteUser {
        #[command(flatten)]
        user: UserOf,
        /// What the user is called, so that no other is deleted by mistake.
        #[arg(long)]
        name: String,
    },
    /// Make an API key; prints it, this once.
    CreateKey {
        #[command(flatten)]
        user: UserOf,
        /// What the key is for.
        #[arg(long)]
        name: String,
        /// Days until it ends; without this it holds until it is revoked.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
        expires_in_days: Option<u32>,
        /// What it permits, where the user's role does: documents:read, documents:write, admin. May be given several times; without it
        /// documents:read and documents:write.
        #[arg(long = "scope")]
        scopes: Vec<Scope>,
    },
    /// List the keys of a tenant, the newest first.
    ListKeys {
        /// The tenant's id.
        #[arg(long)]
        tenant: Uuid,
        /// Of this user only.
        #[arg(long)]
        user: Option<Uuid>,
    },
    /// Revoke a key: it no longer works, within 10 seconds, and sessions that were begun with it end.
    RevokeKey {
        /// The tenant's id.
        #[arg(long)]
        tenant: Uuid,
        /// The key's id.
        #[arg(long)]
        key: Uuid,
    },
    /// Print the audit log, the newest first.
    Audit {
        /// Of this tenant only.
        #[arg(long)]
        tenant: Option<Uuid>,
        /// At most so many entries.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
}

/// A user of a tenant.
#[derive(Args, Clone, Copy, Debug)]
struct UserOf {
    /// The tenant's id.
    #[arg(long)]
    tenant: Uuid,
    /// The user's id.
    #[arg(long)]
    user: Uuid,
}

/// Runs the command.
pub async fn run(admin: &Admin, clock: &Clock) -> anyhow::Result<()> {
    let url = admin.maintenance_database_url.as_ref().context(
        "no address of Postgres: set --maintenance-database-url or SOCRATE_MAINTENANCE_DATABASE_URL",
    )?;
    let pool = database::pool(url, 1).with_context(|| format!("{url} is no address of Postgres"))?;
    let answer = actions::perform(&pool, &admin.action, clock.now()).await?;
    let text = answer.write(admin.json);
    if !text.is_empty() {
        #[allow(clippy::print_stdout, reason = "the command's answer")]
        {
            println!("{text}");
        }
    }
    Ok(())
}
