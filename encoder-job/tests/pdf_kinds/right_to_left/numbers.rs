//! Numbers with hyphens and signs. Behind Arabic letters a hyphen parts two numbers, which then follow each other to the left, and a
//! sign stands to the left of its number (UAX 9, W2, W4 and W5); behind others they are parts of the number.

use super::{Side, to_the_left};
use crate::draw::Unit;

const PERSIAN: &[&[&str]] = &[&[
    "سال |۱۳۹۸|-|۱۳۹۹| در کنار رود",
    "قیمت |۱۵|٪ کمتر از پارسال",
    "قیمت |۲۰|% کمتر از پارسال",
    "تلفن |۰۲۱|-|۵۵۵| در شهر",
    "تاریخ |۱۳۹۸/۰۳/۱۲| است",
    "|۱۲-۱۵| تومان برای هر کتاب",
    "نسخه |Python ۳-۵| برای دانشجویان",
]];
const ARABIC: &[&[&str]] = &[&[
    "من |5|-|7| كتب في البيت",
    "السعر |15|% أقل من العام",
    "العام |٢٠٢٤|-|٢٠٢٥| في المدرسة",
    "التاريخ |12/03/2024| في المدينة",
]];
const HEBREW: &[&[&str]] = &[&[
    "בשנים |2023-2024| בעיר",
    "המחיר הוא |15%| פחות",
    "הטלפון |03-5551234| של השומר",
]];

cases! {
    persian_in_lines => to_the_left(Unit::Line, Side::Left, PERSIAN);
    persian_in_glyphs_from_the_right => to_the_left(Unit::Glyph, Side::Right, PERSIAN);
    arabic => to_the_left(Unit::Line, Side::Left, ARABIC);
    neighbour_hebrew => to_the_left(Unit::Line, Side::Left, HEBREW);
}
