//! What is wrong with a result.

use crate::failure::{Failure, FailureReason, printable};

/// Something that is wrong with a result, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Problem {
    reason: FailureReason,
    text: String,
}

impl Problem {
    /// The result does not hold what it promises.
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        Self::because(FailureReason::MetadataInvalid, text)
    }

    pub(super) fn because(reason: FailureReason, text: impl AsRef<str>) -> Self {
        Self {
            reason,
            text: printable(text.as_ref()),
        }
    }

    /// The same problem, said to be one of `place`.
    pub(super) fn of(self, place: impl std::fmt::Display) -> Self {
        Self::because(self.reason, format!("{place}: {}", self.text))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::new(problem.reason, problem.text)
    }
}
