//! White strips between columns.
//!
//! A strip begins and ends where something stands in its way, and so has the height of the columns beside it. Where one may be is told by
//! the edges of lines: columns begin or end at one place.

use std::{collections::BTreeMap, ops::Range};

use super::{
    Fragment,
    bands::{self, BAND_GAP},
    median,
    sides::{MIN_LINES, are_columns, are_pages, sides},
};

/// The white strip between columns is at least so many times the font's size wide.
const MIN_GUTTER: f32 = 0.8;
/// The pages of a spread are parted by a strip at least so many times the font's size wide …
const MIN_SPINE: f32 = 2.0;
/// … whose middle is no farther from that of the text than so much of the width.
const MAX_OFF_MIDDLE: f32 = 0.12;
/// How many places are tried of those where lines begin, and of those where they end.
const MAX_PLACES: usize = 16;
/// So often a place must be a line's edge to be tried.
const MIN_EDGES: usize = 3;

/// A white strip.
#[derive(Debug)]
pub(super) struct Strip {
    /// The fragments that stand beside it, index ranges in the order of baselines: it may be interrupted.
    pub(super) stretches: Vec<Range<usize>>,
    /// Where its middle is.
    pub(super) at: f32,
}

/// The highest white strip that parts columns, if there is one. The fragments are in the order of their baselines.
///
/// Where more of the page follows below, `goes_on`.
pub(super) fn between_columns(fragments: &[Fragment], goes_on: bool) -> Option<Strip> {
    if fragments.len() <= MIN_LINES {
        return None;
    }
    let size = median(fragments.iter().map(|fragment| fragment.size));
    let half = MIN_GUTTER * size / 2.0;
    let mut best: Option<(Measure, Strip)> = None;
    for at in places(fragments, half + 0.1 * size, size) {
        let mut strip = Strip {
            stretches: Vec::new(),
            at,
        };
        let mut all = Measure {
            height: 0.0,
            beside: 0,
            width: f32::MAX,
        };
        let free = free_rows(fragments, at, half);
        for rows in free
            .into_iter()
            .flat_map(|rows| bands::of_columns(fragments, rows, at, size))
        {
            let rows = without_lines_of_others(fragments, rows, at, size, goes_on);
            if let Some(measured) = measure(&fragments[rows.clone()], at, size) {
                all.add(&measured);
                strip.stretches.push(rows);
            }
        }
        if !strip.stretches.is_empty() && best.as_ref().is_none_or(|(other, _)| all.is_better(other, size)) {
            best = Some((all, strip));
        }
    }
    best.map(|(_, strip)| strip)
}

/// Where the middle of the strip is between the two pages that stand on one, if it is a spread.
pub(super) fn between_pages(fragments: &[Fragment], page_height: f32) -> Option<f32> {
    let size = median(fragments.iter().map(|fragment| fragment.size));
    let left = fragments
        .iter()
        .map(|fragment| fragment.left)
        .fold(f32::MAX, f32::min);
    let right = fragments
        .iter()
        .map(|fragment| fragment.right)
        .fold(f32::MIN, f32::max);
    if right - left < page_height {
        return None;
    }
    let middle = f32::midpoint(left, right);
    let half = MIN_SPINE * size / 2.0;
    places(fragments, half + 0.1 * size, size).into_iter().find(|&at| {
        (at - middle).abs() < MAX_OFF_MIDDLE * (right - left)
            && matches!(&*free_rows(fragments, at, half), [rows] if rows.len() == fragments.len())
            && matches!(sides(fragments, at, size), (Some(left), Some(right)) if are_pages(&left, &right, size))
    })
}

/// How much a strip parts.
#[derive(Clone, Copy, Debug)]
struct Measure {
    /// How high the columns beside it are that both sides have.
    height: f32,
    /// How many fragments stand beside it.
    beside: usize,
    /// How wide it is where it is narrowest.
    width: f32,
}

impl Measure {
    fn add(&mut self, stretch: &Self) {
        self.height += stretch.height;
        self.beside += stretch.beside;
        self.width = self.width.min(stretch.width);
    }

    fn is_better(&self, other: &Self, size: f32) -> bool {
        if (self.height - other.height).abs() > size {
            self.height > other.height
        } else {
            (self.beside, self.width) > (other.beside, other.width)
        }
    }
}

