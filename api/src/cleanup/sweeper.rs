//! The sweeper: finishes what a crash or an unreachable cluster cut in two.

use std::{sync::Arc, time::Duration};

use crds::{Phase, Reason, keys};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::{
    app::App,
    cleanup::{
        removal,
        removals::{self, Removal},
    },
    documents::{
        self,
        document::{Document, DocumentError, resource_name},
    },
    identity,
    uploads::intake,
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(5);
/// A document without a resource for so long was left by a crash: a request that still runs ends sooner.
const WITHOUT_RESOURCE_FOR: SignedDuration = SignedDuration::from_secs(30);
/// A finished removal is remembered for so long, and then done once more: an encoder that was just ending may have
/// written a last file, and a request to make the resource may have reached the API server late.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_mins(10);
/// An upload that no request works on any more.
const ABANDONED_AFTER: Duration = Duration::from_hours(24);

/// Runs until it is dropped.
pub async fn run(app: Arc<App>) {
    loop {
        if let Err(error) = sweep(&app).await {
            tracing::warn!(%error, "unable to sweep; it is tried again");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Looks once.
pub async fn sweep(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    for document in removals::without_resource(&app.maintenance, now - WITHOUT_RESOURCE_FOR).await? {
        match finish_upload(app, &document).await {
            Ok(()) => {
                app.metrics.swept.inc();
            }
            Err(error) => {
                tracing::warn!(%error, document_id = %document.id, "unable to finish an upload; it is tried again");
            }
        }
    }
    for removal in removals::unfinished(&app.maintenance).await? {
        match removal::finish(&removal, &app.cluster, &app.store, &app.maintenance, now).await {
            Ok(true) => {
                tracing::info!(document_id = %removal.document_id, "nothing is left of a removed document");
                app.metrics.swept.inc();
            }
            Ok(false) => {}
            Err(error) => not_removed(&removal, &error),
        }
    }
    for removal in removals::finished_before(&app.maintenance, now - REMEMBERED_FOR).await? {
        match removal::finish(&removal, &app.cluster, &app.store, &app.maintenance, now).await {
            Ok(true) => removals::forget(&app.maintenance, removal.document_id).await?,
            Ok(false) => {}
            Err(error) => not_removed(&removal, &error),
        }
    }
    identity::clean_up(&app.maintenance, now).await?;
    let abandoned = app.store.remove_abandoned_uploads(ABANDONED_AFTER).await?;
    if abandoned > 0 {
        tracing::info!(abandoned, "removed uploads that were cut off");
    }
    Ok(())
}

/// One that cannot be removed does not keep the others from it.
fn not_removed(removal: &Removal, error: &anyhow::Error) {
    tracing::warn!(%error, document_id = %removal.document_id, "unable to remove a document; it is tried again");
}

/// A row without a resource: makes the resource, or, where there is nothing to encode or the cluster refuses it, takes back what
/// was begun.
async fn finish_upload(app: &App, document: &Document) -> anyhow::Result<()> {
    let Some(tenant) = document.tenant_id else {
        return Ok(());
    };
    let key = keys::source(&document.owner(), &document.id.to_string());
    if !app.store.exists(&key).await? {
        tracing::warn!(document_id = %document.id, "a document has neither resource nor source; it is removed");
        documents::delete(&app.maintenance, tenant, document.id, true, app.clock.now()).await?;
        return Ok(());
    }
    let uid = match app.cluster.create(document).await {
        Ok(uid) => uid,
        Err(error) if error.is_refusal() => {
            tracing::error!(%error, document_id = %document.id, "the cluster refuses a document whose upload was cut off; it is undone");
            return undo(app, tenant, document, &error.to_string()).await;
        }
        Err(error) => return Err(error.into()),
    };
    tracing::info!(document_id = %document.id, "queued a document whose upload was cut off");
    documents::bind(
        &app.maintenance,
        tenant,
        document.id,
        document.binding.number,
        uid,
    )
    .await?;
    Ok(())
}

/// Takes back an upload, or, where the document was to be encoded once more, that.
async fn undo(app: &App, tenant: Uuid, document: &Document, why: &str) -> anyhow::Result<()> {
    let number = document.binding.number;
    if number <= 1 {
        app.metrics.uploads_undone.inc();
        intake::undo(app, &app.maintenance, tenant, document, false).await?;
        return Ok(());
    }
    let message = format!("the cluster refused to encode it again: {why}");
    let mut failed = document.clone();
    failed.phase = Phase::Failed;
    failed.message = Some(message.clone());
    failed.error = Some(DocumentError {
        reason: Reason::QuotaDenied.as_str().to_owned(),
        message,
    });
    failed.processing_completed_at = Some(app.clock.now());
    failed.binding.number = number - 1;
    failed.binding.name = resource_name(document.id, number - 1);
    documents::undo_retry(&app.maintenance, tenant, &failed, app.clock.now()).await?;
    app.board.remove(document.id);
    Ok(())
}
