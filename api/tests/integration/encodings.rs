//! Encoding once more what is ready: its result is served until there is a new one, and is kept where there is none.

use api::{
    cleanup::{
        orphans,
        retention::{self, Expired, Retention},
    },
    clock::Clock,
    documents::{Change, Document, document::Status},
};
use crds::{Failure, Phase, Reason};
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    application::{self, Application, StoreKind},
    documents::{moment, observed, resource, working},
    reuse,
    search::file,
    sweeper::failure,
};

impl Application {
    /// Makes a document with chunks of these texts.
    async fn ready_with(&self, texts: &[&str]) -> Document {
        let document = self.document().await;
        self.commit(&self.read(&document).await, "it", &file(texts)).await;
        self.read(&document).await
    }

    async fn retry(&self, id: Uuid, parameters: &Value) -> application::Answer {
        let path = format!("/api/documents/{id}/retry");
        self.json_as(&self.key, "POST", &path, parameters).await
    }

    /// The newest encoding of a document ends without a result.
    async fn fail(&self, document: &Document, phase: Phase) {
        let row = self.read(document).await;
        let mut status = working(phase, 1, 20);
        status.failure = Some(Failure::new(Reason::NoText, "it looks scanned", None));
        let uid = row.binding.uid.unwrap_or_else(Uuid::new_v4);
        let observation = observed(&resource(&row, uid, status));
        crate::documents::write(&self.database.mirror, &observation, moment(9)).await;
    }

    /// What a document's chunks say, and its details.
    async fn served(&self, document: &Document) -> (Vec<String>, Value) {
        let id = document.id;
        let answer = self.get(&format!("/api/documents/{id}/chunks")).await.json();
        let chunks = answer["chunks"].as_array().cloned().unwrap_or_default();
        let texts = chunks
            .iter()
            .map(|chunk| chunk["text"].as_str().unwrap().to_owned());
        let details = self.get(&format!("/api/documents/{id}")).await.json();
        (texts.collect(), details)
    }
}

fn events(details: &Value) -> Vec<(String, i64)> {
    let told = details["timeline"].as_array().unwrap().iter();
    told.map(|event| {
        let kind = event["event"].as_str().unwrap().to_owned();
        (kind, event["encoding"].as_i64().unwrap())
    })
    .collect()
}

fn told(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected
        .iter()
        .map(|(kind, encoding)| ((*kind).to_owned(), *encoding))
        .collect()
}

