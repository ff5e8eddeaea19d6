//! Receiving a file: to the store as it comes, hashed on the way.

use std::time::Duration;

use bytes::Bytes;
use crds::{Owner, keys};
use formats::{Format, HEAD_BYTES, detect};
use futures::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    UploadError,
    file_name::check_file_name,
    record::{self, NewUpload},
};
use crate::{
    database::{STEP_LIMIT, within},
    store::{ObjectWriter, Store, StoreError},
};

/// How long the removal of what was refused is waited for, before the answer.
const DISCARD_LIMIT: Duration = Duration::from_secs(2);

/// How much has come is noted each time so much more has, in bytes. A quota of bytes can be overrun by as much while a file comes in, never
/// by what becomes a document.
const NOTED_EVERY: u64 = 16 << 20;

/// Where files go, and whose they are.
#[derive(Clone, Copy, Debug)]
pub struct Receiver<'receiver> {
    /// The store.
    pub store: &'receiver Store,
    /// Postgres, as the API's role.
    pub database: &'receiver PgPool,
    /// Whose they are.
    pub tenant: Uuid,
    /// Who uploads them.
    pub user: Uuid,
    /// The request.
    pub holder: Uuid,
    /// The largest file in bytes.
    pub limit: u64,
    /// Whether they are kept. Else they are only compared with what came before.
    pub is_kept: bool,
}

/// A file that has come.
#[derive(Clone, Debug)]
pub struct ReceivedFile {
    /// The id of the document to be.
    pub id: Uuid,
    /// What the person called it.
    pub filename: String,
    /// What it is.
    pub format: Format,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

impl Receiver<'_> {
    /// Receives a file, and adds what was read to `digest`. What is refused, or cut off, leaves nothing.
    ///
    /// # Errors
    /// [`UploadError`]; where it [is of one file](UploadError::is_of_one_file), what is left of `bytes` can still be read.
    pub async fn receive(
        &self,
        filename: &str,
        bytes: &mut (impl Stream<Item = Result<Bytes, UploadError>> + Unpin + Send),
        digest: &mut Sha256,
    ) -> Result<ReceivedFile, UploadError> {
        check_file_name(filename)?;
        let id = Uuid::new_v4();
        if !self.is_kept {
            return self.copy(id, filename, bytes, digest, None).await;
        }
        let upload = NewUpload {
            id,
            tenant: self.tenant,
            user: self.user,
            holder: self.holder,
            method: "form",
            filename,
        };
        within(STEP_LIMIT, record::begin(self.database, upload)).await?;
        let received = match self.store.create(&self.key(id)).await {
            Ok(writer) => self.copy(id, filename, bytes, digest, Some(writer)).await,
            Err(error) => Err(error.into()),
        };
        let Err(error) = received else {
            return received;
        };
        self.discard(id).await;
        Err(match error {
            // The store knows its parts no more: the sweeper gave the upload up, or a rule of the bucket did.
            UploadError::Store(StoreError::NotFound(_)) => UploadError::Abandoned,
            other => other,
        })
    }

    fn owner(&self) -> Owner {
        Owner::Tenant(self.tenant.to_string())
    }

    /// Key of the source with this id.
    pub fn key(&self, id: Uuid) -> String {
        keys::source(&self.owner(), &id.to_string())
    }

    async fn advance(&self, id: Uuid, size: u64) -> Result<(), UploadError> {
        within(STEP_LIMIT, record::advance(self.database, self.tenant, id, size)).await
    }

    /// Removes a file that has come, or a part of one. Where that fails, or takes too long, the sweeper does it.
    pub async fn discard(&self, id: Uuid) {
        let removed = async {
            if !record::abandon(self.database, self.tenant, id).await? {
                return self.clear(id).await; // It is a document by now, or was given up before this request had written all it did.
            }
            self.remove(id).await?;
            record::forget(self.database, self.tenant, id).await?;
            Ok::<(), UploadError>(())
        };
        warn_of(id, within(DISCARD_LIMIT, removed).await);
    }

    /// Removes what this request has written of an upload that others gave up meanwhile: they have found nothing of it, and nobody else will.
    pub async fn discard_if_given_up(&self, id: Uuid) {
        warn_of(id, within(DISCARD_LIMIT, self.clear(id)).await);
    }

    async fn clear(&self, id: Uuid) -> Result<(), UploadError> {
        if record::is_nobodys(self.database, self.tenant, id).await? {
            self.remove(id).await?;
        }
        Ok(())
    }

    /// Removes whatever the store has under this id.
    pub(super) async fn remove(&self, id: Uuid) -> Result<(), UploadError> {
        let prefix = keys::document_prefix(&self.owner(), &id.to_string());
        Ok(self.store.remove_all(&prefix).await?)
    }

    /// What it is is decided as soon as enough of it is here.
    async fn copy(
        &self,
        id: Uuid,
        filename: &str,
        bytes: &mut (impl Stream<Item = Result<Bytes, UploadError>> + Unpin + Send),
        digest: &mut Sha256,
        mut writer: Option<Box<dyn ObjectWriter>>,
    ) -> Result<ReceivedFile, UploadError> {
        let (mut size, mut noted) = (0_u64, 0_u64);
        let mut head = Vec::with_capacity(HEAD_BYTES);
        let mut format = None;
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk?;
            digest.update(&chunk);
            size += chunk.len() as u64;
            if size > self.limit {
                return Err(UploadError::TooLarge { limit: self.limit });
            }
            if format.is_none() {
                head.extend_from_slice(&chunk[..chunk.len().min(HEAD_BYTES - head.len())]);
                if head.len() == HEAD_BYTES {
                    format = Some(detect(&head, false, filename)?);
                }
            }
            if let Some(writer) = &mut writer {
                writer.write(chunk).await?;
                if size - noted >= NOTED_EVERY {
                    noted = size;
                    self.advance(id, size).await?;
                }
            }
        }
        let format = match format {
            Some(format) => format,
            None => detect(&head, true, filename)?,
        };
        if let Some(writer) = writer {
            writer.finish().await?;
            self.advance(id, size).await?;
        }
        Ok(ReceivedFile {
            id,
            filename: filename.to_owned(),
            format,
            size,
            sha256: digest.clone().finalize().into(),
        })
    }
}

fn warn_of(id: Uuid, removed: Result<(), UploadError>) {
    if let Err(error) = removed {
        tracing::warn!(%error, upload_id = %id, "unable to remove a refused upload; the sweeper does it");
    }
}
