//! Text that is spaced out: all its letters stand apart, as headings are often set, and spaces are drawn between its words.

use super::fragments::Fragment;

/// The letters of text that is spaced out are no farther apart than so much of the font's size, …
const MAX_GAP: f32 = 0.4;
/// … and all about equally far.
const MAX_DIFFERENCE: f32 = 0.1;
/// So many gaps between letters tell that a line is spaced out; shorter words beside them are, too.
const MIN_GAPS: usize = 4;
/// Words of one line are spaced out alike where their gaps differ by less than so much of the font's size.
const ALIKE: f32 = 0.05;

/// How the letters of a fragment stand.
#[derive(Debug, Default)]
pub(super) struct Spacing {
    /// Whether some stand as near to each other as is usual.
    has_near: bool,
    /// Where spaces stand in the text for a gap alone, and how wide the gap is, in the font's size.
    spaces: Vec<(usize, f32)>,
}

impl Spacing {
    /// Notes a glyph behind another: where the space is that stands for the gap between them, if there is one.
    pub(super) fn note(&mut self, space_at: Option<usize>, gap: f32, is_space_drawn: bool) {
        if is_space_drawn || self.has_near {
            return;
        }
        match space_at {
            Some(at) => self.spaces.push((at, gap)),
            None => self.has_near = true,
        }
    }

    /// Ends a fragment of this number, which is a candidate if it may be spaced out.
    pub(super) fn end_of(&mut self, fragment: usize, candidates: &mut Vec<Candidate>) {
        let has_near = std::mem::take(&mut self.has_near);
        let widest = self.spaces.iter().map(|space| space.1).fold(f32::MIN, f32::max);
        let narrowest = self.spaces.iter().map(|space| space.1).fold(f32::MAX, f32::min);
        let is_even = widest <= MAX_GAP && widest - narrowest < MAX_DIFFERENCE;
        if !has_near && !self.spaces.is_empty() && is_even {
            let spaces = std::mem::take(&mut self.spaces);
            candidates.push(Candidate { fragment, spaces });
        }
        self.spaces.clear();
    }
}

/// A fragment that may be spaced out.
pub(super) struct Candidate {
    /// Its number.
    fragment: usize,
    /// Where its spaces are, and how wide the gaps they stand for.
    spaces: Vec<(usize, f32)>,
}

/// Takes the spaces out of what is spaced out.
pub(super) fn close_up(fragments: &mut [Fragment], candidates: &[Candidate]) {
    let is_sure = |candidate: &Candidate| {
        candidate.spaces.len() >= MIN_GAPS && fragments[candidate.fragment].text.contains(char::is_alphabetic)
    };
    let sure: Vec<(f32, f32)> = candidates
        .iter()
        .filter(|candidate| is_sure(candidate))
        .map(|candidate| (fragments[candidate.fragment].baseline, candidate.spaces[0].1))
        .collect();
    for candidate in candidates {
        let fragment = &mut fragments[candidate.fragment];
        let is_alike = |&(baseline, gap): &(f32, f32)| {
            (fragment.baseline - baseline).abs() < 0.5 * fragment.size
                && (candidate.spaces[0].1 - gap).abs() < ALIKE
        };
        if !sure.iter().any(is_alike) {
            continue;
        }
        for &(at, _) in candidate.spaces.iter().rev() {
            if fragment.text[at..].starts_with(' ') {
                fragment.text.remove(at);
            }
        }
    }
}
