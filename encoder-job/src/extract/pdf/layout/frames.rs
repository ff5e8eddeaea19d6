//! Frames: text that runs in one direction is laid out by itself.

use std::collections::BTreeMap;

use crate::extract::pdf::glyph::{Direction, PlacedGlyph, Quarter};

/// Directions that differ by no more than so many tenths of a degree are one: the lines of a scanned page lie
/// a little aslant, each in its own way.
const SAME: u16 = 20;
/// So many glyphs in exactly one direction make a slanted frame; of the letters along a curve each runs its own way.
const MIN_GLYPHS: usize = 3;

/// The text of a page that runs in one direction.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) direction: Direction,
    /// In the order they were drawn.
    pub(super) glyphs: Vec<&'a PlacedGlyph>,
}

impl Frame<'_> {
    /// Whether its lines have the page's upper edge above them.
    pub(super) fn is_upright(&self) -> bool {
        self.direction.quarter == Quarter::Right && self.direction.slant.unsigned_abs() <= SAME
    }
}

/// The frames of a page, that with the most text first.
pub(super) fn frames(glyphs: &[PlacedGlyph]) -> Vec<Frame<'_>> {
    let directions = directions(glyphs);
    let mut frames: BTreeMap<Direction, Vec<&PlacedGlyph>> = BTreeMap::new();
    for run in runs(glyphs) {
        let direction = directions[&run[0].direction];
        frames.entry(direction).or_default().extend(run);
    }
    let mut frames: Vec<_> = frames
        .into_iter()
        .map(|(direction, glyphs)| Frame { direction, glyphs })
        .collect();
    frames.sort_by_key(|frame| std::cmp::Reverse(frame.glyphs.len()));
    frames
}

/// For each direction in which glyphs run that of the frame they belong to.
fn directions(glyphs: &[PlacedGlyph]) -> BTreeMap<Direction, Direction> {
    let mut counts: BTreeMap<Direction, usize> = BTreeMap::new();
    for run in runs(glyphs) {
        *counts.entry(run[0].direction).or_default() += run.len();
    }
    let mut by_count: Vec<(Direction, usize)> = counts.into_iter().collect();
    by_count.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let mut frames: Vec<Direction> = Vec::new();
    let mut belongs = BTreeMap::new();
    for (direction, count) in by_count {
        let frame = frames.iter().find(|frame| are_same(**frame, direction)).copied();
        let frame = frame.unwrap_or_else(|| {
            let own = if count < MIN_GLYPHS {
                Direction::straight(direction.quarter)
            } else {
                direction
            };
            // A few letters aslant belong to the frame of the quarter turn they are nearest to, if there is one.
            let frame = frames.iter().find(|frame| are_same(**frame, own)).copied();
            frame.unwrap_or_else(|| {
                frames.push(own);
                own
            })
        });
        belongs.insert(direction, frame);
    }
    belongs
}

/// Glyphs that were drawn one after the other in one direction.
fn runs(glyphs: &[PlacedGlyph]) -> impl Iterator<Item = &[PlacedGlyph]> {
    glyphs.chunk_by(|one, next| one.direction == next.direction)
}

fn are_same(one: Direction, other: Direction) -> bool {
    one.quarter == other.quarter && one.slant.abs_diff(other.slant) <= SAME
}
