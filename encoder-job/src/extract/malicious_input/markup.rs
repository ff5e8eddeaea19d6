//! HTML and XML.

use std::fmt::Write as _;

use super::*;
use crate::extract::testing::series;

#[test]
fn deep_html_costs_neither_stack_nor_time() {
    for tag in [
        "<div>",
        "<b>",
        "<p>",
        "<ul><li>",
        "<ol>",
        "<table>",
        "<table><tr><td>",
        "<svg>",
        "<math>",
        "<h1>",
        "<pre>",
        "<blockquote>",
        "<template>",
        "<ruby><rt>",
        "<div hidden>",
        "<p hidden><button>",
        "<li hidden><ul>",
        "<table><tr hidden><td>",
        "<dialog>",
        "<q>",
        "<select>",
        "<table><td><ul><li>x",
    ] {
        let html = format!("<html><p>a{}x", tag.repeat(100_000));
        assert!(outcome(html.as_bytes(), "").is_ok(), "{tag}");
    }
    for tag in [
        "</p>", "</div>", "</table>", "</ul>", "</pre>", "</svg>", "</h1>", "</ruby>", "</td>", "</q>",
    ] {
        let html = format!("<html><p>a{}x", tag.repeat(100_000));
        assert!(outcome(html.as_bytes(), "").is_ok(), "{tag}");
    }
}

#[test]
fn long_tokens_cost_no_more_than_their_length() {
    let long = "x".repeat(2_000_000);
    let many = series(200_000, |number| format!(" a{number}=b"));
    for html in [
        format!("<{long}>y"),
        format!("<p {long}=1>y"),
        format!("<p id='{long}'>y"),
        format!("<p{many}>y"),
        format!("<p{}>y", " a".repeat(500_000)),
        format!("<!--{long}"),
        format!("<!DOCTYPE {long}"),
        "<".repeat(1_000_000),
        "&".repeat(1_000_000),
        "&#".repeat(500_000),
        format!("&#{};", "9".repeat(1_000_000)),
        "&notin".repeat(300_000),
        "<!--".repeat(300_000),
        "<![CDATA[".repeat(200_000),
        format!("<script>{}", "<!--<script".repeat(100_000)),
        format!("<textarea>{}", "</textare".repeat(200_000)),
        "<title>".repeat(200_000),
        format!("<h1>{long}</h1>").repeat(3),
        "<h1>a".repeat(200_000),
        format!("<table>{}", "<tr><td>".repeat(100_000)),
        format!("<table>{}", "<tr><td>a<br>".repeat(100_000)),
        format!("<pre>{}", " \n\t".repeat(200_000)),
    ] {
        let html = format!("<html><p>{html}");
        assert!(outcome(html.as_bytes(), "").is_ok(), "{}", &html[..40]);
    }
}

#[test]
fn entities_do_not_grow() {
    let mut document_type = "<!DOCTYPE x [<!ENTITY a0 'lol'>".to_owned();
    for number in 1..30 {
        let last = format!("&a{};", number - 1);
        write!(document_type, "<!ENTITY a{number} '{}'>", last.repeat(10)).unwrap();
    }
    document_type.push_str("]>");
    let document = format!("{document_type}<w:document><w:p><w:r><w:t>&a29;</w:t></w:r></w:p></w:document>");
    let bytes = zip(&[("word/document.xml", &document)]);
    assert_eq!(outcome(&bytes, ""), Ok("&a29;".len()));
    let page = format!("<?xml version='1.0'?>{document_type}<html><p>&a29;</p></html>");
    assert_eq!(outcome(&epub_of(&page), ""), Ok("&a29;".len()));
    assert_eq!(outcome(page.as_bytes(), "a.html"), Ok("&a29;".len()));
    // Nor do external ones lead anywhere.
    let page = "<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><html><p>&x;</p></html>";
    assert_eq!(outcome(page.as_bytes(), "a.html"), Ok("&x;".len()));
}

#[test]
fn what_a_document_never_closes_costs_no_more_than_its_length() {
    for piece in [
        "<m:oMath><m:f><m:num>",
        "<m:oMath><m:d><m:e><m:r><m:t>x</m:t></m:r>",
        "<w:drawing><wp:docPr descr='x'/>",
        "<w:tr><w:tc>",
        "<w:r><w:fldChar w:fldCharType='begin'/>",
    ] {
        // As deep as is read, again and again.
        let deep = piece.repeat(150);
        let document = docx_of(&format!("<w:p><w:r><w:t>x</w:t></w:r></w:p><w:p>{deep}"));
        assert!(outcome(&document, "").is_ok(), "{piece}");
    }
    let text = format!("<m:r><m:t>{}</m:t></m:r>", "x".repeat(1_000));
    let deep = format!(
        "{}{text}{}",
        "<m:sSup><m:e>".repeat(400),
        "</m:e><m:sup/></m:sSup>".repeat(400)
    );
    let document = docx_of(&format!("<w:p><m:oMath>{deep}</m:oMath></w:p>").repeat(100));
    assert!(outcome(&document, "").unwrap() >= 100_000);
    let levels =
        "<w:lvl w:ilvl='8'><w:numFmt w:val='cardinalText'/><w:lvlText w:val='%1%2%3%4%5%6%7%8%9'/></w:lvl>"
            .repeat(10_000);
    let numbering =
        format!("<w:numbering><w:abstractNum w:abstractNumId='0'>{levels}</w:abstractNum></w:numbering>");
    let bytes = zip(&[
        (
            "word/document.xml",
            "<w:document><w:p><w:r><w:t>x</w:t></w:r></w:p></w:document>",
        ),
        ("word/numbering.xml", &numbering),
    ]);
    assert_eq!(outcome(&bytes, ""), Ok(1));
}

#[test]
fn deep_xml_is_refused_or_read_up_to_its_depth() {
    malformed(&docx_of(&"<w:p>".repeat(100_000)), "nested more than");
    malformed(
        &docx_of(&"<w:tbl><w:tr><w:tc>".repeat(100_000)),
        "nested more than",
    );
    let text = "<w:p><w:r><w:t>x</w:t></w:r></w:p>";
    let deep = format!("{text}{}", "<w:p><w:r><w:txbxContent>".repeat(100_000));
    assert_eq!(outcome(&docx_of(&deep), ""), Ok(1));
    let navigation = format!("<ncx><navMap>{}", "<navPoint>".repeat(100_000));
    let bytes = zip(&[
        ("mimetype", "application/epub+zip"),
        ("a.opf", &navigation),
        ("b.xhtml", "<p>x"),
    ]);
    assert_eq!(outcome(&bytes, ""), Ok(1));
}
