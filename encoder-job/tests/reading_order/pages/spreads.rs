//! Two pages of a book side by side on one page.

use super::{Align, Area, Font, Page, Style, body, folio, note, set_title, small_body};
use crate::{
    page::Kind,
    prose::{Language, english, prose},
};

fn foot(page: &mut Page, x: f32, align: Align, number: &str) {
    page.line_at(x, 40.0, align, number, &folio());
    page.is_a(Kind::Foot);
}

fn head(page: &mut Page, x: f32, align: Align, text: &str) {
    page.line_at(x, 560.0, align, text, &folio());
    page.is_a(Kind::Head);
}

fn left() -> Area {
    Area::new(50.0, 386.0, 530.0, 80.0)
}

fn right() -> Area {
    Area::new(456.0, 792.0, 530.0, 80.0)
}

pub fn two_pages_of_one_column() -> Page {
    let mut page = Page::landscape();
    let style = body().indented();
    page.fill(&mut [left()], prose(Language::English, 0), &style);
    foot(&mut page, 50.0, Align::Left, "12");
    page.fill(&mut [right()], prose(Language::English, 6), &style);
    foot(&mut page, 792.0, Align::Right, "13");
    page
}

pub fn two_pages_of_one_column_whose_lines_are_at_different_heights() -> Page {
    let mut page = Page::landscape();
    page.fill(&mut [left()], prose(Language::German, 0), &body());
    foot(&mut page, 50.0, Align::Left, "204");
    let style = Style::prose(Font::Helvetica, 9.5, 12.6);
    page.fill(&mut [right()], prose(Language::Italian, 0), &style);
    foot(&mut page, 792.0, Align::Right, "205");
    page
}

pub fn two_pages_with_running_heads() -> Page {
    let mut page = Page::landscape();
    let style = body().indented();
    head(&mut page, 218.0, Align::Centre, "The Keepers of the Old Lamp");
    page.fill(&mut [left()], prose(Language::English, 4), &style);
    foot(&mut page, 50.0, Align::Left, "30");
    head(&mut page, 624.0, Align::Centre, "Chapter Two");
    page.fill(&mut [right()], prose(Language::English, 10), &style);
    foot(&mut page, 792.0, Align::Right, "31");
    page
}

pub fn two_pages_with_a_narrow_spine_and_numbers_in_the_middle() -> Page {
    let mut page = Page::landscape();
    let style = body().ragged();
    let all = Area::new(40.0, 802.0, 540.0, 80.0);
    let [left, right] = all.columns(26.0);
    page.fill(&mut [left], prose(Language::English, 2), &style);
    foot(
        &mut page,
        f32::midpoint(left.left, left.right),
        Align::Centre,
        "6",
    );
    page.fill(&mut [right], prose(Language::English, 9), &style);
    foot(
        &mut page,
        f32::midpoint(right.left, right.right),
        Align::Centre,
        "7",
    );
    page
}

pub fn a_chapter_ends_and_another_begins() -> Page {
    let mut page = Page::landscape();
    let mut left = left();
    for number in [1, 3] {
        page.paragraph(&mut left, english(number), &body());
    }
    page.paragraph(&mut left, english(5), &body());
    foot(&mut page, 50.0, Align::Left, "58");
    let mut right = right();
    right.y = 420.0;
    set_title(&mut page, &mut right, "Three");
    page.fill(&mut [right], prose(Language::English, 7), &body().indented());
    foot(&mut page, 792.0, Align::Right, "59");
    page
}

/// Two pages of A4, side by side.
fn wide() -> Page {
    Page::new(1190.0, 842.0)
}

fn wide_half(number: u8) -> Area {
    let offset = 595.0 * f32::from(number);
    Area::new(offset + 50.0, offset + 545.0, 780.0, 300.0)
}

pub fn two_pages_of_two_columns() -> Page {
    let mut page = wide();
    let style = body().indented();
    page.fill(
        &mut wide_half(0).columns::<2>(18.0),
        prose(Language::English, 0),
        &style,
    );
    foot(&mut page, 50.0, Align::Left, "12");
    page.fill(
        &mut wide_half(1).columns::<2>(18.0),
        prose(Language::German, 0),
        &style,
    );
    foot(&mut page, 1140.0, Align::Right, "13");
    page
}

pub fn two_pages_of_two_columns_with_something_as_wide_as_each() -> Page {
    let mut page = wide();
    let style = body().indented();
    let mut left = wide_half(0);
    set_title(&mut page, &mut left, "Rope and Rail");
    page.fill(&mut left.columns::<2>(18.0), prose(Language::German, 5), &style);
    foot(&mut page, 50.0, Align::Left, "2");
    let right = wide_half(1);
    page.fill(
        &mut right.down_to(480.0).columns::<2>(18.0),
        prose(Language::German, 1),
        &style,
    );
    let mut caption = right;
    caption.y = 330.0;
    page.paragraph(
        &mut caption,
        "Abbildung 7. Der Seiler auf seiner Bahn. Man sieht die Haken, an denen das Seil zum Abend hin aufgehängt \
         wird, und am Rand den Hof, den er nie verlässt.",
        &note(),
    );
    foot(&mut page, 1140.0, Align::Right, "3");
    page
}

pub fn a_page_of_one_column_and_one_of_two() -> Page {
    let mut page = wide();
    page.fill(&mut [wide_half(0)], prose(Language::Italian, 1), &body());
    foot(&mut page, 50.0, Align::Left, "44");
    page.fill(
        &mut wide_half(1).columns::<2>(18.0),
        prose(Language::Italian, 5),
        &small_body(),
    );
    foot(&mut page, 1140.0, Align::Right, "45");
    page
}

pub fn a_title_across_both_pages() -> Page {
    let mut page = Page::landscape();
    let mut all = Area::new(50.0, 792.0, 545.0, 80.0);
    page.line(
        &mut all,
        Align::Centre,
        "A Day in the Life of the Ferry between the Islands",
        &super::title(),
    );
    page.fill(
        &mut [Area { y: all.y, ..left() }],
        prose(Language::English, 10),
        &body(),
    );
    page.fill(
        &mut [Area { y: all.y, ..right() }],
        prose(Language::English, 1),
        &body(),
    );
    page
}
