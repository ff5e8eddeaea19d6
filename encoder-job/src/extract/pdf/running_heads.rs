//! Running heads: lines at a page's edge that its neighbours have too, such as a chapter's title or the page's number. Pure.
//!
//! The rule: a line at an edge is a running head if one of the two pages before or after has a line at the same height with the same
//! words, numbers aside, or with a number that differs as the pages' numbers do. What becomes of running heads is
//! [`RunningHeads`]: by default they stay, but never in the middle of a sentence. If a sentence runs on over a page's edge, the running heads
//! of that edge go to the nearest end of a paragraph inside the page.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{
    fallback::PageResult,
    layout::{EdgeLine, Paragraph},
};

/// What becomes of running heads, feet and page numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunningHeads {
    /// They stay at their page's edge, or where a sentence runs on over it, at the nearest end of a paragraph.
    #[default]
    Aside,
    /// They stay where they stand.
    Keep,
    /// They go.
    Drop,
}

/// How many pages before and after are looked at.
const NEIGHBOURS: usize = 2;
/// Lines of different pages stand at the same height if they are so near, in points.
const SAME_HEIGHT: f32 = 4.0;

/// A page whose pieces are in their final order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ordered {
    pub(super) result: PageResult,
    pub(super) paragraphs: Vec<Paragraph>,
}

/// Takes pages in order and hands them back in order, each when its neighbours are known.
pub(super) struct Arranger {
    mode: RunningHeads,
    /// The pages that wait, and as many before them as are looked at.
    window: VecDeque<PageResult>,
    /// How many pages of the window were handed back.
    done: usize,
}

impl Arranger {
    pub(super) fn new(mode: RunningHeads) -> Self {
        Self {
            mode,
            window: VecDeque::new(),
            done: 0,
        }
    }

    /// Takes the next page, and hands back the one whose neighbours are known now.
    pub(super) fn push(&mut self, page: PageResult) -> Option<Ordered> {
        self.window.push_back(page);
        (self.window.len() > self.done + NEIGHBOURS).then(|| self.next())
    }

    /// Hands back a page that waits, when no more come.
    pub(super) fn finish(&mut self) -> Option<Ordered> {
        (self.window.len() > self.done).then(|| self.next())
    }

    fn next(&mut self) -> Ordered {
        let at = self.done;
        let window = self.window.make_contiguous();
        let ordered = arrange(window, at, self.mode);
        self.done += 1;
        if self.done > NEIGHBOURS {
            self.window.pop_front();
            self.done -= 1;
        }
        ordered
    }
}

/// The page at this place among its neighbours, with its edges where they belong.
fn arrange(window: &[PageResult], at: usize, mode: RunningHeads) -> Ordered {
    let page = &window[at];
    let layout = &page.layout;
    let running = |line: &EdgeLine, top: bool| {
        mode != RunningHeads::Keep
            && window.iter().enumerate().any(|(index, other)| {
                let pages = index.abs_diff(at);
                pages > 0 && pages <= NEIGHBOURS && has_like(other, line, top, index, at)
            })
    };
    let (heads, first): (Vec<_>, Vec<_>) = layout.top.iter().partition(|line| running(line, true));
    let (feet, last): (Vec<_>, Vec<_>) = layout.bottom.iter().partition(|line| running(line, false));
    let mut paragraphs: Vec<Paragraph> = joined(&first).into_iter().collect();
    paragraphs.extend(layout.paragraphs.iter().cloned());
    paragraphs.extend(joined(&last));
    if mode != RunningHeads::Drop {
        let from_before = at
            .checked_sub(1)
            .is_some_and(|before| runs_on(&window[before], page));
        let to_next = window.get(at + 1).is_some_and(|next| runs_on(page, next));
        insert(
            &mut paragraphs,
            &feet,
            if to_next { Place::BeforeLast } else { Place::End },
        );
        insert(
            &mut paragraphs,
            &heads,
            if from_before {
                Place::AfterFirst
            } else {
                Place::Start
            },
        );
    }
    Ordered {
        paragraphs,
        result: page.clone(),
    }
}

