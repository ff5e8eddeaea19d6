//! Rows of tables: a row is a line with a tab between its cells; the lines of a cell are joined with spaces, and an empty cell keeps its
//! place, unless none that has text follows in its row.

use std::fmt::Write as _;

use crate::{
    Case,
    draw::{Content, Type, pdf},
    metrics::Font,
};

const STYLE: Type = Type::new(Font::Helvetica, 9.0);
const LEADING: f32 = 11.0;
const PROSE: Type = Type::new(Font::Times, 10.0);
/// Between the sides of a column and its text.
const PADDING: f32 = 4.0;
const LEFT: f32 = 60.0;
const TOP: f32 = 720.0;

/// What is drawn around the cells.
#[derive(Clone, Copy, PartialEq)]
enum Ruled {
    Grid,
    /// A rectangle around each cell.
    Boxes,
    BetweenRows,
    BetweenColumns,
    /// Every other row has a grey ground.
    Bands,
    /// Nothing; so many points of whitespace part the rows.
    Not(f32),
}

/// In which order the lines of the cells are drawn.
#[derive(Clone, Copy)]
enum Order {
    Cells,
    Columns,
    Lines,
}

/// A table and how it is drawn.
struct Table<'t> {
    widths: &'t [f32],
    rows: &'t [&'t [&'t str]],
    ruled: Ruled,
    order: Order,
    /// From this column on, text ends at the right side.
    right_from: usize,
}

