//! Pages that run to the left, in two columns: that at the right is read first.

use super::{Sheet, Side, glyphs, sheet::width_of};
use crate::{Case, draw::wrap};

const SIZE: f32 = 10.0;
const LEADING: f32 = 12.0;
const HEADING_SIZE: f32 = 16.0;
/// How wide a column is.
const ROOM: f32 = 225.0;
/// Where columns begin: that at the right, that at the left.
const PLACES: [f32; 2] = [535.0, 285.0];

const HARBOUR: &str = "הנמל הישן עומד בקצה העיר ליד הים, ומי שבא אליו בלילה רואה את המנורה דולקת בחלון המגדל. השומר \
                       יושב שם עם הספר הגדול וכותב מי בא ומי הלך, כמה סירות יצאו וכמה חזרו, ומה היה צבע השמים לפני \
                       הסערה. איש לא קרא את הספר הזה מתחילתו ועד סופו, גם לא השומר עצמו, שאיננו אוהב לקרוא.";
const BAKERY: &str = "המאפייה שברחוב העליון נפתחת לפני עלות השחר, והלחם הראשון הולך תמיד אל הספינות, ומי שקם מאוחר מקבל \
                      את מה שנשאר, וזה מעט מאוד. האופה מספרת שסבתה אפתה כאן לחם גם בשנת השיטפון, כשהמים עמדו עד המדרגה \
                      השלישית, ושהתנור לא כבה אפילו לילה אחד, כי הדייגים הביאו לה עצים יבשים בסירה.";
const FERRY: &str = "המעבורת חוצה את המפרץ בכל חצי שעה כל עוד יש אור. הדרך נמשכת זמן קצר, די לספל קפה ומעט מדי לוויכוח, \
                     ולכן תושבי האי ידועים כאנשים שקטים. איש לא שאל את בעל המעבורת מה דעתו על כך, והוא מעולם לא אמר. \
                     בחורף הוא קושר את הסירה אל הסלע ומתקן רשתות עד שחוזרות הציפורים.";
const BEES: &str = "הדבורים אינן שוכחות גן. כוורת שמצאה שדה של תלתן שולחת אליו את בנותיה במשך שבועות, והריקוד שבו הן \
                    מספרות זו לזו על הדרך מדויק מאוד. הגשם מפסיק את העבודה אבל לא את הזיכרון. בעל הכוורת מדד את זה בחוט \
                    ורשם את מה שמצא במחברת קטנה, שאיש עוד לא ביקש לראות אותה.";

/// A page that is set from the top.
struct Page {
    /// Where each line begins, its size, and what it says.
    lines: Vec<(f32, f32, f32, String)>,
    paragraphs: Vec<String>,
    y: f32,
}

impl Page {
    fn new() -> Self {
        Self {
            lines: Vec::new(),
            paragraphs: Vec::new(),
            y: 760.0,
        }
    }

    /// Sets a heading as wide as the page.
    fn heading(mut self, text: &str) -> Self {
        self.y -= 14.0;
        self.lines
            .push((PLACES[0], self.y, HEADING_SIZE, text.to_owned()));
        self.paragraphs.push(text.to_owned());
        self.y -= 28.0;
        self
    }

    /// Sets a text in each column, that at the right first.
    fn columns(mut self, texts: [&str; 2]) -> Self {
        let mut lowest = self.y;
        for (text, place) in texts.into_iter().zip(PLACES) {
            let mut y = self.y;
            let lines = wrap(text, ROOM, |text| width_of(text, SIZE));
            self.paragraphs.push(lines.join("\n"));
            for line in lines {
                self.lines.push((place, y, SIZE, line));
                y -= LEADING;
            }
            lowest = lowest.min(y);
        }
        self.y = lowest - 8.0;
        self
    }

    /// Draws its lines from the top, across both columns, that at the left first.
    fn row_by_row(mut self) -> Self {
        self.lines
            .sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.total_cmp(&other.0)));
        self
    }

    fn case(&self) -> Case {
        let mut sheet = Sheet::default();
        for (right, y, size, line) in &self.lines {
            sheet.end_at(*right, *y, *size, &glyphs(Side::Right, line));
        }
        Case::new(sheet.file(), self.paragraphs.join("\n\n"))
    }
}

const ABOVE: &str = "העיר שליד הים והאנשים שחיים בה לפני השיטפון ואחריו";
const BETWEEN: &str = "המפרץ, האי והשדות שמעבר לנהר בעונות השנה כולן";

fn with_headings() -> Page {
    Page::new()
        .heading(ABOVE)
        .columns([HARBOUR, BAKERY])
        .heading(BETWEEN)
        .columns([FERRY, BEES])
}

cases! {
    two_columns => Page::new().columns([HARBOUR, BAKERY]).case();
    two_columns_row_by_row => Page::new().columns([HARBOUR, BAKERY]).row_by_row().case();
    a_heading_above => Page::new().heading(ABOVE).columns([HARBOUR, BAKERY]).case();
    a_heading_above_and_one_between => with_headings().case();
    a_heading_above_and_one_between_row_by_row => with_headings().row_by_row().case();
}
