//! Parts of a page in the order they were drawn.
//!
//! Programs that set text draw one column after the other. Where the drawing goes back up, and what follows stands beside what was
//! drawn before, a column ended; so columns are told from each other that are too short, or too much like a table, for white
//! strips to say so. Within a part the strips decide. Where what was drawn later lies within what was drawn before, as values lie in a form,
//! or looks like cells of a table, the order says nothing.

mod part;

use std::collections::BTreeSet;

use super::{Fragment, direction::Base, median};
use part::{MIN_LINES_OF_STRETCH, Part, Relation, extent, lines};

/// Two columns of so many lines that stand on common baselines are those of a table; fewer may be two addresses.
const MIN_ROWS: usize = 8;
/// Baselines are one that differ by less than so much of the font's size.
const SAME_BASELINE: f32 = 0.15;
/// What has more fragments is drawn in no order that tells anything.
const MAX_FRAGMENTS: usize = 5000;
/// A page whose drawing goes back up more often is a picture, or is drawn in no order.
const MAX_RUNS: usize = 48;
/// The drawing goes back up where it goes up by so many times the font's size.
const UP: f32 = 0.8;
/// A line is full that is so much as wide as its column, …
const FULL_LINE: f32 = 0.85;
/// … which of prose is so many times as wide as its font is high.
const MIN_WIDTH_OF_PROSE: f32 = 12.0;

/// The parts of a page, in the order of reading.
pub(super) fn parts(mut fragments: Vec<Fragment>, base: Base) -> Vec<Vec<Fragment>> {
    if fragments.len() > MAX_FRAGMENTS {
        return vec![fragments];
    }
    let size = median(fragments.iter().map(|fragment| fragment.size));
    fragments.sort_by_key(|fragment| fragment.drawn);
    let lengths: Vec<usize> = runs(&fragments, size).map(<[Fragment]>::len).collect();
    if lengths.len() <= 1 || lengths.len() > MAX_RUNS {
        return vec![fragments];
    }
    let mut rest = fragments.into_iter();
    let parts = lengths
        .into_iter()
        .filter_map(|length| Part::of(rest.by_ref().take(length).collect()));
    let mut parts: Vec<Part> = parts.collect();
    if goes_up(&parts, size) {
        parts = parts.into_iter().reduce(Part::with).into_iter().collect();
    }
    let parts = joined(parts, size);
    let parts = in_order(parts, base, size);
    parts.into_iter().map(Part::in_drawing_order).collect()
}

/// The stretches of fragments, in the order of drawing, between which it goes back up.
fn runs(fragments: &[Fragment], size: f32) -> impl Iterator<Item = &[Fragment]> {
    let goes_on = move |one: &Fragment, next: &Fragment| next.baseline > one.bottom_baseline() - UP * size;
    fragments.chunk_by(goes_on)
}

/// Whether where the drawing goes back up, it mostly goes to what is above, as where a page is drawn from its foot.
fn goes_up(parts: &[Part], size: f32) -> bool {
    let is_up = |pair: &&[Part]| {
        !matches!(
            pair[0].relation(&pair[1], size),
            Relation::Left | Relation::Right | Relation::Together
        )
    };
    parts.windows(2).filter(is_up).count() * 2 > parts.len() - 1
}

/// Joins parts that belong together, as one lies within the other or both are cells of one table.
fn joined(parts: Vec<Part>, size: f32) -> Vec<Part> {
    let mut parts = with_cells_joined(parts, size);
    while let Some((one, other)) = first_pair_together(&parts, size) {
        let other = parts.remove(other);
        let joined = parts.remove(one).with(other);
        parts.insert(one, joined);
    }
    parts
}

/// Joins cells: parts of a few lines that stand beside each other at the same places again and again.
fn with_cells_joined(parts: Vec<Part>, size: f32) -> Vec<Part> {
    let beside: Vec<Beside> = pairs(&parts)
        .filter_map(|pair| Beside::of(pair, &parts, size))
        .collect();
    let is_cell = |one: &&Beside| {
        let is_repeated = |other: &Beside| {
            other.parts != one.parts
                && (other.left - one.left).abs() < 0.5 * size
                && (other.right - one.right).abs() < 0.5 * size
        };
        let is_of_same_row = |other: &Beside| {
            other.parts != one.parts
                && other.is_aligned
                && other.lines == one.lines
                && (other.parts.0 == one.parts.0 || other.parts.1 == one.parts.1)
        };
        // Of a table that is drawn column by column each line has one beside it in each other column.
        let is_aligned = one.is_aligned && (one.lines >= MIN_ROWS || beside.iter().any(is_of_same_row));
        let is_stretch = one.lines < MIN_LINES_OF_STRETCH && beside.iter().any(is_repeated);
        !one.is_prose && (is_aligned || is_stretch)
    };
    let cells: BTreeSet<usize> = beside
        .iter()
        .filter(is_cell)
        .flat_map(|cell| [cell.parts.0, cell.parts.1])
        .collect();
    let (cells, mut others): (Vec<_>, Vec<_>) =
        (0..).zip(parts).partition(|(number, _)| cells.contains(number));
    // In the order of drawing, as each part has its place by its first fragment.
    others.extend(
        cells
            .into_iter()
            .reduce(|(number, one), (_, other)| (number, one.with(other))),
    );
    others.sort_by_key(|(number, _)| *number);
    others.into_iter().map(|(_, part)| part).collect()
}

