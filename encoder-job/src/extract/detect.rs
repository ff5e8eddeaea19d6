//! What a document is, by its content.

use crate::{
    document::Format,
    failure::{Failure, FailureReason},
};

/// A PDF's header stands within its first bytes, not always at their beginning (ISO 32000-2, annex I).
const PDF_HEADER_WITHIN: usize = 1024;

/// What other things begin with, and what they are called.
const OTHERS: [(&[u8], &str); 12] = [
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"PK\x03\x04", "a ZIP archive, such as DOCX or EPUB"),
    (
        b"\xd0\xcf\x11\xe0",
        "a Microsoft Office document of the old format",
    ),
    (b"%!PS", "PostScript"),
    (b"{\\rtf", "Rich Text Format"),
    (b"\x1f\x8b", "a gzip file"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x7fELF", "a program"),
];

/// Finds out what a document is.
///
/// # Errors
/// `Malformed` where it is empty; `UnsupportedFormat`, saying what it looks like, where it is neither PDF nor text in UTF-8.
pub fn detect(bytes: &[u8], file_name: &str) -> Result<Format, Failure> {
    if bytes.is_empty() {
        return Err(Failure::new(
            FailureReason::Malformed,
            "the file is empty: upload one with something in it",
        ));
    }
    let head = &bytes[..bytes.len().min(PDF_HEADER_WITHIN)];
    if head.windows(5).any(|window| window == b"%PDF-") {
        return Ok(Format::Pdf);
    }
    let unsupported = |what: &str| {
        let message =
            format!("the file is {what}, whatever it is called; PDF, plain text and Markdown are read");
        Err(Failure::new(FailureReason::UnsupportedFormat, message))
    };
    if let Some((_, what)) = OTHERS.iter().find(|(beginning, _)| bytes.starts_with(beginning)) {
        return unsupported(what);
    }
    let text = match std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
        Ok(text) if !text.contains('\0') => text,
        Ok(_) => return unsupported("binary data"),
        Err(_) => return unsupported("neither PDF nor text in UTF-8"),
    };
    Ok(if is_markdown(text, file_name) {
        Format::Markdown
    } else {
        Format::Text
    })
}

/// By its name, or by two different marks of Markdown.
fn is_markdown(text: &str, file_name: &str) -> bool {
    let extension = file_name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("md" | "markdown") => return true,
        Some("txt" | "text") => return false,
        _ => {}
    }
    let lines = || text.lines().take(2000);
    let heading = lines().any(|line| line.starts_with("# ") || line.starts_with("## "));
    let other = lines().any(|line| {
        line.starts_with("```")
            || line.starts_with("- ")
            || line.starts_with("* ")
            || (line.contains("](") && line.contains('['))
    });
    heading && other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_counts_and_not_the_name() {
        assert_eq!(detect(b"junk %PDF-1.7", "a.txt"), Ok(Format::Pdf));
        assert_eq!(detect("già".as_bytes(), "a.pdf"), Ok(Format::Text));
        assert_eq!(detect(b"\xef\xbb\xbftext", ""), Ok(Format::Text));
        assert_eq!(detect(b"# A\n\n- b\n", "notes"), Ok(Format::Markdown));
        assert_eq!(detect(b"# A\n\n- b\n", "notes.txt"), Ok(Format::Text));
        assert_eq!(detect(b"plain", "notes.MD"), Ok(Format::Markdown));
    }

    #[test]
    fn what_is_not_read_is_named() {
        let failure = detect(b"\x89PNG\r\n\x1a\n", "book.pdf").unwrap_err();
        assert_eq!(failure.reason, FailureReason::UnsupportedFormat);
        assert!(failure.message.contains("a PNG picture"), "{failure}");
        for bytes in [&b"a\0b"[..], b"\xff\xfe\xfd", b"PK\x03\x04"] {
            assert_eq!(
                detect(bytes, "").unwrap_err().reason,
                FailureReason::UnsupportedFormat
            );
        }
        assert_eq!(detect(b"", "a.pdf").unwrap_err().reason, FailureReason::Malformed);
    }
}
