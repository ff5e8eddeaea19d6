//! A database for each test: a copy of one that was migrated once.

use api::{
    commands::migrate,
    configuration::{Migrate, SecretUrl},
    database,
};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::servers;

const TEMPLATE: &str = "socrate_template";

pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) api: PgPool,
    pub(crate) mirror: PgPool,
    pub(crate) maintenance: PgPool,
    pub(crate) dispatcher: PgPool,
}

pub(crate) fn url(user: &str, database: &str) -> SecretUrl {
    servers::postgres(user, database).parse().expect("an address")
}

pub(crate) fn pool(user: &str, database: &str) -> PgPool {
    database::pool(&url(user, database), 4).expect("a pool")
}

pub(crate) async fn administrator(database: &str) -> PgConnection {
    let options = database::connect_options(&url("postgres", database)).expect("an address");
    PgConnection::connect_with(&options).await.expect("a connection")
}

pub(crate) async fn execute(connection: &mut PgConnection, statement: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(connection)
        .await
        .expect("a statement");
}

pub(crate) fn migration(database: &str) -> Migrate {
    Migrate {
        owner_database_url: url("socrate_owner", database),
        database_url: Some(url("socrate_api", database)),
        mirror_database_url: Some(url("socrate_mirror", database)),
        maintenance_database_url: Some(url("socrate_maintenance", database)),
        dispatcher_database_url: Some(url("socrate_dispatcher", database)),
        monitoring_database_url: Some(url("socrate_monitoring", database)),
        wait_seconds: 10,
    }
}

async fn template() {
    static READY: OnceCell<()> = OnceCell::const_new();
    READY
        .get_or_init(|| async {
            let mut administrator = administrator("postgres").await;
            for statement in [
                format!("DROP DATABASE IF EXISTS {TEMPLATE}"),
                "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'socrate_owner') THEN \
                 CREATE ROLE socrate_owner LOGIN CREATEROLE PASSWORD 'test'; END IF; END $$"
                    .to_owned(),
                format!("CREATE DATABASE {TEMPLATE} OWNER socrate_owner"),
            ] {
                execute(&mut administrator, statement).await;
            }
            migrate::run(&migration(TEMPLATE)).await.expect("migrated");
        })
        .await;
}

/// A migrated database.
pub(crate) async fn create() -> Database {
    template().await;
    let name = format!("test_{}", Uuid::new_v4().simple());
    let mut administrator = administrator("postgres").await;
    execute(
        &mut administrator,
        format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER socrate_owner"),
    )
    .await;
    Database {
        api: pool("socrate_api", &name),
        mirror: pool("socrate_mirror", &name),
        maintenance: pool("socrate_maintenance", &name),
        dispatcher: pool("socrate_dispatcher", &name),
        name,
    }
}
