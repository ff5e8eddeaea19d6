//! The rules of chunking, each broken once.

use std::collections::HashMap;

use super::*;

#[test]
fn each_chunk_is_what_it_says() {
    check(&[
        ("a book_sections_metadata.json: chunk 1: its index is 0", |r| {
            r.metadata.chunks[1].metadata.index = 0;
        }),
        ("chunk 1: its length is 3", |r| {
            r.metadata.chunks[1].metadata.length = 3;
        }),
        ("chunk 1: char_start and char_end", |r| {
            r.metadata.chunks[1].char_end += 1;
        }),
        ("chunk 1: char_start and char_end", |r| {
            r.metadata.chunks[1].char_start = usize::MAX;
        }),
        ("chunk 1: start and end", |r| {
            r.metadata.chunks[1].metadata.end += 1;
        }),
        ("it ends beyond the text", |r| {
            let last = r.metadata.chunks.last_mut().unwrap();
            last.char_start += 1000;
            last.char_end += 1000;
        }),
        ("chunk 0: it stands on pages 1 to 1", |r| {
            r.metadata.chunks[0].page_start = 2;
        }),
        ("chunk 0: it stands on pages 1 to 1", |r| {
            r.metadata.chunks[0].page_end = 99;
        }),
        ("chunk 0: its page is not page_start", |r| {
            r.metadata.chunks[0].metadata.page = None;
        }),
        ("chunk 1: its title is \"Another\"", |r| {
            r.metadata.chunks[1].metadata.title = Some("Another".into());
        }),
        ("chunk 0: its title is \"\", and the last heading", |r| {
            r.metadata.chunks[0].metadata.title = None;
        }),
        ("heading 1, \"On page 4\", stands at character 0", |r| {
            r.metadata.headings.as_mut().unwrap()[0].char_start = 1;
            r.metadata.headings.as_mut().unwrap()[1].char_start = 0;
        }),
        ("chunk 1: its token_count", |r| {
            r.metadata.chunks[1].token_count += 1;
        }),
        ("tokens, more than the 39 that are allowed", |r| {
            r.manifest.parameters.size = 39;
            (r.metadata.chunk_size, r.index.config.chunking.chunk_size) = (39, 39);
            for chunk in &mut r.metadata.chunks {
                chunk.id = chunk_id(&chunk.text, &r.manifest.parameters, 0);
            }
        }),
        ("chunk 0: its id", |r| r.metadata.chunks[0].id = "x".into()),
        ("chunk 0: its id", |r| {
            r.manifest.parameters.boundary = Boundary::Sentence;
        }),
        // One that stands in its section again has an ordinal.
        (": its id", |r| {
            for chunk in &mut r.metadata.chunks {
                chunk.id = chunk_id(&chunk.text, &r.manifest.parameters, 0);
            }
        }),
    ]);
}

#[test]
fn a_chunk_that_begins_with_a_form_feed_has_the_page_and_the_title_of_what_follows_it() {
    let good = begins_with_form_feed();
    good.clone().verify().unwrap();
    let number = good
        .metadata
        .chunks
        .iter()
        .position(|chunk| chunk.text.starts_with(PAGE_END))
        .expect("one begins with a form feed");
    let chunk = &good.metadata.chunks[number];
    assert_eq!((chunk.page_start, chunk.metadata.page), (2, Some(2)));
    assert_eq!(chunk.metadata.title.as_deref(), Some("Two"));
    // Where its form feed stands is the page before, under the heading before.
    let mut broken = good.clone();
    let chunk = &mut broken.metadata.chunks[number];
    (chunk.page_start, chunk.metadata.page) = (1, Some(1));
    let problem = broken.verify().unwrap_err().to_string();
    assert!(problem.contains("it stands on pages 2 to 2"), "{problem}");
    let mut broken = good;
    broken.metadata.chunks[number].metadata.title = Some("One".into());
    let problem = broken.verify().unwrap_err().to_string();
    let expected = "its title is \"One\", and the last heading above its text is \"Two\"";
    assert!(problem.contains(expected), "{problem}");
}

#[test]
fn a_result_that_does_not_say_its_headings_is_proved_without_them() {
    let mut earlier = good();
    earlier.metadata.headings = None;
    earlier.metadata.chunks[0].metadata.title = Some("Another".into());
    earlier.verify().unwrap();
}

