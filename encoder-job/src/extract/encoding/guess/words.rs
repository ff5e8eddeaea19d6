//! Whether what an encoding of another script than Latin makes of a text are words of that script.

use encoding_rs::{Encoding, WINDOWS_1252};

use super::{Reading, is_latin, table_of};

/// So many different letters, or ideographs by themselves, are no accident.
const LEAST_DIFFERENT: usize = 5;
/// The least mean of the places of signs that stand beside each other.
const WELL_PLACED: f64 = 0.3;

/// Whether a sample is, by its letters, in an encoding of another script than Latin: they stand together and make words, which
/// signs do not that are taken for letters.
pub(super) fn is_written_in(encoding: &'static Encoding, sample: &[u8]) -> bool {
    let (mut foreign, mut in_words) = (0_usize, 0_usize);
    // Ideographs that stand by themselves; of a sign and a letter of ASCII comes one and the same again and again.
    let (mut alone, mut different) = (0_usize, Different::default());
    // Signs of windows-1252 stand beside each other here and there, as quotation marks do.
    let (mut is_in_letters, mut letters) = (false, Different::default());
    let western = table_of(WINDOWS_1252);
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let (mut before, mut characters) = ('\n', text.chars().peekable());
    while let Some(character) = characters.next() {
        let after = characters.peek().copied().unwrap_or('\n');
        if !character.is_ascii() {
            foreign += 1;
            // One character again and again is the line of a frame.
            let is_beside = |other| is_of_other_script(other) && other != character;
            // No word is in two scripts, but ideographs have words in Latin beside them.
            let is_apart = is_wide(character) || !(is_latin(before) || is_latin(after));
            if is_of_other_script(character) && is_apart && (is_beside(before) || is_beside(after)) {
                in_words += 1;
                letters.add(character);
                is_in_letters |= is_wide(character) || is_letter_of(character, encoding, &western);
            } else if is_wide(character) && !is_alphanumeric(before) && !is_alphanumeric(after) {
                alone += 1;
                different.add(character);
            }
        }
        before = character;
    }
    if different.are_enough() {
        in_words += alone;
    }
    in_words > 0
        && in_words * 2 >= foreign
        && (is_in_letters
            || letters.are_enough()
            || different.are_enough()
            || are_ill_placed(sample, &western))
}

/// Whether the characters of an encoding are no signs that stand where those do beside each other.
#[allow(clippy::cast_precision_loss, reason = "a count in a sample")]
fn are_ill_placed(sample: &[u8], table: &[char; 128]) -> bool {
    let reading = Reading { bytes: sample, table };
    let (sum, count) = reading.places().fold((0.0, 0_usize), |(sum, count), at| {
        (sum + reading.place(at), count + 1)
    });
    sum < WELL_PLACED * count as f64
}

/// Whether a character's byte would be a letter in windows-1252.
fn is_letter_of(character: char, encoding: &'static Encoding, western: &[char; 128]) -> bool {
    let mut buffer = [0; 4];
    let (bytes, _, has_errors) = encoding.encode(character.encode_utf8(&mut buffer));
    match bytes.as_ref() {
        &[byte] if !has_errors && byte >= 0x80 => is_latin(western[usize::from(byte & 0x7f)]),
        // One of two bytes.
        _ => true,
    }
}

/// The first few different characters of a text.
#[derive(Default)]
struct Different(Vec<char>);

impl Different {
    fn add(&mut self, character: char) {
        if !self.are_enough() && !self.0.contains(&character) {
            self.0.push(character);
        }
    }

    /// Whether there are so many that it is no accident.
    fn are_enough(&self) -> bool {
        self.0.len() >= LEAST_DIFFERENT
    }
}

/// Ideographs, syllables, and what somebody added to them.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{d7ff}' | '\u{e000}'..='\u{faff}' | '\u{20000}'..)
}

fn is_alphanumeric(character: char) -> bool {
    character.is_ascii_digit() || is_latin(character)
}

/// Letters of other scripts than Latin, and the signs that stand between ideographs.
fn is_of_other_script(character: char) -> bool {
    (character >= '\u{370}' && character.is_alphabetic() && !is_latin(character))
        || matches!(character, '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff60}')
}
