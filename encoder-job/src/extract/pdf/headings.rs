//! Headings of documents without bookmarks: short paragraphs in a font clearly larger than that of the text. Pure.

use super::layout::Paragraph;
use crate::document::Heading;

/// A heading's font is so many times as large as that of the text.
const LARGER: f32 = 1.15;
/// A heading has at most so many lines and characters.
const MAX_LINES: usize = 3;
const MAX_CHARACTERS: usize = 160;
/// The most ranks of headings.
const MAX_RANKS: usize = 6;
/// The most headings of a document.
const MAX_HEADINGS: usize = 20_000;

/// Collects what may be headings, and ranks them when all are known.
#[derive(Debug, Default)]
pub(super) struct HeadingFinder {
    candidates: Vec<Candidate>,
    /// Characters by size of their font, in half points.
    sizes: std::collections::BTreeMap<u16, usize>,
}

#[derive(Debug)]
struct Candidate {
    page: u32,
    offset: usize,
    /// As it stands in the text.
    title: String,
    size: u16,
}

impl HeadingFinder {
    /// Notes a paragraph that begins at this offset, in characters, of its page.
    pub(super) fn note(&mut self, page: u32, offset: usize, paragraph: &Paragraph) {
        let size = half_points(paragraph.size);
        if size == 0 {
            return;
        }
        let characters = paragraph.text.chars().count();
        *self.sizes.entry(size).or_default() += characters;
        let short = paragraph.lines <= MAX_LINES && characters <= MAX_CHARACTERS;
        if short && self.candidates.len() < MAX_HEADINGS && paragraph.text.chars().any(char::is_alphabetic) {
            self.candidates.push(Candidate {
                page,
                offset,
                title: paragraph.text.clone(),
                size,
            });
        }
    }

    /// The headings, in order: the larger, the higher. The title of the whole document, which stands alone in its size on the first
    /// page, shares its rank with the headings below it.
    pub(super) fn finish(self) -> Vec<Heading> {
        let Some((&usual, _)) = self.sizes.iter().max_by_key(|&(size, count)| (*count, *size)) else {
            return Vec::new();
        };
        let least = (f32::from(usual) * LARGER).ceil();
        let mut headings: Vec<Candidate> = self
            .candidates
            .into_iter()
            .filter(|candidate| f32::from(candidate.size) >= least)
            .collect();
        headings.sort_by_key(|candidate| (candidate.page, candidate.offset));
        let mut ranks: Vec<u16> = headings.iter().map(|heading| heading.size).collect();
        ranks.sort_unstable_by(|one, other| other.cmp(one));
        ranks.dedup();
        let of_size = |size| headings.iter().filter(move |heading| heading.size == size);
        let title_alone = ranks.first().is_some_and(|&size| {
            of_size(size).count() == 1 && of_size(size).all(|heading| heading.page == 1)
        });
        let rank = |size: u16| {
            let place = ranks.iter().position(|&rank| rank == size).unwrap_or(0);
            let place = if title_alone { place.max(1) - 1 } else { place };
            u8::try_from(place.min(MAX_RANKS - 1) + 1).unwrap_or(1)
        };
        let levels: Vec<u8> = headings.iter().map(|heading| rank(heading.size)).collect();
        headings
            .into_iter()
            .zip(levels)
            .map(|(heading, level)| Heading {
                level,
                title: heading.title.split_whitespace().collect::<Vec<_>>().join(" "),
                page: heading.page,
                offset: heading.offset,
            })
            .collect()
    }
}

fn half_points(size: f32) -> u16 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a saturating cast is what is wanted of a size beyond all measure"
    )]
    let size = (size * 2.0).round() as u16;
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(paragraphs: &[(u32, &str, f32)]) -> Vec<(u8, String)> {
        let mut finder = HeadingFinder::default();
        for (index, (page, text, size)) in paragraphs.iter().enumerate() {
            let paragraph = Paragraph::new(text, *size, 1).expect("there is text");
            finder.note(*page, index * 100, &paragraph);
        }
        finder
            .finish()
            .into_iter()
            .map(|heading| (heading.level, heading.title))
            .collect()
    }

    #[test]
    fn larger_fonts_make_headings_and_their_ranks() {
        let text = "The text of the document is set in the usual size, and there is far more of it than of all else.";
        let headings = found(&[
            (1, "The Title", 24.0),
            (1, "Chapter One", 18.0),
            (1, text, 10.0),
            (2, "A section", 14.0),
            (2, text, 10.0),
            (3, "Chapter Two", 18.0),
            (3, "a note", 8.0),
            (3, "12", 18.0),
        ]);
        let expected = [
            (1, "The Title"),
            (1, "Chapter One"),
            (2, "A section"),
            (1, "Chapter Two"),
        ];
        assert_eq!(headings, expected.map(|(level, title)| (level, title.to_owned())));
    }

    #[test]
    fn text_of_one_size_has_none() {
        assert_eq!(found(&[(1, "one", 10.0), (1, "two", 10.4)]), []);
        assert_eq!(found(&[]), []);
    }
}
