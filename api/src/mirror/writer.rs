//! Writing what was noted to Postgres, and then to the board.

use std::sync::Arc;

use futures::future::join_all;
use uuid::Uuid;

use super::{Mirror, observation::tenant_of_namespace, tracked::OpenResource};
use crate::{
    database,
    documents::{
        observation::Observation,
        observed::{self, Observed},
    },
};

/// So many resources are written in one statement at most. While it runs others gather, so that the more there are, the less each costs,
/// and a single one never waits for others.
const BATCH: usize = 100;

/// A resource to be written, with what its row is to say.
struct Pending {
    tracked: OpenResource,
    observation: Observation,
}

impl Mirror {
    pub(super) async fn write_all(self: Arc<Self>) {
        loop {
            let uids = self.to_write.take(BATCH).await;
            let batch = join_all(uids.into_iter().map(|uid| self.prepare(uid))).await;
            self.write_batch(batch.into_iter().flatten().collect()).await;
        }
    }

    /// What is to be written of a resource; `None` if nothing is, or not yet.
    async fn prepare(self: &Arc<Self>, uid: Uuid) -> Option<Pending> {
        let tracked = self.tracked.open(uid)?;
        if tracked.is_written {
            if tracked.is_deleted {
                self.write_deleted(&tracked.observation).await;
            }
            return None;
        }
        let mut observation = Observation::clone(&tracked.observation);
        let encodings_namespace = self.cluster.encodings_namespace();
        if observation.namespace == encodings_namespace {
            return Some(Pending { tracked, observation });
        }
        match self
            .namespaces
            .labels(&self.cluster, &observation.namespace)
            .await
        {
            Ok(labels) => {
                observation.tenant_id =
                    tenant_of_namespace(&observation.namespace, encodings_namespace, &labels);
                Some(Pending { tracked, observation })
            }
            Err(error) => {
                self.try_again(uid, &error);
                None
            }
        }
    }

    async fn write_batch(self: &Arc<Self>, batch: Vec<Pending>) {
        if batch.is_empty() {
            return;
        }
        let error = match self.write_together(&batch).await {
            Ok(()) => return,
            Err(error) => error,
        };
        // One that Postgres refuses does not keep the others from being written.
        let is_refused = error.as_database_error().is_some() && !database::is_unavailable(&error);
        for pending in &batch {
            let alone = std::slice::from_ref(pending);
            let failure = if is_refused && batch.len() > 1 {
                self.write_together(alone).await.err()
            } else {
                None
            };
            match failure {
                Some(failure) => self.try_again(pending.observation.resource_uid, &failure),
                None if is_refused && batch.len() > 1 => {}
                None => self.try_again(pending.observation.resource_uid, &error),
            }
        }
    }

    async fn write_together(self: &Arc<Self>, batch: &[Pending]) -> Result<(), sqlx::Error> {
        let observations: Vec<Observation> = batch.iter().map(|each| each.observation.clone()).collect();
        let written = observed::observe(&self.database, &observations, self.clock.now()).await?;
        for (pending, written) in batch.iter().zip(written) {
            self.metrics.mirror_writes.inc();
            if self.publish(pending, written).await {
                self.tracked.written(&pending.tracked.observation);
            } else {
                // The row is behind what the resource says, as after a restored backup of the cluster: not archived before it is not.
                let uid = pending.observation.resource_uid;
                self.later(self.tracked.failed(uid), move |mirror| mirror.to_write.add(uid));
            }
        }
        self.board.announce();
        Ok(())
    }

    /// Tells polling clients, and then the API server; false where the row does not say that the document is finished although it is.
    async fn publish(self: &Arc<Self>, pending: &Pending, written: Observed) -> bool {
        let observation = &pending.observation;
        let (id, uid) = (observation.document_id, observation.resource_uid);
        let is_finished = observation.progress.phase.is_terminal();
        let is_ours = !matches!(written, Observed::Unchanged(_));
        let is_behind = matches!(&written, Observed::Unchanged(document)
            if is_finished && !document.progress.phase.is_terminal());
        match written {
            Observed::Changed(document) => {
                let (phase, progress) = (document.progress.phase.as_str(), document.progress.percent);
                if is_finished {
                    tracing::info!(document_id = %id, phase, "mirrored");
                } else {
                    tracing::debug!(document_id = %id, phase, progress, "mirrored");
                }
                self.board.durations().count(&document);
                self.board.put(document);
            }
            Observed::Unchanged(document) => {
                self.board.durations().count(&document);
                self.board.put(document);
            }
            Observed::NotWanted => self.board.remove_bound(id, uid),
        }
        if pending.tracked.is_deleted {
            self.write_deleted(observation).await;
        } else if is_finished && !is_behind && !observation.is_archived {
            self.archive_soon(uid, is_ours);
        }
        !is_behind
    }

    /// Notes in the row, unless it is finished, that the resource is gone, and forgets the resource.
    async fn write_deleted(self: &Arc<Self>, observation: &Observation) {
        let (id, uid) = (observation.document_id, observation.resource_uid);
        if !observation.progress.phase.is_terminal() {
            match self.fail_deleted(id, uid).await {
                Ok(true) => {
                    tracing::info!(document_id = %id, "the resource was deleted before it finished");
                }
                Ok(false) => {}
                Err(error) => return self.try_again(uid, &error),
            }
        }
        self.board.remove_bound(id, uid);
        self.tracked.forget_deleted(uid);
    }

    fn try_again(self: &Arc<Self>, uid: Uuid, error: &dyn std::error::Error) {
        self.metrics.mirror_failures.inc();
        tracing::warn!(error = %error, resource_uid = %uid, "unable to mirror a resource; it is tried again");
        self.later(self.tracked.failed(uid), move |mirror| mirror.to_write.add(uid));
    }
}
