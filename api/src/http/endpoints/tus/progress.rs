//! `HEAD …/tus/{id}`: how much is there.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use uuid::Uuid;

use super::headers::{UPLOAD_LENGTH, UPLOAD_METADATA, UPLOAD_OFFSET, refuse_other_versions, say_expiry};
use crate::{
    app::SharedApp,
    http::{
        authentication::Reader,
        common::DocumentId,
        problem::{Problem, ProblemBody},
        uploads::receiver,
    },
    identity::{Identity, role::Scope},
    uploads::{
        metadata,
        pending::{self, Method, State as UploadState},
        record::Lease,
        resumable,
    },
};

/// How much of an upload is there, and when it is given up.
pub(super) fn say_progress(headers: &mut HeaderMap, state: &UploadState) -> u64 {
    let (offset, length, expires) = match state {
        UploadState::Pending(pending) => (pending.offset(), pending.size(), Some(pending.expires_at())),
        UploadState::Finished { size, .. } => (*size, *size, None),
    };
    headers.insert(UPLOAD_OFFSET, offset.into());
    if let Some(expires) = expires {
        say_expiry(headers, expires);
    }
    length
}

/// How much of an upload is there
///
/// One that is whole is a document, or becomes one now, if the caller may write: what was to make it one may have ended in the middle.
#[utoipa::path(
    head,
    path = "/api/documents/upload/tus/{id}",
    operation_id = "show_tus_upload",
    tag = "documents",
    params(("id" = Uuid, Path), ("Tus-Resumable" = String, Header, pattern = r"^1\.0\.0$", description = "`1.0.0`")),
    responses(
        (status = 200, description = "So much", headers(
            ("Upload-Offset" = u64, description = "What is there, in bytes"), ("Upload-Length" = u64, description = "The whole, in bytes"),
            ("Upload-Metadata" = String, description = "As sent at the beginning; not where nothing was"),
            ("Upload-Expires" = String, description = "When it is given up; not where it is a document by now"),
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
) -> Result<Response, Problem> {
    refuse_other_versions(&headers)?;
    let mut state = pending::state(&app.database, identity.tenant_id, Method::Tus, id).await?;
    let is_to_finish = matches!(&state, UploadState::Pending(pending) if pending.is_whole());
    if is_to_finish && identity.may(Scope::DocumentsWrite) {
        finish(app.clone(), identity, id).await?;
        state = pending::state(&app.database, identity.tenant_id, Method::Tus, id).await?;
    }
    let mut response = [(header::CACHE_CONTROL, "no-store")].into_response();
    let length = say_progress(response.headers_mut(), &state);
    response.headers_mut().insert(UPLOAD_LENGTH, length.into());
    let said = metadata::find(&app.database, identity.tenant_id, id).await?;
    if let Some(said) = said.and_then(|said| HeaderValue::from_str(&said).ok()) {
        response.headers_mut().insert(UPLOAD_METADATA, said);
    }
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
