//! Grids: the cells that rulings make. Pure.

use crate::extract::pdf::{glyph::Direction, ruling::Ruling};

/// Lines no farther apart than so many points are one, and they meet that come so near to each other.
const NEAR: f32 = 2.5;
/// The most lines of one direction; a drawing has more, a table hardly.
const MAX_LINES: usize = 2000;
/// The most rows or columns of a table.
const MAX_TRACKS: usize = 300;
/// Of a hundred places between two cells of a row at most so many are open.
const MAX_OPEN: usize = 60;
/// The most grids of a page.
const MAX_GRIDS: usize = 200;
/// Rows are at least so many points high, and columns wide.
const MIN_TRACK: f32 = 4.0;

/// A straight line in turned coordinates: at one coordinate, from and to along the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) at: f32,
    pub(super) from: f32,
    pub(super) to: f32,
}

/// The rulings of a page by direction, as text that runs this way sees them.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// From the top.
    pub(super) horizontal: Vec<Line>,
    /// From the left.
    pub(super) vertical: Vec<Line>,
    /// The edges of stripes that are coloured, from the top.
    pub(super) bands: Vec<Line>,
}

impl Lines {
    /// Turns the rulings of a page; what continues each other is one line.
    pub(super) fn new(rulings: &[Ruling], direction: Direction) -> Self {
        let mut lines = Self::default();
        for ruling in rulings {
            let from = direction.turn(ruling.from.0, ruling.from.1);
            let to = direction.turn(ruling.to.0, ruling.to.1);
            let (x, y) = ((from.0 - to.0).abs(), (from.1 - to.1).abs());
            if ruling.is_edge {
                if y < x {
                    lines.bands.push(line(f32::midpoint(from.1, to.1), from.0, to.0));
                }
            } else if y < x {
                lines
                    .horizontal
                    .push(line(f32::midpoint(from.1, to.1), from.0, to.0));
            } else {
                lines
                    .vertical
                    .push(line(f32::midpoint(from.0, to.0), from.1, to.1));
            }
        }
        lines.horizontal = joined(lines.horizontal);
        lines.vertical = joined(lines.vertical);
        lines.bands.truncate(MAX_LINES);
        lines
    }

    /// Whether a line parts what ends here from what begins there, on a baseline.
    pub(super) fn part(&self, end: f32, begin: f32, baseline: f32) -> bool {
        let first = self.vertical.partition_point(|line| line.at < end - 1.0);
        self.vertical[first..]
            .iter()
            .take_while(|line| line.at <= begin + 1.0)
            .any(|line| (line.from..=line.to).contains(&(baseline - 2.0)))
    }
}

fn line(at: f32, one: f32, other: f32) -> Line {
    Line {
        at,
        from: one.min(other),
        to: one.max(other),
    }
}

/// The lines in the order of their place, pieces of one joined.
fn joined(mut lines: Vec<Line>) -> Vec<Line> {
    if lines.len() > MAX_LINES {
        return Vec::new();
    }
    lines.sort_by(|one, other| one.at.total_cmp(&other.at).then(one.from.total_cmp(&other.from)));
    let mut joined: Vec<Line> = Vec::new();
    for line in lines {
        let same = joined
            .iter_mut()
            .rev()
            .take_while(|other| line.at - other.at < NEAR)
            .find(|other| line.from <= other.to + NEAR && other.from <= line.to + NEAR);
        match same {
            Some(other) => {
                other.from = other.from.min(line.from);
                other.to = other.to.max(line.to);
            }
            None => joined.push(line),
        }
    }
    joined
}

/// Rows and columns that rulings make, some of whose cells are one.
#[derive(Debug)]
pub(super) struct Grid {
    /// The edges of rows from the top, one more than there are rows.
    pub(super) rows: Vec<f32>,
    /// The edges of columns from the left, one more than there are columns.
    pub(super) columns: Vec<f32>,
    horizontal: Vec<Line>,
    vertical: Vec<Line>,
}

impl Grid {
    /// The row and the column at a place, if it lies within.
    pub(super) fn cell_at(&self, x: f32, y: f32) -> Option<(usize, usize)> {
        Some((track(&self.rows, y)?, track(&self.columns, x)?))
    }

    /// Whether no line parts a cell from the next in its row.
    pub(super) fn is_open_right(&self, row: usize, column: usize) -> bool {
        let middle = f32::midpoint(self.rows[row], self.rows[row + 1]);
        !has_line(&self.vertical, self.columns[column + 1], middle)
    }

    /// Whether its rows have their columns in common, as boxes around single words have not.
    fn shares_columns(&self) -> bool {
        let (rows, columns) = (self.rows.len() - 1, self.columns.len() - 1);
        let all = (0..rows).flat_map(|row| (0..columns - 1).map(move |column| (row, column)));
        let open = all
            .filter(|&(row, column)| self.is_open_right(row, column))
            .count();
        open * 100 <= rows * (columns - 1) * MAX_OPEN
    }

    /// Whether no line parts a cell from the one below.
    pub(super) fn is_open_below(&self, row: usize, column: usize) -> bool {
        let middle = f32::midpoint(self.columns[column], self.columns[column + 1]);
        !has_line(&self.horizontal, self.rows[row + 1], middle)
    }
}

fn has_line(lines: &[Line], at: f32, along: f32) -> bool {
    let first = lines.partition_point(|line| line.at <= at - NEAR);
    lines[first..]
        .iter()
        .take_while(|line| line.at < at + NEAR)
        .any(|line| (line.from - NEAR..=line.to + NEAR).contains(&along))
}

