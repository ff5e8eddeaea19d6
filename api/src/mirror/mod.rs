//! The mirror: keeps Postgres in step with the resources.
//!
//! It acts on what is, not on what happened. The watch (and every new list after a gap) says which resources to look at
//! again; what is then written is the latest state known of each. What a list does not hold is gone, and rows that wait
//! for a resource nobody has seen are compared with the cluster one by one. Before a document fails because its resource is gone, the
//! resource is asked for by name and uid: lists and watches may be older than what they are compared with. All of it may be done twice, by two
//! replicas at once.

mod archiver;
mod namespaces;
pub mod observation;
mod queue;
mod tracked;
mod watch;
mod writer;

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use sqlx::PgPool;
use uuid::Uuid;

use self::{
    namespaces::Namespaces,
    observation::{observe, tenant_of_namespace},
    queue::Queue,
    tracked::{Forgotten, Noted, Tracked},
};
use crate::{
    clock::Clock,
    cluster::{Cluster, ClusterError},
    documents::{
        Change, observed,
        queries::{self, Unfinished},
        transition,
    },
    live::board::Board,
    metrics::Metrics,
};

/// Rows are compared with the cluster this often.
const HEAL_EVERY: Duration = Duration::from_mins(1);
/// So many resources are asked for at once.
const CONFIRMATIONS: usize = 8;
/// After a failure a resource is asked for again after so long.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);

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
    to_confirm: Queue<Uuid>,
    heal: tokio::sync::Notify,
}

impl Mirror {
    /// Postgres as the role of the mirror.
    pub fn database(&self) -> &PgPool {
        &self.database
    }

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
            to_confirm: Queue::default(),
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
            self.confirm_all(),
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

    /// Looks for the resource of every row that waits for one nobody has seen. One that cannot be asked for keeps no other from it.
    async fn heal_once(&self) -> anyhow::Result<()> {
        if self.watched.is_some() {
            self.namespaces.forget(); // Nobody tells us when their labels change.
        }
        if !self.board.is_synced() {
            return Ok(());
        }
        if let Err(error) = self.give_to_tenants().await {
            tracing::warn!(%error, "unable to give documents to their namespaces' tenants; it is tried again");
        }
        let unseen = queries::unfinished(&self.database)
            .await?
            .into_iter()
            .filter(|row| {
                !self.tracked.contains(row.resource_uid) || !self.is_watched(&row.resource_namespace)
            });
        futures::stream::iter(unseen)
            .for_each_concurrent(CONFIRMATIONS, async |row| {
                if let Err(error) = self.confirm(&row).await {
                    let (namespace, name) = (&row.resource_namespace, &row.resource_name);
                    tracing::warn!(%error, namespace, name, "unable to ask for a resource; it is tried again");
                }
            })
            .await;
        Ok(())
    }

    /// Gives documents that nobody owned to the tenants that their namespaces' labels name now.
    async fn give_to_tenants(&self) -> anyhow::Result<()> {
        let encodings_namespace = self.cluster.encodings_namespace();
        for namespace in queries::namespaces_of_nobody(&self.database).await? {
            let labels = match self.namespaces.labels(&self.cluster, &namespace).await {
                Ok(labels) => labels,
                Err(error) => {
                    tracing::warn!(%error, namespace, "unable to read a namespace's labels; it is tried again");
                    continue;
                }
            };
            let Some(tenant) = tenant_of_namespace(&namespace, encodings_namespace, &labels) else {
                continue;
            };
            for document in observed::give_to_tenant(&self.database, &namespace, tenant).await? {
                if self.board.get(document.id).is_some() {
                    self.board.put(document);
                }
            }
        }
        Ok(())
    }

    /// Asks for the resources that a list did not hold.
    async fn confirm_all(&self) {
        loop {
            let uids = self.to_confirm.take(CONFIRMATIONS).await;
            let open = uids.into_iter().filter_map(|uid| self.tracked.open(uid));
            let confirmations = open.map(async |open| {
                let observation = &open.observation;
                let row = Unfinished {
                    id: observation.document_id,
                    resource_namespace: observation.namespace.clone(),
                    resource_name: observation.name.clone(),
                    resource_uid: observation.resource_uid,
                };
                if let Err(error) = self.confirm(&row).await {
                    tracing::warn!(%error, name = row.resource_name, "unable to ask for a resource; it is tried again");
                    tokio::time::sleep(ASK_AGAIN_AFTER).await;
                    self.to_confirm.add(row.resource_uid);
                }
            });
            futures::future::join_all(confirmations).await;
        }
    }

    /// Asks for a resource: what it says is noted; where it is gone, that.
    async fn confirm(&self, row: &Unfinished) -> anyhow::Result<()> {
        let (namespace, uid) = (&row.resource_namespace, row.resource_uid);
        let found = match self.cluster.get(namespace, &row.resource_name).await {
            Ok(found) => found,
            // In a namespace that is watched no more we may have no rights any more, and nobody else says what becomes of it.
            Err(ClusterError::Refused(kube::Error::Api(status)))
                if status.code == 403 && !self.is_watched(namespace) =>
            {
                None
            }
            Err(error) => return Err(error.into()),
        };
        let is_same = |resource: &crds::DocumentEncoding| {
            resource.metadata.uid.as_deref() == Some(uid.to_string().as_str())
        };
        match found.filter(is_same) {
            // Nobody tells of later states where it is not watched: it is asked for again by the next healing.
            Some(resource) => self.note(&resource, false),
            None if self.tracked.open(uid).is_some() => {
                self.tracked.delete(uid);
                self.to_write.add(uid);
            }
            None => {
                if self.fail_deleted(row.id, uid).await? {
                    tracing::info!(document_id = %row.id, "the resource went while nobody watched");
                }
                self.board.remove_bound(row.id, uid);
            }
        }
        Ok(())
    }

    fn is_watched(&self, namespace: &str) -> bool {
        self.watched
            .as_ref()
            .is_none_or(|names| names.iter().any(|name| name == namespace))
    }

    /// Writes that a resource was deleted before it finished; false where its row is finished, or bound to another.
    async fn fail_deleted(&self, id: Uuid, uid: Uuid) -> Result<bool, sqlx::Error> {
        let mut transaction = self.database.begin().await?;
        let change = Change::ResourceDeleted { id, uid };
        let changed = transition(&mut transaction, change, self.clock.now()).await?;
        transaction.commit().await?;
        Ok(changed.is_some())
    }

    /// Notes the latest state of a resource. What says nothing new of its document costs nothing further.
    pub fn note(&self, resource: &crds::DocumentEncoding, is_deleted: bool) {
        match observe(resource, self.cluster.encodings_namespace()) {
            Ok(observation) => {
                let uid = observation.resource_uid;
                match self.tracked.note(observation, is_deleted) {
                    Noted::ToWrite => self.to_write.add(uid),
                    Noted::Forgotten(gone) => self.forget(gone),
                    Noted::Known => {}
                }
            }
            Err(error) => {
                let namespace = &resource.metadata.namespace;
                tracing::warn!(%error, ?namespace, "a resource cannot be mirrored");
            }
        }
    }

    /// From here on its document is answered from Postgres.
    fn forget(&self, gone: Forgotten) {
        self.board.remove_bound(gone.document_id, gone.resource_uid);
    }

    /// Has a resource compared with its row again, whatever was written before.
    fn compare_anew(&self, uid: Uuid) {
        if self.tracked.compare_anew(uid) {
            self.to_write.add(uid);
        }
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
