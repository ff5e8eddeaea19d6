//! What a client said of an upload by tus when it began it, to the letter. It outlives the row of the upload: it goes with the document, which
//! triggers see to.

use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::UploadError;
use crate::database::{STEP_LIMIT, tenant_transaction, within};

/// The most bytes that are kept of one upload.
pub const LONGEST: usize = 16 << 10;

/// Writes it down, in the transaction that begins the upload.
pub(super) async fn record(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
    id: Uuid,
    metadata: &str,
) -> Result<(), UploadError> {
    sqlx::query("INSERT INTO upload_metadata (tenant_id, id, metadata) VALUES ($1, $2, $3)")
        .bind(tenant)
        .bind(id)
        .bind(metadata)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// What was said of an upload, or of the document that it became; `None` where nothing was.
///
/// # Errors
/// [`UploadError::Database`].
pub async fn find(pool: &PgPool, tenant: Uuid, id: Uuid) -> Result<Option<String>, UploadError> {
    let asked = async {
        let mut transaction = tenant_transaction(pool, tenant).await?;
        let metadata =
            sqlx::query_scalar("SELECT metadata FROM upload_metadata WHERE tenant_id = $1 AND id = $2")
                .bind(tenant)
                .bind(id)
                .fetch_optional(&mut *transaction)
                .await?;
        Ok(metadata)
    };
    within(STEP_LIMIT, asked).await
}
