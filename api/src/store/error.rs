//! Why a store cannot be opened, and how it fails.

use std::{io, path::PathBuf};

use url::Url;

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
