//! Tables: what stands in the cells of a grid is read cell by cell, a row as a line with a tab between cells.

use super::{
    Fragment,
    direction::Base,
    grid::{Grid, Lines, grids},
    lines, median, paragraphs,
};

/// The most lines of a cell: what has more is prose in a frame.
const MAX_CELL_LINES: usize = 30;
/// In the middle cells have no more lines.
const USUAL_CELL_LINES: usize = 8;
/// Of so many cells of a table at least one is filled.
const MIN_FILLED: usize = 3;
/// Of so many lines at most one is an item of a list.
const MAX_LISTED: usize = 4;
/// Where lines part no more rows than that, rows without lines between them are looked for.
const FEW_ROWS: usize = 3;

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

    /// The rows as lines, from the top, without those that are empty.
    fn rows(&self, base: Base) -> Vec<String> {
        let is_open = self.text.len() <= FEW_ROWS;
        let mut rows = Vec::new();
        for (row, cells) in self.text.iter().enumerate() {
            let parts = if is_open { unruled_rows(cells) } else { Vec::new() };
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
                if base == Base::Left {
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

/// Where rows begin and end that no lines part: most cells have a line on the same baselines. Empty where the cells are one row.
fn unruled_rows(cells: &[Vec<lines::Line>]) -> Vec<(f32, f32)> {
    let mut baselines: Vec<f32> = cells.iter().flatten().map(|line| line.baseline).collect();
    baselines.sort_by(f32::total_cmp);
    let size = median(cells.iter().flatten().map(|line| line.size));
    baselines.dedup_by(|next, before| *next - *before < 0.4 * size);
    let has_nearly_all = |lines: &&Vec<lines::Line>| lines.len() * 10 >= baselines.len() * 7;
    let full = cells.iter().filter(has_nearly_all).count();
    let filled = cells.iter().filter(|lines| !lines.is_empty()).count();
    if baselines.len() < 3 || full < 2 || full * 2 < filled {
        return Vec::new();
    }
    let starts: Vec<f32> = baselines.iter().map(|baseline| baseline - 0.5 * size).collect();
    starts
        .iter()
        .enumerate()
        .map(|(number, &start)| (start, starts.get(number + 1).copied().unwrap_or(f32::MAX)))
        .collect()
}
