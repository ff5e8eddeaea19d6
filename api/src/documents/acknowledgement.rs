//! Failures that somebody has seen to. What is acknowledged is the failure of one encoding: a document that fails anew is to be seen to anew.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;

use super::{Document, document::Status};
use crate::{database::tenant_transaction, identity::Identity};

/// Why a failure is not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum AcknowledgementError {
    /// There is none.
    #[error("the document has not failed: only failures are acknowledged")]
    NotFailed,
    /// Postgres failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// Acknowledges the failure of a document's newest encoding. Once more is no error, and changes nothing.
///
/// # Errors
/// [`AcknowledgementError`].
pub async fn acknowledge(
    pool: &PgPool,
    identity: &Identity,
    document: &Document,
    now: Timestamp,
) -> Result<(), AcknowledgementError> {
    if document.status() != Status::Failed {
        return Err(AcknowledgementError::NotFailed);
    }
    let mut transaction = tenant_transaction(pool, identity.tenant_id).await?;
    // The row is looked at once more, so that none is left of a document that is deleted in this moment.
    sqlx::query(
        "INSERT INTO acknowledgements (document_id, tenant_id, encoding_number, user_id, acknowledged_at) \
         SELECT id, tenant_id, encoding_number, $3, $4 FROM documents \
         WHERE id = $1 AND tenant_id = $2 AND encoding_number = $5 FOR KEY SHARE \
         ON CONFLICT (document_id) DO UPDATE SET encoding_number = excluded.encoding_number, user_id = excluded.user_id, \
            acknowledged_at = excluded.acknowledged_at \
         WHERE acknowledgements.encoding_number <> excluded.encoding_number",
    )
    .bind(document.id)
    .bind(identity.tenant_id)
    .bind(identity.user_id)
    .bind(now.to_sqlx())
    .bind(document.binding.number)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// Takes an acknowledgement back. Where there is none, nothing is done.
///
/// # Errors
/// Those of Postgres.
pub async fn take_back(pool: &PgPool, tenant: Uuid, document: Uuid) -> Result<(), sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    sqlx::query("DELETE FROM acknowledgements WHERE document_id = $1 AND tenant_id = $2")
        .bind(document)
        .bind(tenant)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}
