//! Johab, the encoding of Korean on DOS (KS X 1001, annex 3): the two bytes of a syllable are its three letters, five bits each. What is
//! no syllable stands in the order of the standard's other encoding, EUC-KR.

use encoding_rs::EUC_KR;

/// What the five bits of a syllable's letters mean, from 1 for the first letter; 0 for none of them, and -1 for nothing at all.
const INITIALS: [i8; 32] = [
    -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1,
];
const MEDIALS: [i8; 32] = [
    -1, -1, 0, 1, 2, 3, 4, 5, -1, -1, 6, 7, 8, 9, 10, 11, -1, -1, 12, 13, 14, 15, 16, 17, -1, -1, 18, 19, 20,
    21, -1, -1,
];
const FINALS: [i8; 32] = [
    -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, -1, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    27, -1, -1,
];
/// The consonants of syllables' beginnings and ends as letters by themselves (Unicode block Hangul Compatibility Jamo).
const FIRST_LETTERS: &str = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const LAST_LETTERS: &str = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";
/// Of a text in Johab so many characters are syllables, and so many of these stand beside another, in hundredths.
const LEAST_SYLLABLES: usize = 80;
const LEAST_IN_WORDS: usize = 60;
/// The fewest different syllables: one again and again is the line of a frame.
const LEAST_DIFFERENT: usize = 5;

/// The text; what is none is marked.
pub(super) fn decode(bytes: &[u8]) -> String {
    characters(bytes).collect()
}

/// Whether a text is in it, as a sample shows.
pub(super) fn is_in_it(sample: &[u8]) -> bool {
    let (mut foreign, mut wrong, mut syllables, mut in_words) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut different: Vec<char> = Vec::new();
    let mut was_syllable = false;
    for character in characters(sample) {
        let is_syllable = matches!(character, '가'..='힣');
        let is_frame = matches!(character, '\u{2500}'..='\u{25ff}');
        if !character.is_ascii() && !is_frame {
            foreign += 1;
            wrong += usize::from(character == char::REPLACEMENT_CHARACTER);
            syllables += usize::from(is_syllable);
            in_words += usize::from(is_syllable && was_syllable);
        }
        if is_syllable && different.len() < LEAST_DIFFERENT && !different.contains(&character) {
            different.push(character);
        }
        was_syllable = is_syllable;
    }
    different.len() >= LEAST_DIFFERENT
        && wrong * 100 <= foreign
        && syllables * 100 >= LEAST_SYLLABLES * foreign
        // Of two that stand beside each other one counts.
        && in_words * 2 * 100 >= LEAST_IN_WORDS * syllables
}

fn characters(bytes: &[u8]) -> impl Iterator<Item = char> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        rest = after;
        if first.is_ascii() {
            return Some(char::from(first));
        }
        let found = rest.first().and_then(|&second| character(first, second));
        if found.is_some() {
            rest = &rest[1..];
        }
        Some(found.unwrap_or(char::REPLACEMENT_CHARACTER))
    })
}

/// The character of two bytes.
fn character(first: u8, second: u8) -> Option<char> {
    match (first, second) {
        (0x84..=0xd3, 0x41..=0x7e | 0x81..=0xfe) => syllable(first, second),
        (0xd9..=0xde | 0xe0..=0xf9, 0x31..=0x7e | 0x91..=0xfe) => of_euc_kr(first, second),
        _ => None,
    }
}

fn syllable(first: u8, second: u8) -> Option<char> {
    let code = usize::from(first) << 8 | usize::from(second);
    let letter = |letters: &[i8; 32], shift: u32| u32::try_from(letters[code >> shift & 31]).ok();
    let (initial, medial, last) = (letter(&INITIALS, 10)?, letter(&MEDIALS, 5)?, letter(&FINALS, 0)?);
    match (initial, medial, last) {
        (0, 0, 0) => Some('\u{3000}'),
        (0, 0, last) => LAST_LETTERS.chars().nth(last as usize - 1),
        // The vowels stand in the same order there.
        (0, medial, 0) => char::from_u32(0x314e + medial),
        (initial, 0, 0) => FIRST_LETTERS.chars().nth(initial as usize - 1),
        (0, _, _) | (_, 0, _) => None,
        (initial, medial, last) => char::from_u32(0xac00 + ((initial - 1) * 21 + medial - 1) * 28 + last),
    }
}

/// Signs and ideographs: two rows of the standard for each first byte.
fn of_euc_kr(first: u8, second: u8) -> Option<char> {
    let row = match first {
        0xd9..=0xde => 2 * (first - 0xd9),
        _ => 2 * (first - 0xe0) + 0x29,
    };
    let cell = match second {
        0x31..=0x7e => second - 0x31,
        _ => second - 0x43,
    };
    let bytes = [0xa1 + row + cell / 94, 0xa1 + cell % 94];
    let text = EUC_KR.decode_without_bom_handling_and_without_replacement(&bytes)?;
    text.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_letters_signs_and_ideographs_are_read() {
        // The bytes are those that Python's codec of this name writes.
        assert_eq!(
            decode(b"\xb4e\x91w\xd0a\xadA\xb6a, \xadA\x89\x81! \xd0e\x8bi\xb7e \x88A\x90A\x84a \x8ba\x9f\xa1\x89\xa1 \xf7\xd3\xf1\xae \xd9H\xd9I \xd9V \xd9h \xa6\xca \x8e\xac \xd3\xbd \x88a"),
            "안녕하세요, 세계! 한글은 ㄱㄴㅏ 그리고 漢字 「」 ° ※ 뷁 꿟 힣 가"
        );
        assert_eq!(decode(b"\x84A\x84D\x84\x61"), "\u{3000}ㄳㅏ");
    }

    #[test]
    fn nothing_but_korean_is_taken_for_it() {
        for text in [
            &b"It\x92s the boy\x92s, and don\x92t \x93say\x94 no. \x93Well\x94, he said."[..],
            b"\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4",
            b"plain",
            b"",
            b"\xc9\xcd\xcd\xcd\xcd\xcd\xcd\xbb\r\n\xba a   b \xba\r\n\xc8\xcd\xcd\xcd\xcd\xcd\xcd\xbc",
        ] {
            assert!(!is_in_it(text), "{text:?}");
        }
    }

    #[test]
    fn no_bytes_are_any_trouble() {
        for first in 0x80..=u8::MAX {
            for second in 0..=u8::MAX {
                let text = decode(&[first, second, b'a']);
                assert!(text.ends_with('a') || second >= 0x80, "{first:x} {second:x}");
            }
        }
    }
}
