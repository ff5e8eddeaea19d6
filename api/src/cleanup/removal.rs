//! Removing what is left of a document: its resources first, then, when no encoder can write any more, its objects.

use crds::keys;
use jiff::Timestamp;
use sqlx::PgPool;

use crate::{
    cleanup::removals::{self, Removal},
    cluster::Cluster,
    documents::document,
    store::Store,
};

/// Goes as far as it can; true once nothing is left.
pub async fn finish(
    removal: &Removal,
    cluster: &Cluster,
    store: &Store,
    maintenance: &PgPool,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let (namespace, name) = (&removal.resource_namespace, &removal.resource_name);
    let mut is_gone = cluster.delete(namespace, name, removal.resource_uid).await?;
    if namespace == cluster.encodings_namespace() {
        is_gone &= cluster.delete_all(removal.document_id).await?; // Earlier encodings, and one made late.
    }
    if !is_gone {
        return Ok(false);
    }
    remove_objects(removal, store).await?;
    removals::finish(maintenance, removal.document_id, now).await?;
    Ok(true)
}

/// Removes the objects of a document that is gone.
async fn remove_objects(removal: &Removal, store: &Store) -> Result<(), std::io::Error> {
    let owner = document::owner(removal.tenant_id, &removal.resource_namespace);
    let prefix = keys::document_prefix(&owner, &removal.document_id.to_string());
    store.remove_document(&prefix).await
}
