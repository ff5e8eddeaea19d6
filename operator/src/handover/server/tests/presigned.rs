//! Pods that ask for URLs, and what they are given. Signing takes no store that answers.

use axum::{body::Body, response::IntoResponse as _};
use crds::presigned::{
    MAX_OPERATIONS, ObjectOperation, PresignedUrl, PresignedUrlsRequest, PresignedUrlsResponse,
};
use object_store::aws::AmazonS3Builder;

use super::*;
use crate::handover::testing::{Names, Office, in_process_with};

const SECRET: &str = "secret-of-the-store";

fn store() -> Arc<S3Store> {
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let builder = AmazonS3Builder::new()
        .with_endpoint("http://127.0.0.1:9")
        .with_access_key_id("access")
        .with_secret_access_key(SECRET);
    Arc::new(S3Store::open(builder, "s3://bucket", "").unwrap().unwrap())
}

fn server(store: Option<Arc<S3Store>>) -> (Arc<Office>, Server<Office, Names>) {
    let (office, server) = in_process_with(store);
    office.desire(&job("a"), these(&["one"]));
    office.desire(&job("b"), these(&["two"]));
    (office, server)
}

fn request(token: &str, uid: &str, operations: &[ObjectOperation]) -> Request {
    let body = PresignedUrlsRequest {
        assignment: key(uid),
        operations: operations.to_vec(),
    };
    Request::post(PRESIGNED_URLS_PATH)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::from(serde_json::to_vec(&body).unwrap()))
        .unwrap()
}

async fn refused(server: &Server<Office, Names>, request: Request) -> StatusCode {
    let refusal = server.sign(request).await.unwrap_err();
    refusal.into_response().status()
}

/// The keys that URLs lead to, below the bucket.
fn keys(response: &PresignedUrlsResponse) -> Vec<&str> {
    let urls = response.urls.iter().map(PresignedUrl::reveal);
    urls.map(|url| {
        let url = url
            .strip_prefix("http://127.0.0.1:9/bucket/")
            .expect("it is the store's");
        url.split_once('?').expect("it is signed").0
    })
    .collect()
}

#[tokio::test]
async fn a_pod_is_given_urls_of_what_it_should_hold_under_its_own_uid() {
    let (_office, server) = server(Some(store()));
    let operations = [
        ObjectOperation::ReadSource,
        ObjectOperation::CreateManifest,
        ObjectOperation::WriteFile {
            name: "x.json".into(),
        },
    ];
    let response = server.sign(request("a", "one", &operations)).await.unwrap();
    let prefix = "namespaces/tenant/documents/one/encodings/one";
    let expected = [
        "uploads/document".to_owned(),
        format!("{prefix}/manifest.json"),
        format!("{prefix}/attempt-uid-of-a/x.json"),
    ];
    assert_eq!(keys(&response), expected);
    assert_eq!(response.valid_seconds, 900);
    assert!(response.urls.iter().all(|url| !url.reveal().contains(SECRET)));
}

#[tokio::test]
async fn nobody_is_given_urls_of_anything_else() {
    let (office, server) = server(Some(store()));
    let read = [ObjectOperation::ReadSource];
    for (token, uid, status) in [
        ("a", "two", StatusCode::CONFLICT),
        ("a", "zero", StatusCode::CONFLICT),
        ("stranger", "one", StatusCode::FORBIDDEN),
        ("no-job", "one", StatusCode::FORBIDDEN),
        ("nobody", "one", StatusCode::UNAUTHORIZED),
        ("unavailable", "one", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let status_of = refused(&server, request(token, uid, &read)).await;
        assert_eq!(status_of, status, "{token} asks for {uid}");
    }
    let outside = [ObjectOperation::WriteFile {
        name: "../manifest.json".into(),
    }];
    assert_eq!(
        refused(&server, request("a", "one", &outside)).await,
        StatusCode::BAD_REQUEST
    );
    let many = vec![ObjectOperation::ReadSource; MAX_OPERATIONS + 1];
    assert_eq!(
        refused(&server, request("a", "one", &many)).await,
        StatusCode::BAD_REQUEST
    );
    let mut without = request("a", "one", &read);
    without.headers_mut().remove(header::AUTHORIZATION);
    assert_eq!(refused(&server, without).await, StatusCode::UNAUTHORIZED);

    // Taken away, and another try of the same.
    office.desire(&job("a"), these(&[]));
    assert_eq!(
        refused(&server, request("a", "one", &read)).await,
        StatusCode::CONFLICT
    );
    let mut next_try = these(&["one"]);
    next_try.assignments[0].tries += 1;
    office.desire(&job("a"), next_try);
    assert_eq!(
        refused(&server, request("a", "one", &read)).await,
        StatusCode::CONFLICT
    );
    office.knows_too_little();
    assert_eq!(
        refused(&server, request("a", "one", &read)).await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    office.lead(Some(NotLeading::default()));
    assert_eq!(
        refused(&server, request("a", "one", &read)).await,
        StatusCode::MISDIRECTED_REQUEST
    );
}

#[tokio::test]
async fn of_a_volume_there_are_no_urls() {
    let (_office, server) = server(None);
    let read = [ObjectOperation::ReadSource];
    assert_eq!(
        refused(&server, request("a", "one", &read)).await,
        StatusCode::NOT_FOUND
    );
}
