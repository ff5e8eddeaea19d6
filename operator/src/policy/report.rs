//! Whether an encoder's report is believed.
//!
//! The encoder reads hostile files, so what it says is checked like anything from outside: a report counts for the attempt it
//! names only, and a result must lie where this resource's results lie.

use crds::{Failure, Reason, Report, ReportOutcome, ResultSummary, keys, status::MAX_COUNT};

/// What a report says.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckedReport {
    /// There is a committed result.
    Result(ResultSummary),
    /// The attempt failed.
    Failure(Failure),
}

/// What the report says of this attempt; `None` where it speaks of another, or there is none.
///
/// A report that cannot be true is the failure `MetadataInvalid`.
pub fn check(report: Option<&Report>, attempt: u32, encoding_prefix: &str) -> Option<CheckedReport> {
    let report = report.filter(|report| report.attempt == attempt)?;
    let disbelief = |what: &str| {
        let message = format!("the encoder's report is not to be believed: {what}");
        Some(CheckedReport::Failure(Failure::new(
            Reason::MetadataInvalid,
            message,
            None,
        )))
    };
    match report.outcome() {
        None => disbelief("it must name either a result or a failure"),
        Some(ReportOutcome::Failure(failure)) if !is_the_encoders(failure.reason) => {
            disbelief("its reason is one that an encoder cannot know")
        }
        Some(ReportOutcome::Failure(failure)) => {
            // Whether it is tried again is the operator's to say, by the reason.
            let mut believed = Failure::new(failure.reason, &failure.message, None);
            believed.exit_code = failure.exit_code;
            Some(CheckedReport::Failure(believed))
        }
        Some(ReportOutcome::Result(result)) => match wrong_with(result, encoding_prefix) {
            Some(what) => disbelief(what),
            None => Some(CheckedReport::Result(result.clone())),
        },
    }
}

/// Whether an encoder can know of itself that it failed for this reason.
fn is_the_encoders(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::Cancelled
            | Reason::Deleted
            | Reason::QuotaDenied
            | Reason::Unschedulable
            | Reason::ImagePull
            | Reason::Evicted
            | Reason::NoProgress
    )
}

fn wrong_with(result: &ResultSummary, encoding_prefix: &str) -> Option<&'static str> {
    let below = |key: &str| keys::is_plain(key) && key.starts_with(&format!("{encoding_prefix}/attempt-"));
    let digest = |text: &str| {
        text.len() == 64
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    if result.manifest != keys::manifest(encoding_prefix) {
        return Some("its manifest is not this resource's");
    }
    if !below(&result.metadata_file) || !below(&result.index_file) {
        return Some("its files do not lie below this resource's attempts");
    }
    if !digest(&result.manifest_sha256) || !digest(&result.source_sha256) {
        return Some("a digest is none");
    }
    let cpu = result.cpu_milliseconds.unwrap_or(0);
    let counts = [result.total_chunks, result.total_tokens, result.total_pages, cpu];
    let cannot_be = counts.iter().any(|count| *count > MAX_COUNT);
    if cannot_be || counts[..2].contains(&0) || result.empty_pages > result.total_pages {
        return Some("its counts cannot be true");
    }
    if !(0.0..=1.0).contains(&result.language_confidence) {
        return Some("its confidence in the language is none");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const PREFIX: &str = "namespaces/team/documents/d/encodings/u";

    fn report(result: Option<ResultSummary>, failure: Option<Failure>) -> Report {
        Report {
            attempt: 2,
            pod_uid: "pod".into(),
            result,
            failure,
        }
    }

    fn reason(result: ResultSummary) -> Option<Reason> {
        match check(Some(&report(Some(result), None)), 2, PREFIX)? {
            CheckedReport::Failure(failure) => Some(failure.reason),
            CheckedReport::Result(_) => None,
        }
    }

    #[test]
    fn a_true_report_is_believed_for_its_own_attempt_only() {
        let result = testing::result(PREFIX);
        let report = report(Some(result.clone()), None);
        assert_eq!(
            check(Some(&report), 2, PREFIX),
            Some(CheckedReport::Result(result))
        );
        assert_eq!(check(Some(&report), 3, PREFIX), None);
        assert_eq!(check(None, 2, PREFIX), None);
    }

    #[test]
    fn a_result_that_lies_elsewhere_or_cannot_be_is_not_believed() {
        let good = || testing::result(PREFIX);
        let bad = [
            ResultSummary {
                manifest: "namespaces/team/documents/d/encodings/other/manifest.json".into(),
                ..good()
            },
            ResultSummary {
                metadata_file: "tenants/other/x".into(),
                ..good()
            },
            ResultSummary {
                index_file: format!("{PREFIX}/attempt-1/../../x"),
                ..good()
            },
            ResultSummary {
                manifest_sha256: "A".repeat(64),
                ..good()
            },
            ResultSummary {
                source_sha256: String::new(),
                ..good()
            },
            ResultSummary {
                total_chunks: 0,
                ..good()
            },
            ResultSummary {
                empty_pages: 9,
                ..good()
            },
            ResultSummary {
                total_tokens: MAX_COUNT + 1,
                ..good()
            },
            ResultSummary {
                total_pages: u64::MAX,
                ..good()
            },
            ResultSummary {
                cpu_milliseconds: Some(u64::MAX),
                ..good()
            },
            ResultSummary {
                language_confidence: 2.0,
                ..good()
            },
        ];
        for result in bad {
            assert_eq!(
                reason(result.clone()),
                Some(Reason::MetadataInvalid),
                "{result:?}"
            );
        }
    }

    #[test]
    fn a_report_of_both_or_neither_is_not_believed() {
        let failure = Failure::new(Reason::Malformed, "broken", None);
        for report in [
            report(None, None),
            report(Some(testing::result(PREFIX)), Some(failure)),
        ] {
            let believed = check(Some(&report), 2, PREFIX);
            assert!(
                matches!(believed, Some(CheckedReport::Failure(f)) if f.reason == Reason::MetadataInvalid)
            );
        }
    }

    #[test]
    fn what_only_the_operator_or_the_api_can_say_is_not_believed_of_an_encoder() {
        for reason in [
            Reason::Cancelled,
            Reason::Deleted,
            Reason::QuotaDenied,
            Reason::Evicted,
        ] {
            let failure = Failure::new(reason, "forged", None);
            let checked = check(Some(&report(None, Some(failure))), 2, PREFIX);
            assert!(
                matches!(&checked, Some(CheckedReport::Failure(f)) if f.reason == Reason::MetadataInvalid),
                "{checked:?}"
            );
        }
    }

    #[test]
    fn whether_a_failure_is_tried_again_is_the_operators_to_say() {
        let failure = Failure {
            retryable: true,
            ..Failure::new(Reason::Malformed, "broken", None)
        };
        let believed = check(Some(&report(None, Some(failure))), 2, PREFIX);
        assert!(matches!(believed, Some(CheckedReport::Failure(f)) if !f.retryable));
    }
}
