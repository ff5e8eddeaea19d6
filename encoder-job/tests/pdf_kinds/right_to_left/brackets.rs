//! Brackets that are closed on another line, and labels of lists, which are closed and never opened. Writers say of brackets what is
//! seen, or what was written.

use super::{Sheet, Side, glyphs};
use crate::Case;

const SIZE: f32 = 12.0;

/// What the font's map says of a bracket that runs to the left.
#[derive(Clone, Copy)]
enum Map {
    /// Of what was written as `(` and is seen as `)`, `)`.
    Seen,
    /// `(`.
    Written,
}

/// The glyphs of a line from the left to the right.
fn glyphs_of(map: Map, line: &str) -> String {
    match map {
        Map::Seen => glyphs(Side::Right, line),
        Map::Written => {
            let runs = (0..).zip(line.split('|')).map(|(index, run)| {
                if index % 2 == 1 {
                    run.to_owned()
                } else {
                    run.chars().rev().collect::<String>()
                }
            });
            let mut runs: Vec<String> = runs.collect();
            runs.reverse();
            runs.concat()
        }
    }
}

fn page(map: Map, lines: &[&str]) -> Case {
    let mut sheet = Sheet::default();
    let mut y = 700.0;
    for line in lines {
        sheet.end_at(535.0, y, SIZE, &glyphs_of(map, line));
        y -= 18.0;
    }
    Case::new(sheet.file(), lines.join("\n").replace('|', ""))
}

const CLOSED_ON_ANOTHER_LINE: &[&str] = &[
    "סעיף (א) וסעיף (ב) בחוק הנמל",
    "הנוסח הישן (שנכתב לפני המלחמה",
    "ונמצא בארון) נשמר בעיר,",
    "והשומר כותב [ראה גם את",
    "הספר השני] בכל לילה ולילה.",
];
const CLOSED_AT_THE_BEGINNING: &[&str] = &[
    "המנורה (הגדולה) דולקת בלילה",
    "ליד המגדל שנבנה בסלע (המגדל",
    "הצפוני), והשומר יורד אל הים",
    "בסירה של אחיו (שאיננו יודע",
    "לשחות) ואינו חוזר עד הבוקר",
];
const LABELS: &[&str] = &[
    "א) הנמל הישן בקצה העיר",
    "ב) המנורה (הגדולה) דולקת",
    "ג) השומר כותב בספר",
    "ד) הסירה של אחיו (הקטן) שטה",
];
const LABELS_ALONE: &[&str] = &["א) הנמל הישן בקצה העיר", "ב) המנורה דולקת", "ג) השומר כותב בספר"];
const NUMBERS_AS_LABELS: &[&str] = &[
    "|1|) הנמל הישן בקצה העיר",
    "|2|) המנורה (הגדולה) דולקת",
    "|3|) השומר כותב בספר",
];
const GUILLEMETS: &[&str] = &[
    "او گفت «سلام دوستان» و رفت",
    "کتاب «فانوس قدیمی» (چاپ دوم) اینجاست",
    "نامه «خانه کنار رود» را خواندیم",
];
const GUILLEMETS_CLOSED_ON_ANOTHER_LINE: &[&str] = &[
    "او گفت «سلام دوستان» و رفت",
    "و نوشت «فانوس قدیمی کنار رود",
    "میماند» و نامه را بست",
    "کتاب «خانه» را خواندیم",
];

cases! {
    closed_on_another_line_as_seen => page(Map::Seen, CLOSED_ON_ANOTHER_LINE);
    closed_on_another_line_as_written => page(Map::Written, CLOSED_ON_ANOTHER_LINE);
    closed_at_the_beginning_of_a_line_as_seen => page(Map::Seen, CLOSED_AT_THE_BEGINNING);
    closed_at_the_beginning_of_a_line_as_written => page(Map::Written, CLOSED_AT_THE_BEGINNING);
    labels_as_seen => page(Map::Seen, LABELS);
    labels_as_written => page(Map::Written, LABELS);
    labels_alone_as_seen => page(Map::Seen, LABELS_ALONE);
    labels_alone_as_written => page(Map::Written, LABELS_ALONE);
    numbers_as_labels_as_seen => page(Map::Seen, NUMBERS_AS_LABELS);
    numbers_as_labels_as_written => page(Map::Written, NUMBERS_AS_LABELS);
    guillemets_as_seen => page(Map::Seen, GUILLEMETS);
    guillemets_as_written => page(Map::Written, GUILLEMETS);
    guillemets_closed_on_another_line_as_seen => page(Map::Seen, GUILLEMETS_CLOSED_ON_ANOTHER_LINE);
    guillemets_closed_on_another_line_as_written => page(Map::Written, GUILLEMETS_CLOSED_ON_ANOTHER_LINE);
}
