//! A store in a directory, every call with a time limit. Where the file system is away, as a network's may be, it is waited for.

use std::{error::Error as _, future::Future, io, sync::Arc, time::Duration};

use encoder_job::parser_process::Cancellation;
use object_store::{
    Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, local::LocalFileSystem, path::Path,
};

use tokio::time::Instant;
use tracing::{debug, warn};

use super::{Created, LONGEST_PAUSE, RETRY_LIMIT, SetAside, backoff::Backoff, too_large, unavailable};
use crate::{
    failure::{Failure, FailureReason},
    run::commit::given_up,
};

/// The longest one call may take.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// For how long a volume that is full or cannot be written is tried again.
const FULL_RETRY_LIMIT: Duration = Duration::from_secs(20);

/// The directory, as one assignment sees it once it has that assignment's cancellation.
#[derive(Clone)]
pub(in crate::run) struct Directory {
    inner: Arc<dyn ObjectStore>,
    retry_limit: Duration,
    cancellation: Cancellation,
}

impl Directory {
    /// Opens the one at `url`: `file:///directory`.
    pub(super) fn open(url: &str) -> Result<Self, Failure> {
        let misconfigured = |message: String| Failure::new(FailureReason::Misconfigured, message);
        let directory = url
            .strip_prefix("file://")
            .filter(|directory| directory.starts_with('/'))
            .ok_or_else(|| {
                misconfigured(
                    "the store's address must be of the form file:///directory or s3://bucket/prefix"
                        .to_owned(),
                )
            })?;
        // A resource must not say that it is ready for a result that a loss of power takes away: each file, its folder's entry for it, and new
        // folders are on the disk before a write has succeeded.
        let inner = LocalFileSystem::new_with_prefix(directory)
            .map_err(|error| misconfigured(format!("unable to open the store at {directory}: {error}")))?
            .with_fsync(true);
        Ok(Self {
            inner: Arc::new(inner),
            retry_limit: RETRY_LIMIT,
            cancellation: Cancellation::default(),
        })
    }

    /// The same directory for a document whose waits end once it is given up.
    pub(super) fn of(&self, cancellation: Cancellation) -> Self {
        Self {
            cancellation,
            ..self.clone()
        }
    }

    /// Reads an object of at most `limit` bytes; `None` where there is none.
    pub(super) async fn read(&self, key: &str, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
        let path = parse(key)?;
        let read = || async {
            let object = self.inner.get(&path).await?;
            if object.meta.size > limit {
                return Ok(Err(object.meta.size));
            }
            object.bytes().await.map(Ok)
        };
        match self.tried("read", key, read).await? {
            Ok(Ok(bytes)) => Ok(Some(bytes.into())),
            Ok(Err(size)) => Err(too_large(size, limit)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("read", key, &error)),
        }
    }

    /// Writes an object, or writes it anew.
    pub(super) async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), Failure> {
        let path = parse(key)?;
        let payload = PutPayload::from(bytes);
        let result = self.tried("write", key, async || {
            self.inner.put(&path, payload.clone()).await
        });
        result
            .await?
            .map(|_| ())
            .map_err(|error| failed("write", key, &error))
    }

    /// Writes an object if there is none with this key.
    pub(super) async fn create(&self, key: &str, bytes: Vec<u8>) -> Result<Created, Failure> {
        let path = parse(key)?;
        let payload = PutPayload::from(bytes);
        let options = PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        let create = async || self.inner.put_opts(&path, payload.clone(), options.clone()).await;
        match self.tried("create", key, create).await? {
            Ok(_) => Ok(Created::Yes),
            // Also by a try before that was said to have failed.
            Err(Error::AlreadyExists { .. }) => Ok(Created::ExistedBefore),
            Err(error) => Err(failed("create", key, &error)),
        }
    }

    /// Moves what is at `key`, which was judged broken, out of the way. Another Pod may have put its own in its place since: what was moved is
    /// looked at, and is put back where it is not what was judged.
    pub(super) async fn set_aside(&self, key: &str, aside: &str, judged: &[u8]) -> Result<SetAside, Failure> {
        if !self.rename(key, aside).await? {
            return Ok(SetAside::LookAgain);
        }
        let Some(moved) = self.read(aside, u64::MAX).await? else {
            let message = format!("{aside} has gone in the moment it was written: try again");
            return Err(Failure::new(FailureReason::StoreUnavailable, message));
        };
        if moved == judged {
            warn!(from = %key, to = %aside, "set a broken manifest aside");
            return Ok(SetAside::LookAgain);
        }
        match self.create(key, moved).await? {
            Created::Yes => {
                warn!(%key, "put back the manifest of another Pod, which had come where a broken one was");
            }
            Created::ExistedBefore => {
                warn!(%key, "a third manifest has come where two were: it stands");
            }
        }
        self.delete(aside).await?;
        Ok(SetAside::LookAgain)
    }

    /// Moves an object; whether there was one.
    async fn rename(&self, from: &str, to: &str) -> Result<bool, Failure> {
        let (from_path, to_path) = (parse(from)?, parse(to)?);
        let rename = || self.inner.rename(&from_path, &to_path);
        match self.tried("move", from, rename).await? {
            Ok(()) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed("move", from, &error)),
        }
    }

    /// Deletes an object, if there is one, although the document may be given up; it is tried once, as nobody may wait for it.
    pub(super) async fn delete(&self, key: &str) -> Result<(), Failure> {
        let path = parse(key)?;
        match limited("delete", key, self.inner.delete(&path)).await? {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("delete", key, &error)),
        }
    }

    /// For how long it is tried again. A volume that is full or cannot be written is seldom mended while a Job waits, and what is no file never.
    fn retry_limit(&self, error: &Error) -> Duration {
        match io_error_kind(error) {
            Some(
                io::ErrorKind::InvalidFilename | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory,
            ) => Duration::ZERO,
            Some(
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::ReadOnlyFilesystem,
            ) => self.retry_limit.min(FULL_RETRY_LIMIT),
            _ => self.retry_limit,
        }
    }

    /// Calls until the file system answers, and no longer than the document is wanted. A call that was begun is waited for also where it is not.
    async fn tried<T, Call: Future<Output = Result<T, Error>>>(
        &self,
        verb: &str,
        key: &str,
        call: impl Fn() -> Call,
    ) -> Result<Result<T, Error>, Failure> {
        let started = Instant::now();
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        loop {
            let (failure, limit) = match limited(verb, key, call()).await {
                Ok(Err(error @ Error::Generic { .. })) => {
                    (failed(verb, key, &error), self.retry_limit(&error))
                }
                Ok(result) => return Ok(result),
                Err(failure) => (failure, self.retry_limit),
            };
            if started.elapsed() >= limit {
                return Err(failure);
            }
            debug!(%key, %failure, "trying again");
            tokio::select! {
                biased;
                () = self.cancellation.cancelled() => return Err(given_up()),
                () = tokio::time::sleep(backoff.pause()) => {}
            }
        }
    }
}

