//! Tables: what stands in the cells of a grid is read cell by cell, a row as a line with a tab between cells.

use super::{
    Fragment,
    direction::Base,
    grid::{Grid, Lines, grids},
    lines, median, paragraphs, wrapped,
};

/// The most lines of a cell: what has more is prose in a frame.
const MAX_CELL_LINES: usize = 30;
/// In the middle cells have no more lines.
const USUAL_CELL_LINES: usize = 8;
/// Of so many cells of a table at least one is filled.
const MIN_FILLED: usize = 3;
/// Of so many lines at most one is an item of a list.
const MAX_LISTED: usize = 4;
/// Cells of so many lines may be several rows without lines between them.
const MIN_ROWS: usize = 3;
/// Equally many lines in three cells are rows, if they are so many, and twice as many in two.
const MANY_ROWS: usize = 5;

/// Takes the text of tables that are ruled out of a page's fragments, and puts each table in as a fragment of several lines.
pub(super) fn take_ruled(fragments: &mut Vec<Fragment>, rulings: &Lines, base: Base) {
    for grid in grids(rulings) {
        let (inside, outside): (Vec<Fragment>, Vec<Fragment>) = fragments
            .drain(..)
            .partition(|fragment| cell_of(&grid, fragment).is_some());
        *fragments = outside;
        match table(&grid, &inside, base) {
            Some(table) => fragments.push(table),
            None => fragments.extend(inside),
        }
    }
}

fn cell_of(grid: &Grid, fragment: &Fragment) -> Option<(usize, usize)> {
    if fragment.table.is_some() {
        return None;
    }
    grid.cell_at(
        f32::midpoint(fragment.left, fragment.right),
        fragment.baseline - 0.3 * fragment.size,
    )
}

/// The table of these fragments; `None` where they are none.
fn table(grid: &Grid, inside: &[Fragment], base: Base) -> Option<Fragment> {
    let cells = Cells::new(grid, inside, base);
    let counts = || {
        cells
            .text
            .iter()
            .flatten()
            .map(std::vec::Vec::len)
            .filter(|count| *count > 0)
    };
    let mut sorted: Vec<usize> = counts().collect();
    sorted.sort_unstable();
    let usual = *sorted.get(sorted.len() / 2)?;
    if sorted.len() < 2 || usual > USUAL_CELL_LINES || *sorted.last()? > MAX_CELL_LINES {
        return None;
    }
    // Boxes of a drawing leave most of the page free, and hold lists of their own.
    let filled = sorted.len() * MIN_FILLED >= cells.count();
    if !filled || cells.listed() * MAX_LISTED > cells.lines() {
        return None;
    }
    let text = cells.rows(base).join("\n");
    Some(Fragment::of_table(
        text,
        [
            *grid.columns.first()?,
            *grid.rows.first()?,
            *grid.columns.last()?,
            *grid.rows.last()?,
        ],
        median(inside.iter().map(|fragment| fragment.size)),
        inside
            .iter()
            .map(|fragment| fragment.drawn)
            .min()
            .unwrap_or_default(),
    ))
}

/// The lines of each cell. Of cells that are one, the first has the text.
struct Cells {
    /// By row and column.
    text: Vec<Vec<Vec<lines::Line>>>,
    /// Whether a cell is the rest of one to its left.
    continues: Vec<Vec<bool>>,
}

impl Cells {
    fn new(grid: &Grid, inside: &[Fragment], base: Base) -> Self {
        let (rows, columns) = (grid.rows.len() - 1, grid.columns.len() - 1);
        let mut fragments = vec![vec![Vec::new(); columns]; rows];
        let mut continues = vec![vec![false; columns]; rows];
        for (row, continues) in continues.iter_mut().enumerate() {
            for (column, continues) in continues.iter_mut().enumerate().skip(1) {
                *continues = grid.is_open_right(row, column - 1);
            }
        }
        for fragment in inside {
            let Some((mut row, mut column)) = cell_of(grid, fragment) else {
                continue;
            };
            while continues[row][column] {
                column -= 1;
            }
            while row > 0 && grid.is_open_below(row - 1, column) {
                row -= 1;
            }
            fragments[row][column].push(fragment.clone());
        }
        let text = fragments
            .into_iter()
            .map(|row| row.into_iter().map(|cell| lines::lines(cell, base)).collect())
            .collect();
        Self { text, continues }
    }

