//! Passes over pictures that stand in the content itself (ISO 32000-2, 8.9.7).
//!
//! Nothing says for certain where such a picture ends, and the library weighs all that follows against each of them: with many in a
//! page, or what looks like them, that takes forever. Here content is walked over once.

use memchr::memmem;

use super::tokens::{Tokens, is_delimiter, is_whitespace};

/// In so many bytes a picture's description ends.
const MAX_DESCRIPTION: usize = 1 << 16;
/// So many bytes after a picture's end must look like content.
const LOOKED_AT: usize = 15;

/// Content without its pictures.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) bytes: Vec<u8>,
    /// Whether there was a picture.
    pub(super) pictures: bool,
    /// Whether all pictures had an end; content is cut off at one that has none.
    pub(super) is_whole: bool,
}

/// Leaves out the pictures of content; `None` where it has none.
pub(super) fn pass_over(content: &[u8]) -> Option<Passed> {
    memmem::find(content, b"BI")?;
    let mut passed = Passed {
        bytes: Vec::with_capacity(content.len()),
        pictures: false,
        is_whole: true,
    };
    let mut tokens = Tokens::from(content, 0);
    let mut ends = Ends::default();
    let mut kept_from = 0;
    while let Some(token) = tokens.next() {
        if token != b"BI" {
            continue;
        }
        passed.bytes.extend_from_slice(&content[kept_from..tokens.at - 2]);
        passed.bytes.push(b' ');
        kept_from = tokens.at;
        let Some(data) = data_start(content, tokens.at) else {
            // A stray one; what follows it is content like any other.
            continue;
        };
        passed.pictures = true;
        let Some(end) = ends.of(content, tokens.at, data) else {
            passed.is_whole = false;
            return Some(passed);
        };
        (kept_from, tokens.at) = (end, end);
    }
    passed.bytes.extend_from_slice(&content[kept_from..]);
    Some(passed)
}

/// Where the data of a picture begins whose description begins here: after `ID` and one whitespace character.
fn data_start(content: &[u8], description: usize) -> Option<usize> {
    let end = content.len().min(description + MAX_DESCRIPTION);
    let mut tokens = Tokens::from(&content[..end], description);
    loop {
        match tokens.next()? {
            b"ID" => return Some(content.len().min(tokens.at + 1)),
            b"BI" | b"EI" => return None,
            _ => {}
        }
    }
}

/// Looks for the ends of pictures, one after the other. What is not found once is not there for those that follow either, so that
/// content is looked through but once.
#[derive(Default)]
struct Ends {
    /// Whether no `EI` is followed by what looks like content any more.
    none_before_content: bool,
    /// Whether there is no end of ASCII85 any more.
    none_of_ascii85: bool,
}

impl Ends {
    /// Where the data of a picture ends: after the first `EI` that is followed by what looks like content, or if there is none, that
    /// stands by itself.
    fn of(&mut self, content: &[u8], description: usize, data: usize) -> Option<usize> {
        let mut from = data;
        // In the letters of ASCII85 an `EI` is nothing rare; they have an end of their own.
        if !self.none_of_ascii85 && is_ascii85(&content[description..data]) {
            match memmem::find(&content[data..], b"~>") {
                Some(end) => from = data + end,
                None => self.none_of_ascii85 = true,
            }
        }
        let mut by_itself = None;
        for at in memmem::find_iter(&content[from..], b"EI") {
            let end = from + at + 2;
            if !self.none_before_content && looks_like_content(content, end) {
                return Some(end);
            }
            if by_itself.is_none() && stands_by_itself(content, end) {
                by_itself = Some(end);
            }
            if self.none_before_content && by_itself.is_some() {
                return by_itself;
            }
        }
        self.none_before_content = true;
        by_itself
    }
}

fn stands_by_itself(content: &[u8], end: usize) -> bool {
    is_whitespace(content[end - 3]) && content.get(end).is_none_or(|&byte| is_whitespace(byte))
}

/// Whether the first filter of a picture is ASCII85.
fn is_ascii85(description: &[u8]) -> bool {
    const FILTERS: [&[u8]; 8] = [
        b"/A85",
        b"/ASCII85",
        b"/AH",
        b"/ASCIIH",
        b"/LZW",
        b"/Fl",
        b"/RL",
        b"/RunL",
    ];
    let first = FILTERS
        .into_iter()
        .filter_map(|filter| Some((memmem::find(description, filter)?, filter)))
        .min();
    matches!(first, Some((_, b"/A85" | b"/ASCII85")))
}

