//! Uploads that go past the API: the client sends the parts to the store by URLs that were signed for them.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    UploadError,
    beginning::Once,
    intake::Taken,
    options::Options,
    pending::{self, KEPT_FOR, Method, NewPending, Pending, State},
    receive::Receiver,
    resumable,
};
use crate::{
    app::App,
    store::{Presigned, Resumable, ResumablePart, StoreError},
};

/// The URLs hold for as long as the upload.
const EXPIRES_IN: Duration = KEPT_FOR;

/// An upload that was begun, now or by the same request before.
pub struct Begun {
    /// Its id.
    pub id: Uuid,
    /// What is still to be sent, and where to; `None` where it is completed.
    pub open: Option<(Pending, Presigned)>,
    /// Whether it was begun before.
    pub is_replayed: bool,
}

/// Begins an upload of `size` bytes; answers where its parts are to be sent. Where it was begun by the same request before, that one is
/// answered, with URLs that are signed anew for what is left of its time.
///
/// # Errors
/// [`UploadError`]; [`UploadError::NotPresigned`] where the store is a directory.
pub async fn begin(
    receiver: &Receiver<'_>,
    filename: &str,
    size: u64,
    options: &Options,
    once: Option<&Once>,
    now: Timestamp,
) -> Result<Begun, UploadError> {
    let _lease = once.map(|once| once.lease(receiver));
    if let Some(once) = once
        && let Some((id, state)) = once.claim(receiver, Method::Presigned).await?
    {
        let open = match state {
            State::Pending(pending) => {
                let presigned = sign_again(receiver, &pending, now).await?;
                Some((pending, presigned))
            }
            State::Finished { .. } => None,
        };
        return Ok(Begun {
            id,
            open,
            is_replayed: true,
        });
    }
    let new = NewPending {
        method: Method::Presigned,
        filename,
        size,
        options,
        metadata: None,
    };
    let pending = match pending::begin(receiver, new, once).await {
        Ok(pending) => pending,
        Err(error) => {
            if let Some(once) = once {
                once.give_back(receiver, false).await;
            }
            return Err(error);
        }
    };
    let id = pending.id;
    match sign(receiver, &pending).await {
        Ok(presigned) => {
            if let Some(once) = once {
                once.begun(receiver, id).await;
            }
            Ok(Begun {
                id,
                open: Some((pending, presigned)),
                is_replayed: false,
            })
        }
        Err(error) => {
            receiver.discard(id).await;
            if let Some(once) = once {
                once.give_back(receiver, true).await;
            }
            Err(error)
        }
    }
}

/// Signs the parts of an upload that was begun before. Where the store was not asked yet, as what was to do it ended in the middle, it is now.
async fn sign_again(
    receiver: &Receiver<'_>,
    pending: &Pending,
    now: Timestamp,
) -> Result<Presigned, UploadError> {
    if pending.state().upload.is_none() {
        return sign(receiver, pending).await;
    }
    let left = Duration::try_from(pending.expires_at().duration_since(now)).unwrap_or_default();
    let key = receiver.key(pending.id);
    let presigned = receiver
        .store
        .presign(&key, pending.size(), Some(pending.state()), left)
        .await?;
    presigned.ok_or(UploadError::NotPresigned)
}

async fn sign(receiver: &Receiver<'_>, pending: &Pending) -> Result<Presigned, UploadError> {
    let key = receiver.key(pending.id);
    let presigned = receiver
        .store
        .presign(&key, pending.size(), None, EXPIRES_IN)
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
    let pending = match pending::lock(receiver, Method::Presigned, id).await {
        Ok(pending) => pending,
        Err(UploadError::WrongOffset(_)) => return finished(receiver, id).await,
        Err(error) => return Err(error),
    };
    let completed = finish(app, receiver, &pending, entity_tags).await;
    resumable::give_back_unless_finished(receiver, id, completed).await
}

/// What it became.
async fn finished(receiver: &Receiver<'_>, id: Uuid) -> Result<Taken, UploadError> {
    match pending::state(receiver.database, receiver.tenant, Method::Presigned, id).await? {
        State::Finished { is_reused, .. } => Ok(Taken {
            document_id: id,
            is_reused,
        }),
        State::Pending(_) => Err(UploadError::Locked),
    }
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
