//! `…/api/documents/upload/tus`: uploads that can be interrupted and gone on with, as tus 1.0.0 describes them
//! (<https://tus.io/protocols/resumable-upload>): the core protocol, creation, expiration and termination.

mod headers;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::TryStreamExt;
use serde_json::json;
use uuid::Uuid;

use self::headers::{
    CONTENT_TYPE, EXTENSIONS, TUS_VERSION, UPLOAD_EXPIRES, UPLOAD_LENGTH, UPLOAD_OFFSET, VERSION, http_date,
    in_protocol, metadata, number, refuse_other_versions,
};
use crate::{
    app::{App, SharedApp},
    http::{
        authentication::{Reader, Writer},
        common::DocumentId,
        problem::{Problem, ProblemBody},
        uploads::{idempotency_key, receiver, replayed},
    },
    identity::{Identity, role::Scope},
    uploads::{
        UploadError,
        beginning::Once,
        options::RawOptions,
        pending::{self, Method, State as UploadState},
        record::Lease,
        resumable,
    },
};

/// Begin an upload that can be gone on with
///
/// Of `Upload-Metadata`, `filename` is needed; `chunk_size`, `overlap`, `priority`, `queue` and `force` may be there.
///
/// The same length and metadata with the same `Idempotency-Key` have the same `Location`, and `Idempotency-Replayed: true`: `Upload-Offset` says
/// how much is there by then, which is all of it where it is a document. Once the upload was given up, or its document deleted, it is
/// begun anew.
#[utoipa::path(
    post,
    path = "/api/documents/upload/tus",
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
pub async fn create(State(app): State<SharedApp>, Writer(identity): Writer, headers: HeaderMap) -> Response {
    // A client that hangs up ends this handler, but must not leave its Idempotency-Key taken.
    let tasks = app.uploads.tasks().clone();
    let work = tasks.spawn(async move { begin(&app, identity, &headers).await });
    in_protocol(match work.await {
        Ok(answer) => answer,
        Err(error) => Err(Problem::internal("begin an upload", &error)),
    })
}

