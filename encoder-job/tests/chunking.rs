//! The rules of chunking hold for any text, and so do the files made from it.
#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test that cannot go on has failed, and need not be fast"
)]

use encoder_job::{
    chunk::{self, Boundary, Chunk, Chunked, Parameters, Tokenizer, Vocabulary},
    document::{ExtractedDocument, Format, Heading, Page, PageStatus},
    encode::{self, OnEmptyPages, Options},
};
use proptest::prelude::*;

/// The most pages of a section.
const MAX_PAGES: usize = 15;

/// Pieces that texts are made of: words of several scripts, marks, blanks, line and paragraph ends.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-zàèéìòù]{1,9} ",
        2 => "[A-Z][a-z]{2,8}\\. ",
        1 => Just("\n\n".to_owned()),
        1 => Just("\n".to_owned()),
        1 => "[0-9]{1,8}",
        1 => "[一-龥]{1,6}。?",
        1 => "(🙂|👩‍👩‍👧|ф|ß|ﷺ|\u{301}|\u{200b}){1,4}",
        1 => "[-=_.*]{1,12}",
        1 => " {1,20}",
        1 => "\\PC{1,5}",
    ]
}

fn page_text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..120).prop_map(|pieces| pieces.concat().trim().replace('\u{c}', " "))
}

fn document() -> impl Strategy<Value = ExtractedDocument> {
    prop::collection::vec(page_text(), 1..24).prop_map(|texts| ExtractedDocument {
        format: Format::Pdf,
        headings: (1..)
            .zip(&texts)
            .filter(|(number, _)| number % 5 == 0)
            .map(|(page, text)| Heading {
                level: if page % 10 == 0 { 1 } else { 2 },
                title: format!("Heading {page}"),
                page,
                offset: text.chars().count() / 2,
            })
            .collect(),
        pages: (1..)
            .zip(texts)
            .map(|(number, text)| Page {
                number,
                text,
                status: PageStatus::Ok,
            })
            .collect(),
        remarks: Vec::new(),
    })
}

fn parameters() -> impl Strategy<Value = Parameters> {
    let tokenizer = prop_oneof![4 => Just(Tokenizer::Cl100kBase), 1 => Just(Tokenizer::O200kBase)];
    let boundary = prop_oneof![Just(Boundary::Sentence), Just(Boundary::Token)];
    (8_usize..200, 0.0_f64..1.0, tokenizer, boundary).prop_map(|(size, share, tokenizer, boundary)| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let overlap = (size as f64 * share) as usize;
        Parameters {
            size,
            overlap: overlap.min(size - 1),
            tokenizer,
            boundary,
        }
    })
}

/// Tokens that more or fewer may be shared, as a text that is cut inside a character or a word has others than in its place.
const TOLERANCE: usize = 4;

/// A chunk that another follows in its section ends with a sentence where there is one in its last fifth that is as plain as can be:
/// a word, a full stop, a blank, a capital letter.
fn check_end(
    chunk: &Chunk<'_>,
    characters: &[char],
    previous_end: usize,
    headings: &[usize],
    parameters: &Parameters,
    vocabulary: Vocabulary,
) -> Result<(), TestCaseError> {
    if parameters.boundary != Boundary::Sentence || parameters.size < 40 {
        return Ok(());
    }
    let is_sentence_end = |at: usize| {
        let [.., first, second, third, '.'] = characters[..at] else {
            return false;
        };
        [first, second, third].iter().all(char::is_ascii_lowercase)
            && matches!(characters.get(at..at + 2), Some([' ', next]) if next.is_ascii_uppercase())
    };
    let from = chunk.char_start.max(previous_end + 1);
    let Some(last) = (from..chunk.char_end).rev().find(|&at| is_sentence_end(at)) else {
        return Ok(());
    };
    let after: String = characters[last..chunk.char_end].iter().collect();
    let before: String = characters[chunk.char_start..last].iter().collect();
    let is_in_last_fifth = vocabulary.count(&before) > parameters.size - parameters.size / 5 + TOLERANCE;
    // Other good places are the end of another sentence or paragraph, and the beginning of a heading.
    let is_good = !after.trim_end().ends_with(char::is_alphanumeric)
        || after.trim_end_matches([' ', '\t']).ends_with("\n\n")
        || headings.contains(&chunk.char_end);
    prop_assert!(
        !is_in_last_fifth || is_good,
        "a chunk goes on after its last sentence: {:?}",
        after
    );
    Ok(())
}

