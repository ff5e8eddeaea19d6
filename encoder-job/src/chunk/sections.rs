//! Where sections begin.

use std::ops::{Range, RangeInclusive};

use super::{
    boundaries::{ceil_char_boundary, floor_char_boundary, last_boundary},
    characters::CharacterPositions,
    vocabulary::Tokens,
};
use crate::document::{ExtractedDocument, Heading};

/// The most pages of a section.
const MAX_PAGES: usize = 15;
/// The most characters of a section.
const MAX_CHARACTERS: usize = 50_000;
/// In so many bytes before its latest end a section that has no paragraphs ends with a sentence, a line, or a word.
const NEAR: usize = 4096;

/// Where pages and headings begin in the whole text, in bytes.
pub(super) struct Layout {
    /// Where each page begins, ascending.
    pages: Vec<usize>,
    /// Where each heading begins, ascending.
    pub(super) headings: Vec<usize>,
    /// The headings' titles, in the same order.
    titles: Vec<String>,
    /// Where each heading of the first level begins, ascending.
    first_level: Vec<usize>,
}

impl Layout {
    pub(super) fn new(document: &ExtractedDocument) -> Self {
        let mut start = 0;
        let pages: Vec<usize> = document
            .pages
            .iter()
            .map(|page| {
                let next = start + page.text.len() + 1;
                std::mem::replace(&mut start, next)
            })
            .collect();
        let mut headings = heading_positions(document, &pages);
        headings.sort_by_key(|&(position, _)| position);
        let first_level = headings
            .iter()
            .filter(|(_, (level, _))| *level == 1)
            .map(|&(position, _)| position)
            .collect();
        let (headings, titles) = headings
            .into_iter()
            .map(|(position, (_, title))| (position, title))
            .unzip();
        Self {
            pages,
            headings,
            titles,
            first_level,
        }
    }

    /// The number of the page a byte position lies on, from 1.
    pub(super) fn page_at(&self, byte: usize) -> u32 {
        u32::try_from(self.pages.partition_point(|&start| start <= byte).max(1)).unwrap_or(u32::MAX)
    }

    /// Where the pages begin that begin after a byte position.
    fn pages_after(&self, byte: usize) -> &[usize] {
        &self.pages[self.pages.partition_point(|&page| page <= byte)..]
    }

    /// The title of the last heading that begins at or before a byte position.
    pub(super) fn title_at(&self, byte: usize) -> Option<&str> {
        let count = self.headings.partition_point(|&position| position <= byte);
        self.titles[..count].last().map(String::as_str)
    }

    /// Where the headings of the first level begin, after a byte position.
    fn first_level_after(&self, byte: usize) -> impl Iterator<Item = usize> {
        let first = self.first_level.partition_point(|&heading| heading <= byte);
        self.first_level[first..].iter().copied()
    }
}

/// Where each heading begins in the whole text, in bytes, with its level and title. Each page is walked over once.
fn heading_positions(document: &ExtractedDocument, pages: &[usize]) -> Vec<(usize, (u8, String))> {
    let mut by_place: Vec<&Heading> = document.headings.iter().collect();
    by_place.sort_by_key(|heading| (heading.page, heading.offset));
    let mut positions = Vec::with_capacity(by_place.len());
    for group in by_place.chunk_by(|one, other| one.page == other.page) {
        let index = usize::try_from(group[0].page).unwrap_or(0).wrapping_sub(1);
        let (Some(page), Some(&start)) = (document.pages.get(index), pages.get(index)) else {
            continue;
        };
        let mut characters = page.text.char_indices();
        let (mut walked, mut byte) = (0, 0);
        for heading in group {
            if heading.offset > walked {
                let at = characters.nth(heading.offset - walked - 1);
                byte = at.map_or(page.text.len(), |(at, character)| at + character.len_utf8());
                walked = heading.offset;
            }
            positions.push((start + byte, (heading.level, heading.title.clone())));
        }
    }
    positions
}

/// The sections of a text, as byte ranges without the whitespace at their edges; none where there is nothing but whitespace.
///
/// A section begins at a heading of the first level, and at the latest after 15 pages or 50,000 characters; none has fewer
/// tokens than a chunk may have, unless the document has.
pub(super) fn sections(
    text: &str,
    layout: &Layout,
    positions: &CharacterPositions,
    tokens: &Tokens,
    chunk_size: usize,
) -> Vec<Range<usize>> {
    let end = text.trim_end().len();
    let last = latest_cut(text, tokens, chunk_size, end);
    let mut start = text.len() - text.trim_start().len();
    let mut sections = Vec::new();
    while start < end {
        let cuts = earliest_cut(text, tokens, chunk_size, start)
            .zip(last)
            .filter(|(earliest, latest)| earliest <= latest);
        let next = cuts.and_then(|(earliest, latest)| {
            next_start(text, layout, positions, start..end, earliest..=latest)
        });
        let next = next.unwrap_or(end);
        let trimmed = text[start..next].trim_end();
        sections.push(start..start + trimmed.len());
        start = next + (text[next..].len() - text[next..].trim_start().len());
    }
    sections
}

