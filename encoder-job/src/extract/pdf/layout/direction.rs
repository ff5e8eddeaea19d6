//! Scripts that run to the left: glyphs are placed as the eye sees them, text is kept as it is read.
//!
//! A line arrives in visual order, from left to right, cell by cell. It is put into logical order: the inverse of what a display does by the
//! Unicode Bidirectional Algorithm (UAX 9) for text without directional controls. What is seen does not say all that was
//! written: of numbers beside words that run to the right it is taken that they belong together. A tab parts segments (class S), so cells are
//! put in order each by itself, and one after the other as the page runs. Arabic letters that stand as presentation forms become the
//! letters themselves.

mod brackets;
mod classes;
#[cfg(test)]
mod tests;

use std::{cmp::Ordering, ops::Range};

use super::Fragment;
use crate::extract::pdf::glyph::runs_left;
use brackets::{brackets_match, is_closing, mirror, misplaced_brackets};
use classes::{Class, classes};

/// How many characters before a number are looked at for a word it belongs to.
const MAX_LOOKED_AT: usize = 256;

/// Which way the paragraphs of a page run, and what its brackets mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::extract::pdf) struct Base {
    /// Whether paragraphs run to the left.
    pub(super) is_left: bool,
    brackets: Brackets,
}

/// What brackets mean where text runs to the left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Brackets {
    /// Nothing tells.
    #[default]
    Unknown,
    /// What is seen, as most writers have it.
    Seen,
    /// What was written: `(` opens, though it is seen as `)`.
    Written,
}

impl Base {
    const RIGHT: Self = Self {
        is_left: false,
        brackets: Brackets::Unknown,
    };

    /// The direction of most of these fragments: paragraphs that run to the left end, as the eye sees it, with the letter they begin with.
    /// What brackets mean is told by those that are opened and closed on one line.
    pub(super) fn of(fragments: &[Fragment]) -> Self {
        let (mut left, mut right) = (0, 0);
        let (mut seen, mut written) = (0, 0);
        for fragment in fragments {
            let last = fragment
                .text
                .chars()
                .rev()
                .find(|&c| runs_left(c) || c.is_alphabetic());
            match last {
                Some(c) if runs_left(c) => left += 1,
                Some(_) => right += 1,
                None => {}
            }
            if has_left(&fragment.text) && fragment.text.contains(|c| mirror(c) != c) {
                match Readings::of(&fragment.text, true).likelier() {
                    Brackets::Seen => seen += 1,
                    Brackets::Written => written += 1,
                    Brackets::Unknown => {}
                }
            }
        }
        Self {
            is_left: left > right,
            brackets: match seen.cmp(&written) {
                Ordering::Less => Brackets::Written,
                Ordering::Equal => Brackets::Unknown,
                Ordering::Greater => Brackets::Seen,
            },
        }
    }

    /// The direction of a line, which may be another than that of its page.
    fn of_line(self, cells: &[String]) -> Self {
        let strong = |c: char| runs_left(c) || c.is_alphabetic();
        let all = || cells.iter().flat_map(|cell| cell.chars()).filter(|&c| strong(c));
        let left = all().filter(|&c| runs_left(c)).count();
        let right = all().count() - left;
        let (first, last) = (all().next(), all().next_back());
        let is_left = |c: Option<char>| c.is_some_and(runs_left);
        let is_left = if self.is_left {
            cells.len() > 1 || is_left(first) || is_left(last) || right <= 2 * left
        } else {
            is_left(first) && is_left(last)
        };
        Self { is_left, ..self }
    }
}

/// A line of cells as it is read, with tabs between them.
pub(super) fn in_logical_order(mut cells: Vec<String>, page: Base) -> String {
    if !page.is_left && !cells.iter().any(|cell| has_left(cell)) {
        return match cells.len() {
            1 => cells.remove(0),
            _ => cells.join("\t"),
        };
    }
    let base = page.of_line(&cells);
    for cell in &mut cells {
        if has_left(cell) {
            *cell = read_cell(cell, base);
        }
    }
    if base.is_left {
        cells.reverse();
    }
    cells.join("\t")
}

/// The line as the eye sees it, from left to right: letters that run to the left are turned round.
pub(in crate::extract::pdf) fn in_visual_order(line: String) -> String {
    let base = Base::RIGHT.of_line(std::slice::from_ref(&line));
    if line.chars().any(runs_left) {
        read_cell(&line, base)
    } else {
        line
    }
}

/// Whether there are letters that run to the left. Most text is ASCII.
fn has_left(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(runs_left)
}

/// A cell as it is read.
fn read_cell(cell: &str, base: Base) -> String {
    let readings = Readings::of(cell, base.is_left);
    let brackets = match readings.likelier() {
        Brackets::Unknown => base.brackets,
        known => known,
    };
    match brackets {
        Brackets::Written => readings.written,
        Brackets::Seen | Brackets::Unknown => readings.seen,
    }
}

/// What a cell says in reading order, its brackets taken for what is seen and for what was written.
struct Readings {
    seen: String,
    written: String,
}

