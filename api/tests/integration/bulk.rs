//! Bulk actions: each document that matches has its turn once, whoever works on it and however often that ends in between.

use std::sync::atomic::{AtomicBool, Ordering};

use api::{bulk::worker::Worker, identity::role::Role};
use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    application::{self, Application, takes},
    documents::{document, insert},
};

impl Application {
    fn worker(&self) -> Worker {
        Worker::new(self.app.clone(), self.database.mirror.clone())
    }

    /// Makes so many documents of a tenant, in this queue.
    async fn queued(&self, (tenant, user): (Uuid, Uuid), queue: &str, count: usize) {
        for _ in 0..count {
            let mut document = document(tenant, user);
            queue.clone_into(&mut document.request.queue);
            insert(&self.database.api, &document).await;
        }
    }

    pub(crate) async fn begin_bulk(&self, body: Value) -> Value {
        let answer = self.json_as(&self.key, "POST", "/api/bulk-actions", &body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        let action = answer.json()["bulk_action"].clone();
        assert_eq!(
            answer.headers["location"],
            format!("/api/bulk-actions/{}", text(&action, "id"))
        );
        action
    }

    pub(crate) async fn action(&self, id: &str) -> Value {
        let answer = self.get(&format!("/api/bulk-actions/{id}")).await;
        answer.json()["bulk_action"].clone()
    }

    pub(crate) async fn work(&self) {
        let worker = self.worker();
        while worker.step().await.unwrap() {}
    }

    /// Works on, as if the time for which actions are left alone had passed.
    async fn go_on(&self) {
        self.execute("UPDATE bulk_actions SET held_until = now()").await;
        self.work().await;
    }

    async fn documents_in(&self, queue: &str) -> i64 {
        self.count(&format!("documents WHERE queue = '{queue}'")).await
    }
}

fn text<'value>(value: &'value Value, name: &str) -> &'value str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} of {value}"))
}

fn counts(action: &Value) -> (&str, [i64; 4]) {
    let count = |name: &str| action[name].as_i64().unwrap();
    (
        text(action, "state"),
        ["matched", "done", "skipped", "failed"].map(count),
    )
}

#[tokio::test]
async fn all_that_match_are_deleted_and_nothing_else() {
    let application = application::with_cluster(takes).await;
    let own = (application.tenant, application.user);
    application.queued(own, "old", 120).await;
    application.queued(own, "new", 3).await;
    let (tenant, user, key) = application::tenant(&application.database, "other").await;
    application.queued((tenant, user), "old", 2).await;

    let body = |dry_run: bool| json!({"action": "delete", "filter": {"queue": "old"}, "dry_run": dry_run});
    let answer = application
        .json_as(&application.key, "POST", "/api/bulk-actions", &body(true))
        .await;
    let matched = answer.json()["bulk_action"].clone();
    assert_eq!(
        (answer.status.as_u16(), &matched["id"], &matched["matched"]),
        (200, &Value::Null, &json!(120))
    );
    assert_eq!(application.count("bulk_actions").await, 0);

    let begun = application.begin_bulk(body(false)).await;
    application.queued(own, "later", 1).await; // Was not meant.
    application
        .execute("UPDATE documents SET queue = 'old', created_at = '2100-01-01' WHERE queue = 'later'")
        .await;
    application.work().await;
    let action = application.action(text(&begun, "id")).await;
    assert_eq!(counts(&action), ("completed", [120, 120, 0, 0]));
    assert!(action["finished_at"].is_string());
    assert_eq!(application.documents_in("old").await, 3);
    assert_eq!(application.documents_in("new").await, 3);
    let path = format!("/api/bulk-actions/{}", text(&begun, "id"));
    assert_eq!(
        application.get_as(&key, &path).await.problem(),
        (404, "bulk_action_not_found".to_owned())
    );
    let aborted = application
        .json_as(&key, "POST", &format!("{path}/abort"), &json!({}))
        .await;
    assert_eq!(aborted.status.as_u16(), 404);
    assert_eq!(
        application.get_as(&key, "/api/bulk-actions").await.json()["bulk_actions"],
        json!([])
    );
    let listed = application.get("/api/bulk-actions").await.json();
    assert_eq!(listed["bulk_actions"][0]["id"], begun["id"]);
    assert_eq!(
        application
            .count("audit_log WHERE action = 'document.deleted'")
            .await,
        120
    );
    assert_eq!(
        application
            .count("audit_log WHERE action = 'bulk_action.begun'")
            .await,
        1
    );
}

