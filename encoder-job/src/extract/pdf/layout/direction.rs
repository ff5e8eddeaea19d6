//! Scripts that run to the left: glyphs are placed as the eye sees them, text is kept as it is read.
//!
//! A line arrives in visual order, from left to right, cell by cell. It is put into logical order: the inverse of what a display does by the
//! Unicode Bidirectional Algorithm (UAX 9) for text without directional controls. What is seen does not say all that was
//! written: of numbers beside words that run to the right it is taken that they belong together. A tab parts segments (class S), so cells are
//! put in order each by itself, and one after the other as the page runs. Arabic letters that stand as presentation forms become the
//! letters themselves.

mod classes;

use std::{cmp::Ordering, ops::Range};

use super::Fragment;
use crate::extract::pdf::glyph::runs_left;
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

/// Brackets are seen mirrored in text that runs to the left (UAX 9, L4).
fn mirror(character: char) -> char {
    match character {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        '«' => '»',
        '»' => '«',
        '‹' => '›',
        '›' => '‹',
        other => other,
    }
}

fn is_closing(character: char) -> bool {
    matches!(character, ')' | ']' | '}')
}

/// Whether every bracket is opened before it is closed, and closed.
fn brackets_match(text: &str) -> bool {
    let mut open = Vec::new();
    for character in text.chars() {
        match character {
            '(' | '[' | '{' | '«' | '‹' => open.push(mirror(character)),
            ')' | ']' | '}' | '»' | '›' if open.pop() != Some(character) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

/// How many brackets open before a space, or close behind one.
fn misplaced_brackets(text: &str) -> usize {
    let is_space = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let places = text.char_indices().filter(|&(at, character)| {
        let (before, after) = (
            text[..at].chars().next_back(),
            text[at + character.len_utf8()..].chars().next(),
        );
        match character {
            '(' | '[' | '{' | '«' | '‹' => is_space(after),
            ')' | ']' | '}' | '»' | '›' => is_space(before),
            _ => false,
        }
    });
    places.count()
}

/// The letters of a presentation form, in reading order.
fn presentation_form(character: char) -> Option<String> {
    use unicode_normalization::UnicodeNormalization as _;
    matches!(character, '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}').then(|| character.nfkc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Base = Base {
        is_left: true,
        brackets: Brackets::Unknown,
    };

    fn ordered(line: &str) -> String {
        let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let page = Base {
            is_left: line.chars().any(runs_left),
            ..Base::RIGHT
        };
        in_logical_order(cells, page)
    }

    fn in_english(line: &str) -> String {
        in_logical_order(vec![line.to_owned()], Base::RIGHT)
    }

    #[test]
    fn other_scripts_stay_as_they_are() {
        assert_eq!(ordered("left (to) right 12"), "left (to) right 12");
        assert_eq!(in_english("one\ttwo"), "one\ttwo");
    }

    #[test]
    fn a_line_is_read_from_the_right() {
        // "shalom olam" as seen.
        assert_eq!(ordered("םלוע םולש"), "שלום עולם");
        assert_eq!(ordered("!םולש"), "שלום!");
    }

    #[test]
    fn numbers_and_words_that_run_to_the_right_stay_whole() {
        assert_eq!(ordered("1,234 םולש"), "שלום 1,234");
        assert_eq!(ordered("1,234,567.89 כ\"הס"), "סה\"כ 1,234,567.89");
        assert_eq!(ordered("ABC def םולש םלוע"), "עולם שלום ABC def");
        assert_eq!(ordered("Windows Server 2019 הסרג"), "גרסה Windows Server 2019");
        assert_eq!(ordered("John Smith :םש"), "שם: John Smith");
        assert_eq!(
            ordered("רתאב https://a.org/b-c?d=1 האר"),
            "ראה https://a.org/b-c?d=1 באתר"
        );
        assert_eq!(ordered("03-1234567 ןופלט"), "טלפון 03-1234567");
    }

    #[test]
    fn numbers_beside_each_other_are_read_from_the_right() {
        assert_eq!(ordered("31 12 םימי"), "ימים 12 31");
        assert_eq!(ordered("١٤٣٤ ليربإ ١٤"), "١٤ إبريل ١٤٣٤");
        assert_eq!(ordered("١٢٬٥٠٠ ددع"), "عدد ١٢٬٥٠٠");
        assert_eq!(ordered("٪١٥ رعسلا"), "السعر ١٥٪");
        assert_eq!(ordered("555-0199 فتاه"), "هاتف 0199-555");
    }

    #[test]
    fn brackets_are_mirrored_once() {
        assert_eq!(ordered("(ב) א"), "א (ב)");
        assert_eq!(ordered("(2024) 2025 הנש"), "שנה 2025 (2024)");
        assert_eq!(ordered("(2019) Windows הסרג"), "גרסה Windows (2019)");
        assert_eq!(ordered("Server (x64) הסרג"), "גרסה Server (x64)");
        assert_eq!(ordered("(Windows) הסרג"), "גרסה (Windows)");
        assert_eq!(ordered("רכמנ Dune (1965) רפסה"), "הספר Dune (1965) נמכר");
        assert_eq!(ordered("קחמנ notes(2).txt ץבוקה"), "הקובץ notes(2).txt נמחק");
        // A writer that says what the brackets were.
        assert_eq!(ordered(")ב( א"), "א (ב)");
    }

    #[test]
    fn brackets_that_are_closed_on_another_line_stand_at_the_words_within_them() {
        // As seen, and as written.
        assert_eq!(ordered("םהבו) ןשיה"), "הישן (ובהם");
        assert_eq!(ordered("םהבו( ןשיה"), "הישן (ובהם");
        assert_eq!(ordered("הנושאר העצה (א"), "א) הצעה ראשונה");
        assert_eq!(ordered("הנושאר העצה )א"), "א) הצעה ראשונה");
        assert_eq!(ordered("«ادغ يقتلنس» لاق"), "قال «سنلتقي غدا»");
        assert_eq!(ordered("»ادغ يقتلنس« لاق"), "قال «سنلتقي غدا»");
    }

    #[test]
    fn persian_numbers_behind_letters_are_read_as_arabic_ones() {
        assert_eq!(ordered("۵۵۵۱۲۳۴-۰۲۱ نفلت"), "تلفن ۰۲۱-۵۵۵۱۲۳۴");
        assert_eq!(ordered("٪۵ تمیق"), "قیمت ۵٪");
    }

    #[test]
    fn cells_are_read_from_the_right_each_by_itself() {
        assert_eq!(ordered("2.6\t-4.3\tלכה ךס"), "סך הכל\t-4.3\t2.6");
        assert_eq!(
            in_logical_order(["2014", "2013"].map(str::to_owned).into(), LEFT),
            "2013\t2014"
        );
    }

    #[test]
    fn a_word_in_a_line_that_runs_to_the_right_is_turned() {
        assert_eq!(
            in_english("the word םולש means peace"),
            "the word שלום means peace"
        );
        assert_eq!(
            in_english("the words םלוע םולש (2024)"),
            "the words שלום עולם (2024)"
        );
        assert_eq!(
            in_logical_order(vec!["A line with the word םולש in it.".to_owned()], LEFT),
            "A line with the word שלום in it."
        );
    }

    #[test]
    fn presentation_forms_become_letters() {
        // Lam-alef, one glyph.
        assert_eq!(ordered("\u{fefb}"), "\u{644}\u{627}");
    }
}
