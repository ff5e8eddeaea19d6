//! Uploads that go past the API: the client sends the parts to the store by URLs that were signed for them.

use std::time::Duration;

use uuid::Uuid;

use super::{
    UploadError,
    intake::Taken,
    options::Options,
    pending::{self, KEPT_FOR, Pending, State},
    receive::Receiver,
    resumable,
};
use crate::{
    app::App,
    store::{Presigned, Resumable, ResumablePart, StoreError},
};

/// The URLs hold for as long as the upload.
const EXPIRES_IN: Duration = KEPT_FOR;

/// Begins an upload of `size` bytes; answers where its parts are to be sent.
///
/// # Errors
/// [`UploadError`]; [`UploadError::NotPresigned`] where the store is a directory.
pub async fn begin(
    receiver: &Receiver<'_>,
    filename: &str,
    size: u64,
    options: &Options,
) -> Result<(Pending, Presigned), UploadError> {
    let pending = pending::begin(receiver, "presigned", filename, size, options).await?;
    match sign(receiver, &pending).await {
        Ok(presigned) => Ok((pending, presigned)),
        Err(error) => {
            receiver.discard(pending.id).await;
            Err(error)
        }
    }
}

async fn sign(receiver: &Receiver<'_>, pending: &Pending) -> Result<Presigned, UploadError> {
    let key = receiver.key(pending.id);
    let presigned = receiver
        .store
        .presign(&key, pending.size(), EXPIRES_IN)
        .await?
        .ok_or(UploadError::NotPresigned)?;
    let state = Resumable {
        upload: Some(presigned.upload.clone()),
        parts: presigned
            .parts
            .iter()
            .map(|part| ResumablePart {
                entity_tag: String::new(),
                size: part.size,
            })
            .collect(),
    };
    pending::note_begun(receiver, pending.id, &state).await?;
    Ok(presigned)
}

/// Makes a document of an upload whose parts are all there; `entity_tags` are what the store answered to them, in their order. May be called
/// again, and answers the same.
///
/// # Errors
/// [`UploadError`].
pub async fn complete(
    app: &App,
    receiver: &Receiver<'_>,
    id: Uuid,
    entity_tags: Vec<String>,
) -> Result<Taken, UploadError> {
    let state = pending::state(receiver.database, receiver.tenant, id).await?;
    if let State::Finished { is_reused, .. } = state {
        return Ok(Taken {
            document_id: id,
            is_reused,
        });
    }
    let pending = pending::lock(receiver, id).await?;
    let completed = finish(app, receiver, &pending, entity_tags).await;
    if completed.is_err() {
        pending::unlock(receiver, id).await?;
    }
    completed
}

async fn finish(
    app: &App,
    receiver: &Receiver<'_>,
    pending: &Pending,
    entity_tags: Vec<String>,
) -> Result<Taken, UploadError> {
    let mut state = pending.state().clone();
    if entity_tags.len() != state.parts.len() {
        return Err(UploadError::WrongParts(state.parts.len()));
    }
    for (part, entity_tag) in state.parts.iter_mut().zip(entity_tags) {
        part.entity_tag = entity_tag;
    }
    let finished = resumable::finish(app, receiver, pending, &state).await;
    finished.map_err(|error| match error {
        UploadError::Store(StoreError::WrongParts(_)) => UploadError::UnknownParts, // They are what the client says.
        other => other,
    })
}
