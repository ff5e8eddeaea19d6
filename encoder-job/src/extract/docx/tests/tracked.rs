//! Changes that are tracked.

use super::*;

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
