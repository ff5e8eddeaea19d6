//! Pages of columns with something as wide as the page above, below or between them.

use super::{Align, Area, Font, Page, Style, a4, body, folio, note, set_title, small_body, wide_heading};
use crate::prose::{Language, english, german, italian, prose};

pub fn a_title_above() -> Page {
    let mut page = Page::a4();
    let mut all = a4(200.0);
    set_title(&mut page, &mut all, "The Keepers of the Old Lamp");
    page.fill(
        &mut all.columns::<2>(18.0),
        prose(Language::English, 0),
        &body().indented(),
    );
    page
}

pub fn a_title_and_an_abstract_above() -> Page {
    let mut page = Page::a4();
    let mut all = a4(90.0);
    page.line(
        &mut all,
        Align::Centre,
        "Patience as an Ingredient",
        &super::title(),
    );
    page.line(
        &mut all,
        Align::Centre,
        "Clara Vento and Otto Brandt",
        &body().with_gap(20.0),
    );
    let mut inner = all.between(90.0, 505.0);
    page.paragraph(&mut inner, english(1), &small_body());
    all.y = inner.y - 20.0;
    page.fill(
        &mut all.columns::<2>(18.0),
        prose(Language::English, 2),
        &body().indented(),
    );
    page.line_at(297.5, 50.0, Align::Centre, "1", &folio());
    page
}

pub fn a_caption_below() -> Page {
    let mut page = Page::a4();
    let [left, right] = a4(400.0).columns(18.0);
    page.fill(&mut [left, right], prose(Language::German, 0), &body().indented());
    // The picture stands between.
    let mut caption = Area::new(50.0, 545.0, 160.0, 100.0);
    page.paragraph(
        &mut caption,
        "Abbildung 3. Die Lawinenhänge über dem Pass, von der Wirtschaft aus gesehen; die Pfeile zeigen, woher der \
         Wind in der Nacht des Unglücks kam und wohin die Spuren führten.",
        &note(),
    );
    page
}

pub fn a_line_above_and_a_line_below() -> Page {
    let mut page = Page::a4();
    let mut all = a4(110.0);
    let wide = Style::prose(Font::Helvetica, 8.0, 10.0);
    let head = "Quarterly of the Society for Small Rivers, their Mills, Ferries and Bridges, new series, volume nine, number two, summer";
    page.line(&mut all, Align::Left, head, &wide.with_gap(16.0));
    page.fill(
        &mut all.columns::<2>(18.0),
        prose(Language::English, 4),
        &body().indented(),
    );
    let mut foot = Area::new(50.0, 545.0, 84.0, 60.0);
    let line = "Printed for the members of the Society. Letters to the editors reach them at the old lock house by the lower bridge.";
    page.line(&mut foot, Align::Left, line, &wide);
    page
}

/// An article's page: title, columns, a caption, columns again, a line at the foot.
fn article(style: Style, offset: f32) -> Page {
    let mut page = Page::a4();
    let mut all = a4(100.0);
    set_title(&mut page, &mut all, "Rivers that Carried Marble");
    let [left, mut right] = all.down_to(560.0).columns(18.0);
    right.y -= offset;
    page.fill(&mut [left, right], prose(Language::Italian, 5), &style);
    let mut caption = Area::new(50.0, 545.0, 440.0, 400.0);
    page.paragraph(
        &mut caption,
        "Figure 1. A barge on its way to the sea, drawn after the only photograph that is known. The oxen that pulled \
         it back stand on the bank, to the left of the house of the miller, who counted them.",
        &note(),
    );
    let [left, mut right] = Area::new(50.0, 545.0, 390.0, 110.0).columns(18.0);
    right.y -= offset;
    page.fill(&mut [left, right], prose(Language::Italian, 0), &style);
    page.line_at(
        50.0,
        60.0,
        Align::Left,
        "Studies in the History of Small Rivers, volume nine, summer number, pages 41 to 67",
        &folio(),
    );
    page
}

pub fn an_article_whose_lines_are_at_the_same_height() -> Page {
    article(body().indented(), 0.0)
}

pub fn an_article_whose_lines_are_at_different_heights() -> Page {
    article(body(), 5.0)
}

pub fn an_article_in_ragged_lines() -> Page {
    article(Style::prose(Font::Helvetica, 9.0, 11.5).ragged(), 0.0)
}

pub fn three_chapters_each_of_two_columns() -> Page {
    let mut page = Page::a4();
    let mut all = a4(90.0);
    for (name, from) in [("Water", 4), ("Salt and Glass", 9), ("Trees along the Canal", 13)] {
        page.line(&mut all, Align::Left, name, &wide_heading());
        let [left, right] = all.down_to(all.y - 160.0).columns(18.0);
        page.fill(
            &mut [left, right],
            prose(Language::English, from),
            &body().indented(),
        );
        all.skip(200.0);
    }
    page
}

pub fn wide_prose_and_columns_by_turns() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    for number in 0..3_u8 {
        page.paragraph(&mut all, german(number.into()), &body());
        all.skip(8.0);
        let [left, right] = all.down_to(all.y - 120.0).columns(18.0);
        page.fill(
            &mut [left, right],
            prose(Language::German, usize::from(number) + 4),
            &small_body().indented(),
        );
        all.skip(160.0);
    }
    page.paragraph(&mut all, german(8), &body());
    page
}

pub fn three_columns_above_and_two_below() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(520.0).columns::<3>(16.0),
        prose(Language::English, 0),
        &small_body().indented(),
    );
    let mut all = Area::new(50.0, 545.0, 475.0, 200.0);
    page.line(
        &mut all,
        Align::Left,
        "What the Weather Station Kept to Itself",
        &wide_heading(),
    );
    page.fill(
        &mut all.columns::<2>(18.0),
        prose(Language::English, 14),
        &body().indented(),
    );
    page
}

pub fn two_columns_above_and_three_below() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(560.0).columns::<2>(18.0),
        prose(Language::Italian, 2),
        &body().indented(),
    );
    let mut all = Area::new(50.0, 545.0, 525.0, 240.0);
    page.paragraph(&mut all, italian(7), &body());
    all.skip(12.0);
    page.fill(
        &mut all.columns::<3>(16.0),
        prose(Language::Italian, 3),
        &small_body().indented(),
    );
    page
}

pub fn a_quotation_in_large_letters_between() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(580.0).columns::<2>(18.0),
        prose(Language::English, 12),
        &body().indented(),
    );
    let mut quotation = Area::new(110.0, 485.0, 530.0, 450.0);
    let large = Style::plain(Font::TimesItalic, 20.0);
    page.paragraph(&mut quotation, "Patience costs nothing, said the baker", &large);
    let below = Area::new(50.0, 545.0, 455.0, 200.0);
    page.fill(
        &mut below.columns::<2>(18.0),
        prose(Language::English, 1),
        &body().indented(),
    );
    page
}
