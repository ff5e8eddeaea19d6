//! What pages without text, or with a part of theirs, mean for a document.

use crate::{
    document::{ExtractedDocument, Page, PageStatus},
    failure::{Failure, FailureReason},
    pluralize::counted,
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

/// Decides whether a document with these pages may succeed; the sentences are what to say of it if it may.
///
/// # Errors
/// `NoText`, `Encrypted` or `Malformed`, as [`encode`](super::encode) has them.
pub fn judge_pages(
    document: &ExtractedDocument,
    on_empty_pages: OnEmptyPages,
) -> Result<Vec<String>, Failure> {
    let (empty, with_text): (Vec<&Page>, Vec<&Page>) = document
        .pages
        .iter()
        .partition(|page| page.text.trim().is_empty());
    if with_text.is_empty() {
        return Err(no_text(document));
    }
    if on_empty_pages == OnEmptyPages::Ignore {
        return Ok(Vec::new());
    }
    let partial: Vec<&Page> = with_text
        .into_iter()
        .filter(|page| page.status != PageStatus::Ok)
        .collect();
    let sentences: Vec<String> = [
        (&empty, ["has no text", "have no text"], kinds(&empty)),
        (
            &partial,
            [
                "was not read wholly, as it is damaged or its fonts do not say what it shows",
                "were not read wholly, as they are damaged or their fonts do not say what they show",
            ],
            String::new(),
        ),
    ]
    .into_iter()
    .filter(|(pages, ..)| !pages.is_empty())
    .map(|(pages, what, kinds)| {
        let (count, of) = (pages.len(), counted(document.pages.len(), "page"));
        let what = what[usize::from(count != 1)];
        format!("{count} of {of} {what}{kinds}: {}", first_few(pages))
    })
    .collect();
    if on_empty_pages == OnEmptyPages::Fail && !sentences.is_empty() {
        let message = format!(
            "{}; allow it with onEmptyPages Warn or Ignore",
            sentences.join("; ")
        );
        let reason = if empty.is_empty() {
            FailureReason::Malformed
        } else {
            FailureReason::NoText
        };
        return Err(Failure::new(reason, message));
    }
    Ok(sentences)
}

/// How many of these pages are more than empty, in brackets after a space; nothing where none is.
fn kinds(pages: &[&Page]) -> String {
    let kinds: Vec<String> = [
        (PageStatus::Scanned, "looking scanned"),
        (PageStatus::Damaged, "damaged"),
        (PageStatus::Encrypted, "encrypted"),
    ]
    .into_iter()
    .map(|(status, what)| (pages.iter().filter(|page| page.status == status).count(), what))
    .filter(|&(count, _)| count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if kinds.is_empty() {
        String::new()
    } else {
        format!(" ({})", kinds.join(", "))
    }
}

/// Numbers of pages, of many the first ten.
fn first_few(pages: &[&Page]) -> String {
    let few: Vec<String> = pages
        .iter()
        .take(10)
        .map(|page| page.number.to_string())
        .collect();
    let more = if few.len() < pages.len() { ", …" } else { "" };
    format!("{}{more}", few.join(", "))
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
        let message = "none of the pages could be read: the file is damaged, or its fonts do not say what they show; make it anew and try again";
        return Failure::new(FailureReason::Malformed, message);
    }
    let message = if count(PageStatus::Scanned) > 0 {
        format!(
            "the document has no text on its {}, only pictures: it looks scanned; run text recognition (OCR) on it first",
            counted(pages, "page")
        )
    } else {
        format!("the document has no text on its {}", counted(pages, "page"))
    };
    Failure::new(FailureReason::NoText, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Format;

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
            warnings: Vec::new(),
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
        assert_eq!(
            judge_pages(&document(&pages), OnEmptyPages::Ignore),
            Ok(Vec::new())
        );
        let warnings = judge_pages(&document(&pages), OnEmptyPages::Warn).unwrap();
        assert_eq!(warnings, ["1 of 2 pages has no text: 2"]);
        let pages = [
            ("text", PageStatus::Ok),
            ("", PageStatus::Scanned),
            ("", PageStatus::Empty),
        ];
        let warnings = judge_pages(&document(&pages), OnEmptyPages::Warn).unwrap();
        assert_eq!(warnings, ["2 of 3 pages have no text (1 looking scanned): 2, 3"]);
    }

    #[test]
    fn a_page_that_was_not_read_to_its_end_counts_as_well() {
        let pages = [("text", PageStatus::Ok), ("te", PageStatus::Damaged)];
        assert_eq!(reason(&pages, OnEmptyPages::Fail), Some(FailureReason::Malformed));
        let warnings = judge_pages(&document(&pages), OnEmptyPages::Warn).unwrap();
        assert_eq!(
            warnings,
            ["1 of 2 pages was not read wholly, as it is damaged or its fonts do not say what it shows: 2"]
        );
    }
}
