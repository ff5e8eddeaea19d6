//! Where paragraphs that run to the left begin: their first line stands in at the right, and lines that end in different places at the left
//! begin none.

use super::{Sheet, Side, glyphs, sheet::width_of};
use crate::{Case, draw::wrap};

const SIZE: f32 = 10.0;
const ROOM: f32 = 225.0;
const RIGHT: f32 = 535.0;

const BAKERY: &str = "המאפייה שברחוב העליון נפתחת לפני עלות השחר, והלחם הראשון הולך תמיד אל הספינות. מי שקם מאוחר מקבל \
                      את מה שנשאר, וזה מעט מאוד. האופה מספרת שסבתה אפתה כאן לחם גם בשנת השיטפון.";
const HARBOUR: &str = "הנמל הישן עומד בקצה העיר ליד הים, ומי שבא אליו בלילה רואה את המנורה דולקת בחלון המגדל. השומר \
                       יושב שם עם הספר הגדול וכותב מי בא ומי הלך, כמה סירות יצאו וכמה חזרו.";

/// Paragraphs close below each other, whose first lines stand in by so much.
fn page(paragraphs: &[&str], indent: f32) -> Case {
    let mut sheet = Sheet::default();
    let mut texts = Vec::new();
    let mut y = 700.0;
    for paragraph in paragraphs {
        let lines = wrap(paragraph, ROOM - indent, |text| width_of(text, SIZE));
        for (number, line) in lines.iter().enumerate() {
            let right = if number == 0 { RIGHT - indent } else { RIGHT };
            sheet.end_at(right, y, SIZE, &glyphs(Side::Right, line));
            y -= 12.0;
        }
        texts.push(lines.join("\n"));
    }
    Case::new(sheet.file(), texts.join("\n\n"))
}

cases! {
    lines_that_end_in_different_places => page(&[BAKERY], 0.0);
    first_lines_that_stand_in => page(&[BAKERY, HARBOUR, BAKERY], 14.0);
}
