//! Sessions of the dashboard.

use api::{clock::Clock, identity::role::Role};
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use crate::{
    application::{self, Answer, Application},
    identity::{administrator, impatient, set},
};

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

/// Signs in with a key; answers the cookie.
async fn sign_in(application: &Application, key: &str) -> String {
    let begun = application
        .json_as(key, "POST", "/api/session", &json!(null))
        .await;
    assert_eq!(begun.status, 201);
    let cookie = begun.headers[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Asks as a page of the site does.
async fn with_cookie(application: &Application, method: &str, path: &str, cookie: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("cookie", cookie)
        .header("sec-fetch-site", "same-origin");
    application.send(request.body(Body::empty()).unwrap()).await
}

fn sessions(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200);
    answer.json()["sessions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn everybody_sees_and_ends_their_own_sessions_and_an_administrator_all_of_the_tenant() {
    let application = impatient().await;
    let (_, admin) = administrator(&application).await;
    let reader = application::user(&application.database, application.tenant, Role::ReadOnly).await;
    let scopes = Role::ReadOnly.scopes();
    let reader_key = application::key(&application.database, application.tenant, reader, scopes).await;
    let (other, other_user, other_key) = application::tenant(&application.database, "two").await;
    let others = sign_in(&application, &other_key).await;
    let member = sign_in(&application, &application.key).await;
    let reads = sign_in(&application, &reader_key).await;

    let listed = with_cookie(&application, "GET", "/api/sessions", &reads).await;
    let own = sessions(&listed);
    assert_eq!(own.len(), 1, "theirs and nobody else's");
    let own = &own[0];
    assert_eq!(
        (&own["user_id"], &own["current"], &own["scopes"]),
        (&json!(reader), &json!(true), &json!(["documents:read"]))
    );
    for time in ["created_at", "last_used_at", "expires_at"] {
        let time: Result<jiff::Timestamp, _> = own[time].as_str().unwrap().parse();
        assert!(time.is_ok(), "{own}");
    }
    let mut keys: Vec<&String> = own.as_object().unwrap().keys().collect();
    keys.sort();
    let expected = [
        "created_at",
        "current",
        "expires_at",
        "id",
        "last_used_at",
        "scopes",
        "user_id",
    ];
    assert_eq!(keys, expected, "neither the token nor its hash");

    let all = sessions(&application.get_as(&admin, "/api/sessions").await);
    let whose: Vec<&Value> = all.iter().map(|session| &session["user_id"]).collect();
    assert_eq!(
        whose,
        [&json!(reader), &json!(application.user)],
        "the newest first"
    );
    assert!(all.iter().all(|session| session["current"] == json!(false)));
    let first = application.get_as(&admin, "/api/sessions?limit=1").await.json();
    assert_eq!(first["sessions"][0]["user_id"], json!(reader));
    let next = format!(
        "/api/sessions?limit=1&cursor={}",
        first["next_cursor"].as_str().unwrap()
    );
    let second = application.get_as(&admin, &next).await.json();
    assert_eq!(second["sessions"][0]["user_id"], json!(application.user));
    assert!(second["next_cursor"].is_null());

    // Another's is as one that is not there, and stays.
    let of_member = format!("/api/sessions/{}", all[1]["id"].as_str().unwrap());
    let strangers = [&reads, &others];
    for cookie in strangers {
        let refused = with_cookie(&application, "DELETE", &of_member, cookie).await;
        assert_eq!(refused.problem(), (404, "session_not_found".into()));
    }
    assert_eq!(
        with_cookie(&application, "GET", "/api/session", &member)
            .await
            .status,
        200
    );
    let end =
        async |bearer: &str, path: &str| application.json_as(bearer, "DELETE", path, &json!(null)).await;
    assert_eq!(end(&admin, &of_member).await.status, 204);
    application::until("the end of the member's session", async || {
        let answer = with_cookie(&application, "GET", "/api/session", &member).await;
        answer.status == 401
    })
    .await;
    assert_eq!(
        end(&admin, &of_member).await.problem(),
        (404, "session_not_found".into())
    );
    // Their own, even of those who may only read.
    let of_reader = format!("/api/sessions/{}", own["id"].as_str().unwrap());
    assert_eq!(end(&reader_key, &of_reader).await.status, 204);
    application::until("the end of the reader's session", async || {
        let answer = with_cookie(&application, "GET", "/api/session", &reads).await;
        answer.status == 401
    })
    .await;
    assert_eq!(
        sessions(&application.get_as(&admin, "/api/sessions").await).len(),
        0
    );
    let theirs = sessions(&application.get_as(&other_key, "/api/sessions").await);
    assert_eq!((theirs.len(), &theirs[0]["user_id"]), (1, &json!(other_user)));

    let entries = application.get_as(&admin, "/api/audit").await.json();
    for (entry, path, user) in [(0, &of_reader, reader), (1, &of_member, application.user)] {
        let entry = &entries["entries"][entry];
        assert_eq!(entry["action"], json!("session.ended"));
        assert!(path.ends_with(entry["target"].as_str().unwrap()));
        assert_eq!(entry["details"], json!({ "user_id": user }));
    }
    let elsewhere = format!("audit_log WHERE tenant_id = '{other}' AND action = 'session.ended'");
    assert_eq!(application.count(&elsewhere).await, 0);
}

#[tokio::test]
async fn a_session_that_no_longer_holds_is_not_listed() {
    let application = application::application().await;
    for change in [
        "UPDATE sessions SET last_seen_at = now() - interval '9 hours'",
        "UPDATE sessions SET expires_at = now() - interval '1 second'",
        "UPDATE api_keys SET revoked_at = now()",
        "UPDATE api_keys SET expires_at = now() - interval '1 second'",
    ] {
        let user = application::user(&application.database, application.tenant, Role::Member).await;
        let scopes = Role::Member.scopes();
        let own = |_| application::key(&application.database, application.tenant, user, scopes);
        let (key, asking) = (own(1).await, own(2).await);
        sign_in(&application, &key).await;
        let listed = async || sessions(&application.get_as(&asking, "/api/sessions").await).len();
        assert_eq!(listed().await, 1);
        let of_this = if change.contains("api_keys") {
            format!("{change} WHERE prefix = '{}'", &key[3..15])
        } else {
            format!("{change} WHERE user_id = '{user}'")
        };
        sqlx::query(sqlx::AssertSqlSafe(of_this))
            .execute(&application.database.maintenance)
            .await
            .unwrap();
        assert_eq!(listed().await, 0, "{change}");
    }
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
    api::identity::clean_up(&application.database.maintenance, &application.app.store, now)
        .await
        .unwrap();
    assert_eq!(application.count("sessions").await, 0);
}
