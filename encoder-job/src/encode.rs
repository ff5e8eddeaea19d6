//! From an extracted document to its output: what must hold of it, its language, its chunks, its files.

use crate::{
    chunk::{self, Parameters, Vocabulary},
    document::{ExtractedDocument, PageStatus},
    failure::{Failure, FailureReason},
    language,
    output::{self, DataFiles, Facts, Manifest},
};

/// What pages without text mean for the whole document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnEmptyPages {
    /// The document succeeds, and it is said which pages are empty.
    #[default]
    Warn,
    /// The document fails with `NoText`.
    Fail,
    /// The document succeeds, and nothing is said.
    Ignore,
}

/// How to encode.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the person called the document.
    pub file_name: String,
    /// SHA-256 of the document's bytes, in hexadecimal.
    pub source_sha256: String,
    /// How to cut.
    pub parameters: Parameters,
    /// What pages without text mean.
    pub on_empty_pages: OnEmptyPages,
}

/// An encoded document, not yet written anywhere.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The two data files.
    pub files: DataFiles,
    /// The manifest that commits them.
    pub manifest: Manifest,
    /// What a person should know, a sentence each.
    pub warnings: Vec<String>,
}

/// Encodes an extracted document. `prefix` leads from where the manifest will lie to the data files; empty, or a path that
/// ends with a slash.
///
/// # Errors
/// `InvalidSpec` for parameters that make no sense; `NoText` where there is no text, or where a page has none and that
/// is to fail; `Encrypted` or `Malformed` where that is the reason why there is no text.
pub fn encode(
    document: &ExtractedDocument,
    options: &Options,
    vocabulary: Vocabulary,
    prefix: &str,
) -> Result<Encoded, Failure> {
    options.parameters.validate()?;
    let mut warnings = document.remarks.clone();
    warnings.extend(judge_pages(document, options.on_empty_pages)?);
    let text = document.text();
    let language = language::detect(&text);
    let chunked = chunk::chunk(document, &text, &options.parameters, vocabulary);
    let files = output::data_files(
        &options.file_name,
        document,
        &chunked,
        &options.parameters,
        language,
    );
    let facts = Facts {
        file_name: &options.file_name,
        source_sha256: &options.source_sha256,
        parameters: &options.parameters,
        language,
    };
    let manifest = Manifest::new(document, &chunked, &files, facts, prefix);
    Ok(Encoded {
        files,
        manifest,
        warnings,
    })
}

/// Decides whether a document with these pages may succeed; the sentence is what to say of it if it may.
///
/// # Errors
/// `NoText`, `Encrypted` or `Malformed`, as [`encode`] has them.
pub fn judge_pages(
    document: &ExtractedDocument,
    on_empty_pages: OnEmptyPages,
) -> Result<Option<String>, Failure> {
    let without_text: Vec<_> = document
        .pages
        .iter()
        .filter(|page| page.text.trim().is_empty())
        .collect();
    if without_text.len() == document.pages.len() {
        return Err(no_text(document));
    }
    if without_text.is_empty() || on_empty_pages == OnEmptyPages::Ignore {
        return Ok(None);
    }
    let numbers: Vec<String> = without_text
        .iter()
        .take(10)
        .map(|page| page.number.to_string())
        .collect();
    let more = if without_text.len() > numbers.len() {
        ", …"
    } else {
        ""
    };
    let sentence = format!(
        "{} of {} pages have no text: {}{more}",
        without_text.len(),
        document.pages.len(),
        numbers.join(", ")
    );
    if on_empty_pages == OnEmptyPages::Fail {
        let message = format!("{sentence}; allow it with onEmptyPages Warn or Ignore");
        return Err(Failure::new(FailureReason::NoText, message));
    }
    Ok(Some(sentence))
}

/// Why a document without any text has none.
fn no_text(document: &ExtractedDocument) -> Failure {
    let count = |status| document.pages.iter().filter(|page| page.status == status).count();
    let pages = document.pages.len();
    if pages > 0 && count(PageStatus::Encrypted) == pages {
        let message =
            "the document is encrypted and opens only with a password: remove the password and try again";
        return Failure::new(FailureReason::Encrypted, message);
    }
    if pages > 0 && count(PageStatus::Damaged) == pages {
        let message = "none of the pages could be read: the file is damaged; make it anew and try again";
        return Failure::new(FailureReason::Malformed, message);
    }
    let message = if count(PageStatus::Scanned) > 0 {
        format!(
            "the document has no text on its {pages} pages, only pictures: it looks scanned; run text recognition (OCR) on it first"
        )
    } else {
        format!("the document has no text on its {pages} pages")
    };
    Failure::new(FailureReason::NoText, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Format, Page};

    fn document(pages: &[(&str, PageStatus)]) -> ExtractedDocument {
        let pages = (1..).zip(pages);
        ExtractedDocument {
            format: Format::Pdf,
            pages: pages
                .map(|(number, &(text, status))| Page {
                    number,
                    text: text.into(),
                    status,
                })
                .collect(),
            headings: Vec::new(),
            remarks: Vec::new(),
        }
    }

    fn reason(pages: &[(&str, PageStatus)], on_empty_pages: OnEmptyPages) -> Option<FailureReason> {
        judge_pages(&document(pages), on_empty_pages)
            .err()
            .map(|failure| failure.reason)
    }

    #[test]
    fn a_document_without_text_never_succeeds() {
        use PageStatus::{Damaged, Empty, Encrypted, Scanned};
        for mode in [OnEmptyPages::Warn, OnEmptyPages::Ignore, OnEmptyPages::Fail] {
            assert_eq!(reason(&[], mode), Some(FailureReason::NoText));
            assert_eq!(
                reason(&[("", Empty), (" \n", Empty)], mode),
                Some(FailureReason::NoText)
            );
            assert_eq!(
                reason(&[("", Encrypted), ("", Encrypted)], mode),
                Some(FailureReason::Encrypted)
            );
            assert_eq!(reason(&[("", Damaged)], mode), Some(FailureReason::Malformed));
            assert_eq!(
                reason(&[("", Damaged), ("", Scanned)], mode),
                Some(FailureReason::NoText)
            );
        }
        let scanned = judge_pages(&document(&[("", Scanned)]), OnEmptyPages::Warn).unwrap_err();
        assert!(scanned.message.contains("looks scanned"), "{scanned}");
    }

    #[test]
    fn an_empty_page_counts_as_it_was_asked() {
        let pages = [("text", PageStatus::Ok), ("", PageStatus::Empty)];
        assert_eq!(reason(&pages, OnEmptyPages::Fail), Some(FailureReason::NoText));
        assert_eq!(judge_pages(&document(&pages), OnEmptyPages::Ignore), Ok(None));
        let warning = judge_pages(&document(&pages), OnEmptyPages::Warn)
            .unwrap()
            .unwrap();
        assert_eq!(warning, "1 of 2 pages have no text: 2");
    }
}
