//! Tight lines: where words stand closer than is usual, and letters closer still.

/// A run of fewer glyphs is a word.
const MIN_GLYPHS: usize = 9;
/// The gaps between words are wider than those between letters by so much of the font's size, …
const MIN_DIFFERENCE: f32 = 0.075;
/// … or by so much where there are few glyphs: kerning of a few pairs may look like that.
const MIN_DIFFERENCE_OF_FEW: f32 = 0.11;
/// Among few the gaps between words are so many times as far from the usual one as those between letters, and are several.
const MAX_UNEVEN: f32 = 4.0;
/// So many glyphs are few.
const FEW_GLYPHS: usize = 32;
/// … and none is in between for so much of it.
const MIN_DISTANCE: f32 = 0.03;
/// One of so many words at most has one letter.
const MAX_SHORT: usize = 3;
/// Words have in the middle at least so many glyphs …
const MIN_WORD: usize = 2;
/// … and at most so many.
const MAX_WORD: usize = 12;

/// The glyphs of a fragment.
#[derive(Debug, Default)]
pub(super) struct TightRun {
    /// Whether words are parted as is usual.
    pub(super) has_spaces: bool,
    /// Where each begins in its fragment's text, and the gap before it in the font's size.
    gaps: Vec<(usize, f32)>,
}

impl TightRun {
    /// Adds a glyph.
    pub(super) fn add(&mut self, at: usize, gap: f32) {
        self.gaps.push((at, gap));
    }

    /// Ends the run. Where its gaps are of two clearly different widths, the wider ones are between words.
    pub(super) fn end(&mut self, text: &mut String) {
        if !self.has_spaces
            && self.gaps.len() >= MIN_GLYPHS
            && let Some(least) = self.word_gap()
        {
            for &(at, gap) in self.gaps.iter().rev() {
                // An accent may have joined the letter before, and a wider gap parts words already.
                if gap >= least
                    && at > 0
                    && text.is_char_boundary(at)
                    && at < text.len()
                    && !text[..at].ends_with(' ')
                {
                    text.insert(at, ' ');
                }
            }
        }
        self.gaps.clear();
        self.has_spaces = false;
    }

    /// The narrowest gap between words; `None` where there is but one word.
    fn word_gap(&self) -> Option<f32> {
        // Before the first glyph there is none.
        let gaps = || self.gaps.iter().skip(1).map(|(_, gap)| *gap);
        let are_few = self.gaps.len() < FEW_GLYPHS;
        let difference = if are_few {
            MIN_DIFFERENCE_OF_FEW
        } else {
            MIN_DIFFERENCE
        };
        if gaps().fold(f32::MIN, f32::max) < difference {
            return None;
        }
        let usual = super::median(gaps());
        let least = usual + difference;
        let (mut words, mut narrowest, mut widest_within) = (0, f32::MAX, f32::MIN);
        // Words of one letter.
        let (mut short, mut was_wide) = (0, false);
        for gap in gaps() {
            short += usize::from(was_wide && gap >= least);
            was_wide = gap >= least;
            if gap >= least {
                words += 1;
                narrowest = narrowest.min(gap);
            } else {
                widest_within = widest_within.max(gap);
            }
        }
        // Letters of small fonts may stand unevenly.
        let spread = if are_few {
            MAX_UNEVEN * (widest_within - usual)
        } else {
            0.0
        };
        if short * MAX_SHORT > words || (are_few && words == 1) {
            return None;
        }
        let are_apart = words > 0 && narrowest - widest_within >= MIN_DISTANCE && narrowest - usual >= spread;
        (are_apart && words * MIN_WORD <= self.gaps.len() && (words + 1) * MAX_WORD >= self.gaps.len())
            .then_some(narrowest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(text: &str, gap: impl Fn(usize) -> f32) -> String {
        let mut run = TightRun::default();
        for (number, (at, _)) in text.char_indices().enumerate() {
            run.add(at, gap(number));
        }
        let mut text = text.to_owned();
        run.end(&mut text);
        text
    }

    #[test]
    fn gaps_that_are_wider_than_all_others_part_words() {
        let gap = |number| if [2, 5, 9].contains(&number) { 0.14 } else { 0.01 };
        assert_eq!(ended("ofthewestside", gap), "of the west side");
        let spaced = |number| if [2, 5, 9].contains(&number) { 0.19 } else { 0.06 };
        assert_eq!(ended("ofthewestside", spaced), "of the west side");
    }

    #[test]
    fn gaps_of_all_widths_and_of_one_width_part_nothing() {
        let of_all = |number: usize| {
            0.012 * [0.0, 4.0, 9.0, 2.0, 6.0, 11.0, 1.0, 8.0, 3.0, 10.0, 5.0, 7.0, 0.0][number]
        };
        assert_eq!(ended("ofthewestside", of_all), "ofthewestside");
        assert_eq!(ended("ofthewestside", |_| 0.12), "ofthewestside");
        assert_eq!(
            ended("short", |number| if number == 2 { 0.14 } else { 0.0 }),
            "short"
        );
    }
}
