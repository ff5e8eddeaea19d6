//! `DELETE /api/documents/{id}`

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};

use crate::{
    app::SharedApp,
    database::tenant_transaction,
    documents::deletion,
    http::{
        authentication::{Writer, actor},
        common::DocumentId,
        problem::{Problem, ProblemBody},
    },
};

/// Delete a document
///
/// With everything that belongs to it. An encoding that is under way is ended.
#[utoipa::path(
    delete,
    path = "/api/documents/{id}",
    operation_id = "delete_document",
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
    let failed = |error| Problem::database("delete a document", &error);
    let (tenant, actor) = (identity.tenant_id, actor(&identity, &headers));
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let deleted = deletion::delete(&mut transaction, tenant, id, &actor, None, app.clock.now())
        .await
        .map_err(failed)?
        .ok_or_else(Problem::document_not_found)?;
    transaction.commit().await.map_err(failed)?;
    deletion::end(&app, &deleted).await;
    tracing::info!(document_id = %id, tenant_id = %tenant, "deleted");
    Ok(StatusCode::NO_CONTENT)
}
