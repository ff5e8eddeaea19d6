//! The rules that what comes of a document must keep, whatever the document is.

use encoder_job::{
    chunk::{self, Chunk, Chunked, Parameters, Vocabulary},
    document::{ExtractedDocument, PAGE_END},
    encode::{self, OnEmptyPages, Options},
    failure::{Failure, FailureReason},
};

/// A refusal is for a reason that is the document's, in one line.
pub fn check_failure(failure: &Failure) {
    assert!(
        matches!(
            failure.reason,
            FailureReason::UnsupportedFormat
                | FailureReason::SourceTooLarge
                | FailureReason::Encrypted
                | FailureReason::Malformed
                | FailureReason::NoText
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
    assert_eq!(announced.map(|total| total as usize), Some(document.pages.len()));
    for (number, page) in (1..).zip(&document.pages) {
        assert_eq!(page.number, number);
        assert_eq!(page.text.trim(), page.text, "page {number} has blanks at an end");
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
    let chunked = chunk::chunk(document, &text, &parameters, vocabulary);
    check_chunks(&text, &chunked, &parameters, vocabulary);
    assert_eq!(text.trim().is_empty(), chunked.chunks.is_empty());
    let options = Options {
        file_name: "a document".to_owned(),
        source_sha256: "0".repeat(64),
        parameters,
        on_empty_pages: OnEmptyPages::Ignore,
    };
    match encode::encode(document, &options, vocabulary, "") {
        Ok(encoded) => {
            let (metadata, index) = (&encoded.files.metadata.bytes, &encoded.files.index.bytes);
            if let Err(problem) = encoded.manifest.verify(metadata, index) {
                panic!("what was written does not verify: {problem}");
            }
        }
        Err(failure) => check_failure(&failure),
    }
}

fn check_chunks(text: &str, chunked: &Chunked<'_>, parameters: &Parameters, vocabulary: Vocabulary) {
    let starts: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    let part = |from: usize, to: usize| &text[starts[from]..starts[to]];
    assert_eq!(chunked.total_characters + 1, starts.len());
    // No text is lost: between what is covered so far and the next chunk there is nothing but blanks.
    let mut covered = 0;
    for chunk in &chunked.chunks {
        check_chunk(chunk, parameters, vocabulary);
        assert_eq!(
            part(chunk.char_start, chunk.char_end),
            chunk.text,
            "positions are exact"
        );
        let pages_before = part(0, chunk.char_start).matches(PAGE_END).count();
        assert_eq!(chunk.page_start as usize, pages_before + 1);
        if chunk.char_start > covered {
            assert!(
                part(covered, chunk.char_start).trim().is_empty(),
                "text is lost at {covered}"
            );
        }
        covered = chunk.char_end;
    }
    assert!(
        part(covered, starts.len() - 1).trim().is_empty(),
        "text is lost at the end"
    );
    for pair in chunked.chunks.windows(2) {
        let (one, next) = (&pair[0], &pair[1]);
        assert!(
            one.char_start < next.char_start && one.char_end < next.char_end,
            "one chunk is within the other"
        );
        if one.section == next.section {
            assert!(next.char_start <= one.char_end, "there is a gap inside a section");
            let shared = vocabulary.count(part(next.char_start, one.char_end));
            // To the nearest character boundary, and with progress.
            let least = parameters.overlap.min(one.token_count / 2);
            assert!(
                (least..=parameters.overlap + 8).contains(&(shared + 4)),
                "{shared} of {} shared",
                parameters.overlap
            );
        } else {
            assert!(next.char_start >= one.char_end, "sections overlap");
        }
    }
    let mut ids: Vec<(usize, &str)> = chunked
        .chunks
        .iter()
        .map(|chunk| (chunk.section, &*chunk.id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(
        ids.len(),
        chunked.chunks.len(),
        "an id is there twice in a section"
    );
}

fn check_chunk(chunk: &Chunk<'_>, parameters: &Parameters, vocabulary: Vocabulary) {
    assert_eq!(vocabulary.count(chunk.text), chunk.token_count);
    assert!(
        chunk.token_count <= parameters.size,
        "{} tokens of {}",
        chunk.token_count,
        parameters.size
    );
    assert!(!chunk.text.trim().is_empty(), "a chunk is empty");
    assert!(chunk.page_start <= chunk.page_end);
}
