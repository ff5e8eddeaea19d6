//! Keys over HTTP.

use api::identity::role::Role;
use serde_json::json;
use uuid::Uuid;

use crate::{
    application,
    identity::{administrator, impatient},
};

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
