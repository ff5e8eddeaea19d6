//! The cells of lines: where a line is cut into them, and where one that stands over several columns is parted.

use super::super::{Fragment, grid::Lines, lines::CELL_GAP};

/// Rows farther apart than so many times the font's size are of different tables.
const MAX_ROW_GAP: f32 = 3.0;
/// Cells of a column begin within so much of the font's size …
const SAME_EDGE: f32 = 0.2;
/// … and at least so many do.
const MIN_BEGINNINGS: usize = 2;
/// The place of a word in a fragment is told by its letters, to so much of the font's size.
const HEAD_TOLERANCE: f32 = 0.5;
/// The heads of columns have no more bytes.
const MAX_HEAD: usize = 200;

/// A line of a page, cut into cells.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    pub(super) baseline: f32,
    pub(super) size: f32,
}

#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) fragments: Vec<Fragment>,
}

impl Row {
    pub(super) fn new(mut fragments: Vec<Fragment>, rulings: &Lines) -> Self {
        fragments.sort_by(|one, other| one.left.total_cmp(&other.left));
        let size = fragments.iter().map(|fragment| fragment.size).fold(0.0, f32::max);
        let baseline = fragments.first().map_or(0.0, |fragment| fragment.baseline);
        let mut cells: Vec<Cell> = Vec::new();
        for fragment in fragments {
            match cells.last_mut().filter(|cell| {
                fragment.left - cell.right <= CELL_GAP * size
                    && !rulings.part(cell.right, fragment.left, baseline)
            }) {
                Some(cell) => {
                    cell.right = cell.right.max(fragment.right);
                    cell.fragments.push(fragment);
                }
                None => cells.push(Cell {
                    left: fragment.left,
                    right: fragment.right,
                    fragments: vec![fragment],
                }),
            }
        }
        Self {
            cells,
            baseline,
            size,
        }
    }

    /// Whether it may be of the table that these rows are: it has several cells, or one that stands below a cell of theirs.
    pub(super) fn continues(&self, rows: &[Self]) -> bool {
        let Some(above) = rows.last() else {
            return true;
        };
        if self.baseline - above.baseline > MAX_ROW_GAP * self.size.max(above.size) {
            return false;
        }
        if self.cells.len() > 1 {
            return true;
        }
        let Some(cell) = self.cells.first() else {
            return false;
        };
        let near = || rows.iter().rev().take(4).filter(|row| row.cells.len() > 1);
        // What begins with the first column and stands over the beginning of another is prose below the table.
        let begins = near()
            .flat_map(|row| &row.cells)
            .all(|own| cell.left < own.left + 0.5 * self.size);
        let crosses = begins
            && near()
                .flat_map(|row| &row.cells)
                .any(|own| cell.left + self.size < own.left && own.left < cell.right - self.size);
        !crosses
            && near().any(|row| {
                let limits = row.cells.iter().enumerate().map(|(number, own)| {
                    let next = row.cells.get(number + 1).map_or(f32::MAX, |next| next.left);
                    (own.left - 0.5 * self.size, next)
                });
                let mut limits = limits;
                limits.any(|(from, to)| cell.left >= from && cell.right < to)
                    && row
                        .cells
                        .last()
                        .is_some_and(|last| cell.right <= last.right + 2.0 * self.size)
            })
    }
}

