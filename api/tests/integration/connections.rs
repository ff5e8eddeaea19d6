//! Clients that take their time: none of them keeps its connection for ever.

use std::{convert::Infallible, sync::Arc, time::Duration};

use api::http::server::{self, Limits};
use axum::{
    Router,
    body::Body,
    routing::{get, post},
};
use bytes::Bytes;
use futures::{StreamExt, future::join_all, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    time::Instant,
};
use tokio_util::task::TaskTracker;

/// Nothing here should take as long.
const GUARD: Duration = Duration::from_mins(1);

async fn serving(router: Router, limits: Limits) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let never = std::future::pending();
        server::serve(listener, router, limits, &TaskTracker::new(), never).await
    });
    address
}

#[tokio::test]
async fn what_does_not_end_has_one_deadline_whatever_it_is() {
    let grace = Duration::from_secs(3);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        .await
        .unwrap();
    // The answer to a request, and a task besides.
    let (asked, stop) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tasks, told) = (TaskTracker::new(), stop.clone());
    tasks.spawn(std::future::pending::<()>());
    let never = async move || {
        told.notify_one();
        asked.notified().await;
    };
    let stopped = async {
        stop.notified().await;
        Instant::now() + grace
    };
    let router = Router::new().route("/", get(never));
    let begun = Instant::now();
    assert!(!server::serve(listener, router, Limits::default(), &tasks, stopped).await);
    let elapsed = begun.elapsed();
    assert!(elapsed >= grace && elapsed < grace * 2, "{elapsed:?}");
}

#[tokio::test]
async fn no_more_connections_are_open_than_there_may_be() {
    let limits = Limits {
        connections: 1,
        header: Duration::from_secs(1),
        ..Limits::operations()
    };
    let address = serving(Router::new().route("/", get(async || "here")), limits).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut waiting = TcpStream::connect(address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    waiting.write_all(request).await.unwrap();
    let (mut nothing, mut answer) = (Vec::new(), String::new());
    let first = tokio::select! {
        biased;
        _ = silent.read_to_end(&mut nothing) => "the first",
        _ = waiting.read_to_string(&mut answer) => "the second",
    };
    assert_eq!(first, "the first");
    drop(silent); // It is waited for until it closes too.
    tokio::time::timeout(GUARD, waiting.read_to_string(&mut answer))
        .await
        .expect("its turn")
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_connection_is_kept_between_two_requests_for_longer_than_a_head_may_take() {
    let limits = Limits {
        header: Duration::from_millis(500),
        idle: Duration::from_secs(2),
        ..Limits::default()
    };
    let slowly = async |body: Bytes| {
        assert_eq!(body.len(), 2);
        "here"
    };
    let address = serving(Router::new().route("/", post(slowly)), limits).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\na";
    let (mut answer, mut one) = (vec![0; 1024], [0]);
    // Neither a body nor a pause ends with the limit of a head: each is longer here, and the client waits for no answer within it.
    for _ in 0..2 {
        client.write_all(head).await.unwrap();
        let early = tokio::time::timeout(limits.header * 2, client.read(&mut one)).await;
        assert!(early.is_err(), "{early:?}");
        client.write_all(b"b").await.unwrap();
        let length = client.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let early = tokio::time::timeout(limits.header * 2, client.read(&mut one)).await;
        assert!(early.is_err(), "{early:?}");
    }
    // A pause ends too, with its own limit.
    let end = tokio::time::timeout(GUARD, client.read(&mut one)).await;
    assert_eq!(end.expect("the connection is ended").unwrap(), 0);
}

#[tokio::test]
async fn a_pause_ends_also_after_an_answer_that_took_long() {
    let limits = Limits {
        header: Duration::from_millis(200),
        idle: Duration::from_millis(500),
        ..Limits::default()
    };
    let slowly = async move || tokio::time::sleep(limits.header * 2).await;
    let address = serving(Router::new().route("/", get(slowly)), limits).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let end = tokio::time::timeout(GUARD / 2, client.read_to_end(&mut answer)).await;
    end.expect("the connection is ended").unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn a_head_may_take_no_longer_on_a_connection_that_is_kept() {
    let limits = Limits {
        header: Duration::from_millis(500),
        idle: GUARD * 2,
        ..Limits::default()
    };
    let address = serving(Router::new().route("/", get(async || "here")), limits).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    let mut answer = vec![0; 1024];
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        .await
        .unwrap();
    let length = client.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
    client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let end = tokio::time::timeout(GUARD, client.read(&mut answer)).await;
    assert_eq!(end.expect("the connection is ended").unwrap(), 0);
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
    let limits = Limits {
        write: Duration::from_millis(200),
        ..Limits::default()
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
    let limits = Limits {
        header: Duration::from_secs(1),
        ..Limits::default()
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
    let address = serving(application.router.clone(), Limits::default()).await;
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

/// Sends a head that is refused and then a body of so many bytes, reading nothing before all of it was sent; answers what it reads then, to
/// the end of the connection.
async fn send_all_then_read(address: std::net::SocketAddr, head: &str, body: usize) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(head.as_bytes()).await.unwrap();
    let part = vec![b'a'; 16 << 10];
    for _ in 0..body / part.len() {
        client.write_all(&part).await.expect("nobody cuts it off");
        tokio::task::yield_now().await; // Whoever serves it goes on, in the same thread.
    }
    let mut answer = String::new();
    let read = tokio::time::timeout(GUARD, client.read_to_string(&mut answer));
    read.await.expect("it is closed").expect("the whole answer");
    answer
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_first_sends_all_it_has() {
    let application = crate::application::application().await;
    let limits = Limits {
        linger: GUARD, // However slow the machine is.
        ..Limits::default()
    };
    let address = serving(application.router.clone(), limits).await;
    let body = 32 << 20;
    let file = "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n";
    let head = |credential: &str| {
        format!(
            "POST /api/documents/upload HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {credential}\r\n\
             Content-Type: multipart/form-data; boundary=limit\r\nContent-Length: {}\r\n\r\n{file}",
            file.len() + body
        )
    };
    for (head, status, code) in [
        (head("sk_unknown"), "401", "unauthorized"),
        (head(&application.key), "413", "file_too_large"), // 100,000 bytes are allowed.
    ] {
        let answer = send_all_then_read(address, &head, body).await;
        let (head, problem) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(
            head.to_lowercase().contains("\r\nconnection: close\r\n"),
            "{answer}"
        );
        let problem: serde_json::Value = serde_json::from_str(problem).expect("all of it");
        assert_eq!(problem["code"], code);
    }
}

#[tokio::test]
async fn a_client_that_never_ends_is_not_listened_to_for_ever() {
    let limits = Limits {
        linger: Duration::from_millis(200),
        ..Limits::default()
    };
    let refuse = axum::routing::post(async || axum::http::StatusCode::PAYLOAD_TOO_LARGE);
    let address = serving(Router::new().route("/", refuse), limits).await;
    let head = format!(
        "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: {}\r\n\r\n",
        1_u64 << 40
    );
    // One that says nothing more, and one that goes on and on.
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(head.as_bytes()).await.unwrap();
    let mut endless = TcpStream::connect(address).await.unwrap();
    endless.write_all(head.as_bytes()).await.unwrap();
    let sending = async {
        let part = vec![b'a'; 64 << 10];
        while endless.write_all(&part).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(GUARD, sending).await.expect("it is cut off");
    let closed = async {
        // The end of what is sent to it comes at once; that it is closed is told by what is sent then.
        while silent.write_all(b"a").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(GUARD, closed).await.expect("it is closed");
}
