//! Downloads: only what was committed, and only whole.

use api::{documents::document::Document, identity::key::hexadecimal};
use axum::{body::Body, http::Request};
use crds::keys;
use futures::StreamExt;
use serde_json::json;
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    application::{self, Application},
    documents::{moment, observed, ready, resource},
    servers,
};

const METADATA: &[u8] = br#"{"chunks":[]}"#;

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

impl Application {
    pub(crate) fn write_object(&self, key: &str, bytes: &[u8]) {
        let path = self.store_directory.0.join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// A document with a committed result, and the prefix under which it lies.
async fn with_result() -> (Application, Document, String) {
    with_result_of(METADATA).await
}

/// The same, with this file of chunks.
async fn with_result_of(metadata: &[u8]) -> (Application, Document, String) {
    let application = application::application().await;
    let document = application.document().await;
    let prefix = application.commit(&document, "it", metadata).await;
    (application, document, prefix)
}

impl Application {
    /// Commits a result of a document, with this file of chunks, and answers the prefix under which it lies.
    pub(crate) async fn commit(&self, document: &Document, language: &str, metadata: &[u8]) -> String {
        let uid = document.binding.uid.unwrap_or_else(Uuid::new_v4);
        let prefix = keys::encoding_prefix(&document.owner(), &document.id.to_string(), &uid.to_string());
        let entry = json!({ "path": "attempt-p/a_sections_metadata.json", "size": metadata.len(), "sha256": sha256(metadata) });
        let manifest = json!({ "metadata_file": entry, "index_file": entry }).to_string();
        self.write_object(&format!("{prefix}/attempt-p/a_sections_metadata.json"), metadata);
        self.write_object(&keys::manifest(&prefix), manifest.as_bytes());
        let mut status = ready();
        let result = status.result.as_mut().unwrap();
        language.clone_into(&mut result.language);
        result.manifest = keys::manifest(&prefix);
        result.manifest_sha256 = sha256(manifest.as_bytes());
        let observation = observed(&resource(document, uid, status));
        crate::documents::write(&self.database.mirror, &observation, moment(9)).await;
        prefix
    }
}

#[tokio::test]
async fn a_committed_result_is_given_whole() {
    let (application, document, _) = with_result().await;
    for part in ["metadata", "index"] {
        let answer = application
            .get(&format!("/api/documents/{}/{part}", document.id))
            .await;
        assert_eq!((answer.status.as_u16(), answer.bytes.as_slice()), (200, METADATA));
        assert_eq!(answer.headers["etag"], format!("\"{}\"", sha256(METADATA)));
        assert!(
            answer.headers["content-disposition"]
                .to_str()
                .unwrap()
                .ends_with("a_sections_metadata.json")
        );
    }
}

impl Application {
    /// Asks for a file with these headers; status, `Content-Range`, and what was sent.
    async fn part(&self, path: &str, headers: &[(&str, &str)]) -> (u16, Option<String>, Vec<u8>) {
        let request = headers
            .iter()
            .fold(self.request("GET", path), |request, (name, value)| {
                request.header(*name, *value)
            });
        let answer = self.send(request.body(Body::empty()).unwrap()).await;
        let range = answer.headers.get("content-range");
        let range = range.map(|range| range.to_str().unwrap().to_owned());
        (answer.status.as_u16(), range, answer.bytes)
    }
}

#[tokio::test]
async fn a_part_of_a_file_is_given_where_it_is_still_that_file() {
    let (application, document, _) = with_result().await;
    let path = format!("/api/documents/{}/metadata", document.id);
    let whole = application.get(&path).await;
    assert_eq!(whole.headers["accept-ranges"], "bytes");
    let tag = format!("\"{}\"", sha256(METADATA));
    let range = |text: &str| Some(text.to_owned());
    let expected = (206, range("bytes 2-7/13"), METADATA[2..8].to_vec());
    assert_eq!(application.part(&path, &[("range", "bytes=2-7")]).await, expected);
    let of_this = [("range", "bytes=2-7"), ("if-range", tag.as_str())];
    assert_eq!(application.part(&path, &of_this).await, expected);
    let of_another = [("range", "bytes=2-7"), ("if-range", "\"another\"")];
    assert_eq!(
        application.part(&path, &of_another).await,
        (200, None, METADATA.to_vec())
    );
    let rest = application.part(&path, &[("range", "bytes=-3")]).await;
    assert_eq!(rest, (206, range("bytes 10-12/13"), METADATA[10..].to_vec()));
    let (status, size, _) = application.part(&path, &[("range", "bytes=13-")]).await;
    assert_eq!((status, size), (416, range("bytes */13")));
    let known = [("range", "bytes=2-7"), ("if-none-match", tag.as_str())];
    assert_eq!(application.part(&path, &known).await.0, 304);
}

#[tokio::test]
async fn a_result_that_was_changed_is_not_given() {
    let (application, document, prefix) = with_result().await;
    let path = format!("/api/documents/{}/metadata", document.id);
    application.write_object(
        &format!("{prefix}/attempt-p/a_sections_metadata.json"),
        b"longer than it was before",
    );
    assert_eq!(application.get(&path).await.problem(), (500, "internal".into()));
    application.write_object(&keys::manifest(&prefix), b"{}");
    assert_eq!(application.get(&path).await.problem(), (500, "internal".into()));
    std::fs::remove_file(application.store_directory.0.join(keys::manifest(&prefix))).unwrap();
    assert_eq!(application.get(&path).await.problem(), (410, "file_gone".into()));
}

#[tokio::test]
async fn what_is_not_ready_has_no_result_but_a_source() {
    let application = application::application().await;
    let mut document = crate::documents::document(application.tenant, application.user);
    (document.file.sha256, document.file.size_bytes) = (Some(sha256(b"%PDF-1.7")), Some(8));
    crate::documents::insert(&application.database.api, &document).await;
    let answer = application
        .get(&format!("/api/documents/{}/index", document.id))
        .await;
    assert_eq!(answer.problem(), (409, "not_ready".into()));
    application.write_object(
        &keys::source(&document.owner(), &document.id.to_string()),
        b"%PDF-1.7",
    );
    let answer = application
        .get(&format!("/api/documents/{}/source", document.id))
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.bytes.as_slice()),
        (200, b"%PDF-1.7".as_slice())
    );
    assert_eq!(answer.headers["content-type"], "application/pdf");

