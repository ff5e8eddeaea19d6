//! What is no letter: equations, signs and pictures.

use super::*;

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
        // The code of a sign means nothing in a font of letters; what else is private is somebody's own.
        (
            run("w:ascii='Calibri' w:hAnsi='Calibri'", "\u{f0b7} a"),
            "\u{fffd} a",
        ),
        (
            "<w:r><w:t>\u{f0b7} a\u{e001}</w:t></w:r>".into(),
            "\u{fffd} a\u{e001}",
        ),
    ] {
        assert_eq!(text(&format!("<w:p>{runs}</w:p>")), expected, "{runs}");
    }
    // What a run was like before a tracked change counts no more, and a paragraph's mark has a font of its own.
    let changed = "<w:p><w:pPr><w:rPr><w:rFonts w:ascii='Symbol' w:hAnsi='Symbol'/></w:rPr></w:pPr>\
        <w:r><w:rPr><w:rPrChange><w:rPr><w:rFonts w:ascii='Symbol'/></w:rPr></w:rPrChange></w:rPr><w:t>ab</w:t></w:r></w:p>";
    assert_eq!(text(changed), "ab");
}

#[test]
fn the_font_may_be_that_of_a_style() {
    let style = |kind: &str, id: &str, more: &str| {
        format!("<w:style w:type='{kind}' w:styleId='{id}'><w:name w:val='{id}'/>{more}</w:style>")
    };
    let fonts = |font: &str| format!("<w:rPr><w:rFonts w:ascii='{font}' w:hAnsi='{font}'/></w:rPr>");
    let styles = [
        style("character", "Greek", &fonts("Symbol")),
        style("character", "Like", "<w:basedOn w:val='Greek'/>"),
        style("character", "Plain", &fonts("Arial")),
        style("paragraph", "Signs", &fonts("Wingdings")),
        style("paragraph", "Body", ""),
    ];
    let styles = format!("<w:styles>{}</w:styles>", styles.concat());
    let run =
        |properties: &str, text: &str| format!("<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>");
    for (style, runs, expected) in [
        (
            "Body",
            run("<w:rStyle w:val='Greek'/>", "ab") + &run("", "ab"),
            "αβab",
        ),
        ("Body", run("<w:rStyle w:val='Like'/>", "\u{f061}b"), "αβ"),
        (
            "Body",
            run(
                "<w:rStyle w:val='Greek'/><w:rFonts w:ascii='Arial' w:hAnsi='Arial'/>",
                "ab",
            ),
            "ab",
        ),
        (
            "Body",
            run(
                "<w:rFonts w:asciiTheme='minorHAnsi' w:hAnsiTheme='minorHAnsi'/><w:rStyle w:val='Greek'/>",
                "ab",
            ),
            "ab",
        ),
        (
            "Signs",
            run("", "\u{fc}") + &run("<w:rStyle w:val='Plain'/>", "a"),
            "✓a",
        ),
        ("Signs", run("<w:rStyle w:val='Greek'/>", "a"), "α"),
        ("Gone", run("<w:rStyle w:val='Gone'/>", "a"), "a"),
    ] {
        let document = format!(
            "<w:document><w:body><w:p><w:pPr><w:pStyle w:val='{style}'/></w:pPr>{runs}</w:p></w:body></w:document>"
        );
        let bytes = zip(&[
            ("word/document.xml", document.as_str()),
            ("word/styles.xml", &styles),
        ]);
        let text = collect(&bytes, extract).unwrap().pages.remove(0).text;
        assert_eq!(text, expected, "{style}: {runs}");
    }
}

#[test]
fn a_sign_may_be_that_of_a_field() {
    let mark = |kind: &str| format!("<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>");
    let field = |instruction: &str, result: &str| {
        let instruction = format!("<w:r><w:instrText>{instruction}</w:instrText></w:r>");
        let result = match result {
            "" => String::new(),
            result => mark("separate") + &format!("<w:r><w:t>{result}</w:t></w:r>"),
        };
        mark("begin") + &instruction + &result + &mark("end")
    };
    for (instruction, result, expected) in [
        (" SYMBOL 252 \\f \"Wingdings\" \\s 10 ", "", "a✓b"),
        ("symbol 0xFC \\f Wingdings", "", "a✓b"),
        ("SYMBOL 97 \\f Symbol", "", "aαb"),
        ("SYMBOL 163 \\a", "", "a£b"),
        (" SYMBOL 252 \\f \"Wingdings\" ", "x", "axb"),
        // Others show nothing without a result.
        (" PAGE ", "", "ab"),
        ("SYMBOL", "", "ab"),
        ("SYMBOL x \\f \"", "", "ab"),
        ("SYMBOL 7", "", "ab"),
    ] {
        let runs = field(instruction, result);
        let body = format!("<w:p><w:r><w:t>a</w:t></w:r>{runs}<w:r><w:t>b</w:t></w:r></w:p>");
        assert_eq!(text(&body), expected, "{instruction}");
    }
    // In the instruction of another field nothing is seen.
    let inner = field("SYMBOL 252 \\f Wingdings", "");
    let body = format!(
        "<w:p>{}{inner}{}<w:r><w:t>b</w:t></w:r></w:p>",
        mark("begin"),
        mark("end")
    );
    assert_eq!(text(&body), "b");
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
        // Where the drawing says nothing, its parts may; the name of a file is no text.
        (inline("/>").replace("C:\\duck.png", "Un cane"), "Un cane"),
        (inline("descr='Un gatto'/>").replace("C:\\duck.png", "no"), "Un gatto"),
        (
            "<w:r><w:drawing><wp:anchor><wp:docPr id='1' name='Group 1'/><wpg:wgp><wps:wsp><wps:cNvPr descr='Part A'/></wps:wsp>\
             <wps:wsp><wps:cNvPr descr='no' hidden='1'/></wps:wsp><pic:pic><pic:cNvPr name='x' descr='Part B'/></pic:pic></wpg:wgp>\
             </wp:anchor></w:drawing></w:r>"
                .to_owned(),
            "Part A Part B",
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
