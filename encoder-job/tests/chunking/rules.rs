//! The rules of `docs/chunks.md`, which the chunks of any document keep. Each check panics where its rule is broken.

use encoder_job::{
    chunk::{Boundary, Chunk, Chunked, Parameters, TOLERANCE, Vocabulary},
    document::{ExtractedDocument, PAGE_END},
};

/// The most pages of a section.
const MAX_PAGES: usize = 15;

/// Checks every rule on the chunks of a document whose whole text is `text`.
pub(super) fn check(
    document: &ExtractedDocument,
    text: &str,
    chunked: &Chunked<'_>,
    parameters: &Parameters,
) {
    let rules = Rules {
        text: Characters::new(text),
        headings: heading_positions(document),
        vocabulary: Vocabulary::new(parameters.tokenizer),
        parameters,
    };
    assert_eq!(chunked.total_characters, rules.text.count());
    assert_eq!(text.trim().is_empty(), chunked.chunks.is_empty());
    let mut page = PageNumber::default();
    for chunk in &chunked.chunks {
        let whitespace = chunk
            .text
            .chars()
            .take_while(|character| character.is_whitespace());
        let first = chunk.char_start + whitespace.count();
        rules.check_chunk(chunk, page.at(&rules.text, first));
        assert_eq!(
            chunk.title.as_deref(),
            title_above(document, &rules.headings, first)
        );
    }
    rules.check_nothing_is_lost(&chunked.chunks);
    rules.check_neighbours(&chunked.chunks);
    rules.check_sections(chunked);
    check_ids(&chunked.chunks);
}

struct Rules<'a> {
    text: Characters<'a>,
    /// Where headings begin, in characters.
    headings: Vec<usize>,
    vocabulary: Vocabulary,
    parameters: &'a Parameters,
}

