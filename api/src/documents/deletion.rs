//! Deleting a document: for everybody it is gone with its row; the sweeper sees to it that nothing is left.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::{Change, Document, transition};
use crate::{
    app::App,
    identity::audit::{self, Action, Actor},
};

/// Deletes a tenant's document, and records who did. Answers it as it was last; once that is committed, [`end`] is to follow.
///
/// # Errors
/// Those of Postgres.
pub async fn delete(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
    id: Uuid,
    actor: &Actor,
    bulk_action: Option<Uuid>,
    now: Timestamp,
) -> Result<Option<Document>, sqlx::Error> {
    let Some(deleted) = transition(transaction, Change::Deleted { tenant, id }, now).await? else {
        return Ok(None);
    };
    audit::record(
        transaction,
        actor,
        Some(tenant),
        Action::DocumentDeleted,
        &id.to_string(),
        match bulk_action {
            None => json!({ "filename": deleted.file.filename }),
            Some(id) => json!({ "filename": deleted.file.filename, "bulk_action_id": id }),
        },
        now,
    )
    .await?;
    Ok(Some(deleted))
}

/// What is still at work for a document that was deleted is ended at once.
pub async fn end(app: &App, deleted: &Document) {
    app.board.remove(deleted.id);
    let binding = &deleted.binding;
    let ended = app
        .cluster
        .delete(&binding.namespace, &binding.name, binding.uid)
        .await;
    if let Err(error) = ended {
        tracing::warn!(%error, document_id = %deleted.id, "unable to delete the resource of a deleted document; the sweeper does it");
    }
}

/// So many documents are removed in one transaction: each counts in the one row of what the tenant holds, whose states all stay until the
/// commit, so that more would cost more each.
const REMOVED_AT_ONCE: i64 = 500;

/// Removes all documents of a tenant, some at a time, as maintenance; what else there is of them is removed later, as with
/// [`Change::Deleted`].
///
/// # Errors
/// Those of Postgres; then some are removed, and it can be called again.
pub async fn delete_all(pool: &PgPool, tenant: Uuid, at: Timestamp) -> Result<(), sqlx::Error> {
    while delete_some(pool, tenant, at).await? > 0 {}
    Ok(())
}

/// Answers how many were removed.
async fn delete_some(pool: &PgPool, tenant: Uuid, at: Timestamp) -> Result<u64, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // In the order in which everybody locks: documents by their ids, then what the tenant holds.
    let ids: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM documents WHERE tenant_id = $1 ORDER BY id LIMIT $2 FOR UPDATE")
            .bind(tenant)
            .bind(REMOVED_AT_ONCE)
            .fetch_all(&mut *transaction)
            .await?;
    sqlx::query("SELECT lock_holdings(ARRAY[$1])")
        .bind(tenant)
        .execute(&mut *transaction)
        .await?;
    let removed = sqlx::query(
        "WITH gone AS (DELETE FROM documents WHERE id = ANY ($1) \
         RETURNING id, tenant_id, resource_namespace, resource_name, resource_uid) \
         INSERT INTO removals (document_id, tenant_id, resource_namespace, resource_name, resource_uid, created_at) \
         SELECT id, tenant_id, resource_namespace, resource_name, resource_uid, $2 FROM gone \
         ON CONFLICT (document_id) DO NOTHING",
    )
    .bind(&ids)
    .bind(at.to_sqlx())
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    transaction.commit().await?;
    Ok(removed)
}
