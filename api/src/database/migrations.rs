//! The schema's migrations, and the login roles of the programs.

use sqlx::{PgConnection, migrate::Migrator};

use crate::configuration::SecretUrl;

/// All migrations, built into the program.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// A program's access to the database: the group role its login role is a member of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Requests, bound by row level security.
    Api,
    /// The mirror.
    Mirror,
    /// Administration, sweeping, cleanup.
    Maintenance,
    /// Reading all rows.
    Monitoring,
}

impl Access {
    /// The group role.
    pub fn group(self) -> &'static str {
        match self {
            Self::Api => "socrate_group_api",
            Self::Mirror => "socrate_group_mirror",
            Self::Maintenance => "socrate_group_maintenance",
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

/// Whether the role we are connected as is bound by row level security, as the API's must be.
pub async fn is_bound_by_row_level_security(pool: &sqlx::PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT NOT (roles.rolsuper OR roles.rolbypassrls) \
         AND NOT pg_has_role(roles.oid, tables.relowner, 'usage') \
         FROM pg_roles AS roles, pg_class AS tables \
         WHERE roles.rolname = current_user AND tables.oid = 'documents'::regclass",
    )
    .fetch_one(pool)
    .await
}
