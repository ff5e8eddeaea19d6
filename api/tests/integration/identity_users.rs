//! Users and the audit log over HTTP.

use std::time::Duration;

use api::identity::{authenticator::Settings, role::Role};
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    application::{self, Answer, Application, Setup},
    databases,
    identity::{administrator, impatient},
    routes::Things,
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

/// What is looked up is believed for longer than a test takes.
async fn believing() -> Application {
    application::with(Setup {
        cluster_url: application::cluster(application::takes).await,
        identity: Settings {
            believed_for: Duration::from_hours(1),
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await
}

/// Asks for the deletion of a user.
async fn delete(application: &Application, bearer: &str, user: Uuid) -> Answer {
    let path = format!("/api/users/{user}");
    application.json_as(bearer, "DELETE", &path, &json!(null)).await
}

/// The problem, or the status alone where it is none.
fn outcome(answer: &Answer) -> (u16, String) {
    if answer.status.is_success() {
        return (answer.status.as_u16(), String::new());
    }
    answer.problem()
}

#[tokio::test]
async fn a_deleted_user_is_nobody_and_what_they_brought_and_did_stays() {
    let application = impatient().await;
    let (own, admin) = administrator(&application).await;
    let document = application.document().await;
    let upload = Things::of(&application).await.upload;
    let begun = application
        .json_as(&application.key, "POST", "/api/session", &json!(null))
        .await;
    assert_eq!(begun.status, 201);
    let cookie = begun.headers[header::SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let with_cookie = async || {
        let request = Request::builder().uri("/api/session").header("cookie", &cookie);
        let answer = application.send(request.body(Body::empty()).unwrap()).await;
        answer.status.as_u16()
    };
    assert_eq!(with_cookie().await, 200);

    assert_eq!(delete(&application, &admin, application.user).await.status, 204);
    application::until("the end of the key", async || {
        application.get("/api/documents").await.status == 401
    })
    .await;
    application::until("the end of the session", async || with_cookie().await == 401).await;
    for table in ["api_keys", "sessions", "users"] {
        let of_them = if table == "users" { "id" } else { "user_id" };
        let left = format!("{table} WHERE {of_them} = '{}'", application.user);
        assert_eq!(application.count(&left).await, 0, "{left}");
    }
    // What they brought is the tenant's, and goes on.
    for table in ["documents", "uploads"] {
        let id = if table == "documents" { document.id } else { upload };
        let kept = format!("{table} WHERE id = '{id}' AND user_id = '{}'", application.user);
        assert_eq!(application.count(&kept).await, 1, "{kept}");
    }
    let path = format!("/api/documents/{}", document.id);
    assert_eq!(application.get_as(&admin, &path).await.status, 200);
    // What they did, and what was done to them, is known.
    let entries = application.get_as(&admin, "/api/audit").await.json();
    let newest = &entries["entries"][0];
    assert_eq!(
        (&newest["action"], &newest["target"], &newest["actor_id"]),
        (&json!("user.deleted"), &json!(application.user), &json!(own))
    );
    assert_eq!(newest["details"], json!({ "name": "user", "role": "member" }));
    let theirs = format!(
        "audit_log WHERE action = 'session.begun' AND actor_id = '{}'",
        application.user
    );
    assert!(application.count(&theirs).await > 0);

    for unknown in [application.user, Uuid::new_v4()] {
        assert_eq!(
            delete(&application, &admin, unknown).await.problem(),
            (404, "user_not_found".into())
        );
    }
    assert_eq!(
        delete(&application, &admin, own).await.problem(),
        (409, "own_user".into())
    );
}

#[tokio::test]
async fn whoever_was_deleted_a_moment_ago_begins_nothing_that_fails_in_its_middle() {
    let application = believing().await;
    let (_, admin) = administrator(&application).await;
    assert_eq!(application.get("/api/session").await.status, 200);
    assert_eq!(delete(&application, &admin, application.user).await.status, 204);
    let key = application.key.as_str();
    for (path, body) in [
        ("/api/session", json!(null)),
        ("/api/keys", json!({ "name": "x" })),
    ] {
        let answer = application.json_as(key, "POST", path, &body).await;
        assert_eq!(answer.problem(), (401, "unauthorized".into()), "{path}");
    }
    // As with a key that was revoked a moment ago, it is the tenant's document.
    let part = ("name=\"file\"; filename=\"a.txt\"", b"words".as_slice());
    assert_eq!(application.upload(&[], &[part]).await.status, 202);
}

#[tokio::test]
async fn somebody_is_left_who_administers() {
    let application = believing().await;
    let (first, first_key) = administrator(&application).await;
    let (second, second_key) = administrator(&application).await;
    for key in [&first_key, &second_key] {
        assert_eq!(application.get_as(key, "/api/users").await.status, 200);
    }
    sqlx::query("UPDATE users SET disabled_at = now() WHERE id = $1")
        .bind(second)
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    let path = format!("/api/users/{first}");
    let last = (409, "last_administrator".to_owned());
    for change in [
        json!({ "disabled": true }),
        json!({ "role": "member" }),
        json!({ "role": "read_only", "disabled": false }),
    ] {
        let answer = application.json_as(&second_key, "PATCH", &path, &change).await;
        assert_eq!(answer.problem(), last, "{change}");
    }
    assert_eq!(delete(&application, &second_key, first).await.problem(), last);
    // What leaves them an administrator is no harm.
    for change in [
        json!({ "role": "admin", "disabled": false }),
        json!({ "name": "A." }),
    ] {
        let answer = application.json_as(&second_key, "PATCH", &path, &change).await;
        assert_eq!(answer.status, 200, "{change}");
    }
    // Nor is it to delete who does not administer, or is not let in.
    assert_eq!(
        delete(&application, &first_key, application.user).await.status,
        204
    );
    assert_eq!(delete(&application, &first_key, second).await.status, 204);
}

#[tokio::test]
async fn of_two_administrators_who_delete_each_other_at_once_one_is_left() {
    let application = believing().await;
    for _ in 0..10 {
        let (first, first_key) = administrator(&application).await;
        let (second, second_key) = administrator(&application).await;
        for key in [&first_key, &second_key] {
            assert_eq!(application.get_as(key, "/api/users").await.status, 200);
        }
        let (one, other) = tokio::join!(
            delete(&application, &first_key, second),
            delete(&application, &second_key, first)
        );
        let mut outcomes = [outcome(&one), outcome(&other)];
        outcomes.sort();
        assert_eq!(
            outcomes,
            [(204, String::new()), (409, "last_administrator".to_owned())]
        );
        assert_eq!(application.count("users WHERE role = 'admin'").await, 1);
        sqlx::query("UPDATE users SET role = 'member'")
            .execute(&application.database.maintenance)
            .await
            .unwrap();
    }
}
