//! Hyphens at the ends of lines: which stand for a word that the typesetter cut, and which belong to the text.
//!
//! Most words are cut by the typesetter, so in doubt the hyphen goes. It stays where something says that it belongs to the text: a conjunction
//! that follows (`Ein- und Ausfahrt`), a path or an option, a digit, a capital, a small word between hyphens (`arc-en-ciel`), or the document
//! itself, which has the word with a hyphen elsewhere. What only the document tells is marked while a page is laid out, and settled when the pages
//! around it are known.

mod compounds;

pub(super) use compounds::Compounds;

/// Stands for a hyphen that may belong to the word.
const IN_DOUBT: char = '\u{fdd0}';
/// Stands for a hyphen before what may be a conjunction, or the rest of a word.
const BEFORE_CONJUNCTION: char = '\u{fdd1}';

/// Words that begin the rest of compounds, with a hyphen behind them.
const SMALL_WORDS: [&str; 33] = [
    "a", "al", "and", "au", "aux", "by", "da", "de", "del", "der", "des", "di", "du", "e", "el", "en", "et",
    "for", "in", "la", "le", "les", "of", "on", "s", "sur", "t", "the", "to", "up", "y", "à", "là",
];
/// Of these those that are no syllables of longer words, too.
const NO_SYLLABLES: [&str; 10] = ["and", "aux", "des", "du", "for", "les", "of", "sur", "the", "à"];
/// Conjunctions, which are no ends of words.
const CONJUNCTIONS: [&str; 20] = [
    "a",
    "and",
    "bzw.",
    "beziehungsweise",
    "e",
    "eller",
    "i",
    "lub",
    "nebo",
    "o",
    "och",
    "oder",
    "og",
    "oraz",
    "oppure",
    "resp.",
    "sowie",
    "u",
    "und",
    "y",
];
/// Conjunctions that words may end with, too, and the language in which they are conjunctions.
const CONJUNCTIONS_OF: [(&str, &str); 20] = [
    ("to", "en"),
    ("or", "en"),
    ("nor", "en"),
    ("through", "en"),
    ("versus", "en"),
    ("vs", "en"),
    ("et", "fr"),
    ("ou", "fr"),
    ("ou", "pt"),
    ("ed", "it"),
    ("en", "nl"),
    ("of", "nl"),
    ("dan", "nl"),
    ("tot", "nl"),
    ("zu", "de"),
    ("noch", "de"),
    ("wie", "de"),
    ("als", "de"),
    ("bis", "de"),
    ("és", "hu"),
];
/// First parts of compounds before which these conjunctions of English and French, which many words end with, are taken for conjunctions.
const FIRST_PARTS: [&str; 58] = [
    "after", "anti", "après", "avant", "bi", "demi", "double", "eight", "extra", "first", "five", "four",
    "full", "half", "high", "hyper", "hypo", "inner", "inter", "intra", "large", "left", "long", "low",
    "macro", "micro", "mid", "mini", "mono", "multi", "nine", "non", "north", "one", "outer", "over", "para",
    "part", "post", "pre", "pro", "pré", "right", "second", "semi", "seven", "short", "single", "six",
    "small", "sous", "south", "sub", "ten", "three", "twelve", "two", "under",
];

/// What becomes of a hyphen at a line's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// It stays, and the line ends behind it.
    Stays,
    /// It stays, and the word goes on.
    Joins,
    /// It goes, and the word goes on.
    Goes,
    /// The document may know better.
    InDoubt,
    BeforeConjunction,
}

/// Adds the next line to a text that ends where a line does: a word that was cut is whole, with the line's end behind it.
pub(super) fn add_line(text: &mut String, next: &str) {
    let cut = cut(text, next);
    let marker = match cut {
        None | Some(Cut::Stays) => {
            text.push('\n');
            text.push_str(next);
            return;
        }
        Some(Cut::Joins) => None,
        Some(Cut::Goes) => {
            text.pop();
            None
        }
        Some(Cut::InDoubt) => Some(IN_DOUBT),
        Some(Cut::BeforeConjunction) => Some(BEFORE_CONJUNCTION),
    };
    if let Some(marker) = marker {
        text.pop();
        text.push(marker);
    }
    let end = next.find(char::is_whitespace).unwrap_or(next.len());
    text.push_str(&next[..end]);
    let rest = next[end..].trim_start();
    if !rest.is_empty() {
        text.push('\n');
        text.push_str(rest);
    }
}

