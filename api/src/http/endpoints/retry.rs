//! `POST /api/documents/{id}/retry`

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    app::SharedApp,
    documents::{
        document::Status,
        retry::{self, RetryError},
    },
    http::{
        authentication::Writer,
        common::{ActionAnswer, DocumentId, accepted, find_recorded},
        problem::{Problem, ProblemBody},
    },
    uploads::UploadError,
};

impl From<RetryError> for Problem {
    fn from(error: RetryError) -> Self {
        let code = match error {
            RetryError::NotFailed => "not_failed",
            RetryError::NotUploaded => "not_uploaded",
            RetryError::Quota(exceeded) => return UploadError::from(exceeded).into(),
            RetryError::QueueUnavailable => return Self::queue_unavailable(),
            RetryError::Database(cause) => return Self::database("begin another encoding", &cause),
        };
        Self::new(StatusCode::CONFLICT, code, error.to_string())
    }
}

/// Encode a failed document again
///
/// A new resource is made: one that is finished never changes.
#[utoipa::path(
    post,
    path = "/api/documents/{id}/retry",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses(
        (status = 202, body = ActionAnswer), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 500, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn retry(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    DocumentId(id): DocumentId,
) -> Result<Response, Problem> {
    let before = find_recorded(&app, identity, id).await?;
    retry::retry(&app, identity.tenant_id, &before).await?;
    Ok(accepted(id, Status::Processing, "Document queued for processing"))
}
