//! The second engine: `pdf-extract`, which reads some fonts the first does not, and panics on some files.

pub(super) mod malicious_input;

use std::{
    panic::catch_unwind,
    sync::{Arc, OnceLock},
};

use pdf_extract::{Document, PlainTextOutput, output_doc_page};

use super::{PageText, PdfEngine, layout::PageLayout};
use crate::extract::{Password, clean::clean};

/// The document as this engine sees it; opened when the first page is asked for, once for all threads.
pub(super) struct SecondEngine {
    bytes: Arc<Vec<u8>>,
    password: Password,
    document: OnceLock<Option<Opened>>,
}

/// A document that this engine can be given.
struct Opened {
    document: Document,
    /// Whether nothing had to be taken out of it.
    is_whole: bool,
}

impl SecondEngine {
    pub(super) fn new(bytes: Arc<Vec<u8>>, password: Password) -> Self {
        Self {
            bytes,
            password,
            document: OnceLock::new(),
        }
    }

    fn document(&self) -> Option<&Opened> {
        self.document
            .get_or_init(|| {
                let open = || {
                    if malicious_input::claims_too_much(&self.bytes) {
                        return None;
                    }
                    let mut document = Document::load_mem(&self.bytes).ok()?;
                    // Many documents are encrypted with an empty password.
                    if document.is_encrypted() {
                        let opened = document.decrypt(self.password.reveal());
                        opened.or_else(|_| document.decrypt("")).ok()?;
                    }
                    malicious_input::end_inheritance(&mut document);
                    let is_whole = !malicious_input::empty_circles_of_forms(&mut document);
                    malicious_input::empty_deep_character_maps(&mut document);
                    Some(Opened { document, is_whole })
                };
                catch_unwind(std::panic::AssertUnwindSafe(open)).ok().flatten()
            })
            .as_ref()
    }
}

/// The engine of one thread.
pub(super) struct PdfExtract<'a> {
    engine: &'a SecondEngine,
}

impl<'a> PdfExtract<'a> {
    pub(super) fn new(engine: &'a SecondEngine) -> Self {
        Self { engine }
    }
}

impl PdfEngine for PdfExtract<'_> {
    fn page(&mut self, index: usize) -> Result<PageText, String> {
        let opened = self.engine.document().ok_or("the document cannot be opened")?;
        let mut text = String::new();
        let number = u32::try_from(index + 1).map_err(|error| error.to_string())?;
        let mut output = PlainTextOutput::new(&mut text);
        output_doc_page(&opened.document, &mut output, number).map_err(|error| error.to_string())?;
        let glyphs = text.chars().filter(|c| !c.is_whitespace()).count();
        Ok(PageText {
            layout: PageLayout::of_text(&clean(&text)),
            glyphs,
            unknown_glyphs: 0,
            pictures: false,
            broken: !opened.is_whole,
            over_limit: false,
        })
    }
}