    /// How many cells there are.
    fn count(&self) -> usize {
        self.continues
            .iter()
            .flatten()
            .filter(|continues| !**continues)
            .count()
    }

    fn lines(&self) -> usize {
        self.text.iter().flatten().map(Vec::len).sum()
    }

    /// How many lines follow others of their cell and begin as attributes and operations do in boxes of UML.
    fn listed(&self) -> usize {
        let following = self.text.iter().flatten().flat_map(|lines| lines.iter().skip(1));
        following.filter(|line| line.text.starts_with(['+', '-'])).count()
    }

    /// Where the text of each column ends.
    fn limits(&self) -> Vec<f32> {
        let columns = self.text.first().map_or(0, Vec::len);
        (0..columns)
            .map(|column| {
                let lines = self.text.iter().flat_map(|row| &row[column]);
                lines.map(|line| line.right).fold(f32::MIN, f32::max)
            })
            .collect()
    }

    /// The rows as lines, from the top, without those that are empty.
    fn rows(&self, base: Base) -> Vec<String> {
        let limits = self.limits();
        let mut rows = Vec::new();
        for (row, cells) in self.text.iter().enumerate() {
            let parts = unruled_rows(cells, &limits);
            let parts = if parts.is_empty() {
                vec![(f32::MIN, f32::MAX)]
            } else {
                parts
            };
            for (from, to) in parts {
                let texts = cells
                    .iter()
                    .enumerate()
                    .filter(|(column, _)| !self.continues[row][*column]);
                let mut texts: Vec<String> = texts
                    .map(|(_, lines)| {
                        let lines = lines.iter().filter(|line| (from..to).contains(&line.baseline));
                        paragraphs::on_one_line(lines)
                    })
                    .collect();
                if base.is_left {
                    texts.reverse();
                }
                let line = texts.join("\t");
                let line = line.trim_end_matches('\t');
                if !line.is_empty() {
                    rows.push(line.to_owned());
                }
            }
        }
        rows
    }
}

/// Where rows begin and end that no lines part: cells of several lines that stand beside each other and are not wrapped. Empty where the
/// cells are one row.
fn unruled_rows(cells: &[Vec<lines::Line>], limits: &[f32]) -> Vec<(f32, f32)> {
    let long = || {
        cells
            .iter()
            .zip(limits)
            .filter(|(lines, _)| lines.len() >= MIN_ROWS)
    };
    let Some((first, _)) = long().next() else {
        return Vec::new();
    };
    let size = median(first.iter().map(|line| line.size));
    let stands_beside = |lines: &[lines::Line]| {
        let is_beside = |line: &&lines::Line| {
            first
                .iter()
                .any(|other| (other.baseline - line.baseline).abs() < 0.4 * size)
        };
        lines.iter().filter(is_beside).count() * 4 >= lines.len().min(first.len()) * 3
    };
    let beside = long().filter(|(lines, _)| stands_beside(lines)).count();
    let filled = cells.iter().filter(|lines| !lines.is_empty()).count();
    // Cells that happen to be equally long are seldom many, or of many lines.
    let are_equal = || {
        let equal = long()
            .filter(|(lines, _)| lines.len().abs_diff(first.len()) * 5 <= first.len())
            .count();
        (first.len() >= MANY_ROWS && equal > 2) || (first.len() >= 2 * MANY_ROWS && equal == 2)
    };
    let are_wrapped = || wrapped::are_wrapped(long().map(|(lines, limit)| (lines.as_slice(), *limit)));
    if beside < 2 || long().count() * 10 < filled * 7 || (!are_equal() && are_wrapped()) {
        return Vec::new();
    }
    let starts: Vec<f32> = first.iter().map(|line| line.baseline - 0.6 * size).collect();
    let mut rows: Vec<(f32, f32)> = starts
        .iter()
        .enumerate()
        .map(|(number, &start)| (start, starts.get(number + 1).copied().unwrap_or(f32::MAX)))
        .collect();
    // What stands above the first of these lines is a row of its own.
    rows.insert(0, (f32::MIN, starts[0]));
    rows
}
