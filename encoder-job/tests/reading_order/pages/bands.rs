//! Pages of many bands, each as wide as the page or of columns of its own.

use super::{Align, Area, Font, Page, Style, a4, body, folio, heading, set_title, small_body, wide_heading};
use crate::prose::{Language, english, german, italian, prose};

/// Five headings, under each two columns of a few lines.
fn catalogue(lines: f32, gutter: f32, style: &Style) -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    let height = lines * style.leading;
    for (number, name) in [
        "Lamps",
        "Loaves",
        "Maps",
        "Hives and honey",
        "Wheels, springs and pinions",
    ]
    .into_iter()
    .enumerate()
    {
        page.line(&mut all, Align::Left, name, &wide_heading());
        let columns = all.down_to(all.y - height + style.leading - 1.0);
        page.fill(
            &mut columns.columns::<2>(gutter),
            prose(Language::English, 2 * number),
            style,
        );
        all.skip(height + 20.0);
    }
    page
}

pub fn five_bands_of_ten_lines() -> Page {
    catalogue(8.0, 18.0, &body().indented())
}

pub fn five_bands_of_six_lines() -> Page {
    catalogue(6.0, 16.0, &body().indented())
}

pub fn five_bands_of_four_lines() -> Page {
    catalogue(4.0, 16.0, &Style::prose(Font::Helvetica, 9.0, 11.5).indented())
}

pub fn seven_bands_by_turns() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    for number in 0..4_usize {
        page.paragraph(&mut all, german(number), &body());
        if number == 3 {
            break;
        }
        all.skip(4.0);
        let columns = all.down_to(all.y - 76.0).columns::<2>(16.0);
        page.fill(
            &mut columns.map(|column| column),
            prose(Language::Italian, 2 * number),
            &small_body().indented(),
        );
        all.skip(102.0);
    }
    page
}

pub fn two_three_and_two_columns() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    for (name, from) in [
        ("First the Harbour", 0),
        ("Then the Hills", 6),
        ("At Last the Plain", 11),
    ] {
        page.line(&mut all, Align::Left, name, &wide_heading());
        let area = all.down_to(all.y - 150.0);
        if from == 6 {
            page.fill(
                &mut area.columns::<3>(15.0),
                prose(Language::English, from),
                &small_body().indented(),
            );
        } else {
            page.fill(
                &mut area.columns::<2>(18.0),
                prose(Language::English, from),
                &body().indented(),
            );
        }
        all.skip(186.0);
    }
    page
}

/// Each band has the gutter elsewhere.
pub fn gutters_at_different_places() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    for (name, middle, from) in [("Glass", 220.0, 9), ("Salt", 375.0, 13), ("Wind", 297.5, 15)] {
        page.line(&mut all, Align::Left, name, &wide_heading());
        let area = all.down_to(all.y - 140.0);
        let mut columns = [
            area.between(50.0, middle - 9.0),
            area.between(middle + 9.0, 545.0),
        ];
        page.fill(&mut columns, prose(Language::English, from), &body().indented());
        all.skip(176.0);
    }
    page
}

/// Columns with different gutters under each other, and nothing between but white space.
pub fn two_columns_above_three_without_a_heading() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(560.0).columns::<2>(18.0),
        prose(Language::English, 0),
        &body().indented(),
    );
    let below = Area::new(50.0, 545.0, 515.0, 240.0);
    page.fill(
        &mut below.columns::<3>(15.0),
        prose(Language::German, 0),
        &small_body().indented(),
    );
    page
}

/// Two pictures side by side with a caption each, between prose of two columns.
pub fn two_captions_side_by_side() -> Page {
    let mut page = Page::a4();
    let mut all = a4(580.0);
    set_title(&mut page, &mut all, "Before and After");
    let [left, right] = all.columns(18.0);
    let captions = [
        "Fig. 1. The wheel before it was taken down. The boards are those of the year of the letters.",
        "Fig. 2. The same wheel a month later, with new boards and the old axle, in the evening.",
    ];
    let mut columns = [left, right];
    for (column, (from, caption)) in columns.iter_mut().zip([(4, captions[0]), (8, captions[1])]) {
        page.fill(
            &mut [column.down_to(600.0)],
            prose(Language::English, from).take(2),
            &body(),
        );
        column.y = 420.0;
        page.paragraph(column, caption, &super::note());
        column.y = 380.0;
        page.fill(
            &mut [column.down_to(240.0)],
            prose(Language::English, from + 2).take(2),
            &body(),
        );
    }
    page
}

/// A page of a newspaper: its name, a wide article of three columns, two articles under it.
pub fn a_front_page() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    page.line(
        &mut all,
        Align::Centre,
        "THE RIVERSIDE OBSERVER",
        &Style::plain(Font::TimesBold, 30.0).with_gap(0.0),
    );
    page.line(
        &mut all,
        Align::Centre,
        "Founded in the year of the flood, sold on Saturdays",
        &folio().with_gap(24.0),
    );
    page.line(
        &mut all,
        Align::Left,
        "Silence Ends as Mill Wheel Turns Again",
        &super::title(),
    );
    page.fill(
        &mut all.down_to(440.0).columns::<3>(14.0),
        prose(Language::English, 4),
        &small_body().indented(),
    );
    all.y = 400.0;
    let [mut left, mut right] = all.down_to(200.0).columns(24.0);
    page.line(
        &mut left,
        Align::Left,
        "Ferry keeps its twelve minutes",
        &heading(),
    );
    page.fill(&mut [left], prose(Language::English, 10).take(3), &small_body());
    right.y = 400.0;
    page.line(
        &mut right,
        Align::Left,
        "Bridge is finished, says driver",
        &heading(),
    );
    page.fill(&mut [right], prose(Language::English, 12).take(3), &small_body());
    page
}

pub fn a_summary_in_two_languages_above_columns() -> Page {
    let mut page = Page::a4();
    let mut all = a4(120.0);
    set_title(&mut page, &mut all, "Le stazioni lontane");
    for (name, text) in [
        ("Riassunto", italian(0)),
        ("Zusammenfassung", german(2)),
        ("Summary", english(6)),
    ] {
        page.line(&mut all, Align::Left, name, &heading().with_gap(5.0));
        page.paragraph(&mut all, text, &small_body());
        all.skip(4.0);
    }
    all.skip(16.0);
    page.fill(
        &mut all.columns::<2>(14.0),
        prose(Language::Italian, 1),
        &body().indented(),
    );
    page.line_at(297.5, 84.0, Align::Centre, "9", &folio());
    page
}
