//! Users and the audit log over HTTP.

use api::identity::role::Role;
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    application, databases,
    identity::{administrator, impatient},
};

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
    let entries = application.count("audit_log").await;
    for nothing in [json!({}), json!({ "name": null })] {
        let unchanged = change(&own, nothing).await;
        assert_eq!(
            (unchanged.status.as_u16(), &unchanged.json()["name"]),
            (200, &json!("Me"))
        );
    }
    assert_eq!(application.count("audit_log").await, entries);
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
        let pool = databases::pool(role, &application.database.name);
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
