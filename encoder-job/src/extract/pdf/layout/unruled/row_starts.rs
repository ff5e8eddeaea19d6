//! Which lines of a table begin rows: what says so are lines between them, white between them, or the first column.

use super::{
    super::{direction::Base, grid::Lines, wrapped},
    Row, along, column_of, line_along,
};

/// Lines of one cell stand no farther apart than so many times the font's size, …
pub(super) const MAX_LEADING: f32 = 1.4;
/// … and no nearer than so many times, …
const MIN_LEADING: f32 = 0.9;
/// … and rows farther than lines by at least so much.
const ROW_DISTANCE: f32 = 1.25;

/// Rows between which there are lines; `None` where there are none.
pub(super) fn by_rulings(rows: &[Row], rulings: &Lines) -> Option<Vec<bool>> {
    let mut begins = vec![true];
    begins.extend(ruled_between(rows, rulings));
    // One line below the head says nothing of the other rows.
    (begins.iter().filter(|begins| **begins).count() > 2).then_some(begins)
}

/// For each two rows below each other whether a line as wide as most of the table is between them.
pub(super) fn ruled_between(rows: &[Row], rulings: &Lines) -> Vec<bool> {
    let left = rows
        .iter()
        .flat_map(|row| &row.cells)
        .map(|cell| cell.left)
        .fold(f32::MAX, f32::min);
    let right = rows
        .iter()
        .flat_map(|row| &row.cells)
        .map(|cell| cell.right)
        .fold(f32::MIN, f32::max);
    let parts = |above: &Row, below: &Row| {
        rulings.bands.iter().chain(&rulings.horizontal).any(|line| {
            line.at > above.baseline
                && line.at < below.baseline
                && (line.to.min(right) - line.from.max(left)) * 2.0 > right - left
        })
    };
    rows.windows(2).map(|pair| parts(&pair[0], &pair[1])).collect()
}

/// Rows that stand farther apart than the lines of one; `None` where all stand equally far apart.
pub(super) fn by_distance(rows: &[Row], columns: usize) -> Option<Vec<bool>> {
    let distances = || rows.windows(2).map(|pair| pair[1].baseline - pair[0].baseline);
    let size = rows.iter().map(|row| row.size).fold(0.0, f32::max);
    // A label may stand between the lines of its row.
    let of_lines = distances().filter(|distance| *distance > MIN_LEADING * size);
    let least = of_lines.fold(f32::MAX, f32::min);
    if least > MAX_LEADING * size {
        return None;
    }
    let mut begins = vec![true];
    begins.extend(distances().map(|distance| distance > ROW_DISTANCE * least));
    // In groups of rows the gaps part groups: then first lines of groups have all cells, and so have others.
    let is_full = |row: &Row| row.cells.len() * 4 > columns * 3;
    let (mut joined, mut full) = (0, 0);
    let mut is_first_full = false;
    for (row, begins) in rows.iter().zip(&begins) {
        if *begins {
            is_first_full = is_full(row);
        } else {
            joined += 1;
            full += usize::from(is_first_full && is_full(row));
        }
    }
    let is_of_rows = full * 3 <= joined;
    (is_of_rows && begins.iter().skip(1).filter(|begins| **begins).count() > 1).then_some(begins)
}

/// Rows that begin where the first column has something, if all that stands without it goes on from cells that are full.
pub(super) fn by_first_column(rows: &[Row], columns: &[(f32, f32)], limits: &[f32], base: Base) -> Vec<bool> {
    let first = if base.is_left { columns.len() - 1 } else { 0 };
    let mut begins = vec![true];
    for (number, row) in rows.iter().enumerate().skip(1) {
        let goes_on = row.cells.iter().all(|cell| {
            let Some(column) = column_of(columns, cell) else {
                return false;
            };
            let above = rows[number - 1]
                .cells
                .iter()
                .find(|above| column_of(columns, above) == Some(column));
            column != first
                && above.is_some_and(|above| {
                    let end = along(above.left, above.right, base).1;
                    wrapped::is_full(end, limits[column], &line_along(cell, base))
                })
        });
        begins.push(!goes_on);
    }
    begins
}
