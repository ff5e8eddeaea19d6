//! Streams of changes: each change of the tenant once and in order, whatever is lost in between, and of nobody else.

use std::time::Duration;

use api::{
    clock::Clock,
    http::server::{self, Limits},
    live::{changes, feed, subscription::Next},
};
use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode, header},
};
use futures::StreamExt;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use tokio::{io::AsyncWriteExt, net::TcpListener, sync::oneshot, task::JoinHandle, time::Instant};
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest, protocol::frame::coding::CloseCode};
use tokio_util::sync::DropGuard;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    application::{self, Application, Setup},
    databases,
    documents::{document, insert},
};

/// Nothing here should take as long.
const GUARD: Duration = Duration::from_mins(1);

/// What tells streams, for as long as this is held.
fn follow(application: &Application) -> DropGuard {
    let mirror = databases::pool("socrate_mirror", &application.database.name);
    let (ended, feed) = (CancellationToken::new(), application.app.feed.clone());
    let end = ended.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = ended.cancelled() => {}
            () = feed::follow(mirror, feed) => {}
        }
    });
    end.drop_guard()
}

/// A client of `GET /api/events`.
struct Events {
    body: BodyDataStream,
    /// What has come of an event that has not come whole.
    rest: String,
}

impl Events {
    async fn open(application: &Application, key: &str, after: Option<i64>) -> Self {
        Self::open_at("/api/events", application, key, after).await
    }

    async fn open_at(path: &str, application: &Application, key: &str, after: Option<i64>) -> Self {
        let request = Request::get(path).header("x-api-key", key);
        let request = match after {
            Some(after) => request.header("last-event-id", after.to_string()),
            None => request,
        };
        let request = request.body(Body::empty()).unwrap();
        let response = application.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self {
            body: response.into_body().into_data_stream(),
            rest: String::new(),
        }
    }

    /// The next event; `None` when the stream has ended. The id is the number in the data.
    async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some((event, rest)) = self.rest.split_once("\n\n") {
                let lines: Vec<(&str, &str)> =
                    event.lines().filter_map(|line| line.split_once(": ")).collect();
                let value = |name| {
                    let line = lines.iter().find(|(of, _)| *of == name);
                    line.map(|(_, value)| (*value).to_owned())
                };
                let (id, data) = (value("id"), value("data"));
                self.rest = String::from(rest);
                if let Some(data) = data {
                    let event: Value = serde_json::from_str(&data).unwrap();
                    assert_eq!(id, Some(event["change_seq"].to_string()));
                    return Some(event);
                }
            }
            let bytes = tokio::time::timeout(GUARD, self.body.next())
                .await
                .expect("an event, or the end")?;
            self.rest.push_str(std::str::from_utf8(&bytes.unwrap()).unwrap());
        }
    }

    /// The next `count`, which must all come.
    async fn take(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        for _ in 0..count {
            events.push(self.next().await.expect("the stream goes on"));
        }
        events
    }
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect()
}

fn number(event: &Value) -> i64 {
    event["change_seq"].as_i64().unwrap()
}

/// Changes documents as the statement says, as a person at a console.
async fn execute(application: &Application, statement: &str) {
    let mut administrator = databases::administrator(&application.database.name).await;
    databases::execute(&mut administrator, statement.to_owned()).await;
}

/// Makes as many changes of all the tenant's documents.
async fn change(application: &Application, tenant: Uuid, count: usize) {
    let mut administrator = databases::administrator(&application.database.name).await;
    for number in 0..count {
        let statement = format!(
            "UPDATE documents SET message = 'change {number} ' || change_seq WHERE tenant_id = '{tenant}'"
        );
        databases::execute(&mut administrator, statement).await;
    }
}

