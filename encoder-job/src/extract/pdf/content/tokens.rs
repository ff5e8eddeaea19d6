//! Content as a row of tokens.

use std::collections::HashSet;

/// White space (ISO 32000-2, table 1).
pub(super) fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

/// Delimiters (ISO 32000-2, table 2).
pub(super) fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

/// The numbers and operators of content; names, strings and comments are passed over (ISO 32000-2, 7.2).
pub(super) struct Tokens<'c> {
    content: &'c [u8],
    /// Where the next one is looked for.
    pub(super) at: usize,
}

impl<'c> Tokens<'c> {
    /// Those of content from a place on.
    pub(super) fn from(content: &'c [u8], at: usize) -> Self {
        Self { content, at }
    }

    /// The next one.
    pub(super) fn next(&mut self) -> Option<&'c [u8]> {
        loop {
            match *self.content.get(self.at)? {
                b'%' => self.pass_over_line(),
                b'(' => self.pass_over_string(),
                b'/' => {
                    self.at += 1;
                    self.pass_over_regular();
                }
                // Of a string in hexadecimal only the ends matter: there is no operator in it.
                byte if is_whitespace(byte) || is_delimiter(byte) => self.at += 1,
                _ => {
                    let start = self.at;
                    self.pass_over_regular();
                    return Some(&self.content[start..self.at]);
                }
            }
        }
    }

    fn pass_over_regular(&mut self) {
        let rest = &self.content[self.at..];
        let is_regular = |&byte: &u8| !is_whitespace(byte) && !is_delimiter(byte);
        self.at += rest.iter().take_while(|byte| is_regular(byte)).count();
    }

    fn pass_over_line(&mut self) {
        let rest = &self.content[self.at..];
        self.at += memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
    }

    /// A string ends with the bracket that belongs to its first one.
    fn pass_over_string(&mut self) {
        let mut depth = 0_usize;
        while let Some(&byte) = self.content.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
        self.at = self.content.len();
    }
}

/// The names of what content draws, with `Do`; `None` for one that is not written as it is, or may be anywhere in the data of a picture.
pub(in crate::extract::pdf) fn drawn_names(content: &[u8]) -> HashSet<Option<&[u8]>> {
    let mut names = HashSet::new();
    let mut tokens = Tokens::from(content, 0);
    while let Some(token) = tokens.next() {
        if token == b"BI" {
            names.insert(None);
        }
        if token == b"Do" {
            let before = content[..tokens.at - token.len()].trim_ascii_end();
            let name = before
                .rsplit(|&byte| is_whitespace(byte) || is_delimiter(byte))
                .next()
                .unwrap_or_default();
            let is_plain = before[..before.len() - name.len()].ends_with(b"/") && !name.contains(&b'#');
            names.insert(is_plain.then_some(name));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_named_before_the_operator_and_in_no_string() {
        let names = drawn_names(b"q /A Do Q (/B Do) Tj /Do gs % /C Do\n/D  Do /A Do");
        assert_eq!(names, HashSet::from([Some(&b"A"[..]), Some(b"D")]));
        for unsure in [&b"/E#20 Do"[..], b"Do", b"BI ID ( EI /A Do"] {
            assert!(drawn_names(unsure).contains(&None));
        }
        assert_eq!(drawn_names(b"(Documents) Tj"), HashSet::new());
    }
}
