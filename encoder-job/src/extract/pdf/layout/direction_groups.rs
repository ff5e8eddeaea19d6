//! Direction groups: text that runs in one direction is laid out by itself.

use std::collections::BTreeMap;

use crate::extract::pdf::glyph::{Direction, GlyphText, PlacedGlyph, Quarter, runs_left};

/// Directions that differ by no more than so many tenths of a degree are one: the lines of a scanned page lie
/// a little aslant, each in its own way.
const SAME: u16 = 20;
/// So many glyphs in exactly one direction make a slanted group; of the letters along a curve each runs its own way.
const MIN_GLYPHS: usize = 3;
/// Glyphs drawn one after the other are on one line where their baselines differ by less than so much of their size.
const SAME_LINE: f32 = 0.45;

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

/// Puts the glyphs of each line in the order they stand in, where some run to the left: programs draw such lines from either end, or what is
/// of one font first.
pub(super) fn put_lines_in_order(group: &mut DirectionGroup<'_>) {
    let runs_left = |glyph: &&PlacedGlyph| match &glyph.text {
        GlyphText::One(character) => runs_left(*character),
        GlyphText::Many(characters) => characters.chars().any(runs_left),
    };
    if !group.glyphs.iter().any(runs_left) {
        return;
    }
    let direction = group.direction;
    let place = |glyph: &PlacedGlyph| direction.turn(glyph.x, glyph.y);
    let is_on_line = |one: &&PlacedGlyph, next: &&PlacedGlyph| {
        (place(one).1 - place(next).1).abs() < SAME_LINE * one.size.max(next.size)
    };
    for line in group.glyphs.chunk_by_mut(is_on_line) {
        line.sort_by(|one, next| place(one).0.total_cmp(&place(next).0));
    }
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
