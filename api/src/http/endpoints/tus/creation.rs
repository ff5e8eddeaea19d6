//! `POST …/tus`: the extension creation.

use axum::{
    extract::State,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use uuid::Uuid;

use super::{
    COLLECTION,
    headers::{
        UPLOAD_LENGTH, metadata_pairs, metadata_text, number, refuse_other_extensions, refuse_other_versions,
    },
    progress::say_progress,
    refuse_method,
};
use crate::{
    app::{App, SharedApp},
    http::{
        authentication::Writer,
        problem::{Problem, ProblemBody},
        uploads::{idempotency_key, receiver, replayed},
    },
    identity::Identity,
    uploads::{
        UploadError,
        beginning::Once,
        options::RawOptions,
        pending::{self, Method as UploadMethod, NewPending, State as UploadState},
    },
};

/// Begin an upload that can be gone on with
///
/// By tus 1.0.0 (<https://tus.io/protocols/resumable-upload>) with its extensions creation, expiration and termination, as `OPTIONS` of this
/// address says to anybody. Of `Upload-Metadata`, `filename` is needed; `chunk_size`, `overlap`, `priority`, `queue` and `force` may be there.
///
/// The same length and metadata with the same `Idempotency-Key` have the same `Location`, and `Idempotency-Replayed: true`: `Upload-Offset` says
/// how much is there by then, which is all of it where it is a document. Once the upload was given up, or its document deleted, it is
/// begun anew.
#[utoipa::path(
    post,
    path = "/api/documents/upload/tus",
    operation_id = "create_tus_upload",
    tag = "documents",
    params(
        ("Tus-Resumable" = String, Header, pattern = r"^1\.0\.0$", description = "`1.0.0`"),
        ("Upload-Length" = u64, Header, minimum = 1, description = "Length of the file in bytes"),
        ("Upload-Metadata" = String, Header, description = "`filename`, and options, in Base64"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, pattern = r"^[!-~]{1,255}$", description = "The same request with the same key is done once; kept for 24 hours"),
    ),
    responses(
        (status = 201, description = "Begun", headers(
            ("Location" = String, description = "Where to send it"),
            ("Upload-Offset" = u64, description = "What is there, in bytes"),
            ("Upload-Expires" = String, description = "When it is given up; not where it is a document by now"),
        )),
        (status = 400, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "The first request with this Idempotency-Key is not answered yet"), (status = 412, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 422, body = ProblemBody), (status = 429, body = ProblemBody), (status = 500, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn create(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // What X-HTTP-Method-Override says.
    match method {
        Method::POST => {}
        Method::OPTIONS => return Ok(super::options(State(app)).await),
        _ => return Ok(refuse_method("POST,OPTIONS")),
    }
    // A client that hangs up ends this handler, but must not leave its Idempotency-Key taken.
    let tasks = app.uploads.tasks().clone();
    let work = tasks.spawn(async move { begin(&app, identity, &headers).await });
    match work.await {
        Ok(answer) => answer,
        Err(error) => Err(Problem::internal("begin an upload", &error)),
    }
}

async fn begin(app: &App, identity: Identity, headers: &HeaderMap) -> Result<Response, Problem> {
    refuse_other_versions(headers)?;
    refuse_other_extensions(headers)?;
    let size = number(headers, &UPLOAD_LENGTH)?;
    let (mut filename, mut raw) = (String::new(), RawOptions::default());
    let key = idempotency_key(headers)?;
    let said = metadata_text(headers)?;
    let pairs = metadata_pairs(said.as_deref().unwrap_or_default())?;
    let sent = json!(["tus", size, pairs]);
    for (name, value) in pairs {
        match name.as_str() {
            "filename" => filename = value,
            "chunk_size" => raw.chunk_size = Some(value),
            "overlap" => raw.overlap = Some(value),
            "priority" => raw.priority = Some(value),
            "queue" => raw.queue = Some(value),
            "force" => raw.force = Some(value),
            _ => {} // What clients send besides, such as the type.
        }
    }
    let options = raw.validate().map_err(UploadError::from)?;
    let new = NewPending {
        method: UploadMethod::Tus,
        filename: &filename,
        size,
        options: &options,
        metadata: said.as_deref(),
    };
    let receiver = receiver(app, identity).await?;
    let Some(key) = key else {
        let pending = pending::begin(&receiver, new, None).await?;
        return Ok(begun(pending.id, &UploadState::Pending(pending)));
    };
    let once = Once::new(&receiver, key, &sent);
    let _lease = once.lease(&receiver);
    if let Some((id, state)) = once.claim(&receiver, UploadMethod::Tus).await? {
        return Ok(replayed(begun(id, &state)));
    }
    match pending::begin(&receiver, new, Some(&once)).await {
        Ok(pending) => {
            once.begun(&receiver, pending.id).await;
            Ok(begun(pending.id, &UploadState::Pending(pending)))
        }
        Err(error) => {
            once.give_back(&receiver, false).await;
            Err(error.into())
        }
    }
}

/// The answer that an upload was begun, and how much of it is there.
fn begun(id: Uuid, state: &UploadState) -> Response {
    let location = [(header::LOCATION, format!("{COLLECTION}/{id}"))];
    let mut response = (StatusCode::CREATED, location).into_response();
    say_progress(response.headers_mut(), state);
    response
}
