//! The object store: sources come in, results and sources go out, documents are removed.
//!
//! One trait, [`Backend`], and two implementations: a directory that API and encoders share, and S3. Keys are the same in both, see
//! [`crds::keys`]; names that people chose are never part of them. Nothing is renamed: an object is under its final key from its first
//! byte, and what an interrupted upload leaves is found by its row of `uploads`.

mod error;
mod local;
mod s3;

use std::{fmt, io, ops::Range, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

pub use self::{
    error::{OpenError, StoreError},
    s3::S3Settings,
};

/// An object that is open for reading.
pub struct Object {
    /// Length of the whole object in bytes.
    pub size: u64,
    stream: BoxStream<'static, io::Result<Bytes>>,
}

impl Object {
    /// Its bytes, or those of the range that was asked for, as they come.
    pub fn into_stream(self) -> BoxStream<'static, io::Result<Bytes>> {
        self.stream
    }

    /// All of its bytes at once.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn bytes(self) -> io::Result<Vec<u8>> {
        self.stream
            .try_fold(Vec::new(), async |mut all, bytes| {
                all.extend_from_slice(&bytes);
                Ok(all)
            })
            .await
    }
}

/// An object that is being written. It exists once it is finished; dropped before, it is left to [`Store::remove_all`].
#[async_trait]
pub trait ObjectWriter: Send {
    /// Adds to it. Waits while the store is slower than what comes, so that little is held in memory.
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError>;

    /// Ends it. What was written is safe when this returns.
    async fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// What is known of an object that is written in several goes: what a store needs to go on with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Resumable {
    /// The store's id of a multipart upload.
    pub upload: Option<String>,
    /// The parts that are there.
    pub parts: Vec<ResumablePart>,
}

/// A part of an object that is written in several goes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ResumablePart {
    /// Its entity tag.
    pub entity_tag: String,
    /// Its length in bytes.
    pub size: u64,
}

/// An object that is written in several goes.
#[async_trait]
pub trait ResumableWriter: Send {
    /// Adds to it.
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError>;

    /// Ends this go. What was written is safe when this returns, and can be gone on with by what is answered. `is_last` says that nothing
    /// will be added.
    async fn pause(self: Box<Self>, is_last: bool) -> Result<Resumable, StoreError>;
}

/// An object that a client writes by itself.
pub struct Presigned {
    /// The store's id of the multipart upload.
    pub upload: String,
    /// Its parts, in their order.
    pub parts: Vec<PresignedPart>,
}

/// A part that a client writes by itself.
pub struct PresignedPart {
    /// Its length in bytes.
    pub size: u64,
    /// Where it is sent by PUT. Who has it can write the part, so that it is told to nobody else.
    pub url: Url,
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its length in bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: Timestamp,
}

/// What a kind of store can do.
#[async_trait]
pub(super) trait Backend: fmt::Debug + Send + Sync {
    /// Begins an object that must not be there yet.
    async fn create(&self, key: &str) -> Result<Box<dyn ObjectWriter>, StoreError>;

    /// Writes a small object that must not be there yet, at once.
    async fn put_if_absent(&self, key: &str, bytes: Bytes) -> Result<(), StoreError>;

    /// Goes on with an object that has `offset` bytes by now; what was written beyond, and is not known to be safe, is written over.
    async fn resume(
        &self,
        key: &str,
        state: Resumable,
        offset: u64,
    ) -> Result<Box<dyn ResumableWriter>, StoreError>;

    /// Makes an object of what was written in several goes. May be called again.
    async fn complete(&self, key: &str, state: &Resumable, size: u64) -> Result<(), StoreError>;

    /// Begins an object of `size` bytes that a client writes by itself, in parts, within a time, or goes on with one that was begun so; `None`
    /// where this kind of store cannot.
    async fn presign(
        &self,
        _key: &str,
        _size: u64,
        _begun: Option<&Resumable>,
        _expires_in: Duration,
    ) -> Result<Option<Presigned>, StoreError> {
        Ok(None)
    }

    /// Opens an object, or a range of its bytes, which is cut to its length.
    async fn open(&self, key: &str, range: Option<Range<u64>>) -> Result<Object, StoreError>;

    /// Length of an object in bytes.
    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError>;

    /// Removes everything below a prefix, which names no part of a name, and all that was begun there, but what lies below those of `kept`,
    /// prefixes below that one. What is not there is removed already.
    async fn remove_all(&self, prefix: &str, kept: &[String]) -> Result<(), StoreError>;

    /// All objects below a prefix, which names no part of a name; those of a prefix one after the other.
    fn list(&self, prefix: &str) -> BoxStream<'static, Result<Listed, StoreError>>;
}

