//! Uploads that are interrupted and gone on with (tus 1.0.0), on both stores.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Request},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures::stream;

use crate::application::{self, Answer, Application, STORES, Setup, cluster, takes, until};

const PATH: &str = "/api/documents/upload/tus";

async fn application(store: application::StoreKind) -> Application {
    application::with(Setup {
        store,
        cluster_url: cluster(takes).await,
        max_upload_bytes: 30_000_000,
        ..Setup::default()
    })
    .await
}

/// A PDF to the eye of whoever looks at its beginning.
fn content(length: usize) -> Vec<u8> {
    let mut content = b"%PDF-1.7 ".to_vec();
    content.extend((content.len()..length).map(|at| b'a' + u8::try_from(at % 23).unwrap()));
    content
}

impl Application {
    pub(crate) async fn tus(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: Body,
    ) -> Answer {
        let mut request = self.request(method, path).header("tus-resumable", "1.0.0");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn begin(&self, filename: &str, length: usize) -> Answer {
        let metadata = format!(
            "filename {},priority {}",
            BASE64_STANDARD.encode(filename),
            BASE64_STANDARD.encode("7")
        );
        let headers = [
            ("upload-length", length.to_string()),
            ("upload-metadata", metadata),
        ];
        self.tus("POST", PATH, &headers, Body::empty()).await
    }

    pub(crate) async fn add(&self, path: &str, offset: usize, body: impl Into<Body>) -> Answer {
        let headers = [
            ("upload-offset", offset.to_string()),
            ("content-type", "application/offset+octet-stream".to_owned()),
        ];
        self.tus("PATCH", path, &headers, body.into()).await
    }

    async fn offset(&self, path: &str) -> (u16, String) {
        let answer = self.tus("HEAD", path, &[], Body::empty()).await;
        (answer.status.as_u16(), header(&answer.headers, "upload-offset"))
    }
}

pub(crate) fn header(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    value.unwrap_or_default()
}

#[tokio::test]
async fn what_comes_in_several_goes_is_one_document() {
    for store in STORES {
        let application = application(store).await;
        // Less than a part of S3, several parts, and a whole number of them.
        for (length, cuts) in [
            (1000, vec![0, 10, 999]),
            (17_000_000, vec![0, 3, 6_000_000, 6_000_001, 12_000_000]),
            (10 << 20, vec![0, 5 << 20]),
        ] {
            let content = content(length);
            let begun = application.begin("a.pdf", length).await;
            assert_eq!(begun.status, 201);
            let path = header(&begun.headers, "location");
            assert!(header(&begun.headers, "upload-expires").ends_with(" GMT"));
            for (index, from) in cuts.iter().enumerate() {
                let to = cuts.get(index + 1).copied().unwrap_or(length);
                let added = application.add(&path, *from, content[*from..to].to_vec()).await;
                assert_eq!(added.status, 204, "{store:?} {length} {from}");
                assert_eq!(header(&added.headers, "upload-offset"), to.to_string());
                assert_eq!(application.offset(&path).await, (200, to.to_string()));
            }
            let id = path.rsplit('/').next().unwrap();
            let record = application.get(&format!("/api/documents/{id}")).await.json();
            assert_eq!(
                (&record["filename"], &record["priority"]),
                (&"a.pdf".into(), &7.into())
            );
            assert_eq!(record["size_bytes"], length);
            let source = application.get(&format!("/api/documents/{id}/source")).await;
            assert!(source.bytes == content, "{store:?} {length}");
            let objects = application.store_directory.contents();
            let ours = objects.iter().filter(|path| path.contains(id));
            assert_eq!(ours.count(), 1, "{objects:?}");
        }
        assert_eq!(application.count("uploads").await, 0);
    }
}

#[tokio::test]
async fn what_has_come_before_a_cut_is_kept() {
    for store in STORES {
        let application = application(store).await;
        let content = content(9_000_000);
        let path = header(
            &application.begin("a.pdf", content.len()).await.headers,
            "location",
        );
        let cut: [Result<Bytes, std::io::Error>; 2] = [
            Ok(Bytes::copy_from_slice(&content[..7_000_000])),
            Err(std::io::ErrorKind::ConnectionReset.into()),
        ];
        let answer = application
            .add(&path, 0, Body::from_stream(stream::iter(cut)))
            .await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            application.offset(&path).await,
            (200, "7000000".into()),
            "{store:?}"
        );
        let rest = content[7_000_000..].to_vec();
        assert_eq!(application.add(&path, 7_000_000, rest).await.status, 204);
        let id = path.rsplit('/').next().unwrap();
        let source = application.get(&format!("/api/documents/{id}/source")).await;
        assert!(source.bytes == content, "{store:?}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_so_and_changes_nothing() {
    for store in STORES {
        let application = application(store).await;
        let path = header(&application.begin("a.pdf", 20).await.headers, "location");
        assert_eq!(
            application.add(&path, 0, b"%PDF-1.7 a".to_vec()).await.status,
            204
        );
        for (offset, body, expected) in [
            (5, "12345", (409, "wrong_offset")),
            (10, "12345678901", (413, "file_too_large")),
        ] {
            let answer = application.add(&path, offset, body).await;
            let (status, code) = answer.problem();
            assert_eq!((status, code.as_str()), expected);
            assert_eq!(header(&answer.headers, "tus-resumable"), "1.0.0");
            assert_eq!(application.offset(&path).await, (200, "10".into()));
        }
        let request = application
            .request("HEAD", &path)
            .header("tus-resumable", "0.2.2");
        let answer = application.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 412);
        let (_, _, key) = application::tenant(&application.database, "two").await;
        let stranger = Request::patch(&path)
            .header("x-api-key", key)
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", "10")
            .header("content-type", "application/offset+octet-stream");
        let answer = application.send(stranger.body("x".into()).unwrap()).await;
        assert_eq!(answer.problem(), (404, "upload_not_found".into()));
        assert_eq!(application.offset(&path).await, (200, "10".into()));
        // What it is is looked at when it is whole.
        let path = header(&application.begin("b.pdf", 8).await.headers, "location");
        let answer = application.add(&path, 0, b"\x89PNG\r\n\x1a\n".to_vec()).await;
        assert_eq!(answer.problem(), (415, "unsupported_format".into()));
        assert_eq!(application.offset(&path).await.0, 404);
    }
}

#[tokio::test]
async fn quotas_count_the_whole_from_the_beginning() {
    let application = application(application::StoreKind::File).await;
    sqlx::query("UPDATE tenants SET max_bytes = 1000")
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    let first = application.begin("a.pdf", 600).await;
    assert_eq!(first.status, 201);
    assert_eq!(
        application.begin("a.pdf", 600).await.problem(),
        (413, "quota_bytes".into())
    );
    let path = header(&first.headers, "location");
    assert_eq!(
        application.tus("DELETE", &path, &[], Body::empty()).await.status,
        204
    );
    assert_eq!(application.offset(&path).await.0, 404);
    application.assert_nothing_left().await;
    assert_eq!(application.begin("a.pdf", 600).await.status, 201);
    for (filename, length, code) in [
        ("a/b.pdf", 1, "invalid_file_name"),
        ("a.pdf", 0, "empty_file"),
        ("a.pdf", 40_000_000, "file_too_large"),
    ] {
        assert_eq!(application.begin(filename, length).await.problem().1, code);
    }
}

#[tokio::test]
async fn one_request_at_a_time_adds() {
    let application = application(application::StoreKind::File).await;
    let path = header(&application.begin("a.pdf", 20).await.headers, "location");
    let (send, body) = tokio::sync::mpsc::channel::<Result<Bytes, std::convert::Infallible>>(1);
    let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(body));
    let first = application.add(&path, 0, body);
    let second = async {
        until("the lock", async || {
            application.count("uploads WHERE locked_until IS NOT NULL").await == 1
        })
        .await;
        let answer = application.add(&path, 0, "x").await;
        assert_eq!(answer.problem(), (423, "upload_locked".into()));
        send.send(Ok("%PDF-1.7 and the rest".into())).await.unwrap();
        drop(send);
    };
    let (first, ()) = tokio::join!(first, second);
    assert_eq!(first.status, 413, "one byte too many");
    assert_eq!(
        application
            .add(&path, 0, b"%PDF-1.7 and the res".to_vec())
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn a_request_that_adds_for_long_keeps_its_lock_with_its_lease() {
    let application = application(application::StoreKind::File).await;
    let path = header(&application.begin("a.pdf", 20).await.headers, "location");
    let (send, body) = tokio::sync::mpsc::channel::<Result<Bytes, std::convert::Infallible>>(1);
    let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(body));
    let first = application.add(&path, 0, body);
    let second = async {
        let locked = "uploads WHERE locked_until > now() + interval '30 seconds'";
        application.until_there_are(locked, 1).await;
        // As after most of a minute.
        let holder: uuid::Uuid = sqlx::query_scalar(
            "UPDATE uploads SET locked_until = now() - interval '1 second' RETURNING holder",
        )
        .fetch_one(&application.database.maintenance)
        .await
        .unwrap();
        let (pool, tenant) = (&application.database.api, application.tenant);
        api::uploads::record::renew(pool, tenant, holder, None)
            .await
            .unwrap();
        assert_eq!(application.count(locked).await, 1);
        let answer = application.add(&path, 0, "x").await;
        assert_eq!(answer.problem(), (423, "upload_locked".into()));
        send.send(Ok("%PDF-1.7 and the res".into())).await.unwrap();
        drop(send);
    };
    let (first, ()) = tokio::join!(first, second);
    assert_eq!(first.status, 204);
}

#[tokio::test]
async fn a_whole_upload_whose_request_was_cut_off_is_finished_by_asking() {
    for store in STORES {
        let application = application(store).await;
        let begun = application.begin("a.pdf", 300).await;
        let path = header(&begun.headers, "location");
        let id = path.rsplit('/').next().unwrap();
        // All of it comes, and making the document fails: nobody can write one, and who waits for it is sent away.
        let mut administrator = crate::databases::administrator(&application.database.name).await;
        let mut locking = sqlx::Connection::begin(&mut administrator).await.unwrap();
        crate::databases::execute(&mut locking, "LOCK TABLE documents IN EXCLUSIVE MODE".to_owned()).await;
        let adding = application.add(&path, 0, content(300));
        let sending_away = until("who waits", async || {
            let sent: Vec<bool> = sqlx::query_scalar(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()",
            )
            .fetch_all(&mut crate::databases::administrator(&application.database.name).await)
            .await
            .unwrap();
            !sent.is_empty()
        });
        let (added, ()) = futures::join!(adding, sending_away);
        assert_eq!(added.status, 503, "{store:?}");
        assert_eq!(application.get(&format!("/api/documents/{id}")).await.status, 404);
        locking.rollback().await.unwrap();

        // Several may ask at once: one of them makes it.
        let asked = futures::future::join_all((0..4).map(|_| application.offset(&path))).await;
        for (status, _) in &asked {
            assert!([200, 423].contains(status), "{store:?}: {asked:?}");
        }
        assert!(asked.contains(&(200, "300".to_owned())), "{store:?}: {asked:?}");
        let record = application.get(&format!("/api/documents/{id}")).await.json();
        assert_eq!(
            (&record["filename"], &record["size_bytes"]),
            (&"a.pdf".into(), &300.into())
        );
        let uploads: i64 = sqlx::query_scalar("SELECT count(*) FROM uploads")
            .fetch_one(&application.database.maintenance)
            .await
            .unwrap();
        assert_eq!(uploads, 0);
    }
}

#[tokio::test]
async fn an_upload_that_nobody_goes_on_with_is_removed() {
    for store in STORES {
        let application = application(store).await;
        let path = header(&application.begin("a.pdf", 9_000_000).await.headers, "location");
        let part = content(9_000_000)[..8_000_000].to_vec();
        assert_eq!(application.add(&path, 0, part).await.status, 204);
        sqlx::query("UPDATE uploads SET expires_at = now()")
            .execute(&application.database.maintenance)
            .await
            .unwrap();
        application.sweep_at(api::clock::Clock::system()).await;
        application.assert_nothing_left().await;
        assert_eq!(application.offset(&path).await.0, 404);
    }
}
