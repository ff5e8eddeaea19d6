//! The sweeper: finishes what a crash, or an unreachable cluster or store, cut in two.
//!
//! It is a process of its own, so that no request can reach the role of maintenance. Everything it does may be done twice, and by two at once.

use std::{future::Future, time::Duration};

use crds::{Phase, Reason};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use prometheus_client::metrics::counter::Counter;
use sqlx::PgPool;
use uuid::Uuid;

use super::{removal, removals};
use crate::{
    clock::Clock,
    cluster::{Cluster, ClusterError},
    database::tenant_transaction,
    documents::{
        Change, Document,
        document::{DocumentError, resource_name},
        queries, retry, transition,
    },
    identity,
    store::Store,
    uploads::{idempotency, record},
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(5);
/// A document without a resource for so long was left by a crash: a request that still runs ends sooner.
const WITHOUT_RESOURCE_FOR: SignedDuration = SignedDuration::from_secs(30);
/// A finished removal is remembered for so long, and then done once more: an encoder that was just ending may have
/// written a last file, and a request to make the resource may have reached the API server late.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_mins(10);
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
    /// Things that were finished.
    pub swept: Counter,
}

/// Runs until it is dropped.
pub async fn run(sweeper: &Sweeper) {
    loop {
        if let Err(error) = sweep(sweeper).await {
            tracing::warn!(%error, "unable to sweep; it is tried again");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Looks once. What cannot be finished keeps nothing else from it.
///
/// # Errors
/// Those of Postgres, when it cannot even be looked.
pub async fn sweep(sweeper: &Sweeper) -> anyhow::Result<()> {
    let now = sweeper.clock.now();
    let database = &sweeper.database;

    let documents = queries::without_resource(database, now - WITHOUT_RESOURCE_FOR, MOST).await?;
    each(documents, async |document| {
        finished(
            sweeper,
            "finish an upload",
            document.id,
            finish_upload(sweeper, &document).await.map(|()| true),
        );
    })
    .await;

    let uploads = record::abandon_expired(database, MOST).await?;
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

    let remembered = removals::finished_before(database, now - REMEMBERED_FOR, MOST).await?;
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

    identity::clean_up(database, now).await?;
    idempotency::forget_old(database).await?;

    let unwanted = removals::unwanted_resources(database, now - REMEMBERED_FOR, MOST).await?;
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

async fn each<Item, Done: Future<Output = ()>>(items: Vec<Item>, act: impl FnMut(Item) -> Done) {
    stream::iter(items).for_each_concurrent(CONCURRENCY, act).await;
}

fn finished(sweeper: &Sweeper, doing: &str, id: Uuid, outcome: anyhow::Result<bool>) {
    match outcome {
        Ok(true) => {
            sweeper.swept.inc();
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
            change(
                sweeper,
                tenant,
                Change::Bound {
                    tenant,
                    id,
                    number,
                    uid,
                },
            )
            .await?;
            Ok(())
        }
        Err(error) if error.is_refusal() => {
            tracing::error!(%error, document_id = %id, "the cluster refuses a document whose upload was cut off; it is undone");
            undo(sweeper, tenant, document, &error).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Fails a document, or, where it was to be encoded once more, leaves it failed.
async fn undo(
    sweeper: &Sweeper,
    tenant: Uuid,
    document: &Document,
    why: &ClusterError,
) -> anyhow::Result<()> {
    let now = sweeper.clock.now();
    let failed = refused(document, now);
    retry::undo(&sweeper.database, tenant, &failed, document, why, now).await?;
    Ok(())
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
    failed.binding.name = resource_name(document.id, (document.binding.number - 1).max(1));
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
