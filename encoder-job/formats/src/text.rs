//! Whether bytes are text, without the tables of any encoding: what is decided here is only what no encoding could make text of.

use std::borrow::Cow;

use crate::utf_32::ByteOrder;

/// Of so many characters one may be a control character or unreadable; where there are more, it is no text. Among random
/// bytes one of ten is.
const LEAST_READABLE: usize = 50;

/// Whether what was decoded is text: that it does not consist of control characters, or of what could not be decoded (U+FFFD), to
/// a share that no text has.
pub fn is_readable(text: impl Iterator<Item = char>) -> bool {
    let mut characters = 0_usize;
    let mut unreadable = 0_usize;
    for character in text {
        characters += 1;
        unreadable += usize::from(match character {
            // Those of lines and pages, and those by which printers and terminals change how text looks.
            '\t' | '\n' | '\r' | '\u{c}' | '\u{e}' | '\u{f}' | '\u{1b}' | '\u{85}' => false,
            char::REPLACEMENT_CHARACTER => true,
            character => character.is_control(),
        });
    }
    // One such character is an accident in however short a text, unless it is half of it.
    unreadable == 0
        || (unreadable == 1 && characters > 2)
        || unreadable.saturating_mul(LEAST_READABLE) <= characters
}

/// Whether most characters are such that texts consist of.
pub fn looks_written(text: impl Iterator<Item = char>) -> bool {
    let (mut characters, mut known) = (0_usize, 0_usize);
    for character in text {
        characters += 1;
        let is_known = character.is_alphanumeric()
            || character.is_whitespace()
            || character.is_ascii_punctuation()
            || matches!(character, '\u{a1}'..='\u{bf}' | '\u{2010}'..='\u{2027}' | '\u{3001}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}');
        known += usize::from(is_known);
    }
    known * 5 > characters * 4
}

/// The text these bytes may be the beginning of, in which no more than ASCII can be relied on; `None` where they are of no text in
/// any encoding. `is_whole` where nothing was cut off.
pub(crate) fn likely(head: &[u8], is_whole: bool) -> Option<Cow<'_, str>> {
    if let Some(order) = ByteOrder::of_mark(head) {
        return readable(order.decode(whole_units(&head[4..], 4, is_whole)).0);
    }
    if let Some(text) = head.strip_prefix(b"\xff\xfe") {
        return readable(utf_16(text, u16::from_le_bytes, is_whole));
    }
    if let Some(text) = head.strip_prefix(b"\xfe\xff") {
        return readable(utf_16(text, u16::from_be_bytes, is_whole));
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if let Some(text) = utf_8(head, is_whole) {
        return is_readable(text.chars()).then_some(Cow::Borrowed(text));
    }
    if let Some(order) = ByteOrder::of_numbers(head) {
        let text = order.decode(whole_units(head, 4, is_whole)).0;
        if looks_written(text.chars()) {
            return readable(text);
        }
    }
    // The encodings of one byte and of several have ASCII in common, and most have its control characters: they tell.
    let bytes = || head.iter().map(|&byte| char::from(byte));
    let ascii = |character: char| if character.is_ascii() { character } else { 'x' };
    if is_readable(bytes().map(ascii)) {
        return Some(bytes().collect());
    }
    [u16::from_le_bytes, u16::from_be_bytes]
        .into_iter()
        .map(|order| utf_16(head, order, is_whole))
        .find(|text| is_readable(text.chars()) && looks_written(text.chars()))
        .map(Cow::Owned)
}

fn readable(text: String) -> Option<Cow<'static, str>> {
    is_readable(text.chars()).then_some(Cow::Owned(text))
}

/// The UTF-8 that these bytes are, if they are; zeros are of other encodings. A character may have been cut at the end.
fn utf_8(head: &[u8], is_whole: bool) -> Option<&str> {
    if head.contains(&0) {
        return None;
    }
    match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() && !is_whole => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

fn utf_16(bytes: &[u8], order: fn([u8; 2]) -> u16, is_whole: bool) -> String {
    let (units, rest) = bytes.as_chunks::<2>();
    let mut units: Vec<u16> = units.iter().map(|&unit| order(unit)).collect();
    // A pair of surrogates may have been cut at the end.
    if !is_whole && units.last().is_some_and(|last| (0xd800..0xdc00).contains(last)) {
        units.pop();
    }
    let mut text: String = char::decode_utf16(units)
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    if is_whole && !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

/// The bytes without what was cut of the last unit, where something was.
fn whole_units(bytes: &[u8], unit: usize, is_whole: bool) -> &[u8] {
    if is_whole {
        return bytes;
    }
    &bytes[..bytes.len() - bytes.len() % unit]
}
