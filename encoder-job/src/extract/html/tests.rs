mod equations;
mod lists;
mod notes;

use super::*;
use crate::extract::testing::{collect, texts};

fn text(html: &str) -> String {
    texts(html.as_bytes(), extract).remove(0)
}

#[test]
fn blocks_are_paragraphs_and_white_space_is_none_of_it() {
    assert_eq!(
        text("<p>Uno\n  due<p>tre <b>quat</b>tro</p>cinque<div>sei</div><div>sette</div>"),
        "Uno due\n\ntre quattro\n\ncinque\nsei\nsette"
    );
    assert_eq!(text("a<br>b<br/><br>c<hr>d"), "a\nb\n\nc\n\nd");
    assert_eq!(text("<span>a</span><span>b</span> <i> c</i>"), "ab c");
}

#[test]
fn references_are_resolved() {
    assert_eq!(
        text("<p>Caff&egrave; &amp; t&#232; &lt;b&gt; &nbsp;10&nbsp;&euro; co&shy;op &copy x &unknown;"),
        "Caffè & tè <b> 10 € coop © x &unknown;"
    );
}

#[test]
fn headings_are_where_their_text_is() {
    let html = "<title>T</title><p>Perché &egrave;</p><h1>Il <em>primo</em>&nbsp;capo</h1><p>x</p>\
                <h3><a href='#'>Sotto<br>titolo</a></h3><h2> </h2>";
    let document = collect(html.as_bytes(), extract).unwrap();
    let outline = document.outline();
    assert_eq!(outline[0], (1, "Il primo capo", 1, "Il primo capo".into()));
    assert_eq!(outline[1], (3, "Sotto titolo", 1, "Sotto\ntitolo".into()));
    assert_eq!(outline.len(), 2);
}

#[test]
fn the_title_is_the_first_heading_where_there_is_no_other_of_its_rank() {
    let html = "<head><title> Il\n titolo </title></head><body><h2>Due</h2>x";
    let document = collect(html.as_bytes(), extract).unwrap();
    let headings: Vec<_> = document
        .headings
        .iter()
        .map(|heading| (heading.level, heading.title.as_str(), heading.offset))
        .collect();
    assert_eq!(headings, [(1, "Il titolo", 0), (2, "Due", 0)]);
    assert_eq!(document.pages[0].text, "Due\n\nx");
    let empty = collect(b"<title>T</title><body> </body>", extract).unwrap();
    assert_eq!(empty.pages[0].status, crate::document::PageStatus::Empty);
}

#[test]
fn what_no_reader_sees_is_left_out() {
    assert_eq!(
        text(
            "<head><style>p { color: red }</style><script>if (a < b) document.write('<p>no</p>')</script></head>\
             <p>a<noscript><p>no</noscript><template><p>no<template>no</template>no</template>\
             <p>b<div hidden>no<div>no</div>no</div><span style='color: red; DISPLAY : none'>no</span>\
             <select><option>no</select><textarea><b>c</b></textarea><iframe><p>no</iframe>\
             <!-- no --><svg><title>no</title><style>no</style><text>d</text></svg><video>no</video><title>no</title>e"
        ),
        "a\n\nb\n\n<b>c</b>\nd\ne"
    );
}

#[test]
fn hidden_elements_are_left_out_up_to_where_they_end() {
    for (html, expected) in [
        ("<p>a<p hidden>no<p>b", "a\n\nb"),
        ("<p>a<p hidden>no <b>no</b> <i>no</p>b", "a\n\nb"),
        ("<div><p hidden>no</div>a", "a"),
        ("<p hidden>no<ul><li>a</ul>", "- a"),
        (
            "<section><p hidden>no <button>no<p>no</button> no</section><p>a",
            "a",
        ),
        (
            "<ul><li>a<li hidden>no<ul><li>no</ul>no<li>b</ul>c",
            "- a\n- b\n\nc",
        ),
        ("<ol><li>a<li hidden>no</li><li>b</ol><p>c", "1. a\n2. b\n\nc"),
        ("<ul><li>a<li hidden=''><p>no</ul>b", "- a\n\nb"),
        (
            "<dl><dt>a<dd hidden>no<dl><dt>no<dd>no</dl>no<dt hidden>no<dd>b</dl>",
            "a\nb",
        ),
        (
            "<table><tr><td>a<td hidden>no<table><tr><td>no</table>no<td>b<tr hidden><td>no<td>no<tr><td>c<td>d</table>e",
            "a | b\nc | d\n\ne",
        ),
        ("<table><tr><th>a<th hidden>no<tr><td>b</table>c", "a\n\nb\n\nc"),
        (
            "<table><tr><td>a<td>b<tr><td>c<td hidden>no</tr></table><p>d",
            "a | b\nc\n\nd",
        ),
        (
            "<table><caption hidden>no<tbody hidden><tr><td>no<td>no<tbody><tr><td>a<td>b</table>",
            "a | b",
        ),
        (
            "<p>a<img hidden alt=no><br hidden>b<input hidden>c<hr hidden>d",
            "abc\n\nd",
        ),
        (
            "<div hidden='until-found'>no</div><p hidden=UNTIL-FOUND>no<p>a",
            "a",
        ),
        (
            "<h2 hidden>no</h2><blockquote hidden><p>no</blockquote><b hidden>no</b>a",
            "a",
        ),
        (
            "<p style='display:none'>no<p style='display: NONE !important'>no<p>a",
            "a",
        ),
    ] {
        assert_eq!(text(html), expected, "{html}");
    }
}

