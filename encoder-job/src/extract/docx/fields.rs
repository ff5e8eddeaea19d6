//! Fields: instructions whose results are in the text (ISO/IEC 29500-1, 17.16). One of them shows something without a result.

use super::symbols::sign;

/// The longest instruction that is looked at, in bytes.
const MAX_LENGTH: usize = 256;

/// An open field.
#[derive(Debug, Default)]
pub(super) struct Field {
    instruction: String,
    /// Whether its result is being read, and no more its instruction, which nobody sees.
    is_result: bool,
}

impl Field {
    /// Whether what is being read of it is seen.
    pub(super) fn shows_result(&self) -> bool {
        self.is_result
    }

    /// A part of its instruction.
    pub(super) fn instruct(&mut self, text: &str) {
        if !self.is_result && self.instruction.len() + text.len() <= MAX_LENGTH {
            self.instruction.push_str(text);
        }
    }

    /// Its result begins.
    pub(super) fn separate(&mut self) {
        self.is_result = true;
    }

    /// What it shows where it ended without a result: a sign that it names by its code and font (17.16.5.60).
    pub(super) fn shown_without_result(&self) -> Option<char> {
        if self.is_result {
            return None;
        }
        let mut words = words(&self.instruction).into_iter();
        words.next().filter(|name| name.eq_ignore_ascii_case("SYMBOL"))?;
        let code = words.next()?;
        let code = match code.strip_prefix("0x").or_else(|| code.strip_prefix("0X")) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => code.parse().ok()?,
        };
        let font = words
            .find(|word| word.eq_ignore_ascii_case("\\f"))
            .and_then(|_| words.next());
        let shown = sign(font, code);
        (!shown.is_control()).then_some(shown)
    }
}

/// The words of an instruction; what stands between quotation marks is one.
fn words(instruction: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = instruction.trim_start();
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"');
        let content = quoted.unwrap_or(rest);
        let is_end = |character: char| match quoted {
            Some(_) => character == '"',
            None => character.is_whitespace(),
        };
        let end = content.find(is_end).unwrap_or(content.len());
        words.push(&content[..end]);
        rest = content[end..].trim_start_matches('"').trim_start();
    }
    words
}
