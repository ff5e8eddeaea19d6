//! The rules that what comes of a document must keep, whatever the document is.

#[path = "../../tests/chunking/rules.rs"]
mod chunking_rules;

use encoder_job::{
    chunk::{self, Parameters, Tokens, Vocabulary},
    document::{ExtractedDocument, PAGE_END},
    encode::{self, OnEmptyPages, Options},
    extract::RunningHeads,
    failure::{Failure, FailureReason},
};

/// A refusal is for a reason that is the document's, in one line.
pub fn check_failure(failure: &Failure) {
    assert!(
        !matches!(
            failure.reason,
            FailureReason::OutOfMemory | FailureReason::DeadlineExceeded
        ),
        "{failure}"
    );
    check_ending(failure);
}

/// A process of its own may have ended at its limits, too.
pub fn check_ending(failure: &Failure) {
    assert!(
        matches!(
            failure.reason,
            FailureReason::UnsupportedFormat
                | FailureReason::SourceTooLarge
                | FailureReason::Encrypted
                | FailureReason::Malformed
                | FailureReason::NoText
                | FailureReason::OutOfMemory
                | FailureReason::DeadlineExceeded
        ),
        "{failure}"
    );
    assert!(
        !failure.message.is_empty() && !failure.message.contains(['\n', '\r']),
        "{failure}"
    );
}

/// Pages are those announced, in order, and clean; headings lie within them.
pub fn check_document(document: &ExtractedDocument, announced: Option<u32>) {
    if let Some(announced) = announced {
        assert_eq!(announced as usize, document.pages.len());
    }
    for (number, page) in (1..).zip(&document.pages) {
        assert_eq!(page.number, number);
        assert_eq!(page.text.trim(), page.text, "page {number} has whitespace at an end");
        let wrong = page.text.chars().find(|&character| {
            character == PAGE_END || (character.is_control() && !matches!(character, '\n' | '\t'))
        });
        assert_eq!(wrong, None, "page {number} has a control character");
    }
    for heading in &document.headings {
        let page = (heading.page as usize)
            .checked_sub(1)
            .and_then(|index| document.pages.get(index));
        let page = page.unwrap_or_else(|| panic!("{heading:?} is on no page"));
        assert!(
            heading.offset <= page.text.chars().count(),
            "{heading:?} is beyond its page"
        );
        assert!(heading.level > 0 && !heading.title.contains('\n'), "{heading:?}");
    }
}

/// Chunks keep their rules, and the files made of them verify.
pub fn check_encoding(document: &ExtractedDocument, parameters: Parameters) {
    let vocabulary = Vocabulary::new(parameters.tokenizer);
    let text = document.text();
    let chunked = chunk::chunk(document, &text, &parameters, &Tokens::of(document, vocabulary));
    chunking_rules::check(document, &text, &chunked, &parameters);
    let options = Options {
        file_name: "a document".to_owned(),
        source_sha256: "0".repeat(64),
        parameters,
        running_heads: RunningHeads::default(),
        on_empty_pages: OnEmptyPages::Ignore,
    };
    match encode::encode(document, &options, &Tokens::of(document, vocabulary), "") {
        Ok(encoded) => {
            let (metadata, index) = (&encoded.files.metadata.bytes, &encoded.files.index.bytes);
            if let Err(problem) = encoded.manifest.verify(metadata, index) {
                panic!("what was written does not verify: {problem}");
            }
        }
        Err(failure) => check_failure(&failure),
    }
}