#[test]
fn what_a_browser_shows_in_spite_of_it_stays() {
    for (html, expected) in [
        ("<p hidden style='display:block'>a", "a"),
        ("<p style='display:none;display:block'>a", "a"),
        ("<p aria-hidden=true>a<p data-hidden>b", "a\n\nb"),
        ("<body hidden><p>a", "a"),
        ("<html style='display:none'><p>a", "a"),
        ("<p>a<i hidden>no</i> b<p title=hidden>c", "a b\n\nc"),
        ("<details><summary>a</summary>b</details>", "a\nb"),
        ("<dialog open><p>a</dialog>b", "a\n\nb"),
        ("<dialog style='display:flex'>a</dialog>", "a"),
    ] {
        assert_eq!(text(html), expected, "{html}");
    }
    assert_eq!(text("a<dialog><p>no<dialog>no</dialog>no</dialog>b"), "ab");
    assert_eq!(text("a<dialog id=x class=open>no</dialog><p>b"), "a\n\nb");
}

#[test]
fn elements_closed_at_once_hold_nothing() {
    assert_eq!(
        text(
            "<?xml version='1.0'?><html><head><title/><script src='x'/></head><body><p/>a<a id='x'/>b<svg/>c<div hidden='hidden'/>d"
        ),
        "ab cd"
    );
    assert_eq!(
        text("<?xml version='1.0'?><p>a <![CDATA[<b> & c]]></p>"),
        "a <b> & c"
    );
}

#[test]
fn lists_have_bullets_and_numbers() {
    assert_eq!(
        text(
            "<p>x<ul><li>a<li><p>b</p><ol start=4 type=a><li>c</li><li>d</ol></ul>\
             <ol type='I'><li>e<li value=10>f<ul><li>g</ul></ol>y"
        ),
        "x\n\n- a\n\n- b\n\n  d. c\n  e. d\n\nI. e\nX. f\n  - g\n\ny"
    );
    assert_eq!(text("<ul><li></li><li> <li>a</ul>b"), "- a\n\nb");
    assert_eq!(text("<dl><dt>a<dd>b<dt>c<dd>d</dl>"), "a\nb\nc\nd");
}

#[test]
fn rows_of_tables_are_lines() {
    assert_eq!(
        text(
            "Vendite:<table><caption>Per anno</caption><thead><tr><th>Zona<th>2023<th>2024</thead>\
             <tr><td><p>Nord</p><td>1<br>2<td></tr><tr><td><td>3</td><td><ul><li>x<li>y</ul></td></tr></table>fine"
        ),
        "Vendite:\n\nPer anno\nZona | 2023 | 2024\nNord | 1 2\n| 3 | - x - y\n\nfine"
    );
}

#[test]
fn tables_for_layout_are_read_cell_by_cell() {
    let html = "<table><tr><td>menu<td><h1>Titolo</h1><table><tr><td>a<td>b</table><tr><td>piede</table>";
    let document = collect(html.as_bytes(), extract).unwrap();
    assert_eq!(document.pages[0].text, "menu\n\nTitolo\n\na | b\n\npiede");
    assert_eq!(document.headings[0].offset, 6);
    assert_eq!(text("<table role=presentation><tr><td>a<td>b</table>"), "a\n\nb");
}