#[tokio::test]
async fn what_is_ready_is_served_until_it_is_ready_anew() {
    let application = application::with_cluster(application::takes).await;
    let document = application.ready_with(&["la fattura"]).await;
    application.index().await;
    let (_, before) = application.served(&document).await;
    assert_eq!(
        (&before["kept_result"], &before["chunk_size"]),
        (&Value::Null, &json!(1200))
    );

    let parameters = json!({"chunk_size": 600, "overlap": 50, "queue": "maintenance", "priority": -5});
    assert_eq!(application.retry(document.id, &parameters).await.status, 202);
    let (texts, details) = application.served(&document).await;
    assert_eq!(texts, ["la fattura"]);
    assert_eq!(
        (&details["status"], &details["total_chunks"], &details["queue"]),
        (&json!("processing"), &Value::Null, &json!("maintenance"))
    );
    let kept = &details["kept_result"];
    assert_eq!(
        (&kept["encoding"], &kept["chunk_size"], &kept["total_chunks"]),
        (&json!(1), &json!(1200), &before["total_chunks"])
    );
    let exported = application.get("/api/export/chunks?language=it").await.bytes;
    let exported: Value = serde_json::from_slice(&exported).unwrap();
    assert_eq!(
        (&exported["text"], &exported["language"]),
        (&json!("la fattura"), &json!("it"))
    );
    let found = async || application.chunks_found("/api/search?q=fattura").await.len();
    assert_eq!(found().await, 1);
    let again = application.retry(document.id, &json!({})).await;
    assert_eq!(again.problem(), (409, "not_finished".into()));

    let row = application.read(&document).await;
    assert_eq!((row.request.chunk_size, row.request.priority), (600, -5));
    application.commit(&row, "it", &file(&["due", "pezzi"])).await;
    application.index().await;
    let (texts, details) = application.served(&document).await;
    assert_eq!(texts, ["due", "pezzi"]);
    assert_eq!(
        (&details["status"], &details["kept_result"]),
        (&json!("ready"), &Value::Null)
    );
    assert_eq!(found().await, 0, "what is not in the result is not found");
    assert_eq!(events(&details).first(), told(&[("created", 1)]).first());
    assert_eq!(
        events(&details)[1..],
        told(&[("ready", 1), ("requested", 2), ("ready", 2)])
    );
    let sizes: Vec<&Value> = details["encodings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|encoding| &encoding["chunk_size"])
        .collect();
    assert_eq!(sizes, [&json!(1200), &json!(600)]);

    let list = |expand: &str| format!("/api/documents?expand={expand}");
    let listed = application.get(&list("timeline")).await.json();
    let listed = &listed["documents"][0];
    assert_eq!(events(listed), events(&details));
    assert_eq!(listed.get("encodings"), None);
    let listed = application.get(&list("encodings,timeline")).await.json();
    assert_eq!(listed["documents"][0]["encodings"], details["encodings"]);
    assert_eq!(
        application.get(&list("all")).await.problem(),
        (422, "invalid_query".into())
    );
}

#[tokio::test]
async fn what_fails_anew_keeps_its_result_until_there_is_another() {
    let application = application::with_cluster(application::takes).await;
    let document = application.ready_with(&["uno"]).await;
    for phase in [Phase::Failed, Phase::Cancelled] {
        assert_eq!(application.retry(document.id, &json!({})).await.status, 202);
        application.fail(&document, phase).await;
        let (texts, details) = application.served(&document).await;
        assert_eq!(texts, ["uno"], "{phase:?}");
        assert_eq!(
            (&details["status"], &details["kept_result"]["encoding"]),
            (&json!("failed"), &json!(1))
        );
    }

    // Neither retention nor a look for orphans takes it.
    let later = Clock::system().now() + SignedDuration::from_hours(24 * 60);
    let (pool, store) = (&application.database.maintenance, &application.app.store);
    let expired = retention::expire(pool, Retention { failed_days: 30 }, false, later).await;
    assert_eq!(expired.unwrap(), Expired::default());
    orphans::remove(pool, store, None, later).await.unwrap();
    assert_eq!(application.served(&document).await.0, ["uno"]);

    assert_eq!(application.retry(document.id, &json!({})).await.status, 202);
    let row = application.read(&document).await;
    let prefix = application.commit(&row, "it", &file(&["due"])).await;
    assert_eq!(application.served(&document).await.0, ["due"]);
    // What it has no more goes.
    assert_eq!(
        orphans::remove(pool, store, None, later).await.unwrap().results,
        1
    );
    let left = application.store_directory.contents();
    assert!(left.iter().all(|path| path.contains(&prefix)), "{left:?}");
    assert_eq!(application.served(&document).await.0, ["due"]);
}

#[tokio::test]
async fn what_the_cluster_does_not_take_is_as_it_was_and_nobody_is_told_that_it_became_ready() {
    let application = application::with_cluster(|_| failure(500)).await;
    let document = application.ready_with(&["uno"]).await;
    application.index().await;
    let parameters = json!({"chunk_size": 300, "queue": "maintenance"});
    for tried in 2..4 {
        let answer = application.retry(document.id, &parameters).await;
        assert_eq!(answer.problem(), (500, "queue_unavailable".into()));
        let mut after = application.read(&document).await;
        assert_eq!(after.binding.number, tried, "a name is never used again");
        assert_eq!(after.binding.encoding(), 1);
        after.binding.number = 1;
        (after.change_seq, after.updated_at) = (document.change_seq, document.updated_at);
        assert_eq!(after, document);
        let (texts, details) = application.served(&document).await;
        assert_eq!(texts, ["uno"]);
        assert_eq!(events(&details), told(&[("created", 1), ("ready", 1)]));
    }
    assert_eq!(application.count("changes WHERE kind = 'ready'").await, 1);
    assert_eq!(
        application.count("indexed_documents WHERE due_at IS NULL").await,
        1
    );
}

/// The resource was made although the cluster's answer was lost: the mirror was faster, and what was begun goes on.
#[tokio::test]
async fn what_was_taken_all_the_same_is_not_undone() {
    let application = application::with_cluster(application::takes).await;
    let document = application.ready_with(&["uno"]).await;
    let (pool, tenant) = (&application.database.api, application.tenant);
    let retried = Change::Retried {
        tenant,
        before: &document,
        request: &document.request,
    };
    let begun = crate::documents::change(pool, tenant, retried).await.unwrap();
    let (id, number) = (document.id, begun.binding.number);
    let bound = Change::Bound {
        tenant,
        id,
        number,
        uid: Uuid::new_v4(),
    };
    let bound = crate::documents::change(pool, tenant, bound).await.unwrap();
    let undone = Change::RetryUndone {
        tenant,
        before: &document,
        number,
    };
    assert_eq!(crate::documents::change(pool, tenant, undone).await, None);
    assert_eq!(application.read(&document).await, bound);
    let (_, details) = application.served(&document).await;
    assert_eq!(
        events(&details),
        told(&[("created", 1), ("ready", 1), ("requested", 2)])
    );
}

#[tokio::test]
async fn a_request_that_is_repeated_encodes_once() {
    let application = application::with_cluster(application::takes).await;
    let document = application.ready_with(&["uno"]).await;
    let path = format!("/api/documents/{}/retry?encoding=1", document.id);
    let retry = async || {
        application
            .json_as(&application.key, "POST", &path, &json!({}))
            .await
    };
    assert_eq!(retry().await.status, 202);
    assert_eq!(retry().await.problem(), (409, "encoding_superseded".into()));
    let row = application.read(&document).await;
    application.commit(&row, "it", &file(&["due"])).await;
    assert_eq!(retry().await.problem(), (409, "encoding_superseded".into()));
    assert_eq!(application.read(&document).await.binding.number, 2);
}

#[tokio::test]
async fn parameters_that_no_document_can_have_change_nothing() {
    let application = application::with_cluster(application::takes).await;
    let document = application.ready_with(&["uno"]).await;
    for (parameters, status, code) in [
        (json!({"chunk_size": 7}), 422, "invalid_option"),
        (json!({"chunk_size": 200}), 422, "invalid_option"), // The overlap is as long.
        (json!({"queue": "No Queue"}), 422, "invalid_option"),
        (json!({"chunk_size": "600"}), 422, "invalid_body"),
        (json!({"size": 600}), 422, "invalid_body"),
        (json!([]), 422, "invalid_body"),
    ] {
        let answer = application.retry(document.id, &parameters).await;
        assert_eq!(answer.problem(), (status, code.into()), "{parameters}");
    }
    assert_eq!(application.read(&document).await, document);
    // None at all, and null, change none.
    assert_eq!(application.retry(document.id, &Value::Null).await.status, 202);
    assert_eq!(application.read(&document).await.request, document.request);
}

/// The result of another is held on to while what has it is encoded anew, and let go of then.
#[tokio::test]
async fn a_reused_result_is_kept_until_its_own_is_ready() {
    let application = reuse::application(StoreKind::File).await;
    let original = application.encoded().await;
    let second = application.reused().await;
    assert_eq!(application.retry(second, &json!({})).await.status, 202);
    let held = application.find(second).await.unwrap();
    assert!(held.reused.is_some() && held.status() == Status::Processing);
    assert_eq!(application.delete(original).await, 204);
    application.sweep().await;
    application.assert_result_alone(original);
    application.assert_whole(second).await;
    application.encode(second).await;
    assert_eq!(application.find(second).await.unwrap().reused, None);
    application.assert_whole(second).await;
    application.sweep().await;
    assert_eq!(application.objects_of(original), Vec::<String>::new());
    assert_eq!(application.delete(second).await, 204);
    application.assert_all_gone().await;
}

/// What is encoded anew may be deleted while others have a result that it had before.
#[tokio::test]
async fn a_result_that_others_have_stays_though_its_document_was_encoded_anew() {
    let application = reuse::application(StoreKind::File).await;
    let original = application.encoded().await;
    let second = application.reused().await;
    assert_eq!(application.retry(original, &json!({})).await.status, 202);
    application.encode(original).await;
    let later = Clock::system().now() + SignedDuration::from_hours(24 * 60);
    let pool = &application.database.maintenance;
    let found = orphans::remove(pool, &application.app.store, None, later).await;
    assert_eq!(found.unwrap().results, 0, "both results are needed");
    application.assert_whole(second).await;
    application.assert_whole(original).await;
    assert_eq!(application.delete(original).await, 204);
    application.sweep().await;
    application.assert_result_alone(original);
    application.assert_whole(second).await;
    assert_eq!(application.delete(second).await, 204);
    application.assert_all_gone().await;
}

/// Of two results of a document that is gone each goes with the last that has it.
#[tokio::test]
async fn each_result_of_a_deleted_document_goes_with_the_last_that_has_it() {
    let application = reuse::application(StoreKind::File).await;
    let original = application.encoded().await;
    let second = application.reused().await;
    assert_eq!(application.retry(original, &json!({})).await.status, 202);
    application.encode(original).await;
    // What is encoded anew is reused no more. As if it were, and were the newest:
    let reusable = format!(
        "UPDATE documents SET encoder_settings = (SELECT min(encoder_settings) FROM documents), \
         processing_completed_at = now() + interval '1 hour' WHERE id = '{original}'"
    );
    application.execute(&reusable).await;
    let third = application.reused().await;
    assert_ne!(
        application.find(third).await.unwrap().reused,
        application.find(second).await.unwrap().reused
    );
    assert_eq!(application.delete(original).await, 204);
    application.sweep().await;
    assert_eq!(application.objects_of(original).len(), 6, "two results");
    for document in [second, third] {
        application.assert_whole(document).await;
    }
    assert_eq!(application.delete(second).await, 204);
    application.sweep().await;
    application.assert_result_alone(original);
    application.assert_whole(third).await;
    assert_eq!(application.delete(third).await, 204);
    application.assert_all_gone().await;
}

#[tokio::test]
async fn many_are_encoded_anew_where_the_action_says_that_they_are_ready() {
    let application = application::with_cluster(application::takes).await;
    for _ in 0..3 {
        application.ready_with(&["uno"]).await;
    }
    let failed = application.document().await;
    application.fail(&failed, Phase::Failed).await;
    let run = async |body: Value| {
        let begun = application.begin_bulk(body).await;
        application.work().await;
        let action = application.action(begun["id"].as_str().unwrap()).await;
        (
            action["done"].as_i64().unwrap(),
            action["skipped"].as_i64().unwrap(),
        )
    };
    // By mistake none that is ready is encoded again, and none that is still served deleted.
    assert_eq!(
        run(json!({"action": "retry", "filter": {"queue": "documents"}})).await,
        (1, 3)
    );
    let parameters = json!({"queue": "maintenance", "chunk_size": 250});
    let body = json!({"action": "retry", "filter": {"status": "ready"}, "parameters": parameters});
    assert_eq!(run(body).await, (3, 0));
    let anew = "documents WHERE status = 'processing' AND queue = 'maintenance' AND chunk_size = 250 AND kept_result IS NOT NULL";
    assert_eq!(application.count(anew).await, 3);
    for (action, parameters) in [
        ("delete", json!({"chunk_size": 250})),
        ("retry", json!({"chunk_size": 1})),
    ] {
        let body = json!({"action": action, "filter": {"queue": "a"}, "parameters": parameters});
        let answer = application
            .json_as(&application.key, "POST", "/api/bulk-actions", &body)
            .await;
        assert_eq!(answer.problem(), (422, "invalid_option".into()), "{action}");
    }
}