/// The first place at which a section that begins at `start` may end: where it has the tokens of a chunk without the whitespace at its end.
fn earliest_cut(text: &str, tokens: &Tokens, chunk_size: usize, start: usize) -> Option<usize> {
    let last_token = tokens.at(start) + chunk_size - 1;
    if last_token >= tokens.len() {
        return None;
    }
    let from = floor_char_boundary(text, tokens.start(last_token));
    let (at, character) = text[from..]
        .char_indices()
        .find(|(_, character)| !character.is_whitespace())?;
    Some(from + at + character.len_utf8())
}

/// The last place at which a section may end: where what follows, up to `end`, has the tokens of a chunk without the whitespace at its beginning.
fn latest_cut(text: &str, tokens: &Tokens, chunk_size: usize, end: usize) -> Option<usize> {
    let count = tokens.at(end.checked_sub(1)?) + 1;
    let before = tokens.start(count.checked_sub(chunk_size)? + 1);
    let before = ceil_char_boundary(text, before);
    text[..before]
        .char_indices()
        .rfind(|(_, character)| !character.is_whitespace())
        .map(|(at, _)| at)
}

/// Where the section after the one that begins with `rest` begins, at one of the allowed `cuts`; `None` where that one is the last.
fn next_start(
    text: &str,
    layout: &Layout,
    positions: &CharacterPositions,
    rest: Range<usize>,
    cuts: RangeInclusive<usize>,
) -> Option<usize> {
    let fits = |cut: usize| cuts.contains(&cut);
    let latest = latest_start(text, layout, positions, rest.start);
    if let Some(heading) = layout
        .first_level_after(rest.start)
        .take_while(|&heading| heading <= latest.unwrap_or(*cuts.end()))
        .find(|&heading| fits(heading))
    {
        return Some(heading);
    }
    let latest = latest.filter(|&latest| latest < rest.end)?;
    let within = layout.pages_after(rest.start);
    let (in_time, late) = within.split_at(within.partition_point(|&page| page <= latest));
    // The last page that begins in time; else the last paragraph that does, the last sentence, line or word; else the first
    // place afterwards that leaves a section long enough.
    let in_time = in_time.iter().rev().copied().find(|&page| fits(page));
    in_time
        .or_else(|| {
            last_break(text, rest.start..latest.min(*cuts.end()).max(rest.start)).find(|&at| fits(at))
        })
        .or_else(|| Some(latest).filter(|&latest| fits(latest)))
        .or_else(|| late_start(text, late, cuts.clone()))
}

/// Where a section ends that is too short when it should: soon after it is long enough, at the beginning of a page, else where a paragraph,
/// a sentence, a line or a word ends.
fn late_start(text: &str, pages: &[usize], cuts: RangeInclusive<usize>) -> Option<usize> {
    let (&earliest, &latest) = (cuts.start(), cuts.end());
    let within = |bytes: usize| floor_char_boundary(text, (earliest + bytes).min(latest)).max(earliest);
    let page = pages.iter().copied().find(|page| cuts.contains(page));
    page.filter(|&page| page <= within(MAX_CHARACTERS / 5))
        .or_else(|| last_break(text, earliest..within(NEAR)).find(|at| cuts.contains(at)))
        .or_else(|| (earliest <= latest).then_some(earliest))
}

/// Where in the range the last paragraph begins, else the last sentence, the last line, the last word.
fn last_break(text: &str, range: Range<usize>) -> impl Iterator<Item = usize> {
    let before = &text[range.clone()];
    // A section is long, so that a good place far from its end is as good as one near it, but a sentence or a line is never far.
    let near = floor_char_boundary(text, range.end.saturating_sub(NEAR).max(range.start));
    let paragraphs = before
        .rmatch_indices("\n\n")
        .map(move |(at, _)| range.start + at + 2);
    let sentence = move || last_boundary(text, near..range.end, &[]);
    let after = move |whitespace: fn(char) -> bool| {
        let at = text[near..range.end].rfind(whitespace)?;
        Some(near + at + text[near + at..].chars().next()?.len_utf8())
    };
    paragraphs
        .chain(std::iter::once_with(sentence).flatten())
        .chain(std::iter::once_with(move || after(|character| character == '\n')).flatten())
        .chain(std::iter::once_with(move || after(char::is_whitespace)).flatten())
}

/// Where a section that begins at `start` must have ended: after 15 pages or 50,000 characters; `None` where the text ends before.
fn latest_start(text: &str, layout: &Layout, positions: &CharacterPositions, start: usize) -> Option<usize> {
    let page = layout
        .pages
        .partition_point(|&page| page <= start)
        .saturating_sub(1);
    let by_pages = layout.pages.get(page + MAX_PAGES).copied();
    let by_characters = positions.byte_of(text, positions.at(text, start) + MAX_CHARACTERS);
    match (by_pages, by_characters) {
        (Some(pages), Some(characters)) => Some(pages.min(characters)),
        (one, other) => one.or(other),
    }
}
