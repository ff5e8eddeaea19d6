//! What stands beside a white strip: whether it is columns, or the rows of a table.

use super::{Fragment, median};

/// Columns are at least so many lines high …
pub(super) const MIN_LINES: usize = 4;
/// … and at least so many times the font's size wide.
const MIN_WIDTH: f32 = 8.0;
/// In columns of prose most lines fill so much of the width; in tables they do not …
const MIN_FILL: f32 = 0.55;
/// … nor in rows that stand beside each other, as comments beside code do.
const MIN_FILL_BESIDE: f32 = 0.82;
/// A line is full that is so much as wide as its column.
const FULL_LINE: f32 = 0.85;
/// What stands beside prose is in the middle wider than so many times the font's size.
const MIN_BESIDE: f32 = 3.0;
/// Fragments on one baseline no farther apart than so many times the font's size are one line of a column.
const MAX_SPACE: f32 = 1.2;
/// So far may stand apart what follows a label …
const MAX_SPACE_OF_LABEL: f32 = 3.0;
/// … which has at most so many characters.
const MAX_LABEL: usize = 4;
/// Baselines are one that differ by less than so much of the font's size.
const SAME_BASELINE: f32 = 0.15;
/// Columns that do not stand on common baselines are at least so many lines high.
const MIN_FREE_LINES: usize = 6;
/// Of the lines of such columns at most so many have one beside them, by chance.
const MAX_BESIDE: f32 = 0.35;
/// The lines of a few columns, those that are indented too, begin at no more places.
const MAX_BEGINNINGS: usize = 12;
/// White between rows is at least so many times the font's size high, from baseline to baseline.
const ROW_GAP: f32 = 1.5;
/// A table between columns has at least so many rows.
pub(super) const MIN_ROWS: usize = 3;
/// Of the lines of a list's columns so many are entries, of three.
const MIN_ENTRIES: usize = 2;
/// Of so many lines …
const MANY_LINES: usize = 12;
/// … so many may.
const MAX_BESIDE_OF_MANY: f32 = 0.6;
/// Of the lines of two pages at most so many have one beside them.
const MAX_BESIDE_ON_PAGES: f32 = 0.7;
/// Cells of a table have in the middle no more lines.
const MAX_CELL_LINES: usize = 4;

/// A line of a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct SideLine {
    /// Whether it is a number or a mark before an item of a list.
    is_label: bool,
    /// Whether there are small letters in it.
    has_word: bool,
    /// Whether there is a space in it.
    has_space: bool,
    first: Option<char>,
    last: Option<char>,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) baseline: f32,
}

impl SideLine {
    fn of(fragment: &Fragment) -> Self {
        let text = fragment.text.as_str();
        Self {
            left: fragment.left,
            right: fragment.right,
            baseline: fragment.baseline,
            is_label: text.chars().take(MAX_LABEL + 1).count() <= MAX_LABEL,
            has_word: text.chars().any(char::is_lowercase),
            has_space: text.contains(' '),
            first: text.chars().next(),
            last: text.chars().next_back(),
        }
    }

    /// Adds what stands beside it.
    fn add(&mut self, other: &Self) {
        self.is_label = false;
        self.has_word |= other.has_word;
        self.has_space = true;
        if other.left < self.left {
            self.first = other.first;
        }
        if other.right > self.right {
            self.last = other.last;
        }
        self.left = self.left.min(other.left);
        self.right = self.right.max(other.right);
    }

    fn is_entry(&self) -> bool {
        self.has_space
            && self.first.is_some_and(char::is_alphabetic)
            && self.last.is_some_and(char::is_numeric)
    }
}

/// What stands on one side of a strip.
pub(super) struct Side {
    /// In the order of their baselines.
    pub(super) lines: Vec<SideLine>,
    pub(super) left: f32,
    pub(super) right: f32,
    /// The width of the line in the middle.
    pub(super) typical: f32,
}

impl Side {
    fn of(fragments: &[&Fragment], size: f32) -> Self {
        let mut lines: Vec<SideLine> = Vec::new();
        for fragment in fragments {
            let beside = lines.iter_mut().rev().take(8).find(|line| {
                (fragment.baseline - line.baseline).abs() < 0.4 * size
                    && fragment.left - line.right
                        < if line.is_label {
                            MAX_SPACE_OF_LABEL
                        } else {
                            MAX_SPACE
                        } * size
                    && line.left - fragment.right < MAX_SPACE * size
            });
            match beside {
                Some(line) => line.add(&SideLine::of(fragment)),
                None => lines.push(SideLine::of(fragment)),
            }
        }
        Self {
            left: lines.iter().map(|line| line.left).fold(f32::MAX, f32::min),
            right: lines.iter().map(|line| line.right).fold(f32::MIN, f32::max),
            typical: median(lines.iter().map(|line| line.right - line.left)),
            lines,
        }
    }

    pub(super) fn first_baseline(&self) -> f32 {
        self.lines.first().map_or(0.0, |line| line.baseline)
    }

