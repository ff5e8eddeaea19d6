mod damage;
mod items;
mod labels;
mod places;
mod signs;
mod tracked;

use super::*;
use crate::{
    document::PageStatus,
    extract::testing::{Collected, collect, zip},
};

const RELATIONSHIPS: &str = r#"<Relationships>
    <Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>
    <Relationship Id="b" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/numbering" Target="/word/numbering.xml"/>
    </Relationships>"#;
/// Styles as an Italian Word writes them.
const STYLES: &str = r#"<w:styles>
    <w:style w:type="paragraph" w:default="1" w:styleId="Normale"><w:name w:val="Normal"/></w:style>
    <w:style w:type="paragraph" w:styleId="Titolo1"><w:name w:val="heading 1"/><w:basedOn w:val="Normale"/>
        <w:pPr><w:numPr><w:numId w:val="2"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
    <w:style w:type="paragraph" w:styleId="Titolo2"><w:name w:val="heading 2"/></w:style>
    <w:style w:type="paragraph" w:styleId="Mio"><w:name w:val="Mio capitolo"/><w:basedOn w:val="Titolo2"/></w:style>
    <w:style w:type="paragraph" w:styleId="Titolo"><w:name w:val="Title"/></w:style>
    <w:style w:type="paragraph" w:styleId="Sommario"><w:name w:val="TOC Heading"/><w:basedOn w:val="Titolo1"/>
        <w:pPr><w:numPr><w:numId w:val="0"/></w:numPr><w:outlineLvl w:val="9"/></w:pPr></w:style>
    <w:style w:type="paragraph" w:styleId="Giro"><w:name w:val="Giro"/><w:basedOn w:val="Giro"/></w:style>
    <w:style w:type="character" w:styleId="Enfasi"><w:name w:val="heading 1"/></w:style>
    <w:style w:type="paragraph" w:styleId="Parte"><w:name w:val="Parte"/><w:pPr><w:pageBreakBefore/>
        <w:pPrChange><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:pPrChange></w:pPr></w:style></w:styles>"#;
const NUMBERING: &str = r#"<w:numbering>
    <w:abstractNum w:abstractNumId="0">
        <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="&#xF0B7;"/></w:lvl>
        <w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl></w:abstractNum>
    <w:abstractNum w:abstractNumId="1">
        <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
        <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum>
    <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
    <w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
    <w:num w:numId="3"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>
    <w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val=" "/></w:lvl></w:abstractNum>
    <w:abstractNum w:abstractNumId="3"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>
    <w:num w:numId="4"><w:abstractNumId w:val="2"/></w:num><w:num w:numId="5"><w:abstractNumId w:val="3"/></w:num>
    </w:numbering>"#;

/// A document with this body.
fn docx(body: &str) -> Vec<u8> {
    docx_with(body, &[])
}

fn docx_with(body: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let document = format!("<w:document xmlns:w='w'><w:body>{body}</w:body></w:document>");
    let mut entries = vec![
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", document.as_str()),
        ("word/_rels/document.xml.rels", RELATIONSHIPS),
        ("word/styles.xml", STYLES),
        ("word/numbering.xml", NUMBERING),
    ];
    entries.extend_from_slice(more);
    zip(&entries)
}

fn read(body: &str) -> Collected {
    collect(&docx(body), extract).unwrap()
}

/// The pages' texts.
fn pages(body: &str) -> Vec<String> {
    read(body).pages.into_iter().map(|page| page.text).collect()
}

fn text(body: &str) -> String {
    let pages = pages(body);
    assert_eq!(pages.len(), 1, "{pages:?}");
    pages.concat()
}

/// A paragraph with this text.
fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>")
}

/// A paragraph of this style.
fn styled(style: &str, text: &str) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val='{style}'/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
}

/// An item of a list.
fn item(list: u8, level: u8, text: &str) -> String {
    format!(
        "<w:p><w:pPr><w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{list}'/></w:numPr></w:pPr>\
         <w:r><w:t>{text}</w:t></w:r></w:p>"
    )
}

#[test]
fn paragraphs_runs_breaks_and_tabs() {
    let body = "<w:p><w:pPr><w:tabs><w:tab w:val='left'/></w:tabs></w:pPr><w:r><w:t xml:space='preserve'> Un </w:t></w:r>\
        <w:proofErr/><w:r><w:rPr><w:b/></w:rPr><w:t>gat</w:t></w:r><w:hyperlink><w:r><w:t>to</w:t></w:r></w:hyperlink>\
        <w:r><w:tab/><w:t>x</w:t><w:br/><w:t>due&amp;tre</w:t><w:cr/><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t>\
        <w:softHyphen/><w:t>c</w:t><w:sym w:font='Symbol' w:char='F0B7'/><w:sym w:char='2192'/></w:r></w:p><w:p/>";
    assert_eq!(
        text(&(body.to_owned() + &p("fine"))),
        "Un gatto\tx\ndue&tre\na-bc•→\n\nfine"
    );
}