    application.write_object(
        &keys::source(&document.owner(), &document.id.to_string()),
        b"longer than it was before",
    );
    let path = format!("/api/documents/{}/source", document.id);
    assert_eq!(application.get(&path).await.problem(), (500, "internal".into()));
}

#[tokio::test]
async fn a_link_that_an_encoder_left_is_not_followed() {
    let (application, document, prefix) = with_result().await;
    let path = format!("/api/documents/{}/metadata", document.id);
    let store = &application.store_directory.0;
    let attempt = store.join(&prefix).join("attempt-p");
    let file = attempt.join("a_sections_metadata.json");

    // The very same bytes, but of somebody else in the same store, and both ways to say where.
    application.write_object("tenants/another/documents/d/a_sections_metadata.json", METADATA);
    let up = "../".repeat(prefix.split('/').count());
    for root in [store.display().to_string(), up.trim_end_matches('/').to_owned()] {
        let elsewhere = format!("{root}/tenants/another/documents/d");
        std::fs::remove_file(&file).unwrap();
        let from_file = if root.starts_with('/') { "" } else { "../" };
        let target = format!("{from_file}{elsewhere}/a_sections_metadata.json");
        std::os::unix::fs::symlink(target, &file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), METADATA, "the link leads there");
        assert_eq!(application.get(&path).await.problem(), (500, "internal".into()));
        // The folder instead of the file.
        std::fs::remove_dir_all(&attempt).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &attempt).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), METADATA, "the link leads there");
        assert_eq!(application.get(&path).await.problem(), (500, "internal".into()));
        std::fs::remove_file(&attempt).unwrap();
        application.write_object(&format!("{prefix}/attempt-p/a_sections_metadata.json"), METADATA);
        assert_eq!(application.get(&path).await.status, 200);
    }
    // What never can be read.
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir_all(&file).unwrap();
    assert_eq!(application.get(&path).await.problem(), (500, "internal".into()));
}

