//! Uploads that come in several requests: begun ([`super::pending`]), then added to until they are whole.
//!
//! The row knows how much is safe in the store and what the store needs to go on. One request at a time adds to it; what it has written is
//! noted when it ends, however it ends. What was written and not noted is written over by the next.

use bytes::Bytes;
use formats::{HEAD_BYTES, detect};
use futures::{Stream, StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    UploadError,
    intake::{self, Taken},
    pending::{Method, Pending, State, lock, note, state, unlock},
    receive::{ReceivedFile, Receiver},
    record::{self, LEASE},
};
use crate::{
    app::App,
    store::{Resumable, StoreError},
};

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
    let pending = lock(receiver, Method::Tus, id).await?;
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
    give_back_unless_finished(receiver, id, added.await).await
}

/// Makes a document of an upload that is whole and is none yet, as what was to do it ended in the middle: a client that is told that all is
/// there does not come back.
///
/// # Errors
/// [`UploadError`].
pub async fn finish_whole(app: &App, receiver: &Receiver<'_>, id: Uuid) -> Result<(), UploadError> {
    let pending = match lock(receiver, Method::Tus, id).await {
        Ok(pending) => pending,
        Err(UploadError::WrongOffset(_)) => return Ok(()), // It is a document by now.
        Err(error) => return Err(error),
    };
    if !pending.is_whole() {
        give_back(receiver, id).await;
        return Ok(());
    }
    let finished = finish(app, receiver, &pending, pending.state()).await;
    give_back_unless_finished(receiver, id, finished.map(drop)).await
}

/// After a failure others may go on, unless there is nothing to go on with: where the upload was given up meanwhile, what this request wrote is
/// removed, and where the store has lost it (by a rule of the bucket, say), it is given up.
pub(super) async fn give_back_unless_finished<T>(
    receiver: &Receiver<'_>,
    id: Uuid,
    outcome: Result<T, UploadError>,
) -> Result<T, UploadError> {
    match &outcome {
        Ok(_) => {}
        Err(UploadError::Abandoned) => receiver.discard_if_given_up(id).await,
        Err(UploadError::Store(StoreError::NotFound(key))) => {
            tracing::warn!(%key, upload_id = %id, "the store has lost what was there of an upload; it is given up");
            receiver.discard(id).await;
            return Err(UploadError::UnknownUpload);
        }
        Err(_) => give_back(receiver, id).await,
    }
    outcome
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
                match writer.write(chunk).await {
                    // It has the chunk; what has come is kept.
                    Err(error @ StoreError::TooSlow(_)) => {
                        cut_off = Some(error.into());
                        break;
                    }
                    written => written?,
                }
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
    let failed = |error: std::io::Error| StoreError::failed("read", key, error);
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

/// Gives an upload up. What a request that is just adding to it still writes is removed when it finds that out, and at the latest when the
/// sweeper looks once more.
///
/// # Errors
/// [`UploadError::UnknownUpload`], [`UploadError::Store`], [`UploadError::Database`].
pub async fn terminate(
    app: &App,
    receiver: &Receiver<'_>,
    method: Method,
    id: Uuid,
) -> Result<(), UploadError> {
    let (database, tenant) = (receiver.database, receiver.tenant);
    let is_pending = matches!(state(database, tenant, method, id).await?, State::Pending(_));
    if !is_pending || !record::abandon(database, tenant, id).await? {
        return Err(UploadError::UnknownUpload);
    }
    receiver.remove(id).await?;
    let namespace = app.cluster.encodings_namespace();
    record::forget_and_look_again(database, tenant, id, namespace, app.clock.now()).await?;
    Ok(())
}
