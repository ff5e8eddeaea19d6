//! A table that is drawn: what is ruled, and in which order its lines come.

use std::fmt::Write as _;

use crate::{
    Case,
    draw::{Content, Type, pdf},
    metrics::Font,
};

pub const STYLE: Type = Type::new(Font::Helvetica, 9.0);
const LEADING: f32 = 11.0;
pub const PROSE: Type = Type::new(Font::Times, 10.0);
/// Between the sides of a column and its text.
pub const PADDING: f32 = 4.0;
pub const LEFT: f32 = 60.0;
const TOP: f32 = 720.0;

/// What is drawn around the cells.
#[derive(Clone, Copy, PartialEq)]
pub enum Ruled {
    Grid,
    /// A rectangle around each cell.
    Boxes,
    BetweenRows,
    /// A line above each row and none below the last.
    AboveRows,
    /// A line below each row and none above the first.
    BelowRows,
    /// A line above the first row and one below the last; so many points of whitespace part the rows.
    AboveAndBelow(f32),
    /// A line below the first row and one above the last; so many points of whitespace part the rows.
    AroundBody(f32),
    BetweenColumns,
    /// Every other row has a grey ground.
    Bands,
    /// Nothing; so many points of whitespace part the rows.
    Not(f32),
}

/// In which order the lines of the cells are drawn.
#[derive(Clone, Copy)]
pub enum Order {
    Cells,
    Columns,
    Lines,
}

/// A table and how it is drawn.
pub struct Table<'t> {
    pub widths: &'t [f32],
    pub rows: &'t [&'t [&'t str]],
    pub ruled: Ruled,
    pub order: Order,
    /// From this column on, text ends at the right side.
    pub right_from: usize,
    /// Whether text stands in the middle of its row's height, not at its top.
    pub in_the_middle: bool,
    /// What is free at the right side of each column.
    pub free: f32,
}

impl<'t> Table<'t> {
    pub fn new(widths: &'t [f32], rows: &'t [&'t [&'t str]], ruled: Ruled) -> Self {
        Self {
            widths,
            rows,
            ruled,
            order: Order::Cells,
            right_from: usize::MAX,
            in_the_middle: false,
            free: PADDING,
        }
    }

    /// The sides of the columns.
    fn sides(&self) -> Vec<f32> {
        let mut sides = vec![LEFT];
        for width in self.widths {
            sides.push(sides[sides.len() - 1] + width);
        }
        sides
    }

    /// Draws the table and returns the first baseline of what may follow below it.
    #[expect(clippy::cast_precision_loss, reason = "a cell has few lines")]
    pub fn draw(&self, content: &mut Content) -> f32 {
        let sides = self.sides();
        let mut lines: Vec<(usize, f32, f32, String)> = Vec::new();
        let mut y = TOP;
        let mut heights = vec![TOP + STYLE.size + PADDING - 2.0];
        for row in self.rows {
            let cells: Vec<Vec<String>> = row
                .iter()
                .zip(self.widths)
                .map(|(cell, width)| STYLE.wrap(cell, width - PADDING - self.free))
                .collect();
            let count = cells.iter().map(Vec::len).max().unwrap_or(1) as f32;
            for (column, cell) in cells.into_iter().enumerate() {
                let mut y = if self.in_the_middle {
                    y - (count - cell.len() as f32) * LEADING / 2.0
                } else {
                    y
                };
                for line in cell.into_iter().filter(|line| !line.is_empty()) {
                    let x = if column >= self.right_from {
                        sides[column + 1] - PADDING - STYLE.width(&line)
                    } else {
                        sides[column] + PADDING
                    };
                    lines.push((column, x, y, line));
                    y -= LEADING;
                }
            }
            let bottom = y - (count - 1.0) * LEADING;
            if let Ruled::Not(whitespace) | Ruled::AboveAndBelow(whitespace) | Ruled::AroundBody(whitespace) =
                self.ruled
            {
                heights.push(bottom);
                y = bottom - LEADING - whitespace;
            } else {
                heights.push(bottom - PADDING - 1.0);
                y = bottom - PADDING - STYLE.size - 2.0;
            }
        }
        content.draw(&self.rules(&sides, &heights));
        match self.order {
            Order::Cells => {}
            Order::Columns => lines.sort_by(|one, other| one.0.cmp(&other.0).then(other.2.total_cmp(&one.2))),
            Order::Lines => lines.sort_by(|one, other| other.2.total_cmp(&one.2).then(one.0.cmp(&other.0))),
        }
        for (_, x, y, line) in &lines {
            content.show(*x, *y, line, STYLE);
        }
        y
    }

    fn rules(&self, sides: &[f32], heights: &[f32]) -> String {
        let (left, right) = (sides[0], sides[sides.len() - 1]);
        let (top, bottom) = (heights[0], heights[heights.len() - 1]);
        let mut rules = String::from("0.5 w\n");
        let places = match self.ruled {
            Ruled::Grid | Ruled::BetweenRows => heights.to_vec(),
            Ruled::AboveRows => heights[..heights.len() - 1].to_vec(),
            Ruled::BelowRows => heights[1..].to_vec(),
            Ruled::AboveAndBelow(_) => vec![top, bottom - PADDING],
            Ruled::AroundBody(_) => vec![heights[1] - 3.0, heights[heights.len() - 2] - 3.0],
            Ruled::Boxes | Ruled::BetweenColumns | Ruled::Bands | Ruled::Not(_) => Vec::new(),
        };
        for y in places {
            writeln!(rules, "{left} {y} m {right} {y} l S").unwrap();
        }
        if matches!(self.ruled, Ruled::Grid | Ruled::BetweenColumns) {
            for x in sides {
                writeln!(rules, "{x} {top} m {x} {bottom} l S").unwrap();
            }
        }
        for (row, pair) in heights.windows(2).enumerate() {
            let (y, height) = (pair[1], pair[0] - pair[1]);
            if self.ruled == Ruled::Bands && row % 2 == 0 {
                writeln!(rules, "0.9 g {left} {y} {} {height} re f 0 g", right - left).unwrap();
            }
            if self.ruled == Ruled::Boxes {
                for column in sides.windows(2) {
                    let (x, width) = (column[0], column[1] - column[0]);
                    writeln!(rules, "{x} {y} {width} {height} re S").unwrap();
                }
            }
        }
        rules
    }

    /// The table between two paragraphs.
    pub fn page(&self) -> Case {
        let before = PROSE.wrap(BEFORE, 470.0);
        let after = PROSE.wrap(AFTER, 470.0);
        let mut content = Content::default();
        content.lines(LEFT, 790.0, 12.0, &before, PROSE);
        let end = self.draw(&mut content);
        content.lines(LEFT, end - 20.0, 12.0, &after, PROSE);
        let texts = [before.join("\n"), self.text(), after.join("\n")];
        Case::new(pdf(&content), texts.join("\n\n"))
    }

    /// What is to be read in it.
    pub fn text(&self) -> String {
        let rows: Vec<String> = self
            .rows
            .iter()
            .map(|row| row.join("\t").trim_end_matches('\t').to_owned())
            .collect();
        rows.join("\n")
    }
}

const BEFORE: &str = "The society publishes here what it bought in the year of the flood, from whom, and for how \
                      much. Prices are without the tax on rivers.";
const AFTER: &str = "Whoever wants to see the contracts may ask the librarian on any day but Sunday, and should \
                     bring the number of the lot.";
