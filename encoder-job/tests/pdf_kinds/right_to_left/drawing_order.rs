//! Lines whose glyphs are drawn in another order than they stand in: programs draw what is of one font first.

use super::{Sheet, Side, glyphs, sheet::width_of};
use crate::Case;

const SIZE: f32 = 12.0;

/// What is drawn when, and whether spaces are drawn.
type Turn = fn(char) -> Option<u8>;

fn is_sign(glyph: char) -> bool {
    matches!(glyph, '(' | ')' | '[' | ']' | '"' | '«' | '»')
}

fn signs_first(glyph: char) -> Option<u8> {
    Some(u8::from(!is_sign(glyph)))
}

fn signs_first_and_no_spaces(glyph: char) -> Option<u8> {
    (glyph != ' ').then(|| u8::from(!is_sign(glyph)))
}

fn spaces_first(glyph: char) -> Option<u8> {
    Some(u8::from(glyph != ' '))
}

fn spaces_last(glyph: char) -> Option<u8> {
    Some(u8::from(glyph == ' '))
}

fn numbers_last(glyph: char) -> Option<u8> {
    Some(u8::from(glyph.is_numeric()))
}

/// The glyphs of each line in the order of their turns, those of one turn that stand beside each other at once.
fn page(lines: &[&str], turn: Turn) -> Case {
    let mut sheet = Sheet::default();
    let mut y = 700.0;
    for line in lines {
        let glyphs: Vec<char> = glyphs(Side::Right, line).chars().collect();
        let all: String = glyphs.iter().collect();
        let mut x = 535.0 - width_of(&all, SIZE);
        let mut pieces: Vec<(u8, f32, String)> = Vec::new();
        for run in glyphs.chunk_by(|one, next| turn(*one) == turn(*next)) {
            let text: String = run.iter().collect();
            let width = width_of(&text, SIZE);
            pieces.extend(turn(run[0]).map(|turn| (turn, x, text)));
            x += width;
        }
        pieces.sort_by_key(|piece| piece.0);
        for (_, x, text) in &pieces {
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
    hebrew_brackets_and_quotes_first => page(HEBREW, signs_first);
    hebrew_brackets_and_quotes_first_and_no_spaces => page(HEBREW, signs_first_and_no_spaces);
    hebrew_spaces_first => page(HEBREW, spaces_first);
    hebrew_spaces_last => page(HEBREW, spaces_last);
    hebrew_numbers_last => page(HEBREW, numbers_last);
    persian_brackets_and_quotes_first => page(PERSIAN, signs_first);
    persian_brackets_and_quotes_first_and_no_spaces => page(PERSIAN, signs_first_and_no_spaces);
    persian_spaces_first => page(PERSIAN, spaces_first);
    persian_spaces_last => page(PERSIAN, spaces_last);
    neighbour_lines_drawn_twice => drawn_twice(HEBREW);
}
