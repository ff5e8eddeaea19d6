//! Lines of one block.

use super::{
    direction,
    fragments::{Fragment, WORD_GAP},
};

/// Fragments whose baselines differ by less than so much of their size stand on one line.
const SAME_LINE: f32 = 0.4;
/// A gap of so much of the font's size parts cells of a table.
const CELL_GAP: f32 = 1.5;

/// A line: fragments on one baseline.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) baseline: f32,
    pub(super) size: f32,
    /// Where it begins.
    pub(super) left: f32,
}

/// Fragments joined to lines, from top to bottom.
pub(super) fn lines(mut fragments: Vec<Fragment>) -> Vec<Line> {
    fragments.sort_by(|one, other| one.baseline.total_cmp(&other.baseline));
    let mut rows: Vec<Vec<Fragment>> = Vec::new();
    for fragment in fragments {
        match rows.last_mut() {
            Some(row) if is_on(&fragment, row) => row.push(fragment),
            _ => rows.push(vec![fragment]),
        }
    }
    rows.into_iter().map(line).collect()
}

/// Whether a fragment stands on the line of others: small ones may be raised or lowered if they stand beside them.
fn is_on(fragment: &Fragment, row: &[Fragment]) -> bool {
    let distance = fragment.baseline - row[0].baseline;
    distance < SAME_LINE * fragment.size.min(row[0].size)
        || (distance < SAME_LINE * fragment.size.max(row[0].size)
            && row
                .iter()
                .all(|other| fragment.left >= other.right - 1.0 || fragment.right <= other.left + 1.0))
}

fn line(mut row: Vec<Fragment>) -> Line {
    row.sort_by(|one, other| one.left.total_cmp(&other.left));
    let size = row.iter().map(|fragment| fragment.size).fold(0.0, f32::max);
    let (baseline, left) = (row[0].baseline, row[0].left);
    let mut text = String::new();
    let mut right = f32::MIN;
    for fragment in row {
        if !text.is_empty() {
            let gap = fragment.left - right;
            if gap > CELL_GAP * size {
                text.push('\t');
            } else if gap >= WORD_GAP * size || gap <= -0.3 * size {
                text.push(' ');
            }
        }
        text.push_str(&fragment.text);
        right = right.max(fragment.right);
    }
    Line {
        text: direction::in_logical_order(text),
        baseline,
        size,
        left,
    }
}
