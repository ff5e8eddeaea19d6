//! Which sections begin a page. What a section is like stands at its end, so it has to be read ahead.

use crate::extract::xml::{self, Attributes, Handler};

/// For each section of a document's text, in order, whether it begins a page.
pub(super) fn begin_pages(xml: &str) -> Vec<bool> {
    // Nearly every document has one section, which begins no page that would not begin anyway.
    if memchr::memmem::find_iter(xml.as_bytes(), b"sectPr>")
        .nth(1)
        .is_none()
    {
        return Vec::new();
    }
    let mut sections = Sections::default();
    // Where the text is damaged, whoever reads it will say so.
    let _damage = xml::visit(xml, &mut sections);
    sections.begin_pages
}

#[derive(Default)]
struct Sections {
    begin_pages: Vec<bool>,
    is_inside: bool,
    /// Whether what a section was like before a tracked change is being read.
    is_changed: bool,
}

impl Handler for Sections {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        match name {
            "sectPrChange" => self.is_changed = true,
            _ if self.is_changed => {}
            "sectPr" => {
                self.is_inside = true;
                self.begin_pages.push(true);
            }
            "type" if self.is_inside => {
                if let (Some(begins), Some(kind)) = (self.begin_pages.last_mut(), attributes.get("val")) {
                    *begins = !matches!(&*kind, "continuous" | "nextColumn");
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "sectPrChange" => self.is_changed = false,
            "sectPr" if !self.is_changed => self.is_inside = false,
            _ => {}
        }
    }
}
