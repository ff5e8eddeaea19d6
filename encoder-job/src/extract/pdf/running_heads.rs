//! Running heads: lines at a page's edge that its neighbours have too, such as a chapter's title or the page's number. Pure.
//!
//! The rule: a line at an edge is a running head if one of the two pages before or after has a line at the same height with the same
//! words, numbers aside, or with a number that differs as the pages' numbers do. What becomes of running heads is
//! [`RunningHeads`]: by default they stay, but never in the middle of a sentence. If a sentence runs on over a page's edge, the running heads
//! of that edge go to the nearest end of a paragraph inside the page.

mod page_numbers;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    fallback::PageResult,
    layout::{self, EdgeLine, Line, Paragraph},
};
use crate::document::PageStatus;
use page_numbers::{counts_on, has_letters, without_numbers};

/// What becomes of running heads, feet and page numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunningHeads {
    /// They stay at their page's edge, or where a sentence runs on over it, at the nearest end of a paragraph.
    #[default]
    Aside,
    /// They stay where they stand.
    Keep,
    /// They go.
    Drop,
}

impl FromStr for RunningHeads {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "aside" => Ok(Self::Aside),
            "keep" => Ok(Self::Keep),
            "drop" => Ok(Self::Drop),
            _ => Err(format!("{text:?} is none of aside, keep and drop")),
        }
    }
}

/// How many pages before and after are looked at.
const NEIGHBOURS: usize = 2;
/// Lines of different pages stand at the same height if they are so near, in points.
const SAME_HEIGHT: f32 = 4.0;

/// How far lines are usually apart, in the font's size.
const USUAL_SPACING: f32 = 1.2;

/// A page whose pieces are in their final order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ordered {
    /// From 1.
    pub(super) number: u32,
    pub(super) status: PageStatus,
    pub(super) by_second_engine: bool,
    pub(super) paragraphs: Vec<Paragraph>,
}

/// Takes pages in order and hands them back in order, each when its neighbours are known.
pub(super) struct PageReorderer {
    mode: RunningHeads,
    /// The pages that wait, and as many before them as are looked at.
    window: VecDeque<PageResult>,
    /// How many pages of the window were handed back.
    done: usize,
}

impl PageReorderer {
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
    let mut paragraphs = as_text(&first);
    paragraphs.extend(layout.paragraphs.iter().cloned());
    paragraphs.extend(as_text(&last));
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
        number: page.number,
        status: page.status,
        by_second_engine: page.by_second_engine,
        paragraphs,
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

/// Lines of an edge that are text after all.
fn as_text(lines: &[&EdgeLine]) -> Vec<Paragraph> {
    let lines = lines.iter().map(|line| Line {
        text: line.text.clone(),
        baseline: -line.height,
        size: line.size,
        left: 0.0,
        right: 0.0,
        is_table: false,
        bottom: -line.height,
    });
    let mut paragraphs = Vec::new();
    layout::write(
        &lines.collect::<Vec<_>>(),
        USUAL_SPACING,
        layout::Base::default(),
        &mut paragraphs,
    );
    paragraphs
}

fn paragraph(line: &EdgeLine) -> Option<Paragraph> {
    Paragraph::new(&line.text, line.size, 1)
}
