//! PDF, page by page and several pages at a time, by the engine that reads a page best.
//!
//! The first engine is `hayro` with a layout of our own ([`layout`]). A page it cannot read, or of which it cannot say what
//! most glyphs mean, is read by `pdf-extract`, and the better text is kept. An engine that panics has failed for that
//! page, nothing more.

mod bookmarks;
mod fallback;
mod glyph;
mod hayro;
mod layout;
mod pages;
mod pdf_extract;

use std::sync::Arc;

use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use serde::{Deserialize, Serialize};

use super::{Event, ExtractOptions, Sink};
use crate::{
    document::PageStatus,
    failure::{Failure, FailureReason},
};

/// Which engine reads PDF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PdfEngineChoice {
    /// `hayro`, and page by page `pdf-extract` where it fails.
    #[default]
    Auto,
    /// `hayro` alone.
    Hayro,
    /// `pdf-extract` alone.
    PdfExtract,
}

/// What an engine read on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct PageText {
    /// The text, laid out in lines and paragraphs, not yet clean.
    text: String,
    /// Glyphs shown.
    glyphs: usize,
    /// Glyphs of which the engine does not know what they mean.
    unknown_glyphs: usize,
    /// Whether there are pictures on the page.
    pictures: bool,
}

/// Reads single pages of an open document. Every thread has one of its own.
trait PdfEngine {
    /// Reads the page with this index, from 0.
    ///
    /// # Errors
    /// A sentence where the page cannot be read.
    fn page(&mut self, index: usize) -> Result<PageText, String>;
}

/// Extracts a PDF document.
pub(super) fn extract(
    bytes: Arc<Vec<u8>>,
    options: &ExtractOptions,
    sink: &mut Sink<'_>,
) -> Result<(), Failure> {
    let pdf = open(&bytes)?;
    let count = pdf.pages().len();
    if count == 0 {
        return Err(Failure::new(
            FailureReason::Malformed,
            "the PDF has no pages: it is damaged or not complete",
        ));
    }
    sink(Event::PagesTotal(u32::try_from(count).unwrap_or(u32::MAX)))?;
    let mut bookmarks = bookmarks::Bookmarks::read(&pdf);
    let second = fallback::SecondEngine::new(bytes);
    let mut read_by_second = 0_u32;
    let mut damaged = 0_u32;
    let make_engine = || fallback::Engines::new(&pdf, &second, options.pdf_engine);
    pages::for_each(count, options.threads, make_engine, |result| {
        read_by_second += u32::from(result.by_second_engine);
        damaged += u32::from(result.page.status == PageStatus::Damaged);
        let headings = bookmarks.on_page(&result.page);
        sink(Event::Page(result.page))?;
        headings
            .into_iter()
            .try_for_each(|heading| sink(Event::Heading(heading)))
    })?;
    for (number, what) in [
        (read_by_second, "read by the second engine"),
        (damaged, "damaged and could not be read wholly"),
    ] {
        if number > 0 {
            sink(Event::Remark(format!("{number} of {count} pages were {what}")))?;
        }
    }
    Ok(())
}

fn open(bytes: &Arc<Vec<u8>>) -> Result<Pdf, Failure> {
    let opened = std::panic::catch_unwind(|| Pdf::new(bytes.clone()));
    opened.unwrap_or(Err(LoadPdfError::Invalid)).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            let message = "the PDF opens only with a password: remove the password and try again";
            Failure::new(FailureReason::Encrypted, message)
        }
        LoadPdfError::Decryption(_) => {
            let message = "the PDF is encrypted in a way that is broken or not known: remove the encryption and try again";
            Failure::new(FailureReason::Encrypted, message)
        }
        LoadPdfError::Invalid => {
            let message = "the PDF cannot be opened: it is damaged, or cut short; make it anew and try again";
            Failure::new(FailureReason::Malformed, message)
        }
    })
}
