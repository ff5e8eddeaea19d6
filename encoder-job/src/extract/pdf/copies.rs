//! Text that is drawn more than once a little apart, to look bold or to cast a shadow, counts once.
//!
//! A glyph that covers one of the same meaning for the most part is a copy of it; one that overlaps it is where another glyph drawn just before
//! or after it overlaps at the same distance. Narrow letters may stand as near to each other as copies of wide ones do (`ll`), so one that stands
//! beside its like is a copy only where one just before or after overlaps at that distance.

mod drawn_over;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::glyph::{GlyphText, PlacedGlyph};
use drawn_over::is_drawn_over;

/// How far a copy may be from what it repeats, in the font's size.
const MAX_OFFSET: f32 = 0.34;
/// A glyph is covered where its copy is no farther off than so much of its width …
const COVERED: f32 = 0.45;
/// … and overlapped where it is no farther than so much of the width, …
const OVERLAPPED: f32 = 0.85;
/// … which counts as so much of the font's size where it has none, as marks have not.
const NO_WIDTH: f32 = 0.2;
/// Letters so wide, in the font's size, never stand so near to their like that they could be taken for copies.
const WIDE: f32 = 0.38;
/// Distances are one that differ by no more than so much of the font's size.
const SAME_OFFSET: f32 = 0.05;
/// How many glyphs later the next copy is drawn where each glyph is drawn twice in a row.
const MAX_LATER: usize = 2;
/// The size of the cells in which glyphs are looked for, in points, on an ordinary page.
const CELL: f32 = 8.0;
/// The most cells in one direction.
const MAX_CELLS: f32 = 256.0;
/// How many cells are looked through in each direction.
const MAX_REACH: i32 = 4;
/// How many glyphs of a cell are looked at.
const MAX_CHAIN: usize = 48;
/// The most copies of one glyph that are kept apart.
const MAX_ECHOES: usize = 12;

/// A glyph that may be a copy of an earlier one.
#[derive(Clone, Copy, Debug)]
struct Echo {
    /// Its number.
    glyph: usize,
    /// That of the earlier one.
    of: usize,
    /// How far it is from the earlier one, in the font's size: along the text, and up.
    offset: (f32, f32),
    overlap: Overlap,
}

/// How much of an earlier glyph a later one lies over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Overlap {
    /// Nothing: it stands beside it.
    Beside,
    Some,
    Most,
}

/// What of a glyph tells quickly whether another may be its copy.
#[derive(Clone, Copy, Debug, Default)]
struct Noted {
    /// The glyph before it in its cell, plus one.
    before: u32,
    /// The same for glyphs of the same meaning.
    key: u32,
    x: f32,
    y: f32,
}

/// Where the glyphs of a page stand.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The last glyph of each cell, plus one.
    last: Vec<u32>,
    /// Of each glyph.
    noted: Vec<Noted>,
    columns: usize,
    rows: usize,
    /// How many cells a point is.
    scale: f32,
    corner: (f32, f32),
    echoes: Vec<Echo>,
}

impl Places {
    /// Forgets all, for a page whose lower left corner is here and that is so large, in points.
    pub(super) fn clear(&mut self, corner: (f32, f32), width: f32, height: f32) {
        self.scale = 1.0 / (width.max(height) / MAX_CELLS).max(CELL);
        let cells = |length: f32| (cell_of(length * self.scale).unsigned_abs() as usize).min(256) + 1;
        (self.columns, self.rows) = (cells(width), cells(height));
        self.corner = corner;
        self.last.clear();
        self.last.resize(self.columns * self.rows, 0);
        self.noted.clear();
        self.echoes.clear();
    }

    /// Takes note of a glyph drawn after these.
    fn note(&mut self, glyph: &PlacedGlyph, earlier: &[PlacedGlyph]) {
        if glyph.text.is_whitespace() {
            self.noted.push(Noted::default());
            return;
        }
        let (x, y) = (glyph.x - self.corner.0, glyph.y - self.corner.1);
        let key = key(&glyph.text);
        let reach = MAX_OFFSET * glyph.size;
        let rows = self.cells(y, reach, self.rows);
        let columns = self.cells(x, reach, self.columns);
        let mut found = 0;
        for row in rows {
            for cell in row * self.columns + columns.start..row * self.columns + columns.end {
                let mut next = self.last[cell];
                for _ in 0..MAX_CHAIN {
                    let Some(number) = next.checked_sub(1) else { break };
                    let noted = self.noted[number as usize];
                    next = noted.before;
                    if noted.key != key || (noted.x - x).abs() > reach || (noted.y - y).abs() > reach {
                        continue;
                    }
                    if found < MAX_ECHOES
                        && let Some((offset, overlap)) = repeats(&earlier[number as usize], glyph)
                    {
                        found += 1;
                        self.echoes.push(Echo {
                            glyph: earlier.len(),
                            of: number as usize,
                            offset,
                            overlap,
                        });
                    }
                }
            }
        }
        let own = within(cell_of(y * self.scale), self.rows) * self.columns
            + within(cell_of(x * self.scale), self.columns);
        self.noted.push(Noted {
            before: self.last[own],
            key,
            x,
            y,
        });
        self.last[own] = u32::try_from(earlier.len() + 1).unwrap_or(0);
    }

