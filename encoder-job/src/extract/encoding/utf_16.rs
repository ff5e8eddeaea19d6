//! UTF-16 (Unicode Standard, 3.10) without a byte order mark: known by its zero bytes, or by what stands between ideographs.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use formats::text::looks_written;

use super::SAMPLE;

/// In UTF-16 one of so many characters has a zero byte, at least.
const LEAST_ZEROS: usize = 200;

/// In UTF-16 without a mark and without zero bytes one of so many characters is a sign or syllable of East Asia, at least, and so
/// many are ideographs.
const LEAST_EAST_ASIAN_SIGNS: usize = 40;
const LEAST_IDEOGRAPHS: usize = 4;

/// The byte order of UTF-16 without a mark, if this is such text: nearly every text has spaces, line ends or digits in it, whose
/// one byte is zero.
pub(super) fn without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(SAMPLE) & !1];
    let (mut first, mut second) = (0_usize, 0_usize);
    for pair in sample.chunks_exact(2) {
        first += usize::from(pair[0] == 0);
        second += usize::from(pair[1] == 0);
    }
    // The spaces alone of any script are one in so many characters, and their zeros are on one side; of other characters few have theirs on the other.
    let (most, least) = (first.max(second), first.min(second));
    if most * LEAST_ZEROS < sample.len() / 2 || least * 4 > most {
        return None;
    }
    // Zeros between letters of ASCII are of UTF-16 if nearly each has one; few are some program's marks.
    let is_ascii = sample
        .iter()
        .all(|byte| *byte == 0 || byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    if is_ascii && most * 5 < sample.len() / 2 * 4 {
        return None;
    }
    let encoding = if first > second { UTF_16BE } else { UTF_16LE };
    let (text, has_errors) = encoding.decode_without_bom_handling(sample);
    // A pair of surrogates may have been cut at the sample's end.
    if has_errors && text.trim_end_matches('\u{fffd}').contains('\u{fffd}') {
        return None;
    }
    looks_written(text.chars()).then_some(encoding)
}

/// The byte order of UTF-16 without a mark, if this is text in Chinese or Japanese, which has hardly a space: nearly all characters are
/// ideographs and what stands between them, in one byte order.
pub(super) fn of_east_asia(bytes: &[u8]) -> Option<&'static Encoding> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let sample = &bytes[..bytes.len().min(SAMPLE) & !1];
    [UTF_16LE, UTF_16BE].into_iter().find(|encoding| {
        let (text, _) = encoding.decode_without_bom_handling(sample);
        let (mut all, mut signs, mut ideographs, mut earlier, mut plain) =
            (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
        for character in text.chars() {
            all += 1;
            match character {
                // Ideographic commas and full stops, Hiragana and Katakana, and the wide comma.
                '\u{3001}' | '\u{3002}' | '\u{3041}'..='\u{30fe}' | '\u{ff0c}' => signs += 1,
                '\u{4e00}'..='\u{9fff}' => {
                    ideographs += 1;
                    earlier += usize::from(character < '\u{8000}');
                }
                ' '..='~'
                | '\t'
                | '\n'
                | '\r'
                | '\u{3000}'..='\u{303f}'
                | '\u{2010}'..='\u{2027}'
                | '\u{ff01}'..='\u{ff5e}' => plain += 1,
                _ => {}
            }
        }
        // Two bytes of another encoding would be ideographs of one half of their block, or far from all of them be any.
        signs * LEAST_EAST_ASIAN_SIGNS >= all
            && signs > 0
            && ideographs >= LEAST_IDEOGRAPHS
            && earlier * 4 >= ideographs
            && (signs + ideographs + plain) * 20 >= all * 19
    })
}
