//! The labels of lists: bullets, and numbers in the ways that people count.

/// The deepest level that is still indented.
const MAX_INDENTED_LEVEL: usize = 8;
/// The highest numbers that are written with letters ("zz") and in Roman numerals; above them digits are shorter.
const MAX_LETTERED: u32 = 702;
const MAX_ROMAN: u32 = 3_999;

/// How the items of a list are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Counting {
    /// Not at all: each has a bullet.
    Bullet,
    /// Not at all, and there is no bullet either.
    None,
    #[default]
    Decimal,
    /// With a zero before a single digit.
    DecimalZero,
    LowerLetter,
    UpperLetter,
    LowerRoman,
    UpperRoman,
}

impl Counting {
    /// A number, written this way.
    pub(super) fn write(self, number: u32) -> String {
        match self {
            Self::Bullet | Self::None => String::new(),
            Self::DecimalZero => format!("{number:02}"),
            Self::LowerLetter if (1..=MAX_LETTERED).contains(&number) => letters(number),
            Self::UpperLetter if (1..=MAX_LETTERED).contains(&number) => letters(number).to_ascii_uppercase(),
            Self::LowerRoman if (1..=MAX_ROMAN).contains(&number) => roman(number),
            Self::UpperRoman if (1..=MAX_ROMAN).contains(&number) => roman(number).to_ascii_uppercase(),
            Self::Decimal | Self::LowerLetter | Self::UpperLetter | Self::LowerRoman | Self::UpperRoman => {
                number.to_string()
            }
        }
    }
}

/// The blanks before the label of an item at this level, from 0.
pub(super) fn indent(level: usize) -> &'static str {
    const BLANKS: &str = "                ";
    &BLANKS[..2 * level.min(MAX_INDENTED_LEVEL)]
}

/// a to z, then aa, ab and so on.
fn letters(mut number: u32) -> String {
    let mut letters = Vec::new();
    while number > 0 {
        let digit = u8::try_from((number - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'a' + digit));
        number = (number - 1) / 26;
    }
    letters.iter().rev().collect()
}

fn roman(mut number: u32) -> String {
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
    let mut roman = String::new();
    for (value, numeral) in NUMERALS {
        while number >= value {
            roman.push_str(numeral);
            number -= value;
        }
    }
    roman
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
            written(Counting::UpperRoman),
            ["I", "IV", "XXVI", "XXVII", "XXVIII", "MCMXCIV"]
        );
        assert_eq!(
            written(Counting::DecimalZero),
            ["01", "04", "26", "27", "28", "1994"]
        );
        assert_eq!(Counting::LowerRoman.write(0), "0");
        assert_eq!(Counting::UpperRoman.write(u32::MAX), u32::MAX.to_string());
        assert_eq!(Counting::Bullet.write(3), "");
    }

    #[test]
    fn deep_lists_are_indented_no_further_than_can_be_read() {
        assert_eq!(indent(0), "");
        assert_eq!(indent(2), "    ");
        assert_eq!(indent(1_000_000).len(), 16);
    }
}
