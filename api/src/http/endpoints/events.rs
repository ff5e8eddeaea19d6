//! `GET /api/events`

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
};
use bytes::{BufMut, Bytes, BytesMut};
use futures::{StreamExt, stream};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::SharedApp,
    http::{
        authentication::Reader,
        input::Parameters,
        problem::{Problem, ProblemBody},
        streaming::{Message, RawBeginning, Stream, StreamEvent},
    },
    live::changes::ChangeEvent,
};

/// A client that lost the stream connects again after so long at least, in milliseconds, and as long again at most: not all of them at once.
const RETRY: u128 = 1_000;
/// A comment, which clients pass over.
const ALIVE: Bytes = Bytes::from_static(b":\n\n");

/// An event, as it is parsed (HTML standard, section 9.2.6)
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "it is described as one, and written by hand")]
struct ServerSentEvent {
    /// The `change_seq`
    #[schema(example = "4711")]
    id: String,
    /// JSON: a `LiveEvent`
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// What a stream says: where it is, or what changed
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[allow(
    dead_code,
    clippy::large_enum_variant,
    reason = "it is described as one, and written as either"
)]
pub enum LiveEvent {
    /// What changed
    Change(ChangeEvent),
    /// Where the stream is
    Stream(StreamEvent),
}

/// Changes of your documents, live, as Server-Sent Events
///
/// The first event says where the stream begins; each other is a change of a document of your tenant, once and in order. `id` is its
/// `change_seq`: a client that connects again with it as `Last-Event-ID`, as browsers do, misses nothing of the last hours. One that was away for
/// longer is told `stream.reload` first. A client that takes nothing is dropped, 30 s after the
/// buffers between are full.
#[utoipa::path(
    get,
    path = "/api/events",
    operation_id = "stream_events",
    tag = "live",
    params(RawBeginning, ("Last-Event-ID" = Option<i64>, Header, nullable = false, minimum = 0, description = "Counts before the query")),
    responses(
        (status = 200, description = "Events; `data` of each is a `LiveEvent` as JSON", body = ServerSentEvent, content_type = "text/event-stream"),
        (status = 401, body = ProblemBody), (status = 422, body = ProblemBody), (status = 429, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn events(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    headers: HeaderMap,
    Parameters(beginning): Parameters<RawBeginning>,
) -> Result<Response, Problem> {
    let stream = Stream::begin(app, identity, &headers, &beginning).await?;
    let events = stream::unfold(stream, async |mut stream| {
        let next = stream.next().await.ok()?;
        if matches!(next, Message::Alive) {
            stream.check().await.ok()?;
        }
        Some((written(next), stream))
    });
    let body = stream::iter([begin()]).chain(events).map(Ok::<_, axum::Error>);
    let head = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // nginx would gather events until a buffer is full.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((head, Body::from_stream(body)).into_response())
}

/// After how long a client that lost the stream is to connect again.
fn begin() -> Bytes {
    let milliseconds = RETRY + Uuid::new_v4().as_u128() % RETRY;
    format!("retry: {milliseconds}\n\n").into()
}

/// As the HTML standard has it, section 9.2. There is no line break in JSON that is written without any.
fn written(message: Message) -> Bytes {
    let Message::Event { number, json } = message else {
        return ALIVE;
    };
    let id = number.to_string();
    let mut event = BytesMut::with_capacity(json.len() + id.len() + 16);
    for part in [b"id: ", id.as_bytes(), b"\ndata: ", &json, b"\n\n"] {
        event.put_slice(part);
    }
    event.freeze()
}
