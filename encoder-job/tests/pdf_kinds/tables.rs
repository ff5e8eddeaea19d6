//! Rows of tables: a row is a line with a tab between its cells; the lines of a cell are joined with spaces, and an empty cell keeps its
//! place, unless none that has text follows in its row.

use crate::{
    Case,
    draw::{Content, pdf},
    table::{Order, PROSE, Ruled, Table},
};

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