#[tokio::test]
async fn an_action_that_is_cut_off_again_and_again_gives_each_document_one_turn() {
    let application = application::with_cluster(takes).await;
    application
        .queued((application.tenant, application.user), "old", 200)
        .await;
    let begun = application
        .begin_bulk(json!({"action": "delete", "filter": {"queue": "old"}}))
        .await;
    let id = text(&begun, "id");
    let mut cuts = 0;
    for most in (10..150).step_by(7) {
        let dealt_with = async || {
            application
                .count("audit_log WHERE action = 'document.deleted'")
                .await
        };
        let worker = application.worker();
        tokio::select! {
            () = async { while worker.step().await.unwrap() {} } => {}
            () = application::until("some are done", async || dealt_with().await >= most) => cuts += 1,
        }
        // As if the time for which it is held had passed.
        application
            .execute("UPDATE bulk_actions SET held_until = now()")
            .await;
    }
    assert!(cuts >= 15, "{cuts}");
    let cut = application.action(id).await;
    let (state, [matched, done, ..]) = counts(&cut);
    assert_eq!((state, matched), ("running", 200));
    assert_eq!(200 - application.documents_in("old").await, done, "{cut}");

    let path = format!("/api/bulk-actions/{id}/abort");
    let aborted = application
        .json_as(&application.key, "POST", &path, &json!({}))
        .await
        .json();
    assert_eq!(counts(&aborted["bulk_action"]), ("aborted", [200, done, 0, 0]));
    application.work().await;
    assert_eq!(
        application.documents_in("old").await,
        200 - done,
        "nothing is done after it was aborted"
    );
    let again = application
        .json_as(&application.key, "POST", &path, &json!({}))
        .await
        .json();
    assert_eq!(again["bulk_action"], aborted["bulk_action"]);
    assert_eq!(
        application
            .count("audit_log WHERE action = 'document.deleted'")
            .await,
        done
    );
    assert_eq!(
        application
            .count("audit_log WHERE action = 'bulk_action.aborted'")
            .await,
        1
    );
}

#[tokio::test]
async fn two_workers_share_actions_and_an_action_is_worked_on_by_one() {
    let application = application::with_cluster(takes).await;
    let own = (application.tenant, application.user);
    for queue in ["a", "b", "c"] {
        application.queued(own, queue, 40).await;
        application
            .begin_bulk(json!({"action": "delete", "filter": {"queue": queue}}))
            .await;
    }
    tokio::join!(application.work(), application.work(), application.work());
    assert_eq!(
        application
            .count("bulk_actions WHERE state = 'completed' AND done = 40")
            .await,
        3
    );
    assert_eq!(
        application
            .count("audit_log WHERE action = 'document.deleted'")
            .await,
        120
    );
}

const FAILED: &str = "UPDATE documents SET status = 'failed', phase = 'Failed', error_reason = 'NoText', error_message = 'no text', processing_completed_at = now()";

