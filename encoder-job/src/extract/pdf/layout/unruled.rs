//! Tables that no lines rule, or lines in one direction alone: columns are where cells stand below each other.
//!
//! Lines that are cells of one row are joined where something says that they are: lines between the rows, white between them, or a first
//! column that is empty while the other cells go on because their column was full. Else each line is a row.

mod cells;
mod row_starts;

use super::{
    Fragment,
    direction::Base,
    grid::Lines,
    lines::{Line, line},
    paragraphs, wrapped,
};
use cells::{Cell, Row, part_cells, part_heads};
use row_starts::{MAX_LEADING, by_distance, by_first_column, by_rulings, ruled_between};

/// A table has at least so many lines with several cells.
const MIN_LINES: usize = 3;
/// The most columns.
const MAX_COLUMNS: usize = 64;

/// Lines of a block from the top, the lines of each table that was found as one.
pub(super) fn lines(rows: Vec<Vec<Fragment>>, rulings: &Lines, base: Base) -> Vec<Line> {
    if rows.iter().filter(|fragments| fragments.len() > 1).count() < MIN_LINES {
        return rows.into_iter().map(|fragments| line(fragments, base)).collect();
    }
    let mut lines = Vec::new();
    let mut stretch: Vec<Row> = Vec::new();
    for fragments in rows {
        if fragments.iter().any(|fragment| fragment.table.is_some()) {
            end(&mut stretch, rulings, base, &mut lines);
            lines.push(line(fragments, base));
            continue;
        }
        let row = Row::new(fragments, rulings);
        if !row.continues(&stretch) {
            end(&mut stretch, rulings, base, &mut lines);
        }
        stretch.push(row);
    }
    end(&mut stretch, rulings, base, &mut lines);
    lines
}

/// Writes a stretch as a table, or line by line where it is none.
fn end(stretch: &mut Vec<Row>, rulings: &Lines, base: Base, lines: &mut Vec<Line>) {
    let mut rows = std::mem::take(stretch);
    part_cells(&mut rows);
    let fragments = |row: Row| row.cells.into_iter().flat_map(|cell| cell.fragments).collect();
    // A table begins with a line of several cells, or with one of a cell whose label is set in the middle of its row.
    let mut above = rows.iter().take_while(|row| row.cells.len() < 2).count();
    while above > 0 && begins_behind_label(&rows[above - 1], &rows[above..]) {
        above -= 1;
    }
    lines.extend(rows.drain(..above).map(|row| line(fragments(row), base)));
    let below = rows.split_off(rows.len() - below_last_ruling(&rows, rulings));
    match Table::of(&mut rows, rulings, base).and_then(|table| table.write(&rows, base)) {
        Some(table) => lines.push(table),
        None => lines.extend(rows.into_iter().map(|row| line(fragments(row), base))),
    }
    lines.extend(below.into_iter().map(|row| line(fragments(row), base)));
}

/// Whether a line of one cell stands close above others, behind the label that the first of them with several cells begins with.
fn begins_behind_label(row: &Row, below: &[Row]) -> bool {
    let is_close = |next: &Row| next.baseline - row.baseline <= MAX_LEADING * row.size.max(next.size);
    let labelled = below.iter().find(|row| row.cells.len() > 1);
    below.first().is_some_and(is_close)
        && labelled.is_some_and(|labelled| row.cells[0].left > labelled.cells[0].right)
}

/// How many lines below the last ruling are no part of a table: those of prose, which have one cell.
fn below_last_ruling(rows: &[Row], rulings: &Lines) -> usize {
    let ruled = ruled_between(rows, rulings);
    let Some(last) = ruled.iter().rposition(|ruled| *ruled).filter(|last| *last > 0) else {
        return 0;
    };
    let below = &rows[last + 1..];
    let is_table = ruled[..last].contains(&true);
    if is_table && below.iter().all(|row| row.cells.len() == 1) {
        below.len()
    } else {
        0
    }
}

/// The columns of a table, and which of its lines begin rows.
struct Table {
    /// From the left: where each begins and ends.
    columns: Vec<(f32, f32)>,
    begins_row: Vec<bool>,
}

impl Table {
    /// The table that rows are; `None` where they are none, or lines that say all by themselves.
    fn of(rows: &mut [Row], rulings: &Lines, base: Base) -> Option<Self> {
        if rows.iter().filter(|row| row.cells.len() > 1).count() < MIN_LINES {
            return None;
        }
        let columns = columns(rows);
        if !(2..=MAX_COLUMNS).contains(&columns.len()) {
            return None;
        }
        part_heads(rows, &columns);
        let limits = limits(rows, &columns, base);
        let begins_row = by_rulings(rows, rulings)
            .or_else(|| by_distance(rows, columns.len()))
            .filter(|begins| are_wrapped(rows, &columns, &limits, begins, base))
            .unwrap_or_else(|| by_first_column(rows, &columns, &limits, base));
        let has_gaps = || {
            rows.iter()
                .filter(|row| row.cells.len() > 1)
                .any(|row| row.cells.len() < columns.len())
        };
        // Of two columns of which one alone has cells of several lines, the other has labels of paragraphs.
        let mut goes_on: Vec<bool> = vec![false; columns.len()];
        for (row, _) in rows.iter().zip(&begins_row).filter(|(_, begins)| !**begins) {
            for column in row.cells.iter().filter_map(|cell| column_of(&columns, cell)) {
                goes_on[column] = true;
            }
        }
        let joined = goes_on.iter().filter(|goes_on| **goes_on).count();
        let is_table = if columns.len() > 2 {
            joined > 0 || has_gaps()
        } else {
            joined > 1
        };
        is_table.then_some(Self { columns, begins_row })
    }

