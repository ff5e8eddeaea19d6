//! Tables with a rule above each row, or below each, and prose close below that begins where the first column does: it is no cell of the
//! last row. A last row whose cells have several lines stays whole.

use crate::{
    Case,
    draw::{Content, pdf},
    table::{LEFT, PADDING, PROSE, Ruled, Table},
};

const WIDTHS: [f32; 4] = [80.0, 150.0, 110.0, 90.0];
#[rustfmt::skip]
const LOANS: &[&[&str]] = &[
    &["Tool", "Use", "Lent to", "Since"],
    &["Long saw", "boards for the wheel and for the stage of the theatre", "the theatre", "3 May"],
    &["Ladder", "the roof of the chapel", "the parish of the upper valley", "9 May"],
    &["Lantern", "nights without a moon", "the ferryman", "2 June"],
];
#[rustfmt::skip]
const WRAPPED_IN_THE_MIDDLE: &[&[&str]] = &[
    &["Tool", "Use", "Lent to", "Since"],
    &["Ladder", "the roof of the chapel", "the parish", "9 May"],
    &["Lantern", "nights without a moon", "the ferryman", "2 June"],
    &["Long saw", "boards for the wheel and for the stage of the theatre, and whatever else is to be cut", "the theatre", "3 May"],
];
#[rustfmt::skip]
const WRAPPED_AT_THE_LEFT: &[&[&str]] = &[
    &["Tool", "Use", "Lent to", "Since"],
    &["Ladder", "the roof of the chapel", "the parish", "9 May"],
    &["Lantern", "nights without a moon", "the ferryman", "2 June"],
    &["Long saw with two handles of oak", "boards for the wheel", "the theatre", "3 May"],
];
#[rustfmt::skip]
const WRAPPED_AT_THE_RIGHT: &[&[&str]] = &[
    &["Tool", "Use", "Lent to", "Since"],
    &["Ladder", "the roof of the chapel", "the parish", "9 May"],
    &["Lantern", "nights without a moon", "the ferryman", "2 June"],
    &["Long saw", "boards for the wheel", "the theatre", "the evening before the flood of the year"],
];
#[rustfmt::skip]
const WITH_EMPTY_CELLS: &[&[&str]] = &[
    &["Tool", "Use", "Lent to", "Since"],
    &["Long saw", "boards for the wheel", "the theatre", "3 May"],
    &["Ladder", "the roof of the chapel", "", "9 May"],
    &["Lantern", "", "", "2 June"],
];
const LONG: &str = "Whoever has a tool for more than a month may be asked for it by any other member, and should \
                    bring it back on the day after, clean and sharp, or find another one that is as good.";
const SHORT: &str = "Source: loans.";

/// A table and prose so far below where its next row would have its first line.
fn above(rows: &[&[&str]], ruled: Ruled, prose: &str, distance: f32) -> Case {
    above_prose_so_wide(430.0, rows, ruled, prose, distance)
}

fn above_prose_so_wide(width: f32, rows: &[&[&str]], ruled: Ruled, prose: &str, distance: f32) -> Case {
    let table = Table::new(&WIDTHS, rows, ruled);
    let lines = PROSE.wrap(prose, width);
    let mut content = Content::default();
    let end = table.draw(&mut content);
    content.lines(LEFT + PADDING, end - distance, 12.0, &lines, PROSE);
    Case::new(pdf(&content), format!("{}\n\n{}", table.text(), lines.join("\n")))
}

/// Prose that ends before the last column begins, below a row whose other cells are empty.
fn narrow(ruled: Ruled) -> Case {
    above_prose_so_wide(300.0, WITH_EMPTY_CELLS, ruled, LONG, 0.0)
}

/// A table with nothing below it.
fn alone(rows: &[&[&str]], ruled: Ruled) -> Case {
    let table = Table::new(&WIDTHS, rows, ruled);
    let mut content = Content::default();
    table.draw(&mut content);
    Case::new(pdf(&content), table.text())
}

cases! {
    a_rule_above_each_row => above(LOANS, Ruled::AboveRows, LONG, 0.0);
    a_rule_below_each_row => above(LOANS, Ruled::BelowRows, LONG, 0.0);
    rules_between_rows => above(LOANS, Ruled::BetweenRows, LONG, 0.0);
    a_rule_above_each_row_and_more_distance => above(LOANS, Ruled::AboveRows, LONG, 6.0);
    a_rule_below_each_row_and_more_distance => above(LOANS, Ruled::BelowRows, LONG, 6.0);
    a_rule_below_each_row_and_one_line_of_prose => above(LOANS, Ruled::BelowRows, SHORT, 0.0);
    a_rule_above_each_row_and_a_wrapped_last_row => above(WRAPPED_IN_THE_MIDDLE, Ruled::AboveRows, LONG, 0.0);
    a_rule_below_each_row_and_a_wrapped_last_row => above(WRAPPED_IN_THE_MIDDLE, Ruled::BelowRows, LONG, 0.0);
    a_rule_above_each_row_and_narrow_prose => narrow(Ruled::AboveRows);
    a_rule_below_each_row_and_narrow_prose => narrow(Ruled::BelowRows);
    rules_between_rows_and_narrow_prose => narrow(Ruled::BetweenRows);
    neighbour_a_wrapped_last_cell_in_the_middle => alone(WRAPPED_IN_THE_MIDDLE, Ruled::AboveRows);
    neighbour_a_wrapped_last_cell_at_the_left => alone(WRAPPED_AT_THE_LEFT, Ruled::AboveRows);
    neighbour_a_wrapped_last_cell_at_the_right => alone(WRAPPED_AT_THE_RIGHT, Ruled::AboveRows);
    neighbour_a_wrapped_last_cell_above_a_rule => alone(WRAPPED_AT_THE_LEFT, Ruled::BelowRows);
    neighbour_a_wrapped_last_cell_without_rules => alone(WRAPPED_IN_THE_MIDDLE, Ruled::Not(8.0));
}
