//! Whether a page has copies at all: most have not, and need not be searched.

use super::{MAX_OFFSET, OVERLAPPED, width};
use crate::extract::pdf::glyph::{Direction, PlacedGlyph};

/// How many stretches at one height are looked at.
const MAX_NEAR: usize = 64;

/// Glyphs drawn one after the other along one line.
struct Stretch {
    direction: Direction,
    /// How far down it is.
    down: f32,
    from: f32,
    to: f32,
    size: f32,
}

/// Whether something is drawn where text stands already, as copies are; most pages are told by that not to have any.
pub(super) fn is_drawn_over(glyphs: &[PlacedGlyph]) -> bool {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut last: Option<(&PlacedGlyph, f32)> = None;
    for glyph in glyphs.iter().filter(|glyph| !glyph.text.is_whitespace()) {
        let (along, down) = glyph.direction.turn(glyph.x, glyph.y);
        if let Some((last, place)) = last
            && (along - place).abs() < OVERLAPPED * width(glyph)
            && last.direction == glyph.direction
            && last.text == glyph.text
        {
            return true;
        }
        last = Some((glyph, along));
        match stretches.last_mut().filter(|stretch| {
            stretch.direction == glyph.direction
                && (stretch.down - down).abs() < MAX_OFFSET * glyph.size
                && along > stretch.to - 0.5 * glyph.size
        }) {
            Some(stretch) => stretch.to = stretch.to.max(along + glyph.advance),
            None => stretches.push(Stretch {
                direction: glyph.direction,
                down,
                from: along,
                to: along + glyph.advance,
                size: glyph.size,
            }),
        }
    }
    stretches.sort_by(|one, other| one.down.total_cmp(&other.down));
    stretches.iter().enumerate().any(|(number, one)| {
        let near = stretches[number + 1..]
            .iter()
            .take_while(|other| other.down - one.down < MAX_OFFSET * one.size.max(other.size));
        near.take(MAX_NEAR)
            .any(|other| one.from < other.to && other.from < one.to)
    })
}
