//! Queuing a document that was recorded: its resource is made, or the upload is taken back.

use std::time::Duration;

use crds::keys;
use uuid::Uuid;

use super::UploadError;
use crate::{
    app::App,
    database::{STEP_LIMIT, tenant_transaction, within},
    documents::{Change, Document, transition, unwanted},
};

/// The mirror, which sees the resource within milliseconds and binds many rows in one statement, is waited for so long; a row that it has
/// not bound by then is bound here.
const MIRRORED_WITHIN: Duration = Duration::from_millis(250);

/// Makes the resource, or undoes the upload. What is ready already needs none.
pub(super) async fn enqueue(app: &App, document: &Document) -> Result<(), UploadError> {
    let Some(tenant) = document.tenant_id else {
        return Ok(());
    };
    let (id, number) = (document.id, document.binding.number);
    let count = || {
        if let Some(size) = document.file.size_bytes {
            app.metrics.uploaded_bytes.inc_by(size.unsigned_abs());
        }
    };
    if let Some(encoding) = document.reused {
        count();
        app.metrics.results_reused.inc();
        let from = encoding.document_id;
        tracing::info!(document_id = %id, tenant_id = %tenant, bytes = document.file.size_bytes, reused_from = %from, "uploaded");
        return Ok(());
    }
    let uid = match app.cluster.create(document).await {
        Ok(uid) => uid,
        Err(error) => {
            tracing::error!(%error, document_id = %id, "failed to queue a document; the upload is undone");
            app.metrics.uploads_undone.inc();
            undo(app, tenant, document).await?;
            return Err(UploadError::QueueUnavailable);
        }
    };
    count();
    tracing::info!(document_id = %id, tenant_id = %tenant, bytes = document.file.size_bytes, "uploaded");
    let bound = app.board.bound(id, uid);
    if tokio::time::timeout(MIRRORED_WITHIN, bound).await.is_ok() {
        return Ok(());
    }
    let change = Change::Bound {
        tenant,
        id,
        number,
        uid,
    };
    match change_alone(app, tenant, change).await {
        Ok(Some(_)) => {}
        Ok(None) => unwanted::delete_unbound(&app.cluster, &app.database, tenant, document, uid).await,
        Err(error) => {
            tracing::warn!(%error, document_id = %id, "unable to bind a document; the mirror does it");
        }
    }
    Ok(())
}

/// Makes one change in a transaction of its own.
async fn change_alone(app: &App, tenant: Uuid, change: Change<'_>) -> Result<Option<Document>, sqlx::Error> {
    let changed = async {
        let mut transaction = tenant_transaction(&app.database, tenant).await?;
        let changed = transition(&mut transaction, change, app.clock.now()).await?;
        transaction.commit().await?;
        Ok(changed)
    };
    within(STEP_LIMIT, changed).await
}

/// Takes back an upload whose resource could not be made: the row, and then the objects. The sweeper goes on until nothing is left, and looks
/// for a resource that was made all the same.
async fn undo(app: &App, tenant: Uuid, document: &Document) -> Result<(), UploadError> {
    let id = document.id;
    change_alone(app, tenant, Change::Deleted { tenant, id }).await?;
    app.board.remove(id);
    let prefix = keys::document_prefix(&document.owner(), &id.to_string());
    if let Err(error) = app.store.remove_all(&prefix).await {
        tracing::warn!(%error, document_id = %id, "unable to remove the objects of an upload that was undone; the sweeper does it");
    }
    Ok(())
}