#[tokio::test]
async fn pages_and_description_are_served_with_a_strict_policy() {
    let application = application::application().await;
    for path in [
        "/",
        "/docs/",
        "/docs/swagger-ui.css",
        "/static/dashboard.js",
        "/static/vendor/pdf/pdf.worker.js",
    ] {
        let answer = application.get(path).await;
        let policy = answer.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            answer.status == 200 && policy.starts_with("default-src 'none'"),
            "{path}"
        );
    }
    let description = application.get("/openapi.json").await.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in [
        "/api/documents/upload",
        "/api/documents/{id}/status",
        "/api/documents/{id}",
        "/api/documents",
    ] {
        assert!(description["paths"][path].is_object(), "{path}");
    }
    assert_eq!(
        application.get("/readyz").await.status,
        503,
        "the mirror has listed nothing"
    );
    assert_eq!(
        application.get("/metrics").await.status,
        404,
        "they are not for everybody"
    );
    let operations = api::http::router::operations(application.app.clone());
    let request = axum::http::Request::get("/metrics").body(axum::body::Body::empty());
    let answer = tower::ServiceExt::oneshot(operations, request.unwrap())
        .await
        .unwrap();
    let metrics = axum::body::to_bytes(answer.into_body(), usize::MAX)
        .await
        .unwrap();
    assert!(metrics.ends_with(b"# EOF\n"));
}

