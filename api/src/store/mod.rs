//! The object store: sources come in, results and sources go out, documents are removed.
//!
//! One trait, [`Backend`], and two implementations: a directory that API and encoders share, and S3. Keys are the same in both, see
//! [`crds::keys`]; names that people chose are never part of them. Nothing is renamed: an object is under its final key from its first
//! byte, and what an interrupted upload leaves is found by its row of `uploads`.

mod local;
mod s3;

use std::{fmt, io, ops::Range, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

pub use self::s3::S3Settings;

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names a kind of store that is not supported.
    #[error("the store {0} is not supported: use file:///<directory> or s3://<bucket>/<prefix>")]
    Unsupported(Url),
    /// The directory is not there.
    #[error("the store's directory {path} cannot be used: {source}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What is set for S3 makes no sense.
    #[error("the store {url} cannot be used as it is set up: {source}")]
    Settings {
        /// The store's address.
        url: Url,
        /// Why not.
        source: Box<object_store::Error>,
    },
    /// It cannot be written, or what was written cannot be read or deleted.
    #[error("the store {url} cannot be used: {source}")]
    Probe {
        /// The store's address.
        url: Url,
        /// Why not.
        source: Box<StoreError>,
    },
    /// It lets a second writer overwrite the first.
    #[error(
        "the store {0} does not create an object only if it is absent (If-None-Match on PutObject), which results rely on"
    )]
    NoCreateIfAbsent(Url),
}

/// The store failed, or has not got what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no object with this key.
    #[error("there is no object {0}")]
    NotFound(String),
    /// There is an object with this key already.
    #[error("there is an object {0} already")]
    AlreadyExists(String),
    /// What is there, or on the way to it, is no plain file or directory: a symbolic link, say, which an encoder may have made.
    #[error(
        "the object {0} is not a plain file, or a symbolic link is on the way to it, and none is followed"
    )]
    NotPlain(String),
    /// The parts that an object is to be made of are not there, or not as they are named.
    #[error("the parts of {0} are not all there, or have other entity tags")]
    WrongParts(String),
    /// As much as may be is in memory on its way to the store.
    #[error("there was no room in memory for more of {0}")]
    NoRoom(String),
    /// It came so slowly that others waited for its room in memory.
    #[error("{0} came so slowly that others waited for the room it took in memory")]
    TooSlow(String),
    /// It failed.
    #[error("the store failed to {doing} {key}: {source}")]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// To which key.
        key: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    pub(crate) fn failed(
        doing: &'static str,
        key: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Failed {
            doing,
            key: key.to_owned(),
            source: source.into(),
        }
    }
}

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

    /// Removes everything below a prefix, which names no part of a name, and all that was begun there, but what lies below `kept`, a prefix
    /// below that one. What is not there is removed already.
    async fn remove_all(&self, prefix: &str, kept: Option<&str>) -> Result<(), StoreError>;
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
        let backend: Arc<dyn Backend> = match url.scheme() {
            "file" => Arc::new(local::Directory::open(url).await?),
            "s3" => Arc::new(s3::S3::open(url, s3)?),
            _ => return Err(OpenError::Unsupported(url.clone())),
        };
        let store = Self(backend);
        store.check_create_if_absent(url).await?;
        Ok(store)
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
        self.0.remove_all(&prefix, None).await.map_err(probe)?;
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
        self.0.remove_all(prefix, None).await
    }

    /// Removes everything below a prefix as [`Self::remove_all`] does, but what lies below `kept`, a prefix below that one.
    ///
    /// # Errors
    /// [`StoreError`]; then some of it may be left.
    pub async fn remove_all_but(&self, prefix: &str, kept: &str) -> Result<(), StoreError> {
        self.0.remove_all(prefix, Some(kept)).await
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
