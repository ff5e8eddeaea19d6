//! `POST /api/documents/{id}/cancel`

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    app::SharedApp,
    http::{
        authentication::Writer,
        common::{ActionAnswer, DocumentId, accepted, find_recorded},
        problem::{Problem, ProblemBody},
    },
};

/// Why a document cannot be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CancelError {
    /// It is ready, or has failed.
    #[error("the document is finished already")]
    Finished,
    /// It has no resource yet, or no more.
    #[error("the document is just being queued or removed, try again")]
    NoResource,
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        let code = match error {
            CancelError::Finished => "already_finished",
            CancelError::NoResource => "not_queued_yet",
        };
        Self::new(StatusCode::CONFLICT, code, error.to_string())
    }
}

/// Cancel a document
///
/// It becomes `failed` with the reason `Cancelled` within seconds.
#[utoipa::path(
    post,
    path = "/api/documents/{id}/cancel",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses(
        (status = 202, body = ActionAnswer), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 500, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn cancel(
    State(app): State<SharedApp>,
    Writer(caller): Writer,
    DocumentId(id): DocumentId,
) -> Result<Response, Problem> {
    let document = find_recorded(&app, caller, id).await?;
    if document.progress.phase.is_terminal() {
        return Err(CancelError::Finished.into());
    }
    let binding = &document.binding;
    let uid = binding.uid.ok_or(CancelError::NoResource)?;
    let found = app
        .cluster
        .cancel(&binding.namespace, &binding.name, uid)
        .await
        .map_err(|error| {
            tracing::error!(%error, document_id = %id, "failed to cancel a document");
            Problem::queue_unavailable()
        })?;
    if !found {
        return Err(CancelError::NoResource.into());
    }
    Ok(accepted(id, document.status(), "Cancellation requested"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_finished_is_a_conflict() {
        let problem = Problem::from(CancelError::Finished);
        assert_eq!((problem.status.as_u16(), problem.code), (409, "already_finished"));
        assert_eq!(Problem::from(CancelError::NoResource).code, "not_queued_yet");
    }
}
