//! Telling the API server that the row of a finished resource is safe.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use uuid::Uuid;

use super::Mirror;

/// So many requests are under way at once.
const CONCURRENCY: usize = 8;
/// The replica that wrote the row tells the API server at once; the others look after so long whether it has.
const OTHERS_AFTER: Duration = Duration::from_secs(10);

impl Mirror {
    /// Sees to it, once, that a finished resource is archived. `is_ours`: it was written here, and not found written.
    pub(super) fn archive_soon(self: &Arc<Self>, uid: Uuid, is_ours: bool) {
        if !self.tracked.begin_archiving(uid) {
            return;
        }
        if is_ours {
            self.to_archive.add(uid);
        } else {
            self.later(OTHERS_AFTER, move |mirror| mirror.to_archive.add(uid));
        }
    }

    pub(super) async fn archive_all(self: Arc<Self>) {
        let next = |mirror: Arc<Self>| async move {
            let uids = mirror.to_archive.take(1).await;
            Some((futures::stream::iter(uids), mirror))
        };
        futures::stream::unfold(self.clone(), next)
            .flatten()
            .for_each_concurrent(CONCURRENCY, |uid| self.archive_one(uid))
            .await;
    }

    async fn archive_one(self: &Arc<Self>, uid: Uuid) {
        let Some(tracked) = self.tracked.open(uid) else {
            return;
        };
        let observation = &tracked.observation;
        if tracked.is_deleted || observation.is_archived {
            return;
        }
        let (namespace, name) = (&observation.namespace, &observation.name);
        self.metrics.archive_requests.inc();
        if let Err(error) = self.cluster.archive(namespace, name, uid, self.clock.now()).await {
            tracing::warn!(%error, namespace, name, "unable to mark a resource as archived; it is tried again");
            self.later(self.tracked.failed(uid), move |mirror| mirror.to_archive.add(uid));
        }
    }
}
