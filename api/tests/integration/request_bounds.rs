//! What a request that is no upload may use up: memory, time and places.

use std::time::Duration;

use api::http::{
    middleware::MAX_REQUESTS_IN_FLIGHT,
    server::{self, Limits},
};
use axum::{body::Body, http::Request};
use futures::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::{
    application::{self, Setup, StoreKind, until},
    routes,
};

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_before_all_of_it_came() {
    let application = application::application().await;
    let router = application.router.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let never = std::future::pending();
        server::serve(listener, router, Limits::default(), &TaskTracker::new(), never).await
    });
    let refused = (0..60).map(async |_| {
        let mut client = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /api/keys HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: 2000000\r\n\r\n",
            application.key
        );
        client.write_all(head.as_bytes()).await.unwrap();
        client.write_all(&vec![b' '; 100_000]).await.unwrap(); // And no more of it.
        let mut answer = String::new();
        tokio::time::timeout(Duration::from_mins(1), client.read_to_string(&mut answer))
            .await
            .expect("it is answered")
            .unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 413") && answer.contains("\"body_too_large\""),
            "{answer}"
        );
    });
    join_all(refused).await;
}

#[tokio::test]
async fn the_names_of_a_thousand_parts_fit_and_no_more_than_that() {
    let application = application::with(Setup {
        store: StoreKind::S3,
        ..Setup::default()
    })
    .await;
    let upload = serde_json::json!({ "filename": "a.pdf", "size_bytes": 9 });
    let path = "/api/documents/upload/presigned";
    let begun = application
        .json_as(&application.key, "POST", path, &upload)
        .await
        .json();
    let id = begun["upload_id"].as_str().unwrap();
    for (length, is_taken) in [(100, true), (300, false)] {
        let part = serde_json::json!({ "etag": "a".repeat(length) });
        let parts = serde_json::json!({ "parts": vec![part; 1000] });
        let path = format!("/api/documents/upload/presigned/{id}/complete");
        let answer = application.json_as(&application.key, "POST", &path, &parts).await;
        let is_too_large = answer.status == 413 && answer.problem().1 == "body_too_large";
        assert_eq!(!is_too_large, is_taken, "{length}: {}", answer.status);
    }
}

#[tokio::test]
async fn all_but_what_brings_a_file_needs_a_place() {
    let application = application::application().await;
    let all = u32::try_from(MAX_REQUESTS_IN_FLIGHT).unwrap();
    let all = application.app.in_flight.try_acquire_many(all).unwrap();
    for route in routes::routes() {
        let path = route.path.replace("{id}", &Uuid::new_v4().to_string());
        let answer = routes::send(&application, &route, &path, &routes::bearer(&application.key)).await;
        let brings_a_file = matches!(
            (route.method.as_str(), route.path.as_str()),
            ("POST", "/api/documents/upload") | ("PATCH", "/api/documents/upload/tus/{id}")
        );
        if brings_a_file {
            assert_ne!(answer.status, 429, "{route:?}");
        } else {
            route.refused(&answer, 429, "saturated", &route.path);
        }
    }
    drop(all);
}

#[tokio::test]
async fn connections_to_postgres_that_are_all_in_use_are_no_outage() {
    let application = application::application().await;
    assert_eq!(application.get("/api/documents").await.status, 200); // The key is known.
    let pool = &application.app.database;
    let mut held = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        held.push(pool.acquire().await.unwrap());
    }
    let answer = application.get("/api/documents").await;
    assert_eq!(answer.problem(), (429, "saturated".into()));
    assert!(answer.headers.contains_key("retry-after"));
    drop(held);
    until("a connection", async || {
        application.get("/api/documents").await.status == 200
    })
    .await;
    // Nobody answers by the connection that requests cannot use up, either.
    application.app.readiness.close().await;
    for _ in 0..pool.options().get_max_connections() {
        std::mem::forget(pool.acquire().await.unwrap());
    }
    let request = Request::get("/api/documents").header("x-api-key", &application.key);
    let answer = application.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.problem(), (503, "database_unavailable".into()));
}