#[test]
fn what_a_cell_leaves_open_ends_with_it() {
    assert_eq!(
        text("<table><tr><td><ul><li>a<td>b<tr><td>c<td><ol><li>d</table><ul><li>e</ul>"),
        "- a | b\nc | 1. d\n\n- e"
    );
    // An end tag in a cell closes no list around the table.
    assert_eq!(
        text("<ul><li>a<table><tr><td>b</ul><td>c</table><li>d</ul>"),
        "- a\n\nb | c\n\n- d"
    );
}

#[test]
fn preformatted_text_keeps_its_spaces() {
    assert_eq!(
        text("a<pre>\n  if x:\n\ty  z\n\n\n\n<b>  w</b>\n</pre>b  c"),
        "a\n\n  if x:\n\ty  z\n\n  w\n\nb c"
    );
}

#[test]
fn pictures_and_quotations_speak() {
    assert_eq!(
        text("<p>a<img src=x alt='Un &quot;gatto&quot;'>b<img alt=''>c <q>sì</q>"),
        "a Un \"gatto\" bc “sì”"
    );
}

#[test]
fn readings_above_characters_cut_no_word() {
    assert_eq!(
        text(
            "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</ruby>です<ruby>明<rb>日<rt>あ<rt>した</ruby>"
        ),
        "漢字です明日"
    );
    assert_eq!(text("<p>a<rt>b<p>c"), "a\n\nc");
}

#[test]
fn formulas_are_read_once() {
    assert_eq!(
        text("x <math><mi>a</mi><mo>+</mo><mi>b</mi><annotation encoding='TeX'>a+b</annotation></math> y"),
        "x a+b y"
    );
}

#[test]
fn the_encoding_is_what_the_document_says() {
    let html = b"<meta http-equiv='Content-Type' content='text/html; charset=windows-1251'><p>\xcf\xf0\xe8\xe2\xe5\xf2";
    assert_eq!(texts(html, extract), ["Привет"]);
    assert_eq!(
        texts(b"<?xml version='1.0' encoding=\"koi8-r\"?><p>\xf0", extract),
        ["П"]
    );
    let utf_16: Vec<u8> = "\u{feff}<p>già"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(texts(&utf_16, extract), ["già"]);
    let guessed = collect(b"<p>Perch\xe9 la citt\xe0 \xe8 bella", extract).unwrap();
    assert_eq!(guessed.pages[0].text, "Perché la città è bella");
    assert_eq!(guessed.warnings.len(), 1);
    // In running text it is no declaration; a byte order mark comes before any.
    let text = b"<p>In a header stands charset = koi8-r. Perch\xe9 la citt\xe0 \xe8 bella";
    assert!(texts(text, extract)[0].ends_with("Perché la città è bella"));
    let marked = "\u{feff}<meta charset=koi8-r><p>già".as_bytes();
    assert_eq!(texts(marked, extract), ["già"]);
}

#[test]
fn places_are_found_by_their_names() {
    let wanted = ["a", "b", "c", "gone"].map(str::to_owned).into();
    let page = read(
        "<p id=z>uno</p><h1 id=a>Due</h1><a name=b></a><p>tre <span id='c'>quattro</span> <span id=d>x</span>",
        &wanted,
    );
    let mut anchors = page.anchors;
    anchors.sort();
    assert_eq!(anchors, [("a".into(), 5), ("b".into(), 10), ("c".into(), 14)]);
}

#[test]
fn a_document_type_of_ones_own_is_no_text() {
    assert_eq!(
        text("<!DOCTYPE html [\n<!ENTITY a \"b\">\n<!ENTITY c \"d\">\n]>\n<p>x"),
        "x"
    );
    assert_eq!(text("]&gt; y"), "]> y");
}

#[test]
fn a_tag_with_any_number_of_attributes_is_a_tag() {
    // The tokenizer goes one deeper for each, in the states that follow each other without being left.
    for attribute in ["a=\"b\" ", "a=\"b\"", "a='b' ", "a=b ", "a ", "/a="] {
        let attributes = attribute.repeat(300_000);
        let html = format!("<p>uno<p {attributes}>due</p {attributes}><p>tre");
        assert_eq!(text(&html), "uno\n\ndue\n\ntre", "{attribute:?}");
        assert_eq!(text(&format!("<p>uno<p {attributes}")), "uno", "{attribute:?}");
        let html = format!("<p>uno<p {attributes} title='x > y' lang = \"<b>z\">due");
        assert_eq!(text(&html), "uno\n\ndue", "{attribute:?}");
    }
}
