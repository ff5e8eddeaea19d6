//! Fonts whose codes have one byte: Type 1, TrueType and Type 3 (ISO 32000-2, 9.6).

use std::sync::OnceLock;

use hayro_syntax::object::{Array, Dict, Name, Number};

use super::{
    encoding::{BaseEncoding, Encoding, of_base},
    program::ProgramGlyphs,
    tex_bitmap::TexEncoding,
    unicode::{self, ToUnicode},
};
use crate::extract::pdf::glyph::GlyphText;

/// How wide a glyph is where nobody says it, in the font's size.
const USUAL_ADVANCE: f32 = 0.5;

pub(in crate::extract::pdf) struct SimpleFont<'a> {
    dict: Dict<'a>,
    to_unicode: Option<ToUnicode>,
    encoding: Encoding,
    /// By code, in the font's size; `None` where the program must be asked.
    widths: [Option<f32>; 256],
    /// Whether its glyphs are drawn by the document's own instructions.
    is_type_3: bool,
    /// What its codes mean, if it is one of TeX's bitmap fonts.
    tex: Option<TexEncoding>,
    /// What its program knows; opened when first asked.
    program: OnceLock<ProgramGlyphs>,
}

impl<'a> SimpleFont<'a> {
    pub(super) fn new(dict: &Dict<'a>) -> Self {
        let is_type_3 = dict
            .get::<Name<'_>>("Subtype")
            .is_some_and(|kind| kind.as_ref() == b"Type3");
        let encoding = Encoding::read(dict);
        let widths = read_widths(dict, is_type_3);
        Self {
            to_unicode: ToUnicode::read(dict),
            tex: is_type_3.then(|| TexEncoding::of(&encoding, &widths)).flatten(),
            encoding,
            widths,
            is_type_3,
            program: OnceLock::new(),
            dict: dict.clone(),
        }
    }

    /// What a code means, and its width in the font's size.
    pub(super) fn glyph(&self, code: u8) -> (Option<GlyphText>, f32) {
        let advance = self.widths[usize::from(code)]
            .or_else(|| self.program().advance(code))
            .unwrap_or(USUAL_ADVANCE);
        (self.meaning(code), advance)
    }

    fn meaning(&self, code: u8) -> Option<GlyphText> {
        if let Some(text) = self.to_unicode.as_ref().and_then(|map| map.lookup(code.into())) {
            return Some(text);
        }
        if let Some(tex) = self.tex {
            return tex.meaning(code);
        }
        if let Some(name) = self.encoding.difference(code) {
            // A name of no known meaning may still be one that the program's own tables explain.
            return unicode::of_name(name).or_else(|| self.program().meaning(code));
        }
        if let Some(text) = self.encoding.base_meaning(code) {
            return Some(text);
        }
        if self.is_type_3 {
            return None;
        }
        let own = self.program().meaning(code);
        // Of a font that says nothing of itself, the usual codes are the best guess.
        own.or_else(|| of_base(BaseEncoding::Standard, code))
            .or_else(|| of_base(BaseEncoding::WinAnsi, code))
    }

    fn program(&self) -> &ProgramGlyphs {
        self.program.get_or_init(|| ProgramGlyphs::of_simple(&self.dict))
    }
}

/// The widths by code, in the font's size.
fn read_widths(dict: &Dict<'_>, is_type_3: bool) -> [Option<f32>; 256] {
    let mut widths = [None; 256];
    let Some(given) = dict.get::<Array<'_>>("Widths") else {
        return widths;
    };
    let scale = if is_type_3 { type_3_scale(dict) } else { 0.001 };
    let descriptor = dict.get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
    let missing = descriptor.get::<f32>("MissingWidth").unwrap_or(0.0) * scale;
    widths.fill(Some(missing));
    let first = dict.get::<usize>("FirstChar").unwrap_or(0);
    for (slot, width) in widths.iter_mut().skip(first).zip(given.iter::<Number>()) {
        *slot = Some(width.as_f32() * scale);
    }
    widths
}

/// From the space of a Type 3 font's glyphs to its size (9.6.4).
fn type_3_scale(dict: &Dict<'_>) -> f32 {
    let matrix = dict.get::<[f32; 6]>("FontMatrix");
    matrix.map_or(0.001, |matrix| matrix[0].abs().max(matrix[1].abs()))
}
