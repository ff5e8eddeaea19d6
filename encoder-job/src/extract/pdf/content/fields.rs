//! What is filled into the fields of a form that no appearance shows (ISO 32000-2, 12.7.4): programs that fill in forms often
//! leave it to the viewer to draw what was filled in.

use std::collections::HashMap;

use hayro_syntax::object::{Array, Dict, Name, Object, Rect, String as PdfString};

use super::inflate::decoded;
use crate::extract::pdf::{
    array_items::array_items,
    bookmarks::decode_text,
    glyph::{Direction, GlyphText, PlacedGlyph},
    layout::in_visual_order,
};

/// How far up a field's properties are looked for.
const MAX_ANCESTORS: usize = 32;
/// The flag of a field for a password, whose value nobody is to see.
const PASSWORD: u32 = 1 << 13;
/// The most bytes of a text, values of a field, and options to choose from; more is in no form.
const MAX_BYTES: usize = 100_000;
const MAX_CHOSEN: usize = 1_000;
const MAX_OPTIONS: usize = 10_000;
/// What looking at an option costs, in bytes read.
const OPTION_COST: usize = 16;
/// The size of letters where a field leaves it open, in points.
const USUAL_SIZE: f64 = 12.0;
/// A letter is so much of its size wide, and lines are so much of it apart: near enough for a text that nobody has set yet.
const WIDTH: f64 = 0.5;
const LINE: f64 = 1.2;

/// What was filled into a field.
pub(super) struct FilledIn {
    /// What was written or chosen, a line each.
    pub(super) text: String,
    /// Whether that is all of it.
    pub(super) is_whole: bool,
    /// About how many bytes were read for it.
    pub(super) cost: usize,
    /// The size of its letters.
    size: f64,
    /// Where a viewer would show it.
    pub(super) place: Rect,
}

/// What is filled into a field.
pub(super) fn filled_in(field: &Dict<'_>) -> Option<FilledIn> {
    let place = field.get::<Rect>("Rect")?;
    let has_area = place.width() > 0.0 && place.height() > 0.0;
    let value = has_area.then(|| Value::of(field))??;
    Some(FilledIn {
        text: value.shown.join("\n"),
        is_whole: value.is_whole,
        cost: value.cost,
        size: size(field),
        place,
    })
}

/// The size of letters, from the field's default appearance (12.7.4.3), where 0 leaves it to the viewer.
fn size(field: &Dict<'_>) -> f64 {
    let appearance = inherited(field, "DA", |dict, key| dict.get::<PdfString<'_>>(key));
    let appearance = appearance.map(|appearance| decode_text(appearance.as_bytes()));
    let words: Vec<&str> = appearance
        .iter()
        .flat_map(|text| text.split_whitespace())
        .collect();
    let before = words
        .iter()
        .position(|word| *word == "Tf")
        .and_then(|at| at.checked_sub(1));
    let size = before.and_then(|at| words[at].parse::<f64>().ok());
    size.filter(|size| *size > 0.0).unwrap_or(USUAL_SIZE)
}

/// The value of a field, as it is read.
struct Value {
    shown: Vec<String>,
    is_whole: bool,
    cost: usize,
}

impl Value {
    fn of(field: &Dict<'_>) -> Option<Self> {
        let kind = inherited(field, "FT", |dict, key| dict.get::<Name<'_>>(key))?;
        let is_choice = match kind.as_ref() {
            b"Tx" => false,
            b"Ch" => true,
            _ => return None,
        };
        let flags = inherited(field, "Ff", |dict, key| dict.get::<u32>(key)).unwrap_or(0);
        if !is_choice && flags & PASSWORD != 0 {
            return None;
        }
        let mut value = Self {
            shown: Vec::new(),
            is_whole: true,
            cost: 0,
        };
        match inherited(field, "V", |dict, key| dict.get::<Object<'_>>(key))? {
            Object::Array(chosen) => {
                for item in array_items(&chosen) {
                    value.is_whole &= value.shown.len() < MAX_CHOSEN;
                    if !value.is_whole {
                        break;
                    }
                    value.add(item.object());
                }
            }
            text => value.add(Some(text)),
        }
        if is_choice && let Some(options) = inherited(field, "Opt", |dict, key| dict.get::<Array<'_>>(key)) {
            value.name(&options);
        }
        Some(value)
    }

    fn add(&mut self, object: Option<Object<'_>>) {
        let text = match object {
            Some(Object::String(text)) => self.text_of(text.as_bytes()),
            Some(Object::Stream(stream)) => match decoded(&stream) {
                Some(decoded) => self.text_of(&decoded.bytes),
                None => return,
            },
            _ => return,
        };
        self.shown.push(text);
    }

    fn text_of(&mut self, bytes: &[u8]) -> String {
        self.cost += bytes.len();
        self.is_whole &= bytes.len() <= MAX_BYTES;
        decode_text(&bytes[..bytes.len().min(MAX_BYTES)])
    }

    /// Puts what is shown of choices in their place: options may be pairs of a value and what it is called.
    fn name(&mut self, options: &Array<'_>) {
        let mut names = HashMap::new();
        for option in array_items(options).take(MAX_OPTIONS) {
            self.cost += OPTION_COST;
            if let Some(Object::Array(pair)) = option.object() {
                let mut pair = pair.iter::<PdfString<'_>>();
                if let (Some(value), Some(name)) = (pair.next(), pair.next()) {
                    let value = self.text_of(value.as_bytes());
                    names.entry(value).or_insert(self.text_of(name.as_bytes()));
                }
            }
        }
        for text in &mut self.shown {
            if let Some(name) = names.get(text) {
                text.clone_from(name);
            }
        }
    }
}

/// A property that a field may have of its own or from the field it belongs to (12.7.4.1).
fn inherited<'a, T>(field: &Dict<'a>, key: &str, get: impl Fn(&Dict<'a>, &str) -> Option<T>) -> Option<T> {
    let mut dict = field.clone();
    for _ in 0..MAX_ANCESTORS {
        if let Some(found) = get(&dict, key) {
            return Some(found);
        }
        dict = dict.get::<Dict<'a>>("Parent")?;
    }
    None
}

impl FilledIn {
    /// Places lines in a field, from its top, one line alone in its middle; what is too long is set narrower and smaller, so that all of it stands
    /// in the field.
    #[allow(clippy::cast_precision_loss, reason = "at most so many characters")]
    pub(super) fn set(&self) -> Vec<PlacedGlyph> {
        let Self {
            text, place, size, ..
        } = self;
        let lines: Vec<String> = text
            .split(['\n', '\r'])
            .filter(|line| !line.trim().is_empty())
            .map(|line| in_visual_order(line.to_owned()))
            .collect();
        let size = size.min(place.height() / (LINE * lines.len().max(1) as f64));
        let top = f64::midpoint(place.y0, place.y1) + LINE * size * lines.len() as f64 / 2.0 - size;
        let mut glyphs = Vec::new();
        for (row, line) in lines.iter().enumerate() {
            let count = line.chars().count();
            let advance = (WIDTH * size).min(place.width() / count as f64);
            for (column, character) in line.chars().enumerate() {
                #[allow(clippy::cast_possible_truncation, reason = "points on a page fit")]
                glyphs.push(PlacedGlyph {
                    text: GlyphText::One(character),
                    x: (place.x0 + advance * column as f64) as f32,
                    y: (top - LINE * size * row as f64) as f32,
                    direction: Direction::RIGHT,
                    size: size as f32,
                    advance: advance as f32,
                });
            }
        }
        glyphs
    }
}
