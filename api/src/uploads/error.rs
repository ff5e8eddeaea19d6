//! Why an upload is not taken.

use formats::Refusal;

use super::{file_name::InvalidFileName, form::MAX_OPTION_BYTES, options::InvalidOptions};
use crate::{documents::holdings::QuotaExceeded, store::StoreError};

/// Why an upload is not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// There is no part `file`.
    #[error("the form has no part `file`")]
    MissingFile,
    /// There are too many.
    #[error("the form has more than {0} parts `file`")]
    TooManyFiles(usize),
    /// It is empty.
    #[error("the file is empty")]
    EmptyFile,
    /// It is too long.
    #[error("the file is larger than the {limit} bytes that are allowed")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// It is nothing that can be encoded.
    #[error("{0}")]
    UnsupportedFormat(Refusal),
    /// Its name is refused.
    #[error(transparent)]
    FileName(#[from] InvalidFileName),
    /// Another part is refused.
    #[error(transparent)]
    Options(#[from] InvalidOptions),
    /// Another part is too long.
    #[error("a part of the form other than `file` is longer than {MAX_OPTION_BYTES} bytes")]
    OptionTooLong,
    /// Another part is no text.
    #[error("a part of the form other than `file` is not UTF-8 text")]
    OptionNotText,
    /// The head of a part cannot be read; a name with control characters ends there.
    #[error("the head of a part of the form cannot be read: a file's name must not hold control characters")]
    PartHead,
    /// What comes is no part of a form for too long.
    #[error("the form has no boundary, or the head of one of its parts is too long")]
    HeadTooLong,
    /// The form itself is broken, or was cut off.
    #[error("the form could not be read to its end")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It comes too slowly, or has stopped coming.
    #[error("the upload was too slow: nothing came for a while, or less than {0} bytes a second")]
    TooSlow(u64),
    /// It comes so slowly that others wait for the room it takes.
    #[error(
        "the upload came so slowly that others waited for the room it takes: send it again, or go on with it, when there is more room"
    )]
    HeldUpOthers,
    /// The tenant's quota is used up.
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    /// The tenant has too many uploads coming in.
    #[error(
        "{0} uploads are coming in at once, which is as many as a tenant may have: wait until one is finished"
    )]
    TooManyUploads(usize),
    /// All places for uploads are taken.
    #[error("too many uploads are coming in: send it again in a moment")]
    Saturated,
    /// The same Idempotency-Key came with something else.
    #[error("this Idempotency-Key was used with another file or other options")]
    KeyReused,
    /// The first request with this Idempotency-Key is not answered yet.
    #[error("the first request with this Idempotency-Key is still being worked on: ask again later")]
    KeyPending,
    /// It took so long to be worked on that it was given up.
    #[error("the upload was interrupted on our side; send it again")]
    Abandoned,
    /// There is no such upload, or it is finished or was given up.
    #[error("there is no such upload: it is finished, was given up, or was never begun")]
    UnknownUpload,
    /// It goes on elsewhere than it stopped.
    #[error("the upload has {0} bytes by now: go on from there")]
    WrongOffset(u64),
    /// Another request is just adding to it.
    #[error("another request is just adding to this upload: ask again in a moment")]
    Locked,
    /// The store is a directory: nobody but the API can write to it.
    #[error("this installation keeps documents where only it can write: upload by form or by tus")]
    NotPresigned,
    /// Not as many parts as there are.
    #[error("the upload has {0} parts: send the entity tag of each, in their order")]
    WrongParts(usize),
    /// The store does not have them as they are named.
    #[error(
        "the store has not all of the parts, or not with these entity tags: send each part, and the `ETag` of the answer to it"
    )]
    UnknownParts,
    /// What was stored has another length than was announced.
    #[error("what was stored has {found} bytes, and {announced} were announced")]
    WrongSize {
        /// As stored.
        found: u64,
        /// As announced.
        announced: u64,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// Postgres failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The cluster did not take the document; the upload was undone.
    #[error("task queue unavailable: the document was not taken, try again later")]
    QueueUnavailable,
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoRoom(_) => Self::Saturated,
            StoreError::TooSlow(_) => Self::HeldUpOthers,
            other => Self::Store(other),
        }
    }
}

impl UploadError {
    /// A body that could not be read to its end.
    pub fn cut_off(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Malformed(cause.into())
    }

    /// Whether it is this one file that is refused, and others of the same form may be taken.
    pub fn is_of_one_file(&self) -> bool {
        matches!(
            self,
            Self::EmptyFile
                | Self::TooLarge { .. }
                | Self::UnsupportedFormat(_)
                | Self::FileName(_)
                | Self::Quota(_)
                | Self::WrongSize { .. }
        )
    }
}

impl From<Refusal> for UploadError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Empty => Self::EmptyFile,
            other => Self::UnsupportedFormat(other),
        }
    }
}
