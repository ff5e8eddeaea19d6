//! `POST /api/documents/{id}/cancel`

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    app::SharedApp,
    documents::cancellation::{self, CancelError},
    http::{
        authentication::Writer,
        common::{ActionAnswer, DocumentId, accepted, find_recorded},
        problem::{Problem, ProblemBody},
    },
};

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        let code = match &error {
            CancelError::Finished => "already_finished",
            CancelError::NoResource => "not_queued_yet",
            CancelError::Cluster(cause) => {
                tracing::error!(error = %cause, "failed to cancel a document");
                return Self::queue_unavailable();
            }
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
    operation_id = "cancel_document",
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
    cancellation::cancel(&app, &document).await?;
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
