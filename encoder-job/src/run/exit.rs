//! The exit status. Pure.

use crds::{ExitCode, assignment::EndedOutcome};

use crate::failure::FailureReason;

/// The exit status that follows from what became of the documents.
#[derive(Default)]
pub(super) struct ExitStatus {
    serves_several: bool,
    /// Of the first one that did not succeed; 0 where all did.
    first_failure: u8,
}

impl ExitStatus {
    /// Of a Pod that only works its list off, or of one that may be given more.
    pub(super) fn new(serves_several: bool) -> Self {
        Self {
            serves_several,
            ..Self::default()
        }
    }

    /// A document has ended with this status.
    pub(super) fn add(&mut self, status: u8) {
        if self.first_failure == 0 {
            self.first_failure = status;
        }
    }

    /// The status of the whole. A Pod that may be given more documents has ended in order, whatever became of each: that is in their reports. What is
    /// in no report, and the operator was not told either (`untold`), the exit status says.
    pub(super) fn code<'a>(&self, stuck: bool, untold: impl Iterator<Item = &'a EndedOutcome>) -> u8 {
        if stuck {
            return exit_code_of(ExitCode::TryAgain);
        }
        if self.serves_several {
            return untold.map(|outcome| Self::of(outcome, None)).max().unwrap_or(0);
        }
        self.first_failure
    }

    /// The status of one document.
    pub(super) fn of(outcome: &EndedOutcome, failure: Option<FailureReason>) -> u8 {
        match outcome {
            EndedOutcome::Reported => failure.map_or(0, FailureReason::exit_code),
            EndedOutcome::Gone | EndedOutcome::Dropped => 0,
            EndedOutcome::Refused(_) => exit_code_of(ExitCode::BadConfiguration),
            EndedOutcome::Undelivered(_) => exit_code_of(ExitCode::TryAgain),
        }
    }
}

pub(super) fn exit_code_of(code: ExitCode) -> u8 {
    u8::try_from(code.code()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(serves_several: bool, documents: &[u8]) -> u8 {
        let mut status = ExitStatus::new(serves_several);
        for &document in documents {
            status.add(document);
        }
        status.code(false, std::iter::empty())
    }

    #[test]
    fn a_pod_of_one_document_ends_as_that_did_and_one_that_may_be_given_more_ends_in_order() {
        for (serves_several, documents, expected) in [
            (false, &[][..], 0),
            (false, &[65], 65),
            (false, &[0, 65, 0, 74, 0], 65),
            (true, &[], 0),
            (true, &[65], 0),
            (true, &[65, 65], 0),
            (true, &[0, 75], 0),
        ] {
            assert_eq!(code(serves_several, documents), expected, "{documents:?}");
        }
        assert_eq!(ExitStatus::new(true).code(true, std::iter::empty()), 75);
    }

    #[test]
    fn what_nobody_was_told_is_in_the_exit_status() {
        let untold = [
            EndedOutcome::Undelivered("away".to_owned()),
            EndedOutcome::Refused("denied".to_owned()),
        ];
        let status = ExitStatus::new(true);
        assert_eq!(status.code(false, untold[..1].iter()), 75);
        assert_eq!(status.code(false, untold.iter()), 78);
    }

    #[test]
    fn a_report_that_is_refused_for_good_is_a_wrong_configuration() {
        let of = |outcome: EndedOutcome| ExitStatus::of(&outcome, Some(FailureReason::NoText));
        assert_eq!(of(EndedOutcome::Reported), 65);
        assert_eq!(of(EndedOutcome::Gone), 0);
        assert_eq!(of(EndedOutcome::Dropped), 0);
        assert_eq!(of(EndedOutcome::Refused("denied".to_owned())), 78);
        assert_eq!(of(EndedOutcome::Undelivered("away".to_owned())), 75);
    }
}