/// Whether a space follows, or where one stands before the `EI` a delimiter, and nothing but what is written with a typewriter after that. Where
/// the `EI` stands apart, or an instruction follows it, a string, a name or a comment may begin, in which anything may stand.
fn looks_like_content(content: &[u8], end: usize) -> bool {
    let looked_at = &content[end..content.len().min(end + LOOKED_AT)];
    let stands_apart = is_whitespace(content[end - 3]);
    let begins = looked_at
        .first()
        .is_none_or(|&byte| is_whitespace(byte) || stands_apart && is_delimiter(byte));
    let mark = looked_at
        .iter()
        .position(|byte| matches!(byte, b'(' | b'/' | b'%'));
    let counts = mark.filter(|&at| stands_apart || looked_at[..at].iter().any(u8::is_ascii_alphabetic));
    begins
        && looked_at[..counts.unwrap_or(looked_at.len())]
            .iter()
            .all(|&byte| is_whitespace(byte) || (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content: &[u8], left: &str, pictures: bool, is_whole: bool) {
        let passed = pass_over(content).unwrap();
        assert_eq!(String::from_utf8_lossy(&passed.bytes), left);
        assert_eq!((passed.pictures, passed.is_whole), (pictures, is_whole));
    }

    #[test]
    fn pictures_are_left_out_and_what_stands_around_them_is_not() {
        check(b"q BI /W 1 /CS /G ID x EI Q", "q   Q", true, true);
        check(
            b"BI /W 2 ID\n\x00\xff\x80EI\nBI ID x EI (a) Tj",
            " \n  (a) Tj",
            true,
            true,
        );
        check(b"(a) Tj BI ID xyEI", "(a) Tj  ", true, true);
        check(b"BI ID EI BI ID EI", "   ", true, true);
        check(
            b"BI ID \x01EI\nBT (\xfcber) Tj ET",
            " \nBT (\u{fffd}ber) Tj ET",
            true,
            true,
        );
        for after in ["\nQ\n/über gs (a) Tj", "\n%âãÏÓ\n(a) Tj"] {
            check(
                ["BI ID \u{1} EI", after].concat().as_bytes(),
                &[" ", after].concat(),
                true,
                true,
            );
        }
        for after in ["/GS0 gs (a) Tj", "[]0 d (a) Tj", "%c\n"] {
            check(
                ["BI ID x EI", after, " BI ID y EI"].concat().as_bytes(),
                &[" ", after, "  "].concat(),
                true,
                true,
            );
        }
        // Whatever follows it, it stands by itself.
        check(b"BI ID x EI \x01 (a) Tj", "  \u{1} (a) Tj", true, true);
    }

    #[test]
    fn an_end_within_the_data_is_none() {
        check(b"BI ID \x01EI\x02 EI \x80 EI Q", "  Q", true, true);
        check(b"BI ID \x01EI\n(\x90\x91 EI\n(a) Tj", " \n(a) Tj", true, true);
        check(b"BI /F [/RL /A85] ID a ~> EI (~>) Tj", "  (~>) Tj", true, true);
        check(b"BI /F /A85 ID 87cUR EI D]i~> EI Q", "  Q", true, true);
        check(b"BI /F [/ASCII85Decode] ID aEI b~>EI Q", "  Q", true, true);
        check(
            b"BI /F [/AHx /A85] ID 00> EI Q (~>) Tj",
            "  Q (~>) Tj",
            true,
            true,
        );
        check(b"BI /F /A85 ID ab EI Q", "  Q", true, true);
    }

    #[test]
    fn names_strings_and_comments_hold_no_picture() {
        for content in [
            "(BI ID x EI) Tj",
            r"(\) BI ID x EI) Tj",
            "((BI) ID x EI) Tj",
            "/BI gs /ID gs",
            "% BI ID x EI\nQ",
            "ABI BIA (BI",
            "[(BI ID EI)] TJ",
        ] {
            check(content.as_bytes(), content, false, true);
        }
        assert_eq!(pass_over(b"(a) Tj"), None);
    }

    #[test]
    fn what_only_begins_like_a_picture_stays() {
        check(b"BI /W 1 BI ID x EI Q", "  /W 1   Q", true, true);
        check(b"BI (a) Tj EI Q", "  (a) Tj EI Q", false, true);
        let long = format!("BI {} ID x EI", "/W 1 ".repeat(20_000));
        let passed = pass_over(long.as_bytes()).unwrap();
        assert!(!passed.pictures && passed.bytes.len() == long.len() - 1);
    }

    #[test]
    fn content_ends_with_a_picture_that_does_not() {
        check(b"(a) Tj BI /W 1 ID xyz (b) Tj", "(a) Tj  ", true, false);
        check(b"BI ID", " ", true, false);
    }

    #[test]
    fn many_pictures_take_no_time() {
        let began = std::time::Instant::now();
        for piece in [
            "BI ID x EI ",
            "BI ID x/IIS",
            "BI ",
            "BI ID EI\x01",
            "BI /A85 ID ~> EI ",
            "BI /F /A85 ID x EI Q\n",
            "BI ID \u{1} EI \u{1}\n",
        ] {
            pass_over(piece.repeat(500_000).as_bytes());
        }
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }
}