/// Passes on to the S3 server whatever comes, for as long as it runs.
async fn pass_on(listener: tokio::net::TcpListener) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((mut client, _)) = listener.accept().await {
        connections.spawn(async move {
            let endpoint = servers::s3().endpoint.replace("http://", "");
            let mut server = tokio::net::TcpStream::connect(endpoint).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_unavailable_whoever_needs_it() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let passing = tokio::spawn(pass_on(listener));
    let application = application::with(application::Setup {
        cluster_url: application::cluster(application::takes).await,
        store: application::StoreKind::S3,
        s3: Some(api::store::S3Settings {
            endpoint: Some(endpoint),
            ..servers::s3().settings()
        }),
        ..application::Setup::default()
    })
    .await;
    let part = ("name=\"file\"; filename=\"a.pdf\"", &b"%PDF-1.7 a document"[..]);
    let answer = application.upload(&[], &[part]).await.json();
    let path = format!(
        "/api/documents/{}/source",
        answer["document_id"].as_str().unwrap()
    );
    assert_eq!(application.get(&path).await.status, 200);
    passing.abort();
    let _ = passing.await;
    let (one, two) = ([part], [part, part]);
    let (download, upload, several) = futures::join!(
        application.get(&path),
        application.upload(&[], &one),
        application.upload(&[], &two)
    );
    for answer in [download, upload] {
        assert_eq!(answer.problem(), (503, "store_unavailable".into()));
        assert!(answer.headers.contains_key("retry-after"));
    }
    if several.status == 207 {
        for file in several.json()["documents"].as_array().unwrap() {
            assert_eq!(
                (&file["status"], &file["code"]),
                (&503.into(), &"store_unavailable".into())
            );
        }
    } else {
        assert_eq!(several.problem(), (503, "store_unavailable".into()));
    }
}

#[tokio::test]
async fn what_was_encoded_before_its_namespace_was_given_to_a_tenant_is_that_tenants() {
    let application = application::application().await;
    let uid = Uuid::new_v4();
    let nobody = crds::Owner::Namespace("team".into());
    let prefix = keys::encoding_prefix(&nobody, &uid.to_string(), &uid.to_string());
    let entry = json!({ "path": "attempt-p/a_sections_metadata.json", "size": METADATA.len(), "sha256": sha256(METADATA) });
    let manifest = json!({ "metadata_file": entry, "index_file": entry }).to_string();
    application.write_object(&format!("{prefix}/attempt-p/a_sections_metadata.json"), METADATA);
    application.write_object(&keys::manifest(&prefix), manifest.as_bytes());
    let mut status = ready();
    let result = status.result.as_mut().unwrap();
    result.manifest = keys::manifest(&prefix);
    result.manifest_sha256 = sha256(manifest.as_bytes());
    let template = crate::documents::document(application.tenant, application.user);
    let mut applied = resource(&template, uid, status);
    applied.metadata.namespace = Some("team".into());
    let pool = &application.database.mirror;
    crate::documents::write(pool, &observed(&applied), moment(9)).await;
    let path = format!("/api/documents/{uid}/metadata");
    assert_eq!(application.get(&path).await.status, 404, "it is nobody's");
    let given = api::documents::observed::give_to_tenant(pool, "team", application.tenant).await;
    assert_eq!(given.unwrap().len(), 1);
    let answer = application.get(&path).await;
    assert_eq!((answer.status.as_u16(), answer.bytes.as_slice()), (200, METADATA));
}

/// A file of a result with so many chunks.
fn file_of_chunks(count: u64) -> Vec<u8> {
    let chunk = |index: u64| {
        json!({
            "id": format!("id-{index}"), "text": format!("testo {index}"), "token_count": 2, "char_start": index, "char_end": index + 7,
            "page_start": 1, "page_end": 1,
            "metadata": {"index": index, "start": 0, "end": 7, "length": 7, "page": 1, "section": 1, "total_sections": 1},
        })
    };
    let chunks: Vec<_> = (0..count).map(chunk).collect();
    json!({ "file": "a.pdf", "chunks_count": count, "chunks": chunks })
        .to_string()
        .into_bytes()
}

#[tokio::test]
async fn chunks_are_gone_through_page_by_page_in_one_result() {
    let (application, document, _) = with_result_of(&file_of_chunks(5)).await;
    let path = format!("/api/documents/{}/chunks", document.id);
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = application.get(&format!("{path}?limit=2&cursor={cursor}")).await;
        let page = answer.json();
        assert_eq!(page["total_chunks"], 5);
        all.extend(page["chunks"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = next.to_owned();
    }
    let texts: Vec<_> = all.iter().map(|chunk| chunk["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["testo 0", "testo 1", "testo 2", "testo 3", "testo 4"]);
    let first = application.get(&path).await;
    let tag = first.headers["etag"].to_str().unwrap();
    let again = application.request("GET", &path).header("if-none-match", tag);
    let again = application.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status.as_u16(), 304);
    let refused = async |query: &str| application.get(&format!("{path}?{query}")).await.problem();
    assert_eq!(refused("limit=0").await, (422, "invalid_limit".to_owned()));
    assert_eq!(refused("cursor=x").await, (422, "invalid_cursor".to_owned()));
    let of_another = refused("cursor=2.0123456789abcdef").await;
    assert_eq!(of_another, (422, "cursor_of_another_result".to_owned()));
}

#[tokio::test]
async fn chunks_are_those_of_a_result_that_is_there_and_the_callers() {
    let (application, document, prefix) = with_result_of(&file_of_chunks(5)).await;
    let path = format!("/api/documents/{}/chunks", document.id);
    let (_, _, other) = application::tenant(&application.database, "other").await;
    let stranger = application.get_as(&other, &path).await;
    assert_eq!(stranger.problem(), (404, "document_not_found".to_owned()));
    let waiting = application.document().await;
    let waiting = application
        .get(&format!("/api/documents/{}/chunks", waiting.id))
        .await;
    assert_eq!(waiting.problem(), (409, "not_ready".to_owned()));
    let changed = file_of_chunks(5)
        .iter()
        .map(|byte| if *byte == b'5' { b'6' } else { *byte })
        .collect::<Vec<_>>();
    application.write_object(&format!("{prefix}/attempt-p/a_sections_metadata.json"), &changed);
    assert_eq!(
        application.get(&path).await.problem(),
        (500, "internal".to_owned())
    );
}

#[tokio::test]
async fn a_page_of_long_chunks_is_shorter_wherever_they_are_read() {
    let long = "parola ".repeat(50_000); // 350 KB
    let texts = [long.as_str(); 7];
    let (application, document, _) = with_result_of(&crate::search::file(&texts)).await;
    let path = format!("/api/documents/{}/chunks", document.id);
    for is_indexed in [false, true] {
        let (mut pages, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = application
                .get(&format!("{path}?limit=200&cursor={cursor}"))
                .await
                .json();
            pages.push(page["chunks"].as_array().unwrap().len());
            let Some(next) = page["next_cursor"].as_str() else {
                break;
            };
            next.clone_into(&mut cursor);
        }
        assert_eq!(pages, [3, 3, 1], "indexed: {is_indexed}");
        application.index().await;
    }
    assert_eq!(
        application
            .count("indexed_documents WHERE total_chunks = 7")
            .await,
        1
    );
    let exported = application.get("/api/export/chunks").await;
    assert_eq!(exported.text().lines().count(), 7);
}

#[tokio::test]
async fn a_page_from_which_somebody_took_a_chunk_is_read_from_the_file() {
    let long = "parola ".repeat(50_000);
    let texts: Vec<String> = (0..4).map(|number| format!("{number} {long}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (application, document, _) = with_result_of(&crate::search::file(&texts)).await;
    application.index().await;
    application.execute("DELETE FROM chunks WHERE number = 1").await;
    let page = application
        .get(&format!("/api/documents/{}/chunks", document.id))
        .await
        .json();
    let chunks = page["chunks"].as_array().unwrap();
    let first = |chunk: &serde_json::Value| chunk["text"].as_str().unwrap().as_bytes()[0];
    assert_eq!(chunks.iter().map(first).collect::<Vec<_>>(), b"012");
}

#[tokio::test]
async fn who_takes_all_their_turns_is_told_so_and_keeps_nobody_else_waiting() {
    let (application, document, _) = with_result_of(&file_of_chunks(5)).await;
    let turns = &application.app.turns;
    let own = application.tenant;
    let path = format!("/api/documents/{}/chunks", document.id);
    for (turns, path) in [
        (&turns.searches, "/api/search?q=testo"),
        (&turns.chunk_files, path.as_str()),
        (&turns.exported_files, "/api/export/chunks"),
    ] {
        let mut taken = Vec::new();
        while let Some(turn) = turns.take(own).await {
            taken.push(turn);
        }
        let refused = application.get(path).await;
        assert_eq!(refused.problem(), (429, "saturated".to_owned()), "{path}");
        assert!(turns.take(Uuid::new_v4()).await.is_some(), "{path}");
        drop(taken);
        assert_eq!(application.get(path).await.status.as_u16(), 200, "{path}");
    }
}

#[tokio::test]
async fn exports_that_nobody_reads_keep_no_other_from_reading() {
    let (application, _, _) = with_result_of(&file_of_chunks(400)).await;
    let mut stalled = Vec::new();
    for number in 0..3 {
        let name = format!("other {number}");
        let (tenant, user, key) = application::tenant(&application.database, &name).await;
        let document = crate::documents::document(tenant, user);
        crate::documents::insert(&application.database.api, &document).await;
        application.commit(&document, "it", &file_of_chunks(400)).await;
        for _ in 0..2 {
            let request = Request::get("/api/export/chunks").header("x-api-key", &key);
            let request = request.body(Body::empty()).unwrap();
            let answer = application.router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status().as_u16(), 200);
            stalled.push(answer.into_body().into_data_stream());
        }
    }
    let exported = application.get("/api/export/chunks").await;
    assert_eq!(exported.text().lines().count(), 400);
    for mut body in stalled {
        let first = body.next().await.unwrap().unwrap();
        assert!(!first.is_empty());
    }
}
