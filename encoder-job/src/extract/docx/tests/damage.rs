//! Damaged documents.

use super::*;
use crate::document::PageStatus;
use crate::extract::testing::{noise, series, zip_of};

#[test]
fn an_inserted_file_is_owned_up_to() {
    let document = read(&format!("{}<w:altChunk r:id='x'/>", p("a")));
    assert!(
        document.warnings[0].contains("another file"),
        "{:?}",
        document.warnings
    );
}

#[test]
fn a_damaged_document_is_salvaged_and_said_to_be() {
    let whole = format!("<w:document><w:body>{}{}", p("uno"), p("due"));
    let cut = |length: usize| zip(&[("word/document.xml", &whole[..length])]);
    let document = collect(&cut(whole.len() - 40), extract).unwrap();
    assert_eq!(document.pages[0].text, "uno");
    assert!(
        document.warnings[0].contains("damaged"),
        "{:?}",
        document.warnings
    );
    let failure = collect(&cut(30), extract).unwrap_err();
    assert_eq!(failure.reason, FailureReason::Malformed);
    assert!(failure.message.contains("damaged"), "{failure}");
    let failure = collect(&zip(&[("word/other.xml", "x")]), extract).unwrap_err();
    assert!(failure.message.contains("its text is not in it"), "{failure}");
    let binary = zip_of([("word/document.xml", &b"\0\x01\x02"[..])]);
    assert_eq!(
        collect(&binary, extract).unwrap_err().reason,
        FailureReason::Malformed
    );
}

#[test]
fn damaged_styles_cost_headings_only() {
    let body = format!(
        "<w:document><w:body>{}</w:body></w:document>",
        styled("Heading1", "Uno")
    );
    let bytes = zip(&[
        ("word/document.xml", &body),
        ("word/styles.xml", "<w:styles><w:style"),
    ]);
    let document = collect(&bytes, extract).unwrap();
    assert_eq!(document.headings[0].title, "Uno");
    assert!(document.warnings[0].contains("styles"), "{:?}", document.warnings);
}

#[test]
fn a_file_cut_short_is_salvaged() {
    let body = series(2_000, |number| p(&noise(number)));
    let whole = zip(&[(
        "word/document.xml",
        &format!("<w:document><w:body>{body}</w:body></w:document>"),
    )]);
    let document = collect(&whole[..whole.len() / 2], extract).unwrap();
    assert!(document.pages[0].text.starts_with("0\n\n9e3779b1"));
    assert_eq!(document.warnings.len(), 2, "{:?}", document.warnings);
}

#[test]
fn the_last_page_of_what_is_cut_short_is_damaged() {
    let body = "<w:document><w:body><w:p><w:r><w:t>Uno</w:t><w:br w:type='page'/><w:t>due</w:t></w:r></w:p><w:p><w:r";
    let document = collect(&zip(&[("word/document.xml", body)]), extract).unwrap();
    let statuses: Vec<_> = document.pages.iter().map(|page| page.status).collect();
    assert_eq!(statuses, [PageStatus::Ok, PageStatus::Damaged]);
}

#[test]
fn a_page_that_is_a_picture_looks_scanned() {
    let body =
        "<w:document><w:body><w:p><w:r><w:drawing><a:blip/></w:drawing></w:r></w:p></w:body></w:document>";
    let document = collect(&zip(&[("word/document.xml", body)]), extract).unwrap();
    assert_eq!(document.pages[0].status, PageStatus::Scanned);
}