async fn begin(app: &App, identity: Identity, headers: &HeaderMap) -> Result<Response, Problem> {
    refuse_other_versions(headers)?;
    let size = number(headers, &UPLOAD_LENGTH)?;
    let (mut filename, mut raw) = (String::new(), RawOptions::default());
    let key = idempotency_key(headers)?;
    let metadata = metadata(headers)?;
    let sent = json!(["tus", size, metadata]);
    for (name, value) in metadata {
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
    let receiver = receiver(app, identity).await?;
    let Some(key) = key else {
        let pending = pending::begin(&receiver, Method::Tus, &filename, size, &options, None).await?;
        return Ok(begun(pending.id, &UploadState::Pending(pending)));
    };
    let once = Once::new(&receiver, key, &sent);
    let _lease = once.lease(&receiver);
    if let Some((id, state)) = once.claim(&receiver, Method::Tus).await? {
        return Ok(replayed(begun(id, &state)));
    }
    match pending::begin(&receiver, Method::Tus, &filename, size, &options, Some(&once)).await {
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
    let location = [(header::LOCATION, format!("/api/documents/upload/tus/{id}"))];
    let mut response = (StatusCode::CREATED, location).into_response();
    say_progress(response.headers_mut(), state);
    response
}

/// How much of an upload is there, and when it is given up.
fn say_progress(headers: &mut HeaderMap, state: &UploadState) -> u64 {
    let (offset, length, expires) = match state {
        UploadState::Pending(pending) => (pending.offset(), pending.size(), Some(pending.expires_at())),
        UploadState::Finished { size, .. } => (*size, *size, None),
    };
    headers.insert(UPLOAD_OFFSET, offset.into());
    if let Some(expires) = expires
        && let Ok(value) = HeaderValue::from_str(&http_date(expires))
    {
        headers.insert(UPLOAD_EXPIRES, value);
    }
    length
}

/// How much of an upload is there
///
/// One that is whole is a document, or becomes one now, if the caller may write: what was to make it one may have ended in the middle.
#[utoipa::path(
    head,
    path = "/api/documents/upload/tus/{id}",
    tag = "documents",
    params(("id" = Uuid, Path), ("Tus-Resumable" = String, Header, pattern = r"^1\.0\.0$", description = "`1.0.0`")),
    responses(
        (status = 200, description = "So much", headers(
            ("Upload-Offset" = u64, description = "What is there, in bytes"), ("Upload-Length" = u64, description = "The whole, in bytes"),
        )),
        (status = 404, body = ProblemBody), (status = 412, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 423, body = ProblemBody), (status = 429, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn head(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    DocumentId(id): DocumentId,
    headers: HeaderMap,
) -> Response {
    in_protocol(look(&app, identity, id, &headers).await)
}

async fn look(
    app: &SharedApp,
    identity: Identity,
    id: Uuid,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    refuse_other_versions(headers)?;
    let mut state = pending::state(&app.database, identity.tenant_id, Method::Tus, id).await?;
    let is_to_finish = matches!(&state, UploadState::Pending(pending) if pending.is_whole());
    if is_to_finish && identity.may(Scope::DocumentsWrite) {
        finish(app.clone(), identity, id).await?;
        state = pending::state(&app.database, identity.tenant_id, Method::Tus, id).await?;
    }
    let mut response = [(header::CACHE_CONTROL, "no-store")].into_response();
    let length = say_progress(response.headers_mut(), &state);
    response.headers_mut().insert(UPLOAD_LENGTH, length.into());
    Ok(response)
}

/// Makes a document of what is whole. It goes on where the client does not wait for it: who asks meanwhile is told that it is locked.
async fn finish(app: SharedApp, identity: Identity, id: Uuid) -> Result<(), Problem> {
    let place = app.uploads.begin(identity.tenant_id).map_err(Problem::from)?;
    let tasks = app.uploads.tasks().clone();
    let work = tasks.spawn(async move {
        let _place = place;
        let receiver = receiver(&app, identity).await?;
        let _lease = Lease::keep(app.database.clone(), receiver.tenant, receiver.holder, None);
        resumable::finish_whole(&app, &receiver, id).await
    });
    match work.await {
        Ok(finished) => finished.map_err(Problem::from),
        Err(error) => Err(Problem::internal("finish an upload", &error)),
    }
}

/// Add to an upload
///
/// With the last byte it becomes a document with the upload's id, and is queued.
#[utoipa::path(
    patch,
    path = "/api/documents/upload/tus/{id}",
    tag = "documents",
    params(
        ("id" = Uuid, Path),
        ("Tus-Resumable" = String, Header, pattern = r"^1\.0\.0$", description = "`1.0.0`"),
        ("Upload-Offset" = u64, Header, description = "Where it goes on, in bytes"),
    ),
    request_body(description = "The bytes", content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "Added", headers(("Upload-Offset" = u64, description = "What is there now, in bytes"))),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 412, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody),
        (status = 423, body = ProblemBody), (status = 429, body = ProblemBody), (status = 500, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn patch(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    DocumentId(id): DocumentId,
    request: Request,
) -> Response {
    let place = match app.uploads.begin(identity.tenant_id) {
        Ok(place) => place,
        Err(error) => return in_protocol(Err(error.into())),
    };
    // A client that hangs up ends this handler; what has come is noted all the same.
    let tasks = app.uploads.tasks().clone();
    let work = tasks.spawn(async move {
        let _place = place;
        add(&app, identity, id, request).await
    });
    in_protocol(match work.await {
        Ok(answer) => answer,
        Err(error) => Err(Problem::internal("add to an upload", &error)),
    })
}

async fn add(app: &App, identity: Identity, id: Uuid, request: Request) -> Result<Response, Problem> {
    let headers = request.headers();
    refuse_other_versions(headers)?;
    let offset = number(headers, &UPLOAD_OFFSET)?;
    let content_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if content_type != Some(CONTENT_TYPE.as_bytes()) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_an_upload",
            format!("send the bytes with `Content-Type: {CONTENT_TYPE}`"),
        ));
    }
    let receiver = receiver(app, identity).await?;
    let _lease = Lease::keep(app.database.clone(), receiver.tenant, receiver.holder, None);
    let bytes = crate::uploads::pace::watched(
        request
            .into_body()
            .into_data_stream()
            .map_err(UploadError::cut_off),
    );
    let offset = resumable::append(app, &receiver, id, offset, bytes).await?;
    Ok((StatusCode::NO_CONTENT, [(UPLOAD_OFFSET, offset.to_string())]).into_response())
}

/// Give an upload up
#[utoipa::path(
    delete,
    path = "/api/documents/upload/tus/{id}",
    tag = "documents",
    params(("id" = Uuid, Path), ("Tus-Resumable" = String, Header, pattern = r"^1\.0\.0$", description = "`1.0.0`")),
    responses(
        (status = 204, description = "Nothing is left of it"), (status = 404, body = ProblemBody), (status = 412, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn terminate(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    DocumentId(id): DocumentId,
    headers: HeaderMap,
) -> Response {
    let terminated = async {
        refuse_other_versions(&headers)?;
        let receiver = receiver(&app, identity).await?;
        resumable::terminate(&app, &receiver, Method::Tus, id).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    in_protocol(terminated.await)
}

/// What is spoken here: asked by clients before they begin.
pub async fn options(State(app): State<SharedApp>) -> Response {
    let headers = [
        (TUS_VERSION, VERSION.to_owned()),
        (HeaderName::from_static("tus-extension"), EXTENSIONS.to_owned()),
        (
            HeaderName::from_static("tus-max-size"),
            app.max_upload_bytes.to_string(),
        ),
    ];
    in_protocol(Ok((StatusCode::NO_CONTENT, headers).into_response()))
}
