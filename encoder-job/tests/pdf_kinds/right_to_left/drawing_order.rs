//! Lines whose glyphs are drawn in another order than they stand in: programs draw what is of one font first.

use super::{Sheet, Side, glyphs, sheet::width_of};
use crate::Case;

const SIZE: f32 = 12.0;

fn is_sign(glyph: char) -> bool {
    matches!(glyph, '(' | ')' | '[' | ']' | '"' | '«' | '»')
}

fn is_space(glyph: char) -> bool {
    glyph == ' '
}

/// Draws the glyphs of each line for which `is_first` holds, then the others; glyphs that stand beside each other are drawn at once.
fn page(lines: &[&str], is_first: impl Fn(char) -> bool) -> Case {
    page_with(true, lines, is_first)
}

/// The same, but spaces are not drawn.
fn without_spaces(lines: &[&str], is_first: impl Fn(char) -> bool) -> Case {
    page_with(false, lines, is_first)
}

fn page_with(draws_spaces: bool, lines: &[&str], is_first: impl Fn(char) -> bool) -> Case {
    let mut sheet = Sheet::default();
    let mut y = 700.0;
    for line in lines {
        let glyphs: Vec<char> = glyphs(Side::Right, line).chars().collect();
        let all: String = glyphs.iter().collect();
        let mut x = 535.0 - width_of(&all, SIZE);
        let mut pieces: Vec<(bool, f32, String)> = Vec::new();
        let goes_on = |one: &char, next: &char| {
            is_first(*one) == is_first(*next) && (draws_spaces || is_space(*one) == is_space(*next))
        };
        for run in glyphs.chunk_by(goes_on) {
            let text: String = run.iter().collect();
            let width = width_of(&text, SIZE);
            if draws_spaces || !is_space(run[0]) {
                pieces.push((is_first(run[0]), x, text));
            }
            x += width;
        }
        let (first, last): (Vec<_>, Vec<_>) = pieces.into_iter().partition(|piece| piece.0);
        for (_, x, text) in first.iter().chain(&last) {
            sheet.show(*x, y, SIZE, text);
        }
        y -= 18.0;
    }
    Case::new(sheet.file(), lines.join("\n").replace('|', ""))
}

/// Each line drawn twice, as bold type is, a little to the right of itself.
fn drawn_twice(lines: &[&str]) -> Case {
    let mut sheet = Sheet::default();
    let mut y = 700.0;
    for line in lines {
        let glyphs = glyphs(Side::Right, line);
        sheet.end_at(535.0, y, SIZE, &glyphs);
        sheet.end_at(535.3, y, SIZE, &glyphs);
        y -= 18.0;
    }
    Case::new(sheet.file(), lines.join("\n").replace('|', ""))
}

const HEBREW: &[&str] = &[
    "סעיף (א) וסעיף [ב] בחוק הנמל",
    "הוא אמר \"שלום לכם\" והלך אל הים",
    "בשנה (|2023|) נבנה המגדל [עמוד |17|]",
    "והשומר כותב בספר כל לילה.",
];
const PERSIAN: &[&str] = &[
    "او گفت «سلام دوستان» و رفت",
    "کتاب (چاپ دوم) سال |۱۳۹۸| است",
    "فانوس قدیمی کنار رود میماند.",
];

cases! {
    hebrew_brackets_and_quotes_first => page(HEBREW, is_sign);
    hebrew_brackets_and_quotes_first_and_no_spaces => without_spaces(HEBREW, is_sign);
    hebrew_spaces_first => page(HEBREW, is_space);
    hebrew_spaces_last => page(HEBREW, |glyph| !is_space(glyph));
    hebrew_numbers_last => page(HEBREW, |glyph| !glyph.is_numeric());
    persian_brackets_and_quotes_first => page(PERSIAN, is_sign);
    persian_brackets_and_quotes_first_and_no_spaces => without_spaces(PERSIAN, is_sign);
    persian_spaces_first => page(PERSIAN, is_space);
    persian_spaces_last => page(PERSIAN, |glyph| !is_space(glyph));
    neighbour_lines_drawn_twice => drawn_twice(HEBREW);
}
