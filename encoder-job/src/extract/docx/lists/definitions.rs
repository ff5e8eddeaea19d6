//! Reads how the lists of a document look.

use super::{super::on, LEVELS, Level, Lists};
use crate::extract::{
    list_label::Counting,
    xml::{Attributes, Handler},
};

/// The most digits that a number is padded to.
const MAX_WIDTH: u8 = 9;

/// What is being read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    kind: Option<String>,
    list: Option<String>,
    level: Option<usize>,
    /// Whether a way of counting is being read that only newer programs know, and the one for all others after it.
    is_choice: bool,
    is_fallback: bool,
    has_choice: bool,
}

impl Lists {
    /// The level being read, of a kind or of a list that differs from its kind.
    fn level(&mut self) -> Option<&mut Level> {
        let at = self.reading.level?;
        let levels = match (&self.reading.kind, &self.reading.list) {
            (Some(kind), _) => &mut self.kinds.entry(kind.clone()).or_default().levels,
            (None, Some(list)) => &mut self.by_id.entry(list.clone()).or_default().levels,
            (None, None) => return None,
        };
        Some(levels[at].get_or_insert_default())
    }

    fn count_by(&mut self, attributes: &Attributes<'_>) {
        let format = attributes.owned("val").unwrap_or_default();
        let counting = if format == "custom" {
            attributes.get("format").as_deref().and_then(padded)
        } else {
            Some(counting(&format))
        };
        if self.reading.is_fallback && self.reading.has_choice {
            return;
        }
        self.reading.has_choice |= self.reading.is_choice && counting.is_some();
        if let (Some(counting), Some(level)) = (counting, self.level()) {
            level.counting = counting;
        }
    }
}

impl Handler for Lists {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        let value = || attributes.owned("val");
        let number = || attributes.get("val").and_then(|value| value.parse().ok());
        let id = |name| attributes.owned(name).unwrap_or_default();
        match name {
            "abstractNum" => self.reading.kind = Some(id("abstractNumId")),
            "num" => self.reading.list = Some(id("numId")),
            "lvl" | "lvlOverride" => {
                self.reading.level = id("ilvl").parse().ok().filter(|&level: &usize| level < LEVELS);
                self.reading.has_choice = false;
                // It says all of it anew.
                if name == "lvl"
                    && let Some(level) = self.level()
                {
                    *level = Level::default();
                }
            }
            "abstractNumId" => {
                if let Some(list) = &self.reading.list {
                    self.by_id.entry(list.clone()).or_default().kind = value().unwrap_or_default();
                }
            }
            "styleLink" | "numStyleLink" => {
                let (Some(id), Some(style)) = (self.reading.kind.clone(), value()) else {
                    return;
                };
                if name == "styleLink" {
                    self.by_style.insert(style, id);
                } else {
                    self.kinds.entry(id).or_default().looks_like = Some(style);
                }
            }
            "startOverride" => {
                if let (Some(list), Some(level)) = (&self.reading.list, self.reading.level) {
                    self.by_id.entry(list.clone()).or_default().starts[level] = number();
                }
            }
            "Choice" => self.reading.is_choice = true,
            "Fallback" => self.reading.is_fallback = true,
            "numFmt" => self.count_by(attributes),
            _ => {
                let Some(level) = self.level() else { return };
                match name {
                    "lvlText" => level.pattern = value().unwrap_or_default(),
                    "pStyle" => level.style = value(),
                    "start" => level.start = number().unwrap_or_default(),
                    "lvlRestart" => level.restarts_below = number().map(|number: u32| number as usize),
                    "isLgl" => level.is_legal = on(value().as_deref()),
                    _ => {}
                }
            }
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "abstractNum" => self.reading.kind = None,
            "num" => self.reading.list = None,
            "lvlOverride" => self.reading.level = None,
            // Within one of these it may be followed by more.
            "lvl" if self.reading.kind.is_some() => self.reading.level = None,
            "Choice" => self.reading.is_choice = false,
            "Fallback" => self.reading.is_fallback = false,
            _ => {}
        }
    }
}

/// A way of counting that the first of its numbers shows: "001, 002, 003, …".
fn padded(format: &str) -> Option<Counting> {
    let first = format.split(',').next()?.trim();
    let zeros = first.strip_suffix('1')?;
    let is_padded = !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0');
    is_padded.then(|| Counting::Padded(u8::try_from(first.len()).unwrap_or(u8::MAX).min(MAX_WIDTH)))
}

fn counting(format: &str) -> Counting {
    match format {
        "bullet" => Counting::Bullet,
        "none" => Counting::None,
        "decimalZero" => Counting::Padded(2),
        "lowerLetter" => Counting::RepeatedLowerLetter,
        "upperLetter" => Counting::RepeatedUpperLetter,
        "lowerRoman" => Counting::LowerRoman,
        "upperRoman" => Counting::UpperRoman,
        "ordinal" => Counting::Ordinal,
        "cardinalText" => Counting::CardinalText,
        "ordinalText" => Counting::OrdinalText,
        "hex" => Counting::Hexadecimal,
        "numberInDash" => Counting::InDashes,
        "chicago" => Counting::Marks,
        "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" => Counting::InCircle,
        "decimalEnclosedParen" => Counting::InParentheses,
        "decimalEnclosedFullstop" => Counting::WithFullStop,
        "decimalFullWidth" | "decimalFullWidth2" => Counting::FullWidth,
        "russianLower" => Counting::LowerCyrillic,
        "russianUpper" => Counting::UpperCyrillic,
        "ganada" => Counting::HangulSyllable,
        "chosung" => Counting::HangulLetter,
        "aiueo" | "aiueoFullWidth" => Counting::Katakana,
        "ideographDigital" | "japaneseDigitalTenThousand" | "koreanDigital2" | "taiwaneseDigital" => {
            Counting::IdeographDigits
        }
        "chineseCounting"
        | "chineseCountingThousand"
        | "japaneseCounting"
        | "taiwaneseCounting"
        | "taiwaneseCountingThousand" => Counting::Ideographs,
        _ => Counting::Decimal,
    }
}