#[test]
fn headings_come_from_styles_in_any_language() {
    let body = [
        styled("Titolo", "Il libro"),
        styled("Sommario", "Indice"),
        styled("Titolo1", "Perché"),
        p("x"),
        styled("Mio", "Come"),
        styled("Giro", "y"),
        "<w:p><w:pPr><w:outlineLvl w:val='3'/></w:pPr><w:r><w:t>Quarto</w:t></w:r></w:p>".into(),
        "<w:p><w:pPr><w:pStyle w:val='Titolo1'/><w:outlineLvl w:val='9'/><w:numPr><w:numId w:val='0'/></w:numPr></w:pPr>\
         <w:r><w:t>no</w:t></w:r></w:p>"
            .into(),
        styled("Titolo1", " "),
        styled("Titolo1", "Dove"),
        styled("Heading3", "Three"),
    ];
    let document = read(&body.concat());
    let outline: Vec<_> = document.outline();
    let expected = [
        (1, "Il libro"),
        (1, "1. Perché"),
        (2, "Come"),
        (4, "Quarto"),
        (1, "3. Dove"),
        (3, "Three"),
    ];
    assert_eq!(outline.len(), expected.len(), "{outline:?}");
    for ((level, title, page, place), expected) in outline.iter().zip(expected) {
        assert_eq!((*level, *title), expected);
        assert_eq!((*page, place.as_str()), (1, *title));
    }
}

#[test]
fn styles_that_are_not_there_are_known_by_their_english_names() {
    let document = format!(
        "<w:document><w:body>{}{}</w:body></w:document>",
        styled("Heading2", "Due"),
        styled("Title", "Uno")
    );
    let document = collect(&zip(&[("word/document.xml", &document)]), extract).unwrap();
    let levels: Vec<_> = document.headings.iter().map(|heading| heading.level).collect();
    assert_eq!(levels, [2, 1]);
}

#[test]
fn items_are_counted_as_word_does() {
    let body = [
        item(1, 0, "a"),
        item(1, 1, "b"),
        p("x"),
        item(2, 0, "c"),
        item(2, 1, "d"),
        item(2, 1, "e"),
        item(2, 0, "f"),
        item(2, 1, "g"),
        item(3, 0, "h"),
        item(3, 0, "i"),
        item(9, 0, "j"),
        item(0, 0, "k"),
        // What has a space for its bullet goes on with the item before.
        item(4, 0, "l"),
        item(5, 0, "m"),
        item(4, 0, "n"),
        item(5, 0, "o"),
    ];
    assert_eq!(
        text(&body.concat()),
        "- a\n  - b\n\nx\n\n1. c\n  1.a) d\n  1.b) e\n2. f\n  2.a) g\n\n7. h\n8. i\n\n- j\n\nk\n\nl\n\n1. m\nn\n2. o"
    );
}

#[test]
fn rows_of_tables_are_lines() {
    let cell = |text: &str| format!("<w:tc><w:tcPr/>{}</w:tc>", p(text));
    let body = format!(
        "{}<w:tbl><w:tblPr/><w:tr>{}{}</w:tr><w:tr><w:trPr/>{}<w:tc>{}{}</w:tc></w:tr></w:tbl>{}",
        p("prima"),
        cell("Zona"),
        cell("2024"),
        cell("Nord"),
        styled("Titolo2", "12"),
        p("circa"),
        p("dopo")
    );
    let document = read(&body);
    assert_eq!(
        document.pages[0].text,
        "prima\n\nZona | 2024\nNord | 12 circa\n\ndopo"
    );
    assert!(document.headings.is_empty());
}

