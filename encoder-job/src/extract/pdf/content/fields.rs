//! What is filled into the fields of a form that no appearance shows (ISO 32000-2, 12.7.4): programs that fill in forms often
//! leave it to the viewer to draw what was filled in.

use hayro_syntax::object::{Array, Dict, Name, Object, Rect, String as PdfString};

use super::inflate::decoded;
use crate::extract::pdf::{
    bookmarks::decode_text,
    glyph::{Direction, GlyphText, PlacedGlyph},
    layout::in_visual_order,
    members::members,
};

/// How far up a field's properties are looked for.
const MAX_ANCESTORS: usize = 32;
/// The flag of a field for a password, whose value nobody is to see.
const PASSWORD: u32 = 1 << 13;
/// The most characters of a value.
const MAX_CHARACTERS: usize = 100_000;
/// The size of letters where a field leaves it open, in points.
const USUAL_SIZE: f64 = 12.0;
/// A letter is so much of its size wide, and lines are so much of it apart: near enough for a text that nobody has set yet.
const WIDTH: f64 = 0.5;
const LINE: f64 = 1.2;

/// What a viewer would show in a field, where it would show it.
pub(super) fn filled_in(field: &Dict<'_>) -> Vec<PlacedGlyph> {
    let Some(place) = field.get::<Rect>("Rect") else {
        return Vec::new();
    };
    if !(place.width() > 0.0 && place.height() > 0.0) {
        return Vec::new();
    }
    value(field).map_or_else(Vec::new, |value| set(&value, size(field), place))
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

/// What was written or chosen, a line each.
fn value(field: &Dict<'_>) -> Option<String> {
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
    let texts = match inherited(field, "V", |dict, key| dict.get::<Object<'_>>(key))? {
        Object::Array(chosen) => members(&chosen)
            .filter_map(|member| text_of(member.object()?))
            .collect(),
        value => vec![text_of(value)?],
    };
    let options = is_choice
        .then(|| inherited(field, "Opt", |dict, key| dict.get::<Array<'_>>(key)))
        .flatten();
    let shown: Vec<String> = match options {
        Some(options) => texts.into_iter().map(|text| label(&options, text)).collect(),
        None => texts,
    };
    Some(shown.join("\n"))
}

/// What is shown of a choice: options may be pairs of a value and what it is called.
fn label(options: &Array<'_>, chosen: String) -> String {
    let named = members(options).find_map(|option| {
        let Some(Object::Array(pair)) = option.object() else {
            return None;
        };
        let mut pair = members(&pair).filter_map(|member| text_of(member.object()?));
        (pair.next()? == chosen).then(|| pair.next())?
    });
    named.unwrap_or(chosen)
}

fn text_of(object: Object<'_>) -> Option<String> {
    match object {
        Object::String(text) => Some(decode_text(text.as_bytes())),
        Object::Stream(stream) => decoded(&stream).map(|decoded| decode_text(&decoded.bytes)),
        _ => None,
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

/// Places lines in a field, from its top, one line alone in its middle; what is too long is set narrower and smaller, so that all of it stands in the field.
#[allow(clippy::cast_precision_loss, reason = "at most so many characters")]
fn set(value: &str, size: f64, place: Rect) -> Vec<PlacedGlyph> {
    let lines: Vec<String> = value
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
        for (column, character) in line.chars().enumerate().take(MAX_CHARACTERS - glyphs.len()) {
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