/// What becomes of the hyphen at a text's end; `None` where there is none.
fn cut(text: &str, next: &str) -> Option<Cut> {
    let hyphen = text.chars().next_back()?;
    if !matches!(hyphen, '-' | '\u{2010}' | '\u{ad}') {
        return None;
    }
    let before = &text[..text.len() - hyphen.len_utf8()];
    let first = &before[before.rfind(char::is_whitespace).map_or(0, |at| at + 1)..];
    let second = next.split_whitespace().next()?;
    let goes_on = next.chars().next().is_some_and(char::is_lowercase);
    if hyphen == '\u{ad}' {
        return Some(if goes_on { Cut::Goes } else { Cut::Stays });
    }
    if is_path(first) || second.contains('@') {
        let joins = next.chars().next().is_some_and(char::is_alphanumeric);
        return Some(if joins { Cut::Joins } else { Cut::Stays });
    }
    if !goes_on || !first.chars().next_back().is_some_and(char::is_alphabetic) {
        return Some(Cut::Stays);
    }
    let word = second.trim_end_matches([',', ';', ':', ')', '.']);
    let is_conjunction = |known: &str| known == second || known == word;
    if CONJUNCTIONS.iter().any(|known| is_conjunction(known))
        || CONJUNCTIONS_OF.iter().any(|(known, _)| is_conjunction(known))
    {
        return Some(Cut::BeforeConjunction);
    }
    let is_small = |part: &str| SMALL_WORDS.contains(&part.to_lowercase().as_str());
    let ends_small = first.rsplit_once('-').is_some_and(|(_, last)| {
        NO_SYLLABLES.contains(&last.to_lowercase().as_str()) || (last == "in" && word.starts_with("law"))
    });
    let begins_small = word.split_once('-').is_some_and(|(first, _)| is_small(first));
    Some(if ends_small || begins_small {
        Cut::Joins
    } else {
        Cut::InDoubt
    })
}

/// Whether a hyphen is part of what this begins: an address, a path, an option, a name in a program.
fn is_path(first: &str) -> bool {
    first.contains("://")
        || first.starts_with("--")
        || first.starts_with("www.")
        || first.starts_with(['/', '~', '\\'])
        || first.contains(['_', '@', '\\'])
        || (first.contains('/') && first.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(lines: &str) -> String {
        let mut lines = lines.split('|');
        let mut text = lines.next().unwrap().to_owned();
        for line in lines {
            add_line(&mut text, line);
        }
        text.replace(IN_DOUBT, "?").replace(BEFORE_CONJUNCTION, "&")
    }

    #[test]
    fn of_words_that_are_cut_the_document_may_know_more() {
        assert_eq!(added("the ency-|clopedia|of"), "the ency?clopedia\nof");
        assert_eq!(added("the ency\u{ad}|clopedia of"), "the encyclopedia\nof");
        assert_eq!(added("Ein-|und Ausfahrt"), "Ein&und\nAusfahrt");
        assert_eq!(added("mid-|to long-term"), "mid&to\nlong-term");
    }

    #[test]
    fn hyphens_of_paths_and_options_join() {
        assert_eq!(
            added("https://a.org/b-|c.html and"),
            "https://a.org/b-c.html\nand"
        );
        assert_eq!(added("git commit --no-|verify if"), "git commit --no-verify\nif");
        assert_eq!(added("/srv/old-|lamps/a.txt on"), "/srv/old-lamps/a.txt\non");
        assert_eq!(added("to the-|keeper@a.org"), "to the-keeper@a.org");
    }

    #[test]
    fn small_words_between_hyphens_join() {
        assert_eq!(added("un arc-|en-ciel se"), "un arc-en-ciel\nse");
        assert_eq!(added("c'est-à-|dire que"), "c'est-à-dire\nque");
        assert_eq!(added("a brother-in-|law of"), "a brother-in-law\nof");
        assert_eq!(added("où va-|t-il avec"), "où va-t-il\navec");
        assert_eq!(added("in self-de-|fense of"), "in self-de?fense\nof");
    }

    #[test]
    fn before_capitals_and_digits_and_beside_dashes_lines_end() {
        assert_eq!(added("A-|Z names"), "A-\nZ names");
        assert_eq!(added("the years 1990-|1995"), "the years 1990-\n1995");
        assert_eq!(added("the lamp -|the old one"), "the lamp -\nthe old one");
        assert_eq!(added("no hyphen|here"), "no hyphen\nhere");
    }
}
