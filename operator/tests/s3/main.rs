//! An S3 store, on a real server: what URLs open, and what is checked at the start.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod versitygw;

use std::time::Duration;

use crds::{
    Assignment,
    presigned::{ObjectOperation, PresignedUrl},
};
use object_store::{
    aws::AmazonS3Builder,
    signer::{Method, Signer as _},
};
use operator::s3::S3Store;
use reqwest::{Client, StatusCode};
use versitygw::{BUCKET, S3Server};

const POD: &str = "pod";

fn install_provider() {
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
}

fn store_at(builder: AmazonS3Builder, url: &str) -> S3Store {
    install_provider();
    S3Store::open(builder, url, "").unwrap().unwrap()
}

fn store(server: &S3Server) -> S3Store {
    store_at(server.builder(), &format!("s3://{BUCKET}/prefix"))
}

fn assignment(document: &str) -> Assignment {
    serde_json::from_value(serde_json::json!({
        "namespace": "team", "name": document, "uid": format!("uid-of-{document}"), "attempt": 1, "tries": 1,
        "owner": {"tenant": "t"}, "documentId": document, "fileName": "f è.txt",
        "source": {"object": format!("tenants/t/documents/{document}/source")},
        "chunking": {}, "onEmptyPages": "Warn", "timeoutSeconds": 60, "maxSourceBytes": 1000
    }))
    .unwrap()
}

async fn sign(store: &S3Store, document: &str, operation: ObjectOperation) -> String {
    let urls = store
        .sign(&assignment(document), POD, &[operation])
        .await
        .unwrap();
    urls.first().map(PresignedUrl::reveal).unwrap().to_owned()
}

fn write_file(name: &str) -> ObjectOperation {
    ObjectOperation::WriteFile {
        name: name.to_owned(),
    }
}

