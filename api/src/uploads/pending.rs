//! The rows of uploads that come in several requests and are not whole yet: begun with what they are and how long, then locked by one request
//! at a time, which notes how much is safe in the store.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::{FromRow, PgPool, types::Json};
use uuid::Uuid;

use super::{
    UploadError,
    beginning::Once,
    file_name::check_file_name,
    metadata,
    options::Options,
    receive::Receiver,
    record::{LEASE, interval},
};
use crate::{
    database::{STEP_LIMIT, tenant_transaction, within},
    documents::{holdings, queries},
    store::Resumable,
};

/// An upload that nobody has added to for so long is given up.
pub const KEPT_FOR: Duration = Duration::from_hours(24);

/// How an upload comes that takes several requests. What was begun by one goes on by no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By tus.
    Tus,
    /// By presigned URLs.
    Presigned,
}

impl Method {
    fn as_str(self) -> &'static str {
        match self {
            Self::Tus => "tus",
            Self::Presigned => "presigned",
        }
    }
}

/// An upload that is not whole yet.
#[derive(Clone, Debug, FromRow)]
pub struct Pending {
    /// The id of the document to be.
    pub id: Uuid,
    pub(super) user_id: Option<Uuid>,
    pub(super) filename: String,
    pub(super) request: Json<Options>,
    size_bytes: i64,
    offset_bytes: i64,
    store_state: Json<Resumable>,
    expires_at: jiff_sqlx::Timestamp,
}

impl Pending {
    /// Its length in bytes when it is whole.
    pub fn size(&self) -> u64 {
        self.size_bytes.unsigned_abs()
    }

    /// How much of it is there.
    pub fn offset(&self) -> u64 {
        self.offset_bytes.unsigned_abs()
    }

    /// Whether all of it is there: what is left is to make a document of it.
    pub fn is_whole(&self) -> bool {
        self.offset() == self.size()
    }

    /// What the store needs to go on with it.
    pub(super) fn state(&self) -> &Resumable {
        &self.store_state.0
    }

    /// When it is given up, if nobody adds to it.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at.to_jiff()
    }
}

/// What an upload that takes several requests is begun with.
#[derive(Clone, Copy, Debug)]
pub struct NewPending<'upload> {
    /// How it comes.
    pub method: Method,
    /// What the person called it.
    pub filename: &'upload str,
    /// Its length in bytes.
    pub size: u64,
    /// How it is to be encoded.
    pub options: &'upload Options,
    /// What the client said of it, to tell it again.
    pub metadata: Option<&'upload str>,
}

/// How far an upload is.
#[derive(Clone, Debug)]
pub enum State {
    /// It is not whole yet.
    Pending(Pending),
    /// It is a document.
    Finished {
        /// Its length in bytes.
        size: u64,
        /// Whether its result is another's.
        is_reused: bool,
    },
}

macro_rules! pending_columns {
    () => {
        "id, user_id, filename, request, size_bytes, offset_bytes, \
         jsonb_build_object('upload', store_upload, 'parts', parts) AS store_state, expires_at"
    };
}

/// Begins an upload, if the tenant's quotas allow it: room is kept for the whole of it. Where it is to be done once, its Idempotency-Key is
/// bound to it.
///
/// # Errors
/// [`UploadError`].
pub async fn begin(
    receiver: &Receiver<'_>,
    new: NewPending<'_>,
    once: Option<&Once>,
) -> Result<Pending, UploadError> {
    check_file_name(new.filename)?;
    if new.size == 0 {
        return Err(UploadError::EmptyFile);
    }
    if new.size > receiver.limit {
        return Err(UploadError::TooLarge {
            limit: receiver.limit,
        });
    }
    within(STEP_LIMIT, insert(receiver, new, once)).await
}

async fn insert(
    receiver: &Receiver<'_>,
    new: NewPending<'_>,
    once: Option<&Once>,
) -> Result<Pending, UploadError> {
    let mut transaction = tenant_transaction(receiver.database, receiver.tenant).await?;
    let pending: Pending = sqlx::query_as(concat!(
        "INSERT INTO uploads (id, tenant_id, user_id, method, filename, request, size_bytes, reserved_bytes, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, now() + $8) RETURNING ",
        pending_columns!()
    ))
    .bind(Uuid::new_v4())
    .bind(receiver.tenant)
    .bind(receiver.user)
    .bind(new.method.as_str())
    .bind(new.filename)
    .bind(Json(new.options))
    .bind(new.size.cast_signed())
    .bind(interval(KEPT_FOR))
    .fetch_one(&mut *transaction)
    .await?;
    if let Some(said) = new.metadata {
        metadata::record(&mut transaction, receiver.tenant, pending.id, said).await?;
    }
    let (quotas, holdings) = holdings::quotas_and_holdings(&mut transaction, receiver.tenant).await?;
    quotas.check(&holdings)?;
    if let Some(once) = once {
        once.record(&mut transaction, receiver.tenant, pending.id).await?;
    }
    transaction.commit().await?;
    Ok(pending)
}

