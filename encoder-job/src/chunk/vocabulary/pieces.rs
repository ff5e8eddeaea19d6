//! Cutting a text into pieces, which no token crosses: words, numbers, marks, whitespace.
//!
//! Each vocabulary has a regular expression for it, published with tiktoken. Here they are followed by hand, with one look at most
//! characters: compiling them would take longer than encoding a short document.

use super::characters::Kind;

/// How a vocabulary cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// `'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+$|\s*[\r\n]|\s+(?!\S)|\s`
    Cl100k,
    /// `X?A*B+S?|X?A+B*S?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`, where X is `[^\r\n\p{L}\p{N}]`,
    /// A is `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, B is `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`, and S is `(?i:'s|'t|'re|'ve|'m|'ll|'d)`.
    O200k,
}

impl Cut {
    /// The length in bytes of the piece that a text begins with; 0 for a text that is empty.
    pub(super) fn first_piece(self, text: &str) -> usize {
        let Some(first) = text.chars().next() else {
            return 0;
        };
        let word = match self {
            Self::Cl100k => contraction(text).or_else(|| word(text, first, letters)),
            Self::O200k => word(text, first, capitals_first).or_else(|| word(text, first, capitals_alone)),
        };
        word.or_else(|| number(text, first))
            .or_else(|| self.marks(text, first))
            .unwrap_or_else(|| self.whitespace(text))
    }

    /// ` ?[^\s\p{L}\p{N}]+[\r\n]*`
    fn marks(self, text: &str, first: char) -> Option<usize> {
        let start = usize::from(first == ' ');
        let is_mark = |character| !Kind::of(character).is(Kind::WHITESPACE.or(Kind::LETTER).or(Kind::NUMBER));
        let end = start + run(&text[start..], is_mark);
        let follows =
            |character| matches!(character, '\r' | '\n') || (character == '/' && self == Self::O200k);
        (end > start).then(|| end + run(&text[end..], follows))
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`, and before all others `\s+$` for the one vocabulary.
    fn whitespace(self, text: &str) -> usize {
        let end = run(text, |character| Kind::of(character).is(Kind::WHITESPACE));
        let is_at_the_end = end == text.len();
        let whitespace = &text[..end];
        if is_at_the_end && self == Self::Cl100k {
            return end;
        }
        if let Some(last) = whitespace.rfind(['\r', '\n']) {
            return last + 1;
        }
        // The last of several goes with what follows.
        let last = whitespace.char_indices().next_back().map_or(0, |(at, _)| at);
        if is_at_the_end || last == 0 { end } else { last }
    }
}

/// `X?` and a word: with a character before it if there is a word after that, otherwise without.
fn word(text: &str, first: char, word: fn(&str) -> Option<usize>) -> Option<usize> {
    let may_stand_before =
        !matches!(first, '\r' | '\n') && !Kind::of(first).is(Kind::LETTER.or(Kind::NUMBER));
    let after = first.len_utf8();
    may_stand_before
        .then(|| word(&text[after..]).map(|length| after + length))
        .flatten()
        .or_else(|| word(text))
}

/// `\p{L}+`
fn letters(text: &str) -> Option<usize> {
    let end = run(text, |character| Kind::of(character).is(Kind::LETTER));
    (end > 0).then_some(end)
}

/// What may be in the part of a word that has capitals.
const CAPITALS: Kind = Kind::UPPER.or(Kind::CASELESS).or(Kind::MARK);
/// What may be in the part of a word that has none.
const SMALL: Kind = Kind::LOWER.or(Kind::CASELESS).or(Kind::MARK);

/// `A*B+S?`
fn capitals_first(text: &str) -> Option<usize> {
    let capitals = run(text, |character| Kind::of(character).is(CAPITALS));
    let small = run(&text[capitals..], |character| Kind::of(character).is(SMALL));
    let end = if small > 0 {
        capitals + small
    } else {
        // What is both is given back, up to the last of them.
        let both = |character: char| Kind::of(character).is(SMALL);
        let (at, last) = text[..capitals]
            .char_indices()
            .rfind(|&(_, character)| both(character))?;
        at + last.len_utf8()
    };
    Some(end + contraction(&text[end..]).unwrap_or(0))
}

/// `A+B*S?`, where there is no `A*B+`.
fn capitals_alone(text: &str) -> Option<usize> {
    let end = run(text, |character| Kind::of(character).is(CAPITALS));
    (end > 0).then(|| end + contraction(&text[end..]).unwrap_or(0))
}

/// `'(?i:[sdmt]|ll|ve|re)`
fn contraction(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('\'')?;
    let mut characters = rest.chars();
    let first = characters.next()?;
    let letters = match (first.to_ascii_lowercase(), characters.next()) {
        // Unicode folds the long s to an s.
        ('s' | 'd' | 'm' | 't' | 'ſ', _) => first.len_utf8(),
        ('l', Some('l' | 'L')) | ('v' | 'r', Some('e' | 'E')) => 2,
        _ => return None,
    };
    Some(1 + letters)
}

/// `\p{N}{1,3}`
fn number(text: &str, first: char) -> Option<usize> {
    Kind::of(first).is(Kind::NUMBER).then(|| {
        let digits = text
            .chars()
            .take(3)
            .take_while(|&character| Kind::of(character).is(Kind::NUMBER));
        digits.map(char::len_utf8).sum()
    })
}

/// How many bytes of such characters a text begins with.
fn run(text: &str, is_one: impl Fn(char) -> bool) -> usize {
    text.find(|character| !is_one(character)).unwrap_or(text.len())
}