/// Whether a page has a line at an edge that is like this one.
fn has_like(page: &PageResult, line: &EdgeLine, top: bool, index: usize, at: usize) -> bool {
    let lines = if top {
        &page.layout.top
    } else {
        &page.layout.bottom
    };
    lines.iter().any(|other| {
        (other.height - line.height).abs() < SAME_HEIGHT
            && (without_numbers(&other.text) == without_numbers(&line.text) && has_letters(&line.text)
                || counts_on(&other.text, &line.text, index, at))
    })
}

/// Whether two lines have numbers that differ as the pages do.
fn counts_on(other: &str, line: &str, index: usize, at: usize) -> bool {
    let theirs: Vec<i64> = numbers(other).collect();
    numbers(line).any(|number| {
        let (index, at) = (i64::try_from(index), i64::try_from(at));
        matches!((index, at), (Ok(index), Ok(at)) if theirs.contains(&(number + index - at)))
    })
}

/// The numbers of a line, Roman ones too.
fn numbers(text: &str) -> impl Iterator<Item = i64> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .filter_map(|word| word.parse().ok().or_else(|| roman(word)))
}

/// The value of a Roman number in small or in capital letters.
fn roman(word: &str) -> Option<i64> {
    if word.len() > 12 || !(word.chars().all(char::is_lowercase) || word.chars().all(char::is_uppercase)) {
        return None;
    }
    let mut total = 0;
    let mut largest = 0;
    for letter in word.chars().rev() {
        let value = match letter.to_ascii_lowercase() {
            'i' => 1,
            'v' => 5,
            'x' => 10,
            'l' => 50,
            'c' => 100,
            'd' => 500,
            _ => return None,
        };
        total += if value < largest { -value } else { value };
        largest = largest.max(value);
    }
    Some(total)
}

/// A line's words, numbers aside.
fn without_numbers(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && word.parse::<i64>().is_err() && roman(word).is_none())
        .flat_map(|word| word.chars().chain([' ']))
        .flat_map(char::to_lowercase)
        .collect()
}

fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

/// Whether a sentence of one page goes on on the next.
fn runs_on(page: &PageResult, next: &PageResult) -> bool {
    let (Some(last), Some(first)) = (page.layout.paragraphs.last(), next.layout.paragraphs.first()) else {
        return false;
    };
    let ends = last
        .text
        .trim_end_matches(['"', '\'', '”', '’', '»', ')', ']'])
        .ends_with(['.', '!', '?', '…', ':', '。', '！', '？']);
    let begins = first.text.chars().find(|c| c.is_alphanumeric());
    // Headings end without a full stop, and nothing follows them but a beginning.
    !ends && begins.is_some_and(|c| !c.is_uppercase() && !c.is_numeric())
        || last.text.ends_with(['-', ',', ';'])
}

#[derive(Clone, Copy)]
enum Place {
    Start,
    /// Behind the end of the paragraph that came from the page before.
    AfterFirst,
    /// Before the beginning of the paragraph that goes on on the next page.
    BeforeLast,
    End,
}

fn insert(paragraphs: &mut Vec<Paragraph>, lines: &[&EdgeLine], place: Place) {
    let count = paragraphs.len();
    let at = match place {
        Place::Start => 0,
        Place::AfterFirst => 1.min(count),
        // On a page that is one paragraph a line does least harm at its beginning.
        Place::BeforeLast => count.saturating_sub(1),
        Place::End => count,
    };
    let new: Vec<Paragraph> = lines.iter().filter_map(|line| paragraph(line)).collect();
    paragraphs.splice(at..at, new);
}

/// Lines of an edge that are text after all: they stand close together, so they are one paragraph.
fn joined(lines: &[&EdgeLine]) -> Option<Paragraph> {
    let text: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let size = lines.iter().map(|line| line.size).fold(f32::MAX, f32::min);
    Paragraph::new(&text.join("\n"), size, lines.len())
}

