//! How well characters stand where they do: letters in words, signs of money at numbers, quotation marks around words. Of two encodings
//! the one is more likely that puts characters where people do.
//!
//! A place is rated from -5 for what cannot be, over 0 for what may be, to 1 for what is expected.

mod signs;
#[cfg(test)]
mod tests;

use unicode_normalization::char::is_combining_mark;

/// Letters outside ASCII that are the most common ones of a language written in Latin letters, and others that are common. All others
/// are rare in all.
const MOST_COMMON: &str = "àáäåæãçèéêíñóöøõúüýßąčęěğıłńňőřśšůűżžşșțţ";
const COMMON: &str = "âëìîïðòôùûþœăćďđťźİėįųūāēīņļľĺŕ";
/// Letters that are words by themselves.
const WORDS: &str = "àéèóöåÀÉÈÓÖÅ";
/// How far a letter is followed that stands beside others of itself.
const LONGEST_RUN: isize = 8;
/// Units of length, which have squares and cubes.
const UNITS: [&str; 9] = ["m", "cm", "mm", "km", "dm", "ft", "in", "yd", "mi"];

/// Bytes as an encoding reads them in which each byte is a character.
pub(super) struct Reading<'a> {
    pub(super) bytes: &'a [u8],
    /// The characters of the bytes from 128 on.
    pub(super) table: &'a [char; 128],
}

impl Reading<'_> {
    /// How well all characters outside ASCII stand: for each of them the mean of its places, in sum. A text that uses one sign again and
    /// again says no more of its encoding than one that uses it once.
    #[allow(clippy::cast_precision_loss, reason = "a count in a sample")]
    pub(super) fn rating(&self) -> f64 {
        let mut places = [(0.0, 0_usize); 128];
        for at in self.places() {
            let (sum, count) = &mut places[usize::from(self.bytes[at] & 0x7f)];
            *sum += self.place(at);
            *count += 1;
        }
        let used = places.iter().filter(|(_, count)| *count > 0);
        used.map(|(sum, count)| sum / *count as f64).sum()
    }

    /// Where characters outside ASCII are.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        let bytes = self.bytes.iter().enumerate();
        bytes.filter(|(_, byte)| !byte.is_ascii()).map(|(at, _)| at)
    }

    /// The character so far from a place; a line end before the first and after the last.
    pub(super) fn character(&self, at: usize, offset: isize) -> char {
        let byte = at
            .checked_add_signed(offset)
            .and_then(|at| self.bytes.get(at))
            .copied();
        match byte {
            None => '\n',
            Some(byte) => match byte.checked_sub(128) {
                Some(index) => self.table[usize::from(index)],
                None => char::from(byte),
            },
        }
    }

    /// Whether a letter stands in a word there, and is none that belongs to another word or to a number.
    pub(super) fn is_letter_of_word(&self, at: usize) -> bool {
        let character = self.character(at, 0);
        is_latin(character) && self.letter(at, character) > 0.0
    }

    /// How well the character at this place stands there.
    pub(super) fn place(&self, at: usize) -> f64 {
        let character = self.character(at, 0);
        if matches!(character, 'ª' | 'º' | 'µ' | 'ƒ' | 'ˆ') || !is_letter(character) {
            self.sign(at, character)
        } else {
            self.letter(at, character)
        }
    }

    fn letter(&self, at: usize, character: char) -> f64 {
        let (before, after) = (self.character(at, -1), self.character(at, 1));
        if is_combining_mark(character) {
            return if is_latin(before) { 1.0 } else { -2.0 };
        }
        if !is_latin(character) {
            // No word is written in letters of two scripts.
            return if is_latin(before) || is_latin(after) {
                -4.0
            } else if (is_letter(before) && before != character) || (is_letter(after) && after != character) {
                0.5
            } else {
                -1.5
            };
        }
        let is_at_number = before.is_ascii_digit() || after.is_ascii_digit();
        if !is_latin(before) && !is_latin(after) {
            return match character {
                // A diameter.
                'Ø' | 'ø' if !before.is_ascii_digit() => -0.5,
                _ if is_at_number || matches!(before, '$') => -3.0,
                // From one number to another, or one or the other of them.
                'à' | 'ó' => 0.0,
                _ if self.is_after_number(at) && self.is_before_number(at) => -2.0,
                _ if WORDS.contains(character) => 0.0,
                _ => -2.0,
            };
        }
        let is_out_of_case = character.is_uppercase() && before.is_lowercase()
            || character.is_lowercase() && after.is_uppercase();
        let is_last_capital = character.is_uppercase() && before.is_uppercase() && after.is_lowercase();
        if is_out_of_case {
            -4.0
        } else if is_at_number || is_last_capital || self.is_repeated_alone(at, character) {
            -2.0
        } else if self.is_at_unit(at) {
            -1.5
        } else if before == character && after == character {
            -1.0
        } else if MOST_COMMON.contains([character, lower(character)]) {
            1.0
        } else if COMMON.contains([character, lower(character)]) {
            0.8
        } else {
            0.0
        }
    }

    /// Whether a letter stands beside others of itself alone: no word consists of one letter again and again.
    fn is_repeated_alone(&self, at: usize, character: char) -> bool {
        let beyond = |step: isize| {
            let others = (1..=LONGEST_RUN).map(|distance| self.character(at, step * distance));
            others.enumerate().find(|(_, other)| *other != character)
        };
        match (beyond(-1), beyond(1)) {
            (Some((before, first)), Some((after, last))) => {
                before + after > 0 && !is_latin(first) && !is_latin(last)
            }
            _ => false,
        }
    }

    /// Whether a letter stands after a number where a sign belongs to a unit: the square of a length, or the micro sign of a
    /// thousandth part of a thousandth.
    fn is_at_unit(&self, at: usize) -> bool {
        if is_latin(self.character(at, 1)) {
            let is_number = |from| self.character(at, from).is_ascii_digit();
            let is_after_number = is_number(-1) || (self.character(at, -1) == ' ' && is_number(-2));
            let is_unit = matches!(self.character(at, 1), 'm' | 's' | 'A' | 'V' | 'W' | 'F');
            return is_after_number && is_unit && !is_latin(self.character(at, 2));
        }
        let mut unit = String::new();
        for offset in 1..=3 {
            let character = self.character(at, -offset);
            if !character.is_ascii_lowercase() {
                let is_number = character.is_ascii_digit()
                    || (character == ' ' && self.character(at, -offset - 1).is_ascii_digit());
                return is_number && UNITS.contains(&unit.as_str());
            }
            unit.insert(0, character);
        }
        false
    }

    /// Whether a number stands before this place, with or without a space between.
    fn is_after_number(&self, at: usize) -> bool {
        let before = self.character(at, -1);
        before.is_ascii_digit() || (is_space(before) && self.character(at, -2).is_ascii_digit())
    }

    fn is_before_number(&self, at: usize) -> bool {
        let after = self.character(at, 1);
        after.is_ascii_digit() || (is_space(after) && self.character(at, 2).is_ascii_digit())
    }
}

fn lower(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic() || is_combining_mark(character)
}

fn is_space(character: char) -> bool {
    character.is_whitespace()
}

/// Letters of Latin: in ASCII, and the blocks Latin-1 Supplement to Latin Extended Additional.
pub(super) fn is_latin(character: char) -> bool {
    character.is_ascii_alphabetic()
        || (character.is_alphabetic() && matches!(character, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}'))
}
