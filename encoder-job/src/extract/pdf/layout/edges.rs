//! Lines apart at a page's upper and lower edge: running heads, page numbers, or just the first and last line.

use super::{Fragment, direction::Base, lines, median};

/// A line at an edge is farther from the others than so many times the usual distance of lines …
const APART: f32 = 1.25;
/// … and than so many times its font's size: rows of columns that do not stand at one height lie close together.
const APART_SIZES: f32 = 2.0;
/// It stands in so much of the page's height from its edge.
const EDGE: f32 = 0.16;
/// Where more than so many lines begin, there is a column.
const MIN_LINES_OF_COLUMN: usize = 4;
/// The most lines at one edge.
const MAX_LINES: usize = 2;

/// A line at an edge.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::extract::pdf) struct EdgeLine {
    /// Its text, clean.
    pub(in crate::extract::pdf) text: String,
    /// How far it stands from the page's lower edge, in points.
    pub(in crate::extract::pdf) height: f32,
    pub(in crate::extract::pdf) size: f32,
}

/// Takes the lines at the edges out of the fragments of upright text.
pub(super) fn take(
    fragments: &mut Vec<Fragment>,
    page_height: f32,
    base: Base,
) -> (Vec<EdgeLine>, Vec<EdgeLine>) {
    let rows = rows(fragments);
    let Some(usual) = usual_distance(&rows) else {
        return (Vec::new(), Vec::new());
    };
    // Baselines grow downwards from the page's lower edge, so they are negative on the page.
    let top = apart(rows.iter().copied(), usual, |baseline| {
        -baseline > (1.0 - EDGE) * page_height
    });
    let bottom = apart(rows.iter().rev().copied(), usual, |baseline| {
        -baseline < EDGE * page_height
    });
    // Something must be left between.
    if top + bottom >= rows.len() {
        return (Vec::new(), Vec::new());
    }
    let mut top_until = rows[..top].last().map_or(f32::MIN, |row| row.0 + 0.1);
    let bottom_from = rows[rows.len() - bottom..]
        .first()
        .map_or(f32::MAX, |row| row.1 - 0.1);
    let on_top = |fragment: &&Fragment| fragment.baseline <= top_until;
    if top == 1 && are_heads_of_columns(fragments.iter().filter(on_top), fragments) {
        top_until = f32::MIN;
    }
    let mut above = Vec::new();
    let mut below = Vec::new();
    fragments.retain(|fragment| {
        if fragment.table.is_some() {
            return true;
        }
        let side = if fragment.baseline <= top_until {
            &mut above
        } else if fragment.baseline >= bottom_from {
            &mut below
        } else {
            return true;
        };
        side.push(fragment.clone());
        false
    });
    (edge_lines(above, base), edge_lines(below, base))
}

/// Whether these are several that begin each where lines of the page do: headings of its columns. Of a running head only the first does.
fn are_heads_of_columns<'a>(heads: impl Iterator<Item = &'a Fragment>, fragments: &[Fragment]) -> bool {
    let mut count = 0;
    for head in heads {
        count += 1;
        let beginning_there = fragments
            .iter()
            .filter(|fragment| (fragment.left - head.left).abs() < 0.1 * head.size)
            .count();
        if beginning_there <= MIN_LINES_OF_COLUMN {
            return false;
        }
    }
    count > 1
}

/// The rows of a page from the top, each as its lowest and its highest baseline (which grow downwards).
fn rows(fragments: &[Fragment]) -> Vec<(f32, f32, f32)> {
    let mut places: Vec<(f32, f32)> = fragments.iter().map(|f| (f.baseline, f.size)).collect();
    places.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut rows: Vec<(f32, f32, f32)> = Vec::new();
    for (baseline, size) in places {
        match rows.last_mut() {
            Some(row) if baseline - row.1 < 0.5 * size.max(row.2) => {
                row.0 = baseline;
                row.2 = row.2.max(size);
            }
            _ => rows.push((baseline, baseline, size)),
        }
    }
    rows
}

/// The usual distance of two rows; `None` where there are too few to say.
fn usual_distance(rows: &[(f32, f32, f32)]) -> Option<f32> {
    if rows.len() < 3 {
        return None;
    }
    let distance = median(rows.windows(2).map(|pair| pair[1].1 - pair[0].0));
    (distance > 0.0).then_some(distance)
}

/// How many of the first rows stand in the edge and apart from the rest: those before the first clear gap.
fn apart(rows: impl Iterator<Item = (f32, f32, f32)>, usual: f32, in_edge: impl Fn(f32) -> bool) -> usize {
    let rows: Vec<_> = rows.take(MAX_LINES + 1).collect();
    rows.windows(2)
        .enumerate()
        .take_while(|(_, pair)| in_edge(pair[0].0))
        .find(|(_, pair)| {
            let size = pair[0].2.max(pair[1].2);
            gap(pair[0], pair[1]) > (APART * usual).max(APART_SIZES * size)
        })
        .map_or(0, |(index, _)| index + 1)
}

/// How far two rows are from each other, whichever is the upper one.
fn gap(one: (f32, f32, f32), other: (f32, f32, f32)) -> f32 {
    (one.1 - other.0).max(other.1 - one.0)
}

fn edge_lines(fragments: Vec<Fragment>, base: Base) -> Vec<EdgeLine> {
    let lines = lines::lines(fragments, base).into_iter().map(|line| EdgeLine {
        text: crate::extract::clean::clean(&line.text),
        height: -line.baseline,
        size: line.size,
    });
    lines.filter(|line| !line.text.is_empty()).collect()
}
