//! Items of lists where they are not paragraphs of the page: in cells, in text boxes, by their style.

use super::*;

#[test]
fn rows_are_counted_by_items_without_text() {
    let row = |list: u8, text: &str| {
        let number = item(list, 0, "");
        format!("<w:tr><w:tc>{number}</w:tc><w:tc>{}</w:tc></w:tr>", p(text))
    };
    let body = format!(
        "<w:tbl>{}{}{}</w:tbl>",
        row(2, "red"),
        row(2, "green"),
        row(2, "blue")
    );
    assert_eq!(text(&body), "1. | red\n2. | green\n3. | blue");
    // A bullet without text says nothing, and neither does an item that is a paragraph of the page.
    let body = format!("<w:tbl>{}{}</w:tbl>", row(1, "red"), row(1, "green"));
    assert_eq!(text(&body), "| red\n| green");
    let body = item(2, 0, "one") + &item(2, 0, "") + &item(2, 0, "three");
    assert_eq!(text(&body), "1. one\n3. three");
}

#[test]
fn items_in_text_boxes_are_counted_where_they_hang() {
    let body = format!(
        "{}<w:p><w:r><w:t>anchor</w:t></w:r><w:r><w:pict><w:txbxContent>{}{}{}</w:txbxContent></w:pict></w:r></w:p>{}",
        item(2, 0, "one"),
        item(2, 0, "two"),
        item(1, 0, "point"),
        p("end"),
        item(2, 0, "three"),
    );
    let expected = "1. one\n\nanchor\n\n2. two\n\n- point\n\nend\n\n3. three";
    assert_eq!(text(&body), expected);
}

#[test]
fn the_first_letter_in_a_text_box_belongs_to_the_paragraph_below_it() {
    let first = "<w:p><w:pPr><w:framePr w:dropCap='drop'/></w:pPr><w:r><w:t>M</w:t></w:r></w:p>";
    let body = format!(
        "<w:p><w:r><w:t>anchor</w:t></w:r><w:r><w:pict><w:txbxContent>{first}{}</w:txbxContent></w:pict></w:r></w:p>",
        p("y box.")
    );
    assert_eq!(text(&body), "anchor\n\nMy box.");
}

#[test]
fn the_first_letter_may_be_in_the_frame_of_a_style() {
    let styles = "<w:styles><w:style w:type='paragraph' w:styleId='Cap'><w:name w:val='Cap'/><w:pPr><w:framePr w:dropCap='drop'/>\
        </w:pPr></w:style></w:styles>";
    let first = |more: &str| {
        format!("<w:p><w:pPr><w:pStyle w:val='Cap'/>{more}</w:pPr><w:r><w:t>S</w:t></w:r></w:p>")
    };
    for (more, expected) in [("", "Something"), ("<w:framePr w:w='99'/>", "S\n\nomething")] {
        let document = format!(
            "<w:document><w:body>{}{}</w:body></w:document>",
            first(more),
            p("omething")
        );
        let bytes = zip(&[
            ("word/document.xml", document.as_str()),
            ("word/styles.xml", styles),
        ]);
        assert_eq!(collect(&bytes, extract).unwrap().pages[0].text, expected);
    }
}

#[test]
fn a_style_stands_at_the_level_that_names_it() {
    let style = |id: &str, more: &str| {
        format!("<w:style w:type='paragraph' w:styleId='{id}'><w:name w:val='{id}'/>{more}</w:style>")
    };
    let number = |more: &str| format!("<w:pPr><w:numPr>{more}<w:numId w:val='1'/></w:numPr></w:pPr>");
    let styles = [
        style("Part", &number("")),
        style("Aim", &(String::from("<w:basedOn w:val='Part'/>") + &number(""))),
        style("Other", &number("")),
        style("Set", &number("<w:ilvl w:val='0'/>")),
        style("Near", "<w:basedOn w:val='Aim'/>"),
    ];
    let level = |at: u8, style: &str, pattern: &str| {
        format!(
            "<w:lvl w:ilvl='{at}'><w:start w:val='1'/><w:pStyle w:val='{style}'/><w:numFmt w:val='decimal'/><w:lvlText w:val='{pattern}'/></w:lvl>"
        )
    };
    let numbering = format!(
        "<w:numbering><w:abstractNum w:abstractNumId='0'>{}{}</w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num></w:numbering>",
        level(0, "Part", "%1"),
        level(1, "Aim", "%1.%2"),
    );
    let paragraph = |style: &str, more: &str| {
        format!("<w:p><w:pPr><w:pStyle w:val='{style}'/>{more}</w:pPr><w:r><w:t>{style}</w:t></w:r></w:p>")
    };
    let outermost = "<w:numPr><w:ilvl w:val='0'/></w:numPr>";
    let body = [
        paragraph("Part", ""),
        paragraph("Aim", ""),
        paragraph("Near", ""),
        // Where somebody says the level, or no level names the style, it is that one, or the first.
        paragraph("Aim", outermost),
        paragraph("Set", ""),
        paragraph("Other", ""),
    ]
    .concat();
    let document = format!("<w:document><w:body>{body}</w:body></w:document>");
    let styles = format!("<w:styles>{}</w:styles>", styles.concat());
    let bytes = zip(&[
        ("word/document.xml", document.as_str()),
        ("word/styles.xml", &styles),
        ("word/numbering.xml", &numbering),
    ]);
    let text = collect(&bytes, extract).unwrap().pages.remove(0).text;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        ["1 Part", "1.1 Aim", "1.2 Near", "2 Aim", "3 Set", "4 Other"]
    );
}
