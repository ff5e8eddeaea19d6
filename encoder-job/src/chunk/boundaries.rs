//! Where a chunk may well end: after a paragraph, before a heading, after a sentence.

use std::ops::Range;

/// Characters that end a sentence when a blank follows: Latin, Greek and Cyrillic, Arabic, Armenian.
const TERMINATORS: [char; 7] = ['.', '!', '?', '…', '؟', '۔', '։'];
/// Characters that end a sentence whatever follows, as these scripts write no blanks, or nothing else with them: Chinese and
/// Japanese, the scripts of India, Burmese, Khmer, Tibetan, Ethiopic (Unicode, `Sentence_Terminal`).
const CERTAIN_TERMINATORS: [char; 11] = ['。', '！', '？', '｡', '।', '॥', '။', '។', '།', '።', '፧'];
/// Characters that may follow a terminator and still belong to the sentence.
const CLOSERS: [char; 10] = ['"', '\'', '”', '’', '»', ')', ']', '」', '』', '）'];
/// Words before a full stop that ends no sentence, in lower case, of the languages most often uploaded.
const ABBREVIATIONS: [&str; 40] = [
    "al", "art", "ca", "cap", "cf", "cfr", "dott", "dr", "ecc", "ed", "eds", "eq", "es", "etc", "fig",
    "figs", "hr", "ing", "jr", "mr", "mrs", "ms", "no", "nr", "op", "p", "pag", "pagg", "pp", "prof", "sec",
    "sen", "sig", "sr", "st", "str", "usw", "vgl", "vol", "vs",
];

/// The last position in the range, its end included and its start not, where a chunk may well end.
///
/// `headings` are the byte positions where headings begin, ascending.
pub(super) fn last_boundary(text: &str, range: Range<usize>, headings: &[usize]) -> Option<usize> {
    let heading = headings[..headings.partition_point(|&position| position <= range.end)]
        .last()
        .copied()
        .filter(|&position| position > range.start);
    let mut candidates: Vec<(usize, char)> = Vec::new();
    // A few characters more than the range are looked at, as what follows a terminator decides.
    let window_end = ceil_char_boundary(text, (range.end + 16).min(text.len()));
    let window_start = floor_char_boundary(text, range.start);
    candidates.extend(
        text[window_start..window_end]
            .char_indices()
            .map(|(at, c)| (window_start + at, c)),
    );
    let found = (0..candidates.len()).rev().find_map(|index| {
        let (_, character) = candidates[index];
        let end = match character {
            '\n' => end_of_paragraph(&candidates, index),
            c if CERTAIN_TERMINATORS.contains(&c) => Some(end_of_sentence(&candidates, index)),
            c if TERMINATORS.contains(&c) => {
                let ends = ends_sentence(text, &candidates, index);
                ends.then(|| end_of_sentence(&candidates, index))
            }
            _ => None,
        }?;
        let position = candidates.get(end).map_or(window_end, |&(at, _)| at);
        (position > range.start && position <= range.end).then_some(position)
    });
    heading.max(found)
}

/// Where the blank lines after this line end, as an index, if this is the first line end of at least two.
fn end_of_paragraph(characters: &[(usize, char)], index: usize) -> Option<usize> {
    let rest = &characters[index + 1..];
    let blank = rest
        .iter()
        .take_while(|(_, c)| matches!(c, ' ' | '\t' | '\n'))
        .count();
    rest[..blank]
        .iter()
        .any(|&(_, c)| c == '\n')
        .then_some(index + 1 + blank)
}

/// Where the sentence with this terminator ends, as an index: after closing marks and line ends, before blanks.
fn end_of_sentence(characters: &[(usize, char)], index: usize) -> usize {
    let rest = &characters[index + 1..];
    let closed = rest
        .iter()
        .take_while(|(_, c)| {
            CLOSERS.contains(c) || TERMINATORS.contains(c) || CERTAIN_TERMINATORS.contains(c)
        })
        .count();
    let lines = rest[closed..]
        .iter()
        .take_while(|(_, c)| matches!(c, '\n' | '\u{c}'))
        .count();
    index + 1 + closed + lines
}

/// Whether the terminator at this index ends a sentence: a blank follows, no small letter after that, and no abbreviation or
/// number stands before it.
fn ends_sentence(text: &str, characters: &[(usize, char)], index: usize) -> bool {
    let rest = &characters[index + 1..];
    let closed = rest
        .iter()
        .take_while(|(_, c)| CLOSERS.contains(c) || TERMINATORS.contains(c))
        .count();
    let mut after = rest[closed..].iter().map(|&(_, c)| c);
    match after.next() {
        None => {}
        Some(c) if c.is_whitespace() => {
            let next = after.find(|c| !c.is_whitespace());
            if next.is_some_and(char::is_lowercase) {
                return false;
            }
        }
        Some(_) => return false,
    }
    let (position, terminator) = characters[index];
    if terminator != '.' {
        return true;
    }
    let before = &text[..position];
    let start = before
        .char_indices()
        .rev()
        .take(16)
        .take_while(|(_, c)| c.is_alphanumeric())
        .last();
    let word = start.map_or("", |(at, _)| &before[at..]);
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let number = !word.is_empty() && word.len() < 3 && word.chars().all(|c| c.is_ascii_digit());
    !initial && !number && !ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// The position itself, or the nearest before it that is between two characters.
pub(super) fn floor_char_boundary(text: &str, mut position: usize) -> usize {
    position = position.min(text.len());
    while !text.is_char_boundary(position) {
        position -= 1;
    }
    position
}

/// The position itself, or the nearest after it that is between two characters.
pub(super) fn ceil_char_boundary(text: &str, mut position: usize) -> usize {
    while position < text.len() && !text.is_char_boundary(position) {
        position += 1;
    }
    position.min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Option<&str> {
        last_boundary(text, 0..text.len(), &[]).map(|end| &text[..end])
    }

    #[test]
    fn a_sentence_ends_after_its_closing_marks() {
        assert_eq!(cut("Er sagte: «Ja.» Dann ging er"), Some("Er sagte: «Ja.»"));
        assert_eq!(cut("One. Two! Three? And so"), Some("One. Two! Three?"));
        assert_eq!(cut("これはペンです。それは"), Some("これはペンです。"));
        assert_eq!(cut("यह एक वाक्य है। यह"), Some("यह एक वाक्य है।"));
        assert_eq!(cut("هل هذا كتاب؟ نعم"), Some("هل هذا كتاب؟"));
    }

    #[test]
    fn abbreviations_initials_numbers_and_versions_end_no_sentence() {
        assert_eq!(
            cut("as Dr. Bacon and J. Locke wrote in vol. 3. 14 of 2.5.1 said"),
            None
        );
        assert_eq!(cut("so. wrote he"), None);
    }

    #[test]
    fn a_paragraph_ends_after_its_blank_lines() {
        assert_eq!(cut("A title\n\nThe text goes"), Some("A title\n\n"));
        assert_eq!(cut("one line\nanother line"), None);
    }

    #[test]
    fn a_heading_begins_where_a_chunk_may_end() {
        let text = "some words Heading some more";
        assert_eq!(last_boundary(text, 0..text.len(), &[0, 11, 99]), Some(11));
    }

    #[test]
    fn nothing_outside_the_range_counts() {
        let text = "First. Second. Third.";
        assert_eq!(last_boundary(text, 6..13, &[]), None);
        assert_eq!(last_boundary(text, 5..14, &[]), Some(14));
    }
}