/// No section is longer than it may be, unless it, or what follows, would be shorter than a chunk.
fn check_sections(
    text: &str,
    chunked: &Chunked<'_>,
    parameters: &Parameters,
    vocabulary: Vocabulary,
) -> Result<(), TestCaseError> {
    let pages: Vec<&str> = text.split_inclusive('\u{c}').collect();
    for section in 0..chunked.sections {
        let of_section: Vec<_> = chunked
            .chunks
            .iter()
            .filter(|chunk| chunk.section == section)
            .collect();
        let (Some(first), Some(last)) = (of_section.first(), of_section.last()) else {
            return Err(TestCaseError::fail(format!("section {section} has no chunk")));
        };
        let tokens: usize = vocabulary.count(&text_between(text, first.char_start, last.char_end));
        prop_assert!(
            chunked.sections == 1 || tokens + TOLERANCE >= parameters.size,
            "section {} has {} tokens",
            section,
            tokens
        );
        let begins = usize::try_from(first.page_start).unwrap() - 1;
        let ends = usize::try_from(last.page_end).unwrap();
        if ends - begins > MAX_PAGES {
            let (within, beyond) = (
                pages[begins..begins + MAX_PAGES].concat(),
                pages[begins + MAX_PAGES..].concat(),
            );
            prop_assert!(
                vocabulary.count(&within) <= parameters.size + TOLERANCE
                    || vocabulary.count(&beyond) <= parameters.size + TOLERANCE,
                "section {} has {} pages",
                section,
                ends - begins
            );
        }
    }
    Ok(())
}

/// Where headings begin, in characters of the whole text.
fn heading_positions(document: &ExtractedDocument) -> Vec<usize> {
    let start = |number: u32| -> usize {
        let before = document.pages.iter().filter(|page| page.number < number);
        before.map(|page| page.text.chars().count() + 1).sum()
    };
    document
        .headings
        .iter()
        .map(|heading| start(heading.page) + heading.offset)
        .collect()
}

fn text_between(text: &str, from: usize, to: usize) -> String {
    text.chars().skip(from).take(to - from).collect()
}