#[tokio::test]
async fn a_client_is_told_each_change_of_its_tenant_once_and_in_order() {
    let application = application::application().await;
    let _following = follow(&application);
    let (other, other_user, other_key) = application::tenant(&application.database, "other").await;
    let mut events = Events::open(&application, &application.key, None).await;
    let mut of_other = Events::open(&application, &other_key, None).await;
    assert_eq!(kinds(&events.take(1).await), ["stream.begun"]);
    assert_eq!(kinds(&of_other.take(1).await), ["stream.begun"]);
    let document_ = application.document().await;
    let theirs = document(other, other_user);
    insert(&application.database.api, &theirs).await;
    let id = document_.id;
    for change in [
        // Nothing of it is seen.
        format!("UPDATE documents SET resource_uid = gen_random_uuid() WHERE id = '{id}'"),
        format!(
            "UPDATE documents SET phase = 'Processing', processing_progress = 40, attempt = 1 WHERE id = '{id}'"
        ),
        format!(
            "UPDATE documents SET status = 'ready', phase = 'Ready', processing_progress = 100, total_chunks = 7, \
             processing_completed_at = now() WHERE id = '{id}'"
        ),
        format!("DELETE FROM documents WHERE id = '{id}'"),
    ] {
        execute(&application, &change).await;
    }
    let told = events.take(4).await;
    assert_eq!(
        kinds(&told),
        [
            "document.created",
            "document.updated",
            "document.ready",
            "document.deleted"
        ]
    );
    for event in &told {
        assert_eq!(event["data"]["document_id"], id.to_string());
        assert_eq!(event["data"]["filename"], document_.file.filename);
    }
    assert!(
        told.is_sorted_by(|one, next| number(one) < number(next)),
        "{told:?}"
    );
    assert_eq!(told[1]["data"]["progress"], 40);
    assert_eq!(told[1]["data"]["task_state"], "PROCESSING");
    assert_eq!(told[2]["data"]["ready"], true);
    assert_eq!(told[2]["data"]["total_chunks"], 7);
    let theirs_told = of_other.take(1).await;
    assert_eq!(theirs_told[0]["data"]["document_id"], theirs.id.to_string());
    execute(
        &application,
        &format!("DELETE FROM documents WHERE id = '{}'", theirs.id),
    )
    .await;
    assert_eq!(
        kinds(&of_other.take(1).await),
        ["document.deleted"],
        "nothing between"
    );
}

