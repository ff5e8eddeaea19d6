//! What an upload is, by its content: decided before anything is queued.

/// So many bytes from the beginning decide.
pub const HEAD_BYTES: usize = 8192;
/// A PDF's mark stands within so many bytes from the beginning.
const PDF_MARK_WITHIN: usize = 1024;

/// What is accepted, for people.
pub const ACCEPTED: &str = "PDF, DOCX, EPUB, HTML, Markdown or text";

/// A kind of document that the encoder reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PDF.
    Pdf,
    /// Markdown; told from plain text by the file's name, as its content is text.
    Markdown,
    /// Plain text, in whatever encoding.
    Text,
    /// HTML.
    Html,
    /// A text document of Office Open XML.
    Docx,
    /// EPUB.
    Epub,
}

impl Kind {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Markdown => "text/markdown",
            Self::Text => "text/plain",
            Self::Html => "text/html",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Epub => "application/epub+zip",
        }
    }
}

/// What a document with this beginning is; `None` if it is nothing that can be encoded.
///
/// `complete` says that the beginning is the whole.
pub fn kind(head: &[u8], complete: bool, file_name: &str) -> Option<Kind> {
    let mark_area = &head[..head.len().min(PDF_MARK_WITHIN)];
    if mark_area.windows(5).any(|window| window == b"%PDF-") {
        return Some(Kind::Pdf);
    }
    if head.starts_with(b"PK\x03\x04") {
        return archive(head);
    }
    if begins_with(head, &["<!doctype html", "<html", "<head", "<body"]) {
        return Some(Kind::Html);
    }
    if !is_text(head, complete) || begins_with(head, &["<?xml", "{\\rtf", "%!PS"]) {
        return None;
    }
    let extension = file_name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if extension.eq_ignore_ascii_case("md") || extension.eq_ignore_ascii_case("markdown") {
        Some(Kind::Markdown)
    } else {
        Some(Kind::Text)
    }
}

/// The kind of a ZIP archive, by the names of its first entries. What is in it in truth the encoder finds out.
fn archive(head: &[u8]) -> Option<Kind> {
    let has = |part: &[u8]| head.windows(part.len()).any(|window| window == part);
    if has(b"mimetypeapplication/epub+zip") {
        return Some(Kind::Epub);
    }
    let other_office = has(b"xl/") || has(b"ppt/");
    ((has(b"[Content_Types].xml") || has(b"word/")) && !other_office).then_some(Kind::Docx)
}

/// Text has no control characters but its own. In UTF-8 that is known for certain; in UTF-16, which says so by its mark, the encoder
/// finds it out; in older encodings most bytes are letters.
fn is_text(head: &[u8], complete: bool) -> bool {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return true;
    }
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && !complete => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return is_older_text(head),
    };
    valid.chars().all(|character| {
        !character.is_control() || matches!(character, '\t' | '\n' | '\r' | '\u{c}' | '\u{85}')
    })
}

/// One of the encodings of one byte, or of the two that Chinese and Japanese had: no control characters, and letters enough.
fn is_older_text(head: &[u8]) -> bool {
    let control = |byte: &u8| matches!(byte, 0..=8 | 11 | 14..=31 | 127);
    let letters = head
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic() || **byte >= 0xa0)
        .count();
    !head.iter().any(control) && letters * 2 > head.len()
}

/// Whether a text begins with one of these marks, blanks aside.
fn begins_with(head: &[u8], marks: &[&str]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let start = head.trim_ascii_start();
    marks.iter().any(|mark| {
        start
            .get(..mark.len())
            .is_some_and(|bytes| bytes.eq_ignore_ascii_case(mark.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdf_is_known_by_its_mark_whatever_its_name() {
        assert_eq!(kind(b"%PDF-1.7\n", true, "a.txt"), Some(Kind::Pdf));
        let mut late = vec![b' '; 1019];
        late.extend(b"%PDF-");
        assert_eq!(kind(&late, true, "a.pdf"), Some(Kind::Pdf));
        late.insert(0, 0);
        assert_eq!(kind(&late, true, "a.pdf"), None);
    }

    #[test]
    fn an_image_is_nothing_whatever_its_name() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", true, "a.pdf"), None);
        assert_eq!(kind(b"PK\x03\x04", true, "a.txt"), None);
    }

    #[test]
    fn text_has_no_control_characters() {
        assert_eq!(kind("perché no".as_bytes(), true, "a.txt"), Some(Kind::Text));
        assert_eq!(kind(b"# a\n", true, "a.MD"), Some(Kind::Markdown));
        assert_eq!(kind(b"a\0b", true, "a.txt"), None);
        assert_eq!(kind(b"caf\xe9 noir", true, "a.txt"), Some(Kind::Text));
        assert_eq!(kind(b"\xff\xfea\0b\0", true, "a.txt"), Some(Kind::Text));
        assert_eq!(kind(b"caf\xe9\x01noir", true, "a.txt"), None);
        assert_eq!(kind(b"\x80\x81\x90\x95 12 34 \xff", true, "a.txt"), None);
    }

    #[test]
    fn a_character_may_be_cut_at_the_end_of_the_beginning() {
        assert_eq!(kind(b"caff\xc3", false, "a"), Some(Kind::Text));
    }

    #[test]
    fn markup_is_not_taken_for_text() {
        for page in ["<!DOCTYPE html><p>", "\u{feff} <html>"] {
            assert_eq!(kind(page.as_bytes(), true, "a.txt"), Some(Kind::Html), "{page}");
        }
        for markup in ["<?xml version='1.0'?>", "{\\rtf1 a}", "%!PS-Adobe"] {
            assert_eq!(kind(markup.as_bytes(), true, "a.txt"), None, "{markup}");
        }
    }

    #[test]
    fn archives_are_known_by_their_entries() {
        let archive = |entries: &str| [b"PK\x03\x04", entries.as_bytes()].concat();
        assert_eq!(
            kind(&archive("[Content_Types].xml word/document.xml"), true, "a"),
            Some(Kind::Docx)
        );
        assert_eq!(
            kind(&archive("mimetypeapplication/epub+zip"), true, "a"),
            Some(Kind::Epub)
        );
        assert_eq!(
            kind(&archive("[Content_Types].xml xl/workbook.xml"), true, "a"),
            None
        );
        assert_eq!(kind(&archive("notes.txt"), true, "a.docx"), None);
    }
}
