//! `PUT /api/documents/{id}/acknowledgement`, `DELETE …`

use axum::{extract::State, http::StatusCode};

use crate::{
    app::SharedApp,
    documents::acknowledgement::{self, AcknowledgementError},
    http::{
        authentication::Writer,
        common::{DocumentId, find_recorded},
        problem::{Problem, ProblemBody},
    },
};

impl From<AcknowledgementError> for Problem {
    fn from(error: AcknowledgementError) -> Self {
        match &error {
            AcknowledgementError::NotFailed => {
                Self::new(StatusCode::CONFLICT, "not_failed", error.to_string())
            }
            AcknowledgementError::Database(cause) => Self::database("acknowledge a failure", cause),
        }
    }
}

/// Acknowledge a failure
///
/// Somebody has seen to it: lists with `acknowledged=false` leave it out, for everybody of the tenant, until the document fails anew.
#[utoipa::path(
    put,
    path = "/api/documents/{id}/acknowledgement",
    operation_id = "acknowledge_failure",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It is acknowledged"), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "The document has not failed"),
    ),
    security(("api_key" = []))
)]
pub async fn acknowledge(
    State(app): State<SharedApp>,
    Writer(caller): Writer,
    DocumentId(id): DocumentId,
) -> Result<StatusCode, Problem> {
    let document = find_recorded(&app, caller, id).await?;
    acknowledgement::acknowledge(&app.database, &caller, &document, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an acknowledgement back
#[utoipa::path(
    delete,
    path = "/api/documents/{id}/acknowledgement",
    operation_id = "take_back_acknowledgement",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "There is none"), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn take_back(
    State(app): State<SharedApp>,
    Writer(caller): Writer,
    DocumentId(id): DocumentId,
) -> Result<StatusCode, Problem> {
    let document = find_recorded(&app, caller, id).await?;
    acknowledgement::take_back(&app.database, caller.tenant_id, document.id)
        .await
        .map_err(|error| Problem::database("take an acknowledgement back", &error))?;
    Ok(StatusCode::NO_CONTENT)
}
