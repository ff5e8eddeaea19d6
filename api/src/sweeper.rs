//! The sweeper: finishes what a crash or an unreachable cluster cut in two.

use std::{sync::Arc, time::Duration};

use crds::keys;
use jiff::SignedDuration;

use crate::{
    app::App,
    database::{documents, removals},
    document::Document,
    removal,
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
        finish_upload(app, &document).await?;
        app.metrics.swept.inc();
    }
    for removal in removals::unfinished(&app.maintenance).await? {
        if removal::finish(&removal, &app.cluster, &app.store, &app.maintenance, now).await? {
            tracing::info!(document_id = %removal.document_id, "nothing is left of a removed document");
            app.metrics.swept.inc();
        }
    }
    for removal in removals::finished_before(&app.maintenance, now - REMEMBERED_FOR).await? {
        if removal::finish(&removal, &app.cluster, &app.store, &app.maintenance, now).await? {
            removals::forget(&app.maintenance, removal.document_id).await?;
        }
    }
    let abandoned = app.store.remove_abandoned_uploads(ABANDONED_AFTER).await?;
    if abandoned > 0 {
        tracing::info!(abandoned, "removed uploads that were cut off");
    }
    Ok(())
}

/// A row without a resource: makes the resource, or, where there is nothing to encode, removes the row.
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
    let uid = app.cluster.create(document).await?;
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