    /// The numbers of the cells that come so near to a place in one direction, of so many.
    fn cells(&self, place: f32, reach: f32, count: usize) -> Range<usize> {
        let own = cell_of(place * self.scale);
        let from = cell_of((place - reach) * self.scale).max(own - MAX_REACH);
        let to = cell_of((place + reach) * self.scale).min(own + MAX_REACH);
        within(from, count)..within(to, count) + 1
    }

    /// Takes the copies out of a page's glyphs, which are in the order they were drawn in.
    pub(super) fn remove_copies(&mut self, glyphs: &mut Vec<PlacedGlyph>) {
        if !is_drawn_over(glyphs) {
            return;
        }
        for (number, glyph) in glyphs.iter().enumerate() {
            self.note(glyph, &glyphs[..number]);
        }
        let is_copy = self.copies(glyphs);
        if is_copy.iter().all(|is_copy| !is_copy) {
            return;
        }
        let mut gone = vec![false; glyphs.len()];
        for (echo, _) in self.echoes.iter().zip(is_copy).filter(|(_, is_copy)| *is_copy) {
            gone[echo.glyph] = true;
        }
        let mut gone = gone.into_iter();
        glyphs.retain(|_| !gone.next().unwrap_or(false));
    }

    /// Which of the echoes are copies.
    fn copies(&self, glyphs: &[PlacedGlyph]) -> Vec<bool> {
        let overlaps = |number: usize, echo: &Echo| {
            echo.overlap == Overlap::Some
                && self.near(number).any(|other| {
                    let other = &self.echoes[other];
                    // Narrow letters may follow their like closely where a line is set tight; wide ones cannot.
                    let is_sure = echo.glyph - echo.of > 1 || is_wide(&glyphs[other.glyph]);
                    is_sure && other.overlap > Overlap::Beside && is_same_copying(echo, other, glyphs)
                })
        };
        let first = self.echoes.iter().enumerate();
        let mut copies: Vec<bool> = first
            .map(|(number, echo)| echo.overlap == Overlap::Most || overlaps(number, echo))
            .collect();
        // Narrow letters follow those around them, there and back.
        for number in (0..copies.len()).chain((0..copies.len()).rev()) {
            let echo = &self.echoes[number];
            copies[number] = copies[number]
                || self
                    .near(number)
                    .any(|other| copies[other] && is_same_copying(echo, &self.echoes[other], glyphs));
        }
        copies
    }

    /// The numbers of the echoes drawn just before and after one.
    fn near(&self, number: usize) -> impl Iterator<Item = usize> {
        let glyph = self.echoes[number].glyph;
        let is_near = move |other: &usize| self.echoes[*other].glyph.abs_diff(glyph) <= MAX_LATER;
        let before = (0..number).rev().take_while(is_near);
        before.chain((number + 1..self.echoes.len()).take_while(is_near))
    }
}

/// The nearest of so many cells.
fn within(cell: i32, count: usize) -> usize {
    (cell.max(0).unsigned_abs() as usize).min(count - 1)
}

/// The cell of a place that is counted in cells; what is left of the first is in it.
fn cell_of(place: f32) -> i32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a saturating cast is what is wanted of a place far off the page"
    )]
    let cell = place as i32;
    cell.clamp(-MAX_REACH, 1024)
}

/// A number that glyphs of the same meaning have in common.
fn key(text: &GlyphText) -> u32 {
    match text {
        GlyphText::One(character) => u32::from(*character),
        GlyphText::Many(characters) => characters
            .bytes()
            .fold(0x8000_0000, |key, byte| key.rotate_left(5) ^ u32::from(byte)),
    }
}

/// How wide a glyph is, in points.
fn width(glyph: &PlacedGlyph) -> f32 {
    if glyph.advance > 0.0 {
        glyph.advance
    } else {
        NO_WIDTH * glyph.size
    }
}

fn is_wide(glyph: &PlacedGlyph) -> bool {
    glyph.advance > WIDE * glyph.size
}

/// How far a glyph stands from an earlier one of the same meaning, and how much it lies over it.
fn repeats(earlier: &PlacedGlyph, glyph: &PlacedGlyph) -> Option<((f32, f32), Overlap)> {
    let (x, y) = (glyph.x - earlier.x, glyph.y - earlier.y);
    if x.abs().max(y.abs()) > MAX_OFFSET * glyph.size
        || earlier.text != glyph.text
        || earlier.direction != glyph.direction
        || (earlier.size - glyph.size).abs() > 0.1 * glyph.size
    {
        return None;
    }
    let (along, up) = glyph.direction.axes();
    let offset = (
        (x * along.0 + y * along.1) / glyph.size,
        (x * up.0 + y * up.1) / glyph.size,
    );
    let share = offset.0.abs() / (width(glyph) / glyph.size);
    let overlap = if share < COVERED {
        Overlap::Most
    } else if share < OVERLAPPED {
        Overlap::Some
    } else {
        Overlap::Beside
    };
    Some((offset, overlap))
}

/// Whether two glyphs that were drawn one after the other are copies made in one go.
fn is_same_copying(one: &Echo, other: &Echo, glyphs: &[PlacedGlyph]) -> bool {
    (one.offset.0 - other.offset.0).abs() < SAME_OFFSET
        && (one.offset.1 - other.offset.1).abs() < SAME_OFFSET
        && glyphs[one.glyph].text != glyphs[other.glyph].text
}
