//! HTML, by the tokenizer of the HTML standard; no tree is built, so that depth costs neither stack nor time.
//!
//! What a browser shows is kept: scripts, styles, templates, what only shows without scripts, choices of forms and hidden elements
//! are not. Of a link its text counts, of a picture its alternative text. Readings above characters (ruby) are left out, as
//! they would cut words in two.

mod charset;
mod elements;
mod page;
#[cfg(test)]
mod tests;
pub(super) mod tokens;

use std::collections::HashSet;

use super::{Event, Sink, encoding::decode_page, page_text};
use crate::{document::Heading, failure::Failure};
pub(super) use charset::declared_encoding;
pub(super) use page::HtmlPage;
use page::PageReader;

pub(super) fn extract(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Failure> {
    let decoded = decode_page(bytes, declared_encoding(bytes))?;
    let page = read(&decoded.text, &HashSet::new());
    sink(Event::PagesTotal(1))?;
    let headings = page.headings_with_title();
    sink(Event::Page(page_text::page(1, page.text, page.has_pictures)))?;
    for heading in headings {
        sink(Event::Heading(Heading {
            level: heading.level,
            title: heading.title,
            page: 1,
            offset: heading.offset,
        }))?;
    }
    decoded
        .warning
        .map_or(Ok(()), |warning| sink(Event::Warning(warning)))
}

/// Reads a document, and where those of its elements are whose `id` or `name` is among `anchors`.
pub(super) fn read(html: &str, anchors: &HashSet<String>) -> HtmlPage {
    let is_xml = html.trim_start().starts_with("<?xml");
    let mut reader = PageReader::new(anchors, is_xml);
    tokens::visit(html, &mut reader);
    reader.finish()
}
