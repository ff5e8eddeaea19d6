//! `DELETE /api/documents/{id}`

use axum::{extract::State, http::StatusCode};
use uuid::Uuid;

use crate::{
    app::{App, SharedApp},
    cleanup::{removal, removals},
    documents,
    http::{
        authentication::Writer,
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
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is gone"), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn delete(
    State(app): State<SharedApp>,
    Writer(caller): Writer,
    DocumentId(id): DocumentId,
) -> Result<StatusCode, Problem> {
    // For everybody it is gone with this transaction; the rest is finished now, or by the sweeper.
    let deleted = documents::delete(&app.database, caller.tenant_id, id, true, app.clock.now())
        .await
        .map_err(|error| Problem::database("delete a document", &error))?;
    if !deleted {
        return Err(Problem::document_not_found());
    }
    app.board.remove(id);
    if let Err(error) = remove_rest(&app, id).await {
        tracing::warn!(%error, document_id = %id, "unable to remove all of a document yet; the sweeper goes on");
    }
    tracing::info!(document_id = %id, tenant_id = %caller.tenant_id, "deleted");
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_rest(app: &App, id: Uuid) -> anyhow::Result<()> {
    let Some(removal) = removals::find(&app.maintenance, id).await? else {
        return Ok(());
    };
    removal::finish(
        &removal,
        &app.cluster,
        &app.store,
        &app.maintenance,
        app.clock.now(),
    )
    .await?;
    Ok(())
}
