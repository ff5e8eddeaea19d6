//! Lines of one block.

use super::{
    direction::{self, Base},
    fragments::{Fragment, WORD_GAP},
};

/// Fragments whose baselines differ by less than so much of their size stand on one line.
const SAME_LINE: f32 = 0.4;
/// A gap of so much of the font's size parts cells of a table.
pub(super) const CELL_GAP: f32 = 1.5;

/// A drop cap is at least so many times as large as the text …
const MIN_DROP_CAP: f32 = 1.8;
/// … of which a page has no more, …
const MAX_DROP_CAPS: usize = 200;
/// … and its upper edge no farther from that of the first line than so much of its size.
const DROP_CAP_TOLERANCE: f32 = 0.25;

/// A line: fragments on one baseline.
#[derive(Debug)]
pub(in crate::extract::pdf) struct Line {
    pub(in crate::extract::pdf) text: String,
    /// How far down it stands, in points.
    pub(in crate::extract::pdf) baseline: f32,
    /// The largest size of its fonts.
    pub(in crate::extract::pdf) size: f32,
    /// Where it begins.
    pub(in crate::extract::pdf) left: f32,
    /// Where it ends.
    pub(in crate::extract::pdf) right: f32,
    /// Whether it is a table, whose rows are the lines of the text.
    pub(in crate::extract::pdf) is_table: bool,
    /// Of a table, how far down its last row stands; else the baseline.
    pub(in crate::extract::pdf) bottom: f32,
}

/// Fragments joined to lines, from top to bottom, on a page that runs this way.
pub(super) fn lines(fragments: Vec<Fragment>, base: Base) -> Vec<Line> {
    rows(fragments).into_iter().map(|row| line(row, base)).collect()
}

/// Fragments by the baseline they stand on, from top to bottom.
pub(super) fn rows(mut fragments: Vec<Fragment>) -> Vec<Vec<Fragment>> {
    join_drop_caps(&mut fragments);
    fragments.sort_by(|one, other| one.baseline.total_cmp(&other.baseline));
    let mut rows: Vec<Vec<Fragment>> = Vec::new();
    for fragment in fragments {
        match rows.last_mut() {
            Some(row) if fragment.table.is_none() && row[0].table.is_none() && is_on(&fragment, row) => {
                row.push(fragment);
            }
            _ => rows.push(vec![fragment]),
        }
    }
    rows
}

/// Joins letters that are several lines high to the word that they begin, in the first line beside them.
fn join_drop_caps(fragments: &mut Vec<Fragment>) {
    let is_letter = |fragment: &Fragment| {
        let mut characters = fragment.text.chars();
        characters.next().is_some_and(char::is_uppercase) && characters.next().is_none()
    };
    let mut index = 0;
    let mut looked_at = 0;
    while index < fragments.len() && looked_at < MAX_DROP_CAPS {
        let cap = &fragments[index];
        index += 1;
        if !is_letter(cap) {
            continue;
        }
        looked_at += 1;
        let word = fragments.iter().position(|other| {
            let gap = other.left - cap.right;
            cap.size > MIN_DROP_CAP * other.size
                && (-0.2..1.0).contains(&(gap / other.size))
                && (cap.top() - other.top()).abs() < DROP_CAP_TOLERANCE * cap.size
                && cap.baseline - other.baseline > 0.5 * other.size
                && other.text.starts_with(char::is_alphabetic)
        });
        if let Some(word) = word {
            let cap = fragments.remove(index - 1);
            let word = &mut fragments[if word >= index { word - 1 } else { word }];
            word.text.insert_str(0, &cap.text);
            word.left = cap.left;
            index -= 1;
        }
    }
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

/// The line of fragments that stand on one baseline.
pub(super) fn line(mut row: Vec<Fragment>, base: Base) -> Line {
    row.sort_by(|one, other| one.left.total_cmp(&other.left));
    let size = row.iter().map(|fragment| fragment.size).fold(0.0, f32::max);
    let (baseline, left) = (row[0].baseline, row[0].left);
    let is_table = row[0].table.is_some();
    let bottom = row[0].bottom_baseline();
    let mut cells: Vec<String> = Vec::new();
    let mut right = f32::MIN;
    for fragment in row {
        let gap = fragment.left - right;
        match cells.last_mut().filter(|_| gap <= CELL_GAP * size) {
            Some(cell) => {
                if fragment.after_space || gap >= WORD_GAP * size || gap <= -0.3 * size {
                    cell.push(' ');
                }
                cell.push_str(&fragment.text);
            }
            None => cells.push(fragment.text),
        }
        right = right.max(fragment.right);
    }
    let text = if is_table {
        cells.concat()
    } else {
        direction::in_logical_order(cells, base)
    };
    Line {
        text,
        baseline,
        size,
        left,
        right,
        is_table,
        bottom,
    }
}
