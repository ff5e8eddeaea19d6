//! The first engine: `hayro` interprets the page, and a device of ours notes each glyph's meaning and place.

use std::collections::HashSet;

use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, RenderContent, SoftMask,
    font::{Glyph, GlyphRun},
    hayro_cmap::{BfString, WritingMode},
    hayro_syntax::Pdf,
    interpret_page,
    kurbo::{Affine, BezPath, Point, Rect, Vec2},
};

use super::{
    PageText, PdfEngine,
    glyph::{Direction, GlyphText, PlacedGlyph},
    layout,
};

/// The most glyphs of a page; what a page of text has, many times over.
const MAX_GLYPHS: usize = 400_000;

/// The engine of one thread. Fonts are kept from page to page.
pub(super) struct Hayro<'a> {
    pdf: &'a Pdf,
    cache: InterpreterCache<'a>,
    settings: InterpreterSettings,
}

impl<'a> Hayro<'a> {
    pub(super) fn new(pdf: &'a Pdf) -> Self {
        let settings = InterpreterSettings {
            render_content: RenderContent::PAGE,
            ..InterpreterSettings::default()
        };
        Self {
            pdf,
            cache: InterpreterCache::new(),
            settings,
        }
    }
}

impl PdfEngine for Hayro<'_> {
    fn page(&mut self, index: usize) -> Result<PageText, String> {
        let page = self.pdf.pages().get(index).ok_or("there is no such page")?;
        let mut device = TextDevice::default();
        let crop = page.intersected_crop_box();
        let bounds = Rect::new(crop.x0, crop.y0, crop.x1, crop.y1);
        let turn = Affine::rotate(-f64::from(page.rotation() as u8) * std::f64::consts::FRAC_PI_2);
        let mut context = Context::new(turn, bounds, &self.cache, self.pdf.xref(), self.settings.clone());
        interpret_page(page, &mut context, &mut device);
        let glyphs = device.glyphs.len() + device.unknown;
        Ok(PageText {
            text: layout::lay_out(&device.glyphs),
            glyphs,
            unknown_glyphs: device.unknown,
            pictures: device.pictures,
        })
    }
}

/// Notes text, ignores everything else.
#[derive(Default)]
struct TextDevice {
    glyphs: Vec<PlacedGlyph>,
    /// Glyphs whose meaning is not known.
    unknown: usize,
    pictures: bool,
    /// Where each character was drawn, to half a point: what is drawn twice, for boldness or a shadow, counts once.
    drawn: HashSet<(GlyphText, i32, i32)>,
}

impl TextDevice {
    fn note(&mut self, glyph: &Glyph<'_>, transform: Affine, writing_mode: WritingMode) {
        if self.glyphs.len() >= MAX_GLYPHS {
            return;
        }
        let text = match glyph.as_unicode() {
            Some(BfString::Char(character)) if !is_meaningless(character) => GlyphText::One(character),
            Some(BfString::String(text)) if !text.chars().any(is_meaningless) => GlyphText::Many(text.into()),
            _ => {
                self.unknown += 1;
                return;
            }
        };
        let advance = match glyph {
            Glyph::Outline(outline) => outline.advance_width(),
            Glyph::Type3(glyph) => glyph.advance_width(),
        };
        if let Some(placed) = place(text, transform, advance, writing_mode)
            && self.is_new(&placed)
        {
            self.glyphs.push(placed);
        }
    }

    fn is_new(&mut self, glyph: &PlacedGlyph) -> bool {
        if glyph.text.is_blank() {
            return true;
        }
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a saturating cast is what is wanted of a place far off the page"
        )]
        let cell = |coordinate: f32| (coordinate * 2.0).round() as i32;
        self.drawn
            .insert((glyph.text.clone(), cell(glyph.x), cell(glyph.y)))
    }
}

/// Control characters, characters of private use, and the mark of a lost character say nothing.
fn is_meaningless(character: char) -> bool {
    (character.is_control() && !character.is_whitespace())
        || matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fffd}')
}

/// Where a glyph stands. `transform` takes the thousandths of the font's size to points; `advance` is in those thousandths.
fn place(
    text: GlyphText,
    transform: Affine,
    advance: Option<f32>,
    writing_mode: WritingMode,
) -> Option<PlacedGlyph> {
    let linear = |vector: Vec2| {
        let [a, b, c, d, _, _] = transform.as_coeffs();
        Vec2::new(a * vector.x + c * vector.y, b * vector.x + d * vector.y)
    };
    let origin = transform * Point::ZERO;
    let along = linear(Vec2::new(1000.0, 0.0));
    let up = linear(Vec2::new(0.0, 1000.0));
    let size = up.hypot();
    #[allow(clippy::cast_possible_truncation, reason = "points on a page fit")]
    let (x, y, size) = (origin.x as f32, origin.y as f32, size as f32);
    if !(x.is_finite() && y.is_finite() && size.is_finite() && size > 0.05) {
        return None;
    }
    #[allow(clippy::cast_possible_truncation, reason = "points on a page fit")]
    let (direction, advance) = match writing_mode {
        WritingMode::Horizontal => {
            let width = advance.unwrap_or_else(|| {
                if text.first().is_some_and(|c| c > '\u{2e80}') {
                    1000.0
                } else {
                    500.0
                }
            });
            (
                Direction::of(along.x as f32, along.y as f32),
                width / 1000.0 * along.hypot() as f32,
            )
        }
        WritingMode::Vertical => (Direction::of(-up.x as f32, -up.y as f32), size),
    };
    Some(PlacedGlyph {
        text,
        x,
        y,
        direction,
        size,
        advance,
    })
}

impl<'a> Device<'a> for TextDevice {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            self.note(glyph, glyph.transform(), run.writing_mode());
        }
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.pictures = true;
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_clip_rect(&mut self, _: &Rect) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
