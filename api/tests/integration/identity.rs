//! Who may do what, and how much: roles and scopes, requests a second, and how credentials are looked up.

use std::time::Duration;

use api::identity::{authenticator::Settings, key::ApiKey, role::Role};
use axum::body::Body;
use serde_json::json;
use uuid::Uuid;

use crate::application::{self, Application, Setup};

pub(crate) async fn set(application: &Application, statement: &'static str) {
    sqlx::query(statement)
        .execute(&application.database.maintenance)
        .await
        .unwrap();
}

/// The problem, or the status alone where it is none.
async fn outcome(application: &Application, method: &str, path: &str) -> (u16, String) {
    let request = application.request(method, path).body(Body::empty()).unwrap();
    let answer = application.send(request).await;
    if answer.status.is_success() {
        return (answer.status.as_u16(), String::new());
    }
    answer.problem()
}

const READS: [&str; 5] = ["", "/status", "/metadata", "/index", "/source"];
const CHANGES: [(&str, &str); 3] = [("POST", "/cancel"), ("POST", "/retry"), ("DELETE", "")];

#[tokio::test]
async fn a_read_only_user_reads_and_changes_nothing() {
    let application = application::application().await;
    set(&application, "UPDATE users SET role = 'read_only'").await;
    let document = format!("/api/documents/{}", Uuid::new_v4());
    assert_eq!(outcome(&application, "GET", "/api/documents").await.0, 200);
    for path in READS {
        let (status, code) = outcome(&application, "GET", &format!("{document}{path}")).await;
        assert_eq!((status, code.as_str()), (404, "document_not_found"), "{path}");
    }
    for (method, path) in CHANGES {
        let (status, code) = outcome(&application, method, &format!("{document}{path}")).await;
        assert_eq!((status, code.as_str()), (403, "forbidden"), "{method} {path}");
    }
    let upload = application
        .upload(&[], &[("name=\"file\"; filename=\"a.txt\"", b"words")])
        .await;
    assert_eq!(upload.problem(), (403, "forbidden".into()));
}

#[tokio::test]
async fn a_key_permits_what_it_was_made_for_and_no_more() {
    let application = application::application().await;
    set(&application, "UPDATE api_keys SET scopes = '{documents:write}'").await;
    let (status, code) = outcome(&application, "GET", "/api/documents").await;
    assert_eq!((status, code.as_str()), (403, "forbidden"));
    let document = format!("/api/documents/{}", Uuid::new_v4());
    let (status, code) = outcome(&application, "DELETE", &document).await;
    assert_eq!((status, code.as_str()), (404, "document_not_found"));
}

/// A key of an administrator of the tenant.
pub(crate) async fn administrator(application: &Application) -> (Uuid, String) {
    let user = application::user(&application.database, application.tenant, Role::Admin).await;
    let scopes = Role::Admin.scopes();
    let key = application::key(&application.database, application.tenant, user, scopes).await;
    (user, key)
}

/// What is looked up is believed for a tenth of a second.
pub(crate) async fn impatient() -> Application {
    application::with(Setup {
        identity: Settings {
            believed_for: Duration::from_millis(100),
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await
}

#[tokio::test]
async fn an_account_says_who_you_are_and_what_you_have() {
    let application = application::application().await;
    set(
        &application,
        "UPDATE tenants SET max_documents = 9, max_requests_per_second = 1000",
    )
    .await;
    application.document().await;
    let account = application.get("/api/account").await.json();
    assert_eq!(
        account["tenant"],
        json!({ "id": application.tenant, "name": "one" })
    );
    assert_eq!(
        account["user"],
        json!({ "id": application.user, "name": "user", "role": "member" })
    );
    assert_eq!(account["scopes"], json!(["documents:read", "documents:write"]));
    assert_eq!(account["quotas"]["max_documents"], 9);
    assert_eq!(account["quotas"]["max_requests_per_second"], 1000);
    assert_eq!(account["usage"]["documents"], 1);
}

#[tokio::test]
async fn a_tenant_that_sends_too_much_is_told_when_to_come_again_and_no_other_is() {
    let application = application::application().await;
    let (_, _, other) = application::tenant(&application.database, "two").await;
    set(
        &application,
        "UPDATE tenants SET max_requests_per_second = 5 WHERE name = 'one'",
    )
    .await;
    let mut refused = None;
    for _ in 0..100 {
        let answer = application.get("/api/session").await;
        assert_eq!(answer.headers["ratelimit-policy"], "\"requests\";q=5;w=1");
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status, 200);
    }
    let refused = refused.expect("100 requests at once are more than 5 a second");
    assert_eq!(refused.problem(), (429, "rate_limited".into()));
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(refused.headers["ratelimit"], "\"requests\";r=0;t=1");
    for _ in 0..20 {
        let answer = application.get_as(&other, "/api/session").await;
        assert_eq!(answer.status, 200);
        assert!(!answer.headers.contains_key("ratelimit"));
    }
    application::until("the next second", async || {
        application.get("/api/session").await.status == 200
    })
    .await;
}

/// How often Postgres was asked who a key belongs to. No request may come after.
async fn look_ups(application: &Application) -> i64 {
    application.database.api.close().await;
    let mut administrator = crate::databases::administrator(&application.database.name).await;
    let connected = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'socrate_api'";
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    while sqlx::query_scalar::<_, i64>(connected)
        .fetch_one(&mut administrator)
        .await
        .unwrap()
        > 0
    {
        ticks.tick().await;
    }
    let calls = "SELECT calls FROM pg_stat_user_functions WHERE funcname = 'identify_key'";
    sqlx::query_scalar(calls)
        .fetch_one(&mut administrator)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_key_is_looked_up_once_however_many_ask_at_once() {
    let application = application::application().await;
    let mut administrator = crate::databases::administrator("postgres").await;
    let statement = format!(
        "ALTER DATABASE {} SET track_functions = 'all'",
        application.database.name
    );
    crate::databases::execute(&mut administrator, statement).await;
    let unknown = ApiKey::generate().unwrap();
    for (key, status) in [(application.key.as_str(), 200), (unknown.expose(), 401)].repeat(2) {
        let asking = (0..200).map(|_| application.get_as(key, "/api/session"));
        let answers = futures::future::join_all(asking).await;
        assert!(answers.iter().all(|answer| answer.status == status));
    }
    assert_eq!(
        look_ups(&application).await,
        2,
        "one for each key, the unknown one too"
    );
}

#[tokio::test]
async fn a_flood_of_made_up_keys_hinders_nobody_who_is_known() {
    let application = impatient().await;
    assert_eq!(application.get("/api/documents").await.status, 200);
    let flood = async {
        let asking = (0..3000).map(|_| async {
            let key = ApiKey::generate().unwrap();
            application
                .get_as(key.expose(), "/api/session")
                .await
                .status
                .as_u16()
        });
        futures::future::join_all(asking).await
    };
    let mut answered = 0;
    let asking = async {
        loop {
            // Looked up again and again: it is remembered for a tenth of a second only.
            let status = application.get("/api/documents").await.status;
            assert_eq!(status, 200);
            answered += 1;
        }
    };
    let statuses = tokio::select! {
        statuses = flood => statuses,
        () = asking => unreachable!("it never ends"),
    };
    assert!(answered > 0, "nobody who is known was answered meanwhile");
    assert!(
        statuses.iter().all(|status| [401, 429].contains(status)),
        "{statuses:?}"
    );
    assert!(statuses.contains(&429), "what waits is bounded");
}
