//! Cleaning text: what every page's text must be, wherever it came from.

/// The most blanks left of a run of them; some tokenisers take time that grows with the square of a run.
const MAX_BLANKS: usize = 256;

/// Lines end with `\n`; control characters, soft hyphens and marks of byte order go; ligatures are spelled out; blanks
/// at line ends and long runs of blanks go, and so do more than two line ends in a row.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut blanks = 0;
    let mut line_ends = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                clean.truncate(clean.trim_end_matches([' ', '\t', '\u{a0}']).len());
                blanks = 0;
                line_ends += 1;
                if line_ends <= 2 {
                    clean.push('\n');
                }
            }
            ' ' | '\t' | '\u{a0}' => {
                blanks += 1;
                if blanks <= MAX_BLANKS {
                    clean.push(character);
                }
            }
            '\u{ad}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => {
                (blanks, line_ends) = (0, 0);
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
    fn every_rule() {
        assert_eq!(clean(" \u{feff}a\r\nb\rc\u{2028}d "), "a\nb\nc\nd");
        assert_eq!(clean("o\u{fb03}ce \u{fb01}sh"), "office fish");
        assert_eq!(clean("a\u{0}\u{7}\u{c}b\u{ad}c"), "abc");
        assert_eq!(clean("a  \t\nb\n \n\n\nc"), "a\nb\n\nc");
        assert_eq!(clean(&format!("a{}b", " ".repeat(100_000))).len(), 2 + MAX_BLANKS);
        assert_eq!(clean("a\tb\u{a0}c"), "a\tb\u{a0}c");
    }
}
