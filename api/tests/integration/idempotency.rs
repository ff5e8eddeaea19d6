//! Idempotency-Key: the same request, sent again, is done once and answered the same.

use axum::body::{Body, Bytes};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::application::{self, Answer, Application, takes, until, with_cluster};

const KEY: [(&str, &str); 1] = [("idempotency-key", "k")];
const FILE: &str = "name=\"file\"; filename=\"a.pdf\"";
const PDF: &[u8] = b"%PDF-1.7 a document";

async fn upload(application: &Application, content: &[u8]) -> Answer {
    application.upload(&KEY, &[(FILE, content)]).await
}

#[tokio::test]
async fn the_same_request_is_done_once_and_answered_the_same() {
    let application = with_cluster(takes).await;
    let first = upload(&application, PDF).await;
    assert_eq!(first.status, 202);
    let again = upload(&application, PDF).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    assert_eq!(again.headers["location"], first.headers["location"]);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(application.count("documents").await, 1);
    assert_eq!(application.count("uploads").await, 0);
}

#[tokio::test]
async fn the_same_key_with_something_else_is_refused_and_leaves_nothing() {
    let application = with_cluster(takes).await;
    assert_eq!(upload(&application, PDF).await.status, 202);
    let objects = application.store_directory.contents();
    let other_name = "name=\"file\"; filename=\"b.pdf\"";
    for parts in [
        vec![(FILE, b"%PDF-1.7 another".as_slice())],
        vec![(other_name, PDF)],
        vec![(FILE, PDF), ("name=\"priority\"", b"7")],
        vec![(FILE, PDF), (FILE, PDF)],
    ] {
        let answer = application.upload(&KEY, &parts).await;
        assert_eq!(answer.problem(), (422, "idempotency_key_reused".into()));
    }
    assert_eq!(application.count("documents").await, 1);
    assert_eq!(application.count("uploads").await, 0);
    assert_eq!(application.store_directory.contents(), objects);
}

#[tokio::test]
async fn what_failed_gives_its_key_back() {
    let application = application::application().await; // Its cluster cannot be reached.
    for _ in 0..2 {
        let answer = upload(&application, PDF).await;
        assert_eq!(answer.problem(), (500, "queue_unavailable".into()));
    }
    let answer = upload(&application, b"\x89PNG\r\n\x1a\n").await;
    assert_eq!(answer.status, 415);
    application.assert_nothing_left().await;
}

#[tokio::test]
async fn while_the_first_request_is_at_work_the_second_is_told_to_wait() {
    let application = with_cluster(takes).await;
    let (send, body) = mpsc::channel::<Result<Bytes, std::convert::Infallible>>(1);
    let request = application.upload_request(&KEY, Body::from_stream(ReceiverStream::new(body)));
    let router = application.router.clone();
    let first = tokio::spawn(tower::ServiceExt::oneshot(router, request));
    let head = format!("--limit\r\nContent-Disposition: form-data; {FILE}\r\n\r\n%PDF-1.7 a");
    send.send(Ok(head.into())).await.unwrap();
    until("the key", async || {
        application.count("idempotency_keys").await == 1
    })
    .await;

    let second = upload(&application, PDF).await;
    assert_eq!(second.problem(), (409, "idempotency_key_pending".into()));
    assert!(second.headers.contains_key("retry-after"));
    // Another tenant's key is another key.
    let (_, _, key) = application::tenant(&application.database, "two").await;
    let other = Application { key, ..application };
    assert_eq!(upload(&other, PDF).await.status, 202);

    send.send(Ok(" document\r\n--limit--\r\n".into())).await.unwrap();
    drop(send);
    assert_eq!(first.await.unwrap().unwrap().status(), 202);
}

#[tokio::test]
async fn a_key_whose_request_died_is_free_once_its_lease_has_ended() {
    let application = with_cluster(takes).await;
    let held = |ago: &str| {
        format!(
            "INSERT INTO idempotency_keys (tenant_id, key, created_at, pending_until, holder) \
             VALUES ('{}', 'k', now(), now() - interval '{ago}', gen_random_uuid())",
            application.tenant
        )
    };
    let execute = async |statement: String| {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&application.database.maintenance)
            .await
            .unwrap();
    };
    execute(held("-30 seconds")).await;
    assert_eq!(upload(&application, PDF).await.status, 409);
    execute("DELETE FROM idempotency_keys".into()).await;
    execute(held("1 second")).await;
    assert_eq!(upload(&application, PDF).await.status, 202);
}

#[tokio::test]
async fn several_files_are_answered_the_same_too() {
    let application = with_cluster(takes).await;
    let parts: [(&str, &[u8]); 3] = [
        (FILE, PDF),
        ("name=\"file\"; filename=\"b.png\"", b"\x89PNG\r\n\x1a\n"),
        ("name=\"file\"; filename=\"c.md\"", b"# c"),
    ];
    let first = application.upload(&KEY, &parts).await;
    assert_eq!(first.status, 207);
    let body = first.json();
    let outcomes: Vec<_> = body["documents"].as_array().unwrap().iter().collect();
    let statuses: Vec<_> = outcomes.iter().map(|outcome| outcome["status"].clone()).collect();
    assert_eq!(statuses, [202, 415, 202]);
    assert_eq!(outcomes[1]["code"], "unsupported_format");
    assert_eq!(outcomes[1]["filename"], "b.png");
    assert_eq!(body["success"], false);
    let again = application.upload(&KEY, &parts).await;
    assert_eq!((again.status.as_u16(), again.json()), (207, body));
    assert_eq!(application.count("documents").await, 2);
}

#[tokio::test]
async fn a_file_that_a_quota_refuses_is_the_same_when_it_comes_again() {
    let application = with_cluster(takes).await;
    sqlx::query("UPDATE tenants SET max_bytes = 30")
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    let second = "name=\"file\"; filename=\"b.pdf\"";
    let parts: [(&str, &[u8]); 2] = [(FILE, PDF), (second, PDF)];
    let first = application.upload(&KEY, &parts).await;
    let statuses = |answer: &Answer| {
        let documents = answer.json()["documents"].clone();
        [documents[0]["status"].clone(), documents[1]["status"].clone()]
    };
    assert_eq!(
        (first.status.as_u16(), statuses(&first)),
        (207, [202.into(), 413.into()])
    );
    let again = application.upload(&KEY, &parts).await;
    assert_eq!((again.status.as_u16(), again.json()), (207, first.json()));
    let changed: [(&str, &[u8]); 2] = [(FILE, PDF), (second, b"%PDF-1.7 another one")];
    let answer = application.upload(&KEY, &changed).await;
    assert_eq!(answer.problem(), (422, "idempotency_key_reused".into()));
}

#[tokio::test]
async fn what_the_version_before_answered_is_answered_again() {
    let application = with_cluster(takes).await;
    let first = upload(&application, PDF).await;
    // It noted the document and the fingerprint, and nothing else.
    sqlx::query("UPDATE idempotency_keys SET answer = NULL, holder = NULL, pending_until = NULL")
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    let again = upload(&application, PDF).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    assert_eq!(upload(&application, b"%PDF-1.7 x").await.status, 422);
}
