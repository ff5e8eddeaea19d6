//! `PATCH …/tus/{id}`: bytes are added.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::TryStreamExt;
use uuid::Uuid;

use super::headers::{CONTENT_TYPE, UPLOAD_OFFSET, number, refuse_other_versions, say_expiry};
use crate::{
    app::{App, SharedApp},
    http::{
        authentication::Writer,
        common::DocumentId,
        problem::{Problem, ProblemBody},
        uploads::receiver,
    },
    identity::Identity,
    uploads::{
        UploadError, pace,
        pending::{self, Method},
        record::Lease,
        resumable,
    },
};

/// Add to an upload
///
/// With the last byte it becomes a document with the upload's id, and is queued.
#[utoipa::path(
    patch,
    path = "/api/documents/upload/tus/{id}",
    operation_id = "append_to_tus_upload",
    tag = "documents",
    params(
        ("id" = Uuid, Path),
        ("Tus-Resumable" = String, Header, pattern = r"^1\.0\.0$", description = "`1.0.0`"),
        ("Upload-Offset" = u64, Header, description = "Where it goes on, in bytes"),
    ),
    request_body(description = "The bytes", content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "Added", headers(
            ("Upload-Offset" = u64, description = "What is there now, in bytes"),
            ("Upload-Expires" = String, description = "When it is given up; not where it is a document by now"),
        )),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 408, body = ProblemBody, description = "The bytes come too slowly"), (status = 409, body = ProblemBody),
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
) -> Result<Response, Problem> {
    refuse_other_versions(request.headers())?;
    let place = app.uploads.begin(identity.tenant_id)?;
    // A client that hangs up ends this handler; what has come is noted all the same.
    let tasks = app.uploads.tasks().clone();
    let work = tasks.spawn(async move {
        let _place = place;
        let answer = add(&app, identity, id, request).await;
        with_expiry(&app, identity, id, answer).await
    });
    work.await
        .map_err(|error| Problem::internal("add to an upload", &error))
}

/// Says when the upload is given up, also to whoever added nothing.
async fn with_expiry(app: &App, identity: Identity, id: Uuid, answer: Result<Response, Problem>) -> Response {
    // Who just found that the database does not answer does not wait for it a second time.
    let is_asked = answer
        .as_ref()
        .err()
        .is_none_or(|problem| problem.code != "database_unavailable");
    let mut response = answer.into_response();
    if is_asked {
        match pending::expires_at(&app.database, identity.tenant_id, Method::Tus, id).await {
            Ok(Some(expires_at)) => say_expiry(response.headers_mut(), expires_at),
            Ok(None) => {} // It is a document by now, or nothing.
            Err(error) => tracing::warn!(%error, upload_id = %id, "unable to tell when an upload expires"),
        }
    }
    response
}

async fn add(app: &App, identity: Identity, id: Uuid, request: Request) -> Result<Response, Problem> {
    let headers = request.headers();
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
    let bytes = pace::watched(
        request
            .into_body()
            .into_data_stream()
            .map_err(UploadError::cut_off),
    );
    let offset = resumable::append(app, &receiver, id, offset, bytes).await?;
    Ok((StatusCode::NO_CONTENT, [(UPLOAD_OFFSET, offset.to_string())]).into_response())
}
