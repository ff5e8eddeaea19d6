//! What an embedded font program knows of its glyphs, asked where the document itself does not say it.

use std::{collections::HashMap, sync::Arc};

use hayro_font::{Font as HayroFont, FontCache, FontGlyph, FontQuery, GlyphId};
use hayro_syntax::object::{Dict, Stream};
use skrifa::{Font as Program, font::Kind};

use super::unicode;
use crate::extract::pdf::glyph::GlyphText;

/// The most bytes of a font program that is opened.
const MAX_PROGRAM_BYTES: usize = 64 << 20;

/// What a simple font's program, or one of the standard fonts, says of each code.
pub(super) struct ProgramGlyphs {
    glyphs: Vec<(Option<GlyphText>, Option<f32>)>,
}

impl ProgramGlyphs {
    pub(super) fn of_simple(dict: &Dict<'_>) -> Self {
        let resolver: hayro_font::FontResolverFn = Arc::new(|query: &FontQuery| {
            Some(match query {
                FontQuery::Standard(font) => font.get_font_data(),
                FontQuery::Fallback(query) => query.pick_standard_font().get_font_data(),
            })
        });
        let cmaps: hayro_font::CMapResolverFn = Arc::new(hayro_cmap::load_embedded);
        let cache = FontCache::new();
        let font = cache
            .font(dict, &resolver, &cmaps)
            .or_else(|| cache.standard_font(hayro_font::StandardFont::Helvetica, &resolver));
        let Some(font) = font else {
            return Self { glyphs: Vec::new() };
        };
        let names = Names::of_true_type(dict);
        let glyph = |code: u8| {
            let code = u32::from(code);
            #[allow(clippy::cast_possible_truncation, reason = "thousandths of a font's size fit")]
            let advance = font.code_advance(code).x as f32 / 1000.0;
            let own = names
                .as_ref()
                .and_then(|names| names.meaning(font.map_code(code)));
            (own.or_else(|| as_unicode(&font, code)), Some(advance))
        };
        Self {
            glyphs: (0..=255).map(glyph).collect(),
        }
    }

    pub(super) fn meaning(&self, code: u8) -> Option<GlyphText> {
        self.glyphs.get(usize::from(code))?.0.clone()
    }

    pub(super) fn advance(&self, code: u8) -> Option<f32> {
        self.glyphs.get(usize::from(code))?.1
    }
}

fn as_unicode(font: &HayroFont<'_>, code: u32) -> Option<GlyphText> {
    let text = match font.glyph(GlyphId::NOTDEF, code) {
        FontGlyph::Outline(glyph) => glyph.as_unicode(),
        FontGlyph::Type3(glyph) => glyph.as_unicode(),
    }?;
    match text {
        hayro_cmap::BfString::Char(character) => unicode::meaning(character),
        hayro_cmap::BfString::String(text) => Some(GlyphText::Many(text.into())),
    }
}

/// What the glyphs of an embedded program mean, by their numbers: its character map read backwards, then its glyphs' names.
pub(super) struct Names {
    characters: HashMap<u32, char>,
    program: Program,
}

impl Names {
    /// Of the program of a simple TrueType font.
    fn of_true_type(dict: &Dict<'_>) -> Option<Self> {
        let descriptor = dict.get::<Dict<'_>>("FontDescriptor")?;
        Self::read(&descriptor.get::<Stream<'_>>("FontFile2")?)
    }

    /// Of the program that a font descriptor carries.
    pub(super) fn of_descriptor(descriptor: &Dict<'_>) -> Option<Self> {
        let stream = ["FontFile2", "FontFile3", "FontFile"]
            .into_iter()
            .find_map(|key| descriptor.get::<Stream<'_>>(key))?;
        Self::read(&stream)
    }

    fn read(stream: &Stream<'_>) -> Option<Self> {
        let bytes = stream.decoded_data().ok()?.into_owned();
        if bytes.len() > MAX_PROGRAM_BYTES {
            return None;
        }
        let data: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(bytes);
        let program = Program::new(data, 0)?;
        let mut characters = HashMap::new();
        for (code, glyph) in program.charmap().unicodes() {
            if let Some(character) = char::from_u32(code)
                && unicode::meaning(character).is_some()
            {
                // Of several characters with one glyph the first is the plainest.
                characters.entry(glyph.to_u32()).or_insert(character);
            }
        }
        Some(Self { characters, program })
    }

    /// Whether glyphs are found by their identifiers in a character collection.
    pub(super) fn is_cid_keyed(&self) -> bool {
        self.program.is_cid_keyed()
    }

    /// The glyph of a character identifier, for programs that are keyed by them.
    pub(super) fn glyph_of_cid(&self, cid: u32) -> Option<GlyphId> {
        match self.program.kind() {
            Kind::Cff(..) | Kind::Sfnt(..) => self
                .program
                .glyph_by_cid(cid)
                .map(|glyph| GlyphId::new(glyph.to_u32())),
            Kind::Type1(_) => None,
        }
    }

    pub(super) fn meaning(&self, glyph: GlyphId) -> Option<GlyphText> {
        if glyph == GlyphId::NOTDEF {
            return None;
        }
        if let Some(&character) = self.characters.get(&glyph.to_u32()) {
            return Some(GlyphText::One(character));
        }
        let name = self.program.glyph_name(skrifa::GlyphId::new(glyph.to_u32()))?;
        unicode::of_name(name.as_str())
    }
}
