//! Things that stand within a column: headings, lists, notes, quotations, tables, verse, drop caps.

use super::{Align, Area, Font, Page, Style, a4, body, folio, heading, note, small_body};
use crate::{
    page::Kind,
    prose::{Language, english, german, italian, prose},
    typeset::{Paragraph, text_of},
};

pub fn headings() -> Page {
    let mut page = Page::a4();
    let [mut left, mut right] = a4(100.0).columns(18.0);
    for (name, from) in [("1 Oil", 0), ("2 Flour", 1), ("3 Chains and Poles", 2)] {
        page.line(&mut left, Align::Left, name, &heading());
        page.fill(
            &mut [left.down_to(left.y - 140.0)],
            prose(Language::English, from).take(2),
            &body().indented(),
        );
        left.skip(190.0);
    }
    for (name, from) in [("4 Clover", 3), ("5 The Wheel", 4)] {
        page.line(&mut right, Align::Left, name, &heading());
        page.fill(
            &mut [right.down_to(right.y - 220.0)],
            prose(Language::English, from).take(3),
            &body().indented(),
        );
        right.skip(290.0);
    }
    page
}

pub fn headings_at_the_same_height() -> Page {
    let mut page = Page::a4();
    let columns = a4(100.0).columns::<2>(18.0);
    let names = [
        ["Am Markt", "Am Pass", "Im Hinterhof"],
        ["Im Archiv", "Am Moor", "Am Hafen"],
    ];
    for (index, (mut column, names)) in columns.into_iter().zip(names).enumerate() {
        for (row, name) in names.into_iter().enumerate() {
            page.line(&mut column, Align::Left, name, &heading());
            let mut inner = column;
            page.paragraph(&mut inner, german(3 * index + row), &body().indented());
            page.paragraph(&mut inner, german(3 * index + row + 4), &body().indented());
            column.skip(192.0);
        }
    }
    page
}

pub fn a_foot_note_under_the_left_column() -> Page {
    let mut page = Page::a4();
    let [mut left, right] = a4(290.0).columns(18.0);
    for number in 0..4 {
        page.paragraph(&mut left, english(number), &body());
    }
    left.y = 330.0;
    page.rule(&left);
    page.paragraph(
        &mut left,
        "1 The lamp is shown in the museum of the town on the first Sunday of each month, with the book in which the \
         keeper counted the nights.",
        &note(),
    );
    page.is_a(Kind::FootNote);
    page.fill(&mut [right], prose(Language::English, 4), &body());
    page
}

pub fn foot_notes_under_both_columns() -> Page {
    let mut page = Page::a4();
    let columns = a4(290.0).columns::<2>(18.0);
    let notes = [
        "1 The protocols are kept in the second room, on the upper shelf, and may be read on working days before noon.",
        "2 Nobody has found out who owned the boat. The name on its stern was painted over when it came into the hall.",
    ];
    for (from, (mut column, text)) in [0, 4].into_iter().zip(columns.into_iter().zip(notes)) {
        for number in from..from + 5 {
            page.paragraph(&mut column, german(number), &body());
        }
        column.y = 320.0;
        page.rule(&column);
        page.paragraph(&mut column, text, &note());
        page.is_a(Kind::FootNote);
    }
    page
}

pub fn a_foot_note_across_both_columns() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(140.0).columns::<2>(18.0),
        prose(Language::English, 9),
        &body().indented(),
    );
    let mut all = Area::new(50.0, 545.0, 112.0, 60.0);
    page.rule(&all);
    page.paragraph(
        &mut all,
        "* Read before the society in its winter meeting. The author thanks the observer of the weather station, who \
         opened the book of the year in which he was in love, and the baker, who would not sell the recipe but gave it.",
        &note(),
    );
    page
}

pub fn quotations_that_stand_in() -> Page {
    let mut page = Page::a4();
    let columns = a4(90.0).columns::<2>(18.0);
    for (from, mut column) in [1, 8].into_iter().zip(columns) {
        for number in from..from + 3 {
            page.paragraph(&mut column, english(number), &body());
            let mut inner = column.between(column.left + 18.0, column.right - 18.0);
            page.paragraph(&mut inner, english(number + 4), &small_body());
            column.y = inner.y;
        }
    }
    page
}

pub fn bullets() -> Page {
    let mut page = Page::a4();
    let columns = a4(90.0).columns::<2>(18.0);
    let points = [
        "oil for the lamp, at least enough for twelve nights without a ship;",
        "a wick that was cut by daylight and never by its own flame;",
        "two boxes of matches, of which one stays dry in the cellar;",
        "the book, the pencil, and the knife for the pencil.",
    ];
    for (from, mut column) in [0, 6].into_iter().zip(columns) {
        page.paragraph(&mut column, english(from), &body());
        page.paragraph(&mut column, english(from + 1), &body());
        for point in points {
            page.item(&mut column, "•", 12.0, point, &body());
        }
        page.paragraph(&mut column, english(from + 2), &body());
        page.paragraph(&mut column, english(from + 3), &body());
    }
    page
}

pub fn numbered_points() -> Page {
    let mut page = Page::a4();
    let columns = a4(90.0).columns::<2>(16.0);
    for (from, mut column) in [0, 4].into_iter().zip(columns) {
        for (number, label) in ["1.", "2.", "3.", "4.", "5."].into_iter().enumerate() {
            page.item(&mut column, label, 16.0, italian(from + number), &body());
        }
    }
    page
}

