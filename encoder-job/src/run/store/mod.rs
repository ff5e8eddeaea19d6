//! The store, as an encoder uses it: whole objects by their keys.
//!
//! | file | does |
//! |---|---|
//! | `directory.rs` | a store that is mounted, `file:///directory` |
//! | `presigned.rs` | one that is S3, `s3://bucket/prefix`, reached by URLs that the operator signs |
//! | `urls.rs` | the URLs of one assignment: which are known, and asking for more |
//! | `http.rs` | one request at the store, and what its answer means |
//! | `backoff.rs` | pauses between tries |

mod backoff;
mod directory;
mod http;
mod presigned;
mod urls;

use std::{sync::Arc, time::Duration};

use crds::Assignment;
use encoder_job::parser_process::Cancellation;

use super::operator::Operator;
use crate::failure::{Failure, FailureReason};
use directory::Directory;
use http::Http;
use presigned::Presigned;

/// For how long a store that is away is tried again: less than the operator waits for a sign of life.
const RETRY_LIMIT: Duration = Duration::from_mins(3);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What came of creating an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Created {
    /// It is there now.
    Yes,
    /// One with this key was there already.
    ExistedBefore,
}

/// What came of setting a broken manifest aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetAside {
    /// It is where it was, and will be replaced by the next manifest that is created: by that of this assignment, or of whoever is faster.
    WillBeReplaced,
    /// Something else may be there now: it is to be looked at again.
    LookAgain,
}

/// Where all assignments of a process find their objects.
pub(super) enum Stores {
    /// In a directory.
    Directory(Directory),
    /// Behind URLs.
    S3 {
        /// Speaks to the store.
        http: Http,
        /// Signs.
        operator: Arc<Operator>,
    },
}

/// The store, as one assignment sees it.
pub(super) enum Store {
    /// A directory.
    Directory(Directory),
    /// URLs.
    Presigned(Box<Presigned>),
}

impl Stores {
    /// Opens the store at `url`: `file:///directory`, or `s3://bucket/prefix`, for which it takes an operator. `authorities`, as PEM, are trusted
    /// besides those of the web.
    pub(super) fn open(
        url: &str,
        authorities: Option<&str>,
        operator: Option<Arc<Operator>>,
    ) -> Result<Self, Failure> {
        let misconfigured = |message: &str| Failure::new(FailureReason::Misconfigured, message);
        if !url.starts_with("s3://") {
            return Ok(Self::Directory(Directory::open(url)?));
        }
        let operator = operator.ok_or_else(|| {
            misconfigured(
                "the store is S3, which is reached by URLs that the operator signs, and SOCRATE_OPERATOR_URL is not set",
            )
        })?;
        Ok(Self::S3 {
            http: Http::new(authorities.unwrap_or_default())?,
            operator,
        })
    }

    /// The store for one assignment that the Pod with this uid holds. Waits end once the assignment is given up.
    pub(super) fn of(&self, assignment: &Assignment, pod_uid: &str, cancellation: &Cancellation) -> Store {
        match self {
            Self::Directory(directory) => Store::Directory(directory.of(cancellation.clone())),
            Self::S3 { http, operator } => Store::Presigned(Box::new(Presigned::new(
                http.clone(),
                operator.clone(),
                assignment,
                pod_uid,
                cancellation.clone(),
            ))),
        }
    }
}

impl Store {
    /// Reads an object of at most `limit` bytes; `None` where there is none.
    pub(super) async fn read(&self, key: &str, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Self::Directory(directory) => directory.read(key, limit).await,
            Self::Presigned(presigned) => presigned.read(key, limit).await,
        }
    }

    /// Writes an object, or writes it anew.
    pub(super) async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), Failure> {
        match self {
            Self::Directory(directory) => directory.write(key, bytes).await,
            Self::Presigned(presigned) => presigned.write(key, bytes).await,
        }
    }

    /// Writes an object if there is none with this key, or none but the one that was set aside.
    pub(super) async fn create(&self, key: &str, bytes: Vec<u8>) -> Result<Created, Failure> {
        match self {
            Self::Directory(directory) => directory.create(key, bytes).await,
            Self::Presigned(presigned) => presigned.create(key, bytes).await,
        }
    }

    /// Keeps a copy of the manifest at `key`, which was `judged` broken, under the key `aside`, and makes room for another one.
    pub(super) async fn set_aside(&self, key: &str, aside: &str, judged: &[u8]) -> Result<SetAside, Failure> {
        match self {
            Self::Directory(directory) => directory.set_aside(key, aside, judged).await,
            Self::Presigned(presigned) => presigned.set_aside(aside, judged).await,
        }
    }

    /// Deletes an object, if there is one.
    pub(super) async fn delete(&self, key: &str) -> Result<(), Failure> {
        match self {
            Self::Directory(directory) => directory.delete(key).await,
            Self::Presigned(presigned) => presigned.delete(key).await,
        }
    }
}

fn unavailable(verb: &str, key: &str, why: &str) -> Failure {
    let message = format!("unable to {verb} {key}: {why}");
    Failure::new(FailureReason::StoreUnavailable, message)
}

fn too_large(size: u64, limit: u64) -> Failure {
    let message = format!("the source has {size} bytes, and at most {limit} are allowed");
    Failure::new(FailureReason::SourceTooLarge, message)
}
