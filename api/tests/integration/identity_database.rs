//! Roles of the database, migrating, and how a tenant goes.

use api::{
    clock::Clock,
    commands::migrate,
    configuration::Migrate,
    database::migrations::{Access, check_role},
    identity::{
        audit::Actor,
        tenants::{self, Quota},
    },
};
use jiff::SignedDuration;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{application, databases};

fn only_the_api(role: &str, database: &str) -> Migrate {
    Migrate {
        database_url: Some(databases::url(role, database)),
        mirror_database_url: None,
        maintenance_database_url: None,
        dispatcher_database_url: None,
        monitoring_database_url: None,
        ..databases::migration(database)
    }
}

#[tokio::test]
async fn a_role_that_is_a_member_of_two_groups_is_refused_when_migrating_and_when_serving() {
    let database = databases::create().await;
    for (pool, access) in [
        (&database.api, Access::Api),
        (&database.mirror, Access::Mirror),
        (&database.maintenance, Access::Maintenance),
        (&database.dispatcher, Access::Dispatcher),
    ] {
        check_role(pool, access).await.unwrap();
    }
    let role = format!("both_{}", Uuid::new_v4().simple());
    migrate::run(&only_the_api(&role, &database.name)).await.unwrap();
    let pool = databases::pool(&role, &database.name);
    check_role(&pool, Access::Api).await.unwrap();
    let mut administrator = databases::administrator(&database.name).await;
    let between = format!("between_{}", Uuid::new_v4().simple());
    for statement in [
        format!("CREATE ROLE {between} NOLOGIN"),
        format!("GRANT socrate_group_mirror TO {between}"),
        format!("GRANT {between} TO {role}"), // Not directly, but all the same.
    ] {
        databases::execute(&mut administrator, statement).await;
    }
    for error in [
        check_role(&pool, Access::Api).await.unwrap_err(),
        migrate::run(&only_the_api(&role, &database.name))
            .await
            .unwrap_err(),
    ] {
        let message = format!("{error:#}");
        assert!(
            message.contains("socrate_group_mirror") && message.contains(&role),
            "{message}"
        );
    }
    for statement in [format!("DROP ROLE {role}"), format!("DROP ROLE {between}")] {
        databases::execute(&mut administrator, statement).await;
    }
}

#[tokio::test]
async fn one_role_for_two_programs_is_refused() {
    let database = databases::create().await;
    let role = format!("shared_{}", Uuid::new_v4().simple());
    let migration = Migrate {
        mirror_database_url: Some(databases::url(&role, &database.name)),
        ..only_the_api(&role, &database.name)
    };
    let message = migrate::run(&migration).await.unwrap_err().to_string();
    assert!(
        message.contains("SOCRATE_DATABASE_URL and SOCRATE_MIRROR_DATABASE_URL") && message.contains(&role),
        "{message}"
    );
    let made: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
        .bind(&role)
        .fetch_one(&database.maintenance)
        .await
        .unwrap();
    assert!(!made);
}

#[tokio::test]
async fn replicas_that_migrate_at_once_do_not_fail() {
    let name = format!("test_{}", Uuid::new_v4().simple());
    databases::create().await; // The owner is there.
    let mut administrator = databases::administrator("postgres").await;
    databases::execute(
        &mut administrator,
        format!("CREATE DATABASE {name} OWNER socrate_owner"),
    )
    .await;
    let role = format!("api_{}", Uuid::new_v4().simple());
    for _ in 0..3 {
        let migrations = (0..8).map(|_| async { migrate::run(&only_the_api(&role, &name)).await });
        for outcome in futures::future::join_all(migrations).await {
            outcome.unwrap();
        }
    }
    let mut administrator = databases::administrator(&name).await;
    databases::execute(&mut administrator, format!("DROP ROLE {role}")).await;
}

#[tokio::test]
async fn an_older_program_starts_after_a_newer_migration() {
    let database = databases::create().await;
    let mut administrator = databases::administrator(&database.name).await;
    databases::execute(
        &mut administrator,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (99990101000001, 'of a newer version', true, '\\x00', 1)"
            .to_owned(),
    )
    .await;
    let role = format!("api_{}", Uuid::new_v4().simple());
    migrate::run(&only_the_api(&role, &database.name)).await.unwrap();
    databases::execute(&mut administrator, format!("DROP ROLE {role}")).await;
}

#[tokio::test]
async fn every_table_of_tenants_has_row_level_security() {
    let database = databases::create().await;
    let without: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
         WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relrowsecurity AND relname <> '_sqlx_migrations'",
    )
    .fetch_all(&database.maintenance)
    .await
    .unwrap();
    assert_eq!(without, Vec::<String>::new());
}

#[tokio::test]
async fn nobody_but_maintenance_reads_the_hash_of_a_credential() {
    let application = application::application().await;
    for role in ["socrate_api", "socrate_mirror", "socrate_monitoring"] {
        let pool = databases::pool(role, &application.database.name);
        for secret in ["SELECT hash FROM api_keys", "SELECT token_hash FROM sessions"] {
            assert!(
                sqlx::query(secret).execute(&pool).await.is_err(),
                "{role}: {secret}"
            );
        }
    }
}

