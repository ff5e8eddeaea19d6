//! The sweeper: finishes what a crash, or an unreachable cluster or store, cut in two.
//!
//! It is a process of its own, so that no request can reach the role of maintenance. Everything it does may be done twice, and by two at once.

use std::{future::Future, sync::Arc, time::Duration};

use crds::{Phase, Reason};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use sqlx::PgPool;
use uuid::Uuid;

use super::{metrics::SweeperMetrics, removal, removals};
use crate::{
    bulk::record as bulk_record,
    clock::Clock,
    cluster::{Cluster, ClusterError},
    database::tenant_transaction,
    documents::{Change, Document, document::DocumentError, queries, retry, transition, unwanted},
    heartbeat::Heartbeat,
    identity,
    live::changes,
    store::Store,
    uploads::{idempotency, record},
    webhooks::removal as webhook_removal,
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(5);
/// A document without a resource for so long was left by a crash: a request that still runs ends sooner.
const WITHOUT_RESOURCE_FOR: SignedDuration = SignedDuration::from_secs(30);
/// A finished removal is remembered for so long, and then done once more: an encoder that was just ending may have
/// written a last file, and a request to make the resource may have reached the API server late.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_mins(10);
/// How often all changes are looked at that are kept for webhooks.
const KEPT_CHANGES_EVERY: Duration = Duration::from_mins(10);
/// How often it is measured what is still to be indexed.
const MEASURE_EVERY: Duration = Duration::from_secs(15);
/// Who has not looked for so long hangs.
const HANGS_AFTER: Duration = Duration::from_mins(10);
/// Whoever began a bulk action can see how it ended for so long.
const BULK_ACTIONS_KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// So many of each kind are taken up at a time.
const MOST: i64 = 500;
/// So many are worked on at once.
const CONCURRENCY: usize = 8;

/// What it works with.
#[derive(Clone)]
pub struct Sweeper {
    /// The time.
    pub clock: Clock,
    /// Postgres as the role of maintenance.
    pub database: PgPool,
    /// The store.
    pub store: Store,
    /// The cluster.
    pub cluster: Cluster,
    /// What it counts.
    pub metrics: SweeperMetrics,
    /// Beats each time it looks for something. What hangs keeps only its own kind waiting, so that any kind counts.
    pub heartbeat: Arc<Heartbeat>,
}

impl Sweeper {
    /// Whether it goes on looking for something.
    pub fn is_alive(&self) -> bool {
        self.heartbeat.is_within(HANGS_AFTER)
    }
}

/// Runs until it is dropped. What hangs, say in the store, keeps only its own kind waiting.
pub async fn run(sweeper: &Sweeper) {
    futures::join!(
        repeat(sweeper, EVERY, || finish_uploads(sweeper)),
        repeat(sweeper, EVERY, || remove_uploads(sweeper)),
        repeat(sweeper, EVERY, || remove_documents(sweeper)),
        repeat(sweeper, EVERY, || remove_documents_once_more(sweeper)),
        repeat(sweeper, EVERY, || delete_unwanted_resources(sweeper)),
        repeat(sweeper, EVERY, || remove_deliveries(sweeper)),
        repeat(sweeper, EVERY, || forget_old(sweeper)),
        repeat(sweeper, KEPT_CHANGES_EVERY, || forget_kept_changes(sweeper)),
        repeat(sweeper, MEASURE_EVERY, || measure(sweeper)),
    );
}

async fn repeat<Done: Future<Output = anyhow::Result<()>>>(
    sweeper: &Sweeper,
    every: Duration,
    mut sweep: impl FnMut() -> Done,
) {
    loop {
        sweeper.heartbeat.beat();
        if let Err(error) = sweep().await {
            tracing::warn!(%error, "unable to sweep; it is tried again");
        }
        tokio::time::sleep(every).await;
    }
}

/// Looks once for everything, one kind after the other. What cannot be finished keeps nothing else from it.
///
/// # Errors
/// Those of Postgres, when it cannot even be looked.
pub async fn sweep(sweeper: &Sweeper) -> anyhow::Result<()> {
    finish_uploads(sweeper).await?;
    remove_uploads(sweeper).await?;
    remove_documents(sweeper).await?;
    remove_documents_once_more(sweeper).await?;
    delete_unwanted_resources(sweeper).await?;
    remove_deliveries(sweeper).await?;
    forget_old(sweeper).await?;
    forget_kept_changes(sweeper).await
}

async fn finish_uploads(sweeper: &Sweeper) -> anyhow::Result<()> {
    let since = sweeper.clock.now() - WITHOUT_RESOURCE_FOR;
    let documents = queries::without_resource(&sweeper.database, since, MOST).await?;
    each(documents, async |document| {
        let outcome = finish_upload(sweeper, &document).await.map(|()| true);
        finished(sweeper, "finish an upload", document.id, outcome);
    })
    .await;
    Ok(())
}

async fn remove_uploads(sweeper: &Sweeper) -> anyhow::Result<()> {
    let uploads = record::abandon_expired(&sweeper.database, MOST).await?;
    each(uploads, async |upload| {
        let removed = removal::remove_upload(sweeper, upload.tenant_id, upload.id).await;
        finished(
            sweeper,
            "remove an abandoned upload",
            upload.id,
            removed.map(|()| true),
        );
    })
    .await;
    Ok(())
}

async fn remove_documents(sweeper: &Sweeper) -> anyhow::Result<()> {
    let (now, database) = (sweeper.clock.now(), &sweeper.database);
    let due = removals::due(database, now, MOST).await?;
    each(due, async |due| {
        let removed = removal::remove(sweeper, &due).await;
        if !matches!(removed, Ok(true))
            && let Err(error) = removals::postpone(database, due.document_id, now).await
        {
            tracing::warn!(%error, document_id = %due.document_id, "unable to postpone a removal");
        }
        finished(sweeper, "remove a document", due.document_id, removed);
    })
    .await;
    Ok(())
}

async fn remove_documents_once_more(sweeper: &Sweeper) -> anyhow::Result<()> {
    let (before, database) = (sweeper.clock.now() - REMEMBERED_FOR, &sweeper.database);
    let remembered = removals::finished_before(database, before, MOST).await?;
    each(remembered, async |remembered| {
        let removed = async {
            if removal::remove(sweeper, &remembered).await? {
                removals::forget(database, remembered.document_id).await?;
            }
            Ok(true)
        };
        finished(
            sweeper,
            "remove a document",
            remembered.document_id,
            removed.await,
        );
    })
    .await;
    Ok(())
}

async fn delete_unwanted_resources(sweeper: &Sweeper) -> anyhow::Result<()> {
    let (since, database) = (sweeper.clock.now() - REMEMBERED_FOR, &sweeper.database);
    let unwanted = removals::unwanted_resources(database, since, MOST).await?;
    each(unwanted, async |resource| {
        let (namespace, name) = (&resource.resource_namespace, &resource.resource_name);
        let removed = async {
            if sweeper.cluster.delete(namespace, name, None).await? && resource.is_last {
                removals::forget_unwanted(database, &resource).await?;
            }
            Ok::<(), anyhow::Error>(())
        };
        if let Err(error) = removed.await {
            tracing::warn!(%error, namespace, name, "unable to delete a resource that nobody wants; it is tried again");
        }
    })
    .await;
    Ok(())
}

async fn remove_deliveries(sweeper: &Sweeper) -> anyhow::Result<()> {
    let webhooks = webhook_removal::remove_of_deleted(&sweeper.database).await?;
    sweeper.metrics.swept.inc_by(webhooks);
    Ok(())
}

async fn measure(sweeper: &Sweeper) -> anyhow::Result<()> {
    Ok(sweeper.metrics.measure(&sweeper.database).await?)
}

async fn forget_kept_changes(sweeper: &Sweeper) -> anyhow::Result<()> {
    Ok(changes::forget(&sweeper.database, sweeper.clock.now()).await?)
}

async fn forget_old(sweeper: &Sweeper) -> anyhow::Result<()> {
    identity::clean_up(&sweeper.database, &sweeper.store, sweeper.clock.now()).await?;
    idempotency::forget_old(&sweeper.database).await?;
    bulk_record::forget(&sweeper.database, sweeper.clock.now() - BULK_ACTIONS_KEPT_FOR).await?;
    changes::forget_recent(&sweeper.database, sweeper.clock.now()).await?;
    Ok(())
}

async fn each<Item, Done: Future<Output = ()>>(items: Vec<Item>, act: impl FnMut(Item) -> Done) {
    stream::iter(items).for_each_concurrent(CONCURRENCY, act).await;
}

fn finished(sweeper: &Sweeper, doing: &str, id: Uuid, outcome: anyhow::Result<bool>) {
    match outcome {
        Ok(true) => {
            sweeper.metrics.swept.inc();
        }
        Ok(false) => {}
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), %id, "unable to {doing}; it is tried again");
        }
    }
}

