//! Resources that were made, or may have been, although nobody wants them any more.

use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::{
    document::{Binding, Document},
    queries,
};
use crate::{cluster::Cluster, database::tenant_transaction};

/// Notes a resource to be looked for and deleted by the sweeper.
///
/// # Errors
/// Those of Postgres.
pub async fn note(executor: impl PgExecutor<'_>, tenant: Uuid, binding: &Binding) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO unwanted_resources (resource_namespace, resource_name, tenant_id, created_at) \
         VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING",
    )
    .bind(&binding.namespace)
    .bind(&binding.name)
    .bind(tenant)
    .execute(executor)
    .await
    .map(drop)
}

/// Deletes a resource that was just made for an encoding, and to which no row could be bound: unless somebody else bound it meanwhile, its
/// document was deleted, or encoded once more, while it was made. Where that fails the sweeper goes on, or else the removal of the document,
/// which is done twice.
pub async fn delete_unbound(cluster: &Cluster, pool: &PgPool, tenant: Uuid, document: &Document, uid: Uuid) {
    if let Err(error) = try_delete_unbound(cluster, pool, tenant, document, uid).await {
        tracing::warn!(error = format!("{error:#}"), document_id = %document.id, %uid, "unable to delete a resource whose document is gone");
    }
}

async fn try_delete_unbound(
    cluster: &Cluster,
    pool: &PgPool,
    tenant: Uuid,
    document: &Document,
    uid: Uuid,
) -> anyhow::Result<()> {
    let is_bound = queries::find(pool, tenant, document.id)
        .await?
        .is_some_and(|now| now.binding.uid == Some(uid) || now.binding.number == document.binding.number);
    if is_bound {
        return Ok(());
    }
    let (binding, id) = (&document.binding, document.id);
    tracing::info!(document_id = %id, %uid, "a document was deleted while its resource was made, which goes too");
    if let Err(error) = cluster.delete(&binding.namespace, &binding.name, Some(uid)).await {
        tracing::warn!(%error, document_id = %id, "unable to delete a resource that nobody wants; the sweeper does it");
        let mut transaction = tenant_transaction(pool, tenant).await?;
        note(&mut *transaction, tenant, binding).await?;
        transaction.commit().await?;
    }
    Ok(())
}
