//! Tenants see what is theirs; each role does what it is for.

use api::{
    clock::Clock,
    commands::migrate,
    database::{migrations, tenant_transaction},
    documents::{Change, queries, transition},
};
use uuid::Uuid;

use crate::{application, databases, documents};

const MONITORING: [&str; 3] = [
    "SELECT id, filename, status, processing_progress, created_at FROM documents WHERE status = 'processing' \
     ORDER BY created_at DESC",
    "SELECT id, filename, status, processing_progress, created_at, error_message FROM documents \
     WHERE status = 'failed' ORDER BY created_at DESC",
    "SELECT AVG(EXTRACT(EPOCH FROM (processing_completed_at - created_at))), \
     MAX(EXTRACT(EPOCH FROM (processing_completed_at - created_at))) FROM documents WHERE status = 'ready'",
];

#[tokio::test]
async fn monitoring_and_the_owner_run_the_three_queries_over_all_tenants() {
    let application = application::application().await;
    application.document().await;
    let (tenant, user, _) = application::tenant(&application.database, "two").await;
    documents::insert(&application.database.api, &documents::document(tenant, user)).await;
    for role in ["socrate_monitoring", "socrate_owner"] {
        let pool = databases::pool(role, &application.database.name);
        for (query, rows) in MONITORING.into_iter().zip([2, 0, 1]) {
            let found = sqlx::query(query).fetch_all(&pool).await.expect(query);
            assert_eq!(found.len(), rows, "{role}: {query}");
        }
    }
    let pool = databases::pool("socrate_monitoring", &application.database.name);
    for refused in [
        "DELETE FROM documents",
        "SELECT hash FROM api_keys",
        "SELECT secret FROM webhook_secrets",
        "SELECT excerpt FROM webhook_attempts",
    ] {
        assert!(sqlx::query(refused).execute(&pool).await.is_err(), "{refused}");
    }
}

#[tokio::test]
async fn the_api_sees_nothing_without_a_tenant_and_its_own_with_one() {
    let application = application::application().await;
    let document = application.document().await;
    let (other, _, _) = application::tenant(&application.database, "two").await;
    let pool = &application.database.api;
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM documents")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(seen, 0);
    assert!(
        queries::find(pool, application.tenant, document.id)
            .await
            .unwrap()
            .is_some()
    );
    assert!(queries::find(pool, other, document.id).await.unwrap().is_none());
    // Nor where the transaction is the other tenant's and the change names the owner.
    let deletion = |tenant| Change::Deleted {
        tenant,
        id: document.id,
    };
    for named in [other, application.tenant] {
        assert!(documents::change(pool, other, deletion(named)).await.is_none());
    }
    assert_eq!(application.count("removals").await, 0);

    let mut forging = tenant_transaction(pool, other).await.unwrap();
    let forged = documents::document(application.tenant, application.user);
    let forged = transition(&mut forging, Change::Uploaded(&forged), documents::moment(1)).await;
    assert!(forged.is_err());
}

#[tokio::test]
async fn the_role_of_the_api_is_bound_and_the_owner_is_not() {
    let database = databases::create().await;
    assert!(
        migrations::is_bound_by_row_level_security(&database.api)
            .await
            .unwrap()
    );
    let owner = databases::pool("socrate_owner", &database.name);
    assert!(!migrations::is_bound_by_row_level_security(&owner).await.unwrap());
    for secret in [
        "SELECT hash FROM api_keys",
        "SELECT * FROM sessions WHERE false; SELECT * FROM api_keys",
    ] {
        assert!(
            sqlx::raw_sql(secret).execute(&database.api).await.is_err(),
            "{secret}"
        );
    }
}

#[tokio::test]
async fn migrating_again_changes_nothing_and_roles_have_the_names_that_were_given() {
    let database = databases::create().await;
    let role = format!("api_{}", Uuid::new_v4().simple());
    let migration = api::configuration::Migrate {
        database_url: Some(databases::url(&role, &database.name)),
        mirror_database_url: None,
        maintenance_database_url: None,
        dispatcher_database_url: None,
        monitoring_database_url: None,
        ..databases::migration(&database.name)
    };
    for _ in 0..2 {
        migrate::run(&migration).await.unwrap();
    }
    let pool = databases::pool(&role, &database.name);
    assert!(migrations::is_bound_by_row_level_security(&pool).await.unwrap());
    let mut administrator = databases::administrator(&database.name).await;
    databases::execute(&mut administrator, format!("DROP ROLE {role}")).await;
}

#[tokio::test]
async fn a_key_that_is_revoked_or_over_is_nobody() {
    let application = application::application().await;
    assert_eq!(application.get("/api/documents").await.status, 200);
    for change in ["revoked_at = now()", "expires_at = now() - interval '1 second'"] {
        let (_, _, key) = application::tenant(&application.database, change).await;
        let prefix = key[3..15].to_owned();
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "UPDATE api_keys SET {change} WHERE prefix = $1"
        )))
        .bind(prefix)
        .execute(&application.database.maintenance)
        .await
        .unwrap();
        let answer = application.get_as(&key, "/api/documents").await;
        assert_eq!(answer.problem(), (401, "unauthorized".into()), "{change}");
    }
    let stranger = api::identity::key::ApiKey::generate().unwrap();
    assert_eq!(
        application
            .get_as(stranger.expose(), "/api/documents")
            .await
            .problem()
            .0,
        401
    );
    let used = async || {
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM api_keys WHERE last_used_at <= $1")
            .bind(jiff_sqlx::Timestamp::from(Clock::system().now()))
            .fetch_one(&application.database.maintenance)
            .await
            .unwrap()
    };
    application::until("the use of the one key that holds", async || used().await == 1).await;
}