/// Where the middle of a strip may be: a little before places where lines begin, and behind places where they end.
fn places(fragments: &[Fragment], margin: f32, size: f32) -> Vec<f32> {
    #[allow(clippy::cast_possible_truncation, reason = "a place off the page is none")]
    let cell = |place: f32| (place / (0.25 * size).max(1.0)).floor() as i32;
    let mut places = Vec::new();
    for is_left in [true, false] {
        let mut edges: BTreeMap<i32, (usize, f32)> = BTreeMap::new();
        for fragment in fragments {
            let place = if is_left { fragment.left } else { fragment.right };
            let edge = edges.entry(cell(place)).or_insert((0, place));
            edge.0 += 1;
            edge.1 = if is_left {
                edge.1.min(place)
            } else {
                edge.1.max(place)
            };
        }
        let mut edges: Vec<(usize, f32)> = edges.into_values().filter(|edge| edge.0 >= MIN_EDGES).collect();
        edges.sort_by_key(|edge| std::cmp::Reverse(edge.0));
        edges.truncate(MAX_PLACES);
        places.extend(
            edges
                .into_iter()
                .map(|(_, place)| if is_left { place - margin } else { place + margin }),
        );
    }
    places
}

/// The stretches of fragments between which nothing stands in a strip's way.
fn free_rows(fragments: &[Fragment], at: f32, half: f32) -> Vec<Range<usize>> {
    let is_in_the_way = |fragment: &Fragment| fragment.left < at + half && fragment.right > at - half;
    let obstacles: Vec<(f32, f32)> = fragments
        .iter()
        .filter(|fragment| is_in_the_way(fragment))
        .map(|fragment| (fragment.top(), fragment.bottom()))
        .collect();
    let mut rows = Vec::new();
    let mut start = 0;
    // Obstacles that end above the fragment that is looked at stand in nobody's way any more.
    let mut next = 0;
    for (index, fragment) in fragments.iter().enumerate() {
        let middle = fragment.baseline - 0.3 * fragment.size;
        while next < obstacles.len() && obstacles[next].1 < middle {
            next += 1;
        }
        // What stands on the line of an obstacle belongs to it.
        let is_free = obstacles[next..]
            .iter()
            .take(4)
            .all(|&(top, bottom)| !(top..=bottom).contains(&middle))
            && !is_in_the_way(fragment);
        if !is_free {
            if start < index {
                rows.push(start..index);
            }
            start = index + 1;
        }
    }
    if start < fragments.len() {
        rows.push(start..fragments.len());
    }
    rows
}

/// The rows without a line at their beginning or end that belongs to what stands above or below: the last line of a paragraph as wide as the page
/// may be short, and so may be a heading.
fn without_lines_of_others(
    fragments: &[Fragment],
    mut rows: Range<usize>,
    at: f32,
    size: f32,
    goes_on: bool,
) -> Range<usize> {
    let baseline = |index: usize| fragments[index].baseline;
    let is_left = |index: &usize| fragments[*index].right <= at;
    let mut right = rows.clone().filter(|index| !is_left(index));
    let (Some(first_right), last_right) = (right.next(), right.next_back()) else {
        return rows;
    };
    let last_right = last_right.unwrap_or(first_right);
    // The first line stands alone, and as near to the one above as lines of one paragraph stand.
    let second = rows
        .clone()
        .find(|&index| baseline(index) > baseline(rows.start) + 0.5 * size);
    if let (Some(above), Some(second)) = (rows.start.checked_sub(1), second)
        && second <= first_right
    {
        let distance = baseline(rows.start) - fragments[above].bottom_baseline();
        if distance < 1.6 * size && distance < baseline(second) - baseline(rows.start) {
            rows.start = second;
        }
    }
    // The last line stands alone, and nearer to the one below than to that above.
    let last = rows.end - 1;
    let before = rows
        .clone()
        .rev()
        .find(|&index| baseline(index) < baseline(last) - 0.5 * size);
    if let Some(before) = before
        && baseline(last) > baseline(last_right) + 0.5 * size
        && is_left(&last)
    {
        let above = baseline(last) - baseline(before);
        let belongs_below = match fragments.get(rows.end) {
            Some(below) => below.baseline - baseline(last) < 0.8 * above,
            None => goes_on && above > BAND_GAP * size,
        };
        if belongs_below {
            rows.end = before + 1;
        }
    }
    rows
}

/// How much the strip beside these fragments parts; `None` where they are not columns.
fn measure(fragments: &[Fragment], at: f32, size: f32) -> Option<Measure> {
    if fragments.len() < MIN_LINES {
        return None;
    }
    let (Some(left), Some(right)) = sides(fragments, at, size) else {
        return None;
    };
    let height =
        left.last_baseline().min(right.last_baseline()) - left.first_baseline().max(right.first_baseline());
    // What stands above what is on the other side is no column beside it.
    (height > -0.5 * size && are_columns(&left, &right, size)).then_some(Measure {
        height,
        beside: fragments.len(),
        width: right.left - left.right,
    })
}
