//! Accents that are drawn as glyphs of their own, over the letter before or after: together they are one character.

use unicode_normalization::char::compose;

/// The mark that an accent standing by itself becomes over a letter.
pub(super) fn combining(accent: char) -> Option<char> {
    Some(match accent {
        '`' | 'ˋ' => '\u{300}',
        '´' | 'ˊ' => '\u{301}',
        '^' | 'ˆ' => '\u{302}',
        '~' | '˜' => '\u{303}',
        '¯' | 'ˉ' => '\u{304}',
        '˘' => '\u{306}',
        '˙' => '\u{307}',
        '¨' => '\u{308}',
        '˚' => '\u{30a}',
        '˝' => '\u{30b}',
        'ˇ' => '\u{30c}',
        '¸' => '\u{327}',
        '˛' => '\u{328}',
        _ => return None,
    })
}

/// The letter with the mark, if there is such a character.
pub(super) fn accented(letter: char, mark: char) -> Option<char> {
    let letter = match letter {
        'ı' => 'i',
        'ȷ' => 'j',
        other => other,
    };
    compose(letter, mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_and_accent_are_one_character() {
        assert_eq!(accented('e', combining('`').unwrap()), Some('è'));
        assert_eq!(accented('ı', combining('¨').unwrap()), Some('ï'));
        assert_eq!(accented('C', combining('¸').unwrap()), Some('Ç'));
        assert_eq!(accented('q', combining('˚').unwrap()), None);
        assert_eq!(combining('a'), None);
    }
}
