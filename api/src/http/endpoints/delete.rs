//! `DELETE /api/documents/{id}`

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::json;

use crate::{
    app::{App, SharedApp},
    database::tenant_transaction,
    documents::{Change, Document, transition},
    http::{
        authentication::{Writer, actor},
        common::DocumentId,
        problem::{Problem, ProblemBody},
    },
    identity::audit::{self, Action},
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
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    // For everybody it is gone with this; the sweeper sees to it that nothing is left.
    let failed = |error| Problem::database("delete a document", &error);
    let (tenant, now) = (identity.tenant_id, app.clock.now());
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let deleted = transition(&mut transaction, Change::Deleted { tenant, id }, now)
        .await
        .map_err(failed)?
        .ok_or_else(Problem::document_not_found)?;
    audit::record(
        &mut transaction,
        &actor(&identity, &headers),
        Some(tenant),
        Action::DocumentDeleted,
        &id.to_string(),
        json!({ "filename": deleted.file.filename }),
        now,
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
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
