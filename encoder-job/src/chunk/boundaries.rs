//! Where a chunk may well end: after a paragraph, before a heading, after a sentence.

use std::ops::Range;

/// Characters that end a sentence when a space follows: Latin, Greek and Cyrillic, Arabic, Armenian.
const TERMINATORS: [char; 7] = ['.', '!', '?', '…', '؟', '۔', '։'];
/// Characters that end a sentence whatever follows, as these scripts write no whitespace, or nothing else with them: Chinese and
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
    // A few characters more than the range are looked at, as what follows a terminator decides.
    let window_end = ceil_char_boundary(text, (range.end + 16).min(text.len()));
    let window_start = floor_char_boundary(text, range.start);
    let mut follows = Following::nothing(window_end);
    let found = text[window_start..window_end]
        .char_indices()
        .rev()
        .find_map(|(offset, character)| {
            let at = window_start + offset;
            let end = follows.end_after(text, at, character);
            follows = follows.and_before_it(at, character);
            end.filter(|&end| end > range.start && end <= range.end)
        });
    heading.max(found)
}

/// What follows a place, known from walking backwards: looking ahead from each character would take forever where one is repeated.
#[derive(Clone, Copy)]
struct Following {
    /// Where line ends that begin here end.
    lines_end: usize,
    /// Where a sentence ends that ended before: after closing marks and line ends, before whitespace.
    sentence_end: usize,
    /// Where whitespace and line ends that begin here end, and whether there is a line end among them.
    whitespace_end: usize,
    has_line_end: bool,
    /// Whether what comes after closing marks can follow a sentence: a space, and no small letter after that.
    can_follow: bool,
    /// The next character that is no whitespace.
    next: Option<char>,
}

impl Following {
    fn nothing(at: usize) -> Self {
        Self {
            lines_end: at,
            sentence_end: at,
            whitespace_end: at,
            has_line_end: false,
            can_follow: true,
            next: None,
        }
    }

    /// Where a paragraph or a sentence ends of which this is the last line end or terminator, if it is.
    fn end_after(&self, text: &str, at: usize, character: char) -> Option<usize> {
        let ends_sentence = || {
            CERTAIN_TERMINATORS.contains(&character)
                || self.can_follow && is_end_of_sentence(text, at, character)
        };
        match character {
            // The first line end of at least two.
            '\n' => self.has_line_end.then_some(self.whitespace_end),
            _ => (is_terminator(character) && ends_sentence()).then_some(self.sentence_end),
        }
    }

    /// The same for the character before.
    fn and_before_it(self, at: usize, character: char) -> Self {
        let is_whitespace = character.is_whitespace();
        let is_line_end = matches!(character, '\n' | '\u{c}');
        let lines_end = if is_line_end { self.lines_end } else { at };
        let closes = CLOSERS.contains(&character) || TERMINATORS.contains(&character);
        Self {
            lines_end,
            sentence_end: if closes || is_terminator(character) {
                self.sentence_end
            } else {
                lines_end
            },
            whitespace_end: if matches!(character, ' ' | '\t' | '\n') {
                self.whitespace_end
            } else {
                at
            },
            has_line_end: character == '\n' || matches!(character, ' ' | '\t') && self.has_line_end,
            can_follow: if closes {
                self.can_follow
            } else {
                is_whitespace && !self.next.is_some_and(char::is_lowercase)
            },
            next: if is_whitespace { self.next } else { Some(character) },
        }
    }
}

fn is_terminator(character: char) -> bool {
    TERMINATORS.contains(&character) || CERTAIN_TERMINATORS.contains(&character)
}

/// Whether the terminator here ends a sentence, if what follows lets it: no abbreviation or number stands before it.
fn is_end_of_sentence(text: &str, at: usize, terminator: char) -> bool {
    if terminator != '.' {
        return true;
    }
    let before = &text[..at];
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
