//! Cutting one section into overlapping windows of tokens.

use std::ops::Range;

use super::{
    Boundary, Parameters,
    boundaries::{ceil_char_boundary, floor_char_boundary, last_boundary},
    vocabulary::Tokens,
};

/// The last chunk of a section has at least this part of a chunk that is not in the one before, where that one can end earlier.
const LEAST_LAST: usize = 20;

/// What all windows of a document have in common.
pub(super) struct Cutter<'a> {
    pub(super) text: &'a str,
    /// The tokens of the whole text, a guide: a window's own count is taken from its text alone.
    pub(super) tokens: &'a Tokens,
    pub(super) parameters: &'a Parameters,
    /// Where headings begin, in bytes, ascending.
    pub(super) headings: &'a [usize],
}

/// One chunk's place and weight.
pub(super) struct Window {
    /// Its bytes in the whole text.
    pub(super) range: Range<usize>,
    /// Tokens of its text, encoded by itself.
    pub(super) token_count: usize,
}

impl Cutter<'_> {
    /// The windows of a section, in order.
    pub(super) fn cut(&self, section: Range<usize>) -> Vec<Window> {
        let mut windows: Vec<Window> = Vec::new();
        let mut start = section.start;
        loop {
            let previous_end = windows.last().map_or(section.start, |window| window.range.end);
            let window = self.window(start..section.end, previous_end);
            if window.range.end <= previous_end {
                // Cut inside a word, the overlap became more tokens than it was; a shorter one leaves room for new text.
                start = self.following(start).min(previous_end);
                continue;
            }
            if self.text[window.range.clone()].trim_start().is_empty() {
                // So many blank pages, or whitespace, that they would be a chunk.
                let rest = &self.text[window.range.end..section.end];
                start = section.end - rest.trim_start().len();
                continue;
            }
            let end = window.range.end;
            let done = end == section.end;
            let window_start = window.range.start;
            windows.push(window);
            if done {
                return windows;
            }
            start = self.next_start(window_start, end);
        }
    }

    /// The longest window that begins where `rest` does and ends at a good place, beyond `previous_end` if it can.
    fn window(&self, rest: Range<usize>, previous_end: usize) -> Window {
        let full = self.longest(rest.clone());
        if full.range.end == rest.end {
            return full;
        }
        if self.only_junk_follows(full.range.end..rest.end) {
            // Ending earlier gives the last chunk some text.
            let fifth = self
                .tokens
                .at(full.range.end)
                .saturating_sub(self.parameters.size / 5);
            let earlier = floor_char_boundary(self.text, self.tokens.start(fifth));
            if let Some(window) = self
                .checked(full.range.start..earlier.max(full.range.start))
                .filter(|window| window.range.end > previous_end)
            {
                return window;
            }
        }
        let good = self.well_ended(&full.range, full.range.end, previous_end);
        let window = good.unwrap_or(full);
        if self.too_little_follows(window.range.end..rest.end) {
            let enough = self
                .tokens
                .at(rest.end)
                .saturating_sub(self.parameters.size / LEAST_LAST);
            let latest = floor_char_boundary(self.text, self.tokens.start(enough));
            let earlier = self
                .well_ended(&window.range, latest, previous_end)
                .or_else(|| self.checked(window.range.start..latest.max(window.range.start)))
                .filter(|earlier| earlier.range.end > previous_end);
            return earlier.unwrap_or(window);
        }
        window
    }

    /// The window that begins as `full` does and ends, at `latest`, with the last paragraph or sentence or before the last heading of the last fifth
    /// of `full`, if there is one and that is how chunks end.
    fn well_ended(&self, full: &Range<usize>, latest: usize, previous_end: usize) -> Option<Window> {
        if self.parameters.boundary != Boundary::Sentence {
            return None;
        }
        let last = self.tokens.at(full.end);
        let fifth = self.tokens.start(last.saturating_sub(self.parameters.size / 5));
        let from = fifth.max(full.start).max(previous_end);
        let end = (from < latest)
            .then(|| last_boundary(self.text, from..latest, self.headings))
            .flatten()?;
        self.checked(full.start..end)
    }

    /// The longest window within `rest`, from its start, of at most `size` tokens when encoded by itself.
    fn longest(&self, rest: Range<usize>) -> Window {
        let size = self.parameters.size;
        let first = self.tokens.at(rest.start);
        let mut last = (first + size).min(self.tokens.len());
        loop {
            let end = floor_char_boundary(self.text, self.tokens.start(last)).min(rest.end);
            let end = end.max(ceil_char_boundary(self.text, rest.start + 1));
            let token_count = self.tokens.count(self.text, rest.start..end);
            if token_count <= size || last <= first + 1 {
                return Window {
                    range: rest.start..end,
                    token_count,
                };
            }
            last = last.saturating_sub(token_count - size).max(first + 1);
        }
    }

    /// The window, if it has text and at most `size` tokens.
    fn checked(&self, range: Range<usize>) -> Option<Window> {
        if range.is_empty() {
            return None;
        }
        let token_count = self.tokens.count(self.text, range.clone());
        (token_count <= self.parameters.size).then_some(Window { range, token_count })
    }

    /// Whether so little follows, and no letter or digit in it and in what it would share, that it would make a junk chunk.
    fn only_junk_follows(&self, rest: Range<usize>) -> bool {
        let shared = self.tokens.at(rest.start).saturating_sub(self.parameters.overlap);
        let from = floor_char_boundary(self.text, self.tokens.start(shared)).min(rest.start);
        self.tokens.between(&rest) <= self.parameters.size / 5
            && !self.text[from..rest.end].chars().any(char::is_alphanumeric)
    }

    /// Whether something follows, and so little that it would be hardly anything in a chunk of its own beside what it shares.
    fn too_little_follows(&self, rest: Range<usize>) -> bool {
        !rest.is_empty() && self.tokens.between(&rest) < self.parameters.size / LEAST_LAST
    }

    /// Where the window after one that is `start..end` begins: `overlap` tokens before its end, to the nearest character.
    ///
    /// Cut inside a word, a text may be more or fewer tokens than it was in its place, so the neighbours of that position are
    /// tried as well and the one nearest to `overlap` tokens is taken, the first of equals.
    fn next_start(&self, start: usize, end: usize) -> usize {
        const REACH: usize = 3;
        let overlap = self.parameters.overlap;
        if overlap == 0 {
            return end;
        }
        let target = (self.tokens.at(end.saturating_sub(1)) + 1).saturating_sub(overlap);
        let least = ceil_char_boundary(self.text, start + 1);
        let mut best = (usize::MAX, end);
        for step in 0..=2 * REACH {
            // 0, 1 before, 1 after, 2 before …
            let distance = step.div_ceil(2);
            let token = if step % 2 == 1 {
                target.saturating_sub(distance)
            } else {
                (target + distance).min(self.tokens.len())
            };
            let position = floor_char_boundary(self.text, self.tokens.start(token)).clamp(least, end);
            let off = self.tokens.count(self.text, position..end).abs_diff(overlap);
            if off < best.0 {
                best = (off, position);
            }
            if off == 0 {
                break;
            }
        }
        best.1
    }

    /// The next position after `start` where a token begins between two characters.
    fn following(&self, start: usize) -> usize {
        let mut token = self.tokens.at(start) + 1;
        loop {
            let position = self.tokens.start(token.min(self.tokens.len()));
            if position > start && self.text.is_char_boundary(position) {
                return position;
            }
            token += 1;
        }
    }
}