fn parse(key: &str) -> Result<Path, Failure> {
    Path::parse(key).map_err(|error| {
        Failure::new(
            FailureReason::InvalidSpec,
            format!("the key {key:?} is no key of an object: {error}"),
        )
    })
}

/// The error of the file system below one of the library.
fn io_error_kind(error: &Error) -> Option<io::ErrorKind> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}

async fn limited<T>(verb: &str, key: &str, call: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::time::timeout(TIME_LIMIT, call).await.map_err(|_| {
        let message = format!("it takes longer than {} seconds", TIME_LIMIT.as_secs());
        unavailable(verb, key, &message)
    })
}

fn failed(verb: &str, key: &str, error: &Error) -> Failure {
    unavailable(verb, key, &error.to_string())
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    const KEY: &str = "away/key";
    /// Long enough for a call to have failed.
    const A_WHILE: Duration = Duration::from_millis(150);

    /// A store in which nothing below `away` can be read or written: the name leads to itself.
    fn store_that_is_away(cancellation: Cancellation) -> (tempfile::TempDir, Directory) {
        let root = tempfile::tempdir().unwrap();
        symlink("away", root.path().join("away")).unwrap();
        let directory = Directory::open(&format!("file://{}", root.path().display())).unwrap();
        (root, directory.of(cancellation))
    }

    #[tokio::test]
    async fn a_store_that_is_away_for_a_while_is_waited_for() {
        let (root, directory) = store_that_is_away(Cancellation::default());
        let mut written = Box::pin(directory.write(KEY, b"text".to_vec()));
        tokio::time::timeout(A_WHILE, &mut written).await.unwrap_err();
        fs::remove_file(root.path().join("away")).unwrap();
        written.await.unwrap();
        assert_eq!(directory.read(KEY, 4).await, Ok(Some(b"text".to_vec())));

        fs::rename(root.path().join("away"), root.path().join("kept")).unwrap();
        symlink("away", root.path().join("away")).unwrap();
        let mut read = Box::pin(directory.read(KEY, 4));
        tokio::time::timeout(A_WHILE, &mut read).await.unwrap_err();
        fs::remove_file(root.path().join("away")).unwrap();
        fs::rename(root.path().join("kept"), root.path().join("away")).unwrap();
        assert_eq!(read.await, Ok(Some(b"text".to_vec())));
    }

    #[tokio::test]
    async fn a_store_that_stays_away_is_a_failure_that_names_the_key() {
        let (_root, mut directory) = store_that_is_away(Cancellation::default());
        directory.retry_limit = A_WHILE;
        let began = Instant::now();
        let failure = directory.create(KEY, Vec::new()).await.unwrap_err();
        assert!(began.elapsed() >= A_WHILE, "{:?}", began.elapsed());
        assert_eq!(failure.reason, FailureReason::StoreUnavailable);
        assert!(failure.message.contains(KEY), "{failure}");
    }

    #[tokio::test]
    async fn what_never_will_be_a_file_is_not_waited_for() {
        let (root, directory) = store_that_is_away(Cancellation::default());
        fs::create_dir(root.path().join("folder")).unwrap();
        let long = "a".repeat(300);
        for key in ["folder", long.as_str()] {
            let written = tokio::time::timeout(A_WHILE, directory.write(key, Vec::new()));
            let failure = written.await.unwrap().unwrap_err();
            assert_eq!(failure.reason, FailureReason::StoreUnavailable);
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_the_store_of_a_document_that_is_given_up() {
        let cancellation = Cancellation::default();
        let (_root, directory) = store_that_is_away(cancellation.clone());
        let mut read = Box::pin(directory.read(KEY, 1));
        tokio::time::timeout(A_WHILE, &mut read).await.unwrap_err();
        cancellation.cancel();
        assert_eq!(read.await, Err(given_up()));
    }
}
