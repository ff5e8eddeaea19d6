//! Uploads that come in several requests: begun with what they are and how long, then added to until they are whole.
//!
//! The row knows how much is safe in the store and what the store needs to go on. One request at a time adds to it; what it has written is
//! noted when it ends, however it ends. What was written and not noted is written over by the next.

use std::time::Duration;

use bytes::Bytes;
use formats::{HEAD_BYTES, detect};
use futures::{Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::{FromRow, PgPool, types::Json};
use uuid::Uuid;

use super::{
    UploadError,
    file_name::check_file_name,
    intake::{self, Taken},
    options::Options,
    receive::{ReceivedFile, Receiver},
    record::{LEASE, interval},
};
use crate::{
    app::App,
    database::tenant_transaction,
    documents::{holdings, queries},
    store::Resumable,
};

/// An upload that nobody has added to for so long is given up.
pub const KEPT_FOR: Duration = Duration::from_hours(24);

/// An upload that is not whole yet.
#[derive(Clone, Debug, FromRow)]
pub struct Pending {
    /// The id of the document to be.
    pub id: Uuid,
    user_id: Option<Uuid>,
    filename: String,
    request: Json<Options>,
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

/// Begins an upload of `size` bytes, if the tenant's quotas allow it: room is kept for the whole of it.
///
/// # Errors
/// [`UploadError`].
pub async fn begin(
    receiver: &Receiver<'_>,
    method: &'static str,
    filename: &str,
    size: u64,
    options: &Options,
) -> Result<Pending, UploadError> {
    check_file_name(filename)?;
    if size == 0 {
        return Err(UploadError::EmptyFile);
    }
    if size > receiver.limit {
        return Err(UploadError::TooLarge {
            limit: receiver.limit,
        });
    }
    let mut transaction = tenant_transaction(receiver.database, receiver.tenant).await?;
    let pending: Pending = sqlx::query_as(concat!(
        "INSERT INTO uploads (id, tenant_id, user_id, method, filename, request, size_bytes, reserved_bytes, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, now() + $8) RETURNING ",
        pending_columns!()
    ))
    .bind(Uuid::new_v4())
    .bind(receiver.tenant)
    .bind(receiver.user)
    .bind(method)
    .bind(filename)
    .bind(Json(options))
    .bind(size.cast_signed())
    .bind(interval(KEPT_FOR))
    .fetch_one(&mut *transaction)
    .await?;
    let (quotas, holdings) = holdings::quotas_and_holdings(&mut transaction, receiver.tenant).await?;
    quotas.check(&holdings)?;
    transaction.commit().await?;
    Ok(pending)
}

/// How far an upload is.
///
/// # Errors
/// [`UploadError::UnknownUpload`], [`UploadError::Database`].
pub async fn state(pool: &PgPool, tenant: Uuid, id: Uuid) -> Result<State, UploadError> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let pending: Option<Pending> = sqlx::query_as(concat!(
        "SELECT ",
        pending_columns!(),
        " FROM uploads WHERE id = $1 AND tenant_id = $2 AND state = 'receiving' AND method <> 'form'"
    ))
    .bind(id)
    .bind(tenant)
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

/// Takes an upload for this request alone.
pub(super) async fn lock(receiver: &Receiver<'_>, id: Uuid) -> Result<Pending, UploadError> {
    let mut transaction = tenant_transaction(receiver.database, receiver.tenant).await?;
    let locked: Option<Pending> = sqlx::query_as(concat!(
        "UPDATE uploads SET holder = $3, locked_until = now() + $4 WHERE id = $1 AND tenant_id = $2 \
         AND state = 'receiving' AND method <> 'form' AND (locked_until IS NULL OR locked_until < now()) RETURNING ",
        pending_columns!()
    ))
    .bind(id)
    .bind(receiver.tenant)
    .bind(receiver.holder)
    .bind(interval(LEASE))
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    if let Some(locked) = locked {
        return Ok(locked);
    }
    match state(receiver.database, receiver.tenant, id).await? {
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
    lock(receiver, id).await?;
    note(receiver, id, 0, state).await
}

/// Notes how much is safe, and lets others add, unless that is all: then this request makes a document of it.
async fn note(receiver: &Receiver<'_>, id: Uuid, offset: u64, state: &Resumable) -> Result<(), UploadError> {
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

/// Adds to an upload from `offset` on. What has come is kept where the rest does not. Answers how much is there; when that is all, it is a
/// document.
///
/// # Errors
/// [`UploadError`].
pub async fn append(
    app: &App,
    receiver: &Receiver<'_>,
    id: Uuid,
    offset: u64,
    bytes: impl Stream<Item = Result<Bytes, UploadError>> + Send,
) -> Result<u64, UploadError> {
    let pending = lock(receiver, id).await?;
    let added = async {
        if pending.offset() != offset {
            return Err(UploadError::WrongOffset(pending.offset()));
        }
        if pending.is_whole() {
            // Only its end was not heard of.
            finish(app, receiver, &pending, pending.state()).await?;
            return Ok(offset);
        }
        let (written, state) = write(receiver, &pending, bytes).await?;
        if written == pending.size() {
            finish(app, receiver, &pending, &state).await?;
        }
        Ok(written)
    };
    let added = added.await;
    if added.is_err() {
        give_back(receiver, id).await;
    }
    added
}

/// Makes a document of an upload that is whole and is none yet, as what was to do it ended in the middle: a client that is told that all is
/// there does not come back.
///
/// # Errors
/// [`UploadError`].
pub async fn finish_whole(app: &App, receiver: &Receiver<'_>, id: Uuid) -> Result<(), UploadError> {
    let pending = match lock(receiver, id).await {
        Ok(pending) => pending,
        Err(UploadError::WrongOffset(_)) => return Ok(()), // It is a document by now.
        Err(error) => return Err(error),
    };
    let finished = async {
        if pending.is_whole() {
            finish(app, receiver, &pending, pending.state()).await?;
        }
        Ok(())
    };
    let finished = finished.await;
    if finished.is_err() || !pending.is_whole() {
        give_back(receiver, id).await;
    }
    finished
}

/// Lets others go on. Where that cannot be noted they wait until the lock ends.
async fn give_back(receiver: &Receiver<'_>, id: Uuid) {
    if let Err(error) = unlock(receiver, id).await {
        tracing::warn!(%error, upload_id = %id, "unable to unlock an upload; its lock ends within {LEASE:?}");
    }
}

/// Writes what comes, and notes how much of it is safe, also where the rest does not come.
async fn write(
    receiver: &Receiver<'_>,
    pending: &Pending,
    bytes: impl Stream<Item = Result<Bytes, UploadError>> + Send,
) -> Result<(u64, Resumable), UploadError> {
    let (id, offset) = (pending.id, pending.offset());
    let key = receiver.key(id);
    let mut writer = receiver
        .store
        .resume(&key, pending.state().clone(), offset)
        .await?;
    let (mut written, mut cut_off) = (offset, None);
    let mut bytes = std::pin::pin!(bytes);
    while let Some(chunk) = bytes.next().await {
        match chunk {
            Ok(chunk) if written + chunk.len() as u64 > pending.size() => {
                cut_off = Some(UploadError::TooLarge {
                    limit: pending.size(),
                });
                break;
            }
            Ok(chunk) => {
                written += chunk.len() as u64;
                writer.write(chunk).await?;
            }
            Err(error) => {
                cut_off = Some(error);
                break;
            }
        }
    }
    let state = writer.pause(written == pending.size()).await?;
    note(receiver, id, written, &state).await?;
    match cut_off {
        Some(cut_off) => Err(cut_off),
        None => Ok((written, state)),
    }
}

/// Makes a document of an upload that is whole. What it is, and its digest, is found by reading it once more: it came in several goes.
///
/// # Errors
/// [`UploadError`]. What is refused for what it is leaves nothing.
pub async fn finish(
    app: &App,
    receiver: &Receiver<'_>,
    pending: &Pending,
    state: &Resumable,
) -> Result<Taken, UploadError> {
    // It is its beginner's, whoever ends it.
    let receiver = &Receiver {
        user: pending.user_id.unwrap_or(receiver.user),
        ..*receiver
    };
    let (id, key) = (pending.id, receiver.key(pending.id));
    receiver.store.complete(&key, state, pending.size()).await?;
    let file = match inspect(receiver, pending, &key).await {
        Ok(file) => file,
        Err(error) => {
            if error.is_of_one_file() {
                receiver.discard(id).await;
            }
            return Err(error);
        }
    };
    intake::take_one(app, receiver, file, &pending.request.0).await
}

async fn inspect(receiver: &Receiver<'_>, pending: &Pending, key: &str) -> Result<ReceivedFile, UploadError> {
    let mut stream = receiver.store.read(key).await?.into_stream();
    let (mut digest, mut head, mut found) = (Sha256::new(), Vec::with_capacity(HEAD_BYTES), 0_u64);
    let failed = |error: std::io::Error| crate::store::StoreError::failed("read", key, error);
    while let Some(chunk) = stream.try_next().await.map_err(failed)? {
        digest.update(&chunk);
        found += chunk.len() as u64;
        head.extend_from_slice(&chunk[..chunk.len().min(HEAD_BYTES - head.len())]);
    }
    if found != pending.size() {
        return Err(UploadError::WrongSize {
            found,
            announced: pending.size(),
        });
    }
    let is_whole = pending.size() == head.len() as u64;
    let format = detect(&head, is_whole, &pending.filename)?;
    Ok(ReceivedFile {
        id: pending.id,
        filename: pending.filename.clone(),
        format,
        size: pending.size(),
        sha256: digest.finalize().into(),
    })
}

/// Gives an upload up.
///
/// # Errors
/// [`UploadError::UnknownUpload`], [`UploadError::Database`].
pub async fn terminate(receiver: &Receiver<'_>, id: Uuid) -> Result<(), UploadError> {
    match state(receiver.database, receiver.tenant, id).await? {
        State::Pending(_) => {
            receiver.discard(id).await;
            Ok(())
        }
        State::Finished { .. } => Err(UploadError::UnknownUpload),
    }
}
