//! Fragments: glyphs that follow each other on one baseline.

use super::{
    accents,
    grid::Lines,
    spaced_out::{self, Spacing},
    tight::TightRun,
};
use crate::extract::pdf::glyph::{Direction, GlyphText, PlacedGlyph};

/// A gap of so much of the font's size separates words; inside words kerning stays below, and justified text stays above.
pub(super) const WORD_GAP: f32 = 0.16;
/// A gap that is no wider may be one of a line whose words stand closer than is usual.
const TIGHT_WORD_GAP: f32 = 0.2;
/// A gap of so much of the font's size ends a fragment: the next may belong to another column.
const FRAGMENT_GAP: f32 = 0.75;
/// So far, in the font's size, a glyph may stand off the baseline and still be on it (sub- and superscripts are).
const BASELINE_TOLERANCE: f32 = 0.45;

/// A space that ends so far before what was drawn last, in the font's size, does not stand behind it.
const PAST_SPACE: f32 = 0.2;

/// Part of a line, in turned coordinates: text runs to the right and lines follow downwards.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fragment {
    pub(super) text: String,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) baseline: f32,
    /// The largest size of a font in it.
    pub(super) size: f32,
    /// Where its last glyph begins and ends.
    last: (f32, f32),
    /// Whether a space was drawn before it.
    pub(super) after_space: bool,
    /// Its place in the order of drawing.
    pub(super) drawn: usize,
    /// Of a table, whose rows are the lines of the text: where it begins and ends, from the top.
    pub(super) table: Option<(f32, f32)>,
}

impl Fragment {
    /// A table in a box: left, top, right, bottom; `drawn` is the place of its first fragment in the order of drawing.
    pub(super) fn of_table(
        text: String,
        [left, top, right, bottom]: [f32; 4],
        size: f32,
        drawn: usize,
    ) -> Self {
        Self {
            text,
            left,
            right,
            baseline: top + 0.7 * size,
            size,
            last: (left, right),
            after_space: false,
            drawn,
            table: Some((top, bottom)),
        }
    }

    /// A part of its text, that begins and ends there.
    pub(super) fn part(&self, text: &str, left: f32, right: f32) -> Self {
        Self {
            text: text.to_owned(),
            left,
            right,
            last: (left, right),
            ..self.clone()
        }
    }

    /// Where its letters end above, about.
    pub(super) fn top(&self) -> f32 {
        self.table.map_or(self.baseline - 0.7 * self.size, |(top, _)| top)
    }

    /// Where its letters end below, about.
    pub(super) fn bottom(&self) -> f32 {
        self.table
            .map_or(self.baseline + 0.2 * self.size, |(_, bottom)| bottom)
    }

    /// The baseline of its last line.
    pub(super) fn bottom_baseline(&self) -> f32 {
        self.table.map_or(self.baseline, |(_, bottom)| bottom)
    }

    /// Makes one character of an accent and the letter it is drawn over, where this glyph is one of the two and the last glyph the other.
    fn take_accent(&mut self, glyph: &PlacedGlyph, left: f32) -> bool {
        let GlyphText::One(character) = glyph.text else {
            return false;
        };
        // Both stand in the same place: each one's middle is above the other.
        let (middle, last_middle) = (
            left + glyph.advance / 2.0,
            f32::midpoint(self.last.0, self.last.1),
        );
        let over = (self.last.0..self.last.1).contains(&middle)
            && (left..left + glyph.advance).contains(&last_middle);
        if !over {
            return false;
        }
        let Some(last) = self.text.chars().next_back() else {
            return false;
        };
        let together = match (accents::combining(last), accents::combining(character)) {
            (Some(mark), _) => accents::accented(character, mark),
            (None, Some(mark)) => accents::accented(last, mark),
            (None, None) => None,
        };
        if let Some(together) = together {
            self.text.pop();
            self.text.push(together);
        }
        together.is_some()
    }
}

/// Glyphs that follow each other on one baseline, as text with spaces between words. Rulings part them.
pub(super) fn fragments<'a>(
    glyphs: impl Iterator<Item = &'a PlacedGlyph>,
    direction: Direction,
    rulings: &Lines,
) -> Vec<Fragment> {
    let mut fragments: Vec<Fragment> = Vec::new();
    let mut current: Option<Fragment> = None;
    let mut space_before = false;
    let mut draws_spaces = false;
    let mut run = TightRun::default();
    let mut spacing = Spacing::default();
    let mut candidates = Vec::new();
    for glyph in glyphs {
        let (left, baseline) = direction.turn(glyph.x, glyph.y);
        if glyph.text.is_whitespace() {
            draws_spaces |= !glyph.text.is_empty();
            let in_line = current
                .as_mut()
                .filter(|fragment| (baseline - fragment.baseline).abs() < BASELINE_TOLERANCE * fragment.size);
            match in_line {
                // A glyph that another one's text stands for still takes its place in the line.
                Some(fragment) if glyph.text.is_empty() => {
                    fragment.right = fragment.right.max(left + glyph.advance);
                }
                // A space that is drawn again, behind letters that were drawn since, parts none of them.
                Some(fragment) if left + glyph.advance < fragment.right - PAST_SPACE * fragment.size => {}
                _ => space_before |= !glyph.text.is_empty(),
            }
            continue;
        }
        let continues = current.as_ref().is_some_and(|fragment| {
            let size = fragment.size.max(glyph.size);
            let gap = left - fragment.right;
            (baseline - fragment.baseline).abs() < BASELINE_TOLERANCE * size
                && gap > -0.6 * size
                && gap < FRAGMENT_GAP * size
                && left > fragment.left - 0.1 * size
                && !((space_before || gap > 0.0) && rulings.part(fragment.right, left, baseline))
        });
        if !continues && let Some(mut fragment) = current.take() {
            run.end(&mut fragment.text);
            spacing.end_of(fragments.len(), &mut candidates);
            fragments.push(fragment);
        }
        let fragment = current.get_or_insert_with(|| Fragment {
            text: String::with_capacity(64),
            left,
            right: left,
            baseline,
            size: glyph.size,
            last: (left, left),
            after_space: space_before,
            drawn: fragments.len(),
            table: None,
        });
        let gap = (left - fragment.right) / glyph.size.max(0.5 * fragment.size);
        if !fragment.text.is_empty() {
            let is_apart = gap > WORD_GAP;
            spacing.note(is_apart.then_some(fragment.text.len()), gap, space_before);
            if is_apart || (space_before && gap > -0.3) {
                run.has_spaces |= gap > TIGHT_WORD_GAP || space_before;
                fragment.text.push(' ');
            }
        }
        if !run.has_spaces {
            run.add(fragment.text.len(), gap);
        }
        space_before = false;
        if !fragment.take_accent(glyph, left) {
            glyph.text.push_to(&mut fragment.text);
        }
        fragment.last = (left, left + glyph.advance);
        fragment.right = fragment.right.max(left + glyph.advance);
        if glyph.size > fragment.size {
            // The baseline is that of the largest font: the others may be raised or lowered.
            fragment.size = glyph.size;
            fragment.baseline = baseline;
        }
    }
    if let Some(mut fragment) = current {
        run.end(&mut fragment.text);
        spacing.end_of(fragments.len(), &mut candidates);
        fragments.push(fragment);
    }
    if draws_spaces {
        spaced_out::close_up(&mut fragments, &candidates);
    }
    fragments
}
