mod damage;
mod labels;
mod places;

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
fn equations_stand_in_the_text() {
    let square = "<m:sSup><m:e><m:r><m:t>r</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>";
    let equation = format!("<m:oMath><m:r><m:t>A=π</m:t></m:r>{square}</m:oMath>");
    let run = |text: &str| format!("<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>");
    let display = format!(
        "<m:oMathPara><m:oMathParaPr><m:jc m:val='left'/></m:oMathParaPr>{equation}{equation}</m:oMathPara>"
    );
    for (runs, expected) in [
        (
            run("area ") + &equation + &run(", he said"),
            "area A=πr^2, he said",
        ),
        (run("a") + &equation.replace("A=π", " A=π") + &run("b"), "a A=πr^2b"),
        (run("a") + &equation.replace("</m:oMath>", "<m:r><m:t> </m:t></m:r></m:oMath>") + &run("b"), "aA=πr^2 b"),
        (equation.replace("</m:oMath>", "<m:r><m:t> </m:t></m:r></m:oMath>") + &run("."), "A=πr^2."),
        (run("a") + &display + &run("b"), "a\nA=πr^2\nA=πr^2\nb"),
        (display.clone(), "A=πr^2\nA=πr^2"),
        (display + "<w:r><w:br/><w:t>b</w:t></w:r>", "A=πr^2\nA=πr^2\nb"),
        // What was deleted, and what was inserted.
        (
            "<m:oMath><w:ins><m:r><m:t>a</m:t></m:r></w:ins><w:del><m:r><m:t>no</m:t></m:r></w:del><m:r><m:t>b</m:t></m:r></m:oMath>".to_owned(),
            "ab",
        ),
        (format!("<w:del>{equation}</w:del>") + &run("a"), "a"),
    ] {
        assert_eq!(text(&format!("<w:p>{runs}</w:p>")), expected, "{runs}");
    }
    assert_eq!(text(&(p("a") + &equation + &p("b"))), "a\n\nA=πr^2\n\nb");
}

#[test]
fn signs_of_fonts_are_the_characters_they_show() {
    let run = |fonts: &str, text: &str| {
        format!("<w:r><w:rPr><w:rFonts {fonts}/></w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>")
    };
    let symbol = "w:ascii='Symbol' w:hAnsi='Symbol'";
    let wingdings = "w:ascii='Wingdings' w:hAnsi='Wingdings' w:cs='Wingdings'";
    for (runs, expected) in [
        (
            "<w:r><w:sym w:font='Symbol' w:char='00DA'/><w:sym w:font='Symbol' w:char='F0DA'/></w:r>".into(),
            "∨∨",
        ),
        (
            "<w:r><w:sym w:font='Wingdings' w:char='F0FC'/><w:t> ok</w:t></w:r>".into(),
            "✓ ok",
        ),
        ("<w:r><w:sym w:font='Webdings' w:char='F061'/></w:r>".into(), "✔"),
        // Of which no table says what they are.
        (
            "<w:r><w:sym w:font='Marlett' w:char='F061'/><w:sym w:char='F0B7'/></w:r>".into(),
            "\u{fffd}\u{fffd}",
        ),
        (run(symbol, "\u{f0da}") + &run("w:ascii='Arial'", "a"), "∨a"),
        (run(symbol, "abg \u{a3}"), "αβγ ≤"),
        (run(wingdings, "\u{f0e0}J"), "→☺"),
        (run("w:ascii='Symbol'", "\u{f0a5}"), "∞"),
        // Others stay as they are: in other fonts, and what is no sign of these.
        (run("w:ascii='Arial' w:hAnsi='Symbol'", "ab"), "ab"),
        (run("w:ascii='Symbol Neu' w:hAnsi='Calibri'", "ab"), "ab"),
        (run(symbol, "→ 漢"), "→ 漢"),
        (
            run("w:ascii='Calibri' w:hAnsi='Calibri' w:cs='Symbol'", "ab"),
            "ab",
        ),
        ("<w:r><w:t>a</w:t></w:r>".into(), "a"),
    ] {
        assert_eq!(text(&format!("<w:p>{runs}</w:p>")), expected, "{runs}");
    }
    // What a run was like before a tracked change counts no more, and a paragraph's mark has a font of its own.
    let changed = "<w:p><w:pPr><w:rPr><w:rFonts w:ascii='Symbol' w:hAnsi='Symbol'/></w:rPr></w:pPr>\
        <w:r><w:rPr><w:rPrChange><w:rPr><w:rFonts w:ascii='Symbol'/></w:rPr></w:rPrChange></w:rPr><w:t>ab</w:t></w:r></w:p>";
    assert_eq!(text(changed), "ab");
}