#[test]
fn sections_and_chunks_follow_each_other() {
    check(&[
        ("chunk 0: total_sections", |r| {
            r.metadata.chunks[0].metadata.total_sections = 9;
        }),
        ("chunk 0: section 2 follows section 0", |r| {
            r.metadata.chunks[0].metadata.section = 2;
        }),
        ("section 9 follows section 3", |r| {
            r.metadata.chunks.last_mut().unwrap().metadata.section = 9;
        }),
        ("chunk 1: start is not counted", |r| {
            r.metadata.chunks[1].metadata.start += 1;
            r.metadata.chunks[1].metadata.end += 1;
        }),
        ("its chunks are of 3 sections, and sections_count is 4", |r| {
            (r.metadata.sections_count, r.manifest.counts.sections) = (4, 4);
            for chunk in &mut r.metadata.chunks {
                chunk.metadata.total_sections = 4;
            }
        }),
        // A section that begins in the middle of another has overlap that it must not have.
        ("chunk 1: it reaches into the section before", |r| {
            (r.metadata.sections_count, r.manifest.counts.sections) = (4, 4);
            let start = r.metadata.chunks[1].char_start;
            for chunk in &mut r.metadata.chunks {
                chunk.metadata.total_sections = 4;
                if chunk.metadata.index > 0 {
                    chunk.metadata.section += 1;
                }
                if chunk.metadata.section == 2 {
                    chunk.metadata.start = chunk.char_start - start;
                    chunk.metadata.end = chunk.char_end - start;
                }
            }
        }),
    ]);
}

#[test]
fn neighbours_share_what_they_should() {
    fn with_overlap(r: &mut Parts, overlap: usize) {
        r.manifest.parameters.overlap = overlap;
        (r.metadata.overlap, r.index.config.chunking.overlap) = (overlap, overlap);
        let mut seen = HashMap::new();
        for chunk in &mut r.metadata.chunks {
            let ordinal = seen
                .entry((chunk.metadata.section, chunk.text.clone()))
                .or_insert(0);
            chunk.id = chunk_id(&chunk.text, &r.manifest.parameters, *ordinal);
            *ordinal += 1;
        }
    }
    check(&[
        (
            "chunk 1: it shares 10 tokens with the one before, and the overlap is 2",
            |r| with_overlap(r, 2),
        ),
        (
            "chunk 1: it shares only 10 tokens with the one before, and the overlap is 39",
            |r| with_overlap(r, 39),
        ),
        ("do not have the same text in the", |r| {
            let changed = r.metadata.chunks[1].text.replacen(" the ", " thy ", 1);
            r.metadata.chunks[1].text = changed.clone().into();
            r.index.metadata[1].text = changed.into();
            with_overlap(r, 10);
        }),
        ("chunk 1: it and the one before are one within the other", |r| {
            r.metadata.chunks[1] = r.metadata.chunks[0].clone();
            r.index.metadata[1].text.clone_from(&r.metadata.chunks[0].text);
            r.index.metadata[1].length = r.index.metadata[0].length;
            r.metadata.chunks[1].metadata.index = 1;
            with_overlap(r, 10);
        }),
    ]);
}

#[test]
fn no_text_is_missing() {
    check(&[
        ("chunk 1: there is a gap between it and the one before", |r| {
            let overlap = r.metadata.chunks[0].char_end - r.metadata.chunks[1].char_start;
            r.begin_later(1, overlap + 20);
        }),
        ("is in no chunk", |r| r.keep(|number| !(3..6).contains(&number))),
        ("is in no chunk", |r| {
            let last = r.metadata.chunks.len() - 1;
            r.keep(|number| number != last);
        }),
        ("is in no chunk", |r| {
            // The whole of the second section.
            let sections: Vec<usize> = r
                .metadata
                .chunks
                .iter()
                .map(|chunk| chunk.metadata.section)
                .collect();
            r.keep(|number| sections[number] != 2);
            (r.metadata.sections_count, r.manifest.counts.sections) = (2, 2);
            for chunk in &mut r.metadata.chunks {
                chunk.metadata.total_sections = 2;
                chunk.metadata.section = chunk.metadata.section.min(2);
            }
        }),
        ("and total_tokens is 900000", |r| {
            (r.metadata.total_tokens, r.manifest.counts.tokens) = (900_000, 900_000);
        }),
    ]);
    // The beginning of the first section, as if the section began later.
    let mut broken = good();
    broken.keep(|number| number > 0);
    let start = broken.metadata.chunks[0].char_start;
    for chunk in broken
        .metadata
        .chunks
        .iter_mut()
        .filter(|chunk| chunk.metadata.section == 1)
    {
        chunk.metadata.start = chunk.char_start - start;
        chunk.metadata.end = chunk.char_end - start;
    }
    let problem = broken.verify().unwrap_err().to_string();
    assert!(problem.contains("the text from character 0 to"), "{problem}");
}
