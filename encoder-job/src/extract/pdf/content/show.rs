//! Showing strings: from codes to glyphs that stand somewhere (ISO 32000-2, 9.4.4).

use super::{
    marked::{MarkedContent, Noted},
    resources::CachedFont,
    state::{State, TextPosition},
};
use crate::extract::pdf::glyph::{Direction, GlyphText, PlacedGlyph};

/// What a string shows.
pub(super) trait Canvas {
    /// A glyph that means something.
    fn glyph(&mut self, glyph: PlacedGlyph);
    /// A glyph of which nobody knows what it means.
    fn unknown(&mut self);
}

/// Shows a string and moves on to its end.
pub(super) fn show(
    bytes: &[u8],
    state: &State,
    position: &mut TextPosition,
    font: &mut CachedFont<'_>,
    marked: &mut MarkedContent,
    canvas: &mut impl Canvas,
) {
    let hidden = marked.is_hidden();
    let vertical = font.font.is_vertical();
    let text_matrix = TextMatrix::new(state, position, vertical);
    let mut rest = bytes;
    // How far along the string, in text space.
    let mut along = 0.0;
    while !rest.is_empty() {
        let (code, length) = font.font.next_code(rest);
        rest = &rest[length.clamp(1, rest.len())..];
        let glyph = font.glyph(code, length);
        let advance = f64::from(glyph.advance) * state.size;
        if !hidden {
            let text = match marked.note() {
                Noted::Itself => glyph.text.clone(),
                Noted::Instead(text) => Some(text),
                Noted::PlaceOnly => Some(GlyphText::Many("".into())),
            };
            match text {
                Some(text) => {
                    if let Some(placed) = text_matrix.place(text, along, advance) {
                        canvas.glyph(placed);
                    }
                }
                None => canvas.unknown(),
            }
        }
        let word_space = if glyph.is_word_space {
            state.word_space
        } else {
            0.0
        };
        let spaced = if vertical { -advance } else { advance } + state.character_space + word_space;
        along += if vertical { spaced } else { spaced * state.scale };
    }
    if vertical {
        position.advance(0.0, along);
    } else {
        position.advance(along, 0.0);
    }
}

/// What all glyphs of a string have in common.
struct TextMatrix {
    /// Where the string begins.
    x: f64,
    y: f64,
    /// A unit of text space along the writing direction, on the page.
    step: (f64, f64),
    direction: Direction,
    size: f32,
    /// From text space to the page, along the line.
    stretch: f64,
}

impl TextMatrix {
    fn new(state: &State, position: &TextPosition, vertical: bool) -> Self {
        let matrix = state.to_page.after(&position.matrix);
        let (x, y) = matrix.apply(0.0, state.rise);
        // A negative size or scale turns the glyphs, not the direction of reading, round.
        let turned = if state.size * state.scale < 0.0 { -1.0 } else { 1.0 };
        let along = (matrix.a * turned, matrix.b * turned);
        let up = (matrix.c, matrix.d);
        #[allow(clippy::cast_possible_truncation, reason = "points on a page fit")]
        let size = (length(up) * state.size.abs()) as f32;
        if vertical {
            Self {
                x,
                y,
                step: up,
                direction: direction_of(-up.0, -up.1),
                size,
                stretch: length(up),
            }
        } else {
            Self {
                x,
                y,
                step: (matrix.a, matrix.b),
                direction: direction_of(along.0, along.1),
                size,
                stretch: length(along) * state.scale.abs(),
            }
        }
    }

    fn place(&self, text: GlyphText, along: f64, advance: f64) -> Option<PlacedGlyph> {
        #[allow(clippy::cast_possible_truncation, reason = "points on a page fit")]
        let (x, y, advance) = (
            (self.x + self.step.0 * along) as f32,
            (self.y + self.step.1 * along) as f32,
            (advance.abs() * self.stretch) as f32,
        );
        let placed = x.is_finite() && y.is_finite() && self.size.is_finite() && self.size > 0.05;
        placed.then_some(PlacedGlyph {
            text,
            x,
            y,
            direction: self.direction,
            size: self.size,
            advance,
        })
    }
}

fn length(vector: (f64, f64)) -> f64 {
    // Nearly all text runs along the page's edges, and `hypot` takes its time.
    if vector.0 == 0.0 {
        vector.1.abs()
    } else if vector.1 == 0.0 {
        vector.0.abs()
    } else {
        vector.0.hypot(vector.1)
    }
}

fn direction_of(x: f64, y: f64) -> Direction {
    #[allow(clippy::cast_possible_truncation, reason = "the proportion counts")]
    let direction = Direction::of(x as f32, y as f32);
    direction
}
