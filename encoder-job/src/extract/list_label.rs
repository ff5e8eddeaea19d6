//! The labels of lists: bullets, and numbers in the ways that people count.

mod words;

use words::{cardinal, ordinal, ordinal_suffix};

/// The deepest level that is still indented.
const MAX_INDENTED_LEVEL: usize = 8;
/// The highest numbers that are written with letters ("zz"), with letters that are repeated, in Roman numerals, and in ideographs;
/// above them digits are shorter.
const MAX_LETTERED: u32 = 702;
const MAX_REPEATED: u32 = 26 * 5;
const MAX_ROMAN: u32 = 3_999;
const MAX_IDEOGRAPHS: u32 = 9_999;

const CYRILLIC: &str = "абвгдежзиклмнопрстуфхцчшщыэюя";
const HANGUL_SYLLABLES: &str = "가나다라마바사아자차카타파하";
const HANGUL_LETTERS: &str = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ";
const KATAKANA: &str =
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン";
const MARKS: &str = "*†‡§";
const IDEOGRAPHS: &str = "〇一二三四五六七八九";

/// How the items of a list are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Counting {
    /// Not at all: each has a bullet.
    Bullet,
    /// Not at all, and there is no bullet either.
    None,
    #[default]
    Decimal,
    /// With zeros before it, up to so many digits.
    Padded(u8),
    /// "z" is followed by "aa", "ab" and so on, as in HTML.
    LowerLetter,
    UpperLetter,
    /// "z" is followed by "aa", "bb" and so on, as in Word.
    RepeatedLowerLetter,
    RepeatedUpperLetter,
    LowerRoman,
    UpperRoman,
    /// In English, as the rest of what has words: "1st".
    Ordinal,
    /// "One".
    CardinalText,
    /// "First".
    OrdinalText,
    Hexadecimal,
    /// "- 1 -".
    InDashes,
    /// An asterisk, a dagger and so on.
    Marks,
    /// "①".
    InCircle,
    /// "⑴".
    InParentheses,
    /// "⒈".
    WithFullStop,
    /// "１".
    FullWidth,
    LowerCyrillic,
    UpperCyrillic,
    HangulSyllable,
    HangulLetter,
    Katakana,
    /// Digit by digit: "一〇".
    IdeographDigits,
    /// As they are said: "十".
    Ideographs,
}

impl Counting {
    /// A number, written this way; in digits where it cannot be.
    pub(super) fn write(self, number: u32) -> String {
        let sequence = |characters: &str| repeated(characters, number);
        let written = match self {
            Self::Bullet | Self::None => Some(String::new()),
            Self::Decimal => None,
            Self::Padded(width) => Some(format!("{number:0width$}", width = usize::from(width))),
            Self::LowerLetter => letters(number),
            Self::UpperLetter => letters(number).map(|letters| letters.to_ascii_uppercase()),
            Self::RepeatedLowerLetter => sequence("abcdefghijklmnopqrstuvwxyz"),
            Self::RepeatedUpperLetter => sequence("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            Self::LowerRoman => roman(number),
            Self::UpperRoman => roman(number).map(|roman| roman.to_ascii_uppercase()),
            Self::Ordinal => Some(format!("{number}{}", ordinal_suffix(number))),
            Self::CardinalText => cardinal(number),
            Self::OrdinalText => ordinal(number),
            Self::Hexadecimal => Some(format!("{number:X}")),
            Self::InDashes => Some(format!("- {number} -")),
            Self::Marks => sequence(MARKS),
            Self::InCircle => enclosed('①', number).or_else(|| (number == 0).then(|| "⓪".to_owned())),
            Self::InParentheses => enclosed('⑴', number),
            Self::WithFullStop => enclosed('⒈', number),
            Self::FullWidth => Some(digits(number, "０１２３４５６７８９")),
            Self::LowerCyrillic => sequence(CYRILLIC),
            Self::UpperCyrillic => sequence(CYRILLIC).map(|letters| letters.to_uppercase()),
            Self::HangulSyllable => sequence(HANGUL_SYLLABLES),
            Self::HangulLetter => sequence(HANGUL_LETTERS),
            Self::Katakana => sequence(KATAKANA),
            Self::IdeographDigits => Some(digits(number, IDEOGRAPHS)),
            Self::Ideographs => ideographs(number),
        };
        written.unwrap_or_else(|| number.to_string())
    }

    /// The way of counting where all numbers are to be digits; what is not counted stays so.
    pub(super) fn legal(self) -> Self {
        match self {
            Self::Bullet | Self::None | Self::Padded(_) => self,
            _ => Self::Decimal,
        }
    }
}

/// The spaces before the label of an item at this level, from 0.
pub(super) fn indent(level: usize) -> &'static str {
    const SPACES: &str = "                ";
    &SPACES[..2 * level.min(MAX_INDENTED_LEVEL)]
}