/// The number of the track in which a place lies.
fn track(edges: &[f32], place: f32) -> Option<usize> {
    let after = edges.partition_point(|edge| *edge <= place);
    (after > 0 && after < edges.len()).then(|| after - 1)
}

/// The grids of a page: lines that meet each other, directly or through others.
pub(super) fn grids(lines: &Lines) -> Vec<Grid> {
    if lines.vertical.is_empty() || lines.horizontal.is_empty() {
        return Vec::new();
    }
    let mut group: Vec<usize> = (0..lines.horizontal.len() + lines.vertical.len()).collect();
    for (number, vertical) in lines.vertical.iter().enumerate() {
        let first = lines
            .horizontal
            .partition_point(|line| line.at < vertical.from - NEAR);
        let meeting = lines.horizontal[first..]
            .iter()
            .enumerate()
            .take_while(|(_, line)| line.at <= vertical.to + NEAR)
            .filter(|(_, line)| (line.from - NEAR..=line.to + NEAR).contains(&vertical.at));
        for (horizontal, _) in meeting {
            let (one, other) = (
                root(&mut group, first + horizontal),
                root(&mut group, lines.horizontal.len() + number),
            );
            group[one] = other;
        }
    }
    let mut grids: std::collections::BTreeMap<usize, (Vec<Line>, Vec<Line>)> =
        std::collections::BTreeMap::new();
    for (number, line) in lines.horizontal.iter().enumerate() {
        grids.entry(root(&mut group, number)).or_default().0.push(*line);
    }
    for (number, line) in lines.vertical.iter().enumerate() {
        let root = root(&mut group, lines.horizontal.len() + number);
        grids.entry(root).or_default().1.push(*line);
    }
    grids
        .into_values()
        .filter_map(|(horizontal, vertical)| grid(horizontal, vertical))
        .take(MAX_GRIDS)
        .collect()
}

/// The number that stands for a line's group (union-find with halved paths).
fn root(group: &mut [usize], mut number: usize) -> usize {
    while group[number] != number {
        group[number] = group[group[number]];
        number = group[number];
    }
    number
}

/// The grid of lines that meet; `None` where they part no cells.
fn grid(horizontal: Vec<Line>, vertical: Vec<Line>) -> Option<Grid> {
    let rows = edges(&horizontal, &vertical);
    let columns = edges(&vertical, &horizontal);
    let is_table = rows.len() > 1 && columns.len() > 2 && rows.len().max(columns.len()) <= MAX_TRACKS;
    let grid = Grid {
        rows,
        columns,
        horizontal,
        vertical,
    };
    (is_table && grid.shares_columns()).then_some(grid)
}

/// The edges of tracks: where lines are, and where the lines across them end.
fn edges(lines: &[Line], across: &[Line]) -> Vec<f32> {
    let ends = across.iter().flat_map(|line| [line.from, line.to]);
    let outer = [
        ends.clone().fold(f32::MAX, f32::min),
        ends.fold(f32::MIN, f32::max),
    ];
    let mut places: Vec<f32> = lines.iter().map(|line| line.at).chain(outer).collect();
    places.retain(|place| place.is_finite() && place.abs() < f32::MAX);
    places.sort_by(f32::total_cmp);
    places.dedup_by(|next, before| *next - *before < MIN_TRACK);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruling(from: (f32, f32), to: (f32, f32)) -> Ruling {
        let is_edge = false;
        Ruling { from, to, is_edge }
    }

    /// Two rows and two columns of 100 by 20 points.
    fn table() -> Vec<Ruling> {
        let mut rulings: Vec<Ruling> = [0.0, 20.0, 40.0].map(|y| ruling((0.0, y), (200.0, y))).into();
        rulings.extend([0.0, 100.0, 200.0].map(|x| ruling((x, 0.0), (x, 40.0))));
        rulings
    }

    #[test]
    fn lines_that_meet_make_cells() {
        let lines = Lines::new(&table(), Direction::RIGHT);
        let grids = grids(&lines);
        assert_eq!(grids.len(), 1);
        assert_eq!((grids[0].rows.len(), grids[0].columns.len()), (3, 3));
        assert_eq!(grids[0].cell_at(150.0, -30.0), Some((0, 1)));
        assert_eq!(grids[0].cell_at(250.0, -30.0), None);
        assert!(lines.part(90.0, 110.0, -10.0));
        assert!(!lines.part(20.0, 30.0, -10.0));
    }

    #[test]
    fn where_a_piece_of_a_line_is_missing_cells_are_one() {
        let mut rulings = table();
        rulings[4] = ruling((100.0, 0.0), (100.0, 20.0));
        let grid = grids(&Lines::new(&rulings, Direction::RIGHT)).remove(0);
        assert!(grid.is_open_right(0, 0) && !grid.is_open_right(1, 0));
        assert!(!grid.is_open_below(0, 0));
    }

    #[test]
    fn a_box_is_no_grid() {
        let lines = [
            ruling((0.0, 0.0), (200.0, 0.0)),
            ruling((200.0, 0.0), (200.0, 40.0)),
            ruling((200.0, 40.0), (0.0, 40.0)),
            ruling((0.0, 40.0), (0.0, 0.0)),
        ];
        assert!(grids(&Lines::new(&lines, Direction::RIGHT)).is_empty());
    }

    #[test]
    fn pieces_of_a_line_are_one_line() {
        let pieces = [ruling((0.0, 0.0), (50.0, 0.0)), ruling((50.5, 0.2), (100.0, 0.2))];
        let lines = Lines::new(&pieces, Direction::RIGHT);
        assert_eq!(lines.horizontal.len(), 1);
        assert!((lines.horizontal[0].to - 100.0).abs() < 0.01);
    }
}
