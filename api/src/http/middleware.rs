//! What surrounds every request: an id, who sends it, a time limit, a bound on how many are worked on at once, a count, and a net under panics.

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use hyper::body::{Frame, SizeHint};
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    app::SharedApp,
    database::is_answering,
    http::{
        authentication::admit,
        endpoints::tus,
        problem::{PoolTimedOut, Problem},
    },
    metrics::{RequestLabels, RouteLabels},
};

/// Names a request in logs, in the audit log and in the answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over from a client or a proxy.
const MAX_REQUEST_ID_LENGTH: usize = 100;
/// A request that is no upload is answered within so long.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// So many requests that are no uploads are worked on at once. What comes beyond is refused at once, so that what is begun is finished.
pub const MAX_REQUESTS_IN_FLIGHT: usize = 1024;

/// Where no connection to Postgres was free, it has so long to say whether it is there.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// The requests that take as long as a client sends its file: no others. What begins, completes or ends an upload is as short as any.
fn is_upload(method: &Method, route: &str) -> bool {
    (method == Method::POST && route == "/api/documents/upload")
        || (method == Method::PATCH && route == "/api/documents/upload/tus/{id}")
}

/// The method as a label: whoever sends requests may call theirs anything, and each name would be counted for ever.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// The id that came with a request, if it is one, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sent = headers.get(&REQUEST_ID).filter(|id| {
        (1..=MAX_REQUEST_ID_LENGTH).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
    });
    sent.cloned().unwrap_or_else(|| {
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        let text = Uuid::new_v4().hyphenated().encode_lower(&mut text);
        HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown"))
    })
}

/// The body of a request, and whether all of it was read.
struct ObservedBody {
    body: Body,
    is_read: Arc<AtomicBool>,
}

impl HttpBody for ObservedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.is_read.store(true, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Watches whether the body of a request is read, if it has one.
fn observe_body(request: Request) -> (Request, Option<Arc<AtomicBool>>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let is_read = Arc::new(AtomicBool::new(false));
    let observed = is_read.clone();
    let request = request.map(|body| {
        Body::new(ObservedBody {
            body,
            is_read: observed,
        })
    });
    (request, Some(is_read))
}

/// Surrounds a request.
pub async fn surround(State(app): State<SharedApp>, mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    tus::override_method(&route, &mut request);
    let method = known_method(request.method()).to_owned();
    let begun = app.clock.now();
    let span = tracing::info_span!(
        "request",
        request_id = id.to_str().unwrap_or_default(),
        method,
        route
    );
    let is_upload = is_upload(request.method(), &route);
    let (request, is_body_read) = observe_body(request);
    let answering = AssertUnwindSafe(answer(&app, is_upload, &route, request, next)).catch_unwind();
    let mut response = async {
        answering.await.unwrap_or_else(|_| {
            // What panicked has been logged by the panic's own hook.
            Problem::internal("answer a request", &"a panic").into_response()
        })
    }
    .instrument(span.clone())
    .await;
    response.headers_mut().insert(REQUEST_ID, id);
    tus::say_version(&route, &mut response);
    let is_rest_unread = is_body_read.is_some_and(|is_read| !is_read.load(Ordering::Relaxed));
    if is_rest_unread && !response.status().is_success() {
        // The rest of the body is not waited for, and the connection is of no use after it (RFC 9112, 9.3): the client is told, and the
        // answer reaches it, as the connection is closed in stages.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }

    let seconds = app.clock.now().duration_since(begun).as_secs_f64();
    let status = response.status().as_u16();
    span.in_scope(|| tracing::debug!(status, seconds, "answered"));
    let durations = app
        .metrics
        .request_seconds
        .get_or_create(&RouteLabels { route: route.clone() });
    durations.observe(seconds);
    drop(durations);
    let labels = RequestLabels {
        method,
        route,
        status,
    };
    app.metrics.requests.get_or_create(&labels).inc();
    response
}

/// Uploads have bounds of their own.
async fn answer(app: &SharedApp, is_upload: bool, route: &str, request: Request, next: Next) -> Response {
    // What is spoken at an address is told to anybody, in a few words that are the same for all.
    if tus::is_asked_what_it_speaks(route, request.method()) {
        return next.run(request).await;
    }
    if is_upload {
        return run(app, route, request, next).await;
    }
    // Whoever asks whether it lives must not be told that it is busy: it would be killed for it.
    if matches!(route, "/healthz" | "/readyz") {
        return next.run(request).await;
    }
    let Ok(_place) = app.in_flight.try_acquire() else {
        return Problem::saturated(
            "the service is at the limit of what it answers at once: ask again in a moment",
        )
        .into_response();
    };
    if let Ok(response) = tokio::time::timeout(TIME_LIMIT, run(app, route, request, next)).await {
        return response;
    }
    tracing::error!("failed to answer a request within {TIME_LIMIT:?}");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "timed_out",
        "the request could not be answered in time; it may or may not have been carried out",
    )
    .retry_after(5)
    .into_response()
}

/// Whoever asks what is below `/api/` must say who they are. It is asked here, as a layer of its own would cost each request as much as
/// finding out.
async fn run(app: &SharedApp, route: &str, request: Request, next: Next) -> Response {
    let response = if route.starts_with("/api/") {
        admit(app, request, next).await
    } else {
        next.run(request).await
    };
    // A connection that requests cannot use up tells which it was.
    let is_saturated = response.extensions().get::<PoolTimedOut>().is_some()
        && is_answering(&app.readiness, ANSWER_WITHIN).await;
    if is_saturated {
        return Problem::saturated("all connections to the database are in use: ask again in a moment")
            .into_response();
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invented_method_makes_no_label_of_its_own() {
        assert_eq!(known_method(&Method::DELETE), "DELETE");
        for invented in ["FOO", "get", "TRACE"] {
            let method = Method::from_bytes(invented.as_bytes()).unwrap();
            assert_eq!(known_method(&method), "OTHER", "{invented}");
        }
    }

    #[test]
    fn what_brings_a_file_is_an_upload_and_nothing_else() {
        assert!(is_upload(&Method::POST, "/api/documents/upload"));
        assert!(is_upload(&Method::PATCH, "/api/documents/upload/tus/{id}"));
        for (method, route) in [
            (Method::POST, "/api/documents/upload/tus"),
            (Method::HEAD, "/api/documents/upload/tus/{id}"),
            (Method::DELETE, "/api/documents/upload/tus/{id}"),
            (Method::POST, "/api/documents/upload/presigned"),
            (Method::POST, "/api/documents/upload/presigned/{id}/complete"),
            (Method::DELETE, "/api/documents/upload/presigned/{id}"),
            (Method::POST, "/api/keys"),
            (Method::GET, "/api/documents"),
        ] {
            assert!(!is_upload(&method, route), "{method} {route}");
        }
    }

    #[test]
    fn an_id_is_taken_over_if_it_is_short_and_visible() {
        let with = |id: &str| HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_str(id).unwrap())]);
        assert_eq!(request_id(&with("abc-1")), "abc-1");
        for bad in ["", "a b", &"a".repeat(101)] {
            let id = request_id(&with(bad));
            assert_eq!(id.len(), 36, "{id:?}");
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}
