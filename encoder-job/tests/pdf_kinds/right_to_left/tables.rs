//! Tables that run to the left: the first column is at the right, and the leftmost cell of a row, its last, may be empty.

use super::{Sheet, Side, glyphs, sheet::width_of};
use crate::{Case, draw::wrap};

const SIZE: f32 = 10.0;
const LEADING: f32 = 12.0;
/// Where columns begin, from the right, and how wide they are.
const COLUMNS: [(f32, f32); 3] = [(535.0, 90.0), (425.0, 150.0), (255.0, 110.0)];

#[derive(Clone, Copy, PartialEq)]
enum Ruled {
    BetweenRows,
    /// So many points of whitespace part the rows.
    Not(f32),
}

fn page(rows: &[[&str; 3]], ruled: Ruled) -> Case {
    let mut sheet = Sheet::default();
    let (right, left) = (540.0, 140.0);
    let mut y = 700.0;
    if ruled == Ruled::BetweenRows {
        sheet.rule(left, right, y + SIZE + 2.0);
    }
    for row in rows {
        let mut lowest = y;
        for (cell, (place, room)) in row.iter().zip(COLUMNS).filter(|(cell, _)| !cell.is_empty()) {
            let mut y = y;
            for line in wrap(cell, room, |text| width_of(&text.replace('|', ""), SIZE)) {
                sheet.end_at(place, y, SIZE, &glyphs(Side::Right, &line));
                lowest = lowest.min(y);
                y -= LEADING;
            }
        }
        y = match ruled {
            Ruled::BetweenRows => {
                sheet.rule(left, right, lowest - 5.0);
                lowest - 5.0 - SIZE - 2.0
            }
            Ruled::Not(whitespace) => lowest - LEADING - whitespace,
        };
    }
    let rows: Vec<String> = rows
        .iter()
        .map(|row| row.join("\t").trim_end_matches('\t').replace('|', ""))
        .collect();
    Case::new(sheet.file(), rows.join("\n"))
}

const SINGLE_LINES: &[[&str; 3]] = &[
    ["שם", "תיאור", "הערה"],
    ["לחם", "לחם שחור מקמח", "טרי מאוד"],
    ["מנורה", "מנורה ישנה", ""],
    ["שמן", "שמן זית", ""],
    ["סולם", "סולם ארוך", "שבור"],
    ["חבל", "|12.50|", ""],
];
const WRAPPED: &[[&str; 3]] = &[
    ["שם", "תיאור", "הערה"],
    [
        "לחם",
        "לחם שחור מקמח מלא של הכפר העליון ליד הנהר",
        "טרי מאוד וטוב גם מחר בבוקר",
    ],
    ["מנורה", "מנורה ישנה של השומר שעומדת בחלון המגדל כל הלילה", ""],
    ["שמן", "שמן זית", ""],
    ["סולם", "סולם ארוך", "שבור בשני מקומות ואין מי שיתקן"],
    ["חבל", "חבל של הספינה הגדולה שבאה לפני השיטפון", ""],
];

cases! {
    rules_between_rows => page(SINGLE_LINES, Ruled::BetweenRows);
    no_rules => page(SINGLE_LINES, Ruled::Not(0.0));
    no_rules_and_rows_apart => page(SINGLE_LINES, Ruled::Not(8.0));
    wrapped_cells_and_rules_between_rows => page(WRAPPED, Ruled::BetweenRows);
    wrapped_cells_and_no_rules => page(WRAPPED, Ruled::Not(0.0));
    wrapped_cells_and_no_rules_and_rows_apart => page(WRAPPED, Ruled::Not(8.0));
}
