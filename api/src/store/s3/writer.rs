//! An object that comes in: in parts, or at once if it is no longer than one.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use object_store::{
    MultipartId, ObjectStore, PutMode, PutOptions, PutPayloadMut,
    multipart::{MultipartStore, PartId},
    path::Path,
};

use super::{
    Clients, failed,
    room::{Place, Room, UNCOUNTED_BYTES},
};
use crate::store::{ObjectWriter, StoreError};

/// Length of a part in bytes, but for the last: the least that S3 takes. It has ten thousand parts at most, so that an object has at most
/// 50 GB.
pub(super) const PART_BYTES: usize = 5 << 20;
/// An object that is written in parts, or at once if it is no longer than one.
pub(super) struct PartWriter {
    clients: Clients,
    path: Path,
    key: String,
    room: Arc<Room>,
    /// Held while there is more than a little in memory.
    place: Option<Place>,
    buffer: PutPayloadMut,
    upload: Option<MultipartId>,
    parts: Vec<PartId>,
}

impl PartWriter {
    /// Begins an object with this key, at this path of the bucket.
    pub(super) fn new(clients: Clients, path: Path, key: &str, room: Arc<Room>) -> Self {
        Self {
            clients,
            path,
            key: key.to_owned(),
            room,
            place: None,
            buffer: PutPayloadMut::new(),
            upload: None,
            parts: Vec::new(),
        }
    }

    async fn put_part(&mut self) -> Result<(), StoreError> {
        let client = &self.clients.quick;
        let upload = match &self.upload {
            Some(upload) => upload.clone(),
            None => client
                .create_multipart(&self.path)
                .await
                .map_err(|error| failed("create", &self.key, error))?,
        };
        self.upload = Some(upload.clone());
        let payload = std::mem::replace(&mut self.buffer, PutPayloadMut::new()).freeze();
        let part = client
            .put_part(&self.path, &upload, self.parts.len(), payload)
            .await
            .map_err(|error| failed("write", &self.key, error))?;
        self.parts.push(part);
        self.place = None;
        Ok(())
    }
}

#[async_trait]
impl ObjectWriter for PartWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        if self.place.is_none() && self.buffer.content_length() + bytes.len() > UNCOUNTED_BYTES {
            self.place = Some(self.room.take(&self.key).await?);
        }
        self.buffer.extend_from_slice(&bytes);
        if self.buffer.content_length() >= PART_BYTES {
            self.put_part().await?;
        } else if self.place.as_ref().is_some_and(Place::is_to_be_given_up) {
            return Err(StoreError::TooSlow(self.key.clone()));
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        if self.upload.is_none() {
            let payload = std::mem::replace(&mut self.buffer, PutPayloadMut::new()).freeze();
            return self
                .clients
                .quick
                .put_opts(&self.path, payload, PutOptions::from(PutMode::Create))
                .await
                .map(drop)
                .map_err(|error| failed("write", &self.key, error));
        }
        if self.buffer.content_length() > 0 {
            self.put_part().await?;
        }
        let (Some(upload), parts) = (self.upload.take(), std::mem::take(&mut self.parts)) else {
            return Ok(());
        };
        self.clients
            .patient
            .complete_multipart(&self.path, &upload, parts)
            .await
            .map(drop)
            .map_err(|error| failed("write", &self.key, error))
    }
}

impl Drop for PartWriter {
    /// Parts of an upload that nobody completes would be kept, and paid for, for ever.
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        let (client, path) = (self.clients.quick.clone(), self.path.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = client.abort_multipart(&path, &upload).await {
                    tracing::warn!(%error, %path, "unable to abort a multipart upload; the bucket's lifecycle rule has to");
                }
            });
        }
    }
}
