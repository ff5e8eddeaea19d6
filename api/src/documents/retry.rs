//! Encoding a document once more: a new resource, as one that is finished never changes.

use sqlx::PgPool;
use uuid::Uuid;

use super::{
    Change, Document,
    document::{Origin, Status},
    holdings::{QuotaExceeded, quotas_and_holdings},
    transition, unwanted,
};
use crate::{app::App, cluster::ClusterError, database::tenant_transaction};

/// Why a document is not encoded again.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// It has not failed.
    #[error("only a document that failed can be encoded again")]
    NotFailed,
    /// It was applied to the cluster by somebody else.
    #[error("the document was not uploaded here: apply a new DocumentEncoding instead")]
    NotUploaded,
    /// The tenant's quota is used up.
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    /// The cluster did not take it; the document is what it was.
    #[error("task queue unavailable: the document was not queued, try again later")]
    QueueUnavailable,
    /// Postgres failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

fn check(document: &Document) -> Result<(), RetryError> {
    if document.origin != Origin::Upload {
        return Err(RetryError::NotUploaded);
    }
    if document.status() != Status::Failed {
        return Err(RetryError::NotFailed);
    }
    Ok(())
}

/// Encodes a tenant's document, which is `before`, once more.
///
/// # Errors
/// [`RetryError`]; then the document is what it was.
pub async fn retry(app: &App, tenant: Uuid, before: &Document) -> Result<(), RetryError> {
    check(before)?;
    let document = begin(&app.database, tenant, before.id, app.clock.now()).await?;
    app.board.remove(before.id); // Until its new resource is seen it is answered from Postgres.
    match app.cluster.create(&document).await {
        Ok(uid) => {
            let change = Change::Bound {
                tenant,
                id: document.id,
                number: document.binding.number,
                uid,
            };
            if let Err(error) = bind(app, tenant, change).await {
                tracing::warn!(%error, document_id = %document.id, "unable to bind a document; the mirror does it");
            }
            Ok(())
        }
        Err(error) => {
            tracing::error!(%error, document_id = %document.id, "failed to queue a document again");
            undo(&app.database, tenant, before, &document, &error, app.clock.now()).await?;
            app.board.remove(document.id);
            Err(RetryError::QueueUnavailable)
        }
    }
}

async fn begin(pool: &PgPool, tenant: Uuid, id: Uuid, at: jiff::Timestamp) -> Result<Document, RetryError> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let document = transition(&mut transaction, Change::Retried { tenant, id }, at)
        .await?
        .ok_or(RetryError::NotFailed)?; // Somebody else was faster.
    let (quotas, holdings) = quotas_and_holdings(&mut transaction, tenant).await?;
    quotas.check(&holdings)?;
    transaction.commit().await?;
    Ok(document)
}

async fn bind(app: &App, tenant: Uuid, change: Change<'_>) -> Result<(), sqlx::Error> {
    let mut transaction = tenant_transaction(&app.database, tenant).await?;
    let bound = transition(&mut transaction, change, app.clock.now()).await?;
    transaction.commit().await?;
    if let Some(document) = bound {
        app.board.put(document);
    }
    Ok(())
}

/// Takes back what was begun, as the cluster did not take the document. If it is not certain that there is no resource, it is looked for and
/// deleted, so that nothing is encoded that nobody asked for.
///
/// # Errors
/// Those of Postgres.
pub async fn undo(
    pool: &PgPool,
    tenant: Uuid,
    before: &Document,
    begun: &Document,
    error: &ClusterError,
    at: jiff::Timestamp,
) -> Result<(), sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let change = Change::RetryUndone {
        tenant,
        before,
        number: begun.binding.number,
    };
    let undone = transition(&mut transaction, change, at).await?;
    if undone.is_some() && !error.is_refusal() {
        unwanted::note(&mut *transaction, tenant, &begun.binding).await?;
    }
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::document::samples;

    #[test]
    fn only_what_was_uploaded_and_failed_is_encoded_again() {
        let mut document = samples::document();
        assert!(matches!(check(&document), Err(RetryError::NotFailed)));
        document.progress.phase = crds::Phase::Cancelled;
        assert!(check(&document).is_ok());
        document.origin = Origin::Resource;
        assert!(matches!(check(&document), Err(RetryError::NotUploaded)));
    }
}
