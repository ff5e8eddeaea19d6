//! A part of a page that was drawn in one go, and how two of them stand to each other.

use super::super::Fragment;

/// Parts stand beside each other where so much white is between them, in the font's size.
const MIN_WHITE: f32 = 0.5;
/// What has fewer lines is no column.
const MIN_LINES: usize = 3;
/// Columns that are drawn in several stretches, with something as wide as the page between them, have at least so many lines in each; cells of a
/// table have fewer.
pub(super) const MIN_LINES_OF_STRETCH: usize = 5;

/// What was drawn from top to bottom in one go.
pub(super) struct Part {
    pub(super) fragments: Vec<Fragment>,
    /// The number of the first of its fragments in the order of drawing.
    drawn: usize,
    /// Its first and its last baseline.
    pub(super) top: f32,
    pub(super) bottom: f32,
    /// Whether others were joined to it.
    pub(super) is_joined: bool,
}

/// How two parts stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
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

impl Part {
    pub(super) fn of(fragments: Vec<Fragment>) -> Option<Self> {
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
    pub(super) fn with(mut self, mut other: Self) -> Self {
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
    pub(super) fn in_drawing_order(mut self) -> Vec<Fragment> {
        self.fragments.sort_by_key(|fragment| fragment.drawn);
        self.fragments
    }

    /// Its fragments between two baselines.
    pub(super) fn between(&self, top: f32, bottom: f32) -> impl Iterator<Item = &Fragment> + Clone {
        self.fragments
            .iter()
            .filter(move |fragment| fragment.bottom_baseline() >= top && fragment.baseline <= bottom)
    }

    /// How it stands to another one.
    pub(super) fn relation(&self, other: &Self, size: f32) -> Relation {
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
pub(super) fn extent<'a>(fragments: impl Iterator<Item = &'a Fragment>) -> (f32, f32) {
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
pub(super) fn lines<'a>(
    fragments: impl Iterator<Item = &'a Fragment>,
    size: f32,
) -> Vec<(f32, &'a Fragment)> {
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
