//! `DELETE /api/documents/{id}`

use axum::{extract::State, http::StatusCode};

use crate::{
    app::{App, SharedApp},
    documents::{Change, Document},
    http::{
        authentication::Writer,
        common::DocumentId,
        problem::{Problem, ProblemBody},
    },
    uploads::intake::change_alone,
};

/// Delete a document
///
/// With everything that belongs to it. An encoding that is under way is ended.
#[utoipa::path(
    delete,
    path = "/api/documents/{id}",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is gone"), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn delete(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    DocumentId(id): DocumentId,
) -> Result<StatusCode, Problem> {
    // For everybody it is gone with this; the sweeper sees to it that nothing is left.
    let tenant = identity.tenant_id;
    let deleted = change_alone(&app, tenant, Change::Deleted { tenant, id })
        .await
        .map_err(|error| Problem::database("delete a document", &error))?
        .ok_or_else(Problem::document_not_found)?;
    app.board.remove(id);
    end_encoding(&app, &deleted).await;
    tracing::info!(document_id = %id, tenant_id = %tenant, "deleted");
    Ok(StatusCode::NO_CONTENT)
}

/// What is still at work for it is ended at once.
async fn end_encoding(app: &App, deleted: &Document) {
    let binding = &deleted.binding;
    let ended = app
        .cluster
        .delete(&binding.namespace, &binding.name, binding.uid)
        .await;
    if let Err(error) = ended {
        tracing::warn!(%error, document_id = %deleted.id, "unable to delete the resource of a deleted document; the sweeper does it");
    }
}
