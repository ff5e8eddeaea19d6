//! Encodings of DOS and of the Macintosh. Browsers do not know those of DOS, and no page on the web is in any of them, so they are not among
//! those that are guessed from a page's letters; old files are in them all the same.

use std::borrow::Cow;

use encoding_rs::MACINTOSH;
use oem_cp::code_table::{DECODING_TABLE_CP850, DECODING_TABLE_CP852};
use unicode_normalization::char::is_combining_mark;

/// How well a text must look as if it were in such an encoding, and how much better than in the one that was guessed; all letters
/// in their places are 1.
const WELL: f64 = 0.8;
const BETTER: f64 = 0.6;
/// Letters outside ASCII that are common in a language written in Latin letters. All others are rare in all.
const COMMON: &str = "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþßœăąćčďđęěğłńňőřśşšťţůűźżžșțİėįųūāēīņļ";

/// Marks and signs that texts have around their words.
const MARKS: &str = "\u{a0}‘’‚“”„‹›«»–—…€£§°©®™•·¡¿";

/// An encoding of a computer of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DesktopEncoding {
    /// Mac OS Roman.
    Macintosh,
    /// Code page 850 of DOS, of western Europe; the letters of the older 437 stand at the same codes.
    Ibm850,
    /// Code page 852 of DOS, of middle Europe.
    Ibm852,
}

impl DesktopEncoding {
    const ALL: [Self; 3] = [Self::Ibm850, Self::Macintosh, Self::Ibm852];

    /// The one that a text which was `guessed` to be another is in by far more likely, as a sample of it shows.
    pub(super) fn better_than(guessed: &str, sample: &[u8]) -> Option<Self> {
        let least = (fitness(guessed) + BETTER).max(WELL);
        let mut best = None;
        for encoding in Self::ALL {
            let fitness = fitness(&encoding.decode(sample));
            if fitness >= best.map_or(least, |(most, _)| most + f64::EPSILON) {
                best = Some((fitness, encoding));
            }
        }
        best.map(|(_, encoding)| encoding)
    }

    /// The encoding's name at IANA.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Macintosh => "macintosh",
            Self::Ibm850 => "IBM850",
            Self::Ibm852 => "IBM852",
        }
    }

    /// The text; every byte is a character in these encodings.
    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        let table = match self {
            Self::Macintosh => return MACINTOSH.decode_without_bom_handling(bytes).0,
            Self::Ibm850 => &DECODING_TABLE_CP850,
            Self::Ibm852 => &DECODING_TABLE_CP852,
        };
        let character = |&byte: &u8| match byte.checked_sub(128) {
            Some(index) => table[usize::from(index)],
            None => char::from(byte),
        };
        Cow::Owned(bytes.iter().map(character).collect())
    }
}

/// How much the characters outside ASCII look as if they stood where they belong: from -1, of none, to 1, of all.
#[allow(clippy::cast_precision_loss, reason = "the length of a sample")]
fn fitness(text: &str) -> f64 {
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    let (mut sum, mut count) = (0.0, 0_usize);
    while let Some(character) = characters.next() {
        if !character.is_ascii() {
            sum += belongs(before, character, characters.peek().copied().unwrap_or(' '));
            count += 1;
        }
        before = character;
    }
    if count == 0 { 1.0 } else { sum / count as f64 }
}

/// Whether a character looks right between two others, from -1 to 1.
fn belongs(before: char, character: char, after: char) -> f64 {
    let is_in_word = is_latin(before) && is_latin(after);
    if character.is_alphabetic() || is_combining_mark(character) {
        let lower = character.to_lowercase().next().unwrap_or(character);
        let is_out_of_case = character.is_uppercase() && before.is_lowercase()
            || character.is_lowercase() && after.is_uppercase();
        if is_out_of_case {
            -1.0
        } else if !is_latin(character) && !is_combining_mark(character) {
            // No word is written in letters of two scripts.
            if is_latin(before) || is_latin(after) {
                -1.0
            } else {
                1.0
            }
        } else if COMMON.contains([character, lower]) || is_combining_mark(character) {
            1.0
        } else {
            0.5
        }
    } else {
        match character {
            '’' | '·' | '‑' if is_in_word => 1.0,
            // Other quotation marks open in one language and close in another.
            '„' | '‚' | '¡' | '¿' if before.is_alphanumeric() => -1.0,
            _ if is_in_word || character.is_control() || character == char::REPLACEMENT_CHARACTER => -1.0,
            _ if MARKS.contains(character) => 1.0,
            // Pictures and signs that few texts have.
            _ => 0.0,
        }
    }
}

/// Letters of Latin: in ASCII, and the blocks Latin-1 Supplement to Latin Extended Additional.
fn is_latin(character: char) -> bool {
    character.is_ascii_alphabetic()
        || (character.is_alphabetic() && matches!(character, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_belong_into_words_and_marks_around_them() {
        for right in [
            "perché",
            "Überall",
            "CITTÀ",
            "l’été",
            "„So“, sagt er",
            "12 €",
            "слово",
            "tiê\u{301}ng",
            "plain",
        ] {
            assert!((fitness(right) - 1.0).abs() < 0.01, "{right}: {}", fitness(right));
        }
        for wrong in ["perch‚", "perchÇ", "citt…a", "слоvо", "CITTéS", "na\u{8f}ve"] {
            assert!(fitness(wrong) < 0.4, "{wrong}: {}", fitness(wrong));
        }
    }

    #[test]
    fn every_byte_is_a_character() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        for encoding in DesktopEncoding::ALL {
            let text = encoding.decode(&bytes);
            assert_eq!(text.chars().count(), 256, "{encoding:?}");
            assert!(
                text.starts_with("\0\u{1}") && !text.contains('\u{fffd}'),
                "{encoding:?}"
            );
        }
    }
}
