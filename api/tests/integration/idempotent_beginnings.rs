//! Idempotency-Key at the beginning of uploads that come in several requests: by tus, and by presigned URLs.

use axum::{body::Body, http::header};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::{
    application::{self, Answer, Application, Setup, StoreKind, cluster, takes},
    presigned,
    tus::header,
};

const TUS: &str = "/api/documents/upload/tus";
const PRESIGNED: &str = "/api/documents/upload/presigned";
const PDF: &[u8] = b"%PDF-1.7 a document";

async fn application(store: StoreKind) -> Application {
    application::with(Setup {
        store,
        cluster_url: cluster(takes).await,
        max_upload_bytes: 50_000_000,
        ..Setup::default()
    })
    .await
}

/// Begins an upload by tus with the key `k`.
async fn tus(application: &Application, filename: &str, length: usize, more: &str) -> Answer {
    let metadata = format!("filename {}{more}", BASE64_STANDARD.encode(filename));
    let headers = [
        ("upload-length", length.to_string()),
        ("upload-metadata", metadata),
        ("idempotency-key", "k".to_owned()),
    ];
    application.tus("POST", TUS, &headers, Body::empty()).await
}

/// Begins an upload by presigned URLs with the key `k`.
async fn presigned(application: &Application, body: &Value) -> Answer {
    let request = application
        .request("POST", PRESIGNED)
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", "k");
    application
        .send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

fn is_replayed(answer: &Answer) -> bool {
    assert_eq!(answer.status, 201);
    header(&answer.headers, "idempotency-replayed") == "true"
}

async fn execute(application: &Application, statement: impl Into<String>) {
    sqlx::raw_sql(AssertSqlSafe(statement.into()))
        .execute(&application.database.maintenance)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_same_beginning_by_tus_is_one_upload_however_far_it_is() {
    let application = application(StoreKind::File).await;
    let first = tus(&application, "a.pdf", PDF.len(), "").await;
    assert!(!is_replayed(&first));
    let location = header(&first.headers, "location");
    let same = async |offset: usize| {
        let again = tus(&application, "a.pdf", PDF.len(), "").await;
        assert!(is_replayed(&again));
        assert_eq!(header(&again.headers, "location"), location);
        assert_eq!(header(&again.headers, "upload-offset"), offset.to_string());
        assert_eq!(header(&again.headers, "tus-resumable"), "1.0.0");
        header(&again.headers, "upload-expires")
    };
    assert_eq!(same(0).await, header(&first.headers, "upload-expires"));
    assert_eq!(application.count("uploads").await, 1);
    assert_eq!(application.add(&location, 0, &PDF[..9]).await.status, 204);
    assert!(!same(9).await.is_empty());
    assert_eq!(application.add(&location, 9, &PDF[9..]).await.status, 204);
    assert_eq!(same(PDF.len()).await, "", "it is a document, and kept");
    assert_eq!(application.count("documents").await, 1);
    assert_eq!(application.count("uploads").await, 0);
}

#[tokio::test]
async fn another_length_other_metadata_or_another_way_with_the_same_key_is_refused() {
    let application = application(StoreKind::S3).await;
    let length = PDF.len();
    assert_eq!(tus(&application, "a.pdf", length, "").await.status, 201);
    let body = json!({ "filename": "a.pdf", "size_bytes": length });
    for answer in [
        tus(&application, "b.pdf", length, "").await,
        tus(&application, "a.pdf", length + 1, "").await,
        tus(&application, "a.pdf", length, ",priority Nw==").await,
        presigned(&application, &body).await,
        application
            .upload(
                &[("idempotency-key", "k")],
                &[("name=\"file\"; filename=\"a.pdf\"", PDF)],
            )
            .await,
    ] {
        assert_eq!(answer.problem(), (422, "idempotency_key_reused".into()));
    }
    let headers = [("idempotency-key", "two words".to_owned())];
    let answer = application
        .tus(
            "POST",
            TUS,
            &[&headers[..], &[("upload-length", "1".into())]].concat(),
            Body::empty(),
        )
        .await;
    assert_eq!(answer.problem(), (422, "invalid_idempotency_key".into()));
    assert_eq!(application.count("uploads").await, 1);
    assert_eq!(application.count("documents").await, 0);
}

#[tokio::test]
async fn what_was_given_up_or_whose_document_was_deleted_is_begun_anew() {
    let application = application(StoreKind::File).await;
    let begin = async || {
        let begun = tus(&application, "a.pdf", PDF.len(), "").await;
        assert!(!is_replayed(&begun));
        header(&begun.headers, "location")
    };
    let given_up = begin().await;
    let answer = application.tus("DELETE", &given_up, &[], Body::empty()).await;
    assert_eq!(answer.status, 204);
    let expired = begin().await;
    assert_ne!(expired, given_up);
    execute(&application, "UPDATE uploads SET state = 'abandoned'").await;
    let finished = begin().await;
    assert_ne!(finished, expired);
    assert_eq!(application.add(&finished, 0, PDF).await.status, 204);
    let document = finished.rsplit('/').next().unwrap();
    let path = format!("/api/documents/{document}");
    let request = application.request("DELETE", &path);
    let answer = application.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 204);
    assert_ne!(begin().await, finished);
}

#[tokio::test]
async fn a_beginning_that_is_refused_gives_its_key_back() {
    let application = application(StoreKind::File).await;
    execute(&application, "UPDATE tenants SET max_bytes = 10").await;
    for _ in 0..2 {
        let answer = tus(&application, "a.pdf", PDF.len(), "").await;
        assert_eq!(answer.problem(), (413, "quota_bytes".into()));
        let answer = tus(&application, "a/b.pdf", PDF.len(), "").await;
        assert_eq!(answer.problem(), (422, "invalid_file_name".into()));
    }
    execute(&application, "UPDATE tenants SET max_bytes = NULL").await;
    let body = json!({ "filename": "a.pdf", "size_bytes": 19 });
    let answer = presigned(&application, &body).await;
    assert_eq!(answer.problem(), (409, "not_presigned".into()));
    assert_eq!(application.count("idempotency_keys").await, 0);
    assert!(!is_replayed(&tus(&application, "a.pdf", PDF.len(), "").await));
}

#[tokio::test]
async fn while_the_first_beginning_is_at_work_the_second_waits_and_one_is_begun() {
    let application = application(StoreKind::S3).await;
    let body = json!({ "filename": "a.pdf", "size_bytes": 19 });
    let at_once = futures::future::join_all((0..8).map(|_| presigned(&application, &body))).await;
    let (begun, waiting): (Vec<_>, Vec<_>) = at_once.iter().partition(|answer| answer.status == 201);
    for answer in &waiting {
        assert_eq!(answer.problem(), (409, "idempotency_key_pending".into()));
        assert!(answer.headers.contains_key("retry-after"));
    }
    assert!(!begun.is_empty());
    let ids: std::collections::HashSet<String> = begun
        .iter()
        .map(|answer| answer.json()["upload_id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(application.count("uploads").await, 1);
}

#[tokio::test]
async fn the_same_beginning_of_a_presigned_upload_has_fresh_urls_for_the_same_parts() {
    let application = application(StoreKind::S3).await;
    let mut content = PDF.to_vec();
    content.resize(20_000_000, b'a');
    let body = json!({ "filename": "a.pdf", "size_bytes": content.len(), "priority": 3 });
    let first = presigned(&application, &body).await;
    assert!(!is_replayed(&first));
    let first = first.json();
    assert_eq!(first["parts"].as_array().unwrap().len(), 2);
    // `3.0` is 3, and a member that is null is one that is not there.
    let same = json!({ "filename": "a.pdf", "size_bytes": content.len(), "priority": 3.0, "queue": null });
    let again = presigned(&application, &same).await;
    assert!(is_replayed(&again));
    let again = again.json();
    assert_eq!(again["upload_id"], first["upload_id"]);
    let expires =
        |begun: &Value| -> jiff::Timestamp { begun["expires_at"].as_str().unwrap().parse().unwrap() };
    let later = expires(&again).duration_since(expires(&first)).as_secs();
    assert_eq!(later, 0, "it is kept no longer for it");
    // One part goes to a URL of the first answer, the other to one of the second.
    let (early, late) = content.split_at(16 << 20);
    let of = |begun: &Value, part: usize| json!({ "parts": [begun["parts"][part]] });
    let one = presigned::send(&of(&first, 0), early).await;
    let other = presigned::send(&of(&again, 1), late).await;
    let id = first["upload_id"].as_str().unwrap();
    let path = format!("{PRESIGNED}/{id}/complete");
    let parts = json!({ "parts": [one["parts"][0], other["parts"][0]] });
    assert_eq!(application.post(&path, &parts).await.status, 202);
    // Now there is nothing to send, and to complete it again answers the document.
    let done = presigned(&application, &body).await;
    assert!(is_replayed(&done));
    let expected = json!({ "success": true, "upload_id": id, "expires_at": null, "parts": [] });
    assert_eq!(done.json(), expected);
    let completed = application.post(&path, &json!({ "parts": [] })).await;
    assert_eq!(
        (completed.status.as_u16(), &completed.json()["document_id"]),
        (202, &json!(id))
    );
    let source = application.get(&format!("/api/documents/{id}/source")).await;
    assert!(source.bytes == content);
    let other = json!({ "filename": "a.pdf", "size_bytes": content.len(), "priority": 4 });
    let refused = presigned(&application, &other).await;
    assert_eq!(refused.problem(), (422, "idempotency_key_reused".into()));
}

#[tokio::test]
async fn what_died_between_the_beginning_and_the_store_is_gone_on_with() {
    let application = application(StoreKind::S3).await;
    let body = json!({ "filename": "a.pdf", "size_bytes": PDF.len() });
    let first = presigned(&application, &body).await.json();
    // As a process leaves it that ends before the store has answered: the key is held until its lease ends.
    execute(
        &application,
        "UPDATE uploads SET store_upload = NULL, parts = '[]'; \
         UPDATE idempotency_keys SET pending_until = now() + interval '30 seconds'",
    )
    .await;
    let early = presigned(&application, &body).await;
    assert_eq!(early.problem(), (409, "idempotency_key_pending".into()));
    execute(
        &application,
        "UPDATE idempotency_keys SET pending_until = now() - interval '1 second'",
    )
    .await;
    let again = presigned(&application, &body).await;
    assert!(is_replayed(&again));
    let again = again.json();
    assert_eq!(again["upload_id"], first["upload_id"]);
    let complete = presigned::send(&again, PDF).await;
    let path = format!("{PRESIGNED}/{}/complete", again["upload_id"].as_str().unwrap());
    assert_eq!(application.post(&path, &complete).await.status, 202);
}
