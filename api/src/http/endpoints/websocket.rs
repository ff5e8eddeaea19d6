//! `GET /api/ws`

use std::time::Duration;

use axum::{
    Extension,
    extract::{
        State,
        ws::{
            CloseFrame, Message as Frame, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code,
            rejection::WebSocketUpgradeRejection,
        },
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::SharedApp,
    http::{
        authentication::{Reader, cross_site_request},
        input::Parameters,
        problem::{Problem, ProblemBody},
        server::ConnectionHold,
        session_cookie,
        streaming::{End, Message, RawBeginning, Stream},
    },
};

/// A client has nothing to say but that it is there, in bytes.
const LONGEST_MESSAGE: usize = 4 << 10;
/// So much is read at once of a client, in bytes: each has such a buffer.
const READ_AT_ONCE: usize = 4 << 10;
/// A client has so long to close the connection when it is told that it is over.
const CLOSED_WITHIN: Duration = Duration::from_secs(1);
/// A client that says nothing, not even that it is there when it is asked, is given up after so many questions.
const UNANSWERED: u32 = 3;

/// Changes of your documents, live, by WebSocket
///
/// Each text message is an event as those of `GET /api/events`, and `last_event_id` in the query has a client go on where it was. What a client
/// sends is passed over. The connection is closed with 1001 where the service is restarted and with 1008 where the credential holds no more.
#[utoipa::path(
    get,
    path = "/api/ws",
    operation_id = "open_websocket",
    tag = "live",
    params(RawBeginning, ("Last-Event-ID" = Option<i64>, Header, nullable = false, minimum = 0, description = "Counts before the query")),
    responses(
        (status = 101, description = "The protocol is WebSocket (RFC 6455) from here on"),
        (status = 401, body = ProblemBody), (status = 422, body = ProblemBody),
        (status = 426, body = ProblemBody, description = "The request does not ask for WebSocket"),
        (status = 429, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn websocket(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    headers: HeaderMap,
    Parameters(beginning): Parameters<RawBeginning>,
    hold: Option<Extension<ConnectionHold>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let Ok(upgrade) = upgrade else {
        return Ok(upgrade_required());
    };
    let stream = Stream::begin(app, identity, &headers, &beginning).await?;
    // A browser lets pages of any site connect (RFC 6455, section 10.2).
    if stream.is_of_a_session() && !session_cookie::is_same_origin(&headers) {
        return Err(cross_site_request());
    }
    Ok(upgrade
        .read_buffer_size(READ_AT_ONCE)
        .write_buffer_size(0)
        .max_message_size(LONGEST_MESSAGE)
        .max_frame_size(LONGEST_MESSAGE)
        .on_upgrade(async |socket| {
            send(socket, stream).await;
            drop(hold);
        }))
}

fn upgrade_required() -> Response {
    let problem = Problem::new(
        StatusCode::UPGRADE_REQUIRED,
        "upgrade_required",
        "this address speaks WebSocket: connect with it, or use GET /api/events",
    );
    let head = [
        (header::UPGRADE, "websocket"),
        (header::SEC_WEBSOCKET_VERSION, "13"),
    ];
    (head, problem).into_response()
}

/// Until either side ends it. A client that takes nothing is given up by the limit of its connection.
async fn send(mut socket: WebSocket, mut stream: Stream) {
    let mut unanswered = 0;
    let end = loop {
        let next = tokio::select! {
            received = socket.recv() => match received {
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {
                    unanswered = 0;
                    continue;
                }
            },
            next = stream.next() => next,
        };
        let frame = match next {
            Ok(Message::Event { json, .. }) => match Utf8Bytes::try_from(json) {
                Ok(text) => Frame::Text(text),
                Err(_) => break End::Unavailable, // Not so: JSON is UTF-8.
            },
            Ok(Message::Alive) if unanswered >= UNANSWERED => return,
            Ok(Message::Alive) => {
                if let Err(end) = stream.check().await {
                    break end;
                }
                unanswered += 1;
                Frame::Ping(bytes::Bytes::new())
            }
            Err(end) => break end,
        };
        if socket.send(frame).await.is_err() {
            return;
        }
    };
    let (code, reason) = match end {
        End::Told => (close_code::NORMAL, "that is all"),
        End::Unavailable => (close_code::AWAY, "connect again"),
        End::Forbidden => (close_code::POLICY, "the credential holds no more"),
    };
    let close = CloseFrame {
        code,
        reason: Utf8Bytes::from_static(reason),
    };
    // The client closes too, so that what was said last is not lost with a reset; or it is not waited for any longer.
    let closing = async {
        let _ = socket.send(Frame::Close(Some(close))).await;
        while let Some(Ok(_)) = socket.recv().await {}
    };
    let _ = tokio::time::timeout(CLOSED_WITHIN, closing).await;
}
