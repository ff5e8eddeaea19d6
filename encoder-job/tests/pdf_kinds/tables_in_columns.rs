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
#[rustfmt::skip]
const ACCOUNTS: &[&[&str]] = &[
    &["Year", "Oil", "Flour", "Rope", "Nails"],
    &["1987", "1 234.50", "8 418.00", "3 731.70", "4 044.20"],
    &["1988", "1 110.00", "7 317.30", "2 229.80", "4 241.00"],
    &["1989", "9 809.80", "5 115.10", "2 327.50", "4 340.60"],
    &["1990", "1 714.90", "2 220.20", "3 133.00", "4 747.80"],
    &["1991", "1 613.30", "1 919.70", "3 432.60", "4 945.10"],
    &["All", "15 482.50", "24 990.30", "14 854.60", "22 318.70"],
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

fn numbers(rows: &[&[&str]], ruled: Ruled, right_from: usize) -> Case {
    let table = Table {
        order: Order::Columns,
        right_from,
        ..Table::new(&RAIN_WIDTHS, rows, ruled)
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
    numbers_drawn_column_by_column => numbers(RAIN, Ruled::AboveAndBelow(0.0), usize::MAX);
    numbers_drawn_column_by_column_at_the_right => numbers(RAIN, Ruled::AboveAndBelow(0.0), 1);
    numbers_drawn_column_by_column_in_rows_apart => numbers(RAIN, Ruled::AboveAndBelow(4.0), usize::MAX);
    numbers_with_heads_and_gaps => numbers(RAIN_WITH_HEADS, Ruled::AboveAndBelow(0.0), usize::MAX);
    numbers_with_heads_and_gaps_in_rows_apart => numbers(RAIN_WITH_HEADS, Ruled::AboveAndBelow(4.0), 1);
    numbers_with_spaces_between_two_rules => numbers(ACCOUNTS, Ruled::AroundBody(0.0), usize::MAX);
    numbers_with_spaces_between_two_rules_at_the_right => numbers(ACCOUNTS, Ruled::AroundBody(0.0), 1);
    numbers_with_spaces_between_two_rules_in_rows_apart => numbers(ACCOUNTS, Ruled::AroundBody(4.0), 1);
    labels_in_the_middle_of_rows => rules(&RULE_WIDTHS, RULES, Order::Cells, true);
    labels_in_the_middle_of_rows_drawn_line_by_line => rules(&RULE_WIDTHS, RULES, Order::Lines, true);
    labels_in_the_middle_of_rows_drawn_column_by_column => rules(&RULE_WIDTHS, RULES, Order::Columns, true);
    labels_farther_before_rows => rules(&[40.0, 222.0, 142.0], RULES, Order::Cells, true);
    neighbour_labels_at_the_top_of_rows => rules(&RULE_WIDTHS, RULES, Order::Cells, false);
}
