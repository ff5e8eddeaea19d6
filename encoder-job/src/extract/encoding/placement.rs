//! How well characters stand where they do: letters in words, signs of money at numbers, quotation marks around words. Of two encodings
//! the one is more likely that puts characters where people do.
//!
//! A place is rated from -5 for what cannot be, over 0 for what may be, to 1 for what is expected.

#[cfg(test)]
mod tests;

use unicode_normalization::char::is_combining_mark;

/// Letters outside ASCII that are the most common ones of a language written in Latin letters, and others that are common. All others
/// are rare in all.
const MOST_COMMON: &str = "àáäåæãçèéêíñóöøõúüýßąčęěğıłńňőřśšůűżžşșțţ";
const COMMON: &str = "âëìîïðòôùûþœăćďđťźİėįųūāēīņļľĺŕ";
/// Letters that are words by themselves.
const WORDS: &str = "àéèóöåÀÉÈÓÖÅ";
/// Units of length, which have squares and cubes.
const UNITS: [&str; 9] = ["m", "cm", "mm", "km", "dm", "ft", "in", "yd", "mi"];

/// Bytes as an encoding reads them in which each byte is a character.
pub(super) struct Reading<'a> {
    pub(super) bytes: &'a [u8],
    /// The characters of the bytes from 128 on.
    pub(super) table: &'a [char; 128],
}

