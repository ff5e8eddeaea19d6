//! Encodings of East Asia that stay in ASCII and say with escape sequences what follows: ISO-2022-JP (RFC 1468), ISO-2022-KR
//! (RFC 1557), ISO-2022-CN (RFC 1922) and HZ (RFC 1843). Of these browsers read the first alone.

use std::borrow::Cow;

use encoding_rs::{EUC_KR, Encoding, GBK, ISO_2022_JP};

/// Shift out to the second set of characters, and in again.
const SHIFT_OUT: u8 = 0x0e;
const SHIFT_IN: u8 = 0x0f;
const ESCAPE: u8 = 0x1b;
/// How many escapes are looked at.
const MOST_ESCAPES: usize = 64;

/// The text and the name of its encoding, if these bytes, which are ASCII, are in one of them.
pub(super) fn decode(bytes: &[u8]) -> Option<(Cow<'_, str>, &'static str)> {
    if let Some(text) = iso_2022_jp(bytes) {
        return Some((text, ISO_2022_JP.name()));
    }
    if let Some(text) = shifted(bytes, b"\x1b$)C", EUC_KR) {
        return Some((text.into(), "ISO-2022-KR"));
    }
    if let Some(text) = shifted(bytes, b"\x1b$)A", GBK) {
        return Some((text.into(), "ISO-2022-CN"));
    }
    hz(bytes).map(|text| (text.into(), "HZ-GB-2312"))
}

fn iso_2022_jp(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let has_escape = memchr::memchr_iter(ESCAPE, bytes)
        .take(MOST_ESCAPES)
        .any(|at| matches!(bytes.get(at + 1..at + 3), Some(b"$B" | b"$@" | b"(J")));
    if !has_escape {
        return None;
    }
    let (text, has_errors) = ISO_2022_JP.decode_without_bom_handling(bytes);
    (!has_errors).then_some(text)
}

/// Text that shifts between ASCII and a set of characters of two bytes, which `designation` names and `encoding` has with the
/// eighth bits set.
fn shifted(bytes: &[u8], designation: &[u8], encoding: &'static Encoding) -> Option<String> {
    memchr::memmem::find(bytes, designation)?;
    memchr::memchr(SHIFT_OUT, bytes)?;
    let mut eight_bits = Vec::with_capacity(bytes.len());
    let mut is_shifted = false;
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            SHIFT_OUT => is_shifted = true,
            SHIFT_IN => is_shifted = false,
            // A designation of this set or of another one, which may come again on each line.
            ESCAPE if rest.starts_with(b"$") => rest = rest.get(3..).unwrap_or_default(),
            b'\n' | b'\r' => {
                is_shifted = false;
                eight_bits.push(byte);
            }
            b'!'..=b'~' if is_shifted => eight_bits.push(byte | 0x80),
            _ => eight_bits.push(byte),
        }
    }
    text_of(&eight_bits, encoding)
}

/// Text in HZ: what stands between `~{` and `~}` are characters of two bytes.
fn hz(bytes: &[u8]) -> Option<String> {
    memchr::memmem::find(bytes, b"~{")?;
    let mut eight_bits = Vec::with_capacity(bytes.len());
    // Characters so far, and those of them that are signs or among the common ideographs.
    let (mut count, mut common) = (0_usize, 0_usize);
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'~', rest) {
        eight_bits.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.first()? {
            b'~' => eight_bits.push(b'~'),
            // The line goes on.
            b'\n' => {}
            b'{' => {
                let end = memchr::memmem::find(rest, b"~}")?;
                let characters = &rest[1..end];
                let is_ideograph = |pair: &[u8]| matches!(pair, [b'!'..=b'w', b'!'..=b'~']);
                if characters.is_empty() || !characters.chunks(2).all(is_ideograph) {
                    return None;
                }
                count += characters.len() / 2;
                common += characters.chunks(2).filter(|pair| pair[0] < b'X').count();
                eight_bits.extend(characters.iter().map(|byte| byte | 0x80));
                rest = &rest[end + 1..];
            }
            // In a text that is in HZ nothing else follows.
            _ => return None,
        }
        rest = &rest[1..];
    }
    eight_bits.extend_from_slice(rest);
    if common * 2 < count {
        return None;
    }
    text_of(&eight_bits, GBK)
}

fn text_of(eight_bits: &[u8], encoding: &'static Encoding) -> Option<String> {
    let (text, has_errors) = encoding.decode_without_bom_handling(eight_bits);
    (!has_errors && !text.is_ascii()).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text in two bytes each without their eighth bits, between these marks.
    fn seven_bits(text: &str, encoding: &'static Encoding, before: &str, after: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for piece in text.split_inclusive(' ') {
            let (word, space) = piece.split_at(piece.trim_end().len());
            let (encoded, _, has_errors) = encoding.encode(word);
            assert!(!has_errors);
            if encoded.is_ascii() {
                bytes.extend_from_slice(word.as_bytes());
            } else {
                bytes.extend_from_slice(before.as_bytes());
                bytes.extend(encoded.iter().map(|byte| byte & 0x7f));
                bytes.extend_from_slice(after.as_bytes());
            }
            bytes.extend_from_slice(space.as_bytes());
        }
        bytes
    }

    #[test]
    fn each_is_read_by_its_escapes() {
        let korean = "나는 아침에 coffee 를 마신다 그리고 일한다";
        let mut bytes = b"\x1b$)C".to_vec();
        bytes.extend(seven_bits(korean, EUC_KR, "\x0e", "\x0f"));
        assert_eq!(decode(&bytes), Some((korean.into(), "ISO-2022-KR")));
        // A line's end shifts in by itself.
        assert_eq!(decode(b"\x1b$)C\x0e\x30\x21\nabc").unwrap().0, "\u{ac00}\nabc");
        let chinese = "你好 world 今天 天气 很好";
        let mut bytes = b"\x1b$)A".to_vec();
        bytes.extend(seven_bits(chinese, GBK, "\x0e", "\x0f"));
        assert_eq!(decode(&bytes), Some((chinese.into(), "ISO-2022-CN")));
        let bytes = seven_bits(chinese, GBK, "~{", "~}");
        assert_eq!(decode(&bytes), Some((chinese.into(), "HZ-GB-2312")));
        assert_eq!(
            decode(b"a ~~ b ~\nc ~{<:Ky2;S{#,NpJ)l6HK!#~}").unwrap().0,
            "a ~ b c 己所不欲，勿施於人。"
        );
    }

    #[test]
    fn plain_text_that_has_their_marks_in_it_is_none() {
        for text in [
            &b"see Table~{1} and Figure~{2}"[..],
            b"\\frac~{a}~}b",
            b"x ~{ab c~} y",
            b"~{odd~}",
            b"~/home ~{<:Ky~}",
            b"\x1b[31mred\x1b[0m",
            b"\x1b$)C without a shift",
            b"\x0e only a shift \x0f",
            b"~{",
            b"~",
        ] {
            assert_eq!(decode(text), None, "{}", String::from_utf8_lossy(text));
        }
    }
}
