//! A directory that API and encoders share: a volume that all can mount.
//!
//! An encoder writes below its owner's prefix and may make anything there, so no symbolic link is followed, neither at the end of a path
//! nor on the way (`openat2(2)` with `RESOLVE_BENEATH` and `RESOLVE_NO_SYMLINKS`), whether something is read, written or removed.

mod listing;
mod removal;

use std::{
    fs::File,
    io::{self, Seek, Write},
    ops::Range,
    os::fd::{AsRawFd, OwnedFd},
    path::PathBuf,
    sync::Arc,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream::BoxStream};
use rustix::fs::{Mode, OFlags, ResolveFlags};
use tokio::sync::mpsc;
use tokio_util::io::ReaderStream;
use url::Url;

use super::{Backend, Listed, Object, ObjectWriter, OpenError, Resumable, ResumableWriter, StoreError};

/// So many bytes are read at a time.
const READ_BYTES: usize = 64 << 10;
/// So many entries of a list are read ahead.
const LISTED_AHEAD: usize = 256;
/// So many bytes are gathered before they are written.
const WRITE_BYTES: usize = 512 << 10;

/// The directory.
#[derive(Debug)]
pub(super) struct Directory {
    root: Arc<OwnedFd>,
}

impl Directory {
    pub(super) async fn open(url: &Url) -> Result<Self, OpenError> {
        let path = url
            .to_file_path()
            .map_err(|()| OpenError::Unsupported(url.clone()))?;
        let open = {
            let path = path.clone();
            move || -> io::Result<OwnedFd> {
                let directory = File::open(&path)?;
                if directory.metadata()?.is_dir() {
                    Ok(directory.into())
                } else {
                    Err(io::ErrorKind::NotADirectory.into())
                }
            }
        };
        match blocking(open).await {
            Ok(root) => Ok(Self { root: Arc::new(root) }),
            Err(source) => Err(OpenError::Directory { path, source }),
        }
    }

    /// Does something with the directory where nothing else waits for it.
    async fn with_root<Answer: Send + 'static>(
        &self,
        act: impl FnOnce(&OwnedFd) -> io::Result<Answer> + Send + 'static,
    ) -> io::Result<Answer> {
        let root = self.root.clone();
        blocking(move || act(&root)).await
    }
}

async fn blocking<Answer: Send + 'static>(
    act: impl FnOnce() -> io::Result<Answer> + Send + 'static,
) -> io::Result<Answer> {
    tokio::task::spawn_blocking(act)
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn open_beneath(root: &OwnedFd, path: &str, flags: OFlags) -> io::Result<File> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    // Without waiting: a pipe that somebody put there would never be opened.
    let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mode = Mode::from_raw_mode(0o644);
    let mode = if flags.contains(OFlags::CREATE) {
        mode
    } else {
        Mode::empty()
    };
    Ok(rustix::fs::openat2(root, path, flags, mode, resolve)?.into())
}

/// A path by which the standard library finds a directory that is open, and from which it follows no link.
fn opened(directory: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()))
}

