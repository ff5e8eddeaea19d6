//! Plain text in UTF-8. A form feed begins a new page, as in a request for comments (RFC 678).

use super::{Event, Sink, clean::clean};
use crate::{
    document::{Page, PageStatus},
    failure::Failure,
};

pub(super) fn extract(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(bytes);
    // A form feed at the very end begins no page.
    let text = text.strip_suffix('\u{c}').unwrap_or(&text);
    let pages: Vec<&str> = text.split('\u{c}').collect();
    sink(Event::PagesTotal(u32::try_from(pages.len()).unwrap_or(u32::MAX)))?;
    for (number, page) in (1..).zip(pages) {
        let text = clean(page);
        let status = if text.is_empty() {
            PageStatus::Empty
        } else {
            PageStatus::Ok
        };
        sink(Event::Page(Page { number, text, status }))?;
    }
    Ok(())
}
