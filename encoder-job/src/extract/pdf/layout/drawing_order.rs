//! Parts of a page in the order they were drawn.
//!
//! Programs that set text draw one column after the other. Where the drawing goes back up, and what follows stands beside what was
//! drawn before, a column ended; so columns are told from each other that are too short, or too much like a table, for white
//! strips to say so. Within a part the strips decide. Where what was drawn later lies within what was drawn before, as values lie in a form,
//! or looks like cells of a table, the order says nothing.

use std::collections::BTreeSet;

use super::{Fragment, direction::Base, median};

/// A page whose drawing goes back up more often is a picture, or is drawn in no order.
const MAX_RUNS: usize = 48;
/// The drawing goes back up where it goes up by so many times the font's size.
const UP: f32 = 0.8;
/// Parts stand beside each other where so much white is between them, in the font's size.
const MIN_WHITE: f32 = 0.5;
/// A line is full that is so much as wide as its column, …
const FULL_LINE: f32 = 0.85;
/// … which of prose is so many times as wide as its font is high.
const MIN_WIDTH_OF_PROSE: f32 = 12.0;
/// What has fewer lines is no column.
const MIN_LINES: usize = 3;
/// Columns that are drawn in several stretches, with something as wide as the page between them, have at least so many lines in each; cells of a
/// table have fewer.
const MIN_LINES_OF_STRETCH: usize = 5;

/// What was drawn from top to bottom in one go.
struct Part {
    fragments: Vec<Fragment>,
    /// The number of the first of its fragments in the order of drawing.
    drawn: usize,
    /// Its first and its last baseline.
    top: f32,
    bottom: f32,
    /// Whether others were joined to it.
    is_joined: bool,
}

/// How two parts stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    /// The first is above the second.
    Above,
    Below,
    /// The first is to the left of the second.
    Left,
    Right,
    /// Neither: one lies within the other, or they are rows of a table.
    Together,
    /// They have nothing to do with each other.
    Apart,
}

/// The parts of a page, in the order of reading.
pub(super) fn parts(mut fragments: Vec<Fragment>, base: Base) -> Vec<Vec<Fragment>> {
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

impl Part {
    fn of(fragments: Vec<Fragment>) -> Option<Self> {
        let first = fragments.first()?;
        Some(Self {
            drawn: first.drawn,
            top: fragments
                .iter()
                .map(|fragment| fragment.baseline)
                .fold(f32::MAX, f32::min),
            bottom: fragments
                .iter()
                .map(Fragment::bottom_baseline)
                .fold(f32::MIN, f32::max),
            fragments,
            is_joined: false,
        })
    }

    /// The two as one.
    fn with(mut self, mut other: Self) -> Self {
        self.fragments.append(&mut other.fragments);
        Self {
            fragments: self.fragments,
            drawn: self.drawn.min(other.drawn),
            top: self.top.min(other.top),
            bottom: self.bottom.max(other.bottom),
            is_joined: true,
        }
    }

    /// Its fragments in the order of drawing.
    fn in_drawing_order(mut self) -> Vec<Fragment> {
        self.fragments.sort_by_key(|fragment| fragment.drawn);
        self.fragments
    }

    /// Its fragments between two baselines.
    fn between(&self, top: f32, bottom: f32) -> impl Iterator<Item = &Fragment> + Clone {
        self.fragments
            .iter()
            .filter(move |fragment| fragment.bottom_baseline() >= top && fragment.baseline <= bottom)
    }

    /// How it stands to another one.
    fn relation(&self, other: &Self, size: f32) -> Relation {
        let (top, bottom) = (self.top.max(other.top), self.bottom.min(other.bottom));
        if bottom < top - 0.5 * size {
            let (one, next) = (extent(self.fragments.iter()), extent(other.fragments.iter()));
            return if one.0 >= next.1 || next.0 >= one.1 {
                Relation::Apart
            } else if self.top < other.top {
                Relation::Above
            } else {
                Relation::Below
            };
        }
        let (top, bottom) = (top - 0.5 * size, bottom + 0.5 * size);
        let (one, next) = (
            extent(self.between(top, bottom)),
            extent(other.between(top, bottom)),
        );
        let white = MIN_WHITE * size;
        if one.1 + white <= next.0 && are_columns(self, other, (top, bottom), size) {
            Relation::Left
        } else if next.1 + white <= one.0 && are_columns(other, self, (top, bottom), size) {
            Relation::Right
        } else {
            Relation::Together
        }
    }
}

/// Where fragments begin and end, from left to right.
fn extent<'a>(fragments: impl Iterator<Item = &'a Fragment>) -> (f32, f32) {
    fragments.fold((f32::MAX, f32::MIN), |(left, right), fragment| {
        (left.min(fragment.left), right.max(fragment.right))
    })
}

/// Whether what stands beside each other between two baselines are columns, and no labels with what belongs to them.
fn are_columns(left: &Part, right: &Part, (top, bottom): (f32, f32), size: f32) -> bool {
    let (one, other) = (
        lines(left.between(top, bottom), size),
        lines(right.between(top, bottom), size),
    );
    let has_words = |lines: &[(f32, &Fragment)]| {
        let with_words = lines.iter().filter(|(_, fragment)| {
            fragment
                .text
                .chars()
                .filter(|c| c.is_alphabetic())
                .nth(1)
                .is_some()
        });
        with_words.count() * 2 > lines.len()
    };
    let is_label = |line: &&(f32, &Fragment)| line.1.text.trim_end().ends_with(':');
    let labels = one.iter().filter(is_label).count();
    // A few lines that stand beside others on their own side are cells of a row.
    let are_cells = |part: &Part, lines: &[(f32, &Fragment)]| {
        lines.len() < MIN_LINES_OF_STRETCH
            && part.between(top, bottom).any(|one| {
                part.between(top, bottom)
                    .any(|other| one.right + size < other.left)
            })
    };
    one.len() >= MIN_LINES
        && other.len() >= MIN_LINES
        && !are_cells(left, &one)
        && !are_cells(right, &other)
        && has_words(&one)
        && has_words(&other)
        && labels * 2 < one.len()
}

/// The lines of fragments: the baseline of each, and its first fragment.
fn lines<'a>(fragments: impl Iterator<Item = &'a Fragment>, size: f32) -> Vec<(f32, &'a Fragment)> {
    let mut all: Vec<&Fragment> = fragments.collect();
    all.sort_by(|one, other| one.baseline.total_cmp(&other.baseline));
    let mut lines: Vec<(f32, &Fragment)> = Vec::new();
    for fragment in all {
        match lines.last_mut() {
            Some((baseline, first)) if fragment.baseline - *baseline < 0.5 * size => {
                if fragment.left < first.left {
                    *first = fragment;
                }
            }
            _ => lines.push((fragment.baseline, fragment)),
        }
    }
    lines
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
        one.lines < MIN_LINES_OF_STRETCH
            && !one.is_prose
            && beside.iter().any(|other| {
                other.parts != one.parts
                    && (other.left - one.left).abs() < 0.5 * size
                    && (other.right - one.right).abs() < 0.5 * size
            })
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
        let lines_of = |part: &Part| lines(part.between(top, bottom), size).len();
        Some(Self {
            parts: pair,
            left: extent(left.between(top, bottom)).0,
            right: extent(right.between(top, bottom)).0,
            lines: lines_of(left).min(lines_of(right)),
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