/// Makes the directories on the way to a key, and answers the last of them and the name in it.
fn make_parents<'key>(root: &OwnedFd, key: &'key str) -> io::Result<(OwnedFd, &'key str)> {
    let (parents, name) = key.rsplit_once('/').unwrap_or((".", key));
    let mut made = String::new();
    for part in parents.split('/') {
        if !made.is_empty() {
            made.push('/');
        }
        made.push_str(part);
        // Encoders, which run as other users of the volume's group, write beside sources.
        let (above, part) = match made.rsplit_once('/') {
            Some((above, part)) => (above, part),
            None => (".", made.as_str()),
        };
        if part == "." {
            continue;
        }
        let above = open_beneath(root, above, OFlags::RDONLY | OFlags::DIRECTORY)?;
        match rustix::fs::mkdirat(&above, part, Mode::from_raw_mode(0o777)) {
            Ok(()) => above.sync_all()?,
            Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let parent = open_beneath(root, parents, OFlags::RDONLY | OFlags::DIRECTORY)?;
    Ok((parent.into(), name))
}

fn create(root: &OwnedFd, key: &str) -> io::Result<(File, OwnedFd)> {
    let (parent, name) = make_parents(root, key)?;
    let file = open_beneath(&parent, name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
    Ok((file, parent))
}

/// Makes a file and its name safe from a loss of power.
fn sync(file: &File, parent: &OwnedFd) -> io::Result<()> {
    file.sync_all()?;
    File::from(parent.try_clone()?).sync_all()
}

fn failed(doing: &'static str, key: &str, error: io::Error) -> StoreError {
    use rustix::io::Errno;
    let is = |errno: Errno| error.raw_os_error() == Some(errno.raw_os_error());
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => StoreError::NotFound(key.to_owned()),
        io::ErrorKind::AlreadyExists => StoreError::AlreadyExists(key.to_owned()),
        _ if is(Errno::LOOP) || is(Errno::XDEV) => StoreError::NotPlain(key.to_owned()),
        _ => StoreError::failed(doing, key, error),
    }
}

/// A key that leads nowhere else: no empty part, no `.` and no `..`.
fn checked(key: &str) -> Result<String, StoreError> {
    if key.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(StoreError::NotFound(key.to_owned()));
    }
    Ok(key.to_owned())
}

#[async_trait]
impl Backend for Directory {
    async fn create(&self, key: &str) -> Result<Box<dyn ObjectWriter>, StoreError> {
        let key = checked(key)?;
        let path = key.clone();
        let created = self.with_root(move |root| {
            // Between making a directory and opening it somebody may have removed it as empty.
            let retried = (0..3).find_map(|_| match create(root, &path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                created => Some(created),
            });
            retried.unwrap_or_else(|| create(root, &path))
        });
        let (file, parent) = created.await.map_err(|error| failed("create", &key, error))?;
        Ok(Box::new(FileWriter::new(file, parent, key)))
    }

    async fn resume(
        &self,
        key: &str,
        _state: Resumable,
        offset: u64,
    ) -> Result<Box<dyn ResumableWriter>, StoreError> {
        let key = checked(key)?;
        let path = key.clone();
        let opened = self.with_root(move |root| {
            let (parent, name) = make_parents(root, &path)?;
            let mut file = open_beneath(&parent, name, OFlags::WRONLY | OFlags::CREATE)?;
            file.set_len(offset)?;
            file.seek(io::SeekFrom::Start(offset))?;
            Ok((file, parent))
        });
        let (file, parent) = opened.await.map_err(|error| failed("go on with", &key, error))?;
        Ok(Box::new(FileWriter::new(file, parent, key)))
    }

    async fn complete(&self, key: &str, _state: &Resumable, size: u64) -> Result<(), StoreError> {
        match self.size(key).await? {
            Some(found) if found == size => Ok(()),
            found => Err(StoreError::failed(
                "complete",
                key,
                format!("it has {found:?} bytes and not {size}"),
            )),
        }
    }

    async fn put_if_absent(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        let mut writer = self.create(key).await?;
        writer.write(bytes).await?;
        writer.finish().await
    }

    async fn open(&self, key: &str, range: Option<Range<u64>>) -> Result<Object, StoreError> {
        let path = checked(key)?;
        let opened = self
            .with_root(move |root| {
                let mut file = open_beneath(root, &path, OFlags::RDONLY)?;
                let metadata = file.metadata()?;
                if !metadata.is_file() {
                    return Ok(None);
                }
                let size = metadata.len();
                let range = range.unwrap_or(0..size);
                let (start, end) = (range.start.min(size), range.end.min(size));
                file.seek(io::SeekFrom::Start(start))?;
                Ok(Some((file, size, end.saturating_sub(start))))
            })
            .await
            .map_err(|error| failed("read", key, error))?;
        let Some((file, size, length)) = opened else {
            return Err(StoreError::NotPlain(key.to_owned()));
        };
        let reader = tokio::io::AsyncReadExt::take(tokio::fs::File::from_std(file), length);
        Ok(Object {
            size,
            stream: ReaderStream::with_capacity(reader, READ_BYTES).boxed(),
        })
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        match self.open(key, Some(0..0)).await {
            Ok(object) => Ok(Some(object.size)),
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn remove_all(&self, prefix: &str, kept: &[String]) -> Result<(), StoreError> {
        let path = checked(prefix)?;
        let kept: Vec<String> = kept.iter().map(|kept| checked(kept)).collect::<Result<_, _>>()?;
        let removed = self.with_root(move |root| {
            if kept.is_empty() {
                removal::remove(root, &path)
            } else {
                removal::remove_beside(root, &path, &kept)
            }
        });
        removed.await.map_err(|error| failed("remove", prefix, error))
    }

    fn list(&self, prefix: &str) -> BoxStream<'static, Result<Listed, StoreError>> {
        let path = match checked(prefix) {
            Ok(path) => path,
            Err(error) => return futures::stream::iter([Err(error)]).boxed(),
        };
        let (sender, receiver) = mpsc::channel(LISTED_AHEAD);
        let (root, prefix) = (self.root.clone(), prefix.to_owned());
        tokio::task::spawn_blocking(move || {
            let listed = listing::list(&root, &path, &mut |listed| {
                sender.blocking_send(Ok(listed)).is_ok()
            });
            if let Err(error) = listed {
                let _ = sender.blocking_send(Err(failed("list", &prefix, error))); // Or nobody listens any more.
            }
        });
        futures::stream::unfold(receiver, async |mut receiver| {
            Some((receiver.recv().await?, receiver))
        })
        .boxed()
    }
}

/// A file that is being written.
struct FileWriter {
    /// Away while a thread writes it.
    file: Option<File>,
    parent: OwnedFd,
    key: String,
    buffer: BytesMut,
}

impl FileWriter {
    fn new(file: File, parent: OwnedFd, key: String) -> Self {
        Self {
            file: Some(file),
            parent,
            key,
            buffer: BytesMut::new(),
        }
    }

    async fn sync(mut self) -> Result<(), StoreError> {
        self.flush().await?;
        let Self {
            file, parent, key, ..
        } = self;
        let Some(file) = file else {
            return Err(StoreError::failed("write", &key, "an earlier write failed"));
        };
        blocking(move || sync(&file, &parent))
            .await
            .map_err(|error| failed("write", &key, error))
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let bytes = self.buffer.split();
        let written = match self.file.take() {
            Some(mut file) => {
                blocking(move || {
                    file.write_all(&bytes)?;
                    Ok((file, bytes))
                })
                .await
            }
            None => Err(io::Error::other("an earlier write failed")),
        };
        let (file, mut bytes) = written.map_err(|error| failed("write", &self.key, error))?;
        self.file = Some(file);
        bytes.clear();
        self.buffer = bytes; // Its memory is used again.
        Ok(())
    }
}

#[async_trait]
impl ObjectWriter for FileWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.buffer.extend_from_slice(&bytes);
        if self.buffer.len() >= WRITE_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), StoreError> {
        self.sync().await
    }
}

#[async_trait]
impl ResumableWriter for FileWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        ObjectWriter::write(self, bytes).await
    }

    async fn pause(self: Box<Self>, _is_last: bool) -> Result<Resumable, StoreError> {
        self.sync().await?;
        Ok(Resumable::default())
    }
}
