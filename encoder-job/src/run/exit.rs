//! The exit status. Pure.

use crds::{ExitCode, assignment::EndedOutcome};

use crate::failure::FailureReason;

/// The exit status that follows from what became of the documents.
#[derive(Default)]
pub(super) struct ExitStatus {
    /// Whether more documents may have come than the Job began with.
    standing: bool,
    documents: u64,
    /// Of the last one that did not succeed.
    last_failure: u8,
}

impl ExitStatus {
    /// Of a Pod that only works its list off, or of one that may be given more.
    pub(super) fn new(standing: bool) -> Self {
        Self {
            standing,
            ..Self::default()
        }
    }

    /// A document has ended with this status.
    pub(super) fn add(&mut self, status: u8) {
        self.documents += 1;
        if status != 0 {
            self.last_failure = status;
        }
    }

    /// The status of the whole. A Pod that worked for one document alone ends as that did. One that was given more has ended in order, whatever became of
    /// each: that is in their reports.
    pub(super) fn code(&self, stuck: bool) -> u8 {
        if stuck {
            return exit_code_of(ExitCode::TryAgain);
        }
        if self.standing && self.documents != 1 {
            return 0;
        }
        self.last_failure
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

    fn code(standing: bool, documents: &[u8]) -> u8 {
        let mut status = ExitStatus::new(standing);
        for &document in documents {
            status.add(document);
        }
        status.code(false)
    }

    #[test]
    fn one_document_gives_its_status_and_of_several_a_standing_pod_gives_none() {
        for (standing, documents, expected) in [
            (false, &[][..], 0),
            (false, &[65], 65),
            (false, &[65, 0, 74, 0], 74),
            (true, &[], 0),
            (true, &[65], 65),
            (true, &[65, 65], 0),
            (true, &[0, 75], 0),
        ] {
            assert_eq!(code(standing, documents), expected, "{documents:?}");
        }
        assert_eq!(ExitStatus::new(true).code(true), 75);
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
