//! The schema's migrations, and the login roles of the programs.

use std::sync::LazyLock;

use anyhow::{Context, ensure};
use sqlx::{PgConnection, PgExecutor, PgPool, migrate::Migrator};

use crate::configuration::SecretUrl;

/// All migrations, built into the program.
///
/// A version of the program also starts where a newer one has migrated: during an upgrade, and after it is taken back. The schema is
/// changed so that it may (see `migrations/README.md`).
pub static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = sqlx::migrate!("../migrations");
    migrator.set_ignore_missing(true);
    migrator
});

/// A program's access to the database: the group role its login role is a member of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Requests, bound by row level security.
    Api,
    /// The mirror.
    Mirror,
    /// Administration, sweeping, cleanup.
    Maintenance,
    /// Sending webhooks.
    Dispatcher,
    /// Reading all rows.
    Monitoring,
}

impl Access {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Api,
        Self::Mirror,
        Self::Maintenance,
        Self::Dispatcher,
        Self::Monitoring,
    ];

    /// The group role.
    pub fn group(self) -> &'static str {
        match self {
            Self::Api => "socrate_group_api",
            Self::Mirror => "socrate_group_mirror",
            Self::Maintenance => "socrate_group_maintenance",
            Self::Dispatcher => "socrate_group_dispatcher",
            Self::Monitoring => "socrate_group_monitoring",
        }
    }
}

/// What became of a login role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleOutcome {
    /// It was made.
    Created,
    /// Its password was set.
    Updated,
    /// It is there and may not be changed by this owner; only its membership was seen to.
    LeftAlone,
}

/// Makes or updates the login role that an address names.
pub async fn ensure_role(
    connection: &mut PgConnection,
    url: &SecretUrl,
    access: Access,
) -> Result<RoleOutcome, sqlx::Error> {
    let (name, password) = (url.user(), url.password());
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
        .bind(&name)
        .fetch_one(&mut *connection)
        .await?;
    let verb = if exists { "ALTER" } else { "CREATE" };
    let change = statement(connection, verb, &name, password.as_deref()).await?;
    let outcome = match run(connection, change).await {
        Ok(()) if exists => RoleOutcome::Updated,
        Ok(()) => RoleOutcome::Created,
        Err(error) if exists && is_refused(&error) => RoleOutcome::LeftAlone,
        Err(error) => return Err(error),
    };
    let is_member: bool = sqlx::query_scalar("SELECT pg_has_role($1, $2, 'member')")
        .bind(&name)
        .bind(access.group())
        .fetch_one(&mut *connection)
        .await?;
    if !is_member {
        let grant: String = sqlx::query_scalar("SELECT format('GRANT %I TO %I', $1, $2)")
            .bind(access.group())
            .bind(&name)
            .fetch_one(&mut *connection)
            .await?;
        run(connection, grant).await?;
    }
    Ok(outcome)
}

/// The statement that makes or changes a role, quoted by Postgres itself.
async fn statement(
    connection: &mut PgConnection,
    verb: &str,
    name: &str,
    password: Option<&str>,
) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("SELECT format($1, $2, $3)")
        .bind(match password {
            Some(_) => format!("{verb} ROLE %I LOGIN PASSWORD %L"),
            None => format!("{verb} ROLE %I LOGIN"),
        })
        .bind(name)
        .bind(password)
        .fetch_one(connection)
        .await
}

async fn run(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(connection)
        .await
        .map(drop)
}

/// 42501: insufficient privilege.
fn is_refused(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "42501")
}

/// The other groups that a role is a member of, directly or through another role. What is granted to a group, and what its policies
/// let through, adds up: a member of two sees what either sees. A superuser, who is everything, is not looked at.
pub async fn foreign_groups<'connection>(
    executor: impl PgExecutor<'connection>,
    role: &str,
    access: Access,
) -> Result<Vec<String>, sqlx::Error> {
    let others: Vec<&str> = Access::ALL
        .into_iter()
        .filter(|other| *other != access)
        .map(Access::group)
        .collect();
    sqlx::query_scalar(
        "SELECT groups.rolname::text FROM pg_roles AS groups, pg_roles AS role \
         WHERE role.rolname = $1 AND NOT role.rolsuper AND groups.rolname = ANY ($2) \
         AND pg_has_role(role.oid, groups.oid, 'member') ORDER BY 1",
    )
    .bind(role)
    .bind(others)
    .fetch_all(executor)
    .await
}

/// Refuses a role that is a member of a group of another program.
pub async fn refuse_foreign_groups<'connection>(
    executor: impl PgExecutor<'connection>,
    role: &str,
    access: Access,
) -> anyhow::Result<()> {
    let groups = foreign_groups(executor, role, access)
        .await
        .with_context(|| format!("failed to ask what the role {role} is a member of"))?;
    ensure!(
        groups.is_empty(),
        "the role {role} is to be a member of {} alone, and is one of {} too, whose rows it would see as well: name a role of its own \
         for each program, or REVOKE {} FROM {role}",
        access.group(),
        groups.join(" and "),
        groups.join(", ")
    );
    Ok(())
}

/// Refuses to work with a role that may do more than it should: one that is a member of a group of another program, and, for requests,
/// one that row level security does not bind.
pub async fn check_role(pool: &PgPool, access: Access) -> anyhow::Result<()> {
    let role: String = sqlx::query_scalar("SELECT current_user::text")
        .fetch_one(pool)
        .await
        .context("failed to ask Postgres about our role")?;
    refuse_foreign_groups(pool, &role, access).await?;
    if access == Access::Api {
        let is_bound = is_bound_by_row_level_security(pool)
            .await
            .context("failed to ask Postgres about our role; has `api migrate` been run?")?;
        ensure!(
            is_bound,
            "the role {role}, of SOCRATE_DATABASE_URL, owns the tables or bypasses row level security; use one of its own"
        );
    }
    Ok(())
}

/// Whether the role we are connected as is bound by row level security, as the API's must be.
pub async fn is_bound_by_row_level_security(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT NOT (roles.rolsuper OR roles.rolbypassrls) \
         AND NOT pg_has_role(roles.oid, tables.relowner, 'usage') \
         FROM pg_roles AS roles, pg_class AS tables \
         WHERE roles.rolname = current_user AND tables.oid = 'documents'::regclass",
    )
    .fetch_one(pool)
    .await
}