impl Rules<'_> {
    /// A chunk by itself is text, of so many tokens and no more than allowed, and where it says.
    fn check_chunk(&self, chunk: &Chunk<'_>, page: usize) {
        let (start, end) = (chunk.char_start, chunk.char_end);
        assert_eq!(self.text.part(start, end), chunk.text, "positions are exact");
        assert_eq!(self.vocabulary.count(chunk.text), chunk.token_count);
        let (tokens, size) = (chunk.token_count, self.parameters.size);
        assert!(tokens <= size, "{tokens} tokens of {size}");
        assert!(!chunk.text.trim().is_empty(), "a chunk is empty");
        assert_eq!(chunk.page_start as usize, page, "the page of its first character");
        let last = page + chunk.text.trim().matches(PAGE_END).count();
        assert_eq!(chunk.page_end as usize, last, "the page of its last character");
    }

    /// Between the chunks, and before and after them, there is nothing but whitespace.
    fn check_nothing_is_lost(&self, chunks: &[Chunk<'_>]) {
        let mut covered = 0;
        let starts = chunks.iter().map(|chunk| (chunk.char_start, chunk.char_end));
        for (start, end) in starts.chain([(self.text.count(), self.text.count())]) {
            if start > covered {
                let between = self.text.part(covered, start);
                assert!(between.trim().is_empty(), "text is lost at character {covered}");
            }
            covered = end;
        }
    }

    /// Each chunk goes on where it should after the one before.
    fn check_neighbours(&self, chunks: &[Chunk<'_>]) {
        let mut previous_end = 0;
        for pair in chunks.windows(2) {
            let (one, next) = (&pair[0], &pair[1]);
            assert!(
                one.char_start < next.char_start && one.char_end < next.char_end,
                "one chunk is within the other"
            );
            if one.section == next.section {
                if next.char_start > one.char_end {
                    let text = one.text.trim_end().chars().count();
                    self.check_gap(one.char_start + text, next.char_start);
                } else {
                    self.check_overlap(one, next);
                    self.check_end(one, previous_end);
                }
                previous_end = one.char_end;
            } else {
                assert!(next.char_start >= one.char_end, "sections overlap");
                previous_end = next.char_start;
            }
        }
    }

    /// Inside a section only so many whitespace are left out that a chunk of them would be hardly anything else.
    fn check_gap(&self, from: usize, to: usize) {
        let size = self.parameters.size;
        let tokens = self.vocabulary.count(self.text.part(from, to));
        assert!(
            tokens + TOLERANCE >= size - size / 5,
            "there is a gap of {tokens} tokens inside a section"
        );
    }

    fn check_overlap(&self, one: &Chunk<'_>, next: &Chunk<'_>) {
        let overlap = self.parameters.overlap;
        let shared = self
            .vocabulary
            .count(self.text.part(next.char_start, one.char_end));
        // To the nearest character boundary: where no cut has exactly the tokens asked for, a few are missing or over. A chunk
        // that is hardly longer than the overlap is shared but for its beginning, so that there is progress.
        let least = overlap.min(one.token_count / 2);
        assert!(
            (least..=overlap + 2 * TOLERANCE).contains(&(shared + TOLERANCE)),
            "{shared} of {overlap} shared"
        );
    }

    /// A chunk that another follows in its section ends with a sentence where there is one in its last fifth that is as plain as
    /// can be: a word, a full stop, a space, a capital letter.
    fn check_end(&self, chunk: &Chunk<'_>, previous_end: usize) {
        let size = self.parameters.size;
        if self.parameters.boundary != Boundary::Sentence || size < 40 {
            return;
        }
        let from = chunk.char_start.max(previous_end + 1);
        let ends = from..chunk.char_end;
        let Some(last) = ends.rev().find(|&at| self.text.is_plain_sentence_end(at)) else {
            return;
        };
        let before = self.text.part(chunk.char_start, last);
        let after = self.text.part(last, chunk.char_end);
        let is_in_last_fifth = self.vocabulary.count(before) > size - size / 5 + TOLERANCE;
        // Other good places are the end of another sentence or paragraph, and the beginning of a heading.
        let is_good = !after.trim_end().ends_with(char::is_alphanumeric)
            || after.trim_end_matches([' ', '\t']).ends_with("\n\n")
            || self.headings.contains(&chunk.char_end);
        assert!(
            !is_in_last_fifth || is_good,
            "a chunk goes on after its last sentence: {after:?}"
        );
    }

    /// No section is longer than it may be, unless it, or what follows, would be shorter than a chunk.
    fn check_sections(&self, chunked: &Chunked<'_>) {
        let sections: Vec<&[Chunk<'_>]> = chunked
            .chunks
            .chunk_by(|one, next| one.section == next.section)
            .collect();
        assert_eq!(sections.len(), chunked.sections);
        let size = self.parameters.size;
        for (number, section) in sections.iter().enumerate() {
            let (first, last) = (&section[0], &section[section.len() - 1]);
            assert_eq!(first.section, number);
            let tokens = self
                .vocabulary
                .count(self.text.part(first.char_start, last.char_end));
            assert!(
                sections.len() == 1 || tokens + TOLERANCE >= size,
                "section {number} has {tokens} tokens"
            );
            let (begins, ends) = (first.page_start as usize - 1, last.page_end as usize);
            if ends - begins > MAX_PAGES {
                let (within, beyond) = self.text.pages_from(begins, MAX_PAGES);
                assert!(
                    [within, beyond]
                        .into_iter()
                        .any(|part| self.vocabulary.count(part.trim()) <= size + TOLERANCE),
                    "section {number} has {} pages",
                    ends - begins
                );
            }
        }
    }
}

/// Counts pages from one position to the next.
#[derive(Default)]
struct PageNumber {
    position: usize,
    pages_before: usize,
}

impl PageNumber {
    /// The number of the page a character lies on, from 1. Positions are asked for in ascending order.
    fn at(&mut self, text: &Characters<'_>, position: usize) -> usize {
        self.pages_before += text.part(self.position, position).matches(PAGE_END).count();
        self.position = position;
        self.pages_before + 1
    }
}

/// No id is there twice in a section.
fn check_ids(chunks: &[Chunk<'_>]) {
    let mut ids: Vec<(usize, &str)> = chunks.iter().map(|chunk| (chunk.section, &*chunk.id)).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), chunks.len(), "an id is there twice in a section");
}

/// Where headings begin, in characters of the whole text.
fn heading_positions(document: &ExtractedDocument) -> Vec<usize> {
    let mut start = 0;
    let starts: Vec<usize> = document
        .pages
        .iter()
        .map(|page| {
            let next = start + page.text.chars().count() + 1;
            std::mem::replace(&mut start, next)
        })
        .collect();
    document
        .headings
        .iter()
        .map(|heading| starts[heading.page as usize - 1] + heading.offset)
        .collect()
}

/// The title of the heading that begins last at or before a character.
fn title_above<'document>(
    document: &'document ExtractedDocument,
    positions: &[usize],
    character: usize,
) -> Option<&'document str> {
    let above = document.headings.iter().zip(positions);
    above
        .filter(|&(_, &position)| position <= character)
        .max_by_key(|&(_, &position)| position)
        .map(|(heading, _)| heading.title.as_str())
}

/// A text by its characters.
struct Characters<'text> {
    text: &'text str,
    /// Where each begins, and where the last ends, in bytes.
    starts: Vec<usize>,
}

impl<'text> Characters<'text> {
    fn new(text: &'text str) -> Self {
        let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        Self {
            text,
            starts: starts.collect(),
        }
    }

    fn count(&self) -> usize {
        self.starts.len() - 1
    }

    fn part(&self, from: usize, to: usize) -> &'text str {
        &self.text[self.starts[from]..self.starts[to]]
    }

    fn is_plain_sentence_end(&self, at: usize) -> bool {
        let (before, after) = self.text.split_at(self.starts[at]);
        let [.., first, second, third, b'.'] = before.as_bytes() else {
            return false;
        };
        [first, second, third]
            .iter()
            .all(|byte| byte.is_ascii_lowercase())
            && matches!(after.as_bytes(), [b' ', next, ..] if next.is_ascii_uppercase())
    }

    /// So many pages after the first ones, and all pages after those.
    fn pages_from(&self, before: usize, count: usize) -> (&'text str, &'text str) {
        let mut ends = self.text.match_indices(PAGE_END).map(|(at, _)| at + 1);
        let start = before.checked_sub(1).and_then(|last| ends.nth(last)).unwrap_or(0);
        let end = ends.nth(count - 1).unwrap_or(self.text.len());
        (&self.text[start..end], &self.text[end..])
    }
}