/// A row without a resource: makes the resource, or, where the cluster refuses it, takes back what was begun.
async fn finish_upload(sweeper: &Sweeper, document: &Document) -> anyhow::Result<()> {
    let Some(tenant) = document.tenant_id else {
        return Ok(());
    };
    let (id, number) = (document.id, document.binding.number);
    match sweeper.cluster.create(document).await {
        Ok(uid) => {
            tracing::info!(document_id = %id, "queued a document whose upload was cut off");
            let bound = Change::Bound {
                tenant,
                id,
                number,
                uid,
            };
            if change(sweeper, tenant, bound).await?.is_none() {
                unwanted::delete_unbound(&sweeper.cluster, &sweeper.database, tenant, document, uid).await;
            }
            Ok(())
        }
        Err(error) if error.is_refusal() => {
            tracing::error!(%error, document_id = %id, "the cluster refuses a document whose upload was cut off; it is undone");
            undo(sweeper, tenant, document, &error).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Fails a document; a result that it had before is kept.
async fn undo(
    sweeper: &Sweeper,
    tenant: Uuid,
    document: &Document,
    why: &ClusterError,
) -> anyhow::Result<()> {
    let now = sweeper.clock.now();
    let failed = refused(document, now);
    let mut transaction = tenant_transaction(&sweeper.database, tenant).await?;
    retry::undo(&mut transaction, tenant, &failed, document, why, now).await?;
    Ok(transaction.commit().await?)
}

/// The document as it is where the cluster refuses it. What the API server says is for the log: it may name what is none of a user's business.
fn refused(document: &Document, now: Timestamp) -> Document {
    let message =
        "the cluster refused to take the document; a quota or a policy may be the reason, try again later";
    let mut failed = document.clone();
    failed.progress.phase = Phase::Failed;
    failed.progress.message = Some(message.to_owned());
    failed.outcome.error = Some(DocumentError {
        reason: Reason::QuotaDenied.as_str().to_owned(),
        message: message.to_owned(),
    });
    failed.outcome.completed_at = Some(now);
    failed
}

async fn change(
    sweeper: &Sweeper,
    tenant: Uuid,
    change: Change<'_>,
) -> Result<Option<Document>, sqlx::Error> {
    let mut transaction = tenant_transaction(&sweeper.database, tenant).await?;
    let changed = transition(&mut transaction, change, sweeper.clock.now()).await?;
    transaction.commit().await?;
    Ok(changed)
}
