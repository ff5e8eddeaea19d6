//! `POST /api/documents/{id}/retry`

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::cancel::ActionAnswer;
use crate::{
    app::SharedApp,
    documents::{
        self,
        document::{Document, Origin, Status},
    },
    http::{
        authentication::Writer,
        common::{DocumentId, find_recorded},
        problem::{Problem, ProblemBody},
    },
};

/// Why a document cannot be encoded again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetryError {
    /// It has not failed.
    #[error("only a document that failed can be encoded again")]
    NotFailed,
    /// It was applied to the cluster by somebody else.
    #[error("the document was not uploaded here: apply a new DocumentEncoding instead")]
    NotUploaded,
}

impl From<RetryError> for Problem {
    fn from(error: RetryError) -> Self {
        let code = match error {
            RetryError::NotFailed => "not_failed",
            RetryError::NotUploaded => "not_uploaded",
        };
        Self::new(StatusCode::CONFLICT, code, error.to_string())
    }
}

fn check(document: &Document) -> Result<(), RetryError> {
    if document.origin != Origin::Upload {
        return Err(RetryError::NotUploaded);
    }
    if document.status() != Status::Failed {
        return Err(RetryError::NotFailed);
    }
    Ok(())
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
    Writer(caller): Writer,
    DocumentId(id): DocumentId,
) -> Result<Response, Problem> {
    let before = find_recorded(&app, caller, id).await?;
    check(&before)?;
    let failed = |error| Problem::database("begin another encoding", &error);
    let document = documents::begin_retry(&app.database, caller.tenant_id, id, app.clock.now())
        .await
        .map_err(failed)?
        .ok_or(RetryError::NotFailed)?; // Somebody else was faster.
    app.board.put(document.clone());
    match app.cluster.create(&document).await {
        Ok(uid) => {
            if let Err(error) =
                documents::bind(&app.database, caller.tenant_id, id, document.binding.number, uid).await
            {
                tracing::warn!(%error, document_id = %id, "unable to bind a document; the mirror does it");
            }
        }
        Err(error) => {
            tracing::error!(%error, document_id = %id, "failed to queue a document again");
            documents::undo_retry(&app.database, caller.tenant_id, &before, app.clock.now())
                .await
                .map_err(failed)?;
            app.board.remove(id);
            return Err(Problem::queue_unavailable());
        }
    }
    let answer = ActionAnswer {
        success: true,
        document_id: id,
        status: Status::Processing.as_str(),
        message: "Document queued for processing",
    };
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::document::samples;

    #[test]
    fn only_what_was_uploaded_and_failed_is_encoded_again() {
        let mut document = samples::document();
        assert_eq!(check(&document), Err(RetryError::NotFailed));
        document.phase = crds::Phase::Cancelled;
        assert_eq!(check(&document), Ok(()));
        document.origin = Origin::Resource;
        assert_eq!(check(&document), Err(RetryError::NotUploaded));
    }
}