    pub(super) fn last_baseline(&self) -> f32 {
        self.lines.last().map_or(0.0, |line| line.baseline)
    }

    /// Whether these lines look like a column of prose, or several.
    fn is_column(&self, size: f32, is_beside: bool) -> bool {
        // Several columns side by side are columns too, so what counts is the width of lines, not that of the side.
        let fill = self.typical / (self.right - self.left).max(size);
        let is_full = if is_beside {
            fill > MIN_FILL_BESIDE && (self.lines.len() >= 2 * MIN_LINES || self.is_justified(size))
        } else {
            fill > MIN_FILL || self.typical > 2.0 * MIN_WIDTH * size
        };
        self.lines.len() >= MIN_LINES
            && self.typical > MIN_WIDTH * size
            && (is_full || self.is_full_columns(size))
    }

    /// Whether most lines are as wide as the column that begins where they do: several columns of prose, side by side.
    fn is_full_columns(&self, size: f32) -> bool {
        // Where it begins, where it ends, and how many lines it has.
        let mut columns: Vec<(f32, f32, usize)> = Vec::new();
        for line in &self.lines {
            let column = columns
                .iter_mut()
                .find(|column| (line.left - column.0).abs() < 0.5 * size);
            match column {
                Some((_, right, count)) => (*right, *count) = (right.max(line.right), *count + 1),
                None => columns.push((line.left, line.right, 1)),
            }
            if columns.len() > MAX_BEGINNINGS {
                return false;
            }
        }
        let full = self.lines.iter().filter(|line| {
            columns.iter().any(|&(left, right, count)| {
                count >= MIN_LINES
                    && (line.left - left).abs() < 0.5 * size
                    && line.right - line.left > FULL_LINE * (right - left)
            })
        });
        full.count() * 3 > self.lines.len() * 2
    }

    /// Whether most lines fill their column, as justified prose does and a table does not.
    fn is_surely_prose(&self, size: f32) -> bool {
        let width = self.right - self.left;
        let full = self
            .lines
            .iter()
            .filter(|line| line.right - line.left > FULL_LINE * width)
            .count();
        full >= 2 * MIN_LINES
            && full * 2 > self.lines.len()
            && width > 2.0 * MIN_WIDTH * size
            && !self.is_list_of_entries()
    }

    /// On how many baselines its lines stand.
    fn baselines(&self, size: f32) -> usize {
        let further = self
            .lines
            .windows(2)
            .filter(|pair| pair[1].baseline - pair[0].baseline > SAME_BASELINE * size);
        further.count() + usize::from(!self.lines.is_empty())
    }

    /// Whether all of it stands on one baseline.
    pub(super) fn is_one_line(&self, size: f32) -> bool {
        self.baselines(size) == 1
    }

    /// Whether most lines are entries of an index or of contents: words, and a number at the end.
    fn is_list_of_entries(&self) -> bool {
        self.lines.len() >= 2 * MIN_LINES
            && self.lines.iter().filter(|line| line.is_entry()).count() * 3 >= self.lines.len() * MIN_ENTRIES
    }

    /// Whether most lines end where the column does.
    fn is_justified(&self, size: f32) -> bool {
        let ends = self
            .lines
            .iter()
            .filter(|line| line.right > self.right - 0.3 * size)
            .count();
        ends * 2 > self.lines.len()
    }

    /// Whether it may stand beside prose: it is more than numbers or marks of a list. The last of several columns may have but one line.
    fn may_be_beside(&self, size: f32) -> bool {
        let has_words = || self.lines.iter().filter(|line| line.has_word).count() * 2 > self.lines.len();
        self.typical > MIN_WIDTH * size
            || (self.lines.len() >= MIN_LINES && self.typical > MIN_BESIDE * size && has_words())
    }

    /// How many of its lines have one of the other side's on their baseline, from 0 to 1.
    pub(super) fn share_beside(&self, other: &Self, size: f32) -> f32 {
        let tolerance = SAME_BASELINE * size;
        let beside = self.lines.iter().filter(|line| {
            let from = other
                .lines
                .partition_point(|there| there.baseline < line.baseline - tolerance);
            other
                .lines
                .get(from)
                .is_some_and(|there| there.baseline <= line.baseline + tolerance)
        });
        #[allow(clippy::cast_precision_loss, reason = "a page has few lines")]
        let share = beside.count() as f32 / self.lines.len() as f32;
        share
    }
}

/// What stands on each side of a strip.
pub(super) fn sides(fragments: &[Fragment], at: f32, size: f32) -> (Option<Side>, Option<Side>) {
    let (left, right): (Vec<&Fragment>, Vec<&Fragment>) =
        fragments.iter().partition(|fragment| fragment.right <= at);
    [left, right]
        .map(|fragments| (!fragments.is_empty()).then(|| Side::of(&fragments, size)))
        .into()
}

