//! Encoding a document once more: a new resource, as one that is finished never changes. A document that is ready keeps its result until the new
//! one is ready; where that fails, the document has failed, and its result is still there.

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::{
    Change, Document,
    document::{Origin, Status},
    holdings::{QuotaExceeded, quotas_and_holdings},
    parameters::{EncodingParameters, InvalidParameters},
    transition, unwanted,
};
use crate::{app::App, cluster::ClusterError, database::tenant_transaction};

/// Why a document is not encoded again.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// It waits, or is worked on.
    #[error("the document is just being encoded: cancel it, or wait until it has ended")]
    NotFinished,
    /// It was encoded once more since.
    #[error("the newest encoding of the document is {newest}, not {said}: look at it again")]
    Superseded {
        /// Which was said.
        said: i32,
        /// Which it is.
        newest: i32,
    },
    /// It cannot be encoded like this.
    #[error(transparent)]
    Parameters(#[from] InvalidParameters),
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
    if document.status() == Status::Processing {
        return Err(RetryError::NotFinished);
    }
    Ok(())
}

/// Refuses a document whose newest encoding is not this one: what was asked before may have been carried out.
///
/// # Errors
/// [`RetryError::Superseded`].
pub fn check_newest(document: &Document, said: Option<i32>) -> Result<(), RetryError> {
    let newest = document.binding.encoding();
    match said {
        Some(said) if said != newest => Err(RetryError::Superseded { said, newest }),
        _ => Ok(()),
    }
}

/// Encodes a tenant's document, which is `before`, once more, as it was but for these parameters.
///
/// # Errors
/// [`RetryError`]; then the document is what it was.
pub async fn retry(
    app: &App,
    tenant: Uuid,
    before: &Document,
    parameters: &EncodingParameters,
) -> Result<(), RetryError> {
    let mut transaction = tenant_transaction(&app.database, tenant).await?;
    let document = begin(&mut transaction, tenant, before, parameters, app.clock.now()).await?;
    transaction.commit().await?;
    if let Err(error) = queue(app, tenant, &document).await {
        let mut transaction = tenant_transaction(&app.database, tenant).await?;
        let is_undone = undo(
            &mut transaction,
            tenant,
            before,
            &document,
            &error,
            app.clock.now(),
        )
        .await?;
        transaction.commit().await?;
        if is_undone {
            app.board.remove(document.id);
            return Err(RetryError::QueueUnavailable);
        }
    }
    Ok(())
}

/// Notes that a document is to be encoded once more. What was written where this is refused is to be rolled back; once it is
/// committed, [`queue`] is to follow.
///
/// # Errors
/// [`RetryError`].
pub async fn begin(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
    before: &Document,
    parameters: &EncodingParameters,
    at: jiff::Timestamp,
) -> Result<Document, RetryError> {
    check(before)?;
    let request = parameters.over(&before.request)?;
    let change = Change::Retried {
        tenant,
        before,
        request: &request,
    };
    let document = transition(transaction, change, at)
        .await?
        .ok_or(RetryError::NotFinished)?; // Somebody else was faster.
    let (quotas, holdings) = quotas_and_holdings(transaction, tenant).await?;
    quotas.check(&holdings)?;
    Ok(document)
}

/// Makes the resource of a document that was begun. What a crash before it leaves is found by the sweeper.
///
/// # Errors
/// Those of the cluster; then [`undo`] is to follow.
pub async fn queue(app: &App, tenant: Uuid, document: &Document) -> Result<(), ClusterError> {
    app.board.remove(document.id); // Until its new resource is seen it is answered from Postgres.
    let created = app.cluster.create(document).await;
    let uid = created.inspect_err(|error| {
        tracing::error!(%error, document_id = %document.id, "failed to queue a document again");
    })?;
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
/// deleted, so that nothing is encoded that nobody asked for. `false` where the document has gone on: the resource was made all the same.
///
/// # Errors
/// Those of Postgres.
pub async fn undo(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
    before: &Document,
    begun: &Document,
    error: &ClusterError,
    at: jiff::Timestamp,
) -> Result<bool, sqlx::Error> {
    let change = Change::RetryUndone {
        tenant,
        before,
        number: begun.binding.number,
    };
    let undone = transition(transaction, change, at).await?;
    if undone.is_some() && !error.is_refusal() {
        unwanted::note(&mut **transaction, tenant, &begun.binding).await?;
    }
    Ok(undone.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::document::samples;

    #[test]
    fn a_request_that_is_repeated_is_told_apart_by_the_encoding_it_says() {
        let document = samples::document();
        assert!(check_newest(&document, None).is_ok());
        assert!(check_newest(&document, Some(1)).is_ok());
        let refused = check_newest(&document, Some(2));
        assert!(matches!(
            refused,
            Err(RetryError::Superseded { said: 2, newest: 1 })
        ));
    }

    #[test]
    fn only_what_was_uploaded_and_has_ended_is_encoded_again() {
        let mut document = samples::document();
        assert!(matches!(check(&document), Err(RetryError::NotFinished)));
        for phase in [crds::Phase::Ready, crds::Phase::Failed, crds::Phase::Cancelled] {
            document.progress.phase = phase;
            assert!(check(&document).is_ok());
        }
        document.origin = Origin::Resource;
        assert!(matches!(check(&document), Err(RetryError::NotUploaded)));
    }
}
