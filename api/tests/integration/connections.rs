//! Clients that take their time: none of them keeps its connection for ever.

use std::{convert::Infallible, time::Duration};

use api::http::server::{self, TimeLimits};
use axum::{Router, body::Body, routing::get};
use bytes::Bytes;
use futures::{StreamExt, future::join_all, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// Nothing here should take as long.
const GUARD: Duration = Duration::from_mins(1);

async fn serving(router: Router, limits: TimeLimits) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(server::serve(
        listener,
        router,
        limits,
        std::future::pending(),
        Duration::ZERO,
    ));
    address
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answer_is_given_up() {
    let (ended, end) = oneshot::channel::<()>();
    let ended = std::sync::Arc::new(std::sync::Mutex::new(Some(ended)));
    let endless = move || {
        // It is dropped with the body, when the connection is given up.
        let held = ended.lock().unwrap().take();
        let body = stream::repeat(Bytes::from(vec![b'a'; 64 << 10])).map(move |bytes| {
            let _ = &held;
            Ok::<_, Infallible>(bytes)
        });
        async { Body::from_stream(body) }
    };
    let limits = TimeLimits {
        write: Duration::from_millis(200),
        ..TimeLimits::default()
    };
    let address = serving(Router::new().route("/", get(endless)), limits).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        .await
        .unwrap();
    let dropped = tokio::time::timeout(GUARD, end).await.expect("it is given up");
    assert!(dropped.is_err(), "nothing is ever sent, the sender is dropped");
    drop(client);
}

#[tokio::test]
async fn heads_that_never_end_hold_no_connection_and_nobody_up() {
    let limits = TimeLimits {
        header: Duration::from_secs(1),
        ..TimeLimits::default()
    };
    let address = serving(Router::new().route("/", get(async || "here")), limits).await;
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: here\r\nX-Slow: ")
            .await
            .unwrap();
        slow.push(client);
    }
    let mut client = TcpStream::connect(address).await.unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("here"),
        "{answer}"
    );
    let closed = slow.into_iter().map(async |mut client| {
        let mut rest = Vec::new();
        // Closed with an answer or without one.
        tokio::time::timeout(GUARD, client.read_to_end(&mut rest))
            .await
            .expect("it is closed")
    });
    assert_eq!(join_all(closed).await.len(), 100);
}

#[tokio::test]
async fn an_answer_before_the_body_was_read_says_that_the_connection_ends() {
    let application = crate::application::application().await;
    let head = |length: usize| {
        format!(
            "POST /api/documents/upload HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let address = serving(application.router.clone(), TimeLimits::default()).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(head(1 << 30).as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(GUARD, client.read_to_string(&mut answer))
        .await
        .expect("it is closed")
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(
        answer.to_lowercase().contains("\r\nconnection: close\r\n"),
        "{answer}"
    );
    // One without a body keeps its connection.
    let mut client = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        client.write_all(head(0).as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let length = client.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
        assert!(
            answer.starts_with("http/1.1 401") && !answer.contains("connection: close"),
            "{answer}"
        );
    }
}