fn check(
    document: &ExtractedDocument,
    text: &str,
    chunked: &Chunked<'_>,
    parameters: &Parameters,
) -> Result<(), TestCaseError> {
    let characters: Vec<char> = text.chars().collect();
    let vocabulary = Vocabulary::new(parameters.tokenizer);
    prop_assert_eq!(chunked.total_characters, characters.len());
    let headings = &heading_positions(document);
    let mut covered = vec![false; characters.len()];
    for chunk in &chunked.chunks {
        let slice: String = characters[chunk.char_start..chunk.char_end].iter().collect();
        prop_assert_eq!(&slice, chunk.text, "positions are exact");
        prop_assert_eq!(vocabulary.count(chunk.text), chunk.token_count);
        prop_assert!(
            chunk.token_count <= parameters.size,
            "{} tokens of {}",
            chunk.token_count,
            parameters.size
        );
        prop_assert!(!chunk.text.trim().is_empty(), "an empty chunk");
        prop_assert!(chunk.page_start <= chunk.page_end);
        let before = &text[..text
            .char_indices()
            .nth(chunk.char_start)
            .map_or(text.len(), |(at, _)| at)];
        prop_assert_eq!(
            usize::try_from(chunk.page_start).unwrap(),
            before.matches('\u{c}').count() + 1
        );
        covered[chunk.char_start..chunk.char_end].fill(true);
    }
    for (position, is_covered) in covered.iter().enumerate() {
        prop_assert!(
            *is_covered || characters[position].is_whitespace(),
            "character {} is lost",
            position
        );
    }
    let mut previous_end = 0;
    for pair in chunked.chunks.windows(2) {
        let (one, next) = (&pair[0], &pair[1]);
        prop_assert!(
            one.char_start < next.char_start && one.char_end < next.char_end,
            "one within the other"
        );
        if one.section == next.section {
            prop_assert!(next.char_start <= one.char_end, "a gap inside a section");
            let shared: String = characters[next.char_start..one.char_end].iter().collect();
            let count = vocabulary.count(&shared);
            // To the nearest character boundary: where no cut has exactly the tokens asked for, a few are missing or over.
            prop_assert!(
                count <= parameters.overlap + TOLERANCE,
                "{} of {} shared",
                count,
                parameters.overlap
            );
            // A chunk that is hardly longer than the overlap is shared but for its beginning, so that there is progress.
            prop_assert!(
                count + TOLERANCE >= parameters.overlap.min(one.token_count / 2),
                "only {} of {} shared",
                count,
                parameters.overlap
            );
            check_end(one, &characters, previous_end, headings, parameters, vocabulary)?;
            previous_end = one.char_end;
        } else {
            prop_assert!(next.char_start >= one.char_end, "sections overlap");
            previous_end = next.char_start;
        }
    }
    check_sections(text, chunked, parameters, vocabulary)?;
    let mut ids: Vec<(usize, &str)> = chunked
        .chunks
        .iter()
        .map(|chunk| (chunk.section, &*chunk.id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    prop_assert_eq!(ids.len(), chunked.chunks.len(), "an id twice in a section");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_rule_holds(document in document(), parameters in parameters()) {
        let text = document.text();
        let vocabulary = Vocabulary::new(parameters.tokenizer);
        let chunked = chunk::chunk(&document, &text, &parameters, vocabulary);
        check(&document, &text, &chunked, &parameters)?;
        prop_assert_eq!(text.trim().is_empty(), chunked.chunks.is_empty());
    }

    #[test]
    fn the_files_verify_and_are_the_same_twice(document in document(), parameters in parameters()) {
        let options = Options {
            file_name: "a book.pdf".into(),
            source_sha256: "0".repeat(64),
            parameters,
            on_empty_pages: OnEmptyPages::Ignore,
        };
        let vocabulary = Vocabulary::new(parameters.tokenizer);
        if let Ok(encoded) = encode::encode(&document, &options, vocabulary, "") {
            encoded.manifest.verify(&encoded.files.metadata.bytes, &encoded.files.index.bytes).unwrap();
            let again = encode::encode(&document, &options, vocabulary, "").unwrap();
            prop_assert_eq!(encoded.files, again.files);
            prop_assert_eq!(encoded.manifest.to_bytes(), again.manifest.to_bytes());
        }
    }

    #[test]
    fn tokens_are_those_of_tiktoken(text in page_text()) {
        for (tokenizer, oracle) in [
            (Tokenizer::Cl100kBase, tiktoken_rs::cl100k_base_singleton()),
            (Tokenizer::O200kBase, tiktoken_rs::o200k_base_singleton()),
        ] {
            prop_assert_eq!(Vocabulary::new(tokenizer).count(&text), oracle.encode_ordinary(&text).len());
        }
    }
}

fn prose(sentences: usize) -> String {
    (0..sentences)
        .map(|n| format!("Sentence number {n} says something of its own. "))
        .collect::<String>()
        .trim_end()
        .to_owned()
}

fn one_page(text: &str) -> ExtractedDocument {
    ExtractedDocument {
        format: Format::Text,
        pages: vec![Page {
            number: 1,
            text: text.into(),
            status: PageStatus::Ok,
        }],
        headings: Vec::new(),
        remarks: Vec::new(),
    }
}

#[test]
fn by_default_chunks_have_1200_tokens_share_200_and_end_with_a_sentence() {
    let document = one_page(&prose(1000));
    let text = document.text();
    let parameters = Parameters::default();
    let vocabulary = Vocabulary::new(parameters.tokenizer);
    let chunked = chunk::chunk(&document, &text, &parameters, vocabulary);
    assert!(chunked.chunks.len() > 5);
    for chunk in &chunked.chunks {
        assert!(
            chunk.text.trim_end().ends_with('.'),
            "…{}",
            &chunk.text[chunk.text.len() - 30..]
        );
    }
    for pair in chunked.chunks.windows(2) {
        assert!(pair[0].token_count > 960);
        let shared = pair[0].char_end - pair[1].char_start;
        let shared: String = pair[1].text.chars().take(shared).collect();
        assert_eq!(vocabulary.count(&shared), 200);
    }
}

#[test]
fn cut_at_tokens_every_chunk_but_the_last_is_full() {
    let document = one_page(&prose(1000));
    let text = document.text();
    let parameters = Parameters {
        boundary: Boundary::Token,
        ..Parameters::default()
    };
    let vocabulary = Vocabulary::new(parameters.tokenizer);
    let chunked = chunk::chunk(&document, &text, &parameters, vocabulary);
    let (_, full) = chunked.chunks.split_last().unwrap();
    assert!(
        full.iter().all(|chunk| chunk.token_count >= 1199),
        "{:?}",
        full.iter().map(|c| c.token_count).collect::<Vec<_>>()
    );
}

#[test]
fn a_section_begins_at_a_top_level_bookmark_and_after_fifteen_pages() {
    let pages: Vec<Page> = (1..=40)
        .map(|number| Page {
            number,
            text: prose(60),
            status: PageStatus::Ok,
        })
        .collect();
    let heading = |level, page| Heading {
        level,
        title: format!("Part {page}"),
        page,
        offset: 0,
    };
    let document = ExtractedDocument {
        format: Format::Pdf,
        pages,
        headings: vec![heading(1, 1), heading(2, 3), heading(1, 5), heading(2, 30)],
        remarks: Vec::new(),
    };
    let text = document.text();
    let parameters = Parameters::default();
    let chunked = chunk::chunk(
        &document,
        &text,
        &parameters,
        Vocabulary::new(parameters.tokenizer),
    );
    let mut firsts: Vec<u32> = Vec::new();
    for chunk in &chunked.chunks {
        if chunk.section == firsts.len() {
            firsts.push(chunk.page_start);
        }
    }
    assert_eq!(firsts, [1, 5, 20, 35]);
    assert_eq!(chunked.sections, 4);
    let title = |page| {
        chunked
            .chunks
            .iter()
            .find(|chunk| chunk.page_start == page)
            .and_then(|chunk| chunk.title.clone())
    };
    assert_eq!(title(1).as_deref(), Some("Part 1"));
    assert_eq!(title(4).as_deref(), Some("Part 3"));
    assert_eq!(title(39).as_deref(), Some("Part 30"));
}

#[test]
fn a_section_has_at_most_fifty_thousand_characters_and_at_least_a_chunk() {
    let document = one_page(&prose(3000));
    let text = document.text();
    let parameters = Parameters::default();
    let chunked = chunk::chunk(
        &document,
        &text,
        &parameters,
        Vocabulary::new(parameters.tokenizer),
    );
    assert!(chunked.sections > 1);
    for section in 0..chunked.sections {
        let of_section: Vec<_> = chunked
            .chunks
            .iter()
            .filter(|chunk| chunk.section == section)
            .collect();
        let characters = of_section.last().unwrap().char_end - of_section[0].char_start;
        assert!(
            characters <= 50_000,
            "section {section} has {characters} characters"
        );
        assert!(
            of_section.iter().map(|chunk| chunk.token_count).sum::<usize>() >= 1200,
            "section {section} is short"
        );
    }
}

#[test]
fn a_section_of_lines_without_a_paragraph_ends_with_a_sentence_a_line_or_a_word() {
    let sentences: String = (0..3000)
        .map(|n| format!("Sentence {n} says something.\n"))
        .collect();
    let lines: String = (0..3000).map(|n| format!("line {n} of words\n")).collect();
    let words: String = (0..9000).map(|n| format!("word{n} ")).collect();
    for (text, ends) in [(sentences, "something."), (lines, "words"), (words, "")] {
        let document = one_page(text.trim_end());
        let text = document.text();
        let parameters = Parameters::default();
        let chunked = chunk::chunk(
            &document,
            &text,
            &parameters,
            Vocabulary::new(parameters.tokenizer),
        );
        assert!(chunked.sections > 1);
        for pair in chunked
            .chunks
            .windows(2)
            .filter(|pair| pair[0].section != pair[1].section)
        {
            assert!(
                pair[0].text.trim_end().ends_with(ends),
                "{:?}",
                &pair[0].text[pair[0].text.len() - 20..]
            );
            let begins = ["Sentence ", "line ", "word"];
            assert!(
                begins.iter().any(|begin| pair[1].text.starts_with(begin)),
                "{:?}",
                &pair[1].text[..20]
            );
        }
    }
}

#[test]
fn many_headings_take_no_time() {
    let count = 100_000;
    let document = ExtractedDocument {
        headings: (0..count)
            .map(|number| Heading {
                level: 1,
                title: "a".into(),
                page: 1,
                offset: 4 * number,
            })
            .collect(),
        ..one_page("# a\n".repeat(count).trim_end())
    };
    let text = document.text();
    let parameters = Parameters {
        size: 8,
        overlap: 0,
        ..Parameters::default()
    };
    let began = std::time::Instant::now();
    let chunked = chunk::chunk(
        &document,
        &text,
        &parameters,
        Vocabulary::new(parameters.tokenizer),
    );
    assert!(chunked.sections > 10_000);
    // Were each heading compared with all that follow it, it would take minutes.
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn a_changed_page_changes_no_id_far_from_it() {
    let pages = |changed: &str| {
        let mut pages: Vec<Page> = (1..=30)
            .map(|number| Page {
                number,
                text: format!("Page {number}. {}", prose(60)),
                status: PageStatus::Ok,
            })
            .collect();
        pages[29].text.push_str(changed);
        ExtractedDocument {
            format: Format::Pdf,
            pages,
            headings: Vec::new(),
            remarks: Vec::new(),
        }
    };
    let parameters = Parameters::default();
    let vocabulary = Vocabulary::new(parameters.tokenizer);
    let ids = |document: &ExtractedDocument| -> Vec<String> {
        let text = document.text();
        chunk::chunk(document, &text, &parameters, vocabulary)
            .chunks
            .into_iter()
            .map(|chunk| chunk.id)
            .collect()
    };
    let (before, after) = (ids(&pages("")), ids(&pages(" And one more sentence.")));
    assert_eq!(before[..before.len() - 2], after[..before.len() - 2]);
    assert_ne!(before, after);
}

#[test]
fn a_million_blanks_or_letters_are_no_problem() {
    for text in [
        "x".repeat(1_000_000),
        format!("a{}b", " ".repeat(1_000_000)),
        "🙂".repeat(100_000),
    ] {
        let document = one_page(&text);
        let whole = document.text();
        let parameters = Parameters::default();
        let chunked = chunk::chunk(
            &document,
            &whole,
            &parameters,
            Vocabulary::new(parameters.tokenizer),
        );
        assert!(chunked.chunks.iter().all(|chunk| chunk.token_count <= 1200));
    }
}
