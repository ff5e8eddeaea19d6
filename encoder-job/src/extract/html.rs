//! HTML, by the tokenizer of the HTML standard; no tree is built, so that depth costs neither stack nor time.
//!
//! What a browser shows is kept: scripts, styles, templates, what only shows without scripts, choices of forms and hidden elements
//! are not. Of a link its text counts, of a picture its alternative text. Readings above characters (ruby) are left out, as
//! they would cut words in two.

mod elements;
mod page;
#[cfg(test)]
mod tests;
pub(super) mod tokens;

use std::collections::HashSet;

use super::{Event, Sink, encoding::decode, page_text};
use crate::{document::Heading, failure::Failure};
pub(super) use page::HtmlPage;
use page::PageReader;

/// How many bytes of a document are searched for what it says of its encoding.
const DECLARED_WITHIN: usize = 4096;

pub(super) fn extract(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Failure> {
    let decoded = decode(bytes, declared_encoding(bytes))?;
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
        .remark
        .map_or(Ok(()), |remark| sink(Event::Remark(remark)))
}

/// Reads a document, and where those of its elements are whose `id` or `name` is among `anchors`.
pub(super) fn read(html: &str, anchors: &HashSet<String>) -> HtmlPage {
    let is_xml = html.trim_start().starts_with("<?xml");
    let mut reader = PageReader::new(anchors, is_xml);
    tokens::visit(html, &mut reader);
    reader.finish()
}

/// What a document says of its encoding: in `<meta charset>`, `<meta http-equiv>` or an XML declaration.
pub(super) fn declared_encoding(bytes: &[u8]) -> Option<&str> {
    let head = &bytes[..bytes.len().min(DECLARED_WITHIN)];
    let lower = head.to_ascii_lowercase();
    ["charset", "encoding"].into_iter().find_map(|word| {
        let at = memchr::memmem::find(&lower, word.as_bytes())?;
        let label = head[at + word.len()..].trim_ascii_start().strip_prefix(b"=")?;
        let label = label.trim_ascii_start();
        let label = label
            .strip_prefix(b"\"")
            .or(label.strip_prefix(b"'"))
            .unwrap_or(label);
        let end = label
            .iter()
            .position(|byte| !byte.is_ascii_alphanumeric() && !b"-_:.".contains(byte))
            .unwrap_or(label.len());
        std::str::from_utf8(&label[..end])
            .ok()
            .filter(|label| !label.is_empty())
    })
}
