//! Headings of two lines in large type over a column: each is one paragraph.

use super::{Align, Area, Font, Page, Style, a4, body, folio};
use crate::prose::{Language, english, prose};

/// The lines of a heading of several lines, which stand apart as those of its size do.
fn large(size: f32, leading: f32) -> Style {
    Style {
        leading,
        ..Style::plain(Font::HelveticaBold, size).with_gap(8.0)
    }
}

const LAMPS: &str = "Of the lamps that were lit in the tower above the old harbour";
const LOAVES: &str = "How many loaves a town eats in a year of rain and of floods";

pub fn two_lines_over_the_left_column() -> Page {
    let mut page = Page::a4();
    let [mut left, right] = a4(400.0).columns(20.0);
    page.paragraph(&mut left, LAMPS, &large(16.0, 19.0));
    page.fill(&mut [left, right], prose(Language::English, 0), &body());
    page
}

pub fn two_lines_over_each_column() -> Page {
    let mut page = Page::a4();
    let columns = a4(400.0).columns::<2>(20.0);
    for (number, (mut column, head)) in columns.into_iter().zip([LAMPS, LOAVES]).enumerate() {
        page.paragraph(&mut column, head, &large(16.0, 19.0));
        page.fill(&mut [column], prose(Language::English, number), &body());
    }
    page
}

/// The lines stand farther apart than twice those of the text.
pub fn two_lines_in_very_large_type() -> Page {
    let mut page = Page::a4();
    let columns = a4(300.0).columns::<2>(20.0);
    for (number, (mut column, head)) in columns.into_iter().zip([LAMPS, LOAVES]).enumerate() {
        page.paragraph(&mut column, head, &large(22.0, 26.0));
        page.fill(&mut [column], prose(Language::German, number), &body());
    }
    page
}

pub fn two_lines_over_prose_as_wide_as_the_page() -> Page {
    let mut page = Page::a4();
    let mut all = a4(100.0);
    page.paragraph(
        &mut all,
        "Of the lamps that were lit in the tower above the old harbour, and of those that were not",
        &large(18.0, 22.0),
    );
    for number in 0..3 {
        page.paragraph(&mut all, english(number), &body());
    }
    page
}

/// A heading and what stands above it in other type are two paragraphs.
pub fn a_line_in_small_type_above_two_lines() -> Page {
    let mut page = Page::a4();
    let columns = a4(400.0).columns::<2>(20.0);
    for (number, (mut column, head)) in columns.into_iter().zip([LAMPS, LOAVES]).enumerate() {
        label(&mut page, &mut column, number);
        page.paragraph(&mut column, head, &large(16.0, 19.0));
        page.fill(&mut [column], prose(Language::English, number), &body());
    }
    page
}

fn label(page: &mut Page, column: &mut Area, number: usize) {
    page.line(column, Align::Left, ["Letters", "Figures"][number], &folio());
    column.skip(14.0);
}