/// Parts cells whose gap is narrow where other cells of their column begin.
pub(super) fn part_cells(rows: &mut [Row]) {
    let mut beginnings: Vec<f32> = rows
        .iter()
        .filter(|row| row.cells.len() > 1)
        .flat_map(|row| row.cells.iter().map(|cell| cell.left))
        .collect();
    beginnings.sort_by(f32::total_cmp);
    for row in rows {
        let tolerance = SAME_EDGE * row.size;
        let begins_column = |left: f32| {
            let from = beginnings.partition_point(|place| *place < left - tolerance);
            let near = beginnings[from..]
                .iter()
                .take_while(|place| **place <= left + tolerance);
            near.take(MIN_BEGINNINGS).count() == MIN_BEGINNINGS
        };
        let mut cells: Vec<Cell> = Vec::with_capacity(row.cells.len());
        for cell in std::mem::take(&mut row.cells) {
            let first = cells.len();
            for fragment in cell.fragments {
                let begins = cells.len() == first || begins_column(fragment.left);
                match cells.last_mut().filter(|_| !begins) {
                    Some(last) => {
                        last.right = last.right.max(fragment.right);
                        last.fragments.push(fragment);
                    }
                    None => cells.push(Cell {
                        left: fragment.left,
                        right: fragment.right,
                        fragments: vec![fragment],
                    }),
                }
            }
        }
        row.cells = cells;
    }
}

/// Parts cells of one fragment that stand over several columns, where a word begins or ends where a column does.
pub(super) fn part_heads(rows: &mut [Row], columns: &[(f32, f32)]) {
    for row in rows {
        let mut cells = Vec::with_capacity(row.cells.len());
        for cell in std::mem::take(&mut row.cells) {
            let mut rest = cell;
            for pair in columns.windows(2) {
                if let Some((first, second)) = parted_between(&rest, pair[0], pair[1], row.size) {
                    cells.push(first);
                    rest = second;
                }
            }
            cells.push(rest);
        }
        row.cells = cells;
    }
}

/// The two parts of a cell that stands over these columns; `None` where no word stands as the second column does.
fn parted_between(cell: &Cell, one: (f32, f32), other: (f32, f32), size: f32) -> Option<(Cell, Cell)> {
    if !(cell.left < one.1 && cell.right > other.0) {
        return None;
    }
    let [fragment] = cell.fragments.as_slice() else {
        return parted_between_fragments(cell, one, other);
    };
    if fragment.text.len() > MAX_HEAD {
        return None;
    }
    let all = fragment.text.chars().count();
    fragment.text.match_indices(' ').find_map(|(at, _)| {
        #[allow(clippy::cast_precision_loss, reason = "cells are short")]
        let share = |characters: usize| characters as f32 / all.max(1) as f32;
        let before = fragment.text[..at].chars().count();
        let width = cell.right - cell.left;
        let (end, begin) = (
            cell.left + share(before) * width,
            cell.left + share(before + 1) * width,
        );
        let rest = fragment.text[at + 1..].find(' ').map_or(cell.right, |next| {
            begin + share(fragment.text[at + 1..at + 1 + next].chars().count()) * width
        });
        let is_near = |one: f32, other: f32| (one - other).abs() < HEAD_TOLERANCE * size;
        let stands_there = is_near(begin, other.0) || is_near(rest, other.1);
        (stands_there && end < other.0 && begin > one.0).then(|| {
            let part = |text: &str, left: f32, right: f32| Cell {
                left,
                right,
                fragments: vec![fragment.part(text, left, right)],
            };
            (
                part(&fragment.text[..at], cell.left, end),
                part(&fragment.text[at + 1..], begin, cell.right),
            )
        })
    })
}

/// The two parts of a cell of several fragments, none of which stands over both columns.
fn parted_between_fragments(cell: &Cell, one: (f32, f32), other: (f32, f32)) -> Option<(Cell, Cell)> {
    let at = cell
        .fragments
        .iter()
        .position(|fragment| fragment.right > other.0)?;
    let (first, second) = cell.fragments.split_at(at);
    let is_between = first.last()?.right < other.0 && second.first()?.left > one.1.min(first.last()?.right);
    let part = |fragments: &[Fragment]| {
        Some(Cell {
            left: fragments.first()?.left,
            right: fragments
                .iter()
                .map(|fragment| fragment.right)
                .fold(f32::MIN, f32::max),
            fragments: fragments.to_vec(),
        })
    };
    if is_between {
        part(first).zip(part(second))
    } else {
        None
    }
}
