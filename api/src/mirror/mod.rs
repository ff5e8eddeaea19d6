//! The mirror: keeps Postgres in step with the resources.
//!
//! It acts on what is, not on what happened. The watch (and every new list after a gap) says which resources to look at
//! again; what is then written is the latest state known of each. What a list does not hold is gone, and rows that wait
//! for a resource nobody has seen are compared with the cluster one by one. All of it may be done twice, by two
//! replicas at once.

mod board;
mod namespaces;
pub mod observation;
mod queue;
mod tracked;
mod watch;
pub mod write;

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use sqlx::PgPool;
use uuid::Uuid;

pub use self::board::Board;
use self::{
    namespaces::Namespaces,
    observation::observe,
    queue::Queue,
    tracked::{Tracked, TrackedResource},
    write::Written,
};
use crate::{clock::Clock, cluster::Cluster, metrics::Metrics};

/// So many resources are written at once.
const CONCURRENCY: usize = 8;
/// What failed is tried again after so long.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Rows are compared with the cluster this often.
const HEAL_EVERY: Duration = Duration::from_mins(1);

/// The mirror.
pub struct Mirror {
    cluster: Cluster,
    database: PgPool,
    board: Arc<Board>,
    clock: Clock,
    metrics: Metrics,
    watched: Option<Vec<String>>,
    namespaces: Namespaces,
    tracked: Tracked,
    to_write: Queue<Uuid>,
    to_archive: Queue<Uuid>,
    heal: tokio::sync::Notify,
}

impl Mirror {
    /// A mirror of these namespaces (`None`: all) into this database.
    pub fn new(
        cluster: Cluster,
        database: PgPool,
        board: Arc<Board>,
        clock: Clock,
        metrics: Metrics,
        watched: Option<Vec<String>>,
    ) -> Self {
        Self {
            cluster,
            database,
            board,
            clock,
            metrics,
            watched,
            namespaces: Namespaces::default(),
            tracked: Tracked::default(),
            to_write: Queue::default(),
            to_archive: Queue::default(),
            heal: tokio::sync::Notify::new(),
        }
    }

    /// Runs until it is dropped.
    pub async fn run(self: Arc<Self>) {
        tokio::join!(
            watch::resources(&self),
            watch::namespaces(&self),
            self.clone().write_all(),
            self.clone().archive_all(),
            self.heal_all(),
        );
    }

    async fn write_all(self: Arc<Self>) {
        loop {
            let uids = self.to_write.take_all().await;
            futures::stream::iter(uids)
                .for_each_concurrent(CONCURRENCY, |uid| self.write_one(uid))
                .await;
        }
    }

    async fn write_one(self: &Arc<Self>, uid: Uuid) {
        let Some(tracked) = self.tracked.get(uid) else {
            return;
        };
        match self.write_tracked(uid, &tracked).await {
            Ok(()) => {
                self.metrics.mirror_writes.inc();
            }
            Err(error) => {
                self.metrics.mirror_failures.inc();
                tracing::warn!(%error, resource_uid = %uid, "unable to mirror a resource; it is tried again");
                let mirror = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(RETRY_AFTER).await;
                    mirror.to_write.add(uid);
                });
            }
        }
    }

    async fn write_tracked(&self, uid: Uuid, tracked: &TrackedResource) -> anyhow::Result<()> {
        let now = self.clock.now();
        let resource = &tracked.resource;
        let namespace = resource.metadata.namespace.as_deref().unwrap_or_default();
        let labels = self.namespaces.labels(&self.cluster, namespace).await?;
        let observation = match observe(resource, self.cluster.encodings_namespace(), &labels, now) {
            Ok(observation) => observation,
            Err(error) => {
                tracing::warn!(%error, namespace, "a resource cannot be mirrored");
                return Ok(());
            }
        };
        let id = observation.document_id;
        let written = write::write(&self.database, &observation, now).await?;
        match written {
            Written::Changed(document) => {
                tracing::info!(document_id = %id, phase = observation.phase.as_str(), progress = observation.progress, "mirrored");
                self.board.put(document);
            }
            Written::Unchanged(document) => self.board.put(document),
            Written::NotWanted => self.board.remove_bound(id, uid),
        }
        if tracked.is_deleted {
            if write::write_deleted(&self.database, id, uid, now).await? {
                tracing::info!(document_id = %id, "the resource was deleted before it finished");
            }
            self.board.remove_bound(id, uid);
            self.tracked.forget_deleted(uid);
        } else if observation.phase.is_terminal() && !observation.is_archived {
            self.to_archive.add(uid);
        }
        Ok(())
    }

    async fn archive_all(self: Arc<Self>) {
        loop {
            let uids = self.to_archive.take_all().await;
            futures::stream::iter(uids)
                .for_each_concurrent(CONCURRENCY, |uid| self.archive_one(uid))
                .await;
        }
    }

    async fn archive_one(self: &Arc<Self>, uid: Uuid) {
        let Some(tracked) = self.tracked.get(uid).filter(|tracked| !tracked.is_deleted) else {
            return;
        };
        let metadata = &tracked.resource.metadata;
        let (Some(namespace), Some(name)) = (&metadata.namespace, &metadata.name) else {
            return;
        };
        if let Err(error) = self.cluster.archive(namespace, name, uid, self.clock.now()).await {
            tracing::warn!(%error, namespace, name, "unable to mark a resource as archived; it is tried again");
            let mirror = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(RETRY_AFTER * 5).await;
                mirror.to_archive.add(uid);
            });
        }
    }

    async fn heal_all(&self) {
        loop {
            let _ = tokio::time::timeout(HEAL_EVERY, self.heal.notified()).await; // Whichever comes first.
            if let Err(error) = self.heal_once().await {
                tracing::warn!(%error, "unable to compare rows with the cluster; it is tried again");
            }
        }
    }

    /// Looks for the resource of every row that waits for one nobody has seen.
    async fn heal_once(&self) -> anyhow::Result<()> {
        if self.watched.is_some() {
            self.namespaces.forget(); // Nobody tells us when their labels change.
        }
        if !self.board.is_synced() {
            return Ok(());
        }
        for row in write::unfinished(&self.database).await? {
            let is_watched = self
                .watched
                .as_ref()
                .is_none_or(|names| names.contains(&row.resource_namespace));
            if !is_watched || self.tracked.get(row.resource_uid).is_some() {
                continue;
            }
            let found = self
                .cluster
                .get(&row.resource_namespace, &row.resource_name)
                .await?;
            let same = found.filter(|resource| {
                resource.metadata.uid.as_deref() == Some(row.resource_uid.to_string().as_str())
            });
            if let Some(resource) = same {
                self.note(resource, false);
            } else if write::write_deleted(&self.database, row.id, row.resource_uid, self.clock.now()).await?
            {
                tracing::info!(document_id = %row.id, "the resource went while nobody watched");
                self.board.remove_bound(row.id, row.resource_uid);
            }
        }
        Ok(())
    }

    /// Notes the latest state of a resource.
    fn note(&self, resource: crds::DocumentEncoding, is_deleted: bool) {
        if let Some(uid) = self.tracked.put(resource, is_deleted) {
            self.to_write.add(uid);
        }
    }
}