#[test]
fn a_drop_cap_is_part_of_its_word() {
    let cap = |kind: &str, text: &str| {
        format!(
            "<w:p><w:pPr><w:keepNext/><w:framePr w:dropCap='{kind}' w:lines='3'/></w:pPr>\
             <w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"
        )
    };
    for (body, expected) in [
        (cap("drop", "D") + &p("rop cap."), "Drop cap."),
        (cap("margin", "D") + &p("rop cap."), "Drop cap."),
        (cap("drop", "A") + &p(" long time ago"), "A long time ago"),
        (cap("drop", "«P") + &p("erché"), "«Perché"),
        (
            p("x") + &cap("drop", "D") + &styled("Titolo2", "rop") + &p("y"),
            "x\n\nDrop\n\ny",
        ),
        (cap("drop", "D"), "D"),
        (cap("none", "D") + &p("rop"), "D\n\nrop"),
        (
            "<w:p><w:pPr><w:framePr w:w='100' w:wrap='around'/></w:pPr><w:r><w:t>D</w:t></w:r></w:p>"
                .to_owned()
                + &p("rop"),
            "D\n\nrop",
        ),
    ] {
        assert_eq!(text(&body), expected, "{body}");
    }
    // A list's item that begins with one is still an item.
    assert_eq!(text(&(cap("drop", "D") + &item(2, 0, "rop"))), "1. Drop");
    let table = format!(
        "<w:tbl><w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr></w:tbl>",
        cap("drop", "D"),
        p("x")
    );
    assert_eq!(text(&table), "D | x");
}

#[test]
fn fields_show_their_results() {
    let field = "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>IF </w:instrText><w:t>no</w:t></w:r>\
        <w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>no</w:t></w:r>\
        <w:r><w:fldChar w:fldCharType='end'/></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>b</w:t></w:r>\
        <w:r><w:fldChar w:fldCharType='end'/></w:r>";
    let simple = "<w:fldSimple w:instr='PAGE'><w:r><w:t>7</w:t></w:r></w:fldSimple>";
    assert_eq!(
        text(&format!("<w:p><w:r><w:t>a</w:t></w:r>{field}{simple}</w:p>")),
        "ab7"
    );
    // One that was never closed takes nothing away from what follows.
    let open = "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:t>no</w:t></w:r></w:p>";
    let close = "<w:p><w:r><w:fldChar w:fldCharType='end'/><w:fldChar w:fldCharType='separate'/><w:t>y</w:t></w:r></w:p>";
    assert_eq!(text(&format!("{open}{}{close}", p("x"))), "x\n\ny");
}

#[test]
fn parts_may_have_other_names() {
    let document = format!("<document><body>{}</body></document>", styled("S", "Uno"));
    let bytes = zip(&[
        (
            "_rels/.rels",
            "<Relationships><Relationship Type='x/officeDocument' Target='doc/main.xml'/></Relationships>",
        ),
        (
            "doc/_rels/main.xml.rels",
            "<Relationships><Relationship Type='x/styles' Target='../other/s.xml'/></Relationships>",
        ),
        ("doc/main.xml", &document),
        (
            "other/s.xml",
            "<styles><style type='paragraph' styleId='S'><name val='heading 2'/></style></styles>",
        ),
    ]);
    let document = collect(&bytes, extract).unwrap();
    assert_eq!(document.headings[0].level, 2);
}

#[test]
fn the_main_part_is_where_the_package_says() {
    let document = format!("<document><body>{}</body></document>", p("Uno"));
    let types = "<Types><Override PartName='/a/b.xml' ContentType='application/vnd.openxmlformats-officedocument.\
        wordprocessingml.document.main+xml'/></Types>";
    let relationship = |kind: &str, target: &str| {
        format!("<Relationships><Relationship Type='{kind}' Target='{target}'/></Relationships>")
    };
    let strict = relationship(
        "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument",
        "/a/b.xml",
    );
    let wrong = relationship("x/officeDocument", "gone.xml");
    let external = "<Relationships><Relationship Type='x/officeDocument' Target='other.xml' TargetMode='External'/>\
        <Relationship Type='x/officeDocument' Target='a/b.xml'/></Relationships>";
    for (name, content) in [
        ("_rels/.rels", strict.as_str()),
        ("_rels/.rels", external),
        ("[Content_Types].xml", types),
    ] {
        let bytes = zip(&[(name, content), ("a/b.xml", &document), ("other.xml", "<x/>")]);
        assert_eq!(
            collect(&bytes, extract).unwrap().pages[0].text,
            "Uno",
            "{content}"
        );
    }
    let bytes = zip(&[("_rels/.rels", &wrong), ("word/document.xml", &document)]);
    assert_eq!(collect(&bytes, extract).unwrap().pages[0].text, "Uno");
    // Something may stand before the archive.
    for after in [&b""[..], b"\n"] {
        let bytes = [b"junk\r\n", &docx(&p("Uno"))[..], after].concat();
        let document = collect(&bytes, extract).unwrap();
        assert_eq!(document.pages[0].text, "Uno");
        assert!(document.warnings.is_empty(), "{:?}", document.warnings);
    }
}

#[test]
fn a_document_without_text_has_an_empty_page() {
    assert_eq!(read("<w:p/>").pages[0].status, PageStatus::Empty);
}