#[tokio::test]
async fn retrying_leaves_out_what_has_not_failed_and_says_what_cannot_be() {
    let application = application::with_cluster(takes).await;
    let own = (application.tenant, application.user);
    application.queued(own, "a", 12).await;
    application.execute(FAILED).await;
    application
        .execute(
            "UPDATE documents SET origin = 'resource' WHERE id = (SELECT max(id::text)::uuid FROM documents)",
        )
        .await;
    application.queued(own, "a", 2).await;
    application.execute("UPDATE tenants SET max_in_flight = 10").await;
    let begun = application
        .begin_bulk(json!({"action": "retry", "filter": {"queue": "a"}}))
        .await;
    application.work().await;
    let action = application.action(text(&begun, "id")).await;
    let (state, [_, done, _, failed]) = counts(&action);
    assert_eq!(
        (state, done, failed),
        ("running", 8, 0),
        "two are in flight: {action}"
    );
    application
        .execute("UPDATE tenants SET max_in_flight = NULL, max_documents = 1")
        .await;
    application.go_on().await;
    let action = application.action(text(&begun, "id")).await;
    assert_eq!(counts(&action), ("completed", [14, 8, 3, 3]), "{action}");
    let failures = action["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 3);
    assert!(text(&failures[0], "message").contains("quota"), "{action}");
    let encoded_again = "documents WHERE status = 'processing' AND encoding_number = 2";
    assert_eq!(application.count(encoded_again).await, 8);
    let still_failed = "documents WHERE status = 'failed' AND error_reason = 'NoText'";
    assert_eq!(application.count(still_failed).await, 4);
}

#[tokio::test]
async fn cancelling_says_what_cannot_be_cancelled_and_goes_on() {
    let application = application::with_cluster(takes).await;
    let own = (application.tenant, application.user);
    application.queued(own, "a", 2).await;
    application.execute(FAILED).await;
    application.queued(own, "a", 3).await; // Which have had no resource for years.
    let begun = application
        .begin_bulk(json!({"action": "cancel", "filter": {"queue": "a"}}))
        .await;
    application.work().await;
    let action = application.action(text(&begun, "id")).await;
    assert_eq!(counts(&action), ("completed", [5, 0, 2, 3]), "{action}");
    assert!(
        text(&action["failures"][2], "message").contains("queued"),
        "{action}"
    );
}

#[tokio::test]
async fn a_cancellation_that_was_asked_for_before_a_crash_is_counted_once_it_is_seen() {
    const CANCELLED: &str = "UPDATE documents SET status = 'failed', phase = 'Cancelled', error_reason = 'Cancelled', \
         error_message = 'cancelled', processing_completed_at = now() WHERE id = (SELECT asked_for FROM bulk_actions WHERE id = ";
    for is_aborted in [false, true] {
        let application = application::with_cluster(takes).await;
        application
            .queued((application.tenant, application.user), "a", 3)
            .await;
        let body = json!({"action": "cancel", "filter": {"status": "processing"}});
        let begun = application.begin_bulk(body).await;
        let id = text(&begun, "id");
        // As where the process ends once the cluster has answered.
        let asked_for = "UPDATE bulk_actions SET asked_for_encoding = 1, asked_for = (SELECT id FROM documents ORDER BY created_at, id LIMIT 1)";
        application.execute(asked_for).await;
        if is_aborted {
            let path = format!("/api/bulk-actions/{id}/abort");
            application
                .json_as(&application.key, "POST", &path, &json!({}))
                .await;
            application.go_on().await;
            let action = application.action(id).await;
            assert_eq!(counts(&action), ("aborted", [3, 0, 0, 0]), "{action}");
        }
        application.execute(&format!("{CANCELLED}'{id}')")).await;
        application.go_on().await;
        let expected = if is_aborted {
            ("aborted", [3, 1, 0, 0])
        } else {
            ("completed", [3, 1, 0, 2]) // The others have had no resource for years.
        };
        let action = application.action(id).await;
        assert_eq!(counts(&action), expected, "{action}");
        assert_eq!(
            application
                .count("bulk_actions WHERE asked_for IS NOT NULL")
                .await,
            0
        );
    }
}

#[tokio::test]
async fn an_encoding_that_somebody_asks_for_after_a_cancellation_is_not_cancelled() {
    let application = application::with_cluster(takes).await;
    let own = (application.tenant, application.user);
    application.queued(own, "a", 1).await;
    application.execute(FAILED).await;
    application
        .execute("UPDATE documents SET phase = 'Cancelled', error_reason = 'Cancelled'")
        .await;
    let body = json!({"action": "cancel", "filter": {"queue": "a"}});
    let begun = application.begin_bulk(body).await;
    application
        .execute("UPDATE bulk_actions SET asked_for_encoding = 1, asked_for = (SELECT id FROM documents)")
        .await;
    let id: Uuid = sqlx::query_scalar("SELECT id FROM documents")
        .fetch_one(&application.database.maintenance)
        .await
        .unwrap();
    let path = format!("/api/documents/{id}/retry");
    let retried = application
        .json_as(&application.key, "POST", &path, &json!({}))
        .await;
    assert_eq!(retried.status, StatusCode::ACCEPTED, "{}", retried.text());
    application.go_on().await;
    let action = application.action(text(&begun, "id")).await;
    assert_eq!(counts(&action), ("completed", [1, 1, 0, 0]), "{action}");
    let anew = "documents WHERE status = 'processing' AND encoding_number = 2";
    assert_eq!(application.count(anew).await, 1);
}

#[tokio::test]
async fn a_deletion_of_what_has_failed_spares_what_is_still_served_however_it_is_named() {
    let application = application::with_cluster(takes).await;
    let own = (application.tenant, application.user);
    application.queued(own, "a", 2).await;
    application.execute(FAILED).await;
    let kept = json!({
        "number": 1, "document_id": Uuid::nil(), "resource_uid": Uuid::nil(), "doc_metadata": {}, "chunk_size": 1200, "overlap": 200,
        "total_chunks": 1, "total_tokens": 1, "total_pages": 1, "language": "it", "completed_at": "2026-11-30T10:00:00Z",
    });
    application
        .execute(&format!(
            "UPDATE documents SET kept_result = '{kept}' WHERE id = (SELECT max(id::text)::uuid FROM documents)"
        ))
        .await;
    for (filter, done) in [
        (json!({"reason": "NoText"}), 1),
        (json!({"status": "failed"}), 0),
        (json!({"status": "failed", "queue": "a"}), 0),
        (json!({"reason": "NoText", "has_result": true}), 1),
    ] {
        let begun = application
            .begin_bulk(json!({"action": "delete", "filter": filter}))
            .await;
        application.work().await;
        let action = application.action(text(&begun, "id")).await;
        assert_eq!(action["done"], done, "{action}");
    }
    assert_eq!(application.documents_in("a").await, 0);
}

#[tokio::test]
async fn nothing_is_done_for_a_tenant_that_is_disabled_nor_by_who_cannot_read_it() {
    let application = application::with_cluster(takes).await;
    application
        .queued((application.tenant, application.user), "a", 3)
        .await;
    let body = json!({"action": "delete", "filter": {"queue": "a"}});
    let begun = application.begin_bulk(body).await;
    for (until, then) in [
        (
            "UPDATE tenants SET disabled_at = now()",
            "UPDATE tenants SET disabled_at = NULL",
        ),
        (
            "UPDATE bulk_actions SET filter = filter || '{\"color\": \"red\"}'",
            "UPDATE bulk_actions SET filter = filter - 'color'",
        ),
    ] {
        application.execute(until).await;
        assert!(!application.worker().step().await.unwrap(), "{until}");
        application.execute(then).await;
    }
    assert_eq!(application.documents_in("a").await, 3);
    application.work().await;
    let action = application.action(text(&begun, "id")).await;
    assert_eq!(counts(&action), ("completed", [3, 3, 0, 0]));
}

static IS_AWAY: AtomicBool = AtomicBool::new(true);

/// Takes everything, unless it is away.
fn is_away_for_a_while(name: &str) -> (StatusCode, Value) {
    if IS_AWAY.load(Ordering::Relaxed) {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({"kind": "Status", "status": "Failure", "code": 503}),
        );
    }
    takes(name)
}

