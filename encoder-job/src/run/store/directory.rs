//! A store in a directory, every call with a time limit.

use std::{future::Future, sync::Arc, time::Duration};

use object_store::{
    Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, local::LocalFileSystem, path::Path,
};

use tracing::warn;

use super::{Created, SetAside, too_large};
use crate::failure::{Failure, FailureReason};

/// The longest one call may take.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// The directory.
#[derive(Clone)]
pub(in crate::run) struct Directory {
    inner: Arc<dyn ObjectStore>,
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
        })
    }

    /// Reads an object of at most `limit` bytes; `None` where there is none.
    pub(super) async fn read(&self, key: &str, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
        let path = parse(key)?;
        let read = async {
            let object = self.inner.get(&path).await?;
            if object.meta.size > limit {
                return Ok(Err(object.meta.size));
            }
            object.bytes().await.map(Ok)
        };
        match limited("read", key, read).await? {
            Ok(Ok(bytes)) => Ok(Some(bytes.into())),
            Ok(Err(size)) => Err(too_large(size, limit)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unavailable("read", key, &error)),
        }
    }

    /// Writes an object, or writes it anew.
    pub(super) async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), Failure> {
        let path = parse(key)?;
        let result = limited("write", key, self.inner.put(&path, PutPayload::from(bytes))).await?;
        result
            .map(|_| ())
            .map_err(|error| unavailable("write", key, &error))
    }

    /// Writes an object if there is none with this key.
    pub(super) async fn create(&self, key: &str, bytes: Vec<u8>) -> Result<Created, Failure> {
        let path = parse(key)?;
        let options = PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        match limited(
            "create",
            key,
            self.inner.put_opts(&path, PutPayload::from(bytes), options),
        )
        .await?
        {
            Ok(_) => Ok(Created::Yes),
            Err(Error::AlreadyExists { .. }) => Ok(Created::ExistedBefore),
            Err(error) => Err(unavailable("create", key, &error)),
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
        match limited("move", from, self.inner.rename(&from_path, &to_path)).await? {
            Ok(()) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(unavailable("move", from, &error)),
        }
    }

    /// Deletes an object, if there is one.
    pub(super) async fn delete(&self, key: &str) -> Result<(), Failure> {
        let path = parse(key)?;
        match limited("delete", key, self.inner.delete(&path)).await? {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable("delete", key, &error)),
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

async fn limited<T>(verb: &str, key: &str, call: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::time::timeout(TIME_LIMIT, call).await.map_err(|_| {
        let message = format!("unable to {verb} {key} within {} seconds", TIME_LIMIT.as_secs());
        Failure::new(FailureReason::StoreUnavailable, message)
    })
}

fn unavailable(verb: &str, key: &str, error: &Error) -> Failure {
    Failure::new(
        FailureReason::StoreUnavailable,
        format!("unable to {verb} {key}: {error}"),
    )
}
