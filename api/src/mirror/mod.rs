//! The mirror: keeps Postgres in step with the resources.
//!
//! It acts on what is, not on what happened. The watch (and every new list after a gap) says which resources to look at
//! again; what is then written is the latest state known of each. What a list does not hold is gone, and rows that wait
//! for a resource nobody has seen are compared with the cluster one by one. All of it may be done twice, by two
//! replicas at once.

mod archiver;
mod namespaces;
pub mod observation;
mod queue;
mod tracked;
mod watch;
pub mod write;
mod writer;

use std::{sync::Arc, time::Duration};

use sqlx::PgPool;
use uuid::Uuid;

use self::{namespaces::Namespaces, observation::observe, queue::Queue, tracked::Tracked};
use crate::{clock::Clock, cluster::Cluster, live::board::Board, metrics::Metrics};

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
                self.note(&resource, false);
            } else if write::write_deleted(&self.database, row.id, row.resource_uid, self.clock.now()).await?
            {
                tracing::info!(document_id = %row.id, "the resource went while nobody watched");
                self.board.remove_bound(row.id, row.resource_uid);
            }
        }
        Ok(())
    }

    /// Notes the latest state of a resource. What says nothing new of its document costs nothing further.
    pub fn note(&self, resource: &crds::DocumentEncoding, is_deleted: bool) {
        match observe(resource, self.cluster.encodings_namespace()) {
            Ok(observation) => {
                let uid = observation.resource_uid;
                if self.tracked.put(observation, is_deleted) {
                    self.to_write.add(uid);
                }
            }
            Err(error) => {
                let namespace = &resource.metadata.namespace;
                tracing::warn!(%error, ?namespace, "a resource cannot be mirrored");
            }
        }
    }

    /// Has a resource compared with its row again, whatever was written before.
    fn compare_anew(&self, uid: Uuid) {
        self.tracked.compare_anew(uid);
        self.to_write.add(uid);
    }

    /// Adds to a queue later.
    fn later(self: &Arc<Self>, after: Duration, add: impl FnOnce(&Self) + Send + 'static) {
        let mirror = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            add(&mirror);
        });
    }
}
