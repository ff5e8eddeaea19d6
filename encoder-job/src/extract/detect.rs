//! What a document is, by its content.

mod markup;
mod signatures;
#[cfg(test)]
mod tests;

use super::{
    archive::{Archive, has_extension},
    docx::{OfficeDocument, office_document},
    encoding::decode,
};
use crate::{
    document::Format,
    failure::{Failure, FailureReason},
};

/// A PDF's header stands within its first bytes, not always at their beginning (ISO 32000-2, annex I).
const PDF_HEADER_WITHIN: usize = 1024;
/// What is read, for people.
const READ: &str = "PDF, DOCX, EPUB, HTML, Markdown and plain text are read";

/// Finds out what a document is.
///
/// # Errors
/// `Malformed` where it is empty, or an archive that is broken; `Encrypted` for an Office document with a password;
/// `UnsupportedFormat`, saying what it looks like, where it is anything that is not read.
pub fn detect(bytes: &[u8], file_name: &str) -> Result<Format, Failure> {
    if bytes.is_empty() {
        return Err(Failure::new(
            FailureReason::Malformed,
            "the file is empty: upload one with something in it",
        ));
    }
    if signatures::is_zip(bytes) {
        return zip(bytes);
    }
    // An archive is read from its end, so that anything may stand before it, words about PDF included.
    if pdf_header(bytes) != Some(0)
        && signatures::ends_as_zip(bytes)
        && let Ok(format) = zip(bytes)
    {
        return Ok(format);
    }
    if is_pdf(bytes) {
        return Ok(Format::Pdf);
    }
    if signatures::is_encrypted_office_document(bytes) {
        return Err(Failure::new(
            FailureReason::Encrypted,
            "the Office document opens only with a password: save it without one and upload that",
        ));
    }
    if let Some(what) = signatures::other(bytes) {
        return Err(unsupported(what));
    }
    let Ok(decoded) = decode(bytes, None) else {
        return Err(unsupported("binary data and not text"));
    };
    if let Some(what) = markup::other(&decoded.text) {
        return Err(unsupported(what));
    }
    let extension = file_name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    let extension = extension.as_deref().unwrap_or_default();
    Ok(if markup::is_html(&decoded.text, extension) {
        Format::Html
    } else if markup::is_markdown(&decoded.text, extension) {
        Format::Markdown
    } else {
        Format::Text
    })
}

/// Where the header of a PDF stands, if this may be one.
pub fn pdf_header(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(&bytes[..bytes.len().min(PDF_HEADER_WITHIN)], b"%PDF-")
}

/// Whether this is a PDF, be it behind a mail's header or a printer's commands; not a text that speaks of PDF.
fn is_pdf(bytes: &[u8]) -> bool {
    match pdf_header(bytes) {
        None => false,
        Some(0) => true,
        Some(_) => memchr::memmem::find(bytes, b" obj").is_some() || decode(bytes, None).is_err(),
    }
}

/// What an archive is, by what is in it.
fn zip(bytes: &[u8]) -> Result<Format, Failure> {
    let mut archive = Archive::open(bytes)?;
    let kind = archive.read_small("mimetype");
    match kind.as_deref().map(<[u8]>::trim_ascii) {
        Some(b"application/epub+zip") => return Ok(Format::Epub),
        Some(kind) => {
            if let Some(what) = signatures::open_document(kind) {
                return Err(unsupported(what));
            }
        }
        None => {}
    }
    // A book inside a folder of the archive, or without its first entry, is a book all the same.
    if archive.contains("META-INF/container.xml") && archive.paths().any(|path| has_extension(path, "opf")) {
        return Ok(Format::Epub);
    }
    match office_document(&mut archive)? {
        Some(OfficeDocument::Text) => return Ok(Format::Docx),
        Some(OfficeDocument::Workbook) => return Err(unsupported(signatures::WORKBOOK)),
        Some(OfficeDocument::Presentation) => return Err(unsupported(signatures::PRESENTATION)),
        Some(OfficeDocument::Drawing) => return Err(unsupported(signatures::DRAWING)),
        None => {}
    }
    // Many archives hold parts of the kind of another: the one that the text is in decides.
    for (folder, what) in signatures::OFFICE_FOLDERS {
        if archive.paths().any(|path| path.starts_with(folder)) {
            return what.map_or(Ok(Format::Docx), |what| Err(unsupported(what)));
        }
    }
    let other = signatures::OTHER_ARCHIVES
        .iter()
        .find(|(path, _)| archive.contains(path));
    if other.is_none() && archive.is_encrypted() {
        return Err(Failure::new(
            FailureReason::Encrypted,
            "the file is a ZIP archive with a password: take the document out of it and upload that",
        ));
    }
    Err(unsupported(other.map_or("a ZIP archive", |(_, what)| what)))
}

fn unsupported(what: &str) -> Failure {
    let message = format!("the file is {what}, whatever it is called; {READ}");
    Failure::new(FailureReason::UnsupportedFormat, message)
}
