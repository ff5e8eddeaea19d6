//! What a document is, by its content.

#[cfg(test)]
mod tests;

use formats::{Format, HEAD_BYTES, NOT_TEXT, Refusal, archive::ARCHIVE, pdf_header, signatures};

use super::{
    archive::{Archive, has_extension},
    docx::{OfficeDocument, office_document},
    encoding::decode,
};
use crate::failure::{Failure, FailureReason};

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let reason = match refusal {
            Refusal::Empty => FailureReason::Malformed,
            Refusal::Encrypted => FailureReason::Encrypted,
            Refusal::Unsupported(_) => FailureReason::UnsupportedFormat,
        };
        Self::new(reason, refusal.to_string())
    }
}

/// Finds out what a document is. What is refused by its beginning, where an upload begins, is refused here too.
///
/// # Errors
/// `Malformed` where it is empty, or an archive that is broken; `Encrypted` for an Office document with a password;
/// `UnsupportedFormat`, saying what it looks like, where it is anything that is not read.
pub fn detect(bytes: &[u8], file_name: &str) -> Result<Format, Failure> {
    if signatures::is_encrypted_office_document(bytes) {
        return Err(Refusal::Encrypted.into());
    }
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    match formats::detect(head, head.len() == bytes.len(), file_name) {
        // Its directory says more of it.
        Ok(_) | Err(Refusal::Unsupported(ARCHIVE)) => {}
        Err(refusal) => return Err(refusal.into()),
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
    if formats::is_pdf(bytes, || decode(bytes, None).is_ok()) {
        return Ok(Format::Pdf);
    }
    if let Some(what) = signatures::other(bytes) {
        return Err(unsupported(what));
    }
    let decoded = decode(bytes, None).map_err(|_| NOT_TEXT)?;
    Ok(formats::of_text(&decoded.text, &formats::extension(file_name))?)
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
    Err(unsupported(other.map_or(ARCHIVE, |(_, what)| what)))
}

fn unsupported(what: &'static str) -> Failure {
    Refusal::Unsupported(what).into()
}
