//! Glyphs at places, drawn in a font whose map says what each is.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::{
    draw::{Content, finish},
    maps_of_characters::{composite_font, map, single_codes},
    support::PdfBuilder,
};

/// The width of a glyph, in thousandths of the size.
fn width(glyph: char) -> u16 {
    match glyph {
        ' ' => 300,
        '.' | ',' | ':' | '(' | ')' | '[' | ']' | 'i' | 'l' | '/' => 350,
        _ => 580,
    }
}

/// The width of glyphs in this size, in points.
pub fn width_of(glyphs: &str, size: f32) -> f32 {
    let thousandths: f32 = glyphs.chars().map(|glyph| f32::from(width(glyph))).sum();
    thousandths * size / 1000.0
}

/// A page whose glyphs are drawn in the order they were given in.
#[derive(Default)]
pub struct Sheet {
    rules: String,
    /// Where each piece begins, its size, and its glyphs from the left to the right.
    pieces: Vec<(f32, f32, f32, String)>,
}

impl Sheet {
    /// Shows glyphs that begin at a place.
    pub fn show(&mut self, x: f32, y: f32, size: f32, glyphs: &str) {
        self.pieces.push((x, y, size, glyphs.to_owned()));
    }

    /// Shows glyphs that end at a place.
    pub fn end_at(&mut self, right: f32, y: f32, size: f32, glyphs: &str) {
        self.show(right - width_of(glyphs, size), y, size, glyphs);
    }

    /// Draws a line from the left to the right.
    pub fn rule(&mut self, left: f32, right: f32, y: f32) {
        writeln!(self.rules, "0.5 w {left} {y} m {right} {y} l S").unwrap();
    }

    pub fn file(&self) -> Vec<u8> {
        let used: BTreeSet<char> = self.pieces.iter().flat_map(|piece| piece.3.chars()).collect();
        let used: Vec<char> = used.into_iter().collect();
        let code = |glyph| u16::try_from(used.binary_search(&glyph).unwrap() + 1).unwrap();
        let mut content = Content::default();
        content.draw(&self.rules);
        for (x, y, size, glyphs) in &self.pieces {
            content.show_codes(*x, *y, *size, glyphs.chars().map(code));
        }
        let mut builder = PdfBuilder::default();
        let codes = (1..).zip(used.iter().map(ToString::to_string));
        let to_unicode = builder.stream("", map(&single_codes(codes)).as_bytes());
        let widths: Vec<String> = used.iter().map(|glyph| width(*glyph).to_string()).collect();
        let widths = format!("/W [1 [{}]]", widths.join(" "));
        let font = composite_font(&mut builder, &widths, &format!("{to_unicode} 0 R"));
        let resources = format!("/Font << /F0 {font} 0 R >>");
        finish(builder, content.bytes(), &resources)
    }
}