#[tokio::test]
async fn a_client_that_comes_back_has_missed_nothing() {
    let application = application::application().await;
    let following = follow(&application);
    application.document().await;
    let list = application.get("/api/documents").await.json();
    let begin = list["change_seq"].as_i64().unwrap();
    let mut events = Events::open(&application, &application.key, Some(begin)).await;
    change(&application, application.tenant, 3).await;
    let told = events.take(4).await;
    assert_eq!(kinds(&told)[0], "stream.begun");
    drop(events);
    // More than is read at once, and nobody there to tell it.
    drop(following);
    let missed = usize::from(changes::PAGE_OF_A_STREAM) * 2 + 10;
    change(&application, application.tenant, missed).await;
    let _following = follow(&application);
    let mut events = Events::open(&application, &application.key, told.last().map(number)).await;
    let again = events.take(1 + missed).await;
    assert_eq!(number(&again[0]), number(&told[3]), "where the client was");
    change(&application, application.tenant, 2).await;
    let live = events.take(2).await;
    let all: Vec<i64> = told[1..]
        .iter()
        .chain(&again[1..])
        .chain(&live)
        .map(number)
        .collect();
    let expected: Vec<i64> = (begin + 1..=begin + 3 + i64::try_from(missed).unwrap() + 2).collect();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn who_wants_no_more_than_there_is_is_told_that_and_no_more() {
    let application = application::application().await;
    application.document().await;
    change(&application, application.tenant, 3).await;
    let path = "/api/events?once=true&last_event_id=0";
    let mut events = Events::open_at(path, &application, &application.key, None).await;
    assert_eq!(events.take(5).await.len(), 5);
    assert_eq!(events.next().await, None);
    let refused = application.get("/api/events?once=yes").await;
    assert_eq!(refused.problem(), (422, "invalid_query".to_owned()));
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_told_everything_all_the_same() {
    let application = application::application().await;
    let _following = follow(&application);
    application.document().await;
    let mut slow = Events::open(&application, &application.key, None).await;
    let mut quick = Events::open(&application, &application.key, None).await;
    let begin = number(&slow.take(1).await[0]);
    quick.take(1).await;
    let count = 1_200; // More than is kept for a stream that takes nothing.
    change(&application, application.tenant, count).await;
    quick.take(count).await;
    let numbers: Vec<i64> = slow.take(count).await.iter().map(number).collect();
    let expected: Vec<i64> = (begin + 1..=begin + i64::try_from(count).unwrap()).collect();
    assert_eq!(numbers, expected);
}

#[tokio::test]
async fn a_client_that_was_away_for_too_long_is_told_to_read_anew() {
    let application = application::application().await;
    let _following = follow(&application);
    application.document().await;
    let begin = application.get("/api/documents").await.json()["change_seq"]
        .as_i64()
        .unwrap();
    change(&application, application.tenant, 3).await;
    let days_later = Clock::system().now() + SignedDuration::from_hours(48);
    changes::forget(&application.database.maintenance, days_later)
        .await
        .unwrap();
    assert_eq!(application.count("changes").await, 0);
    let last = begin + 3;
    // The one in the end is more than there ever was.
    for (after, first) in [
        (begin, "stream.reload"),
        (last, "stream.begun"),
        (last + 1, "stream.reload"),
    ] {
        let mut events = Events::open(&application, &application.key, Some(after)).await;
        let told = events.take(1).await;
        assert_eq!((kinds(&told)[0], number(&told[0])), (first, last), "{after}");
    }
    let mut events = Events::open(&application, &application.key, Some(begin)).await;
    events.take(1).await;
    change(&application, application.tenant, 1).await;
    assert_eq!(number(&events.take(1).await[0]), last + 1);
}

#[tokio::test]
async fn who_was_told_what_is_no_more_begins_anew_and_is_told_so() {
    let application = application::application().await;
    let _following = follow(&application);
    application.document().await;
    let mut events = Events::open(&application, &application.key, None).await;
    change(&application, application.tenant, 5).await;
    let last = number(events.take(6).await.last().unwrap());
    // A backup was restored: the last changes were never made.
    execute(
        &application,
        &format!(
            "DELETE FROM changes WHERE change_seq > {0}; UPDATE holdings SET change_seq = {0}",
            last - 3
        ),
    )
    .await;
    assert_eq!(events.next().await, None);
    let mut events = Events::open(&application, &application.key, Some(last)).await;
    assert_eq!(kinds(&events.take(1).await), ["stream.reload"]);
    change(&application, application.tenant, 1).await;
    assert_eq!(number(&events.take(1).await[0]), last - 2);
}

#[tokio::test]
async fn a_stream_that_is_given_up_while_it_waits_loses_nothing() {
    let application = application::application().await;
    let _following = follow(&application);
    application.document().await;
    let few = PgPoolOptions::new()
        .max_connections(1)
        .connect_with((*application.database.api.connect_options()).clone())
        .await
        .unwrap();
    let feed = &application.app.feed;
    let mut slow = feed.subscribe(&few, application.tenant, None).await.unwrap();
    let mut quick = Events::open(&application, &application.key, None).await;
    let Next::Begun(begin) = slow.next().await.unwrap() else {
        panic!("it begins");
    };
    quick.take(1).await;
    let held = few.acquire().await.unwrap();
    let count = 1_200; // More than is kept for a stream that takes nothing.
    change(&application, application.tenant, count).await;
    quick.take(count).await;
    for _ in 0..3 {
        let waiting = tokio::time::timeout(Duration::from_millis(100), slow.next()).await;
        assert!(waiting.is_err(), "it waits for a connection");
    }
    drop(held);
    for expected in begin + 1..=begin + i64::try_from(count).unwrap() {
        match slow.next().await.unwrap() {
            Next::Event(event) => assert_eq!(event.number, expected),
            other => panic!("{other:?} in place of {expected}"),
        }
    }
}

#[tokio::test]
async fn changes_that_are_made_at_once_are_all_told_in_their_order() {
    let application = application::application().await;
    let _following = follow(&application);
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(application.document().await.id);
    }
    let mut events = Events::open(&application, &application.key, None).await;
    let begin = number(&events.take(1).await[0]);
    let changing = (0..8).map(|writer| {
        let (application, ids) = (&application, &ids);
        async move {
            let mut administrator = databases::administrator(&application.database.name).await;
            for round in 0..25 {
                let id = ids[(writer * 7 + round) % ids.len()];
                // Some of several documents at once, whose rows are locked in one order.
                let statement = format!(
                    "UPDATE documents SET message = '{writer} {round}' WHERE id IN (SELECT id FROM documents \
                     WHERE id >= '{id}' ORDER BY id LIMIT {} FOR NO KEY UPDATE)",
                    1 + round % 3
                );
                databases::execute(&mut administrator, statement).await;
            }
        }
    });
    futures::future::join_all(changing).await;
    let last: i64 = sqlx::query_scalar("SELECT change_seq FROM holdings WHERE tenant_id = $1")
        .bind(application.tenant)
        .fetch_one(&application.database.maintenance)
        .await
        .unwrap();
    let count = usize::try_from(last - begin).unwrap();
    let numbers: Vec<i64> = events.take(count).await.iter().map(number).collect();
    assert_eq!(numbers, (begin + 1..=last).collect::<Vec<_>>());
    // Deletions of one statement have a number each.
    execute(&application, "DELETE FROM documents").await;
    let deleted = events.take(ids.len()).await;
    let numbers: Vec<i64> = deleted.iter().map(number).collect();
    assert_eq!(numbers, (last + 1..=last + 20).collect::<Vec<_>>());
    assert!(kinds(&deleted).iter().all(|kind| *kind == "document.deleted"));
}

#[tokio::test]
async fn a_tenant_has_so_many_streams_and_no_more() {
    let application = application::application().await;
    let feed = &application.app.feed;
    let mut streams = Vec::new();
    for _ in 0..feed::STREAMS_OF_A_TENANT {
        let stream = feed
            .subscribe(&application.database.api, application.tenant, None)
            .await
            .unwrap();
        streams.push(stream);
    }
    let refused = application.get("/api/events").await;
    assert_eq!(refused.problem(), (429, "too_many_streams".to_owned()));
    let (_, _, key) = application::tenant(&application.database, "other").await;
    Events::open(&application, &key, None).await.take(1).await;
    streams.pop();
    Events::open(&application, &application.key, None)
        .await
        .take(1)
        .await;
    drop(streams);
}

/// The application behind real connections, until it is stopped: whether all of them have ended in time.
async fn served(application: &Application) -> (String, oneshot::Sender<()>, JoinHandle<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, feed) = (application.router.clone(), application.app.feed.clone());
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
            feed.close();
            Instant::now() + GUARD
        };
        server::serve(listener, router, Limits::default(), &TaskTracker::new(), stopped).await
    });
    (format!("ws://{address}/api/ws"), stop, serving)
}