fn paragraph(line: &EdgeLine) -> Option<Paragraph> {
    Paragraph::new(&line.text, line.size, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{document::PageStatus, extract::pdf::layout::PageLayout};

    fn edge(text: &str, height: f32) -> EdgeLine {
        EdgeLine {
            text: text.into(),
            height,
            size: 10.0,
        }
    }

    fn page(number: u32, top: &[&str], paragraphs: &[&str], bottom: &[&str]) -> PageResult {
        PageResult {
            number,
            status: PageStatus::Ok,
            by_second_engine: false,
            layout: PageLayout {
                top: top.iter().map(|text| edge(text, 800.0)).collect(),
                paragraphs: paragraphs
                    .iter()
                    .filter_map(|text| Paragraph::new(text, 10.0, 1))
                    .collect(),
                bottom: bottom.iter().map(|text| edge(text, 40.0)).collect(),
            },
        }
    }

    fn arranged(mode: RunningHeads, pages: Vec<PageResult>) -> Vec<Vec<String>> {
        let mut arranger = Arranger::new(mode);
        let mut ordered: Vec<Ordered> = pages.into_iter().filter_map(|page| arranger.push(page)).collect();
        ordered.extend(std::iter::from_fn(|| arranger.finish()));
        ordered
            .into_iter()
            .map(|page| {
                page.paragraphs
                    .into_iter()
                    .map(|paragraph| paragraph.text)
                    .collect()
            })
            .collect()
    }

    fn book() -> Vec<PageResult> {
        vec![
            page(
                1,
                &["Of Studies 7"],
                &["A whole sentence.", "One that goes"],
                &["7"],
            ),
            page(
                2,
                &["Of Studies 8"],
                &["on here.", "And another whole one."],
                &["8"],
            ),
            page(3, &["Of Truth 9"], &["The last page."], &["9"]),
        ]
    }

    #[test]
    fn running_heads_never_part_a_sentence() {
        let pages = arranged(RunningHeads::Aside, book());
        assert_eq!(
            pages[0],
            ["Of Studies 7", "A whole sentence.", "7", "One that goes"]
        );
        assert_eq!(
            pages[1],
            ["on here.", "Of Studies 8", "And another whole one.", "8"]
        );
        assert_eq!(pages[2], ["Of Truth 9", "The last page.", "9"]);
    }

    #[test]
    fn they_can_go_or_stay() {
        let pages = arranged(RunningHeads::Drop, book());
        assert_eq!(pages[1], ["on here.", "And another whole one."]);
        assert_eq!(pages[2], ["The last page."]);
        let pages = arranged(RunningHeads::Keep, book());
        assert_eq!(
            pages[1],
            ["Of Studies 8", "on here.", "And another whole one.", "8"]
        );
    }

    #[test]
    fn a_line_that_no_neighbour_has_is_text() {
        let pages = vec![
            page(1, &["The title"], &["Text."], &[]),
            page(2, &["Another line"], &["more text"], &[]),
        ];
        let pages = arranged(RunningHeads::Drop, pages);
        assert_eq!(
            pages,
            [vec!["The title", "Text."], vec!["Another line", "more text"]]
        );
    }

    #[test]
    fn roman_numbers_count() {
        assert_eq!(roman("xiv"), Some(14));
        assert_eq!(roman("IX"), Some(9));
        assert_eq!(roman("word"), None);
        let pages = vec![page(1, &[], &["a."], &["iv"]), page(2, &[], &["b."], &["v"])];
        assert_eq!(arranged(RunningHeads::Drop, pages), [["a."], ["b."]]);
    }

    #[test]
    fn pages_come_back_in_order() {
        let pages = (1..=9).map(|number| page(number, &[], &["x."], &[])).collect();
        let mut arranger = Arranger::new(RunningHeads::Aside);
        let pages: Vec<PageResult> = pages;
        let mut numbers: Vec<u32> = pages
            .into_iter()
            .filter_map(|page| arranger.push(page))
            .map(|page| page.result.number)
            .collect();
        numbers.extend(std::iter::from_fn(|| arranger.finish()).map(|page| page.result.number));
        assert_eq!(numbers, (1..=9).collect::<Vec<_>>());
    }
}
