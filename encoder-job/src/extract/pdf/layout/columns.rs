//! Reading order: a page is cut where white space runs through it, first between columns, then between blocks.

use super::{Fragment, median};

/// Columns are at least so many lines high …
const MIN_LINES: usize = 4;
/// … and at least so many times the font's size wide.
const MIN_WIDTH: f32 = 8.0;
/// The white space between columns is at least so many times the font's size wide.
const MIN_GUTTER: f32 = 0.9;
/// In columns of prose most fragments fill so much of the width; in tables they do not.
const MIN_FILL: f32 = 0.55;
/// A line is full that is so much as wide as its column.
const FULL_LINE: f32 = 0.85;
/// What stands beside prose is in the middle wider than so many times the font's size.
const MIN_BESIDE: f32 = 3.0;
/// How deep columns may lie in blocks in columns.
const MAX_DEPTH: usize = 6;

/// The fragments in blocks, each to be read from top to bottom, in order of reading.
pub(super) fn in_reading_order(fragments: Vec<Fragment>) -> Vec<Vec<Fragment>> {
    let mut blocks = Vec::new();
    split(fragments, MAX_DEPTH, &mut blocks);
    blocks
}

fn split(mut fragments: Vec<Fragment>, depth: usize, blocks: &mut Vec<Vec<Fragment>>) {
    if depth > 0 && fragments.len() >= 2 * MIN_LINES {
        if let Some(gutter) = gutter(&fragments) {
            let (left, right) = fragments
                .into_iter()
                .partition(|fragment| fragment.right <= gutter);
            split(left, depth - 1, blocks);
            split(right, depth - 1, blocks);
            return;
        }
        fragments.sort_by(|one, other| one.baseline.total_cmp(&other.baseline));
        if let Some(at) = band(&fragments) {
            let below = fragments.split_off(at);
            split(fragments, depth - 1, blocks);
            split(below, depth - 1, blocks);
            return;
        }
    }
    // Blocks that turned out to be of one column are one block: what parts their paragraphs is the distance of lines.
    match blocks.last_mut() {
        Some(above) if continues(above, &fragments) => above.append(&mut fragments),
        _ => blocks.push(fragments),
    }
}

/// Whether a block stands below another in the same column.
fn continues(above: &[Fragment], below: &[Fragment]) -> bool {
    let bottom = above
        .iter()
        .map(|fragment| fragment.baseline)
        .fold(f32::MIN, f32::max);
    let top = below
        .iter()
        .map(|fragment| fragment.baseline)
        .fold(f32::MAX, f32::min);
    top > bottom
}

/// The middle of a white gutter between two columns of prose that runs through all fragments, if there is one.
fn gutter(fragments: &[Fragment]) -> Option<f32> {
    let mut by_left: Vec<&Fragment> = fragments.iter().collect();
    by_left.sort_by(|one, other| one.left.total_cmp(&other.left));
    let size = median(fragments.iter().map(|fragment| fragment.size));
    let mut right = f32::MIN;
    let mut best: Option<(f32, f32)> = None;
    for (index, fragment) in by_left.iter().enumerate() {
        let gap = fragment.left - right;
        if index > 0
            && gap > MIN_GUTTER * size
            && best.is_none_or(|(widest, _)| gap > widest)
            && are_columns(&by_left[..index], &by_left[index..], size)
        {
            best = Some((gap, right + gap / 2.0));
        }
        right = right.max(fragment.right);
    }
    best.map(|(_, middle)| middle)
}

/// Whether what stands left and right of a gutter are columns: two of prose, or one that surely is and beside it whatever is more than
/// numbers or marks of a list.
fn are_columns(left: &[&Fragment], right: &[&Fragment], size: f32) -> bool {
    let beside = |fragments: &[&Fragment]| {
        let typical = median(fragments.iter().map(|fragment| fragment.right - fragment.left));
        // The last of several columns may have but one line.
        typical > MIN_WIDTH * size || (fragments.len() >= MIN_LINES && typical > MIN_BESIDE * size)
    };
    (is_column(left, size) && is_column(right, size))
        || (is_surely_prose(left, size) && beside(right))
        || (is_surely_prose(right, size) && beside(left))
}

/// Whether most lines of these fragments fill their column, as justified prose does and a table does not.
fn is_surely_prose(fragments: &[&Fragment], size: f32) -> bool {
    let left = fragments
        .iter()
        .map(|fragment| fragment.left)
        .fold(f32::MAX, f32::min);
    let right = fragments
        .iter()
        .map(|fragment| fragment.right)
        .fold(f32::MIN, f32::max);
    let width = right - left;
    let full = fragments
        .iter()
        .filter(|f| f.right - f.left > FULL_LINE * width)
        .count();
    full >= 2 * MIN_LINES && full * 2 > fragments.len() && width > 2.0 * MIN_WIDTH * size
}

/// Whether these fragments look like a column of prose, or several.
fn is_column(fragments: &[&Fragment], size: f32) -> bool {
    if fragments.len() < MIN_LINES {
        return false;
    }
    let left = fragments
        .iter()
        .map(|fragment| fragment.left)
        .fold(f32::MAX, f32::min);
    let right = fragments
        .iter()
        .map(|fragment| fragment.right)
        .fold(f32::MIN, f32::max);
    let typical = median(fragments.iter().map(|fragment| fragment.right - fragment.left));
    // Several columns side by side are columns too, so what counts is the width of lines, not that of the region.
    typical > MIN_WIDTH * size && (typical > MIN_FILL * (right - left) || typical > 2.0 * MIN_WIDTH * size)
}

/// Where to cut, below a line that has columns under it or above one: between two lines with a clear distance, such that one
/// side has a gutter. An index into the fragments, which are sorted from top to bottom.
fn band(fragments: &[Fragment]) -> Option<usize> {
    let size = median(fragments.iter().map(|fragment| fragment.size));
    let mut cuts: Vec<(f32, usize)> = fragments
        .windows(2)
        .enumerate()
        .map(|(index, pair)| (pair[1].baseline - pair[0].baseline, index + 1))
        .filter(|&(distance, _)| distance > 0.5 * size)
        .collect();
    // The clearest cuts first; a page has few that matter.
    cuts.sort_by(|one, other| other.0.total_cmp(&one.0));
    cuts.into_iter()
        .take(12)
        .find(|&(_, index)| gutter(&fragments[..index]).is_some() || gutter(&fragments[index..]).is_some())
        .map(|(_, index)| index)
}
