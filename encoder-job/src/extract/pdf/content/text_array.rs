//! The array of `TJ`: strings, and how far to move between them (ISO 32000-2, 9.4.3).
//!
//! Most of a page's bytes are such arrays, so the plain items are read here; what is written in another way is left to the library.

use hayro_syntax::object::{FromBytes as _, Number, String as PdfString};

use super::tokens::{is_delimiter, is_whitespace};

/// A number of more digits is left to the library.
const MAX_DIGITS: usize = 15;

/// An item that means something to `TJ`.
#[derive(Debug, PartialEq)]
pub(super) enum TextItem<'i> {
    /// A string that is shown.
    String(&'i [u8]),
    /// How far the next one moves back along the line, in thousandths of the font's size.
    Back(f64),
}

/// The items of an array, one after the other. What is neither string nor number is passed over; of an array or a dictionary within, which the
/// standard does not know here, that is the brackets alone.
pub(super) struct TextArray<'a> {
    /// What stands between the array's brackets.
    bytes: &'a [u8],
    at: usize,
    /// Of the last string, where it is not written as it is.
    decoded: Vec<u8>,
}

impl<'a> TextArray<'a> {
    /// Those of an array with this between its brackets.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            decoded: Vec::new(),
        }
    }

    /// The next item; `None` at the end, or where a string has none.
    pub(super) fn next(&mut self) -> Option<TextItem<'_>> {
        loop {
            match *self.bytes.get(self.at)? {
                b'(' => return self.literal().map(TextItem::String),
                b'<' => return self.hexadecimal().map(TextItem::String),
                b'0'..=b'9' | b'-' | b'+' | b'.' => {
                    if let Some(number) = self.number() {
                        return Some(TextItem::Back(number));
                    }
                }
                b'%' => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                }
                byte if is_whitespace(byte) || is_delimiter(byte) => self.at += 1,
                _ => self.at += regular(&self.bytes[self.at..]),
            }
        }
    }

    fn literal(&mut self) -> Option<&[u8]> {
        let start = self.at;
        let mut depth = 0_usize;
        let mut is_plain = true;
        loop {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'\\' => {
                    is_plain = false;
                    self.at += 1;
                }
                b'\r' | b'\n' => is_plain = false,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        if is_plain {
            return Some(&self.bytes[start + 1..self.at - 1]);
        }
        let string = PdfString::from_bytes(&self.bytes[start..self.at])?;
        self.decoded.clear();
        self.decoded.extend_from_slice(string.as_bytes());
        Some(&self.decoded)
    }

    fn hexadecimal(&mut self) -> Option<&[u8]> {
        let digits = &self.bytes[self.at + 1..];
        let end = memchr::memchr(b'>', digits)?;
        self.at += end + 2;
        self.decoded.clear();
        let mut high = None;
        for &byte in &digits[..end] {
            let Some(digit) = digit(byte) else { continue };
            match high.take() {
                Some(high) => self.decoded.push(high << 4 | digit),
                None => high = Some(digit),
            }
        }
        // A digit that is missing at the end is a zero (7.3.4.3).
        self.decoded.extend(high.map(|high| high << 4));
        Some(&self.decoded)
    }

    fn number(&mut self) -> Option<f64> {
        let token = &self.bytes[self.at..];
        let token = &token[..regular(token)];
        // The library takes a sign before another one for a zero, which moves nothing.
        if let [b'-' | b'+', b'-' | b'+', ..] = token {
            self.at += 1;
            return None;
        }
        self.at += token.len();
        plain_number(token).or_else(|| Number::from_bytes(token).map(|number| number.as_f64()))
    }
}

/// How many regular characters a text begins with (7.2.3).
fn regular(bytes: &[u8]) -> usize {
    let is_regular = |&byte: &u8| !is_whitespace(byte) && !is_delimiter(byte);
    bytes
        .iter()
        .position(|byte| !is_regular(byte))
        .unwrap_or(bytes.len())
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// A number as the standard has it: a sign, digits, and a point somewhere among them (7.3.3).
fn plain_number(token: &[u8]) -> Option<f64> {
    let (is_negative, digits) = match token {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if !(1..=MAX_DIGITS).contains(&digits.len()) || digits == b"." {
        return None;
    }
    let (mut value, mut scale) = (0.0, 1.0);
    let mut is_fraction = false;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                value = value * 10.0 + f64::from(byte - b'0');
                if is_fraction {
                    scale *= 10.0;
                }
            }
            b'.' if !is_fraction => is_fraction = true,
            _ => return None,
        }
    }
    let value = value / scale;
    Some(if is_negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use hayro_syntax::object::{Array, Object};
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<(Vec<u8>, f64)> {
        let mut items = TextArray::new(bytes);
        let mut all = Vec::new();
        while let Some(item) = items.next() {
            all.push(match item {
                TextItem::String(string) => (string.to_vec(), 0.0),
                TextItem::Back(number) => (b"number".to_vec(), number),
            });
        }
        all
    }

    fn read_by_the_library(bytes: &[u8]) -> Vec<(Vec<u8>, f64)> {
        let bytes = [b"[", bytes, b"]"].concat();
        let array = Array::from_bytes(&bytes).expect("the library reads it");
        let items = array.iter::<Object<'_>>().filter_map(|object| match object {
            Object::String(string) => Some((string.as_bytes().to_vec(), 0.0)),
            Object::Number(number) => Some((b"number".to_vec(), number.as_f64())),
            _ => None,
        });
        items.collect()
    }

    #[test]
    fn items_are_read_in_order() {
        let strings = |bytes: &[u8]| -> Vec<String> {
            let items = read(bytes).into_iter();
            items
                .map(|(string, number)| format!("{}{number:+}", String::from_utf8_lossy(&string)))
                .collect()
        };
        assert_eq!(
            strings(b"(A)-120.5(B (b) )<41 4>"),
            ["A+0", "number-120.5", "B (b) +0", "A@+0"]
        );
        assert_eq!(
            strings(b"(A\\)\\101\\\nb) % (C)\n/Name .5 +3"),
            ["A)Ab+0", "number+0.5", "number+3"]
        );
        assert_eq!(strings(b"(A"), [""; 0]);
        assert_eq!(strings(b"<41"), [""; 0]);
        assert_eq!(strings(b""), [""; 0]);
    }

    proptest! {
        #[test]
        fn every_array_is_read_as_the_library_reads_it(
            items in prop::collection::vec(
                prop_oneof![
                    "\\(([a-z 0-9\n\r]|\\\\[a-z()0-9\\\\\n]|\\([a-z]\\)){0,9}\\)",
                    "<[0-9a-fA-F \n]{0,9}>",
                    "[+-]?[0-9]{1,5}(\\.[0-9]{0,4})?",
                    "[+-]?\\.[0-9]{1,4}",
                    "--?[0-9]{1,20}",
                    "/[a-z]{1,3}",
                ],
                0..8,
            ),
        ) {
            let text = items.join(" ");
            let is_move = |item: &(Vec<u8>, f64)| item.0 != b"number" || item.1 != 0.0;
            let ours: Vec<_> = read(text.as_bytes()).into_iter().filter(is_move).collect();
            let theirs: Vec<_> = read_by_the_library(text.as_bytes()).into_iter().filter(is_move).collect();
            prop_assert_eq!(ours.len(), theirs.len(), "{}", text);
            for (one, other) in ours.iter().zip(&theirs) {
                prop_assert_eq!(&one.0, &other.0, "{}", text);
                prop_assert!((one.1 - other.1).abs() <= 1e-6 * other.1.abs(), "{}: {} {}", text, one.1, other.1);
            }
        }
    }
}
