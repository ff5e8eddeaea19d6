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

/// Draws the glyphs of each line in the order of their turns, which their number from the left and what they are tells; those of one turn that
/// stand beside each other are drawn at once.
fn page(lines: &[&str], turn: impl Fn(usize, char) -> usize) -> Case {
    page_with(true, lines, turn)
}

/// The same, but spaces are not drawn.
fn without_spaces(lines: &[&str], turn: impl Fn(usize, char) -> usize) -> Case {
    page_with(false, lines, turn)
}

fn page_with(draws_spaces: bool, lines: &[&str], turn: impl Fn(usize, char) -> usize) -> Case {
    let mut sheet = Sheet::default();
    let mut y = 700.0;
    for line in lines {
        let all = glyphs(Side::Right, line);
        let glyphs: Vec<(usize, char)> = (0..).zip(all.chars()).collect();
        let goes_on = |one: &(usize, char), next: &(usize, char)| {
            turn(one.0, one.1) == turn(next.0, next.1)
                && (draws_spaces || is_space(one.1) == is_space(next.1))
        };
        let mut x = 535.0 - width_of(&all, SIZE);
        let mut pieces: Vec<(usize, f32, String)> = Vec::new();
        for run in glyphs.chunk_by(goes_on) {
            let text: String = run.iter().map(|(_, glyph)| glyph).collect();
            let (number, glyph) = run[0];
            let width = width_of(&text, SIZE);
            if draws_spaces || !is_space(glyph) {
                pieces.push((turn(number, glyph), x, text));
            }
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

fn signs_first(_: usize, glyph: char) -> usize {
    usize::from(!is_sign(glyph))
}

fn spaces_first(_: usize, glyph: char) -> usize {
    usize::from(!is_space(glyph))
}

fn spaces_last(_: usize, glyph: char) -> usize {
    usize::from(is_space(glyph))
}

fn numbers_last(_: usize, glyph: char) -> usize {
    usize::from(glyph.is_numeric())
}

/// Each space is drawn within the word to its right, behind two of its glyphs.
fn spaces_within_words(number: usize, glyph: char) -> usize {
    2 * number + if is_space(glyph) { 5 } else { 0 }
}

fn every_third_glyph_last(number: usize, _: char) -> usize {
    usize::from(number % 3 == 2)
}

cases! {
    hebrew_brackets_and_quotes_first => page(HEBREW, signs_first);
    hebrew_brackets_and_quotes_first_and_no_spaces => without_spaces(HEBREW, signs_first);
    hebrew_spaces_first => page(HEBREW, spaces_first);
    hebrew_spaces_last => page(HEBREW, spaces_last);
    hebrew_spaces_within_words => page(HEBREW, spaces_within_words);
    hebrew_numbers_last => page(HEBREW, numbers_last);
    hebrew_every_third_glyph_last => page(HEBREW, every_third_glyph_last);
    persian_brackets_and_quotes_first => page(PERSIAN, signs_first);
    persian_brackets_and_quotes_first_and_no_spaces => without_spaces(PERSIAN, signs_first);
    persian_spaces_first => page(PERSIAN, spaces_first);
    persian_spaces_last => page(PERSIAN, spaces_last);
    persian_spaces_within_words => page(PERSIAN, spaces_within_words);
    neighbour_lines_drawn_twice => drawn_twice(HEBREW);
}