/// a to z, then aa, ab and so on.
fn letters(mut number: u32) -> Option<String> {
    if !(1..=MAX_LETTERED).contains(&number) {
        return None;
    }
    let mut letters = Vec::new();
    while number > 0 {
        let digit = u8::try_from((number - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'a' + digit));
        number = (number - 1) / 26;
    }
    Some(letters.iter().rev().collect())
}

/// One character after the other, then each twice, and so on.
fn repeated(characters: &str, number: u32) -> Option<String> {
    if !(1..=MAX_REPEATED).contains(&number) {
        return None;
    }
    let count = characters.chars().count();
    let index = number as usize - 1;
    let character = characters.chars().nth(index % count)?;
    Some(std::iter::repeat_n(character, index / count + 1).collect())
}

/// One of the twenty numbers that are characters of their own.
fn enclosed(first: char, number: u32) -> Option<String> {
    let index = number.checked_sub(1).filter(|index| *index < 20)?;
    char::from_u32(u32::from(first) + index).map(String::from)
}

/// A number in the digits of another script.
fn digits(number: u32, digits: &str) -> String {
    let digit = |digit: char| {
        let value = digit.to_digit(10).unwrap_or_default();
        digits.chars().nth(value as usize).unwrap_or(digit)
    };
    number.to_string().chars().map(digit).collect()
}

/// A number as it is said in Chinese and Japanese.
fn ideographs(number: u32) -> Option<String> {
    if number > MAX_IDEOGRAPHS {
        return None;
    }
    if number == 0 {
        return Some("〇".to_owned());
    }
    let mut written = String::new();
    for (value, unit) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = number / value % 10;
        // Nobody begins with "one ten".
        let is_said = digit > 1 || (digit == 1 && (value != 10 || number >= 20));
        if is_said {
            written.extend(IDEOGRAPHS.chars().nth(digit as usize));
        }
        if digit > 0 {
            written.push_str(unit);
        }
    }
    Some(written)
}

fn roman(mut number: u32) -> Option<String> {
    const NUMERALS: [(u32, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    if !(1..=MAX_ROMAN).contains(&number) {
        return None;
    }
    let mut roman = String::new();
    for (value, numeral) in NUMERALS {
        while number >= value {
            roman.push_str(numeral);
            number -= value;
        }
    }
    Some(roman)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_count_in_many_ways() {
        let written = |counting: Counting| [1, 4, 26, 27, 28, 1994].map(|number| counting.write(number));
        assert_eq!(
            written(Counting::LowerLetter),
            ["a", "d", "z", "aa", "ab", "1994"]
        );
        assert_eq!(
            written(Counting::RepeatedUpperLetter),
            ["A", "D", "Z", "AA", "BB", "1994"]
        );
        assert_eq!(
            written(Counting::UpperRoman),
            ["I", "IV", "XXVI", "XXVII", "XXVIII", "MCMXCIV"]
        );
        assert_eq!(
            written(Counting::Padded(2)),
            ["01", "04", "26", "27", "28", "1994"]
        );
        assert_eq!(
            written(Counting::Ordinal),
            ["1st", "4th", "26th", "27th", "28th", "1994th"]
        );
        assert_eq!(
            written(Counting::CardinalText),
            [
                "One",
                "Four",
                "Twenty-six",
                "Twenty-seven",
                "Twenty-eight",
                "One thousand nine hundred ninety-four"
            ]
        );
        assert_eq!(written(Counting::InCircle), ["①", "④", "26", "27", "28", "1994"]);
        assert_eq!(
            written(Counting::LowerCyrillic),
            ["а", "г", "ы", "э", "ю", "1994"]
        );
        assert_eq!(
            written(Counting::Ideographs),
            ["一", "四", "二十六", "二十七", "二十八", "一千九百九十四"]
        );
        assert_eq!(Counting::Marks.write(6), "††");
        assert_eq!(Counting::LowerRoman.write(0), "0");
        assert_eq!(Counting::UpperRoman.write(u32::MAX), u32::MAX.to_string());
        assert_eq!(Counting::Bullet.write(3), "");
    }

    #[test]
    fn no_way_of_counting_writes_more_than_a_line() {
        for counting in [
            Counting::RepeatedLowerLetter,
            Counting::Marks,
            Counting::CardinalText,
            Counting::OrdinalText,
            Counting::Ideographs,
            Counting::InDashes,
            Counting::Katakana,
            Counting::Padded(9),
        ] {
            for number in [0, 1, 130, 131, 999, 9_999, 1_000_000, u32::MAX] {
                assert!(
                    counting.write(number).chars().count() <= 60,
                    "{counting:?} {number}"
                );
            }
        }
    }

    #[test]
    fn deep_lists_are_indented_no_further_than_can_be_read() {
        assert_eq!(indent(0), "");
        assert_eq!(indent(2), "    ");
        assert_eq!(indent(1_000_000).len(), 16);
    }
}
