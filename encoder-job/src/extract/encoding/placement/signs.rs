//! How well signs stand where they do: those of money at numbers, quotation marks around words, pieces of frames beside others.

use super::{Reading, UNITS, is_latin, is_space};

/// How far a quotation goes whose marks are taken to be a pair, in bytes.
const LONGEST_QUOTATION: usize = 256;

impl Reading<'_> {
    #[allow(
        clippy::too_many_lines,
        clippy::match_same_arms,
        clippy::collapsible_match,
        reason = "a table, in groups of signs that are used alike"
    )]
    pub(super) fn sign(&self, at: usize, character: char) -> f64 {
        let (before, after) = (self.character(at, -1), self.character(at, 1));
        let (is_after_letter, is_before_letter) = (is_latin(before), is_latin(after));
        let is_in_word = is_after_letter && is_before_letter;
        let (is_after_number, is_before_number) = (self.is_after_number(at), self.is_before_number(at));
        let (is_open_before, is_open_after) = (
            is_space(before)
                || matches!(
                    before,
                    '(' | '['
                        | '"'
                        | '\''
                        | '-'
                        | '/'
                        | '>'
                        | '='
                        | '—'
                        | '–'
                        | '“'
                        | '‘'
                        | '„'
                        | '‚'
                        | '«'
                        | '‹'
                ),
            is_space(after)
                || matches!(
                    after,
                    ')' | ']'
                        | '"'
                        | '\''
                        | '-'
                        | '/'
                        | '<'
                        | '.'
                        | ','
                        | ';'
                        | ':'
                        | '!'
                        | '?'
                        | '—'
                        | '–'
                        | '”'
                        | '’'
                        | '»'
                        | '›'
                        | '…'
                ),
        );
        match character {
            '£' | '€' | '¥' | '¢' if is_in_word => -3.0,
            // More than one of a kind beside each other.
            '£' | '€' | '¥' | '¢' if before == character || after == character => -0.5,
            '¤' if before == character || after == character => -1.0,
            '£' | '€' | '¥' | '¢' if is_after_number || is_before_number => 1.0,
            '£' | '€' | '¥' | '¢' if is_after_letter || is_before_letter => -0.5,
            '¥' => -1.0,
            '¢' => -0.6,
            '£' | '€' => 0.0,
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
            '½' | '¼' | '¾' if is_before_letter || after.is_ascii_digit() => -1.5,
            '½' | '¼' | '¾' if is_after_number => 1.0,
            '½' | '¼' | '¾' => 0.5,
            '²' | '³' | '¹' if is_before_letter => -2.0,
            '²' | '³' | '¹' if before.is_ascii_digit() || matches!(before, ')' | ']' | '.') => 1.0,
            '²' | '³' if is_after_letter && self.is_after_unit(at) => 1.0,
            // The mark of a note.
            '²' | '³' | '¹' if is_after_letter => 0.3,
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
            '©' if is_after_letter && matches!(after, ')' | ']') => -0.4,
            '©' if is_after_letter => -1.0,
            '©' => 0.3,
            '†' | '‡' if is_in_word => -1.0,
            '†' | '‡' if is_after_letter => 0.6,
            '†' | '‡' => 0.2,
            '…' if is_open_after => 1.0,
            '…' if is_before_letter && !is_after_letter => 0.7,
            '…' => 0.3,
            '–' | '—' if is_in_word && self.is_beside_single_consonant(at) => -0.7,
            '–' if is_in_word => 0.2,
            '—' if is_in_word => 0.7,
            '–' | '—' if is_space(before) && is_space(after) => 1.0,
            '–' | '—' if before.is_ascii_digit() && after.is_ascii_digit() => 1.0,
            '–' | '—' => 0.0,
            '’' if is_in_word => 1.0,
            '’' if is_after_letter => 0.7,
            '’' if is_open_after || is_before_letter => 0.5,
            '’' => 0.0,
            '‘' | '‚' if is_in_word => -3.0,
            '“' | '”' | '„' | '«' | '»' | '‹' | '›' | '‟' if is_in_word => -3.0,
            '«' | '»' | '‹' | '›' if before.is_ascii_digit() && !self.has_other_mark_near(at, character) => {
                -0.7
            }
            '‘' | '“' | '„' | '‚' | '«' | '‹' if is_open_before && !is_open_after => 1.0,
            '”' | '»' | '›' | '“' | '‘' if !is_open_before && is_open_after => 1.0,
            '„' | '‚' if is_after_letter || before.is_ascii_digit() => -2.0,
            // Empty quotation marks.
            '“' if after == '”' => 0.5,
            '”' if before == '“' => 0.5,
            // Quotation marks open in one language and close in another.
            '‘' | '“' | '„' | '‚' | '«' | '‹' | '”' | '»' | '›' => 0.2,
            '¡' | '¿' if is_after_letter => -3.0,
            '¡' | '¿' if before.is_ascii_digit() => -2.0,
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
            '•' if matches!(before, '\n' | '\r') && is_space(after) => 1.0,
            '•' | '·' => 0.5,
            '■' | '▪' | '●' | '►' | '◆' | '○' => 0.0,
            '´' if is_in_word => -0.5,
            '´' | '¨' | '¸' | '¯' | 'ˆ' | '˜' | '˝' | '˘' | '˙' | '˚' | '˛' | 'ˇ' => {
                if is_after_letter || is_before_letter {
                    -1.5
                } else if matches!(character, '´' | '¨') {
                    -0.3
                } else {
                    -0.55
                }
            }
            '¬' if before.is_ascii_digit() => -0.7,
            '¬' if is_before_letter && !is_after_letter => 0.1,
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
        if matches!(self.character(at, 0), '─' | '═') && is_line(before) && is_latin(after) {
            // The branch of a tree.
            0.5
        } else if is_latin(before) || is_latin(after) {
            -3.0
        } else if is_line(before) || is_line(after) {
            1.0
        } else if is_space(before) && is_space(after) {
            0.3
        } else {
            -1.0
        }
    }

    /// Whether on one side of this place a single letter stands that is no word.
    fn is_beside_single_consonant(&self, at: usize) -> bool {
        [-1, 1].into_iter().any(|step| {
            let letter = self.character(at, step);
            !is_latin(self.character(at, 2 * step))
                && letter.is_ascii_alphabetic()
                && !"aeiouy".contains(letter.to_ascii_lowercase())
        })
    }

    /// Whether the other one of a pair of quotation marks is near a place, too.
    fn has_other_mark_near(&self, at: usize, character: char) -> bool {
        let other = match character {
            '«' => '»',
            '»' => '«',
            '‹' => '›',
            _ => '‹',
        };
        let index = self.table.iter().position(|known| *known == other);
        index.is_some_and(|index| {
            let byte = 128 | u8::try_from(index).unwrap_or_default();
            let end = self.bytes.len().min(at + LONGEST_QUOTATION);
            memchr::memchr(byte, &self.bytes[at.saturating_sub(LONGEST_QUOTATION)..end]).is_some()
        })
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
