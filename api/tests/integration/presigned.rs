//! Uploads that go past the API, on a real S3 server.

use api::tls;
use axum::{body::Body, http::header};
use serde_json::{Value, json};

use crate::application::{self, Answer, Application, Setup, StoreKind, cluster, takes};

const PATH: &str = "/api/documents/upload/presigned";

async fn application(store: StoreKind) -> Application {
    application::with(Setup {
        store,
        cluster_url: cluster(takes).await,
        max_upload_bytes: 50_000_000,
        ..Setup::default()
    })
    .await
}

impl Application {
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }
}

fn content(length: usize) -> Vec<u8> {
    let mut content = b"%PDF-1.7 ".to_vec();
    content.resize(length, b'a');
    content
}

/// Sends the parts as a client does; answers what is needed to complete the upload.
pub(crate) async fn send(begun: &Value, content: &[u8]) -> Value {
    let client = tls::client().unwrap().build().unwrap();
    let (mut at, mut parts) = (0, Vec::new());
    for part in begun["parts"].as_array().unwrap() {
        let size = usize::try_from(part["size"].as_u64().unwrap()).unwrap();
        let sent = client
            .put(part["url"].as_str().unwrap())
            .body(content[at..at + size].to_vec())
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 200);
        parts.push(json!({ "etag": sent.headers()["etag"].to_str().unwrap() }));
        at += size;
    }
    assert_eq!(at, content.len());
    json!({ "parts": parts })
}

#[tokio::test]
async fn what_a_client_sends_to_the_store_becomes_a_document() {
    let application = application(StoreKind::S3).await;
    for length in [1000, 40_000_000] {
        let content = content(length);
        let request = json!({ "filename": "a.pdf", "size_bytes": length, "priority": -3 });
        let answer = application.post(PATH, &request).await;
        assert_eq!(answer.status, 201);
        let begun = answer.json();
        let complete = send(&begun, &content).await;
        let id = begun["upload_id"].as_str().unwrap();
        let path = format!("{PATH}/{id}/complete");
        let answer = application.post(&path, &complete).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["document_id"]),
            (202, &id.into())
        );
        // The answer was lost, and it is asked again.
        assert_eq!(application.post(&path, &complete).await.status, 202);
        let record = application.get(&format!("/api/documents/{id}")).await.json();
        assert_eq!(
            (&record["filename"], &record["priority"]),
            (&"a.pdf".into(), &(-3).into())
        );
        let source = application.get(&format!("/api/documents/{id}/source")).await;
        assert!(source.bytes == content);
    }
    assert_eq!(application.count("uploads").await, 0);
    assert_eq!(application.count("documents").await, 2);
}

#[tokio::test]
async fn a_url_takes_its_own_part_and_nothing_else() {
    let application = application(StoreKind::S3).await;
    let request = json!({ "filename": "a.pdf", "size_bytes": 1000 });
    let begun = application.post(PATH, &request).await.json();
    let url = begun["parts"][0]["url"].as_str().unwrap();
    let client = tls::client().unwrap().build().unwrap();
    let other_part = url.replace("partNumber=1", "partNumber=2");
    let answer = client
        .put(other_part)
        .body(vec![b'a'; 1000])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(client.get(url).send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn what_is_not_complete_or_not_what_it_should_be_is_refused() {
    let application = application(StoreKind::S3).await;
    let announce = async |length: usize| {
        let request = json!({ "filename": "a.pdf", "size_bytes": length });
        application.post(PATH, &request).await.json()
    };
    let path = |begun: &Value| format!("{PATH}/{}/complete", begun["upload_id"].as_str().unwrap());
    let begun = announce(1000).await;
    let answer = application.post(&path(&begun), &json!({ "parts": [] })).await;
    assert_eq!(answer.problem(), (422, "wrong_parts".into()));
    for is_sent in [false, true] {
        if is_sent {
            send(&begun, &content(1000)).await;
        }
        for etag in ["\"00000000000000000000000000000000\"", "", "<", "\u{0}", "è"] {
            let made_up = json!({ "parts": [{ "etag": etag }] });
            let answer = application.post(&path(&begun), &made_up).await;
            assert_eq!(answer.problem(), (422, "wrong_parts".into()), "{etag:?}");
        }
    }
    // It can still be completed.
    let complete = send(&begun, &content(1000)).await;
    assert_eq!(application.post(&path(&begun), &complete).await.status, 202);
    // What it is is looked at when it is whole.
    let begun = announce(8).await;
    let complete = send(&begun, b"\x89PNG\r\n\x1a\n").await;
    let answer = application.post(&path(&begun), &complete).await;
    assert_eq!(answer.problem(), (415, "unsupported_format".into()));
    assert_eq!(application.post(&path(&begun), &complete).await.status, 404);
    // More than was announced, and paid for in the quota, is no document.
    let begun = announce(1000).await;
    let client = tls::client().unwrap().build().unwrap();
    let url = begun["parts"][0]["url"].as_str().unwrap();
    let sent = client.put(url).body(content(1001)).send().await.unwrap();
    let complete = json!({ "parts": [{ "etag": sent.headers()["etag"].to_str().unwrap() }] });
    let answer = application.post(&path(&begun), &complete).await;
    assert_eq!(answer.problem(), (422, "wrong_size".into()));
    // Given up, nothing is left.
    let begun = announce(1000).await;
    send(&begun, &content(1000)).await;
    let request = application.request(
        "DELETE",
        &format!("{PATH}/{}", begun["upload_id"].as_str().unwrap()),
    );
    let answer = application.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 204);
    assert_eq!(application.count("uploads").await, 0);
    assert_eq!(
        application.store_directory.contents().len(),
        1,
        "the one document"
    );
}

#[tokio::test]
async fn a_directory_is_nothing_that_a_client_can_write_to() {
    let application = application(StoreKind::File).await;
    let request = json!({ "filename": "a.pdf", "size_bytes": 1000 });
    let answer = application.post(PATH, &request).await;
    assert_eq!(answer.problem(), (409, "not_presigned".into()));
    let answer = application.post(PATH, &json!({ "filename": "a.pdf" })).await;
    assert_eq!(answer.problem(), (422, "invalid_body".into()));
    application.assert_nothing_left().await;
}