fn pairs(parts: &[Part]) -> impl Iterator<Item = (usize, usize)> {
    (0..parts.len()).flat_map(|one| (one + 1..parts.len()).map(move |other| (one, other)))
}

fn first_pair_together(parts: &[Part], size: f32) -> Option<(usize, usize)> {
    pairs(parts).find(|&pair| match parts[pair.0].relation(&parts[pair.1], size) {
        Relation::Together => true,
        // What is short beside a table, or whatever the order says nothing of, is part of it.
        Relation::Left | Relation::Right => {
            (parts[pair.0].is_joined || parts[pair.1].is_joined)
                && Beside::of(pair, parts, size).is_some_and(|beside| beside.lines < MIN_LINES_OF_STRETCH)
        }
        Relation::Above | Relation::Below | Relation::Apart => false,
    })
}

/// Two parts beside each other.
struct Beside {
    parts: (usize, usize),
    /// Where the left one begins, and the right one.
    left: f32,
    right: f32,
    /// How many lines the lower one has there.
    lines: usize,
    /// Whether each line of the one has one of the other on its baseline, and most are short.
    is_aligned: bool,
    /// Whether they are equally wide and most lines of both as wide as their column, as those of prose are.
    is_prose: bool,
}

impl Beside {
    /// A pair of parts; `None` where they do not stand beside each other.
    fn of(pair: (usize, usize), parts: &[Part], size: f32) -> Option<Self> {
        let (one, other) = (&parts[pair.0], &parts[pair.1]);
        let (left, right) = match one.relation(other, size) {
            Relation::Left => (one, other),
            Relation::Right => (other, one),
            _ => return None,
        };
        let (top, bottom) = (
            left.top.max(right.top) - 0.5 * size,
            left.bottom.min(right.bottom) + 0.5 * size,
        );
        let baselines = |part: &Part| -> Vec<f32> {
            let lines = lines(part.between(top, bottom), size);
            lines.into_iter().map(|(baseline, _)| baseline).collect()
        };
        let (of_left, of_right) = (baselines(left), baselines(right));
        let is_beside = |(one, other): (&f32, &f32)| (one - other).abs() < SAME_BASELINE * size;
        let is_short = |part: &Part| {
            let widths = part
                .between(top, bottom)
                .map(|fragment| fragment.right - fragment.left);
            median(widths) < MIN_WIDTH_OF_PROSE * size
        };
        Some(Self {
            parts: pair,
            left: extent(left.between(top, bottom)).0,
            right: extent(right.between(top, bottom)).0,
            lines: of_left.len().min(of_right.len()),
            is_aligned: of_left.len() == of_right.len()
                && of_left.iter().zip(&of_right).all(is_beside)
                && is_short(left)
                && is_short(right),
            is_prose: are_alike(
                extent(left.between(top, bottom)),
                extent(right.between(top, bottom)),
            ) && [left, right]
                .iter()
                .all(|part| is_prose(part.between(top, bottom), size)),
        })
    }
}

/// Whether two columns are equally wide.
fn are_alike(one: (f32, f32), other: (f32, f32)) -> bool {
    let (one, other) = (one.1 - one.0, other.1 - other.0);
    one.min(other) > FULL_LINE * one.max(other)
}

/// Whether most of these fragments are as wide as all of them together.
fn is_prose<'a>(fragments: impl Iterator<Item = &'a Fragment> + Clone, size: f32) -> bool {
    let (left, right) = extent(fragments.clone());
    let full = fragments
        .clone()
        .filter(|fragment| fragment.right - fragment.left > FULL_LINE * (right - left));
    right - left > MIN_WIDTH_OF_PROSE * size && full.count() * 2 > fragments.count()
}

/// Parts in the order of reading: what is above or, where the page runs to the right, on the left comes first; else what was drawn first.
fn in_order(parts: Vec<Part>, base: Base, size: f32) -> Vec<Part> {
    let before = if base.is_left {
        Relation::Right
    } else {
        Relation::Left
    };
    let precedes: Vec<Vec<bool>> = parts
        .iter()
        .map(|one| {
            let relations = parts.iter().map(|other| one.relation(other, size));
            relations
                .map(|relation| relation == Relation::Above || relation == before)
                .collect()
        })
        .collect();
    let mut left: Vec<usize> = (0..parts.len()).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let is_first = |&&part: &&usize| left.iter().all(|&other| other == part || !precedes[other][part]);
        let next = left
            .iter()
            .find(is_first)
            .or(left.first())
            .copied()
            .unwrap_or_default();
        left.retain(|&part| part != next);
        order.push(next);
    }
    let mut parts: Vec<Option<Part>> = parts.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|number| parts[number].take())
        .collect()
}
