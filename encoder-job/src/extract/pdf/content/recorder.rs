//! What is recorded of a page while its content is read.

use hayro_syntax::object::Rect;

use super::{PageContent, fields::FilledIn, show::Canvas};
use crate::extract::pdf::{
    clip::{ClipNumber, Clips},
    copies::Places,
    glyph::PlacedGlyph,
};

/// The size of a page that does not say its own, in points.
const USUAL_PAGE: (f32, f32) = (612.0, 792.0);

/// What was recorded of a page.
pub(super) struct Recorder {
    /// Its glyphs, and what is to be said of it.
    pub(super) content: PageContent,
    pub(super) clips: Clips,
    /// What is shown of what is drawn now.
    pub(super) clip: ClipNumber,
    /// The part of the page that is seen, left, bottom, right and top: what is cropped away says nothing.
    seen: [f32; 4],
    /// Where glyphs stand.
    pub(super) places: Places,
}

impl Recorder {
    /// Nothing yet, of a page of which so much is seen.
    pub(super) fn new(seen: Rect, mut places: Places) -> Self {
        #[allow(clippy::cast_possible_truncation, reason = "points on a page fit")]
        let [left, bottom, right, top] = [seen.x0, seen.y0, seen.x1, seen.y1].map(|edge| edge as f32);
        let has_area = right - left > 1.0 && top - bottom > 1.0;
        if has_area {
            places.clear((left, bottom), right - left, top - bottom);
        } else {
            places.clear((0.0, 0.0), USUAL_PAGE.0, USUAL_PAGE.1);
        }
        Self {
            content: PageContent::default(),
            clips: Clips::new(),
            clip: ClipNumber::default(),
            seen: if has_area {
                [left - 1.0, bottom - 1.0, right + 1.0, top + 1.0]
            } else {
                [f32::MIN, f32::MIN, f32::MAX, f32::MAX]
            },
            places,
        }
    }

    /// Records what was filled into a field, unless it stands there already: programs that make a form fast write its values into the
    /// page and may leave the fields.
    pub(super) fn fill_in(&mut self, value: &FilledIn) {
        let letters = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
        let (x, y) = (
            value.place.x0 - 1.0..=value.place.x1 + 1.0,
            value.place.y0 - 1.0..=value.place.y1 + 1.0,
        );
        let mut there = String::new();
        for glyph in &self.content.glyphs {
            if x.contains(&f64::from(glyph.x)) && y.contains(&f64::from(glyph.y)) {
                glyph.text.push_to(&mut there);
            }
        }
        if !there.is_empty() && letters(&there).contains(&letters(&value.text)) {
            return;
        }
        for glyph in value.set() {
            if self.sees(&glyph) {
                self.content.glyphs.push(glyph);
            }
        }
    }

    #[inline]
    fn sees(&self, glyph: &PlacedGlyph) -> bool {
        let [left, bottom, right, top] = self.seen;
        (left..=right).contains(&glyph.x) && (bottom..=top).contains(&glyph.y)
    }
}

impl Canvas for Recorder {
    #[inline] // So that a glyph is not written down before it is known to be seen.
    fn glyph(&mut self, glyph: PlacedGlyph) {
        if !self.sees(&glyph) || !self.clips.shows(self.clip, &glyph) {
            return;
        }
        self.content.glyphs.push(glyph);
    }

    fn unknown(&mut self) {
        self.content.unknown += 1;
    }
}
