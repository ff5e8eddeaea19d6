//! The second engine: `pdf-extract`, which reads some fonts the first does not, and panics on some files.

use std::{
    panic::catch_unwind,
    sync::{Arc, OnceLock},
};

use pdf_extract::{Document, Object, ObjectId, PlainTextOutput, output_doc_page};

use super::{PageText, PdfEngine, layout::PageLayout};
use crate::extract::{Password, clean::clean};

/// The most objects of a document (ISO 32000-1, Annex C).
const MAX_OBJECTS: u64 = 8_388_607;
/// The most ancestors that a page inherits from.
const MAX_ANCESTORS: usize = 64;

/// The document as this engine sees it; opened when the first page is asked for, once for all threads.
pub(super) struct SecondEngine {
    bytes: Arc<Vec<u8>>,
    password: Password,
    document: OnceLock<Option<Document>>,
}

impl SecondEngine {
    pub(super) fn new(bytes: Arc<Vec<u8>>, password: Password) -> Self {
        Self {
            bytes,
            password,
            document: OnceLock::new(),
        }
    }

    fn document(&self) -> Option<&Document> {
        self.document
            .get_or_init(|| {
                let open = || {
                    if claims_too_many_objects(&self.bytes) {
                        return None;
                    }
                    let mut document = Document::load_mem(&self.bytes).ok()?;
                    // Many documents are encrypted with an empty password.
                    if document.is_encrypted() {
                        document.decrypt(self.password.reveal()).ok()?;
                    }
                    end_inheritance(&mut document);
                    Some(document)
                };
                catch_unwind(std::panic::AssertUnwindSafe(open)).ok().flatten()
            })
            .as_ref()
    }
}

/// Whether a table of objects claims to have more than a PDF may have, or longer entries: the engine makes room for all that is claimed.
fn claims_too_many_objects(bytes: &[u8]) -> bool {
    let is_too_large = |number: &[u8]| {
        let number = number.iter().fold(0_u64, |number, &digit| {
            number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        });
        number > MAX_OBJECTS
    };
    ["/Size", "/Index", "/W"].iter().any(|key| {
        memchr::memmem::find_iter(bytes, key).any(|at| {
            let rest = &bytes[at + key.len()..];
            let end = rest
                .iter()
                .position(|byte| !byte.is_ascii_digit() && !byte.is_ascii_whitespace() && *byte != b'[')
                .unwrap_or(rest.len());
            rest[..end].split(|byte| !byte.is_ascii_digit()).any(is_too_large)
        })
    })
}

/// Takes the page's ancestors beyond the allowed ones from it: the engine looks for what a page inherits as far as they go, also in a circle.
fn end_inheritance(document: &mut Document) {
    let pages: Vec<ObjectId> = document.page_iter().collect();
    for page in pages {
        let mut ancestors = std::iter::successors(Some(page), |&id| parent(document, id));
        if let Some(last) = ancestors.nth(MAX_ANCESTORS)
            && let Ok(dictionary) = document.get_object_mut(last).and_then(Object::as_dict_mut)
        {
            dictionary.remove(b"Parent");
        }
    }
}

/// The object that a page, or one of its ancestors, names as its parent.
fn parent(document: &Document, id: ObjectId) -> Option<ObjectId> {
    let parent = document.get_dictionary(id).ok()?.get(b"Parent").ok()?;
    document.dereference(parent).ok()?.0
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
        let document = self.engine.document().ok_or("the document cannot be opened")?;
        let mut text = String::new();
        let number = u32::try_from(index + 1).map_err(|error| error.to_string())?;
        let mut output = PlainTextOutput::new(&mut text);
        output_doc_page(document, &mut output, number).map_err(|error| error.to_string())?;
        let glyphs = text.chars().filter(|c| !c.is_whitespace()).count();
        Ok(PageText {
            layout: PageLayout::of_text(&clean(&text)),
            glyphs,
            unknown_glyphs: 0,
            pictures: false,
            broken: false,
            endless: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_objects_than_a_document_may_have_are_too_many() {
        for few in [
            "/Size 12 /Index [0 12]",
            "/Size",
            "/Size 8388607",
            "/Size 0000000000000012",
            "/Sizes (99999999)",
            "/Index [ 0 3 9 9 ] 99999999",
        ] {
            assert!(!claims_too_many_objects(few.as_bytes()), "{few}");
        }
        for many in [
            "/Size 8388608",
            "/Size 2147483647 >>",
            "/W [1 2 9223372036854775807]",
            "<</Index[0 1\n3 99999999999999999999999]",
        ] {
            assert!(claims_too_many_objects(many.as_bytes()), "{many}");
        }
    }

    #[test]
    fn a_page_that_is_its_own_ancestor_inherits_nothing() {
        let mut document = Document::new();
        let id = document.new_object_id();
        let page = pdf_extract::dictionary! { "Type" => "Page", "Parent" => id };
        document.set_object(id, page);
        let kids = Object::Array(vec![Object::Reference(id)]);
        let pages =
            document.add_object(pdf_extract::dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 });
        let catalog = document.add_object(pdf_extract::dictionary! { "Type" => "Catalog", "Pages" => pages });
        document.trailer.set("Root", catalog);
        assert_eq!(document.page_iter().count(), 1);
        end_inheritance(&mut document);
        assert_eq!(parent(&document, id), None);
    }
}
