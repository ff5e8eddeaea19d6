//! Sessions of the dashboard.

use api::clock::Clock;
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::json;

use crate::{
    application,
    identity::{impatient, set},
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