    fn write(&self, rows: &[Row], base: Base) -> Option<Line> {
        let mut text = String::new();
        let mut start = 0;
        while start < rows.len() {
            let end = (start + 1..rows.len())
                .find(|&at| self.begins_row[at])
                .unwrap_or(rows.len());
            let mut cells: Vec<Vec<Line>> = self.columns.iter().map(|_| Vec::new()).collect();
            for row in &rows[start..end] {
                for cell in &row.cells {
                    let column = column_of(&self.columns, cell)?;
                    cells[column].push(line(cell.fragments.clone(), base));
                }
            }
            let mut texts: Vec<String> = cells
                .iter()
                .map(|lines| paragraphs::on_one_line(lines.iter()))
                .collect();
            if base.is_left {
                texts.reverse();
            }
            let row = texts.join("\t");
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(row.trim_end_matches('\t'));
            start = end;
        }
        let (first, last) = (rows.first()?, rows.last()?);
        Some(Line {
            text,
            baseline: first.baseline,
            size: first.size,
            left: self.columns.first()?.0,
            right: self.columns.last()?.1,
            is_table: true,
            bottom: last.baseline,
        })
    }
}

/// Where columns begin and end. Narrow cells tell it; wide ones may span several.
fn columns(rows: &[Row]) -> Vec<(f32, f32)> {
    let by_width = |one: &&Cell, other: &&Cell| (one.right - one.left).total_cmp(&(other.right - other.left));
    let (several, alone): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.cells.len() > 1);
    let mut cells: Vec<&Cell> = several.into_iter().flat_map(|row| &row.cells).collect();
    cells.sort_by(by_width);
    // Where labels stand between the lines of a row, lines have one cell.
    let mut alone: Vec<&Cell> = alone.into_iter().flat_map(|row| &row.cells).collect();
    alone.sort_by(by_width);
    let mut columns: Vec<(f32, f32)> = Vec::new();
    for cell in cells.into_iter().chain(alone) {
        let mut over = columns
            .iter_mut()
            .filter(|column| column.0 < cell.right && cell.left < column.1);
        match (over.next(), over.next()) {
            (None, _) => columns.push((cell.left, cell.right)),
            (Some(column), None) => *column = (column.0.min(cell.left), column.1.max(cell.right)),
            _ => {}
        }
        if columns.len() > MAX_COLUMNS {
            return Vec::new();
        }
    }
    columns.sort_by(|one, other| one.0.total_cmp(&other.0));
    // Two that no line has both of are one, such as a centred head and what stands below it.
    columns.dedup_by(|next, before| {
        let has = |row: &Row, column: &(f32, f32), other: &(f32, f32)| {
            let is_over = |cell: &Cell, column: &(f32, f32)| column.0 < cell.right && cell.left < column.1;
            row.cells
                .iter()
                .any(|cell| is_over(cell, column) && !is_over(cell, other))
        };
        let are_one = !rows
            .iter()
            .any(|row| has(row, before, next) && has(row, next, before));
        if are_one {
            before.1 = before.1.max(next.1);
        }
        are_one
    });
    columns
}

/// Where the text of each column ends, that of lines with one cell too: how far along the line, so that of text that runs to the left it is less than 0.
fn limits(rows: &[Row], columns: &[(f32, f32)], base: Base) -> Vec<f32> {
    let next = |number: usize| {
        if base.is_left {
            number.checked_sub(1).map_or(f32::MAX, |next| -columns[next].1)
        } else {
            columns.get(number + 1).map_or(f32::MAX, |next| next.0)
        }
    };
    let mut limits: Vec<f32> = columns
        .iter()
        .map(|&(left, right)| along(left, right, base).1)
        .collect();
    for cell in rows.iter().flat_map(|row| &row.cells) {
        if let Some(number) = column_of(columns, cell) {
            let end = along(cell.left, cell.right, base).1;
            if end < next(number) {
                limits[number] = limits[number].max(end);
            }
        }
    }
    limits
}

/// Where what stands between two places begins and ends, along a line of text that runs this way.
fn along(left: f32, right: f32, base: Base) -> (f32, f32) {
    if base.is_left {
        (-right, -left)
    } else {
        (left, right)
    }
}

/// The line of a cell, with its ends along the line.
fn line_along(cell: &Cell, base: Base) -> Line {
    let line = line(cell.fragments.clone(), base);
    let (left, right) = along(line.left, line.right, base);
    Line { left, right, ..line }
}

/// The column a cell stands in: the first that it has a part of.
fn column_of(columns: &[(f32, f32)], cell: &Cell) -> Option<usize> {
    columns
        .iter()
        .position(|column| column.0 < cell.right && cell.left < column.1)
}

/// Whether the lines that are joined to cells go on from each other.
fn are_wrapped(
    rows: &[Row],
    columns: &[(f32, f32)],
    limits: &[f32],
    begins_row: &[bool],
    base: Base,
) -> bool {
    let mut cells: Vec<(Vec<Line>, f32)> = Vec::new();
    for (number, &limit) in limits.iter().enumerate() {
        for (row, begins) in rows.iter().zip(begins_row) {
            if *begins || cells.is_empty() {
                cells.push((Vec::new(), limit));
            }
            let here = row
                .cells
                .iter()
                .filter(|cell| column_of(columns, cell) == Some(number));
            if let Some((lines, _)) = cells.last_mut() {
                lines.extend(here.map(|cell| line_along(cell, base)));
            }
        }
    }
    wrapped::are_wrapped(cells.iter().map(|(lines, limit)| (lines.as_slice(), *limit)))
}
