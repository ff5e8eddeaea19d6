//! The object store, as far as the API needs it: uploads come in, results and sources go out, documents are removed.

use std::{fs::File, io, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use object_store::{
    ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, buffered::BufWriter,
    local::LocalFileSystem, path::Path,
};
use rustix::fs::{Mode, OFlags, ResolveFlags};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;
use url::Url;
use uuid::Uuid;

/// Where uploads lie while they come in. An upload that is refused leaves nothing among the documents.
const STAGING: &str = "staging";
/// So many bytes are read at a time.
const READ_BYTES: usize = 64 << 10;
/// Up to so many bytes are held in memory before they are written; a part of S3 would have at least so many.
const BUFFER_BYTES: usize = 5 << 20;

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names a kind of store that is not supported.
    #[error(
        "the store {0} is not supported: use file:///<directory>, a volume shared with the encoders (s3:// is to come)"
    )]
    Unsupported(Url),
    /// The directory is not there.
    #[error("the store's directory {path} cannot be used: {source}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It cannot be written.
    #[error("the store {url} cannot be written: {source}")]
    Write {
        /// The store's address.
        url: Url,
        /// Why not.
        source: object_store::Error,
    },
    /// It does not keep a second writer from overwriting the first.
    #[error(
        "the store {0} cannot create an object only if it is absent, which results rely on: its file system must support hard links"
    )]
    NoCreateIfAbsent(Url),
}

/// An object cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is none with this key.
    #[error("there is no object {0}")]
    NotFound(String),
    /// What is there, or on the way to it, is no plain file or directory: a symbolic link, say, which an encoder may have made.
    #[error(
        "the object {0} is not a plain file, or a symbolic link is on the way to it, and none is followed"
    )]
    NotPlain(String),
    /// The store failed.
    #[error("unable to read the object {key}: {source}")]
    Failed {
        /// Its key.
        key: String,
        /// Why not.
        source: io::Error,
    },
}

/// An object that is open for reading.
#[derive(Debug)]
pub struct Object {
    /// Its length in bytes.
    pub size: u64,
    key: String,
    file: File,
}

impl Object {
    /// Its bytes, as they come.
    pub fn into_stream(self) -> BoxStream<'static, io::Result<Bytes>> {
        ReaderStream::with_capacity(tokio::fs::File::from_std(self.file), READ_BYTES).boxed()
    }

    /// All of its bytes.
    ///
    /// # Errors
    /// [`ReadError::Failed`].
    pub async fn bytes(self) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        let mut file = tokio::fs::File::from_std(self.file).take(self.size);
        match file.read_to_end(&mut bytes).await {
            Ok(_) => Ok(bytes),
            Err(source) => Err(ReadError::Failed {
                key: self.key,
                source,
            }),
        }
    }
}

/// The store.
#[derive(Clone, Debug)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    root: PathBuf,
}

impl Store {
    /// Opens the store and checks that it does what is relied on.
    pub async fn open(url: &Url) -> Result<Self, OpenError> {
        if url.scheme() != "file" {
            return Err(OpenError::Unsupported(url.clone()));
        }
        let path = url
            .to_file_path()
            .map_err(|()| OpenError::Unsupported(url.clone()))?;
        let root = tokio::fs::canonicalize(&path)
            .await
            .map_err(|source| OpenError::Directory {
                path: path.clone(),
                source,
            })?;
        let objects = LocalFileSystem::new_with_prefix(&root)
            .map_err(|source| OpenError::Write {
                url: url.clone(),
                source,
            })?
            .with_fsync(true);
        let store = Self {
            objects: Arc::new(objects),
            root,
        };
        store.check_create_if_absent(url).await?;
        Ok(store)
    }

    async fn check_create_if_absent(&self, url: &Url) -> Result<(), OpenError> {
        let probe = Path::from(format!("{STAGING}/probe-{}", Uuid::new_v4()));
        let create = || {
            let options = PutOptions::from(PutMode::Create);
            self.objects
                .put_opts(&probe, PutPayload::from_static(b"probe"), options)
        };
        let write_error = |source| OpenError::Write {
            url: url.clone(),
            source,
        };
        create().await.map_err(write_error)?;
        let second = create().await;
        self.objects.delete(&probe).await.map_err(write_error)?;
        match second {
            Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            _ => Err(OpenError::NoCreateIfAbsent(url.clone())),
        }
    }

