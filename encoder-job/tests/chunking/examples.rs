//! What the rules come to, by examples.

use std::time::Instant;

use encoder_job::{
    chunk::{self, Boundary, Parameters, Tokens, Vocabulary},
    document::{ExtractedDocument, Format, Heading, Page, PageStatus},
};

use crate::rules;

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
        warnings: Vec::new(),
    }
}

#[test]
fn by_default_chunks_have_1200_tokens_share_200_and_end_with_a_sentence() {
    let document = one_page(&prose(1000));
    let text = document.text();
    let parameters = Parameters::default();
    let vocabulary = Vocabulary::new(parameters.tokenizer);
    let chunked = chunk::chunk(&document, &text, &parameters, &Tokens::of(&document, vocabulary));
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
    let chunked = chunk::chunk(&document, &text, &parameters, &Tokens::of(&document, vocabulary));
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
        warnings: Vec::new(),
    };
    let text = document.text();
    let parameters = Parameters::default();
    let chunked = chunk::chunk(
        &document,
        &text,
        &parameters,
        &Tokens::of(&document, Vocabulary::new(parameters.tokenizer)),
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
        &Tokens::of(&document, Vocabulary::new(parameters.tokenizer)),
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
fn a_section_ends_soon_after_it_has_a_chunk_where_that_is_longer_than_fifty_thousand_characters() {
    let document = one_page(&prose(12_000));
    let text = document.text();
    let parameters = Parameters {
        size: 15_000,
        ..Parameters::default()
    };
    let vocabulary = Vocabulary::new(parameters.tokenizer);
    let chunked = chunk::chunk(&document, &text, &parameters, &Tokens::of(&document, vocabulary));
    assert!(chunked.sections > 4, "{}", chunked.sections);
    for section in 0..chunked.sections - 1 {
        let mut of_section = chunked.chunks.iter().filter(|chunk| chunk.section == section);
        let start = of_section.next().unwrap().char_start;
        let end = chunked
            .chunks
            .iter()
            .rfind(|chunk| chunk.section == section)
            .unwrap()
            .char_end;
        let whole: String = text.chars().skip(start).take(end - start).collect();
        let tokens = vocabulary.count(&whole);
        assert!((15_000..17_000).contains(&tokens), "section {section}: {tokens}");
        assert!(whole.ends_with('.'), "{:?}", &whole[whole.len() - 20..]);
    }
}

#[test]
fn sentences_end_whole_before_a_tail_of_marks_that_shares_some_text() {
    let document = one_page(&format!("{}{}", prose(115), "* ".repeat(60)));
    let text = document.text();
    let parameters = Parameters::default();
    let tokens = Tokens::of(&document, Vocabulary::new(parameters.tokenizer));
    assert!(tokens.len() > 1200, "{}", tokens.len());
    let chunked = chunk::chunk(&document, &text, &parameters, &tokens);
    let [first, last] = chunked.chunks.as_slice() else {
        panic!("{:#?}", chunked.chunks);
    };
    assert!(first.text.ends_with('.'), "{:?}", first.text);
    assert!(last.text.contains(char::is_alphanumeric), "{:?}", last.text);
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
            &Tokens::of(&document, Vocabulary::new(parameters.tokenizer)),
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
        &Tokens::of(&document, Vocabulary::new(parameters.tokenizer)),
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
            warnings: Vec::new(),
        }
    };
    let parameters = Parameters::default();
    let vocabulary = Vocabulary::new(parameters.tokenizer);
    let ids = |document: &ExtractedDocument| -> Vec<String> {
        let text = document.text();
        chunk::chunk(document, &text, &parameters, &Tokens::of(document, vocabulary))
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
fn a_million_spaces_or_letters_are_no_problem() {
    for text in [
        "x".repeat(1_000_000),
        format!("a{}b", " ".repeat(1_000_000)),
        "🙂".repeat(100_000),
        ".".repeat(1_000_000),
        "!\n".repeat(250_000),
        "。".repeat(100_000),
        "\" \n".repeat(250_000),
    ] {
        let document = one_page(&text);
        let whole = document.text();
        for size in [1200, 20_000] {
            let parameters = Parameters {
                size,
                ..Parameters::default()
            };
            let tokens = Tokens::of(&document, Vocabulary::new(parameters.tokenizer));
            let began = Instant::now();
            let chunked = chunk::chunk(&document, &whole, &parameters, &tokens);
            assert!(chunked.chunks.iter().all(|chunk| chunk.token_count <= size));
            assert!(
                began.elapsed().as_secs() < 20,
                "{:?}: {:?}",
                text.chars().next(),
                began.elapsed()
            );
        }
    }
}

#[test]
fn blank_pages_make_no_chunk_wherever_they_are() {
    let blank = || std::iter::repeat_n("", 400);
    let texts = ["One page."]
        .into_iter()
        .chain(blank())
        .chain(["Another page of text."]);
    let document = ExtractedDocument {
        format: Format::Pdf,
        pages: (1..)
            .zip(blank().chain(texts).chain(blank()))
            .map(|(number, text)| Page {
                number,
                text: text.into(),
                status: PageStatus::Ok,
            })
            .collect(),
        headings: Vec::new(),
        warnings: Vec::new(),
    };
    let text = document.text();
    for overlap in [0, 4, 7] {
        let parameters = Parameters {
            size: 8,
            overlap,
            ..Parameters::default()
        };
        let vocabulary = Vocabulary::new(parameters.tokenizer);
        let chunked = chunk::chunk(&document, &text, &parameters, &Tokens::of(&document, vocabulary));
        rules::check(&document, &text, &chunked, &parameters);
        let mut of_pages: Vec<(u32, u32)> = chunked
            .chunks
            .iter()
            .map(|chunk| (chunk.page_start, chunk.page_end))
            .collect();
        of_pages.dedup();
        assert_eq!(of_pages, [(401, 401), (802, 802)], "overlap {overlap}");
    }
}

#[test]
fn a_last_chunk_is_more_than_a_word_beside_what_it_shares() {
    for boundary in [Boundary::Token, Boundary::Sentence] {
        for (text, overlap) in [
            (format!("{}end", "word ".repeat(1200)), 200),
            (format!("{}end", "word ".repeat(1200)), 0),
            (format!("{} Yes. Yes.", prose(130)), 200),
            (format!("{}end", "word ".repeat(2200)), 200),
        ] {
            let document = one_page(&text);
            let text = document.text();
            let parameters = Parameters {
                overlap,
                boundary,
                ..Parameters::default()
            };
            let vocabulary = Vocabulary::new(parameters.tokenizer);
            let chunked = chunk::chunk(&document, &text, &parameters, &Tokens::of(&document, vocabulary));
            rules::check(&document, &text, &chunked, &parameters);
            let [.., before, last] = &chunked.chunks[..] else {
                panic!("there are two chunks at least");
            };
            let known = before.char_end - last.char_start;
            let new: String = last.text.chars().skip(known).collect();
            let tokens = vocabulary.count(&new);
            assert!(
                tokens >= 60 - chunk::TOLERANCE,
                "{tokens} new tokens, {boundary:?}"
            );
        }
    }
}
