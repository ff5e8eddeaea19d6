//! What a file is, by its content: the one list of formats that are read. The API decides by a file's beginning whether to take it,
//! the encoder by the same rules and then by the whole file.

pub mod archive;
pub mod markup;
pub mod signatures;
#[cfg(test)]
mod tests;
pub mod text;
pub mod utf_32;

use std::fmt;

use serde::{Deserialize, Serialize};

/// So many bytes of a file's beginning decide whether it is taken. A tar archive shows itself at 257, and office documents that are
/// packed by common programs name their parts within the first few thousand.
pub const HEAD_BYTES: usize = 8192;
/// A PDF's header stands within its first bytes, not always at their beginning (ISO 32000-2, annex I).
const PDF_HEADER_WITHIN: usize = 1024;

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Portable Document Format (ISO 32000).
    Pdf,
    /// A text document of Office Open XML (ISO/IEC 29500).
    Docx,
    /// EPUB, of version 2 or 3.
    Epub,
    /// HTML, as browsers understand it.
    Html,
    /// `CommonMark`, or what people take for it.
    Markdown,
    /// Plain text, in any usual encoding.
    Text,
}

impl Format {
    /// All of them, in the order in which people are told of them.
    pub const ALL: [Self; 6] = [
        Self::Pdf,
        Self::Docx,
        Self::Epub,
        Self::Html,
        Self::Markdown,
        Self::Text,
    ];

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Docx => "DOCX",
            Self::Epub => "EPUB",
            Self::Html => "HTML",
            Self::Markdown => "Markdown",
            Self::Text => "text",
        }
    }

    /// Its media type, as registered at IANA.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Epub => "application/epub+zip",
            Self::Html => "text/html",
            Self::Markdown => "text/markdown",
            Self::Text => "text/plain",
        }
    }

    /// All names, as they stand in a sentence: "PDF, DOCX, … or text".
    pub fn names() -> String {
        let names = Self::ALL.map(Self::name);
        let (last, others) = names.split_last().expect("there are formats");
        format!("{} or {last}", others.join(", "))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Why a file is not read. The message is for the person who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has no content.
    #[error("the file is empty: upload one with something in it")]
    Empty,
    /// It is an Office document with a password.
    #[error("the Office document opens only with a password: save it without one and upload that")]
    Encrypted,
    /// It is of a format that is not read; what it looks like.
    #[error("the file is {0}, whatever it is called; upload {names}", names = Format::names())]
    Unsupported(&'static str),
}

/// What a file with this beginning is, most likely.
///
/// `head` is the whole file where `is_whole`, and else at least its first [`HEAD_BYTES`] bytes, of which no more are looked at. What the
/// beginning does not decide is taken for what it may be: whoever reads the whole file settles it. The name counts only where
/// the content does not tell: Markdown from text.
pub fn detect(head: &[u8], is_whole: bool, file_name: &str) -> Result<Format, Refusal> {
    let is_whole = is_whole && head.len() <= HEAD_BYTES;
    let head = &head[..head.len().min(HEAD_BYTES)];
    if head.is_empty() {
        return Err(Refusal::Empty);
    }
    let extension = extension(file_name);
    if signatures::is_zip(head) {
        return archive::detect(head, is_whole, &extension);
    }
    if pdf_header(head) == Some(0) {
        return Ok(Format::Pdf);
    }
    // An archive is read from its end, so that anything may stand before it, words about PDF included.
    let archive = memchr::memmem::find(head, archive::LOCAL_ENTRY)
        .and_then(|start| archive::detect(&head[start..], is_whole, &extension).ok());
    match likely(head, is_whole, &extension) {
        Ok(format) => Ok(archive.filter(|_| format == Format::Text).unwrap_or(format)),
        Err(refusal) => archive.ok_or(refusal),
    }
}

/// What a file is that does not begin as an archive.
fn likely(head: &[u8], is_whole: bool, extension: &str) -> Result<Format, Refusal> {
    let text = text::likely(head, is_whole);
    if is_pdf(head, || text.is_some()) {
        return Ok(Format::Pdf);
    }
    if signatures::is_encrypted_office_document(head) {
        return Err(Refusal::Encrypted);
    }
    match signatures::other(head) {
        Some(signatures::OLD_OFFICE_DOCUMENT) if !is_whole => {
            return Err(Refusal::Unsupported(signatures::OLD_OR_ENCRYPTED_OFFICE_DOCUMENT));
        }
        Some(what) => return Err(Refusal::Unsupported(what)),
        None => {}
    }
    of_text(&text.ok_or(NOT_TEXT)?, extension)
}

/// The refusal of what is no text in any encoding.
pub const NOT_TEXT: Refusal = Refusal::Unsupported("binary data and not text");

/// What a text is; `extension` is that of the file's name.
pub fn of_text(text: &str, extension: &str) -> Result<Format, Refusal> {
    if let Some(what) = markup::other(text) {
        return Err(Refusal::Unsupported(what));
    }
    Ok(if markup::is_html(text, extension) {
        Format::Html
    } else if markup::is_markdown(text, extension) {
        Format::Markdown
    } else {
        Format::Text
    })
}

/// The extension of a file's name, in lower case; empty where it has none.
pub fn extension(file_name: &str) -> String {
    let extension = file_name.rsplit_once('.').map(|(_, extension)| extension);
    extension.unwrap_or_default().to_ascii_lowercase()
}

/// Where the header of a PDF stands, if this may be one.
pub fn pdf_header(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(&bytes[..bytes.len().min(PDF_HEADER_WITHIN)], b"%PDF-")
}

/// Whether this is a PDF, be it behind a mail's header or a printer's commands; not a text that speaks of PDF.
pub fn is_pdf(bytes: &[u8], is_text: impl FnOnce() -> bool) -> bool {
    match pdf_header(bytes) {
        None => false,
        Some(0) => true,
        Some(_) => memchr::memmem::find(bytes, b" obj").is_some() || !is_text(),
    }
}
