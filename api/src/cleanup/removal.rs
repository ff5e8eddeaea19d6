//! Removing what is left of a document: its resources first, then, when no encoder can write any more, its objects.
//!
//! A result that other documents reuse stays until the last of them is deleted; Postgres says with each removal whether it does, and has it
//! come due again when it does no more.

use crds::keys;
use uuid::Uuid;

use super::{
    removals::{self, Removal},
    sweeper::Sweeper,
};
use crate::{
    cluster::ClusterError,
    documents::{document, reuse},
    uploads::record,
};

/// Goes as far as it can; true once nothing is left, or nothing but a result that other documents reuse.
///
/// # Errors
/// Those of the cluster, the store and Postgres.
pub async fn remove(sweeper: &Sweeper, removal: &Removal) -> anyhow::Result<bool> {
    let (namespace, name) = (&removal.resource_namespace, &removal.resource_name);
    let cluster = &sweeper.cluster;
    let mut is_gone = match cluster.delete(namespace, name, removal.resource_uid).await {
        Ok(is_gone) => is_gone,
        // In a namespace that is not ours any more nothing can be done, and its resources are its owner's.
        Err(ClusterError::Refused(kube::Error::Api(status)))
            if status.code == 403 && namespace != cluster.encodings_namespace() =>
        {
            true
        }
        Err(error) => return Err(error.into()),
    };
    if namespace == cluster.encodings_namespace() {
        is_gone &= cluster.delete_all(removal.document_id).await?; // Earlier encodings, and one made late.
    }
    if !is_gone {
        return Ok(false);
    }
    let may_be_applied = namespace != cluster.encodings_namespace();
    if removal.is_result_kept {
        let (owner, id) = (
            document::owner(removal.tenant_id, namespace),
            removal.document_id.to_string(),
        );
        let reused = reuse::reused_encodings(&sweeper.database, removal.document_id).await?;
        if reused.is_empty() {
            return Ok(false); // It was let go of in this moment, and is due once more.
        }
        let results: Vec<String> = reused
            .iter()
            .map(|uid| keys::encoding_prefix(&owner, &id, &uid.to_string()))
            .collect();
        let prefix = keys::document_prefix(&owner, &id);
        sweeper.store.remove_all_but(&prefix, &results).await?;
        removals::finish_rest(&sweeper.database, removal.document_id).await?;
        return Ok(true);
    }
    for owner in document::storing_owners(removal.tenant_id, namespace, may_be_applied) {
        let prefix = keys::document_prefix(&owner, &removal.document_id.to_string());
        sweeper.store.remove_all(&prefix).await?;
    }
    removals::finish(&sweeper.database, removal.document_id, sweeper.clock.now()).await?;
    Ok(true)
}

/// Removes an upload that nobody works on any more.
///
/// # Errors
/// Those of the store and Postgres.
pub async fn remove_upload(sweeper: &Sweeper, tenant: Uuid, id: Uuid) -> anyhow::Result<()> {
    let owner = crds::Owner::Tenant(tenant.to_string());
    sweeper
        .store
        .remove_all(&keys::document_prefix(&owner, &id.to_string()))
        .await?;
    let (namespace, now) = (sweeper.cluster.encodings_namespace(), sweeper.clock.now());
    record::forget_and_look_again(&sweeper.database, tenant, id, namespace, now).await?;
    Ok(())
}
