//! Uploads that are given up while somebody works on them, or that the store has lost: nothing stays that nobody finds, on both stores.

use std::path::PathBuf;

use api::clock::Clock;
use axum::body::{Body, Bytes};
use futures::future::join;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    application::{self, Application, STORES, Setup, StoreKind, cluster, takes, until},
    servers,
    tus::header,
};

type Sent = Result<Bytes, std::io::Error>;

async fn application(store: StoreKind) -> Application {
    application::with(Setup {
        store,
        cluster_url: cluster(takes).await,
        max_upload_bytes: 30_000_000,
        ..Setup::default()
    })
    .await
}

/// A body that comes as the test sends it.
fn body() -> (Sender<Sent>, Body) {
    let (send, receive) = channel(1);
    (send, Body::from_stream(ReceiverStream::new(receive)))
}

fn content(length: usize) -> Vec<u8> {
    let mut content = b"%PDF-1.7 ".to_vec();
    content.resize(length, b'a');
    content
}

/// So many multipart uploads of the source of this document are open at the S3 server.
fn open_multiparts(application: &Application, id: &str) -> usize {
    directories_of_multiparts(application, id).count()
}

/// Whether the first part of one is there.
fn has_a_part(application: &Application, id: &str) -> bool {
    directories_of_multiparts(application, id).any(|upload| upload.join("1").exists())
}

fn directories_of_multiparts(application: &Application, id: &str) -> impl Iterator<Item = PathBuf> {
    let prefix = application
        .store_directory
        .0
        .file_name()
        .unwrap()
        .to_str()
        .unwrap();
    let key = format!("{prefix}/tenants/{}/documents/{id}/source", application.tenant);
    let name = api::identity::key::hexadecimal(&Sha256::digest(key));
    let parts = servers::s3().data.join("bucket/.sgwtmp/multipart").join(name);
    let uploads = std::fs::read_dir(parts).into_iter().flatten().flatten();
    uploads.map(|upload| upload.path())
}

#[tokio::test]
async fn an_upload_that_is_given_up_while_it_is_added_to_leaves_nothing() {
    for store in STORES {
        for (length, sent) in [(100_000, 50_000), (12_000_000, 7_000_000)] {
            let application = application(store).await;
            let path = header(&application.begin("a.pdf", length).await.headers, "location");
            let id = path.rsplit('/').next().unwrap();
            let (send, body) = body();
            let adding = application.add(&path, 0, body);
            let giving_up = async {
                send.send(Ok(content(sent).into())).await.unwrap();
                application
                    .until_there_are("uploads WHERE locked_until IS NOT NULL", 1)
                    .await;
                if store == StoreKind::S3 && sent > 5 << 20 {
                    until("a part", async || has_a_part(&application, id)).await;
                }
                let answer = application.tus("DELETE", &path, &[], Body::empty()).await;
                assert_eq!(answer.status, 204);
                // The connection is cut, if it was not answered yet: S3 may refuse a part of what is aborted.
                let _ = send.send(Err(std::io::ErrorKind::ConnectionReset.into())).await;
            };
            let (added, ()) = join(adding, giving_up).await;
            assert!(
                [404, 503].contains(&added.status.as_u16()),
                "{store:?} {}",
                added.status
            );
            application.assert_nothing_left().await;
            assert_eq!(open_multiparts(&application, id), 0, "{store:?}");
        }
    }
}

#[tokio::test]
async fn a_form_whose_lease_has_ended_leaves_nothing_when_it_comes_to_its_end() {
    for store in STORES {
        for length in [1000, 12_000_000] {
            let application = application(store).await;
            let (send, body) = body();
            let uploading = application.send(application.upload_request(&[], body));
            let going_on = async {
                let head =
                    "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n";
                send.send(Ok(head.into())).await.unwrap();
                send.send(Ok(content(length).into())).await.unwrap();
                application.until_there_are("uploads", 1).await;
                sqlx::query("UPDATE uploads SET expires_at = now()")
                    .execute(&application.database.maintenance)
                    .await
                    .unwrap();
                application.sweep_at(Clock::system()).await;
                assert_eq!(application.count("uploads").await, 0);
                send.send(Ok("\r\n--limit--\r\n".into())).await.unwrap();
                drop(send);
            };
            let (answer, ()) = join(uploading, going_on).await;
            assert_eq!(answer.problem(), (503, "upload_interrupted".into()));
            application.assert_nothing_left().await;
        }
    }
}

