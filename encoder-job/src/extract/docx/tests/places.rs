//! Where pages begin, and where notes and text boxes stand.

use super::*;

#[test]
fn page_breaks_begin_pages() {
    let break_run = "<w:r><w:br w:type='page'/></w:r>";
    let body = format!(
        "{}<w:p>{break_run}</w:p>{}<w:p><w:r><w:t>c</w:t></w:r>{break_run}<w:r><w:t>d</w:t></w:r></w:p>{}<w:p>{break_run}{break_run}\
         <w:r><w:t>f</w:t></w:r></w:p><w:p>{break_run}</w:p>",
        p("a"),
        p("b"),
        styled("Parte", "e")
    );
    assert_eq!(pages(&body), ["a", "b\n\nc", "d", "e", "", "f"]);
    let document = read(&body);
    assert_eq!(document.pages[4].status, PageStatus::Empty);
    // A break in front of all text begins no page.
    assert_eq!(pages(&styled("Parte", "a")), ["a"]);
}

#[test]
fn pages_are_those_that_word_laid_out_but_no_sentence_is_cut() {
    let rendered = "<w:lastRenderedPageBreak/>";
    let hard = "<w:p><w:r><w:br w:type='page'/></w:r></w:p>";
    let body = format!(
        "{}<w:p><w:r>{rendered}<w:t>b</w:t></w:r></w:p><w:p><w:r><w:t>c</w:t>{rendered}<w:t>c</w:t></w:r></w:p>{}{hard}\
         <w:p><w:r>{rendered}<w:t>e</w:t></w:r></w:p>",
        p("a"),
        p("d")
    );
    assert_eq!(pages(&body), ["a", "b\n\ncc", "d", "e"]);
    let row = |text: &str| format!("<w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>", p(text), p("x"));
    let broken_row = format!(
        "<w:tr><w:tc><w:p><w:r>{rendered}<w:t>2</w:t></w:r></w:p></w:tc><w:tc>{}</w:tc></w:tr>",
        p("x")
    );
    let body = format!("<w:tbl>{}{broken_row}{}</w:tbl>{}", row("1"), row("3"), p("y"));
    assert_eq!(pages(&body), ["1 | x\n2 | x", "3 | x\n\ny"]);
}

#[test]
fn sections_begin_pages_unless_they_go_on() {
    let section = |kind: &str| format!("<w:sectPr><w:type w:val='{kind}'/></w:sectPr>");
    let end = |text: &str, kind: &str| {
        format!(
            "<w:p><w:pPr>{}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>",
            section(kind)
        )
    };
    let body = format!(
        "{}{}{}{}<w:sectPr><w:sectPrChange><w:sectPr/></w:sectPrChange></w:sectPr>",
        end("a", "nextPage"),
        end("b", "continuous"),
        end("c", "oddPage"),
        p("d")
    );
    assert_eq!(pages(&body), ["a\n\nb", "c", "d"]);
}

#[test]
fn notes_stand_where_they_are_of_use() {
    let note = |id: u8, text: &str| {
        format!(
            "<w:footnote w:id='{id}'><w:p><w:r><w:footnoteRef/><w:t> {text}</w:t></w:r></w:p></w:footnote>"
        )
    };
    let notes = format!(
        "<w:footnotes><w:footnote w:type='separator' w:id='-1'>{}</w:footnote>{}{}{}</w:footnotes>",
        p("no"),
        note(2, "Seconda."),
        note(1, "Prima."),
        note(3, "Di nessuno.")
    );
    let endnotes = format!(
        "<w:endnotes><w:endnote w:id='1'>{}{}</w:endnote></w:endnotes>",
        p("Fine."),
        p("Davvero.")
    );
    let reference = |id: u8| format!("<w:r><w:t>a</w:t><w:footnoteReference w:id='{id}'/></w:r>");
    let body = format!(
        "<w:p>{}{}<w:r><w:endnoteReference w:id='1'/><w:t>.</w:t></w:r></w:p>\
         <w:tbl><w:tr><w:tc><w:p>{}</w:p></w:tc><w:tc>{}</w:tc></w:tr></w:tbl>{}",
        reference(1),
        reference(9),
        reference(2),
        p("b"),
        p("c")
    );
    let more = [
        ("word/footnotes.xml", notes.as_str()),
        ("word/endnotes.xml", &endnotes),
    ];
    let document = collect(&docx_with(&body, &more), extract).unwrap();
    assert_eq!(
        document.pages[0].text,
        "a[1]a[2][i].\n\n[1] Prima.\n\na[3] | b\n\n[3] Seconda.\n\nc\n\n[i] Fine.\nDavvero."
    );
}

#[test]
fn text_boxes_are_read_once_and_below_their_paragraph() {
    let boxed = |text: &str| format!("<w:txbxContent>{}{}</w:txbxContent>", p(text), p("due"));
    let body = format!(
        "<w:p><w:r><w:t>prima</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>{}</w:drawing></mc:Choice>\
         <mc:Fallback><w:pict>{}</w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t> dopo</w:t></w:r></w:p>{}",
        boxed("uno"),
        boxed("no"),
        p("fine")
    );
    assert_eq!(text(&body), "prima dopo\n\nuno\n\ndue\n\nfine");
    let alone = "<w:p><w:r><mc:AlternateContent><mc:Fallback><w:t>sì</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>";
    assert_eq!(text(alone), "sì");
}
