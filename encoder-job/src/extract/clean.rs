//! Cleaning text: what every page's text must be, wherever it came from.

/// The most characters left of a run of whitespace in a line; some tokenisers take time that grows with the square of a run.
pub(crate) const MAX_WHITESPACE: usize = 256;

/// Lines end with `\n`; control characters, soft hyphens and byte order marks go; ligatures are spelled out; whitespace
/// at line ends and long runs of it go, and so do more than two line ends in a row.
pub fn clean(text: &str) -> String {
    if is_clean(text) {
        return text.trim().to_owned();
    }
    let mut clean = String::with_capacity(text.len());
    let mut spaces = 0;
    let mut line_ends = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                clean.truncate(clean.trim_end_matches(is_whitespace).len());
                spaces = 0;
                line_ends += 1;
                if line_ends <= 2 {
                    clean.push('\n');
                }
            }
            c if is_whitespace(c) => {
                spaces += 1;
                if spaces <= MAX_WHITESPACE {
                    clean.push(character);
                }
            }
            '\u{ad}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => {
                (spaces, line_ends) = (0, 0);
                match ligature(c) {
                    Some(letters) => clean.push_str(letters),
                    None => clean.push(c),
                }
            }
        }
    }
    let trimmed = clean.trim();
    if trimmed.len() == clean.len() {
        clean
    } else {
        trimmed.to_owned()
    }
}

/// Whether it is whitespace within a line (Unicode, `White_Space`).
fn is_whitespace(character: char) -> bool {
    character == '\t' || (character.is_whitespace() && !character.is_control())
}

/// Whether a text, its ends aside, is clean for certain: most is, and need not be looked at twice.
fn is_clean(text: &str) -> bool {
    let (mut before_that, mut before) = (b'x', b'x');
    text.bytes().all(|byte| {
        let is_clean = match byte {
            b'!'..=b'~' | 0xc3..=0xee | 0xf0..=0xf4 => true,
            b' ' | b'\n' => !matches!(before, b' ' | b'\n'),
            // Characters that begin with C2 or EF, and spaces and separators of three bytes, are those that go or change.
            0x80..=0xbf => !matches!(
                (before_that, before, byte),
                (0xe2, 0x80, 0x80..=0x8a | 0xa8 | 0xa9 | 0xaf)
                    | (0xe2, 0x81, 0x9f)
                    | (0xe1, 0x9a, 0x80)
                    | (0xe3, 0x80, 0x80)
            ),
            _ => false,
        };
        (before_that, before) = (before, byte);
        is_clean
    })
}

/// The letters of a Latin ligature (Unicode block Alphabetic Presentation Forms).
fn ligature(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{fb03}' => "ffi",
        '\u{fb04}' => "ffl",
        '\u{fb05}' | '\u{fb06}' => "st",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_clean_stays_as_it_is() {
        for text in ["one line\nanother", "perché no", "größer", "Bacon’s", "漢字", ""] {
            assert!(is_clean(text), "{text}");
            assert_eq!(clean(text), text);
        }
        for text in [
            "a  b",
            "a\n\nb",
            "\u{ad}",
            "\u{2028}",
            "\u{85}",
            "a\u{3000}b",
            "a\u{2009}b",
            "o\u{fb03}ce",
            "a\tb",
            "a \nb",
        ] {
            assert!(!is_clean(text), "{text:?}");
        }
    }

    #[test]
    fn every_rule() {
        assert_eq!(clean(" \u{feff}a\r\nb\rc\u{2028}d "), "a\nb\nc\nd");
        assert_eq!(clean("o\u{fb03}ce \u{fb01}sh"), "office fish");
        assert_eq!(clean("a\u{0}\u{7}\u{c}b\u{ad}c"), "abc");
        assert_eq!(clean("a  \t\nb\n \n\n\nc"), "a\nb\n\nc");
        assert_eq!(
            clean(&format!("a{}b", " ".repeat(100_000))).len(),
            2 + MAX_WHITESPACE
        );
        assert_eq!(clean(&"\u{3000}x".repeat(2)), "x\u{3000}x");
        assert_eq!(
            clean(&format!("a{}b", "\u{2003}".repeat(999))).chars().count(),
            2 + MAX_WHITESPACE
        );
        assert_eq!(clean("a\u{3000}\nb"), "a\nb");
        assert_eq!(clean("a\tb\u{a0}c"), "a\tb\u{a0}c");
    }
}
