//! Direction groups: text that runs in one direction is laid out by itself.

use std::collections::BTreeMap;

use crate::extract::pdf::glyph::{Direction, PlacedGlyph, Quarter};

/// Directions that differ by no more than so many tenths of a degree are one: the lines of a scanned page lie
/// a little aslant, each in its own way.
const SAME: u16 = 20;
/// So many glyphs in exactly one direction make a slanted group; of the letters along a curve each runs its own way.
const MIN_GLYPHS: usize = 3;

/// The text of a page that runs in one direction.
#[derive(Debug)]
pub(super) struct DirectionGroup<'a> {
    pub(super) direction: Direction,
    /// In the order they were drawn.
    pub(super) glyphs: Vec<&'a PlacedGlyph>,
}

impl DirectionGroup<'_> {
    /// Whether its lines have the page's upper edge above them.
    pub(super) fn is_upright(&self) -> bool {
        self.direction.quarter == Quarter::Right && self.direction.slant.unsigned_abs() <= SAME
    }
}

/// The groups of a page, that with the most text first.
pub(super) fn groups(glyphs: &[PlacedGlyph]) -> Vec<DirectionGroup<'_>> {
    let directions = directions(glyphs);
    let mut groups: BTreeMap<Direction, Vec<&PlacedGlyph>> = BTreeMap::new();
    for run in runs(glyphs) {
        let direction = directions[&run[0].direction];
        groups.entry(direction).or_default().extend(run);
    }
    let mut groups: Vec<_> = groups
        .into_iter()
        .map(|(direction, glyphs)| DirectionGroup { direction, glyphs })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.glyphs.len()));
    groups
}

/// For each direction in which glyphs run that of the group they belong to.
fn directions(glyphs: &[PlacedGlyph]) -> BTreeMap<Direction, Direction> {
    let mut counts: BTreeMap<Direction, usize> = BTreeMap::new();
    for run in runs(glyphs) {
        *counts.entry(run[0].direction).or_default() += run.len();
    }
    let mut by_count: Vec<(Direction, usize)> = counts.into_iter().collect();
    by_count.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let mut groups: Vec<Direction> = Vec::new();
    let mut belongs = BTreeMap::new();
    for (direction, count) in by_count {
        let group = groups.iter().find(|group| are_same(**group, direction)).copied();
        let group = group.unwrap_or_else(|| {
            let own = if count < MIN_GLYPHS {
                Direction::straight(direction.quarter)
            } else {
                direction
            };
            // A few letters aslant belong to the group of the quarter turn they are nearest to, if there is one.
            let group = groups.iter().find(|group| are_same(**group, own)).copied();
            group.unwrap_or_else(|| {
                groups.push(own);
                own
            })
        });
        belongs.insert(direction, group);
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
