//! Pages of two columns and nothing else.

use super::{Align, Area, Font, Page, Style, a4, body, folio, small_body};
use crate::{
    prose::{Language, english, italian, prose},
    typeset::Spaces,
};

pub fn lines_at_the_same_height() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(240.0).columns::<2>(18.0),
        prose(Language::English, 0),
        &body().indented(),
    );
    page
}

pub fn lines_at_different_heights() -> Page {
    let mut page = Page::a4();
    let [left, right] = a4(300.0).columns(20.0);
    page.fill(&mut [left], prose(Language::Italian, 0).take(6), &body());
    let other = Style::prose(Font::Helvetica, 9.0, 11.3);
    page.fill(&mut [right], prose(Language::German, 0).take(6), &other);
    page
}

pub fn paragraphs_parted_by_half_a_line() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(90.0).columns::<2>(18.0),
        prose(Language::English, 3),
        &body(),
    );
    page
}

pub fn ragged_lines() -> Page {
    let mut page = Page::a4();
    let style = Style::prose(Font::Helvetica, 9.5, 12.0).ragged();
    page.fill(
        &mut a4(200.0).columns::<2>(20.0),
        prose(Language::English, 5),
        &style,
    );
    page
}

pub fn a_gutter_of_ten_points() -> Page {
    let mut page = Page::a4();
    let style = small_body().indented();
    page.fill(
        &mut a4(250.0).columns::<2>(10.0),
        prose(Language::German, 1),
        &style,
    );
    page
}

pub fn a_gutter_of_ten_points_and_lines_at_different_heights() -> Page {
    let mut page = Page::a4();
    let [left, mut right] = a4(400.0).columns(10.0);
    page.fill(&mut [left], prose(Language::English, 8).take(5), &small_body());
    right.skip(5.0);
    page.fill(&mut [right], prose(Language::English, 2).take(5), &small_body());
    page
}

pub fn a_gutter_of_twelve_points_between_ragged_lines() -> Page {
    let mut page = Page::a4();
    let style = small_body().ragged();
    page.fill(
        &mut a4(250.0).columns::<2>(12.0),
        prose(Language::Italian, 2),
        &style,
    );
    page
}

pub fn a_gutter_of_fourteen_points_and_words_drawn_one_by_one() -> Page {
    let mut page = Page::a4();
    let style = body().indented().with_spaces(Spaces::Places);
    page.fill(
        &mut a4(300.0).columns::<2>(14.0),
        prose(Language::English, 6),
        &style,
    );
    page
}

pub fn spaces_that_are_numbers() -> Page {
    let mut page = Page::a4();
    let style = body().with_spaces(Spaces::Numbers);
    page.fill(
        &mut a4(260.0).columns::<2>(16.0),
        prose(Language::German, 4),
        &style,
    );
    page
}

pub fn a_narrow_and_a_wide_column() -> Page {
    let mut page = Page::a4();
    let all = a4(200.0);
    let mut columns = [all.between(50.0, 208.0), all.between(226.0, 545.0)];
    page.fill(&mut columns, prose(Language::English, 1), &body().indented());
    page
}

pub fn a_wide_and_a_narrow_column() -> Page {
    let mut page = Page::a4();
    let all = a4(260.0);
    page.fill(
        &mut [all.between(50.0, 370.0)],
        prose(Language::English, 9).take(7),
        &body(),
    );
    let style = Style::prose(Font::Helvetica, 9.0, 11.0);
    page.fill(
        &mut [all.between(386.0, 545.0)],
        prose(Language::English, 4).take(4),
        &style,
    );
    page
}

pub fn a_short_right_column() -> Page {
    let mut page = Page::a4();
    let [left, right] = a4(200.0).columns(18.0);
    page.fill(
        &mut [left, right.down_to(690.0)],
        prose(Language::English, 7),
        &body().indented(),
    );
    page
}

pub fn a_short_left_column() -> Page {
    let mut page = Page::a4();
    let [mut left, right] = a4(200.0).columns(18.0);
    page.paragraph(&mut left, english(2), &body());
    page.paragraph(&mut left, english(3), &body());
    page.fill(&mut [right], prose(Language::English, 10).take(6), &body());
    page
}

pub fn columns_that_begin_at_different_heights() -> Page {
    let mut page = Page::a4();
    let [mut left, right] = a4(250.0).columns(18.0);
    left.skip(96.0);
    page.fill(
        &mut [left, right],
        prose(Language::Italian, 4),
        &body().indented(),
    );
    page
}

pub fn a_page_number_in_the_middle_of_the_foot() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(90.0).columns::<2>(18.0),
        prose(Language::English, 11),
        &body().indented(),
    );
    page.line_at(297.5, 50.0, Align::Centre, "117", &folio());
    page
}

pub fn a_running_head_and_a_page_number() -> Page {
    let mut page = Page::a4();
    page.line_at(297.5, 810.0, Align::Centre, "Notes from the Valley", &folio());
    page.fill(
        &mut a4(90.0).columns::<2>(18.0),
        prose(Language::German, 2),
        &body(),
    );
    page.line_at(545.0, 50.0, Align::Right, "23", &folio());
    page
}

pub fn many_words_cut_at_the_ends_of_lines() -> Page {
    let mut page = Page::a4();
    let all = Area::new(120.0, 475.0, 780.0, 330.0);
    let style = Style::prose(Font::Times, 10.5, 12.5).indented();
    page.fill(&mut all.columns::<2>(15.0), prose(Language::German, 3), &style);
    page
}

/// A text and its translation, whose paragraphs begin at the same height.
pub fn two_languages_side_by_side() -> Page {
    let mut page = Page::a4();
    let [mut left, mut right] = a4(200.0).columns(20.0);
    for number in 0..6_u8 {
        left.y = 780.0 - 96.0 * f32::from(number);
        page.paragraph(&mut left, english(number.into()), &body());
    }
    for number in 0..6_u8 {
        right.y = 780.0 - 96.0 * f32::from(number);
        page.paragraph(&mut right, italian(number.into()), &body());
    }
    page
}
