//! Tables whose columns tell what is a row: numbers that are drawn column by column, and labels close before what they belong to.

use crate::{
    Case,
    table::{Order, Ruled, Table},
};

const RAIN_WIDTHS: [f32; 5] = [70.0, 70.0, 70.0, 70.0, 70.0];
#[rustfmt::skip]
const RAIN: &[&[&str]] = &[
    &["1987", "12.4", "18.0", "31.7", "44.2"],
    &["1988", "11.0", "17.3", "29.8", "41.0"],
    &["1989", "9.8", "15.1", "27.5", "40.6"],
    &["1990", "14.9", "20.2", "33.0", "47.8"],
    &["1991", "13.3", "19.7", "32.6", "45.1"],
    &["1992", "8.7", "14.0", "25.9", "37.2"],
];
#[rustfmt::skip]
const RAIN_WITH_HEADS: &[&[&str]] = &[
    &["Year", "April", "May", "June", "July"],
    &["1987", "12.4", "18.0", "31.7", "44.2"],
    &["1988", "11.0", "", "29.8", "41.0"],
    &["1989", "9.8", "15.1", "27.5", ""],
    &["1990", "14.9", "20.2", "33.0", "47.8"],
    &["1991", "", "19.7", "32.6", "45.1"],
];
/// The first column leaves less than the font's size and a half between its labels and the second column.
const RULE_WIDTHS: [f32; 3] = [17.0, 222.0, 142.0];
#[rustfmt::skip]
const RULES: &[&[&str]] = &[
    &["1", "The lamp is lit at dusk by whoever comes first, and put out at dawn by whoever goes last, unless the ferryman asks for more", "the keeper, or his deputy on the days of the market, who is paid by the town"],
    &["2", "Oil is kept in the cellar", "the keeper"],
    &["3", "The book of the nights is written in ink and signed by two, of whom one can read, and is kept in the tower until the year is over", "the clerk"],
    &["4", "Nobody sings on the stairs", "all"],
];
fn numbers(rows: &[&[&str]], whitespace: f32, right_from: usize) -> Case {
    let table = Table {
        order: Order::Columns,
        right_from,
        ..Table::new(&RAIN_WIDTHS, rows, Ruled::AboveAndBelow(whitespace))
    };
    table.page()
}

fn rules(widths: &[f32], rows: &[&[&str]], order: Order, in_the_middle: bool) -> Case {
    let table = Table {
        order,
        in_the_middle,
        free: 16.0,
        ..Table::new(widths, rows, Ruled::Not(8.0))
    };
    table.page()
}

cases! {
    numbers_drawn_column_by_column => numbers(RAIN, 0.0, usize::MAX);
    numbers_drawn_column_by_column_at_the_right => numbers(RAIN, 0.0, 1);
    numbers_drawn_column_by_column_in_rows_apart => numbers(RAIN, 4.0, usize::MAX);
    numbers_with_heads_and_gaps => numbers(RAIN_WITH_HEADS, 0.0, usize::MAX);
    numbers_with_heads_and_gaps_in_rows_apart => numbers(RAIN_WITH_HEADS, 4.0, 1);
    neighbour_labels_at_the_top_of_rows => rules(&RULE_WIDTHS, RULES, Order::Cells, false);
}
