//! Pages of three columns.

use super::{Align, Font, Page, Style, a4, body, folio, heading, note, set_title, small_body};
use crate::{
    page::Area,
    prose::{Language, english, italian, prose},
};

pub fn lines_at_the_same_height() -> Page {
    let mut page = Page::a4();
    let style = small_body().indented();
    page.fill(
        &mut a4(350.0).columns::<3>(16.0),
        prose(Language::English, 0),
        &style,
    );
    page
}

pub fn lines_at_different_heights() -> Page {
    let mut page = Page::a4();
    let [left, mut middle, mut right] = a4(380.0).columns(16.0);
    page.fill(&mut [left], prose(Language::English, 0).take(4), &small_body());
    middle.skip(4.0);
    page.fill(&mut [middle], prose(Language::Italian, 0).take(4), &small_body());
    right.skip(7.0);
    let other = Style::prose(Font::Helvetica, 8.5, 10.3);
    page.fill(&mut [right], prose(Language::German, 0).take(4), &other);
    page
}

pub fn gutters_of_eleven_points() -> Page {
    let mut page = Page::a4();
    let style = small_body().indented();
    page.fill(
        &mut a4(300.0).columns::<3>(11.0),
        prose(Language::Italian, 3),
        &style,
    );
    page
}

pub fn ragged_lines() -> Page {
    let mut page = Page::a4();
    let style = Style::prose(Font::Helvetica, 8.5, 11.0).ragged();
    page.fill(
        &mut a4(320.0).columns::<3>(15.0),
        prose(Language::English, 7),
        &style,
    );
    page
}

pub fn a_short_last_column() -> Page {
    let mut page = Page::a4();
    let [left, middle, right] = a4(300.0).columns(16.0);
    page.fill(
        &mut [left, middle, right.down_to(730.0)],
        prose(Language::German, 0),
        &small_body().indented(),
    );
    page
}

pub fn three_columns_of_different_lengths() -> Page {
    let mut page = Page::a4();
    let [left, middle, right] = a4(200.0).columns(16.0);
    page.fill(&mut [left], prose(Language::English, 2).take(5), &small_body());
    page.fill(&mut [middle], prose(Language::English, 8).take(3), &small_body());
    page.fill(&mut [right], prose(Language::English, 12).take(4), &small_body());
    page
}

pub fn a_title_across_all_and_a_page_number() -> Page {
    let mut page = Page::a4();
    let mut all = a4(90.0);
    set_title(&mut page, &mut all, "What the Harbour Remembers");
    let style = small_body().indented();
    page.fill(&mut all.columns::<3>(16.0), prose(Language::English, 5), &style);
    page.line_at(297.5, 50.0, Align::Centre, "4", &folio());
    page
}

pub fn a_wide_column_beside_two_narrow_ones() -> Page {
    let mut page = Page::a4();
    let all = a4(280.0);
    page.fill(
        &mut [all.between(50.0, 290.0)],
        prose(Language::English, 3).take(5),
        &body(),
    );
    let right = all.between(306.0, 545.0);
    let style = Style::prose(Font::Helvetica, 7.5, 9.5);
    page.fill(
        &mut right.columns::<2>(12.0),
        prose(Language::Italian, 1).take(7),
        &style,
    );
    page
}

/// As in a newsletter: each column is an article of its own.
pub fn an_article_in_each_column() -> Page {
    let mut page = Page::a4();
    let articles = [
        ("Lamps and Cables", Language::English, 0),
        ("Le barche vuote", Language::Italian, 5),
        ("Kirschen vom Hang", Language::German, 7),
    ];
    for (mut column, (name, language, from)) in a4(200.0).columns::<3>(18.0).into_iter().zip(articles) {
        page.line(&mut column, Align::Left, name, &heading());
        page.fill(&mut [column], prose(language, from).take(4), &small_body());
    }
    page
}

/// A box of small text in a sans-serif font, as wide as the area.
fn set_box(page: &mut Page, mut area: Area) -> f32 {
    let style = Style::prose(Font::Helvetica, 9.0, 11.0).ragged();
    page.line(&mut area, Align::Left, "In brief", &heading());
    page.paragraph(&mut area, english(15), &style);
    page.paragraph(&mut area, italian(6), &style);
    area.y
}

pub fn a_box_across_the_two_right_columns_at_the_top() -> Page {
    let mut page = Page::a4();
    let [left, mut middle, mut right] = a4(350.0).columns(16.0);
    page.fill(&mut [left], prose(Language::English, 1).take(5), &small_body());
    let below = set_box(&mut page, left.between(middle.left, right.right));
    middle.y = below - 20.0;
    right.y = below - 20.0;
    page.fill(&mut [middle, right], prose(Language::English, 6), &small_body());
    page
}

pub fn a_box_across_the_two_right_columns_at_the_foot() -> Page {
    let mut page = Page::a4();
    let [left, middle, right] = a4(350.0).columns(16.0);
    page.fill(&mut [left], prose(Language::English, 1).take(5), &small_body());
    let style = small_body().indented();
    page.fill(
        &mut [middle.down_to(500.0), right.down_to(500.0)],
        prose(Language::English, 6),
        &style,
    );
    set_box(&mut page, Area::new(middle.left, right.right, 465.0, 300.0));
    page
}

pub fn a_box_across_the_two_left_columns_at_the_top() -> Page {
    let mut page = Page::a4();
    let [mut left, mut middle, right] = a4(350.0).columns(16.0);
    let below = set_box(&mut page, left.between(left.left, middle.right));
    left.y = below - 20.0;
    middle.y = below - 20.0;
    page.fill(&mut [left, middle], prose(Language::German, 2), &small_body());
    page.fill(&mut [right], prose(Language::German, 6).take(4), &small_body());
    page
}

pub fn a_caption_across_the_two_right_columns() -> Page {
    let mut page = Page::a4();
    let [left, mut middle, mut right] = a4(350.0).columns(16.0);
    page.fill(&mut [left], prose(Language::Italian, 0).take(6), &small_body());
    // The picture stands above it.
    let mut caption = left.between(middle.left, right.right);
    caption.y = 620.0;
    page.paragraph(
        &mut caption,
        "Fig. 2. The mill from the east, before its wheel was taken down and cleaned.",
        &note(),
    );
    middle.y = 585.0;
    right.y = 585.0;
    page.fill(
        &mut [middle, right],
        prose(Language::Italian, 2),
        &small_body().indented(),
    );
    page
}
