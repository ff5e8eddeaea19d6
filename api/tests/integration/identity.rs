//! Who may do what: roles and scopes; keys, sessions, users and the audit log over HTTP.

use std::time::Duration;

use api::{
    clock::Clock,
    identity::{authenticator::Settings, key::ApiKey, role::Role},
};
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::json;
use uuid::Uuid;

use crate::application::{self, Application, Setup};

async fn set(application: &Application, statement: &'static str) {
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
async fn administrator(application: &Application) -> (Uuid, String) {
    let user = application::user(&application.database, application.tenant, Role::Admin).await;
    let scopes = Role::Admin.scopes();
    let key = application::key(&application.database, application.tenant, user, scopes).await;
    (user, key)
}

/// What is looked up is believed for a tenth of a second.
async fn impatient() -> Application {
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
async fn a_key_is_shown_once_listed_and_revoked() {
    let application = impatient().await;
    let body = json!({ "name": " backup ", "scopes": ["documents:read"], "expires_in_days": 7 });
    let made = application
        .json_as(&application.key, "POST", "/api/keys", &body)
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(made.headers["cache-control"], "no-store");
    let made = made.json();
    let key = made["key"].as_str().unwrap();
    assert_eq!(made["scopes"], json!(["documents:read"]));
    assert_eq!(application.get_as(key, "/api/documents").await.status, 200);
    assert_eq!(
        application
            .json_as(key, "POST", "/api/keys", &body)
            .await
            .problem(),
        (403, "forbidden".into())
    );
    let used = async || {
        let listed = application.get("/api/keys").await;
        let text = String::from_utf8_lossy(&listed.bytes).into_owned();
        assert!(!text.contains(&key[16..]), "a key is shown once");
        let keys = listed.json()["keys"].as_array().unwrap().clone();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[0]["name"], "backup");
        assert_eq!(keys[0]["prefix"], key[3..15]);
        keys.iter().all(|key| key["last_used_at"].is_string())
    };
    application::until("the last use of both keys", used).await;

    let path = format!("/api/keys/{}", made["id"].as_str().unwrap());
    for _ in 0..2 {
        let answer = application
            .json_as(&application.key, "DELETE", &path, &json!(null))
            .await;
        assert_eq!(answer.status, 204);
    }
    application::until("the end of the key", async || {
        application.get_as(key, "/api/documents").await.status == 401
    })
    .await;
    assert_eq!(
        application.count("audit_log WHERE action = 'key.created'").await,
        1
    );
    assert_eq!(
        application.count("audit_log WHERE action = 'key.revoked'").await,
        1
    );
}

#[tokio::test]
async fn only_an_administrator_makes_sees_and_revokes_the_keys_of_others() {
    let application = application::application().await;
    let (_, admin) = administrator(&application).await;
    let others = application::user(&application.database, application.tenant, Role::ReadOnly).await;
    let body = json!({ "name": "theirs", "user_id": others });
    let refused = application
        .json_as(&application.key, "POST", "/api/keys", &body)
        .await;
    assert_eq!(refused.problem(), (403, "forbidden".into()));
    let made = application
        .json_as(&admin, "POST", "/api/keys", &body)
        .await
        .json();
    assert_eq!(made["scopes"], json!(["documents:read"]));
    let count = async |key: &str| {
        let listed = application.get_as(key, "/api/keys").await.json();
        listed["keys"].as_array().unwrap().len()
    };
    assert_eq!(count(&application.key).await, 1);
    assert_eq!(count(&admin).await, 3);
    let path = format!("/api/keys/{}", made["id"].as_str().unwrap());
    let refused = application
        .json_as(&application.key, "DELETE", &path, &json!(null))
        .await;
    assert_eq!(refused.problem(), (404, "key_not_found".into()));
    assert_eq!(
        application
            .json_as(&admin, "DELETE", &path, &json!(null))
            .await
            .status,
        204
    );

    let body = json!({ "name": "x", "user_id": Uuid::new_v4() });
    let unknown = application.json_as(&admin, "POST", "/api/keys", &body).await;
    assert_eq!(unknown.problem(), (404, "user_not_found".into()));
}

#[tokio::test]
async fn what_is_wrong_with_a_new_key_is_said() {
    let application = application::application().await;
    for (body, status, code) in [
        (
            json!({ "name": "x", "scopes": ["admin"] }),
            403,
            "scopes_exceeded",
        ),
        (json!({ "name": "x", "scopes": [] }), 422, "no_scope"),
        (
            json!({ "name": "x", "scopes": ["everything"] }),
            422,
            "invalid_body",
        ),
        (
            json!({ "name": "x", "expires_in_days": 0 }),
            422,
            "invalid_expiry",
        ),
        (
            json!({ "name": "x", "expires_in_days": 4_000_000_000_u32 }),
            422,
            "invalid_expiry",
        ),
        (json!({ "name": "a\u{0}b" }), 422, "invalid_name"),
        (json!({ "name": "x", "admin": true }), 422, "invalid_body"),
        (json!({}), 422, "invalid_body"),
    ] {
        let answer = application
            .json_as(&application.key, "POST", "/api/keys", &body)
            .await;
        assert_eq!(answer.problem(), (status, code.into()), "{body}");
    }
    sqlx::query(
        "INSERT INTO api_keys (id, tenant_id, user_id, name, prefix, hash, created_at) SELECT gen_random_uuid(), $1, $2, 'x', \
         lpad(n::text, 12, '0'), sha256(n::text::bytea), now() FROM generate_series(1, 99) AS n",
    )
    .bind(application.tenant)
    .bind(application.user)
    .execute(&application.database.maintenance)
    .await
    .unwrap();
    let body = json!({ "name": "one too many" });
    let answer = application
        .json_as(&application.key, "POST", "/api/keys", &body)
        .await;
    assert_eq!(answer.problem(), (409, "too_many_keys".into()));
}

#[tokio::test]
async fn a_session_lasts_until_it_is_ended_or_its_key_is() {
    let application = impatient().await;
    let sign_in = async || {
        let answer = application
            .json_as(&application.key, "POST", "/api/session", &json!(null))
            .await;
        assert_eq!(answer.status, 201);
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
        for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(cookie.split("; ").any(|part| part == attribute), "{cookie}");
        }
        assert!(cookie.starts_with("__Host-socrate-session=ss_"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    };
    let ask = async |method: &str, cookie: &str| {
        let request = Request::builder()
            .method(method)
            .uri("/api/session")
            .header("cookie", cookie)
            .header("sec-fetch-site", "same-origin");
        application.send(request.body(Body::empty()).unwrap()).await
    };
    let (first, second) = (sign_in().await, sign_in().await);
    let who = ask("GET", &first).await.json();
    assert_eq!(
        (&who["method"], &who["user_id"]),
        (&json!("session"), &json!(application.user))
    );
    assert_eq!(
        ask("POST", &first).await.problem(),
        (409, "session_is_there".into())
    );
    let ended = ask("DELETE", &first).await;
    assert_eq!(ended.status, 204);
    assert!(
        ended.headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert_eq!(ask("GET", &first).await.problem().0, 401, "here at once");
    assert_eq!(ask("GET", &second).await.status, 200);
    let stored: Vec<u8> = sqlx::query_scalar("SELECT token_hash FROM sessions")
        .fetch_one(&application.database.maintenance)
        .await
        .unwrap();
    assert!(!second.contains(&api::identity::key::hexadecimal(&stored)));

    set(&application, "UPDATE api_keys SET revoked_at = now()").await;
    application::until("the end of the session", async || {
        ask("GET", &second).await.status == 401
    })
    .await;
    assert_eq!(
        application
            .count("audit_log WHERE action = 'session.begun'")
            .await,
        2
    );
    assert_eq!(
        application
            .count("audit_log WHERE action = 'session.ended'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_session_that_is_not_used_or_too_old_is_over() {
    let application = impatient().await;
    for change in [
        "last_seen_at = now() - interval '9 hours'",
        "expires_at = now() - interval '1 second'",
    ] {
        let begun = application
            .json_as(&application.key, "POST", "/api/session", &json!(null))
            .await;
        let cookie = begun.headers[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let ask = async || {
            let request = Request::builder().uri("/api/session").header("cookie", &cookie);
            application
                .send(request.body(Body::empty()).unwrap())
                .await
                .status
        };
        sqlx::query(sqlx::AssertSqlSafe(format!("UPDATE sessions SET {change}")))
            .execute(&application.database.maintenance)
            .await
            .unwrap();
        assert_eq!(ask().await, 401, "{change}");
    }
    let now = Clock::system().now();
    api::identity::clean_up(&application.database.maintenance, now)
        .await
        .unwrap();
    assert_eq!(application.count("sessions").await, 0);
}

#[tokio::test]
async fn an_administrator_adds_and_changes_users_and_keeps_their_own_role() {
    let application = impatient().await;
    let (own, admin) = administrator(&application).await;
    let body = json!({ "name": "Grace", "role": "read_only" });
    let added = application.json_as(&admin, "POST", "/api/users", &body).await;
    assert_eq!(added.status, 201);
    let added = added.json();
    let id: Uuid = added["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        (&added["name"], &added["role"]),
        (&json!("Grace"), &json!("read_only"))
    );
    let key = application::key(
        &application.database,
        application.tenant,
        id,
        Role::Member.scopes(),
    )
    .await;
    let path = format!("/api/users/{id}");
    let change = async |path: &str, body| application.json_as(&admin, "PATCH", path, &body).await;
    assert_eq!(application.get_as(&key, "/api/documents").await.status, 200);
    let promoted = change(&path, json!({ "role": "member", "name": "Grace H." }))
        .await
        .json();
    assert_eq!(
        (&promoted["name"], &promoted["role"]),
        (&json!("Grace H."), &json!("member"))
    );
    application::until("the new role", async || {
        let answer = application
            .json_as(&key, "POST", "/api/keys", &json!({ "name": "x" }))
            .await;
        answer.status == 201
    })
    .await;
    assert!(change(&path, json!({ "disabled": true })).await.json()["disabled_at"].is_string());
    application::until("the end of the user", async || {
        application.get_as(&key, "/api/documents").await.status == 401
    })
    .await;
    assert!(change(&path, json!({ "disabled": false })).await.json()["disabled_at"].is_null());

    let own = format!("/api/users/{own}");
    for own_change in [json!({ "role": "member" }), json!({ "disabled": true })] {
        assert_eq!(change(&own, own_change).await.problem(), (409, "own_user".into()));
    }
    assert_eq!(change(&own, json!({ "name": "Me" })).await.status, 200);
    assert_eq!(
        change(&own, json!({})).await.problem(),
        (422, "nothing_to_change".into())
    );
    assert_eq!(
        change(&path, json!({ "role": "owner" })).await.problem(),
        (422, "invalid_body".into())
    );
    let listed = application.get_as(&admin, "/api/users").await.json();
    assert_eq!(listed["users"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_audit_log_is_read_part_by_part_and_never_changed() {
    let application = application::application().await;
    let (own, admin) = administrator(&application).await;
    for n in 0..5 {
        let request = Request::builder()
            .method("POST")
            .uri("/api/users")
            .header(header::AUTHORIZATION, format!("Bearer {admin}"))
            .header("content-type", "application/json")
            .header("x-request-id", format!("request-{n}"));
        let body = json!({ "name": format!("user {n}") }).to_string();
        assert_eq!(
            application
                .send(request.body(Body::from(body)).unwrap())
                .await
                .status,
            201
        );
    }
    let (mut seen, mut path) = (Vec::new(), "/api/audit?limit=2".to_owned());
    loop {
        let part = application.get_as(&admin, &path).await.json();
        for entry in part["entries"].as_array().unwrap() {
            assert_eq!(
                (&entry["action"], &entry["method"]),
                (&json!("user.created"), &json!("api_key"))
            );
            assert_eq!(entry["actor_id"], json!(own));
            seen.push(entry["request_id"].as_str().unwrap().to_owned());
        }
        let Some(cursor) = part["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/audit?limit=2&cursor={cursor}");
    }
    let expected: Vec<String> = (0..5).rev().map(|n| format!("request-{n}")).collect();
    assert_eq!(seen, expected);
    for role in [
        "socrate_api",
        "socrate_maintenance",
        "socrate_mirror",
        "socrate_monitoring",
    ] {
        let pool = crate::databases::pool(role, &application.database.name);
        for statement in [
            "UPDATE audit_log SET action = 'x'",
            "DELETE FROM audit_log",
            "TRUNCATE audit_log",
        ] {
            let error = sqlx::query(statement).execute(&pool).await.unwrap_err();
            let code = error
                .as_database_error()
                .and_then(|error| error.code().map(Into::into));
            assert_eq!(code, Some("42501".to_owned()), "{role}: {statement}");
        }
    }
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
    for (key, status) in [(application.key.as_str(), 200), (unknown.expose(), 401)] {
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
    assert!(answered > 10, "{answered} requests were answered meanwhile");
    assert!(
        statuses.iter().all(|status| [401, 503].contains(status)),
        "{statuses:?}"
    );
    assert!(statuses.contains(&503), "what waits is bounded");
}