pub fn a_drop_cap() -> Page {
    let mut page = Page::a4();
    let [mut left, right] = a4(300.0).columns(18.0);
    let style = body();
    let cap = Style::plain(Font::Times, 44.0);
    let mut paragraph = Paragraph::new(
        "very harbour has a smell of its own, and who was born beside one knows it again after forty years. It is made \
         of tar and rope, of what the boats bring home and of what they leave behind, and it cannot be described to \
         those who grew up in the hills. The keeper said that he could find his way by it in fog, and he was believed.",
    );
    page.put(left.left, left.y - 24.0, Align::Left, "E", &cap);
    let inset = cap.width("E") + 3.0;
    let mut lines = Vec::new();
    while !paragraph.is_finished() {
        let indent = if lines.len() < 3 { inset } else { 0.0 };
        let line = paragraph.take_line(left.right - left.left - indent, &style, true);
        page.drawing
            .line(left.left + indent, left.y, &line.text, line.extra, &style);
        left.skip(style.leading);
        lines.push(line);
    }
    page.block(Kind::Text, format!("E{}", text_of(&lines)));
    left.skip(style.gap);
    page.fill(&mut [left, right], prose(Language::English, 0), &style);
    page
}

pub fn a_picture_and_its_caption_in_a_column() -> Page {
    let mut page = Page::a4();
    let [left, mut right] = a4(200.0).columns(18.0);
    page.fill(&mut [left], prose(Language::English, 3).take(6), &body());
    page.paragraph(&mut right, english(9), &body());
    right.skip(150.0);
    page.paragraph(
        &mut right,
        "Fig. 4. The furnace on the day after the wedding, cold.",
        &note(),
    );
    right.skip(12.0);
    page.fill(&mut [right], prose(Language::English, 10).take(3), &body());
    page
}

pub fn a_table_in_a_column() -> Page {
    let mut page = Page::a4();
    let [mut left, right] = a4(200.0).columns(18.0);
    page.paragraph(&mut left, english(8), &body());
    page.paragraph(&mut left, english(12), &body());
    left.skip(10.0);
    let places = [(0.0, Align::Left), (130.0, Align::Right), (200.0, Align::Right)];
    let rows: [&[&str]; 5] = [
        &["Apple", "Trees", "Baskets"],
        &["Early red", "12", "30"],
        &["Grey winter", "7", "22"],
        &["Parson", "3", "4"],
        &["Nameless", "9", "41"],
    ];
    page.table(
        &mut left,
        &places,
        &rows,
        &Style::plain(Font::Helvetica, 9.0).with_gap(16.0),
    );
    page.paragraph(&mut left, english(10), &body());
    page.fill(&mut [right], prose(Language::English, 0).take(6), &body());
    page
}

pub fn formulas_with_numbers() -> Page {
    let mut page = Page::a4();
    let columns = a4(200.0).columns::<2>(18.0);
    let formulas = [
        ("E = mgh + Q", "(1)"),
        ("T = 2a + b", "(2)"),
        ("V = pr – k", "(3)"),
        ("s = vt + c", "(4)"),
    ];
    for (index, mut column) in columns.into_iter().enumerate() {
        for (row, (formula, number)) in formulas[2 * index..][..2].iter().enumerate() {
            page.paragraph(&mut column, english(4 * index + row), &body());
            column.skip(4.0);
            let places = [(70.0, Align::Left), (column.right - column.left, Align::Right)];
            let style = Style::plain(Font::TimesItalic, 10.0).with_gap(11.0);
            page.table(&mut column, &places, &[&[formula, number]], &style);
        }
        page.paragraph(&mut column, english(4 * index + 2), &body());
        page.paragraph(&mut column, english(4 * index + 3), &body());
    }
    page
}

pub fn verse_beside_prose() -> Page {
    let mut page = Page::a4();
    let [left, mut right] = a4(400.0).columns(20.0);
    page.fill(&mut [left], prose(Language::English, 6).take(5), &body());
    let stanzas: [&[&[&str]]; 4] = [
        &[
            &["The wheel stood still, the river ran,"],
            &["the children lay awake,"],
            &["and nobody could say who can"],
            &["be silent for its sake."],
        ],
        &[
            &["The miller greased the wooden pin,"],
            &["the council wrote a letter,"],
            &["and when the wheel began to spin"],
            &["the village slept the better."],
        ],
        &[
            &["A goat had made the narrow way,"],
            &["a cart had made it wide,"],
            &["an army should have come in May"],
            &["but took the other side."],
        ],
        &[
            &["And now a tractor, painted green,"],
            &["goes up and down all day,"],
            &["the finest road he has yet seen"],
            &["where goats had lost their way."],
        ],
    ];
    for stanza in stanzas {
        page.table(
            &mut right,
            &[(0.0, Align::Left)],
            stanza,
            &Style::plain(Font::TimesItalic, 10.0).with_gap(10.0),
        );
    }
    page
}

pub fn a_page_number_far_below_short_columns() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(560.0).columns::<2>(18.0),
        prose(Language::Italian, 6),
        &body().indented(),
    );
    page.line_at(297.5, 50.0, Align::Centre, "– 88 –", &folio());
    page
}
