//! Paragraphs: lines that stand no farther from each other than is usual.

use super::{direction::Base, lines::Line};
use crate::extract::{clean::clean, pdf::hyphens};

/// Lines farther apart than so many times the usual distance belong to different paragraphs.
const PARAGRAPH_DISTANCE: f32 = 1.29;

/// Of fewer pairs of lines the usual distance is not told.
const MIN_PAIRS: usize = 4;
/// One of so many pairs of lines is nearer than the usual distance.
const NEAR_PAIRS: usize = 3;

/// How far the first line of a paragraph is indented, in the font's size.
const INDENT: std::ops::RangeInclusive<f32> = 0.6..=4.0;

/// A paragraph, heading, or table.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::extract::pdf) struct Paragraph {
    /// Its text, clean, line by line.
    pub(in crate::extract::pdf) text: String,
    /// The size of its font, in points: the smallest of its lines' largest; 0 where it is not known.
    pub(in crate::extract::pdf) size: f32,
    /// How many lines it has.
    pub(in crate::extract::pdf) lines: usize,
}

impl Paragraph {
    /// A paragraph with this text, cleaned; `None` where nothing is left of it.
    pub(in crate::extract::pdf) fn new(text: &str, size: f32, lines: usize) -> Option<Self> {
        let text = clean(text);
        (!text.is_empty()).then_some(Self { text, size, lines })
    }
}

/// Adds the paragraphs that lines make.
///
/// Words cut at a line's end are mended ([`hyphens`]).
///
/// `spacing` is the page's [`spacing`].
pub(in crate::extract::pdf) fn write(
    lines: &[Line],
    spacing: f32,
    base: Base,
    paragraphs: &mut Vec<Paragraph>,
) {
    let usual = usual_distance(lines, spacing);
    let usual_size = super::median(lines.iter().map(|line| line.size));
    let mut text = String::new();
    let mut size = f32::MAX;
    let mut count = 0;
    let mut previous: Option<&Line> = None;
    for (index, line) in lines.iter().enumerate() {
        let begins = previous.is_none_or(|above| {
            above.is_table
                || line.is_table
                || ends_paragraph(
                    above,
                    line,
                    usual * (above.size.min(line.size) / usual_size).max(1.0),
                )
                || is_indented(above, line, lines.get(index + 1), base)
        });
        if begins {
            paragraphs.extend(Paragraph::new(&text, size, count));
            (size, count) = (f32::MAX, 0);
            text.clear();
            text.push_str(&line.text);
        } else {
            hyphens::add_line(&mut text, &line.text);
        }
        size = size.min(line.size);
        count += 1;
        previous = Some(line);
    }
    paragraphs.extend(Paragraph::new(&text, size, count));
}

/// The text of lines on one line, words that are cut mended or marked.
pub(super) fn on_one_line<'a>(lines: impl Iterator<Item = &'a Line>) -> String {
    let mut text = String::new();
    for line in lines {
        if text.is_empty() {
            text.push_str(&line.text);
        } else {
            hyphens::add_line(&mut text, &line.text);
        }
    }
    text.replace(['\t', '\n'], " ")
}

/// Whether a line begins a paragraph of its own under the one above.
fn ends_paragraph(above: &Line, line: &Line, usual: f32) -> bool {
    let size = above.size.max(line.size);
    let distance = line.baseline - above.bottom;
    let new_size = (above.size - line.size).abs() > 0.2 * size;
    distance > (PARAGRAPH_DISTANCE * usual).max(0.8 * size) || (new_size && distance > 1.1 * size)
}

/// Whether a line is indented as the first of a paragraph: the lines above and below begin before it, and the one above ends a sentence.
fn is_indented(above: &Line, line: &Line, below: Option<&Line>, base: Base) -> bool {
    let indent = |other: &Line| {
        let farther = if base.is_left {
            other.right - line.right
        } else {
            line.left - other.left
        };
        farther / line.size
    };
    INDENT.contains(&indent(above))
        // Under a label hang the lines of its entry.
        && !(begins_with_label(&above.text) && below.is_some_and(|below| begins_with_label(&below.text)))
        && below.is_none_or(|below| INDENT.contains(&indent(below)))
        && above
            .text
            .trim_end_matches(['"', '\'', '”', '’', '»', ')', ']'])
            .ends_with(['.', '!', '?', ':', '…'])
}

/// Whether a line begins with the number or the mark of an entry: `[4]`, `12.`, `(a)`, `•`.
fn begins_with_label(text: &str) -> bool {
    let label = text.split_whitespace().next().unwrap_or_default();
    let inside = label.trim_matches(['[', ']', '(', ')', '.']);
    let is_mark = !label.is_empty() && !label.contains(char::is_alphanumeric);
    let is_number = !inside.is_empty() && inside.chars().all(|c| c.is_ascii_digit());
    is_mark
        || (inside.len() < label.len()
            && (is_number || inside.chars().count() == 1 || label.starts_with(['[', '('])))
}

/// The usual distance of two lines: one of the nearer of those that are no more than twice the font's size, as what stands farther apart may be
/// many paragraphs of a line. A few lines have the spacing of their page.
fn usual_distance(lines: &[Line], spacing: f32) -> f32 {
    let (distances, sizes): (Vec<f32>, Vec<f32>) = close_pairs(lines).unzip();
    let mut sorted = distances.clone();
    sorted.sort_by(f32::total_cmp);
    let usual = sorted.get(sorted.len() / NEAR_PAIRS).copied().unwrap_or(0.0);
    if usual <= 0.0 {
        return f32::MAX;
    }
    if distances.len() >= MIN_PAIRS || spacing <= 0.0 {
        return usual;
    }
    usual.min(spacing * super::median(sizes.into_iter()))
}

/// How far lines of a page are usually apart, in the font's size; 0 where it has none that follow each other.
pub(super) fn spacing(blocks: &[Vec<Line>]) -> f32 {
    super::median(
        blocks
            .iter()
            .flat_map(|lines| close_pairs(lines))
            .map(|(distance, size)| distance / size),
    )
}

/// The distances of lines that may belong to one paragraph, with the size of their font.
fn close_pairs(lines: &[Line]) -> impl Iterator<Item = (f32, f32)> {
    lines
        .windows(2)
        .map(|pair| (pair[1].baseline - pair[0].bottom, pair[0].size))
        .filter(|&(distance, size)| distance < 2.0 * size)
}