#[tokio::test]
async fn a_url_opens_one_object_by_one_method() {
    let server = S3Server::start();
    let (store, http) = (store(&server), Client::new());
    server
        .upload("prefix/tenants/t/documents/a/source", b"of a")
        .await;
    server
        .upload("prefix/tenants/t/documents/b/source", b"of b")
        .await;
    let url = sign(&store, "a", ObjectOperation::ReadSource).await;
    let answer = http.get(&url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.bytes().await.unwrap(), "of a");
    // Another document, and the folder of the store.
    for (from, to) in [
        ("documents/a/", "documents/b/"),
        ("documents/a/source", "documents/a/other"),
        ("/a/source", "/"),
    ] {
        let other = url.replacen(from, to, 1);
        assert_ne!(other, url);
        assert_eq!(
            http.get(&other).send().await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{to}"
        );
    }
    // Another method.
    assert_eq!(
        http.put(&url).body("x").send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        http.delete(&url).send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    // Without what is signed, or for longer.
    let (without, _) = url.split_once('?').unwrap();
    assert_eq!(
        http.get(without).send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    let longer = url.replacen("X-Amz-Expires=900", "X-Amz-Expires=9000", 1);
    assert_ne!(longer, url);
    assert_eq!(
        http.get(&longer).send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );

    let url = sign(&store, "a", write_file("f è_sections_index.json")).await;
    assert_eq!(
        http.get(&url).send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        http.put(&url).body("index").send().await.unwrap().status(),
        StatusCode::OK
    );
    let key = "prefix/tenants/t/documents/a/encodings/uid-of-a/attempt-pod/f è_sections_index.json";
    assert_eq!(std::fs::read(server.file(key)).unwrap(), b"index");
    assert_eq!(
        std::fs::read(server.file("prefix/tenants/t/documents/b/source")).unwrap(),
        b"of b"
    );
}

#[tokio::test]
async fn a_manifest_is_written_once_whatever_is_sent_with_its_url() {
    let server = S3Server::start();
    let (store, http) = (store(&server), Client::new());
    let create = sign(&store, "a", ObjectOperation::CreateManifest).await;
    let put = |url: &str, condition: Option<(&'static str, &str)>, body: &'static str| {
        let mut request = http.put(url).body(body);
        if let Some((name, value)) = condition {
            request = request.header(name, value);
        }
        async { request.send().await.unwrap().status() }
    };
    let absent = Some(("if-none-match", "*"));
    assert_eq!(put(&create, None, "unconditional").await, StatusCode::FORBIDDEN);
    assert_eq!(put(&create, absent, "first").await, StatusCode::OK);
    assert_eq!(
        put(&create, absent, "second").await,
        StatusCode::PRECONDITION_FAILED
    );

    let read = sign(&store, "a", ObjectOperation::ReadManifest).await;
    let answer = http.get(&read).send().await.unwrap();
    let e_tag = answer.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(answer.bytes().await.unwrap(), "first");
    let replace = sign(
        &store,
        "a",
        ObjectOperation::ReplaceManifest { e_tag: e_tag.clone() },
    )
    .await;
    assert_eq!(put(&replace, None, "unconditional").await, StatusCode::FORBIDDEN);
    assert_eq!(
        put(&replace, Some(("if-match", &e_tag)), "mended").await,
        StatusCode::OK
    );
    // It is another one now.
    assert_eq!(
        put(&replace, Some(("if-match", &e_tag)), "again").await,
        StatusCode::PRECONDITION_FAILED
    );
    let answer = http.get(&read).send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), "mended");
}

#[tokio::test]
async fn a_store_with_conditional_writes_passes_the_check_and_keeps_nothing_of_it() {
    let server = S3Server::start();
    store(&server).check().await.unwrap();
    assert_eq!(server.keys("prefix"), Vec::<String>::new());
}

#[tokio::test]
async fn a_store_that_does_not_honour_conditional_writes_is_refused() {
    let server = S3Server::start_without_conditional_writes();
    let error = store(&server).check().await.unwrap_err().to_string();
    assert!(error.contains("does not honour If-None-Match"), "{error}");
    assert_eq!(server.keys("prefix"), Vec::<String>::new());
}

#[tokio::test]
async fn a_url_ends() {
    let server = S3Server::start();
    server.upload("object", b"text").await;
    let signer = server
        .builder()
        .with_bucket_name(BUCKET)
        .with_allow_http(true)
        .build()
        .unwrap();
    let (path, moment) = (object_store::path::Path::from("object"), Duration::from_secs(1));
    let url = signer.signed_url(Method::GET, &path, moment).await.unwrap();
    let client = Client::new();
    let mut statuses = Vec::new();
    while statuses.last() != Some(&StatusCode::FORBIDDEN) {
        statuses.push(client.get(url.clone()).send().await.unwrap().status());
        assert!(statuses.len() < 100_000, "it never ends");
    }
    assert_eq!(statuses[0], StatusCode::OK);
}

#[tokio::test]
async fn a_store_that_is_away_at_the_start_is_waited_for() {
    let mut server = S3Server::start();
    server.stop();
    let store = store(&server);
    let mut check = std::pin::pin!(store.check());
    let while_away = tokio::time::timeout(Duration::from_millis(300), &mut check).await;
    assert!(while_away.is_err(), "it waits");
    server.begin_again();
    let checked = tokio::time::timeout(Duration::from_mins(1), check).await;
    checked.expect("it is checked soon").unwrap();
}

#[tokio::test]
async fn what_waiting_does_not_mend_is_said_at_the_start() {
    let server = S3Server::start();
    for (builder, bucket) in [
        (server.builder(), "no-such-bucket"),
        (server.builder().with_secret_access_key("wrong"), BUCKET),
    ] {
        let error = store_at(builder, &format!("s3://{bucket}"))
            .check()
            .await
            .unwrap_err();
        let message = format!("{error:#}");
        assert!(
            message.contains("do the bucket and the credentials exist"),
            "{message}"
        );
        assert!(!message.contains("secret"), "{message}");
    }
}

#[test]
fn an_address_names_a_bucket_and_may_name_a_prefix() {
    install_provider();
    let builder = || AmazonS3Builder::new().with_region("us-east-1");
    let open = |url: &str| S3Store::open(builder(), url, "");
    assert!(open("file:///store").unwrap().is_none());
    for url in ["s3://bucket", "s3://bucket/", "s3://bucket/a/b"] {
        assert!(open(url).unwrap().is_some(), "{url}");
    }
    for url in ["s3://", "s3:///prefix", "s3://bucket/../a"] {
        assert!(open(url).is_err(), "{url}");
    }
    let error = S3Store::open(builder(), "s3://bucket", "no certificate").unwrap_err();
    assert!(error.to_string().contains("authorities"), "{error}");
}