#[tokio::test]
async fn where_the_cluster_is_away_documents_wait_for_their_turn() {
    let application = application::with_cluster(is_away_for_a_while).await;
    application
        .queued((application.tenant, application.user), "a", 4)
        .await;
    application.execute(FAILED).await;
    let begun = application
        .begin_bulk(json!({"action": "retry", "filter": {"status": "failed"}}))
        .await;
    let worker = application.worker();
    assert!(worker.step().await.unwrap());
    let action = application.action(text(&begun, "id")).await;
    assert_eq!(counts(&action), ("running", [4, 0, 0, 0]));
    assert!(!worker.step().await.unwrap(), "it is left alone for a while");
    IS_AWAY.store(false, Ordering::Relaxed);
    application.go_on().await;
    let action = application.action(text(&begun, "id")).await;
    assert_eq!(counts(&action), ("completed", [4, 4, 0, 0]));
    assert_eq!(
        application
            .count("documents WHERE status = 'processing' AND resource_uid IS NOT NULL")
            .await,
        4
    );
}

#[tokio::test]
async fn what_is_asked_is_checked() {
    let application = application::application().await;
    let refused = async |body: Value| {
        application
            .json_as(&application.key, "POST", "/api/bulk-actions", &body)
            .await
            .problem()
    };
    for (body, code) in [
        (json!({"action": "delete", "filter": {}}), "empty_filter"),
        (
            json!({"action": "delete", "filter": {"search": ""}}),
            "invalid_body",
        ),
        (
            json!({"action": "delete", "filter": {"status": null}}),
            "invalid_body",
        ),
        (json!({"action": "delete"}), "invalid_body"),
        (
            json!({"action": "delete", "filter": {"state": "failed"}}),
            "invalid_body",
        ),
        (
            json!({"action": "move", "filter": {"status": "failed"}}),
            "invalid_action",
        ),
        (
            json!({"action": "delete", "filter": {"status": "gone"}}),
            "invalid_query",
        ),
        (
            json!({"action": "delete", "filter": {"min_bytes": -1}}),
            "invalid_query",
        ),
    ] {
        assert_eq!(refused(body.clone()).await, (422, code.to_owned()), "{body}");
    }
    let body = json!({"action": "cancel", "filter": {"status": "processing"}});
    for _ in 0..5 {
        application.begin_bulk(body.clone()).await;
    }
    assert_eq!(
        refused(body.clone()).await,
        (409, "too_many_bulk_actions".to_owned())
    );
    let viewer = application::user(&application.database, application.tenant, Role::ReadOnly).await;
    let scopes = Role::ReadOnly.scopes();
    let key = application::key(&application.database, application.tenant, viewer, scopes).await;
    let answer = application
        .json_as(&key, "POST", "/api/bulk-actions", &body)
        .await;
    assert_eq!(answer.status.as_u16(), 403, "{}", answer.text());
}

#[tokio::test]
async fn what_others_delete_before_its_turn_is_skipped() {
    let application = application::with_cluster(takes).await;
    let own = (application.tenant, application.user);
    application.queued(own, "a", 5).await;
    let begun = application
        .begin_bulk(json!({"action": "delete", "filter": {"queue": "a"}}))
        .await;
    application
        .execute("DELETE FROM documents WHERE id IN (SELECT id FROM documents LIMIT 2)")
        .await;
    application.work().await;
    let action = application.action(text(&begun, "id")).await;
    assert_eq!(counts(&action), ("completed", [5, 3, 2, 0]), "{action}");
}