    /// Begins an upload, outside of all documents.
    pub fn stage(&self) -> Staged {
        let path = Path::from(format!("{STAGING}/{}", Uuid::new_v4()));
        Staged {
            writer: BufWriter::with_capacity(self.objects.clone(), path.clone(), BUFFER_BYTES),
            path,
        }
    }

    /// Puts a finished upload in its place.
    pub async fn publish(&self, staged: &StagedObject, key: &str) -> Result<(), object_store::Error> {
        self.objects
            .rename_if_not_exists(&staged.0, &Path::from(key))
            .await
    }

    /// Throws a finished upload away.
    pub async fn discard(&self, staged: &StagedObject) {
        if let Err(error) = self.objects.delete(&staged.0).await {
            tracing::warn!(%error, object = %staged.0, "unable to remove a refused upload; it is removed later");
        }
    }

    /// Opens an object. No symbolic link is followed on the way to it: encoders write below their owner's prefix, and what they
    /// make there must not lead anywhere else.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn read(&self, key: &str) -> Result<Object, ReadError> {
        let Ok(path) = Path::parse(key) else {
            return Err(ReadError::NotFound(key.to_owned()));
        };
        let (root, key) = (self.root.clone(), key.to_owned());
        let name = key.clone();
        match tokio::task::spawn_blocking(move || open(&root, path.as_ref(), key)).await {
            Ok(opened) => opened,
            Err(error) => Err(ReadError::Failed {
                key: name,
                source: io::Error::other(error),
            }),
        }
    }

    /// Whether there is an object with this key.
    pub async fn exists(&self, key: &str) -> Result<bool, object_store::Error> {
        match self.objects.head(&Path::parse(key)?).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes everything of one document; what is not there is removed already.
    ///
    /// The directories above stay: a volume's sub-path of the tenant may be mounted by an encoder.
    pub async fn remove_document(&self, prefix: &str) -> Result<(), std::io::Error> {
        let directory = self.root.join(prefix);
        match tokio::fs::remove_dir_all(&directory).await {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        if let Some(documents) = directory.parent() {
            let _ = tokio::fs::remove_dir(documents).await; // Fails, rightly, while another document is there.
        }
        Ok(())
    }

    /// Removes uploads that a crash cut off, older than `age`; answers how many.
    pub async fn remove_abandoned_uploads(&self, age: Duration) -> Result<u64, std::io::Error> {
        let mut removed = 0;
        let mut entries = match tokio::fs::read_dir(self.root.join(STAGING)).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error),
        };
        while let Some(entry) = entries.next_entry().await? {
            let Ok(metadata) = entry.metadata().await else {
                continue; // Gone in the meantime.
            };
            let is_old = metadata
                .modified()
                .ok()
                .and_then(|time| time.elapsed().ok())
                .is_some_and(|elapsed| elapsed > age);
            if metadata.is_file() && is_old && tokio::fs::remove_file(entry.path()).await.is_ok() {
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// What `openat2(2)` answers where a symbolic link is met, or would lead out.
fn is_link(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::LOOP, Errno::XDEV]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

fn open(root: &std::path::Path, path: &str, key: String) -> Result<Object, ReadError> {
    let opened = || -> io::Result<(File, std::fs::Metadata)> {
        let root = File::open(root)?;
        // Without waiting: a pipe somebody put there would never be opened.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let file: File = rustix::fs::openat2(&root, path, flags, Mode::empty(), resolve)?.into();
        let metadata = file.metadata()?;
        Ok((file, metadata))
    };
    match opened() {
        Ok((file, metadata)) if metadata.is_file() => Ok(Object {
            size: metadata.len(),
            key,
            file,
        }),
        Ok(_) => Err(ReadError::NotPlain(key)),
        Err(source) => Err(match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::NotFound(key),
            _ if is_link(&source) => ReadError::NotPlain(key),
            _ => ReadError::Failed { key, source },
        }),
    }
}

/// An upload that is coming in. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Staged {
    writer: BufWriter,
    path: Path,
}

/// An upload that is in, and has no place yet.
#[derive(Debug)]
pub struct StagedObject(Path);

impl Staged {
    /// Adds to it.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), object_store::Error> {
        self.writer.put(bytes).await
    }

    /// Ends it.
    pub async fn finish(mut self) -> Result<StagedObject, std::io::Error> {
        self.writer.shutdown().await?;
        Ok(StagedObject(self.path))
    }

    /// Throws it away.
    pub async fn abort(mut self) {
        if let Err(error) = self.writer.abort().await {
            tracing::warn!(%error, object = %self.path, "unable to remove a refused upload; it is removed later");
        }
    }
}