/// The store.
#[derive(Clone, Debug)]
pub struct Store(Arc<dyn Backend>);

impl Store {
    /// Opens the store and checks that it does what is relied on.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(url: &Url, s3: &S3Settings) -> Result<Self, OpenError> {
        let store = Self::connect(url, s3).await?;
        store.check_create_if_absent(url).await?;
        Ok(store)
    }

    /// Opens the store for who only lists, reads and removes: nothing is written to check it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn connect(url: &Url, s3: &S3Settings) -> Result<Self, OpenError> {
        let backend: Arc<dyn Backend> = match url.scheme() {
            "file" => Arc::new(local::Directory::open(url).await?),
            "s3" => Arc::new(s3::S3::open(url, s3)?),
            _ => return Err(OpenError::Unsupported(url.clone())),
        };
        Ok(Self(backend))
    }

    async fn check_create_if_absent(&self, url: &Url) -> Result<(), OpenError> {
        let probe = |source| OpenError::Probe {
            url: url.clone(),
            source: Box::new(source),
        };
        let prefix = format!("probes/{}", Uuid::new_v4());
        let key = format!("{prefix}/probe");
        let create = || self.0.put_if_absent(&key, Bytes::from_static(b"probe"));
        create().await.map_err(probe)?;
        let second = create().await;
        self.0.remove_all(&prefix, &[]).await.map_err(probe)?;
        match second {
            Err(StoreError::AlreadyExists(_)) => Ok(()),
            Ok(()) => Err(OpenError::NoCreateIfAbsent(url.clone())),
            Err(error) => Err(probe(error)),
        }
    }

    /// Begins an object that must not be there yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create(&self, key: &str) -> Result<Box<dyn ObjectWriter>, StoreError> {
        self.0.create(key).await
    }

    /// Goes on with an object that is written in several goes and has `offset` bytes by now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn resume(
        &self,
        key: &str,
        state: Resumable,
        offset: u64,
    ) -> Result<Box<dyn ResumableWriter>, StoreError> {
        self.0.resume(key, state, offset).await
    }

    /// Makes an object of `size` bytes of what was written in several goes. May be called again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn complete(&self, key: &str, state: &Resumable, size: u64) -> Result<(), StoreError> {
        self.0.complete(key, state, size).await
    }

    /// Begins an object of `size` bytes that a client writes by itself, in parts, within a time, or goes on with one that was begun so: then
    /// its parts are those of `begun`, and what was sent of them stays. `None` where this store cannot.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn presign(
        &self,
        key: &str,
        size: u64,
        begun: Option<&Resumable>,
        expires_in: Duration,
    ) -> Result<Option<Presigned>, StoreError> {
        self.0.presign(key, size, begun, expires_in).await
    }

    /// Opens an object.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(&self, key: &str) -> Result<Object, StoreError> {
        self.0.open(key, None).await
    }

    /// Opens a range of an object's bytes, which is cut to its length.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_range(&self, key: &str, range: Range<u64>) -> Result<Object, StoreError> {
        self.0.open(key, Some(range)).await
    }

    /// Length of an object in bytes; `None` where there is none with this key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.0.size(key).await
    }

    /// Removes everything below a prefix, and all that was begun there; what is not there is removed already.
    ///
    /// # Errors
    /// [`StoreError`]; then some of it may be left.
    pub async fn remove_all(&self, prefix: &str) -> Result<(), StoreError> {
        self.0.remove_all(prefix, &[]).await
    }

    /// All objects below a prefix; those with a longer prefix in common come one after the other. What comes or goes meanwhile may be in it.
    pub fn list(&self, prefix: &str) -> BoxStream<'static, Result<Listed, StoreError>> {
        self.0.list(prefix)
    }

    /// Removes everything below a prefix as [`Self::remove_all`] does, but what lies below those of `kept`, prefixes below that one.
    ///
    /// # Errors
    /// [`StoreError`]; then some of it may be left.
    pub async fn remove_all_but(&self, prefix: &str, kept: &[String]) -> Result<(), StoreError> {
        self.0.remove_all(prefix, kept).await
    }
}

/// So that a client that reads slowly, or not at all, holds no file open for ever, and a store that falls silent holds no request.
const SILENT_FOR: Duration = Duration::from_secs(30);

/// A stream that fails where its source is silent for too long.
fn never_silent(stream: BoxStream<'static, io::Result<Bytes>>) -> BoxStream<'static, io::Result<Bytes>> {
    futures::stream::unfold(Some(stream), async |stream| {
        let mut stream = stream?;
        match tokio::time::timeout(SILENT_FOR, stream.next()).await {
            Ok(Some(Ok(bytes))) => Some((Ok(bytes), Some(stream))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), None)),
        }
    })
    .boxed()
}
