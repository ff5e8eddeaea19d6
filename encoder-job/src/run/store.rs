//! The object store, as an encoder uses it: whole small objects, every call with a time limit.

use std::{future::Future, sync::Arc, time::Duration};

use object_store::{
    Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, local::LocalFileSystem, path::Path,
};

use crate::failure::{Failure, FailureReason};

/// The longest one call may take.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// The object store.
#[derive(Clone)]
pub(super) struct Store {
    inner: Arc<dyn ObjectStore>,
}

/// What came of creating an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Created {
    /// It is there now.
    Yes,
    /// One with this key was there already.
    ExistedBefore,
}

impl Store {
    /// Opens the store at `url`: `file:///directory`.
    pub(super) fn open(url: &str) -> Result<Self, Failure> {
        let misconfigured = |message: String| Failure::new(FailureReason::Misconfigured, message);
        let directory = url
            .strip_prefix("file://")
            .filter(|directory| directory.starts_with('/'))
            .ok_or_else(|| {
                misconfigured("the store's address must be of the form file:///directory".to_owned())
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
            Ok(Err(size)) => {
                let message = format!("the source has {size} bytes, and at most {limit} are allowed");
                Err(Failure::new(FailureReason::SourceTooLarge, message))
            }
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

    /// Moves an object; whether there was one.
    pub(super) async fn rename(&self, from: &str, to: &str) -> Result<bool, Failure> {
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
