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
    /// The part of the page that is seen: what is cropped away says nothing.
    seen: Rect,
    /// Where glyphs stand.
    pub(super) places: Places,
}

impl Recorder {
    /// Nothing yet, of a page of which so much is seen.
    pub(super) fn new(seen: Rect, mut places: Places) -> Self {
        let has_area = seen.width() > 1.0 && seen.height() > 1.0;
        let everything = Rect {
            x0: f64::MIN,
            y0: f64::MIN,
            x1: f64::MAX,
            y1: f64::MAX,
        };
        if has_area {
            #[allow(clippy::cast_possible_truncation, reason = "points on a page fit")]
            let corner = (seen.x0 as f32, seen.y0 as f32);
            #[allow(clippy::cast_possible_truncation, reason = "points on a page fit")]
            let (width, height) = (seen.width() as f32, seen.height() as f32);
            places.clear(corner, width, height);
        } else {
            places.clear((0.0, 0.0), USUAL_PAGE.0, USUAL_PAGE.1);
        }
        Self {
            content: PageContent::default(),
            clips: Clips::new(),
            clip: ClipNumber::default(),
            seen: if has_area { seen } else { everything },
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

    fn sees(&self, glyph: &PlacedGlyph) -> bool {
        let (x, y) = (f64::from(glyph.x), f64::from(glyph.y));
        (self.seen.x0 - 1.0..=self.seen.x1 + 1.0).contains(&x)
            && (self.seen.y0 - 1.0..=self.seen.y1 + 1.0).contains(&y)
    }
}

impl Canvas for Recorder {
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
