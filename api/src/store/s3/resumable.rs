//! An object that comes in several goes: parts of a multipart upload, and what is too short for a part as an object beside.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::{
    ObjectStore, ObjectStoreExt, PutPayload, PutPayloadMut,
    aws::AmazonS3,
    multipart::{MultipartStore, PartId},
    path::Path,
};

use super::{
    Clients, failed,
    room::{Place, Room, UNCOUNTED_BYTES},
    writer::PART_BYTES,
};
use crate::store::{Resumable, ResumablePart, ResumableWriter, StoreError};

/// An object that is gone on with.
pub(super) struct PausedWriter {
    client: Arc<AmazonS3>,
    path: Path,
    key: String,
    state: Resumable,
    room: Arc<Room>,
    /// Held while there is more than a little in memory.
    place: Option<Place>,
    buffer: PutPayloadMut,
    offset: u64,
}

/// Where what is too short for a part lies until more comes. Its name tells how much there is in all, so that what a crash left is never
/// taken for what was noted.
fn tail_path(path: &Path, offset: u64) -> Path {
    tails(path).join(offset.to_string())
}

/// All of them, beside the object.
fn tails(path: &Path) -> Path {
    let above = path.parts_count().saturating_sub(1);
    path.parts().take(above).collect::<Path>().join("tails")
}

fn written(state: &Resumable) -> u64 {
    state.parts.iter().map(|part| part.size).sum()
}

impl PausedWriter {
    pub(super) async fn resume(
        client: Arc<AmazonS3>,
        path: Path,
        key: &str,
        room: Arc<Room>,
        state: Resumable,
        offset: u64,
    ) -> Result<Self, StoreError> {
        let (mut place, mut buffer) = (None, PutPayloadMut::new());
        let tail = offset.saturating_sub(written(&state));
        if tail > UNCOUNTED_BYTES as u64 {
            place = Some(room.take(key).await?);
        }
        if tail > 0 {
            let tail = client
                .get(&tail_path(&path, offset))
                .await
                .map_err(|error| failed("read the tail of", key, error))?;
            let bytes = tail
                .bytes()
                .await
                .map_err(|error| failed("read the tail of", key, error))?;
            buffer.extend_from_slice(&bytes);
        }
        Ok(Self {
            client,
            path,
            key: key.to_owned(),
            state,
            room,
            place,
            buffer,
            offset,
        })
    }

    async fn put_part(&mut self) -> Result<(), StoreError> {
        let upload = match &self.state.upload {
            Some(upload) => upload.clone(),
            None => self
                .client
                .create_multipart(&self.path)
                .await
                .map_err(|error| failed("create", &self.key, error))?,
        };
        self.state.upload = Some(upload.clone());
        let payload = std::mem::replace(&mut self.buffer, PutPayloadMut::new()).freeze();
        let size = payload.content_length() as u64;
        let part = self
            .client
            .put_part(&self.path, &upload, self.state.parts.len(), payload)
            .await
            .map_err(|error| failed("write", &self.key, error))?;
        self.state.parts.push(ResumablePart {
            entity_tag: part.content_id,
            size,
        });
        self.place = None;
        Ok(())
    }
}

#[async_trait]
impl ResumableWriter for PausedWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        if self.place.is_none() && self.buffer.content_length() + bytes.len() > UNCOUNTED_BYTES {
            self.place = Some(self.room.take(&self.key).await?);
        }
        self.offset += bytes.len() as u64;
        self.buffer.extend_from_slice(&bytes);
        if self.buffer.content_length() >= PART_BYTES {
            self.put_part().await?;
        } else if self.place.as_ref().is_some_and(Place::is_to_be_given_up) {
            return Err(StoreError::TooSlow(self.key.clone()));
        }
        Ok(())
    }

    async fn pause(mut self: Box<Self>, is_last: bool) -> Result<Resumable, StoreError> {
        if self.buffer.content_length() > 0 && is_last {
            self.put_part().await?; // The last part may be short.
        }
        if self.buffer.content_length() > 0 {
            let payload: PutPayload = std::mem::replace(&mut self.buffer, PutPayloadMut::new()).freeze();
            self.client
                .put(&tail_path(&self.path, self.offset), payload)
                .await
                .map_err(|error| failed("write the tail of", &self.key, error))?;
        }
        Ok(self.state)
    }
}

/// Whether S3 refuses the parts that are named and not the request as such: the codes of the errors of `CompleteMultipartUpload`. The
/// library tells them in words alone.
fn is_of_the_parts(error: &str) -> bool {
    // An entity tag that is empty or no XML can hold makes the list one that is not well-formed.
    [
        "InvalidPart",
        "InvalidPartOrder",
        "EntityTooSmall",
        "MalformedXML",
    ]
    .iter()
    .any(|code| error.contains(&format!("<Code>{code}</Code>")))
}

/// Makes an object of the parts.
pub(super) async fn complete(
    clients: &Clients,
    path: &Path,
    key: &str,
    state: &Resumable,
    size: u64,
) -> Result<(), StoreError> {
    let Some(upload) = state.upload.as_ref().filter(|_| written(state) == size) else {
        return Err(StoreError::failed("complete", key, "its parts are not all there"));
    };
    let parts = state
        .parts
        .iter()
        .map(|part| PartId {
            content_id: part.entity_tag.clone(),
        })
        .collect();
    clients
        .patient
        .complete_multipart(path, upload, parts)
        .await
        .map_err(|error| {
            if is_of_the_parts(&error.to_string()) {
                StoreError::WrongParts(key.to_owned())
            } else {
                failed("complete", key, error)
            }
        })?;
    remove_tails(&clients.quick, path, key).await
}

/// Removes what lay beside the object while it came.
pub(super) async fn remove_tails(client: &AmazonS3, path: &Path, key: &str) -> Result<(), StoreError> {
    let found = client.list(Some(&tails(path))).map_ok(|object| object.location);
    let removed = client.delete_stream(found.boxed()).try_for_each(async |_| Ok(()));
    removed
        .await
        .map_err(|error| failed("remove the tail of", key, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_wrong_are_told_from_a_store_that_fails() {
        for (code, expected) in [
            ("InvalidPart", true),
            ("InvalidPartOrder", true),
            ("EntityTooSmall", true),
            ("MalformedXML", true),
            ("AccessDenied", false),
            ("SlowDown", false),
        ] {
            let error = format!("400 Bad Request: <Error><Code>{code}</Code><Message>x</Message></Error>");
            assert_eq!(is_of_the_parts(&error), expected, "{code}");
        }
    }
}
