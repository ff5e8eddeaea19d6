//! Reading order: where a white strip parts columns, the page is cut into what stands above, left, right and below of it; each part is
//! cut in the same way.
//!
//! This is the recursive XY-cut (Nagy and Seth, 1984) with one difference: the horizontal cuts are not searched for, they are where the
//! strip ends. So columns are found between a title, figures and a foot as wide as the page, however many there are.

use super::{
    Fragment,
    direction::Base,
    strips::{self, Strip},
};

/// How deep columns may lie in blocks in columns: each part of a page is cut once more.
const MAX_DEPTH: usize = 16;
/// What has more fragments is no page of columns; a page of text has hundreds.
const MAX_FRAGMENTS: usize = 20_000;

/// The fragments of a page's parts in blocks, each to be read from top to bottom, in order of reading.
pub(super) fn in_reading_order(parts: Vec<Vec<Fragment>>, base: Base) -> Vec<Vec<Fragment>> {
    let mut blocks = Vec::new();
    for part in parts {
        split(part, base, MAX_DEPTH, false, &mut blocks);
    }
    blocks
}

fn split(
    mut fragments: Vec<Fragment>,
    base: Base,
    depth: usize,
    goes_on: bool,
    blocks: &mut Vec<Vec<Fragment>>,
) {
    if fragments.is_empty() {
        return;
    }
    fragments.sort_by(|one, other| one.baseline.total_cmp(&other.baseline));
    let strip = (depth > 0 && fragments.len() <= MAX_FRAGMENTS)
        .then(|| strips::between_columns(&fragments, goes_on))
        .flatten();
    let Some(Strip { stretches, at }) = strip else {
        return add(fragments, blocks);
    };
    let mut rest = fragments.into_iter();
    let mut taken = 0;
    for rows in stretches {
        let above = rest.by_ref().take(rows.start - taken).collect();
        let (left, right) = rest
            .by_ref()
            .take(rows.len())
            .partition(|fragment| fragment.right <= at);
        taken = rows.end;
        split(above, base, depth - 1, true, blocks);
        let (first, second) = if base.is_left {
            (right, left)
        } else {
            (left, right)
        };
        split(first, base, depth - 1, false, blocks);
        split(second, base, depth - 1, false, blocks);
    }
    split(rest.collect(), base, depth - 1, goes_on, blocks);
}

/// Adds a block. One that goes on in the same column is no block of its own: what parts its paragraphs is the distance of lines.
fn add(mut fragments: Vec<Fragment>, blocks: &mut Vec<Vec<Fragment>>) {
    match blocks.last_mut() {
        Some(above) if continues(above, &fragments) => above.append(&mut fragments),
        _ => blocks.push(fragments),
    }
}

/// Whether a block stands below another in the same column.
fn continues(above: &[Fragment], below: &[Fragment]) -> bool {
    let (one, other) = (extent(above), extent(below));
    let overlap = one.1.min(other.1) - one.0.max(other.0);
    let widest = (one.1 - one.0).max(other.1 - other.0);
    let bottom = above
        .iter()
        .map(|fragment| fragment.baseline)
        .fold(f32::MIN, f32::max);
    let top = below
        .iter()
        .map(|fragment| fragment.baseline)
        .fold(f32::MAX, f32::min);
    top > bottom && overlap > 0.5 * widest
}

/// Where fragments begin and end, from left to right.
fn extent(fragments: &[Fragment]) -> (f32, f32) {
    fragments
        .iter()
        .fold((f32::MAX, f32::MIN), |(left, right), fragment| {
            (left.min(fragment.left), right.max(fragment.right))
        })
}