/// How far an upload is.
///
/// # Errors
/// [`UploadError::UnknownUpload`], [`UploadError::Database`].
pub async fn state(pool: &PgPool, tenant: Uuid, method: Method, id: Uuid) -> Result<State, UploadError> {
    within(STEP_LIMIT, look(pool, tenant, method, id)).await
}

async fn look(pool: &PgPool, tenant: Uuid, method: Method, id: Uuid) -> Result<State, UploadError> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let pending: Option<Pending> = sqlx::query_as(concat!(
        "SELECT ",
        pending_columns!(),
        " FROM uploads WHERE id = $1 AND tenant_id = $2 AND state = 'receiving' AND method = $3"
    ))
    .bind(id)
    .bind(tenant)
    .bind(method.as_str())
    .fetch_optional(&mut *transaction)
    .await?;
    drop(transaction);
    if let Some(pending) = pending {
        return Ok(State::Pending(pending));
    }
    let document = queries::find(pool, tenant, id).await?;
    document
        .and_then(|document| {
            Some(State::Finished {
                size: document.file.size_bytes?.unsigned_abs(),
                is_reused: document.reused.is_some(),
            })
        })
        .ok_or(UploadError::UnknownUpload)
}

/// When an upload is given up, if nobody adds to it; `None` where it is not known, or a document.
///
/// # Errors
/// [`UploadError::Database`].
pub async fn expires_at(
    pool: &PgPool,
    tenant: Uuid,
    method: Method,
    id: Uuid,
) -> Result<Option<Timestamp>, UploadError> {
    let asked = async {
        let mut transaction = tenant_transaction(pool, tenant).await?;
        let query = "SELECT expires_at FROM uploads WHERE id = $1 AND tenant_id = $2 AND state = 'receiving' AND method = $3";
        let expires_at: Option<jiff_sqlx::Timestamp> = sqlx::query_scalar(query)
            .bind(id)
            .bind(tenant)
            .bind(method.as_str())
            .fetch_optional(&mut *transaction)
            .await?;
        Ok(expires_at.map(jiff_sqlx::Timestamp::to_jiff))
    };
    within(STEP_LIMIT, asked).await
}

/// Takes an upload for this request alone.
pub(super) async fn lock(receiver: &Receiver<'_>, method: Method, id: Uuid) -> Result<Pending, UploadError> {
    within(STEP_LIMIT, take(receiver, method, id)).await
}

async fn take(receiver: &Receiver<'_>, method: Method, id: Uuid) -> Result<Pending, UploadError> {
    let mut transaction = tenant_transaction(receiver.database, receiver.tenant).await?;
    let locked: Option<Pending> = sqlx::query_as(concat!(
        "UPDATE uploads SET holder = $3, locked_until = now() + $4 WHERE id = $1 AND tenant_id = $2 \
         AND state = 'receiving' AND method = $5 AND (locked_until IS NULL OR locked_until < now()) RETURNING ",
        pending_columns!()
    ))
    .bind(id)
    .bind(receiver.tenant)
    .bind(receiver.holder)
    .bind(interval(LEASE))
    .bind(method.as_str())
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    if let Some(locked) = locked {
        return Ok(locked);
    }
    match look(receiver.database, receiver.tenant, method, id).await? {
        State::Pending(_) => Err(UploadError::Locked),
        State::Finished { size, .. } => Err(UploadError::WrongOffset(size)),
    }
}

/// Lets others add, without having added.
pub(super) async fn unlock(receiver: &Receiver<'_>, id: Uuid) -> Result<(), UploadError> {
    let mut transaction = tenant_transaction(receiver.database, receiver.tenant).await?;
    sqlx::query("UPDATE uploads SET locked_until = NULL WHERE id = $1 AND tenant_id = $2 AND holder = $3")
        .bind(id)
        .bind(receiver.tenant)
        .bind(receiver.holder)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// Notes what the store needs to go on with an upload that was just begun.
pub(super) async fn note_begun(
    receiver: &Receiver<'_>,
    id: Uuid,
    state: &Resumable,
) -> Result<(), UploadError> {
    lock(receiver, Method::Presigned, id).await?;
    note(receiver, id, 0, state).await
}

/// Notes how much is safe, and lets others add, unless that is all: then this request makes a document of it.
pub(super) async fn note(
    receiver: &Receiver<'_>,
    id: Uuid,
    offset: u64,
    state: &Resumable,
) -> Result<(), UploadError> {
    let mut transaction = tenant_transaction(receiver.database, receiver.tenant).await?;
    let noted = sqlx::query(
        "UPDATE uploads SET offset_bytes = $4, store_upload = $5, parts = $6, \
         locked_until = CASE WHEN $4 = size_bytes THEN locked_until END, expires_at = now() + $7 WHERE id = $1 AND tenant_id = $2 AND holder = $3 AND state = 'receiving'",
    )
    .bind(id)
    .bind(receiver.tenant)
    .bind(receiver.holder)
    .bind(offset.cast_signed())
    .bind(&state.upload)
    .bind(Json(&state.parts))
    .bind(interval(KEPT_FOR))
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    transaction.commit().await?;
    if noted == 0 {
        return Err(UploadError::Abandoned);
    }
    Ok(())
}
