//! How an encoding fails: a reason from the closed list, and a sentence for a person.

use std::fmt;

/// Why a document was not encoded. The names are those of the resource's `status.failure.reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum FailureReason {
    /// There is no such file or object.
    SourceNotFound,
    /// The source is larger than is allowed.
    SourceTooLarge,
    /// The content is of a format the encoder does not read.
    UnsupportedFormat,
    /// The document opens only with a password.
    Encrypted,
    /// The document is broken beyond reading.
    Malformed,
    /// There is no text.
    NoText,
    /// The parameters make no sense.
    InvalidSpec,
    /// A bug of the encoder's own.
    EncodingError,
    /// The output is not there, or could not be written.
    OutputMissing,
    /// The output does not hold what it promises.
    MetadataInvalid,
    /// The parser needed more memory than it may have.
    OutOfMemory,
    /// The document took longer than it may.
    DeadlineExceeded,
    /// Reading or writing failed.
    StoreUnavailable,
    /// The configuration is wrong.
    Misconfigured,
}

impl FailureReason {
    /// The exit status of a program that fails for this reason.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::InvalidSpec => 64,
            Self::SourceTooLarge
            | Self::UnsupportedFormat
            | Self::Encrypted
            | Self::Malformed
            | Self::NoText => 65,
            Self::SourceNotFound => 66,
            Self::EncodingError => 70,
            Self::OutputMissing | Self::MetadataInvalid | Self::StoreUnavailable => 74,
            Self::OutOfMemory | Self::DeadlineExceeded => 75,
            Self::Misconfigured => 78,
        }
    }
}

impl fmt::Display for FailureReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// A document that was not encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{reason}: {message}")]
pub struct Failure {
    /// Why, from the closed list.
    pub reason: FailureReason,
    /// What happened, to what, and what to do, in one line.
    pub message: String,
}

impl Failure {
    /// A failure; line ends in the message become blanks.
    pub fn new(reason: FailureReason, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self {
            reason,
            message: message.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }
}
