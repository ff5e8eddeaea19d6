//! Uploads: what is refused leaves nothing, and so does what the cluster does not take.

use tokio::net::TcpListener;

use crate::application::{self, Application, Setup};

const PDF: &[u8] = b"%PDF-1.7 a document";
const FILE: &str = "name=\"file\"; filename=\"a.pdf\"";

async fn refused(application: &Application, parts: &[(&str, &[u8])], expected: (u16, &str)) {
    let answer = application.upload(&[], parts).await;
    let (status, code) = answer.problem();
    let heads: Vec<&str> = parts.iter().map(|(head, _)| *head).collect();
    assert_eq!((status, code.as_str()), expected, "{heads:?}");
    application.assert_nothing_left().await;
}

#[tokio::test]
async fn bad_uploads_are_refused_and_leave_nothing() {
    let application = application::application().await;
    let long = format!("name=\"file\"; filename=\"../{}\"", "a".repeat(300));
    let control = "name=\"file\"; filename=\"a\u{1}b.pdf\"";
    let path = "name=\"file\"; filename=\"../../etc/passwd\"";
    let too_large = vec![b'a'; 100_001];
    let endless = vec![b'a'; 200_000];
    for (parts, expected) in [
        (vec![], (422, "missing_file")),
        (vec![("name=\"other\"", PDF)], (422, "missing_file")),
        (vec![(FILE, b"".as_slice())], (422, "empty_file")),
        (
            vec![(FILE, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice())],
            (415, "unsupported_format"),
        ),
        (vec![(FILE, too_large.as_slice())], (413, "file_too_large")),
        (
            vec![("name=\"unknown\"", endless.as_slice()), (FILE, PDF)],
            (413, "file_too_large"),
        ),
        (
            vec![(FILE, PDF), ("name=\"unknown\"", endless.as_slice())],
            (413, "file_too_large"),
        ),
        (vec![(long.as_str(), PDF)], (422, "invalid_file_name")),
        (vec![(control, PDF)], (422, "invalid_file_name")),
        (vec![(path, PDF)], (422, "invalid_file_name")),
        (vec![("name=\"file\"", PDF)], (422, "invalid_file_name")),
        (
            vec![(FILE, PDF), ("name=\"chunk_size\"", b"0")],
            (422, "invalid_option"),
        ),
        (
            vec![("name=\"overlap\"", b"1200"), (FILE, PDF)],
            (422, "invalid_option"),
        ),
    ] {
        refused(&application, &parts, expected).await;
    }
    assert_eq!(application.app.board.len(), 0);
    assert_eq!(application.count("removals").await, 0);
}

#[tokio::test]
async fn what_is_no_form_or_is_cut_off_is_refused() {
    let application = application::application().await;
    let request = application.request("POST", "/api/documents/upload");
    let answer = application.send(request.body("x=1".into()).unwrap()).await;
    assert_eq!(answer.problem(), (415, "not_a_form".into()));
    let request = application
        .request("POST", "/api/documents/upload")
        .header("content-type", "multipart/form-data; boundary=limit");
    let cut = format!("--limit\r\nContent-Disposition: form-data; {FILE}\r\n\r\n%PDF-1.7 and th");
    let answer = application.send(request.body(cut.into()).unwrap()).await;
    assert_eq!(answer.problem(), (400, "malformed_form".into()));
    application.assert_nothing_left().await;
}

#[tokio::test]
async fn a_quota_is_a_413_and_leaves_nothing() {
    let application = application::application().await;
    for (quota, code) in [
        ("max_bytes = 5", "quota_bytes"),
        ("max_documents = 0", "quota_documents"),
        ("max_in_flight = 0", "quota_in_flight"),
        ("max_file_bytes = 5", "file_too_large"),
    ] {
        let update = format!(
            "UPDATE tenants SET max_bytes = NULL, max_documents = NULL, max_in_flight = NULL, max_file_bytes = NULL; \
             UPDATE tenants SET {quota}"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(update))
            .execute(&application.database.maintenance)
            .await
            .unwrap();
        let status = if code == "quota_in_flight" { 429 } else { 413 };
        refused(&application, &[(FILE, PDF)], (status, code)).await;
    }
}

#[tokio::test]
async fn a_cluster_that_cannot_be_reached_undoes_the_upload() {
    let application = application::application().await;
    let answer = application
        .upload(&[("idempotency-key", "k")], &[(FILE, PDF)])
        .await;
    assert_eq!(answer.problem(), (500, "queue_unavailable".into()));
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("task queue unavailable"), "{message}");
    application.assert_nothing_left().await;
    // It is not certain that there is no resource: the sweeper looks for it.
    assert_eq!(application.count("removals WHERE finished_at IS NULL").await, 1);
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_undoes_the_upload_in_bounded_time() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap(); // Connections wait to be accepted for ever.
    let application = application::with(Setup {
        cluster_url: format!("http://{}", silent.local_addr().unwrap()),
        ..Setup::default()
    })
    .await;
    let answer = application.upload(&[], &[(FILE, PDF)]).await;
    assert_eq!(answer.problem(), (500, "queue_unavailable".into()));
    application.assert_nothing_left().await;
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_nothing_half_made() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap(); // Connections wait to be accepted for ever.
    let application = application::with(Setup {
        cluster_url: format!("http://{}", silent.local_addr().unwrap()),
        ..Setup::default()
    })
    .await;
    let parts = [(FILE, PDF)];
    tokio::select! {
        answer = application.upload(&[], &parts) => panic!("answered: {}", answer.status),
        () = application.until_there_are("documents", 1) => {} // Here the client goes.
    }
    application.until_there_are("documents", 0).await;
    application.until_there_are("removals", 1).await;
    application.until_nothing_is_left().await;
}

#[tokio::test]
async fn every_refusal_is_a_problem() {
    let application = application::application().await;
    for (method, path, expected) in [
        ("GET", "/nowhere", (404, "route_not_found")),
        ("PUT", "/api/documents/upload", (405, "method_not_allowed")),
        (
            "GET",
            "/api/documents/not-a-uuid/status",
            (404, "document_not_found"),
        ),
        ("GET", "/api/documents?limit=many", (422, "invalid_limit")),
        ("GET", "/api/documents?limit=1&limit=2", (422, "invalid_query")),
        (
            "DELETE",
            "/api/documents/00000000-0000-0000-0000-000000000000",
            (404, "document_not_found"),
        ),
    ] {
        let request = application
            .request(method, path)
            .body(axum::body::Body::empty())
            .unwrap();
        let (status, code) = application.send(request).await.problem();
        assert_eq!((status, code.as_str()), expected, "{method} {path}");
    }
}
