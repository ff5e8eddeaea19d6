//! The closed list of reasons why an encoding fails.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exit_code::ExitCode;

/// Why an encoding failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
pub enum Reason {
    /// The object, file, ConfigMap or claim is not there.
    SourceNotFound,
    /// The source is larger than is allowed.
    SourceTooLarge,
    /// The content is of a format the encoder does not read.
    UnsupportedFormat,
    /// The document is encrypted and opens only with a password.
    Encrypted,
    /// The document is broken beyond reading.
    Malformed,
    /// The document has no text at all, or has empty pages where `onEmptyPages` is `Fail`.
    NoText,
    /// The resource asks for something that is not allowed or makes no sense.
    InvalidSpec,
    /// A bug of the encoder's own.
    EncodingError,
    /// The encoder said it was done, and its output is not there.
    OutputMissing,
    /// The output is there and does not hold what was promised.
    MetadataInvalid,
    /// The encoder needed more memory than it may have.
    OutOfMemory,
    /// The attempt took longer than `timeoutSeconds`.
    DeadlineExceeded,
    /// The encoder's Pod was evicted, preempted, or lost with its node, too often.
    Evicted,
    /// The encoder's image could not be pulled.
    ImagePull,
    /// A quota or a policy of the cluster refused the Job or its Pod.
    QuotaDenied,
    /// No node had room for the encoder's Pod.
    Unschedulable,
    /// The encoder gave no sign of life for too long.
    NoProgress,
    /// It was cancelled.
    Cancelled,
    /// The encoder's container ended without a report.
    EncoderCrashed,
    /// The store, or something else outside, could not be read or written.
    StoreUnavailable,
    /// The encoder's configuration is wrong.
    Misconfigured,
    /// The resource was deleted before it finished. Only in the API's records.
    Deleted,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::SourceNotFound,
        Self::SourceTooLarge,
        Self::UnsupportedFormat,
        Self::Encrypted,
        Self::Malformed,
        Self::NoText,
        Self::InvalidSpec,
        Self::EncodingError,
        Self::OutputMissing,
        Self::MetadataInvalid,
        Self::OutOfMemory,
        Self::DeadlineExceeded,
        Self::Evicted,
        Self::ImagePull,
        Self::QuotaDenied,
        Self::Unschedulable,
        Self::NoProgress,
        Self::Cancelled,
        Self::EncoderCrashed,
        Self::StoreUnavailable,
        Self::Misconfigured,
        Self::Deleted,
    ];

    /// Whether another attempt could succeed where this one failed.
    pub fn is_retryable(self) -> bool {
        match self {
            Self::EncodingError
            | Self::OutputMissing
            | Self::MetadataInvalid
            | Self::OutOfMemory
            | Self::DeadlineExceeded
            | Self::Evicted
            | Self::ImagePull
            | Self::QuotaDenied
            | Self::Unschedulable
            | Self::NoProgress
            | Self::EncoderCrashed
            | Self::StoreUnavailable => true,
            Self::SourceNotFound
            | Self::SourceTooLarge
            | Self::UnsupportedFormat
            | Self::Encrypted
            | Self::Malformed
            | Self::NoText
            | Self::InvalidSpec
            | Self::Cancelled
            | Self::Misconfigured
            | Self::Deleted => false,
        }
    }

    /// The exit status an encoder ends with when it fails for this reason.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Self::InvalidSpec => ExitCode::BadParameters,
            Self::SourceTooLarge
            | Self::UnsupportedFormat
            | Self::Encrypted
            | Self::Malformed
            | Self::NoText => ExitCode::BadInput,
            Self::SourceNotFound => ExitCode::NoInput,
            Self::EncodingError | Self::EncoderCrashed => ExitCode::Internal,
            Self::OutputMissing | Self::MetadataInvalid | Self::StoreUnavailable => ExitCode::InputOutput,
            Self::OutOfMemory
            | Self::DeadlineExceeded
            | Self::Evicted
            | Self::ImagePull
            | Self::QuotaDenied
            | Self::Unschedulable
            | Self::NoProgress
            | Self::Cancelled
            | Self::Deleted => ExitCode::TryAgain,
            Self::Misconfigured => ExitCode::BadConfiguration,
        }
    }

    /// What is to be believed of a container that ended with this status and left no report.
    ///
    /// Statuses outside the table, such as 137 after a kill, are [`Reason::EncoderCrashed`].
    pub fn from_exit_code(code: i32) -> Self {
        match ExitCode::from_code(code) {
            Some(ExitCode::Done) => Self::OutputMissing,
            Some(ExitCode::BadParameters) => Self::InvalidSpec,
            Some(ExitCode::BadInput) => Self::Malformed,
            Some(ExitCode::NoInput) => Self::SourceNotFound,
            Some(ExitCode::Internal) => Self::EncodingError,
            Some(ExitCode::InputOutput | ExitCode::TryAgain) => Self::StoreUnavailable,
            Some(ExitCode::BadConfiguration) => Self::Misconfigured,
            None => Self::EncoderCrashed,
        }
    }

    /// As it stands in the resource.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SourceNotFound => "SourceNotFound",
            Self::SourceTooLarge => "SourceTooLarge",
            Self::UnsupportedFormat => "UnsupportedFormat",
            Self::Encrypted => "Encrypted",
            Self::Malformed => "Malformed",
            Self::NoText => "NoText",
            Self::InvalidSpec => "InvalidSpec",
            Self::EncodingError => "EncodingError",
            Self::OutputMissing => "OutputMissing",
            Self::MetadataInvalid => "MetadataInvalid",
            Self::OutOfMemory => "OutOfMemory",
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::Evicted => "Evicted",
            Self::ImagePull => "ImagePull",
            Self::QuotaDenied => "QuotaDenied",
            Self::Unschedulable => "Unschedulable",
            Self::NoProgress => "NoProgress",
            Self::Cancelled => "Cancelled",
            Self::EncoderCrashed => "EncoderCrashed",
            Self::StoreUnavailable => "StoreUnavailable",
            Self::Misconfigured => "Misconfigured",
            Self::Deleted => "Deleted",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}
