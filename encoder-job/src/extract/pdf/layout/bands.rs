//! Bands: a strip may run through headings and tables that are as wide as the columns beside it and happen to leave it free.

use std::ops::Range;

use super::{
    Fragment,
    sides::{MIN_LINES, MIN_ROWS, Side, are_rows, begin_together, sides},
};

/// A band of white as wide as both columns is at least so many times the font's size high.
pub(super) const BAND_GAP: f32 = 1.6;
/// A heading over columns has at most so many lines.
const MAX_HEADING_LINES: usize = 3;
/// It fills no more of the left column.
const MAX_HEADING_WIDTH: f32 = 0.85;

/// The stretches of these rows between headings as wide as both columns and tables that happen to leave the strip free.
pub(super) fn of_columns(
    fragments: &[Fragment],
    rows: Range<usize>,
    at: f32,
    size: f32,
) -> Vec<Range<usize>> {
    let left = fragments[rows.clone()]
        .iter()
        .filter(|fragment| fragment.right <= at)
        .count();
    if left == 0 || left == rows.len() || rows.len() < MIN_LINES {
        return Vec::new();
    }
    let bands: Vec<Band> = bands(fragments, &rows, size)
        .into_iter()
        .map(|rows| Band::new(fragments, rows, at, size))
        .collect();
    let left = bands.iter().filter_map(|band| band.left.as_ref());
    let extent = left.fold((f32::MAX, f32::MIN), |(from, to), side| {
        (from.min(side.left), to.max(side.right))
    });
    // What is apart below columns may have but one row, and there captions stand over tables.
    let mut end = bands.len();
    while end > 1 && {
        let band = &bands[end - 1];
        band.is_table(size, 1)
            || (end < bands.len() && band.is_heading(extent))
            || (band.is_one_row(size) && is_nearer_to_what_is_below(fragments, &band.rows))
    } {
        end -= 1;
    }
    let mut stretches = Vec::new();
    let mut start = rows.start;
    for (number, band) in bands[..end].iter().enumerate() {
        let begins_a_part = || {
            bands
                .get(number + 1)
                .is_some_and(|next| next.begins_together(size))
        };
        if band.is_table(size, MIN_ROWS) || (band.is_heading(extent) && begins_a_part()) {
            stretches.push(start..band.rows.start);
            start = band.rows.end;
        }
    }
    stretches.push(start..bands[end - 1].rows.end);
    stretches.retain(|rows| !rows.is_empty());
    stretches
}

/// Rows between two bands of white.
struct Band {
    rows: Range<usize>,
    left: Option<Side>,
    right: Option<Side>,
}

impl Band {
    fn new(fragments: &[Fragment], rows: Range<usize>, at: f32, size: f32) -> Self {
        let (left, right) = sides(&fragments[rows.clone()], at, size);
        Self { rows, left, right }
    }

    /// Whether it is a heading or a caption over what follows: a few short lines at the left.
    fn is_heading(&self, column: (f32, f32)) -> bool {
        matches!(&self.left, Some(left) if self.right.is_none()
            && left.lines.len() <= MAX_HEADING_LINES
            && left.right - column.0 < MAX_HEADING_WIDTH * (column.1 - column.0))
    }

    fn is_table(&self, size: f32, min_rows: usize) -> bool {
        matches!((&self.left, &self.right), (Some(left), Some(right)) if are_rows(left, right, size, min_rows))
    }

    /// Whether it is one line on both sides.
    fn is_one_row(&self, size: f32) -> bool {
        self.begins_together(size)
            && [&self.left, &self.right]
                .iter()
                .all(|side| side.as_ref().is_some_and(|side| side.is_one_line(size)))
    }

    fn begins_together(&self, size: f32) -> bool {
        matches!((&self.left, &self.right), (Some(left), Some(right)) if begin_together(left, right, size))
    }
}

/// Whether these rows stand farther from what is above than from what is below.
fn is_nearer_to_what_is_below(fragments: &[Fragment], rows: &Range<usize>) -> bool {
    let above = rows
        .start
        .checked_sub(1)
        .map(|above| fragments[rows.start].baseline - fragments[above].baseline);
    let below = fragments
        .get(rows.end)
        .map(|below| below.baseline - fragments[rows.end - 1].baseline);
    matches!((above, below), (Some(above), Some(below)) if below < 0.8 * above)
}

/// The rows, parted where a band of white runs through both columns.
fn bands(fragments: &[Fragment], rows: &Range<usize>, size: f32) -> Vec<Range<usize>> {
    let mut bands = Vec::new();
    let mut start = rows.start;
    let mut bottom = fragments[rows.start].bottom_baseline();
    for index in rows.clone() {
        if fragments[index].baseline - bottom > BAND_GAP * size {
            bands.push(start..index);
            start = index;
            bottom = f32::MIN;
        }
        bottom = bottom.max(fragments[index].bottom_baseline());
    }
    bands.push(start..rows.end);
    bands
}
