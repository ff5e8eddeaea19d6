//! What became of the documents: lines for people, or JSON for programs.

use std::fmt::Write as _;

use encoder_job::{
    failure::{Failure, FailureReason, printable, steers_terminal},
    output::Manifest,
    pluralize::counted,
};
use serde::Serialize;

/// What became of one document.
#[derive(Debug, Serialize)]
pub(super) struct DocumentSummary {
    /// As the person named it, whatever is in it: it is made printable where it is shown.
    pub(super) file: String,
    pub(super) status: Status,
    /// From the closed list of reasons, where it was not encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<FailureReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    /// The folder of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) manifest: Option<Manifest>,
    /// What a person should know, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
    /// On the clock.
    pub(super) seconds: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Encoded,
    Failed,
    /// Found in a folder, and of a format that is not read.
    Skipped,
}

/// What became of all.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) documents: Vec<DocumentSummary>,
    pub(super) encoded: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
    pub(super) seconds: f64,
    pub(super) timings: Timings,
}

/// Where the time went, in milliseconds on the clock.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Timings {
    /// Until the vocabulary has counted the tokens of a first text.
    pub(super) vocabulary_ms: f64,
}

impl DocumentSummary {
    pub(super) fn failed(file: String, failure: &Failure, found: bool, seconds: f64) -> Self {
        let skipped = found && failure.reason == FailureReason::UnsupportedFormat;
        Self {
            file,
            status: if skipped { Status::Skipped } else { Status::Failed },
            reason: Some(failure.reason),
            message: Some(failure.message.clone()),
            output: None,
            manifest: None,
            notes: Vec::new(),
            seconds,
        }
    }

    /// A line for a person, and whether it is one of trouble.
    pub(super) fn line(&self) -> (String, bool) {
        let file = printable(&self.file);
        match (&self.manifest, self.reason) {
            (Some(manifest), _) => {
                let counts = manifest.counts;
                let line = format!(
                    "{file}: {}, {}, {}, language {}, {:.2} s -> {}",
                    counted(counts.pages, "page"),
                    counted(counts.chunks, "chunk"),
                    counted(counts.tokens, "token"),
                    manifest.language,
                    self.seconds,
                    printable(self.output.as_deref().unwrap_or_default())
                );
                (line, false)
            }
            (None, reason) => {
                let reason = reason.map(|reason| reason.to_string()).unwrap_or_default();
                let skipped = if self.status == Status::Skipped {
                    "skipped: "
                } else {
                    ""
                };
                let message = self.message.as_deref().unwrap_or_default();
                (format!("{file}: {skipped}{reason}: {message}"), true)
            }
        }
    }
}

impl Summary {
    pub(super) fn new(documents: Vec<DocumentSummary>, seconds: f64, timings: Timings) -> Self {
        let count = |status| {
            documents
                .iter()
                .filter(|document| document.status == status)
                .count()
        };
        Self {
            encoded: count(Status::Encoded),
            failed: count(Status::Failed),
            skipped: count(Status::Skipped),
            documents,
            seconds,
            timings,
        }
    }

    /// The exit status: that of the first document that failed; that of no input where nothing was there to encode.
    pub(super) fn exit_code(&self) -> u8 {
        let failed = self
            .documents
            .iter()
            .find(|document| document.status == Status::Failed);
        match failed.and_then(|document| document.reason) {
            Some(reason) => reason.exit_code(),
            None if self.encoded == 0 => FailureReason::SourceNotFound.exit_code(),
            None => 0,
        }
    }

    /// All of it, for programs. What steers a terminal is escaped, as JSON may have it.
    ///
    /// # Errors
    /// `EncodingError` where it cannot be written as JSON.
    pub(super) fn json(&self) -> Result<String, Failure> {
        let json = serde_json::to_string_pretty(self).map_err(|error| {
            let message = format!("unable to write the summary: {error}");
            Failure::new(FailureReason::EncodingError, message)
        })?;
        let mut escaped = String::with_capacity(json.len());
        for character in json.chars() {
            // Outside of strings there is none but the line end; all of them are in the basic plane.
            if character != '\n' && steers_terminal(character) {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(character));
            } else {
                escaped.push(character);
            }
        }
        Ok(escaped)
    }

    /// A line on all, unless the one document has had its own.
    pub(super) fn line(&self) -> Option<String> {
        (self.documents.len() != 1).then(|| {
            format!(
                "{} encoded, {} failed, {} skipped, {:.2} s",
                self.encoded, self.failed, self.skipped, self.seconds
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(reason: FailureReason, found: bool) -> DocumentSummary {
        DocumentSummary::failed("a".into(), &Failure::new(reason, "why"), found, 0.0)
    }

    fn summary(documents: Vec<DocumentSummary>) -> Summary {
        Summary::new(documents, 0.0, Timings { vocabulary_ms: 0.0 })
    }

    #[test]
    fn the_first_failure_decides_the_exit_status() {
        let all = summary(vec![
            failed(FailureReason::UnsupportedFormat, true),
            failed(FailureReason::DeadlineExceeded, false),
            failed(FailureReason::Malformed, false),
        ]);
        assert_eq!((all.failed, all.skipped), (2, 1));
        assert_eq!(all.exit_code(), 75);
        assert_eq!(summary(Vec::new()).exit_code(), 66);
        assert_eq!(
            summary(vec![failed(FailureReason::UnsupportedFormat, false)]).exit_code(),
            65
        );
    }

    #[test]
    fn lines_say_what_happened() {
        let (line, trouble) = failed(FailureReason::UnsupportedFormat, true).line();
        assert_eq!(line, "a: skipped: UnsupportedFormat: why");
        assert!(trouble);
    }

    #[test]
    fn no_file_name_steers_a_terminal() {
        let name = "a\u{1b}[2J\u{9b}\n\u{202e}b";
        let document = DocumentSummary {
            file: name.to_owned(),
            ..failed(FailureReason::Malformed, false)
        };
        assert_eq!(document.line().0, r"a\u{1b}[2J\u{9b}\n\u{202e}b: Malformed: why");
        let json = summary(vec![document]).json().unwrap();
        assert!(
            !json
                .chars()
                .any(|character| character != '\n' && steers_terminal(character))
        );
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["documents"][0]["file"], name);
    }

    #[test]
    fn where_nothing_was_found_it_is_said() {
        assert_eq!(
            summary(Vec::new()).line().unwrap(),
            "0 encoded, 0 failed, 0 skipped, 0.00 s"
        );
        assert_eq!(
            summary(vec![failed(FailureReason::Malformed, false)]).line(),
            None
        );
    }
}
