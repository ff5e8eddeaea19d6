//! Short blocks beside each other that only the order of drawing tells from the rows of a table.

use super::{Align, Area, Page, a4, body, heading, note, set_title, wide_heading};
use crate::{
    page::Kind,
    prose::{Language, english, prose},
};

/// Sets lines below each other, which may follow each other without an empty line.
fn block(page: &mut Page, mut area: Area, head: &str, lines: &[&str]) {
    page.line(&mut area, Align::Left, head, &heading());
    let rows: Vec<[&str; 1]> = lines.iter().map(|line| [*line]).collect();
    let rows: Vec<&[&str]> = rows.iter().map(|row| &row[..]).collect();
    page.table(&mut area, &[(0.0, Align::Left)], &rows, &body());
}

pub fn two_addresses() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    set_title(&mut page, &mut all, "Delivery note");
    let [from, to] = all.columns(20.0);
    block(
        &mut page,
        from,
        "From",
        &["Ropewalk and Sons", "14 Quay Street", "Oldport"],
    );
    block(
        &mut page,
        to,
        "Deliver to",
        &["The Harbour Office", "2 Customs Square", "Newport"],
    );
    page
}

/// Rows of words, drawn column by column: what stands on one baseline is a row all the same.
pub fn a_table_drawn_column_by_column() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    set_title(&mut page, &mut all, "The society");
    let rows = [
        ["Brown", "Chair", "Upper Lane"],
        ["Neri", "Clerk", "Quay Street"],
        ["Dubois", "Cooper", "Mill Road"],
        ["Schmidt", "Ferryman", "The Island"],
    ];
    for (column, x) in [50.0, 180.0, 310.0].into_iter().enumerate() {
        for (row, y) in rows.iter().zip([700.0, 686.0, 672.0, 658.0]) {
            page.put(x, y, Align::Left, row[column], &body());
        }
    }
    let text: Vec<String> = rows.iter().map(|row| row.join("\t")).collect();
    page.block(Kind::Text, text.join("\n"));
    page
}

/// A heading with three lines in each of three columns, as at the foot of a front page.
pub fn three_teasers() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    set_title(&mut page, &mut all, "The Valley");
    page.paragraph(&mut all, english(0), &body());
    all.skip(20.0);
    for (mut column, (head, text)) in all.columns::<3>(18.0).into_iter().zip([
        (
            "Market",
            "The market moves to the square in May, and the fish stays where it is.",
        ),
        (
            "Ferry",
            "The ferry to the island goes at low water only until the sand is gone.",
        ),
        (
            "Choir",
            "The choir of the fishers wants voices, and deep ones most of all.",
        ),
    ]) {
        page.line(&mut column, Align::Left, head, &heading());
        page.paragraph(&mut column, text, &body());
    }
    page
}

/// Columns of a few lines above and below a heading as wide as the page.
pub fn short_columns_with_headings_between() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    for (number, head) in ["Lamps", "Loaves", "Maps"].into_iter().enumerate() {
        page.line(&mut all, Align::Left, head, &wide_heading());
        let area = all.down_to(all.y - 36.0);
        page.fill(
            &mut area.columns::<2>(20.0),
            prose(Language::German, number),
            &body(),
        );
        all.y = area.bottom - 36.0;
    }
    page
}

/// Notes below a left column that are drawn behind both.
pub fn notes_below_columns_that_are_drawn_last() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    set_title(&mut page, &mut all, "Harbours");
    let area = all.down_to(all.y - 108.0);
    page.fill(&mut area.columns::<2>(20.0), prose(Language::English, 2), &body());
    let mut below = all.between(all.left, all.left + 240.0);
    below.y = area.bottom - 40.0;
    page.paragraph(
        &mut below,
        "1 See the report of the harbour master, pages 14 to 20.",
        &note(),
    );
    page
}