#[test]
fn pictures_speak() {
    let inline = |properties: &str| {
        format!(
            "<w:r><w:drawing><wp:inline><wp:docPr id='1' name='Picture 1' {properties}<a:graphic><pic:pic><pic:nvPicPr>\
             <pic:cNvPr descr='C:\\duck.png'/></pic:nvPicPr><pic:blipFill><a:blip r:embed='x'/></pic:blipFill></pic:pic></a:graphic>\
             </wp:inline></w:drawing></w:r>"
        )
    };
    let run = |text: &str| format!("<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>");
    let shape = |name: &str, attributes: &str, content: &str| {
        format!(
            "<w:r><w:pict><v:{name} {attributes}><v:imagedata r:id='x' o:title='x'/>{content}</v:{name}></w:pict></w:r>"
        )
    };
    let decorative = "<a:extLst><a:ext><adec:decorative val='1'/></a:ext></a:extLst></wp:docPr>";
    let boxed = format!(
        "<v:textbox><w:txbxContent>{}</w:txbxContent></v:textbox>",
        p("in")
    );
    for (runs, expected) in [
        (inline("descr='Un gatto'/>"), "Un gatto"),
        (
            run("a") + &inline("descr='Un &quot;gatto&quot;'/>") + &run("b"),
            "a Un \"gatto\" b",
        ),
        (
            run("a ") + &inline("descr='Un gatto'/>") + &run(" b"),
            "a Un gatto b",
        ),
        (
            run("a") + &inline("descr='Un gatto'/>") + &run(", b."),
            "a Un gatto, b.",
        ),
        (inline("descr='uno'/>") + &inline("descr='due'/>"), "uno due"),
        (inline("descr='' title='Il titolo'/>"), "Il titolo"),
        (inline("descr='La descrizione' title='no'/>"), "La descrizione"),
        (
            inline("descr='Un gatto&#xA;&#xA;Description automatically generated with medium confidence'/>"),
            "Un gatto",
        ),
        (
            run("a") + &inline("descr='Description automatically generated'/>") + &run("b"),
            "ab",
        ),
        (shape("shape", "alt='Un gatto'", ""), "Un gatto"),
        (shape("rect", "title='Un titolo'", ""), "Un titolo"),
        (
            format!(
                "<w:r><mc:AlternateContent><mc:Choice Requires='wps'>{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent></w:r>",
                inline("descr='uno'/>"),
                shape("shape", "alt='no'", "")
            ),
            "uno",
        ),
        // Nothing is said of these.
        (run("a") + &inline("/>") + &run("b"), "ab"),
        (run("a") + &inline("descr=' '/>") + &run("b"), "ab"),
        (
            run("a") + &inline(&format!("descr='no'>{decorative}")) + &run("b"),
            "ab",
        ),
        (run("a") + &inline("descr='no' hidden='1'/>") + &run("b"), "ab"),
        (
            run("a") + &format!("<w:del>{}</w:del>", inline("descr='no'/>")),
            "a",
        ),
        (
            run("a") + &inline("descr='no'/>").replacen("<w:r>", "<w:r><w:rPr><w:vanish/></w:rPr>", 1),
            "a",
        ),
        // What stands in a text box is read itself.
        (
            run("a") + &shape("shape", "alt='Text Box: in'", &boxed),
            "a\n\nin",
        ),
    ] {
        assert_eq!(text(&format!("<w:p>{runs}</w:p>")), expected, "{runs}");
    }
    // Without a word a page with a picture still looks scanned, and with one it has text.
    let status = |runs: String| read(&format!("<w:p>{runs}</w:p>")).pages[0].status;
    assert_eq!(status(inline("/>")), PageStatus::Scanned);
    assert_eq!(status(inline("descr='Un gatto'/>")), PageStatus::Ok);
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
        // What has a blank for its bullet goes on with the item before.
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
fn what_was_deleted_is_gone_and_what_was_inserted_stays() {
    let body = "<w:p><w:r><w:t>a</w:t></w:r><w:del><w:r><w:delText>no</w:delText><w:tab/><w:t>no</w:t></w:r></w:del>\
        <w:ins><w:r><w:t>b</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>no</w:t></w:r></w:moveFrom>\
        <w:moveTo><w:r><w:t>c</w:t></w:r></w:moveTo><w:r><w:rPr><w:vanish/></w:rPr><w:t>no</w:t></w:r>\
        <w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>d</w:t></w:r></w:p>\
        <w:p><w:pPr><w:pStyle w:val='Normale'/><w:pPrChange><w:pPr><w:pStyle w:val='Titolo1'/></w:pPr></w:pPrChange></w:pPr>\
        <w:r><w:t>e</w:t></w:r></w:p>";
    let document = read(body);
    assert_eq!(document.pages[0].text, "abcd\n\ne");
    assert!(document.headings.is_empty());
}

#[test]
fn rows_and_cells_whose_deletion_is_tracked_are_gone() {
    let cell =
        |properties: &str, text: &str| format!("<w:tc><w:tcPr>{properties}</w:tcPr>{}</w:tc>", p(text));
    let row = |properties: &str, cells: &[String]| {
        format!(
            "<w:tr><w:tblPrEx/><w:trPr>{properties}</w:trPr>{}</w:tr>",
            cells.concat()
        )
    };
    let two = |first: &str, second: &str| [cell("", first), cell("", second)];
    let table = |rows: &[String]| format!("<w:tbl><w:tblPr/><w:tblGrid/>{}</w:tbl>", rows.concat());
    let deleted = "<w:cantSplit/><w:del w:id='1' w:author='x'/>";
    let nested = table(&[row(deleted, &two("no", "no"))]);
    for (rows, expected) in [
        // Rows that are deleted, inserted, and what they were before another change.
        (
            vec![
                row("", &two("a", "b")),
                row(deleted, &two("no", "no")),
                row("", &two("c", "d")),
            ],
            "a | b\nc | d",
        ),
        (
            vec![
                row(deleted, &two("no", "no")),
                row("<w:ins w:id='1'/>", &two("a", "b")),
            ],
            "a | b",
        ),
        (
            vec![row(
                "<w:trPrChange><w:trPr><w:del w:id='1'/></w:trPr></w:trPrChange>",
                &two("a", "b"),
            )],
            "a | b",
        ),
        // Cells.
        (
            vec![row(
                "",
                &[
                    cell("<w:cellDel w:id='1'/>", "no"),
                    cell("", "a"),
                    cell("<w:cellIns w:id='1'/>", "b"),
                ],
            )],
            "a | b",
        ),
        (
            vec![
                row("", &two("a", "b")),
                row("", &[cell("<w:cellDel/>", "no"), cell("<w:cellDel/>", "no")]),
                row("", &two("c", "d")),
            ],
            "a | b\nc | d",
        ),
        // A row goes on after a table in it, whatever that was like.
        (
            vec![row(
                "",
                &[format!("<w:tc>{}{nested}</w:tc>", p("a")), cell("", "b")],
            )],
            "a\n\nb",
        ),
        (
            vec![
                row(
                    deleted,
                    &[format!("<w:tc>{}</w:tc>", table(&[row("", &two("no", "no"))]))],
                ),
                row("", &two("a", "b")),
            ],
            "a | b",
        ),
        // An empty cell is one all the same.
        (
            vec![row("", &["<w:tc/>".to_owned(), cell("", "a"), cell("", "b")])],
            "| a | b",
        ),
    ] {
        assert_eq!(text(&table(&rows)), expected, "{rows:?}");
    }
    let gone = table(&[row(deleted, &two("no", "no"))]);
    assert_eq!(text(&(p("a") + &gone + &p("b"))), "a\n\nb");
    // What was deleted in a cell that stays.
    let body = table(&[row(
        "",
        &[
            "<w:tc><w:p><w:del><w:r><w:delText>no</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>no</w:t></w:r></w:moveFrom></w:p></w:tc>".to_owned(),
            cell("", "a"),
        ],
    )]);
    assert_eq!(text(&body), "| a");
}

#[test]
fn a_paragraph_whose_end_was_deleted_goes_on_with_the_next() {
    let cut = "<w:p><w:pPr><w:rPr><w:del w:id='1'/></w:rPr></w:pPr><w:r><w:t xml:space='preserve'>uno </w:t></w:r></w:p>";
    assert_eq!(
        text(&format!("{cut}{cut}{}{}", p("due"), p("tre"))),
        "uno uno due\n\ntre"
    );
    assert_eq!(
        text(&format!(
            "{cut}<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>{cut}",
            p("x")
        )),
        "uno\n\nx\n\nuno"
    );
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
    let bytes = [b"junk\r\n", &docx(&p("Uno"))[..]].concat();
    assert_eq!(collect(&bytes, extract).unwrap().pages[0].text, "Uno");
}

#[test]
fn a_document_without_text_has_an_empty_page() {
    assert_eq!(read("<w:p/>").pages[0].status, PageStatus::Empty);
}
