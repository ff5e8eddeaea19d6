//! Webhooks as administrators make, change and delete them, and how they go.

use api::{
    clock::Clock,
    identity::{audit::Actor, tenants},
    live::changes,
    webhooks::{event::EventType, removal},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    application::{self, Answer},
    databases,
    documents::insert,
    receivers::{Hooked, Receiver, administrator},
};

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.bytes).into_owned()
}

#[tokio::test]
async fn a_webhook_is_made_shown_changed_and_deleted_and_its_secret_is_shown_once() {
    let application = application::application().await;
    let admin = administrator(&application, application.tenant).await;
    let ask =
        async |method: &str, path: &str, body: Value| application.json_as(&admin, method, path, &body).await;
    let made = ask(
        "POST",
        "/api/webhooks",
        json!({ "url": "https://hooks.example.com/a?token=t" }),
    )
    .await;
    assert_eq!(made.status, 201);
    assert_eq!(made.headers["cache-control"], "no-store");
    let (secret, webhook) = (
        made.json()["secret"].as_str().unwrap().to_owned(),
        made.json()["webhook"].clone(),
    );
    assert!(secret.starts_with("whsec_") && secret.len() == 6 + 44, "{secret}");
    let events = [
        "document.created",
        "document.ready",
        "document.failed",
        "document.cancelled",
        "document.deleted",
    ];
    assert_eq!(webhook["events"], json!(events));
    assert_eq!(
        (&webhook["enabled"], &webhook["description"]),
        (&json!(true), &json!(""))
    );

    let path = format!("/api/webhooks/{}", webhook["id"].as_str().unwrap());
    assert_eq!(ask("GET", &path, json!(null)).await.json(), webhook);
    let listed = ask("GET", "/api/webhooks", json!(null)).await;
    assert_eq!(listed.json()["webhooks"], json!([webhook]));

    let wanted = json!({ "url": "https://other.example.com", "events": ["document.ready"], "description": "Suche", "enabled": false });
    let changed = ask("PATCH", &path, wanted).await.json();
    assert_eq!(changed["url"], "https://other.example.com/");
    assert_eq!(changed["events"], json!(["document.ready"]));
    assert_eq!(
        (&changed["description"], &changed["enabled"]),
        (&json!("Suche"), &json!(false))
    );
    assert_eq!(changed["disabled_reason"], "requested");
    // What is left out stays.
    let again = ask("PATCH", &path, json!({ "enabled": true })).await.json();
    assert_eq!(
        (&again["description"], &again["url"]),
        (&changed["description"], &changed["url"])
    );
    assert_eq!(
        (&again["disabled_reason"], &again["disabled_at"]),
        (&json!(null), &json!(null))
    );

    let rotated = ask("POST", &format!("{path}/secret"), json!({ "overlap_hours": 0 })).await;
    let new_secret = rotated.json()["secret"].as_str().unwrap().to_owned();
    assert_ne!(new_secret, secret);
    for asked in [
        "/api/webhooks".to_owned(),
        path.clone(),
        format!("{path}/deliveries"),
        "/api/audit".to_owned(),
    ] {
        let shown = text(&ask("GET", &asked, json!(null)).await);
        for hidden in [&secret[6..], &new_secret[6..]] {
            assert!(!shown.contains(hidden), "{asked}");
        }
    }
    assert_eq!(ask("DELETE", &path, json!(null)).await.status, 204);
    assert_eq!(
        ask("GET", &path, json!(null)).await.problem(),
        (404, "webhook_not_found".into())
    );
    for table in ["webhooks", "webhook_secrets", "webhook_deliveries"] {
        assert_eq!(application.count(table).await, 0, "{table}");
    }
    let audit = ask("GET", "/api/audit", json!(null)).await.json();
    let mut actions: Vec<&str> = audit["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    actions.sort_unstable();
    assert_eq!(
        actions,
        [
            "webhook.changed",
            "webhook.changed",
            "webhook.created",
            "webhook.deleted",
            "webhook.secret_rotated"
        ]
    );
    // A URL may hold a secret of the receiver's.
    assert!(!audit.to_string().contains("token"), "{audit}");
}

#[tokio::test]
async fn what_is_no_webhook_is_refused_with_the_reason() {
    let application = application::application().await;
    let admin = administrator(&application, application.tenant).await;
    let refused = async |body: Value| {
        let answer = application.json_as(&admin, "POST", "/api/webhooks", &body).await;
        (answer.problem().1, text(&answer))
    };
    for (body, code, words) in [
        (
            json!({ "url": "http://hooks.example.com/" }),
            "invalid_webhook_url",
            "https://",
        ),
        (
            json!({ "url": "https://127.0.0.1/" }),
            "invalid_webhook_url",
            "public",
        ),
        (
            json!({ "url": "https://localhost/" }),
            "invalid_webhook_url",
            "localhost",
        ),
        (
            json!({ "url": "https://a:b@hooks.example.com/" }),
            "invalid_webhook_url",
            "password",
        ),
        (
            json!({ "url": "https://hooks.example.com:22/" }),
            "invalid_webhook_url",
            "22",
        ),
        (json!({ "url": "nonsense" }), "invalid_webhook_url", "URL"),
        (
            json!({ "url": "https://1.1.1.1/", "events": [] }),
            "no_event",
            "event",
        ),
        (
            json!({ "url": "https://1.1.1.1/", "events": ["document.updated"] }),
            "invalid_body",
            "document.updated",
        ),
        (
            json!({ "url": "https://1.1.1.1/", "description": "a\nb" }),
            "invalid_description",
            "description",
        ),
        (
            json!({ "url": "https://1.1.1.1/", "secret": "whsec_x" }),
            "invalid_body",
            "secret",
        ),
    ] {
        let (found, message) = refused(body.clone()).await;
        assert_eq!(found, code, "{body}");
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn a_tenant_has_so_many_webhooks_and_what_cannot_be_done_with_one_is_refused() {
    let application = application::application().await;
    let admin = administrator(&application, application.tenant).await;
    let ask =
        async |method: &str, path: &str, body: Value| application.json_as(&admin, method, path, &body).await;
    let refused = async |method: &str, path: &str, body: Value| ask(method, path, body).await.problem();
    let good = json!({ "url": "https://1.1.1.1/" });
    for _ in 0..20 {
        assert_eq!(ask("POST", "/api/webhooks", good.clone()).await.status, 201);
    }
    assert_eq!(
        refused("POST", "/api/webhooks", good).await,
        (409, "too_many_webhooks".into())
    );
    let listed = ask("GET", "/api/webhooks?limit=1", json!(null)).await.json();
    assert!(listed["next_cursor"].is_string());
    let path = format!("/api/webhooks/{}", listed["webhooks"][0]["id"].as_str().unwrap());
    ask("PATCH", &path, json!({ "enabled": false })).await;
    let nothing = Uuid::new_v4();
    let (since, none) = (json!({ "since": "2026-01-01T00:00:00Z" }), json!(null));
    for (method, path, body, status, code) in [
        (
            "POST",
            format!("{path}/secret"),
            json!({ "overlap_hours": 169 }),
            422,
            "invalid_overlap",
        ),
        (
            "PATCH",
            path.clone(),
            json!({ "url": "https://10.0.0.1/" }),
            422,
            "invalid_webhook_url",
        ),
        ("PATCH", path.clone(), json!({ "events": [] }), 422, "no_event"),
        (
            "GET",
            format!("{path}/deliveries?status=lost"),
            none.clone(),
            422,
            "invalid_query",
        ),
        (
            "POST",
            format!("{path}/replay"),
            json!({ "since": "yesterday" }),
            422,
            "invalid_body",
        ),
        ("POST", format!("{path}/replay"), since, 409, "webhook_disabled"),
        (
            "POST",
            format!("{path}/test"),
            none.clone(),
            409,
            "webhook_disabled",
        ),
        (
            "GET",
            format!("{path}/deliveries/{nothing}"),
            none.clone(),
            404,
            "delivery_not_found",
        ),
        (
            "GET",
            format!("/api/webhooks/{nothing}/deliveries/{nothing}"),
            none.clone(),
            404,
            "delivery_not_found",
        ),
        (
            "GET",
            format!("/api/webhooks/{nothing}/deliveries"),
            none.clone(),
            404,
            "webhook_not_found",
        ),
        (
            "GET",
            "/api/webhooks/nothing".to_owned(),
            none.clone(),
            404,
            "webhook_not_found",
        ),
    ] {
        assert_eq!(
            refused(method, &path, body).await,
            (status, code.to_owned()),
            "{method} {path}"
        );
    }
}

/// What receivers are sent is described as what they may be sent, under the names of its parts.
#[test]
fn the_description_has_what_receivers_are_asked() {
    let description = serde_json::to_value(api::http::router::openapi()).unwrap();
    let webhooks = description["webhooks"].as_object().unwrap();
    let names: Vec<&str> = webhooks.keys().map(String::as_str).collect();
    let mut expected = EventType::ALL.map(EventType::as_str).to_vec();
    expected.push("webhook.test");
    expected.sort_unstable();
    assert_eq!(names, expected);
    for (name, item) in webhooks {
        let headers: Vec<&str> = item["post"]["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|header| header["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            headers,
            ["webhook-id", "webhook-timestamp", "webhook-signature"],
            "{name}"
        );
        let schema = &item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let schema = schema
            .as_str()
            .unwrap()
            .strip_prefix("#/components/schemas/")
            .unwrap();
        let properties = description["components"]["schemas"][schema]["properties"]
            .as_object()
            .unwrap();
        let mut parts: Vec<&str> = properties.keys().map(String::as_str).collect();
        parts.sort_unstable();
        assert_eq!(parts, ["data", "timestamp", "type"], "{name}");
    }
}

#[tokio::test]
async fn the_api_cannot_read_a_secret_nor_the_dispatcher_a_document() {
    let hooked = Hooked::new().await;
    hooked.hook("http://127.0.0.1:1024/").await;
    let database = &hooked.application.database;
    for (pool, refused) in [
        (&database.api, "SELECT secret FROM webhook_secrets"),
        (&database.api, "UPDATE webhook_secrets SET secret = '\\x00'"),
        (&database.dispatcher, "SELECT id FROM documents"),
        (&database.dispatcher, "SELECT hash FROM api_keys"),
        (&database.dispatcher, "SELECT name FROM tenants"),
        (
            &database.dispatcher,
            "UPDATE webhooks SET url = 'https://evil.example'",
        ),
        (&database.dispatcher, "UPDATE webhook_deliveries SET body = '{}'"),
        (&database.dispatcher, "DELETE FROM webhook_deliveries"),
        (&database.dispatcher, "INSERT INTO changes SELECT * FROM changes"),
    ] {
        let error = sqlx::query(refused).execute(pool).await.unwrap_err();
        let code = error
            .as_database_error()
            .and_then(|error| error.code().map(String::from));
        assert_eq!(code.as_deref(), Some("42501"), "{refused}: {error}");
    }
    let secrets: i64 = sqlx::query_scalar("SELECT count(secret) FROM webhook_secrets")
        .fetch_one(&database.dispatcher)
        .await
        .unwrap();
    assert_eq!(secrets, 1);
}

#[tokio::test]
async fn a_tenant_that_is_deleted_takes_all_of_it_along_and_is_told_nothing_more() {
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    hooked.hook(&receiver.url()).await;
    application.document().await;
    hooked.settle(1).await;
    assert_eq!(receiver.received().len(), 1);
    application.document().await;
    let database = &application.database.maintenance;
    tenants::delete(
        database,
        &Actor::command(),
        application.tenant,
        Clock::system().now(),
    )
    .await
    .unwrap();
    hooked.settle(2).await;
    assert_eq!(receiver.received().len(), 1);
    application.sweep_at(Clock::system()).await;
    for table in [
        "webhooks",
        "deleted_webhooks",
        "webhook_secrets",
        "webhook_deliveries",
        "webhook_attempts",
    ] {
        assert_eq!(application.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn what_is_still_to_be_told_outlives_the_cleanup_of_changes() {
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    let hook = hooked.hook(&receiver.url()).await;
    let (other, user, _) = application::tenant(&application.database, "without a webhook").await;
    application.document().await;
    insert(
        &application.database.api,
        &crate::documents::document(other, user),
    )
    .await;
    let maintenance = &application.database.maintenance;
    let later = Clock::system().now() + SignedDuration::from_hours(7);
    changes::forget(maintenance, later).await.unwrap();
    let kept: Vec<Uuid> = sqlx::query_scalar("SELECT tenant_id FROM changes")
        .fetch_all(maintenance)
        .await
        .unwrap();
    assert_eq!(kept, [application.tenant]);
    hooked.settle(7 * 3600).await;
    assert_eq!(receiver.received().len(), 1);
    changes::forget(maintenance, later).await.unwrap();
    assert_eq!(application.count("changes").await, 0);
    // One that is disabled is told nothing, and nothing is kept for it.
    hooked
        .ask(
            "PATCH",
            &format!("/api/webhooks/{}", hook.id),
            json!({ "enabled": false }),
        )
        .await;
    application.document().await;
    changes::forget(maintenance, later).await.unwrap();
    assert_eq!(application.count("changes").await, 0);
}

#[tokio::test]
async fn cleanup_removes_what_has_ended_and_leaves_what_has_not() {
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    let hook = hooked.hook(&receiver.url()).await;
    let dead = hooked.hook("http://127.0.0.1:1024/").await;
    application.document().await;
    hooked.settle(1).await;
    hooked
        .ask(
            "POST",
            &format!("/api/webhooks/{}/secret", hook.id),
            json!({ "overlap_hours": 1 }),
        )
        .await;
    let maintenance = &application.database.maintenance;
    let hours = |hours| hooked.began + SignedDuration::from_hours(hours);
    assert_eq!(removal::remove_ended(maintenance, hours(-1)).await.unwrap(), 0);
    assert_eq!(removal::count_ended(maintenance, hours(2)).await.unwrap(), 1);
    assert_eq!(removal::remove_ended(maintenance, hours(2)).await.unwrap(), 1);
    assert_eq!(hooked.deliveries(&hook).await, Vec::<Value>::new());
    let pending = hooked.deliveries(&dead).await;
    assert_eq!((pending.len(), &pending[0]["status"]), (1, &json!("pending")));
    assert_eq!(application.count("webhook_attempts").await, 1);
    assert_eq!(
        application.count("webhook_secrets").await,
        2,
        "of each webhook the newest"
    );
}

#[tokio::test]
async fn monitoring_sees_deliveries_without_what_is_sent() {
    let hooked = Hooked::new().await;
    hooked.hook("http://127.0.0.1:1024/path?token=secret").await;
    hooked.application.document().await;
    hooked.settle(1).await;
    let pool = databases::pool("socrate_monitoring", &hooked.application.database.name);
    let stuck: Vec<(String, i32, String)> = sqlx::query_as(
        "SELECT host, attempts, error FROM webhook_deliveries JOIN webhooks ON webhooks.id = webhook_id WHERE status = 'pending'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(stuck.len(), 1);
    assert!(stuck[0].1 == 1 && stuck[0].2.contains("refused"), "{stuck:?}");
    assert_eq!(stuck[0].0, "127.0.0.1:1024");
    for refused in ["SELECT body FROM webhook_deliveries", "SELECT url FROM webhooks"] {
        assert!(sqlx::query(refused).execute(&pool).await.is_err(), "{refused}");
    }
}