impl Reading<'_> {
    /// How well all characters outside ASCII stand, in sum.
    pub(super) fn rating(&self) -> f64 {
        self.places().map(|at| self.place(at)).sum()
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
            } else if is_letter(before) || is_letter(after) {
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
        } else if is_at_number || is_last_capital {
            -2.0
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

    #[allow(
        clippy::too_many_lines,
        clippy::match_same_arms,
        clippy::collapsible_match,
        reason = "a table, in groups of signs that are used alike"
    )]
    fn sign(&self, at: usize, character: char) -> f64 {
        let (before, after) = (self.character(at, -1), self.character(at, 1));
        let (is_after_letter, is_before_letter) = (is_latin(before), is_latin(after));
        let is_in_word = is_after_letter && is_before_letter;
        let (is_after_number, is_before_number) = (self.is_after_number(at), self.is_before_number(at));
        let (is_open_before, is_open_after) = (
            is_space(before) || matches!(before, '(' | '[' | '"' | '\'' | '-' | '/' | '>' | '='),
            is_space(after)
                || matches!(
                    after,
                    ')' | ']' | '"' | '\'' | '-' | '/' | '<' | '.' | ',' | ';' | ':' | '!' | '?'
                ),
        );
        match character {
            '£' | '€' | '¥' | '¢' if is_in_word => -3.0,
            '£' | '€' | '¥' | '¢' if is_after_number || is_before_number => 1.0,
            '£' | '€' | '¥' | '¢' if is_after_letter || is_before_letter => -0.5,
            '£' | '€' | '¥' | '¢' => 0.0,
            // Hardly anybody uses these.
            '¤' | 'ƒ' if is_in_word => -3.0,
            '¤' | 'ƒ' if is_after_letter || is_before_letter => -0.5,
            '¤' | 'ƒ' if is_after_number || is_before_number => 0.0,
            '¤' | 'ƒ' => -0.3,
            '°' if is_in_word => -3.0,
            '°' if is_after_number => 1.0,
            '°' if is_after_letter && !matches!(before, 'n' | 'N') => -1.5,
            '°' => 0.3,
            'º' | 'ª' if is_before_letter => -2.0,
            'º' | 'ª' if is_after_number => 1.0,
            'º' | 'ª' if is_after_letter => -0.5,
            'º' | 'ª' => -0.7,
            '½' | '¼' | '¾' if is_after_letter => -3.0,
            '½' | '¼' | '¾' if is_before_letter => -1.5,
            '½' | '¼' | '¾' if is_after_number => 1.0,
            '½' | '¼' | '¾' => 0.5,
            '²' | '³' | '¹' if is_before_letter => -2.0,
            '²' | '³' | '¹' if before.is_ascii_digit() || matches!(before, ')' | ']' | '.') => 1.0,
            '²' | '³' if is_after_letter && self.is_after_unit(at) => 1.0,
            // The mark of a note.
            '²' | '¹' if is_after_letter => 0.3,
            '²' | '³' | '¹' => -0.5,
            '±' | '×' | '÷' if is_in_word => -3.0,
            '±' | '×' | '÷' if is_after_number || is_before_number => 1.0,
            '±' | '×' | '÷' if is_after_letter || is_before_letter => -1.0,
            '±' | '×' | '÷' => 0.3,
            'µ' if is_after_letter => -3.0,
            'µ' if matches!(
                after,
                'm' | 's' | 'g' | 'l' | 'L' | 'F' | 'A' | 'V' | 'W' | 'M' | 'P'
            ) =>
            {
                1.0
            }
            'µ' if is_before_letter => -1.0,
            'µ' => 0.0,
            '‰' if is_after_number => 1.0,
            '‰' => -1.0,
            '§' | '¶' if is_in_word => -3.0,
            '§' | '¶' if is_before_letter => -0.5,
            // The mark of a note.
            '§' | '¶' if is_after_letter => 0.2,
            '§' if is_before_number => 1.0,
            '§' | '¶' => 0.3,
            '®' | '™' if is_before_letter => -2.0,
            '®' | '™' if is_after_letter => 1.0,
            '®' | '™' => 0.0,
            '©' if is_in_word => -3.0,
            '©' if is_before_number => 1.0,
            '©' if is_after_letter => -1.0,
            '©' => 0.3,
            '†' | '‡' if is_before_letter => -1.0,
            '†' | '‡' => 0.2,
            '…' if is_in_word => -0.5,
            '…' if is_open_after => 1.0,
            '…' => 0.3,
            '–' if is_in_word => -0.3,
            '—' if is_in_word => 0.3,
            '–' | '—' if is_space(before) && is_space(after) => 1.0,
            '–' | '—' if before.is_ascii_digit() && after.is_ascii_digit() => 1.0,
            '–' | '—' => 0.0,
            '’' if is_in_word => 1.0,
            '’' if is_after_letter || is_open_after => 0.5,
            '’' => 0.0,
            '‘' | '‚' if is_in_word => -3.0,
            '“' | '”' | '„' | '«' | '»' | '‹' | '›' | '‟' if is_in_word => -3.0,
            '‘' | '“' | '„' | '‚' | '«' | '‹' if is_open_before && !is_open_after => 1.0,
            '”' | '»' | '›' | '“' | '‘' if !is_open_before && is_open_after => 1.0,
            '„' | '‚' if is_after_letter || before.is_ascii_digit() => -2.0,
            // Quotation marks open in one language and close in another.
            '‘' | '“' | '„' | '‚' | '«' | '‹' | '”' | '»' | '›' => 0.2,
            '¡' | '¿' if is_after_letter => -3.0,
            '¡' | '¿' if is_before_letter => 1.0,
            '¡' | '¿' if is_after_number => -1.5,
            '¡' | '¿' => 0.0,
            '•' | '·' | '■' | '▪' | '●' | '►' | '◆' | '○' if is_in_word => {
                // A Catalan word.
                if (character, before, after) == ('·', 'l', 'l') {
                    1.0
                } else {
                    -0.5
                }
            }
            '•' | '·' => 0.5,
            '■' | '▪' | '●' | '►' | '◆' | '○' => 0.0,
            '´' if is_in_word => -0.5,
            '´' | '¨' | '¸' | '¯' | 'ˆ' | '˜' | '˝' | '˘' | '˙' | '˚' | '˛' | 'ˇ' => {
                if is_after_letter || is_before_letter {
                    -1.5
                } else {
                    -0.3
                }
            }
            '¦' | '¬' => {
                if is_in_word {
                    -2.0
                } else {
                    -0.2
                }
            }
            '\u{a0}' if is_in_word => -0.3,
            '\u{a0}' => 0.3,
            '\u{ad}' => {
                if is_after_letter {
                    0.0
                } else {
                    -1.0
                }
            }
            'ﬁ' | 'ﬂ' => {
                if is_after_letter || is_before_letter {
                    0.5
                } else {
                    -2.0
                }
            }
            '\u{2500}'..='\u{259f}' => self.line(at),
            // Signs of mathematics.
            '\u{2200}'..='\u{22ff}' | '∙' | 'ⁿ' | '⌠' | '⌡' | '‗' if is_after_letter || is_before_letter => {
                -2.0
            }
            '\u{2200}'..='\u{22ff}' => -0.5,
            c if c.is_control() || c == char::REPLACEMENT_CHARACTER => -5.0,
            _ if is_in_word => -3.0,
            _ => -1.0,
        }
    }

    /// How well a piece of a frame stands, as those of DOS are drawn: beside others, or between spaces.
    fn line(&self, at: usize) -> f64 {
        let (before, after) = (self.character(at, -1), self.character(at, 1));
        let is_line = |character| matches!(character, '\u{2500}'..='\u{259f}');
        if is_latin(before) || is_latin(after) {
            -3.0
        } else if is_line(before) || is_line(after) {
            1.0
        } else if is_space(before) && is_space(after) {
            0.3
        } else {
            -1.0
        }
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

    /// Whether a unit of length or a variable stands before this place.
    fn is_after_unit(&self, at: usize) -> bool {
        let mut word: Vec<char> = Vec::new();
        for offset in 1..=3 {
            let character = self.character(at, -offset);
            if !is_latin(character) {
                break;
            }
            word.insert(0, character);
        }
        let word: String = word.into_iter().collect();
        word.len() == 1 || UNITS.contains(&word.as_str())
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