#[tokio::test]
async fn what_comes_to_the_store_after_an_upload_was_removed_is_found_when_it_is_looked_for_once_more() {
    for store in STORES {
        let application = application(store).await;
        let path = header(&application.begin("a.pdf", 1000).await.headers, "location");
        let id = path.rsplit('/').next().unwrap();
        let removed = application.tus("DELETE", &path, &[], Body::empty()).await;
        assert_eq!(removed.status, 204);
        // As a request that was killed before it could find out has left it.
        let key = format!("tenants/{}/documents/{id}/source", application.tenant);
        let mut writer = application.app.store.create(&key).await.unwrap();
        writer.write(Bytes::from_static(b"late")).await.unwrap();
        writer.finish().await.unwrap();
        let now = Clock::system().now();
        application
            .sweep_at(Clock::fixed(now + jiff::SignedDuration::from_mins(11)))
            .await;
        application.assert_nothing_left().await;
        assert_eq!(application.count("removals").await, 0);
    }
}

#[tokio::test]
async fn what_a_killed_request_began_at_the_store_goes_when_the_upload_is_finished() {
    let application = application(StoreKind::S3).await;
    let content = content(12_000_000);
    let path = header(
        &application.begin("a.pdf", content.len()).await.headers,
        "location",
    );
    let id = path.rsplit('/').next().unwrap();
    let first = content[..6_000_000].to_vec();
    assert_eq!(application.add(&path, 0, first).await.status, 204);
    // It was killed before it noted what it had done.
    sqlx::query("UPDATE uploads SET store_upload = NULL, parts = '[]', offset_bytes = 0")
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    assert_eq!(open_multiparts(&application, id), 1);
    assert_eq!(application.add(&path, 0, content).await.status, 204);
    assert_eq!(open_multiparts(&application, id), 0);
    let objects = application.store_directory.contents();
    assert_eq!(objects.len(), 1, "{objects:?}");
}

#[tokio::test]
async fn an_upload_that_the_store_has_lost_is_there_no_more() {
    let application = application(StoreKind::S3).await;
    let content = content(12_000_000);
    let path = header(
        &application.begin("a.pdf", content.len()).await.headers,
        "location",
    );
    let first = content[..6_000_000].to_vec();
    assert_eq!(application.add(&path, 0, first).await.status, 204);
    // As a lifecycle rule of the bucket aborts what is not completed.
    sqlx::query("UPDATE uploads SET store_upload = 'aborted'")
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    let answer = application
        .add(&path, 6_000_000, content[6_000_000..].to_vec())
        .await;
    assert_eq!(answer.problem(), (404, "upload_not_found".into()));
    application.assert_nothing_left().await;
}

#[tokio::test]
async fn an_upload_goes_on_by_the_protocol_it_was_begun_with() {
    const PRESIGNED: &str = "/api/documents/upload/presigned";
    for store in STORES {
        let application = application(store).await;
        let by_tus = header(&application.begin("a.pdf", 1000).await.headers, "location");
        let id = by_tus.rsplit('/').next().unwrap();
        let parts = json!({ "parts": [] });
        let path = format!("{PRESIGNED}/{id}/complete");
        let answer = application.post(&path, &parts).await;
        assert_eq!(answer.problem(), (404, "upload_not_found".into()), "{store:?}");
        if store == StoreKind::S3 {
            let request = json!({ "filename": "a.pdf", "size_bytes": 1000 });
            let begun = application.post(PRESIGNED, &request).await.json();
            let path = format!(
                "/api/documents/upload/tus/{}",
                begun["upload_id"].as_str().unwrap()
            );
            let answer = application.add(&path, 0, content(1000)).await;
            assert_eq!(answer.problem(), (404, "upload_not_found".into()));
        }
    }
}

#[tokio::test]
async fn a_tenant_completes_no_more_uploads_at_once_than_it_may() {
    let application = application(StoreKind::S3).await;
    let request = json!({ "filename": "a.pdf", "size_bytes": 1000 });
    let begun = application
        .post("/api/documents/upload/presigned", &request)
        .await
        .json();
    let complete = crate::presigned::send(&begun, &content(1000)).await;
    let path = format!(
        "/api/documents/upload/presigned/{}/complete",
        begun["upload_id"].as_str().unwrap()
    );
    let places: Vec<_> =
        std::iter::from_fn(|| application.app.uploads.begin(application.tenant).ok()).collect();
    let answer = application.post(&path, &complete).await;
    assert_eq!(answer.problem(), (429, "too_many_uploads".into()));
    drop(places);
    assert_eq!(application.post(&path, &complete).await.status, 202);
}
