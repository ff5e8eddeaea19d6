//! Pages of columns with something across them that stands close to them, or not at the page's edge.

use super::{Align, Area, Page, a4, body, folio, note, set_title, wide_heading};
use crate::prose::{Language, english, italian, prose};

/// Two columns whose lines are at different heights, between these baselines.
fn uneven_columns(page: &mut Page, area: Area, gutter: f32, language: Language, from: usize) {
    let [left, mut right] = area.columns(gutter);
    right.skip(5.0);
    page.fill(&mut [left, right], prose(language, from), &body());
}

pub fn a_page_number_close_below() -> Page {
    let mut page = Page::a4();
    uneven_columns(&mut page, a4(110.0), 12.0, Language::English, 1);
    page.line_at(297.5, 84.0, Align::Centre, "41", &folio());
    page
}

pub fn a_title_that_is_low_and_a_page_number_close_below() -> Page {
    let mut page = Page::a4();
    let mut all = a4(140.0);
    all.y = 660.0;
    page.line(
        &mut all,
        Align::Centre,
        "On Ferries, and on Those Who Wait for Them",
        &super::title(),
    );
    page.line(&mut all, Align::Centre, "F. Huber", &body().with_gap(16.0));
    page.line(&mut all, Align::Centre, "3 January 2024", &body().with_gap(30.0));
    uneven_columns(&mut page, all, 10.0, Language::English, 10);
    page.line_at(297.5, 112.0, Align::Centre, "1", &folio());
    page
}

pub fn a_heading_a_line_away_from_columns_above_and_below() -> Page {
    let mut page = Page::a4();
    let all = a4(560.0);
    page.fill(
        &mut all.columns::<2>(16.0),
        prose(Language::Italian, 0),
        &body().indented(),
    );
    let mut all = Area::new(50.0, 545.0, 540.0, 330.0);
    page.line(
        &mut all,
        Align::Left,
        "Parte seconda, in cui si parla delle reti, del teatro e dei limoni",
        &wide_heading(),
    );
    page.fill(
        &mut all.columns::<2>(16.0),
        prose(Language::Italian, 4),
        &body().indented(),
    );
    page
}

pub fn a_centred_heading_over_the_gutter_between() -> Page {
    let mut page = Page::a4();
    uneven_columns(&mut page, a4(580.0), 18.0, Language::German, 0);
    let mut all = Area::new(50.0, 545.0, 540.0, 300.0);
    page.line(&mut all, Align::Centre, "Zweiter Teil", &wide_heading());
    uneven_columns(&mut page, all, 18.0, Language::German, 4);
    page
}

/// Three small stars in the middle of the page.
pub fn an_ornament_over_the_gutter_between() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(540.0).columns::<2>(18.0),
        prose(Language::English, 3),
        &body().indented(),
    );
    page.line_at(297.5, 510.0, Align::Centre, "* * *", &body());
    let all = Area::new(50.0, 545.0, 480.0, 240.0);
    page.fill(
        &mut all.columns::<2>(18.0),
        prose(Language::English, 8),
        &body().indented(),
    );
    page.line_at(297.5, 214.0, Align::Centre, "* * *", &body());
    page
}

pub fn a_foot_note_across_both_that_is_close_to_them() -> Page {
    let mut page = Page::a4();
    uneven_columns(&mut page, a4(260.0), 16.0, Language::English, 6);
    let mut all = Area::new(50.0, 545.0, 236.0, 60.0);
    page.paragraph(
        &mut all,
        "* Told by the driver of the bus, who asked that his name be left out, and written down on the same day by the \
         librarian, who asked that hers be left in; the foggy morning was the second of the year.",
        &note(),
    );
    page
}

pub fn prose_above_notes_of_two_columns() -> Page {
    let mut page = Page::a4();
    let mut all = a4(480.0);
    page.fill(&mut [all], prose(Language::Italian, 0).take(6), &body());
    all.y = 420.0;
    let notes = all.down_to(250.0);
    page.fill(
        &mut notes.columns::<2>(14.0),
        prose(Language::English, 5),
        &note().with_gap(8.0),
    );
    page
}

pub fn two_columns_above_prose() -> Page {
    let mut page = Page::a4();
    uneven_columns(&mut page, a4(540.0), 18.0, Language::Italian, 2);
    let mut all = Area::new(50.0, 545.0, 500.0, 60.0);
    for number in 5..9 {
        page.paragraph(&mut all, italian(number), &body());
    }
    page
}

pub fn lines_that_stick_out_into_the_gutter() -> Page {
    let mut page = Page::a4();
    let mut all = a4(300.0);
    set_title(&mut page, &mut all, "Overfull");
    let [left, right] = all.columns(18.0);
    let wider = left.between(left.left, left.right + 5.0);
    page.paragraph(&mut { left }, english(0), &body());
    page.fill(
        &mut [Area {
            y: left.y - 84.0,
            ..wider
        }],
        prose(Language::English, 1).take(1),
        &body(),
    );
    page.fill(
        &mut [Area {
            y: left.y - 168.0,
            ..left
        }],
        prose(Language::English, 2).take(3),
        &body(),
    );
    page.fill(&mut [right], prose(Language::English, 6).take(5), &body());
    page
}
