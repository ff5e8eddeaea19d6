//! Plain text. A form feed begins a new page, as in a request for comments (RFC 678).

use super::{Event, Sink, clean::clean, encoding::decode, page_text::page};
use crate::failure::Failure;

pub(super) fn extract(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Failure> {
    let decoded = decode(bytes, None)?;
    // A form feed at the very end begins no page.
    let text = decoded.text.strip_suffix('\u{c}').unwrap_or(&decoded.text);
    let pages = text.split('\u{c}').count();
    sink(Event::PagesTotal(u32::try_from(pages).unwrap_or(u32::MAX)))?;
    for (number, text) in (1..).zip(text.split('\u{c}')) {
        sink(Event::Page(page(number, clean(text), false)))?;
    }
    decoded
        .warning
        .map_or(Ok(()), |warning| sink(Event::Warning(warning)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{collect, texts};
    use super::*;

    #[test]
    fn form_feeds_begin_pages_in_any_encoding() {
        let utf_16: Vec<u8> = "uno\u{c}due\u{c}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in ["uno\u{c}due\u{c}".as_bytes(), &utf_16] {
            assert_eq!(texts(bytes, extract), ["uno", "due"]);
        }
    }

    #[test]
    fn a_guess_is_owned_up_to_and_binary_data_refused() {
        let document = collect(
            b"Perch\xe9 no? La citt\xe0 \xe8 pi\xf9 bella di cos\xec.",
            extract,
        )
        .unwrap();
        assert_eq!(document.pages[0].text, "Perché no? La città è più bella di così.");
        assert!(
            document.warnings[0].contains("windows-1252"),
            "{:?}",
            document.warnings
        );
        assert_eq!(
            collect(b"\0\x01\x02\x03", extract).unwrap_err().reason,
            crate::failure::FailureReason::UnsupportedFormat
        );
    }
}