impl Readings {
    fn of(cell: &str, is_left: bool) -> Self {
        let characters: Vec<char> = cell.chars().collect();
        let classes = classes(&characters);
        let read = |is_mirrored: bool| {
            let mut text = String::with_capacity(cell.len());
            if is_left {
                write_left(&characters, &classes, 0..characters.len(), is_mirrored, &mut text);
                return text;
            }
            let mut at = 0;
            for run in runs_to_the_left(&classes) {
                text.extend(&characters[at..run.start]);
                at = run.end;
                write_left(&characters, &classes, run, is_mirrored, &mut text);
            }
            text.extend(&characters[at..]);
            text
        };
        Self {
            seen: read(true),
            written: read(false),
        }
    }

    /// Which of the two is right, as far as the text says: brackets are closed where they are opened, and stand at the words within them.
    fn likelier(&self) -> Brackets {
        let faults = |text: &str| (!brackets_match(text), misplaced_brackets(text));
        match faults(&self.seen).cmp(&faults(&self.written)) {
            Ordering::Less => Brackets::Seen,
            Ordering::Equal => Brackets::Unknown,
            Ordering::Greater => Brackets::Written,
        }
    }
}

/// Writes what runs to the left from its right end; what runs to the right in it stays as it is.
fn write_left(
    characters: &[char],
    classes: &[Class],
    range: Range<usize>,
    is_mirrored: bool,
    text: &mut String,
) {
    let mut end = range.end;
    while end > range.start {
        let last = classes[end - 1];
        let start = if last == Class::Right || last == Class::Number {
            start_of_run_to_the_right(characters, classes, range.start, end)
        } else if closes_a_run(characters, classes, range.start, end) {
            start_of_run_to_the_right(characters, classes, range.start, end - 1)
        } else {
            write_one(characters[end - 1], is_mirrored, text);
            end -= 1;
            continue;
        };
        text.extend(&characters[start..end]);
        end = start;
    }
}

/// Where a run that ends here begins: words that run to the right with all between them, and the numbers beside them; or one number.
fn start_of_run_to_the_right(characters: &[char], classes: &[Class], from: usize, end: usize) -> usize {
    let is_here = |at: usize, class: Class| classes[at] == class;
    let mut start = end;
    let mut has_word = false;
    loop {
        // The piece itself: letters and digits without anything between them.
        while start > from && (is_here(start - 1, Class::Right) || is_here(start - 1, Class::Number)) {
            start -= 1;
            has_word |= is_here(start, Class::Right);
        }
        // What stands before it, over neutral characters.
        let before = (from..start).rev().find(|&at| !is_here(at, Class::Neutral));
        let Some(before) = before else { return start };
        let between = &characters[before + 1..start];
        let is_number = is_here(before, Class::Number);
        let joins = match classes[before] {
            Class::Right => true,
            Class::Number => has_word || has_word_before(classes, from, before),
            Class::Left | Class::Neutral => false,
        };
        let over_bracket = between.iter().any(|&c| mirror(c) != c);
        let is_within_words = || has_word && has_word_before(classes, from, before);
        // A number in brackets behind a word is part of its run (W7, N0).
        let is_behind_word = || !is_number && between.iter().any(|&c| is_closing(mirror(c)));
        if !joins || (over_bracket && (is_number || !has_word) && !is_within_words() && !is_behind_word()) {
            return start;
        }
        start = before + 1;
    }
}

/// Whether the numbers before here stand beside a word that runs to the right.
fn has_word_before(classes: &[Class], from: usize, until: usize) -> bool {
    (from..until)
        .rev()
        .take(MAX_LOOKED_AT)
        .map(|at| classes[at])
        .find(|class| matches!(class, Class::Left | Class::Right))
        == Some(Class::Right)
}

/// Whether the character before the end is a bracket that closes one within the run to the right before it.
fn closes_a_run(characters: &[char], classes: &[Class], from: usize, end: usize) -> bool {
    let bracket = characters[end - 1];
    let opening = mirror(bracket);
    if !is_closing(bracket)
        || end - 1 == from
        || classes[end - 2] == Class::Neutral
        || classes[end - 2] == Class::Left
    {
        return false;
    }
    let start = start_of_run_to_the_right(characters, classes, from, end - 1);
    let run = &characters[start..end - 1];
    let open = run.iter().filter(|&&c| c == opening).count();
    open > run.iter().filter(|&&c| c == bracket).count()
}

/// The runs of a line that runs to the right in which letters run to the left, with what stands between them.
fn runs_to_the_left(classes: &[Class]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, class) in classes.iter().enumerate() {
        if *class != Class::Left {
            continue;
        }
        let between = |run: &Range<usize>| classes[run.end..at].iter().all(|class| *class != Class::Right);
        match runs.last_mut() {
            Some(run) if between(run) => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

fn write_one(character: char, is_mirrored: bool, text: &mut String) {
    match presentation_form(character) {
        Some(letters) => text.push_str(&letters),
        None => text.push(if is_mirrored { mirror(character) } else { character }),
    }
}

/// The letters of a presentation form, in reading order.
fn presentation_form(character: char) -> Option<String> {
    use unicode_normalization::UnicodeNormalization as _;
    matches!(character, '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}').then(|| character.nfkc().collect())
}
