//! The pages, by what they have in common.

pub mod bands;
pub mod drawing_order;
pub mod drawn_in_turn;
pub mod full_width;
pub mod headings;
pub mod in_columns;
pub mod indexes;
pub mod leaflets;
pub mod lists;
pub mod rows;
pub mod side_notes;
pub mod spreads;
pub mod three_columns;
pub mod tight;
pub mod two_columns;
pub mod wide_tables;

use crate::{
    metrics::Font,
    page::{Align, Area, Page},
    typeset::Style,
};

/// Prose of the usual size.
fn body() -> Style {
    Style::prose(Font::Times, 10.0, 12.0)
}

/// Prose of columns that are narrow.
fn small_body() -> Style {
    Style::prose(Font::Times, 9.0, 11.0)
}

/// Foot notes, captions and notes in the margin.
fn note() -> Style {
    Style::prose(Font::Times, 8.0, 9.5)
}

fn title() -> Style {
    Style::plain(Font::HelveticaBold, 18.0).with_gap(14.0)
}

/// A heading of a column. It takes two lines of 12 points, so that what follows is on the same grid.
fn heading() -> Style {
    Style {
        leading: 12.0,
        ..Style::plain(Font::HelveticaBold, 11.0).with_gap(12.0)
    }
}

/// A heading that spans all columns.
fn wide_heading() -> Style {
    Style::plain(Font::HelveticaBold, 13.0).with_gap(8.0)
}

/// Numbers of pages and running heads.
fn folio() -> Style {
    Style::plain(Font::Times, 9.0)
}

/// What a page of A4 has within its margins, down to this baseline.
fn a4(bottom: f32) -> Area {
    Area::new(50.0, 545.0, 780.0, bottom)
}

/// Sets a title across an area.
fn set_title(page: &mut Page, area: &mut Area, text: &str) {
    page.line(area, Align::Left, text, &title());
}