impl<'t> Table<'t> {
    fn new(widths: &'t [f32], rows: &'t [&'t [&'t str]], ruled: Ruled) -> Self {
        Self {
            widths,
            rows,
            ruled,
            order: Order::Cells,
            right_from: usize::MAX,
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

    /// Draws the table and returns its lowest side.
    #[expect(clippy::cast_precision_loss, reason = "a cell has few lines")]
    fn draw(&self, content: &mut Content) -> f32 {
        let sides = self.sides();
        let mut lines: Vec<(usize, f32, f32, String)> = Vec::new();
        let mut y = TOP;
        let mut heights = vec![TOP + STYLE.size + PADDING - 2.0];
        for row in self.rows {
            let cells: Vec<Vec<String>> = row
                .iter()
                .zip(self.widths)
                .map(|(cell, width)| STYLE.wrap(cell, width - 2.0 * PADDING))
                .collect();
            let count = cells.iter().map(Vec::len).max().unwrap_or(1) as f32;
            for (column, cell) in cells.into_iter().enumerate() {
                let mut y = y;
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
            if let Ruled::Not(whitespace) = self.ruled {
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
        if matches!(self.ruled, Ruled::Grid | Ruled::BetweenRows) {
            for y in heights {
                writeln!(rules, "{left} {y} m {right} {y} l S").unwrap();
            }
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
    fn page(&self) -> Case {
        let before = PROSE.wrap(BEFORE, 470.0);
        let after = PROSE.wrap(AFTER, 470.0);
        let mut content = Content::default();
        content.lines(LEFT, 790.0, 12.0, &before, PROSE);
        let end = self.draw(&mut content);
        content.lines(LEFT, end - 20.0, 12.0, &after, PROSE);
        let rows: Vec<String> = self
            .rows
            .iter()
            .map(|row| row.join("\t").trim_end_matches('\t').to_owned())
            .collect();
        let texts = [before.join("\n"), rows.join("\n"), after.join("\n")];
        Case::new(pdf(&content), texts.join("\n\n"))
    }
}

const BEFORE: &str = "The society publishes here what it bought in the year of the flood, from whom, and for how \
                      much. Prices are without the tax on rivers.";
const AFTER: &str = "Whoever wants to see the contracts may ask the librarian on any day but Sunday, and should \
                     bring the number of the lot.";
const BUYING_WIDTHS: [f32; 6] = [28.0, 130.0, 80.0, 90.0, 62.0, 80.0];
#[rustfmt::skip]
const BUYING: &[&[&str]] = &[
    &["No.", "Description", "Contract", "Supplier", "Amount", "Signed"],
    &["1", "Procurement of 33No. (4X4) Pickups, 4No. (4x2) Pickups", "RIV/ICB 1 Lot 1", "Riverside Motors Trading Company", "902,418.00", "13 May 2011"],
    &["2", "Procurement of 9No. boats with oars", "RIV/ICB 1 Lot 2", "Huber Ferries", "62,785.00", "14 May 2011"],
    &["3", "Training in the use of lamps for keepers and their families", "RIV/NCB 4 Lot 1", "Lamps and Sons", "198,770.00", "2 June 2011"],
    &["4", "Rope", "RIV/NCB 7 Lot 3", "Keller", "5,350.00", "9 June 2011"],
    &["5", "Desktop scales (49 No.), sieves (15), scoops (8 No.), aprons for the bakers of the upper and lower lanes", "RIV/NCB 2 Lot 1", "Bakers of the Valley, Limited", "48,020.00", "11 July 2011"],
];
#[rustfmt::skip]
const VESSELS: &[&[&str]] = &[
    &["Serial number", "Kind of vessel", "Date signed (day, month)", "Estimated end of the work", "Warnings of the clerk"],
    &["17", "Barge for marble", "3 May", "12 December", "Completed"],
    &["18", "Ferry for carts and cattle", "4 May", "1 January", "Late, for want of oak"],
    &["19", "Rowing boat", "9 May", "31 October", "Completed"],
];
const VESSEL_WIDTHS: [f32; 5] = [50.0, 90.0, 80.0, 80.0, 95.0];
#[rustfmt::skip]
const RAIN: &[&[&str]] = &[
    &["Basin", "April", "May", "June", "July", "August"],
    &["North", "12.4", "", "31.7", "44.2", "39.9"],
    &["North by east", "", "17.3", "29.8", "", "38.1"],
    &["East", "9.8", "15.1", "", "40.6", "36.4"],
    &["South", "14.9", "", "", "47.8", "42.5"],
    &["", "13.3", "19.7", "32.6", "", "40.0"],
    &["West", "", "", "", "", "33.8"],
    &["All", "50.4", "52.1", "94.1", "132.6", "230.7"],
];
const RAIN_WIDTHS: [f32; 6] = [90.0, 60.0, 60.0, 60.0, 60.0, 60.0];
#[rustfmt::skip]
const TOOLS: &[&[&str]] = &[
    &["Tool", "Use", "Lent to", "Since", "Note"],
    &["Long saw", "boards for the wheel and for the stage of the theatre", "", "", "sharp"],
    &["Ladder", "", "the parish", "3 May", "two rungs are new and one is missing"],
    &["", "the same, for children", "", "", ""],
    &["Lantern", "nights without a moon", "D. Amsel", "", "do not shake it"],
];
const TOOL_WIDTHS: [f32; 5] = [70.0, 130.0, 80.0, 60.0, 110.0];
#[rustfmt::skip]
const MILLS: &[&[&str]] = &[
    &["Mill", "Built", "Wheels", "Output"],
    &["Upper mill", "1702", "2", "340"],
    &["Lower mill", "1745", "1", "180"],
    &["Saw mill", "1810", "3", "95"],
    &["Paper mill", "1833", "4", "1,260"],
];
const MILL_WIDTHS: [f32; 4] = [110.0, 70.0, 70.0, 70.0];

fn buying(ruled: Ruled) -> Table<'static> {
    Table::new(&BUYING_WIDTHS, BUYING, ruled)
}

const NOTICE: &str = "Notice to all members. The long saw has been lent to the theatre and will be back in autumn. \
                      Who needs boards before then may ask the ropemaker, who has two short saws and a patient \
                      nephew, or wait, as most of us have always done.";
const FERRY: &str = "Ferries cross the sound every half hour as long as there is daylight. The crossing takes \
                     twelve minutes, which is just long enough for a cup of coffee and too short for an argument, \
                     and so the islanders have the reputation of being calm people. Nobody has ever asked the \
                     ferryman what he thinks of this, and he has never said it.";
const BEES: &str = "Bees do not forget a garden. A hive that has found a field of clover will send its foragers \
                    there for weeks, and the dance by which they tell each other the direction is exact to a few \
                    degrees. Rain interrupts the work but not the memory of it. The beekeeper has measured this \
                    with string, and written down what he found.";

fn prose_in_a_box_page() -> Case {
    let lines = PROSE.wrap(NOTICE, 300.0);
    let mut content = Content::default();
    content.draw("1 w 55 640 312 70 re S");
    content.lines(61.0, 694.0, 12.0, &lines, PROSE);
    Case::new(pdf(&content), lines.join("\n"))
}

fn columns_with_a_rule_between_page() -> Case {
    let (left, right) = (PROSE.wrap(FERRY, 225.0), PROSE.wrap(BEES, 225.0));
    let mut content = Content::default();
    content.draw("0.5 w 297.5 560 m 297.5 735 l S");
    content.lines(60.0, 720.0, 12.0, &left, PROSE);
    content.lines(310.0, 720.0, 12.0, &right, PROSE);
    Case::new(
        pdf(&content),
        format!("{}\n\n{}", left.join("\n"), right.join("\n")),
    )
}

fn a_list_with_labels_page() -> Case {
    let mut content = Content::default();
    let mut items = Vec::new();
    let mut y = 720.0;
    for (label, text) in [("(a)", FERRY), ("(b)", BEES), ("(c)", NOTICE)] {
        let lines = PROSE.wrap(text, 380.0);
        content.show(60.0, y, label, PROSE);
        for line in &lines {
            content.show(80.0, y, line, PROSE);
            y -= 12.0;
        }
        y -= 8.0;
        items.push(format!("{label} {}", lines.join("\n")));
    }
    Case::new(pdf(&content), items.join("\n\n"))
}

cases! {
    a_grid => buying(Ruled::Grid).page();
    a_box_around_each_cell => buying(Ruled::Boxes).page();
    rules_between_rows => buying(Ruled::BetweenRows).page();
    rules_between_columns => buying(Ruled::BetweenColumns).page();
    bands_without_rules => buying(Ruled::Bands).page();
    rows_parted_by_whitespace => buying(Ruled::Not(8.0)).page();
    a_grid_drawn_column_by_column => Table { order: Order::Columns, ..buying(Ruled::Grid) }.page();
    a_grid_drawn_line_by_line => Table { order: Order::Lines, ..buying(Ruled::Grid) }.page();
    heads_of_several_lines => Table::new(&VESSEL_WIDTHS, VESSELS, Ruled::Grid).page();
    empty_cells => Table { right_from: 1, ..Table::new(&RAIN_WIDTHS, RAIN, Ruled::Grid) }.page();
    empty_cells_without_rules => Table { right_from: 1, ..Table::new(&RAIN_WIDTHS, RAIN, Ruled::Not(8.0)) }.page();
    empty_cells_beside_cells_of_several_lines => Table::new(&TOOL_WIDTHS, TOOLS, Ruled::Grid).page();
    neighbour_single_lines => Table::new(&MILL_WIDTHS, MILLS, Ruled::Grid).page();
    neighbour_single_lines_without_rules => Table::new(&MILL_WIDTHS, MILLS, Ruled::Not(3.0)).page();
    neighbour_prose_in_a_box => prose_in_a_box_page();
    neighbour_columns_with_a_rule_between => columns_with_a_rule_between_page();
    neighbour_a_list_with_labels => a_list_with_labels_page();
}