fn connection(url: &str, headers: &[(&'static str, String)]) -> tungstenite::handshake::client::Request {
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    request
}

#[tokio::test]
async fn by_websocket_the_same_is_told() {
    let application = application::application().await;
    let _following = follow(&application);
    let (url, stop, serving) = served(&application).await;
    let id = application.document().await.id;
    let begin = application.get("/api/documents").await.json()["change_seq"]
        .as_i64()
        .unwrap();
    change(&application, application.tenant, 2).await;
    let url = format!("{url}?last_event_id={begin}");
    let key = [("x-api-key", application.key.clone())];
    let (mut socket, _) = tokio_tungstenite::connect_async(connection(&url, &key))
        .await
        .unwrap();
    let mut next = async || {
        let message = tokio::time::timeout(GUARD, socket.next()).await.unwrap();
        message.unwrap().unwrap()
    };
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(serde_json::from_str::<Value>(next().await.to_text().unwrap()).unwrap());
    }
    assert_eq!(
        kinds(&told),
        ["stream.begun", "document.updated", "document.updated"]
    );
    assert_eq!(told[1]["data"]["document_id"], id.to_string());
    stop.send(()).unwrap();
    let tungstenite::Message::Close(Some(close)) = next().await else {
        panic!("it is told that it is over");
    };
    assert_eq!(close.code, CloseCode::Away);
    // What took the connection over from HTTP is waited for, too: until the client closes.
    assert!(!serving.is_finished());
    drop(socket);
    assert!(serving.await.unwrap());
}

#[tokio::test]
async fn a_client_has_nothing_long_to_say() {
    let application = application::application().await;
    let (url, _stop, _serving) = served(&application).await;
    let key = [("x-api-key", application.key.clone())];
    let (mut socket, _) = tokio_tungstenite::connect_async(connection(&url, &key))
        .await
        .unwrap();
    // The head of a frame of 16 MiB, which does not come.
    let mut head = vec![0x82, 0xff];
    head.extend((16_u64 << 20).to_be_bytes());
    head.extend([1, 2, 3, 4]);
    socket.get_mut().write_all(&head).await.unwrap();
    let ended = async {
        while let Some(Ok(message)) = socket.next().await {
            assert!(message.is_text(), "{message:?}");
        }
    };
    tokio::time::timeout(GUARD, ended)
        .await
        .expect("it is ended at once");
}

#[tokio::test]
async fn who_does_not_speak_websocket_or_comes_from_another_site_is_refused() {
    let application = application::application().await;
    let (url, _stop, _serving) = served(&application).await;
    let plain = application.get("/api/ws").await;
    assert_eq!(plain.problem(), (426, "upgrade_required".to_owned()));
    assert_eq!(plain.headers[header::UPGRADE], "websocket");
    let refused = async |headers: &[(&'static str, String)]| match tokio_tungstenite::connect_async(
        connection(&url, headers),
    )
    .await
    {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&[]).await, 401);
    let begun = application
        .json_as(&application.key, "POST", "/api/session", &json!(null))
        .await;
    let cookie = begun.headers[header::SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let of_another_site = [
        ("cookie", cookie.clone()),
        ("origin", "https://elsewhere.example".to_owned()),
    ];
    assert_eq!(refused(&of_another_site).await, 403);
    let host = url.strip_prefix("ws://").unwrap().split('/').next().unwrap();
    let of_ours = [("cookie", cookie), ("origin", format!("http://{host}"))];
    tokio_tungstenite::connect_async(connection(&url, &of_ours))
        .await
        .unwrap();
}

#[tokio::test]
async fn who_may_no_more_is_told_no_more() {
    let mut setup = Setup::default();
    setup.identity.believed_for = Duration::from_millis(100);
    let application = application::with(setup).await;
    let _following = follow(&application);
    let mut events = Events::open(&application, &application.key, None).await;
    events.take(1).await;
    execute(&application, "UPDATE api_keys SET revoked_at = now()").await;
    assert_eq!(events.next().await, None);
}