/// The tables that have rows of the tenant.
async fn tables_with(database: &databases::Database, tenant: Uuid) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id' \
         ORDER BY 1",
    )
    .fetch_all(&database.maintenance)
    .await
    .unwrap();
    let mut with = Vec::new();
    for (table, column) in tables
        .iter()
        .map(|table| (table.as_str(), "tenant_id"))
        .chain([("tenants", "id")])
    {
        let statement = format!("SELECT EXISTS (SELECT FROM {table} WHERE {column} = $1)");
        let has: bool = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(tenant)
            .fetch_one(&database.maintenance)
            .await
            .unwrap();
        if has {
            with.push(table.to_owned());
        }
    }
    with.sort();
    with
}

#[tokio::test]
async fn a_tenant_s_deletion_leaves_nothing_once_its_documents_are_removed() {
    let application = application::application().await;
    let (database, store) = (&application.database, &application.app.store);
    let tenant = application.tenant;
    application.document().await;
    let folder = application.store_directory.0.join(format!("tenants/{tenant}"));
    std::fs::create_dir_all(folder.join("documents")).unwrap(); // As removed documents leave them.
    assert_eq!(application.get("/api/session").await.status, 200);
    let (other, ..) = application::tenant(database, "two").await;
    sqlx::query("INSERT INTO usage (tenant_id, day) VALUES ($1, now())")
        .bind(tenant)
        .execute(&database.maintenance)
        .await
        .unwrap();
    let now = Clock::system().now();
    let actor = Actor::command();
    assert!(
        tenants::delete(&database.maintenance, &actor, tenant, now)
            .await
            .unwrap()
    );
    assert!(
        !tenants::delete(&database.maintenance, &actor, tenant, now)
            .await
            .unwrap()
    );
    // Its changes go with the last of it.
    let left = ["changes", "holdings", "removals", "tenants"];
    assert_eq!(tables_with(database, tenant).await, left);

    // A request that was under way adds a document.
    let mut late = crate::documents::document(tenant, application.user);
    late.user_id = None;
    crate::documents::insert(&database.api, &late).await;
    let unfinished = async || {
        tenants::forget_deleted(&database.maintenance, store, now)
            .await
            .unwrap();
        tables_with(database, tenant).await
    };
    assert_eq!(unfinished().await, left);
    let removals = application.count("removals WHERE finished_at IS NULL").await;
    assert_eq!(
        removals, 2,
        "each document is removed, with its resource and its files"
    );
    // As cleanup does it, once nothing of a document is left.
    for document in application.removals().await {
        api::cleanup::removals::finish(&database.maintenance, document, now)
            .await
            .unwrap();
        assert_eq!(unfinished().await, left);
        api::cleanup::removals::forget(&database.maintenance, document)
            .await
            .unwrap();
    }
    assert!(folder.exists());
    assert_eq!(unfinished().await, Vec::<String>::new());
    assert!(!folder.exists());
    assert_eq!(
        tables_with(database, other).await,
        ["api_keys", "tenants", "users"]
    );
    let told = application
        .count("audit_log WHERE action = 'tenant.deleted' AND tenant_id IS NULL")
        .await;
    assert_eq!(told, 1, "that it was deleted stays known");
    let later = now + SignedDuration::from_secs(1);
    assert_eq!(
        tenants::forget_deleted(&database.maintenance, store, later)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn a_removal_outlives_its_tenant() {
    let application = application::application().await;
    let database = &application.database;
    let document = application.document().await;
    let (tenant, id) = (application.tenant, document.id);
    let deleted = api::documents::Change::Deleted { tenant, id };
    crate::documents::change(&database.api, tenant, deleted)
        .await
        .unwrap();
    sqlx::query("DELETE FROM tenants WHERE id = $1")
        .bind(application.tenant)
        .execute(&database.maintenance)
        .await
        .unwrap();
    assert_eq!(application.removals().await, [document.id]);
}

#[tokio::test]
async fn quotas_are_set_and_taken_away() {
    let application = application::application().await;
    let mut connection = application.database.maintenance.acquire().await.unwrap();
    for (quota, limit) in [
        (Quota::Bytes, Some(5)),
        (Quota::RequestsPerSecond, Some(7)),
        (Quota::RetentionDays, Some(30)),
        (Quota::Bytes, None),
    ] {
        let set = tenants::set_quota(&mut connection, application.tenant, quota, limit).await;
        assert!(set.unwrap(), "{quota:?}");
    }
    let tenant = tenants::find(&mut connection, application.tenant)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (
            tenant.max_bytes,
            tenant.max_requests_per_second,
            tenant.retention_days
        ),
        (None, Some(7), Some(30))
    );
    let zero = tenants::set_quota(
        &mut connection,
        application.tenant,
        Quota::RequestsPerSecond,
        Some(0),
    );
    assert!(zero.await.is_err());
    let unknown = tenants::set_quota(&mut connection, Uuid::new_v4(), Quota::Bytes, Some(1)).await;
    assert!(!unknown.unwrap());
}