/// Whether what stands left and right of a strip are columns: two of prose; one that surely is and beside it whatever is more than
/// numbers or marks of a list; or two whose lines do not stand beside each other, as the rows of a table do.
pub(super) fn are_columns(left: &Side, right: &Side, size: f32) -> bool {
    if have_common_rows(left, right, size) {
        return false;
    }
    let beside = left.share_beside(right, size).max(right.share_beside(left, size));
    let are_free = || {
        let is_high = |side: &Side| side.lines.len() >= MIN_FREE_LINES && side.typical > MIN_BESIDE * size;
        let lines = left.lines.len().min(right.lines.len());
        let max_beside = if lines >= MANY_LINES {
            MAX_BESIDE_OF_MANY
        } else {
            MAX_BESIDE
        };
        is_high(left) && is_high(right) && beside < max_beside && bands(left, right, size) * 4 < lines
    };
    // Words that are scattered over a column, as those of a drawing are.
    let is_picture_beside = |prose: &Side, other: &Side| {
        prose.is_surely_prose(size)
            && prose.lines.len() >= MANY_LINES
            && other.lines.len() >= MIN_LINES
            && (other.right - other.left) * 2.0 > prose.right - prose.left
            && prose.share_beside(other, size) < MAX_BESIDE_OF_MANY
            && bands(left, right, size) * 4 < prose.lines.len()
    };
    let is_beside = beside > 0.9;
    (left.is_column(size, is_beside) && right.is_column(size, is_beside))
        || (left.is_surely_prose(size) && right.may_be_beside(size))
        || (right.is_surely_prose(size) && left.may_be_beside(size))
        || (left.is_list_of_entries() && right.is_list_of_entries())
        || is_picture_beside(left, right)
        || is_picture_beside(right, left)
        || are_free()
}

/// Whether these are at least so many rows of a table: they stand beside each other, and are short on one side.
pub(super) fn are_rows(left: &Side, right: &Side, size: f32, min_rows: usize) -> bool {
    let is_short = |side: &Side| side.typical < MIN_WIDTH * size;
    left.baselines(size).min(right.baselines(size)) >= min_rows
        && left.lines.len() + right.lines.len() > 2 * min_rows
        && (is_short(left) || is_short(right))
        && left.typical.max(right.typical) < 2.0 * MIN_WIDTH * size
        && !(left.is_list_of_entries() && right.is_list_of_entries())
        && left.share_beside(right, size).min(right.share_beside(left, size)) > 0.9
}

/// Whether the first lines of both sides stand on one baseline.
pub(super) fn begin_together(left: &Side, right: &Side, size: f32) -> bool {
    (left.first_baseline() - right.first_baseline()).abs() < SAME_BASELINE * size
}

/// Whether what stands on both sides are the two pages of a spread: lines that do not stand beside each other.
pub(super) fn are_pages(left: &Side, right: &Side, size: f32) -> bool {
    let is_page = |side: &Side| side.lines.len() > 2 * MIN_LINES && side.typical > MIN_BESIDE * size;
    let beside = left.share_beside(right, size).max(right.share_beside(left, size));
    is_page(left) && is_page(right) && beside < MAX_BESIDE_ON_PAGES
}

/// How often white runs through both sides, as it does between the rows of a table.
fn bands(left: &Side, right: &Side, size: f32) -> usize {
    let mut baselines: Vec<f32> = left
        .lines
        .iter()
        .chain(&right.lines)
        .map(|line| line.baseline)
        .collect();
    baselines.sort_by(f32::total_cmp);
    baselines
        .windows(2)
        .filter(|pair| pair[1] - pair[0] > ROW_GAP * size)
        .count()
}

/// Whether both sides are parted at the same heights, as rows of a table are whose cells have a few ragged lines.
fn have_common_rows(left: &Side, right: &Side, size: f32) -> bool {
    let (one, other) = (row_starts(left), row_starts(right));
    let has_rows = |side: &Side, starts: &[f32]| {
        starts.len() >= 2
            && side.lines.len() <= MAX_CELL_LINES * (starts.len() + 1)
            && !side.is_justified(size)
    };
    if !has_rows(left, &one) || !has_rows(right, &other) {
        return false;
    }
    let common = one
        .iter()
        .filter(|start| {
            other
                .iter()
                .any(|there| (there - *start).abs() < SAME_BASELINE * size)
        })
        .count();
    common * 10 >= one.len().max(other.len()) * 7
}

/// The baselines of lines that stand clearly farther from the one above than is usual.
fn row_starts(side: &Side) -> Vec<f32> {
    let distances = side
        .lines
        .windows(2)
        .map(|pair| pair[1].baseline - pair[0].baseline);
    let mut all: Vec<f32> = distances.clone().filter(|distance| *distance > 0.0).collect();
    if all.is_empty() {
        return Vec::new();
    }
    // Lines of one cell stand as near to each other as any.
    let quarter = all.len() / 4;
    let near = *all.select_nth_unstable_by(quarter, f32::total_cmp).1;
    distances
        .zip(&side.lines[1..])
        .filter(|(distance, _)| *distance > 1.25 * near)
        .map(|(_, line)| line.baseline)
        .collect()
}
