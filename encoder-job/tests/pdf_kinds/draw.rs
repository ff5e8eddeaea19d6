//! From text at places to a PDF file of one page, whose content stream is not compressed.

use std::fmt::Write as _;

use crate::{metrics::Font, support::PdfBuilder};

/// A font in a size.
#[derive(Clone, Copy)]
pub struct Type {
    pub font: Font,
    /// In points.
    pub size: f32,
}

impl Type {
    pub const fn new(font: Font, size: f32) -> Self {
        Self { font, size }
    }

    /// In points.
    pub fn width(self, text: &str) -> f32 {
        self.font.width(text) * self.size
    }

    /// The operators that choose it.
    pub fn operators(self) -> String {
        let font = Font::ALL.iter().position(|font| *font == self.font).unwrap();
        format!("/F{font} {} Tf", self.size)
    }

    /// The text in lines that are no wider than this, unless a word alone is.
    pub fn wrap(self, text: &str, room: f32) -> Vec<String> {
        wrap(text, room, |text| self.width(text))
    }
}

/// The text in lines that are no wider than this, unless a word alone is.
pub fn wrap(text: &str, room: f32, width: impl Fn(&str) -> f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        if let Some(line) = lines.last_mut()
            && width(line) + width(" ") + width(word) <= room
        {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// What is drawn at once.
#[derive(Clone, Copy)]
pub enum Unit {
    Line,
    Word,
    Glyph,
}

impl Unit {
    /// The parts of a line, each with its distance from the line's left end; of spaces only the width counts.
    pub fn parts(self, line: &str, width: impl Fn(&str) -> f32) -> Vec<(f32, &str)> {
        let pieces: Vec<&str> = match self {
            Self::Line => vec![line],
            Self::Word => line.split_inclusive(' ').collect(),
            Self::Glyph => line.split_inclusive(|_| true).collect(),
        };
        let mut x = 0.0;
        let mut parts = Vec::new();
        for piece in pieces {
            if !piece.trim().is_empty() {
                parts.push((x, piece.trim_end()));
            }
            x += width(piece);
        }
        parts
    }
}

/// A content stream.
#[derive(Default)]
pub struct Content(Vec<u8>);

impl Content {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Adds operators.
    pub fn draw(&mut self, operators: &str) {
        self.0.extend_from_slice(operators.as_bytes());
        self.0.push(b'\n');
    }

    /// Shows a string at a place.
    pub fn show(&mut self, x: f32, y: f32, text: &str, style: Type) {
        self.show_with("", x, y, text, style);
    }

    /// The same, with operators before the string.
    pub fn show_with(&mut self, operators: &str, x: f32, y: f32, text: &str, style: Type) {
        self.show_pieces(operators, x, y, &[(0.0, text)], style);
    }

    /// Shows pieces of a line, each moved to the right by a part of the font's size from where the one before ends.
    pub fn show_pieces(&mut self, operators: &str, x: f32, y: f32, pieces: &[(f32, &str)], style: Type) {
        self.0
            .extend_from_slice(format!("BT {} {operators} {x:.3} {y:.3} Td [", style.operators()).as_bytes());
        for (gap, text) in pieces {
            if *gap != 0.0 {
                self.0
                    .extend_from_slice(format!(" {:.1} ", -1000.0 * gap).as_bytes());
            }
            self.0.extend_from_slice(&literal(text));
        }
        self.draw("] TJ ET");
    }

    /// Shows lines one below the other; the first has this baseline.
    pub fn lines<L: AsRef<str>>(&mut self, x: f32, y: f32, leading: f32, lines: &[L], style: Type) {
        let mut y = y;
        for line in lines {
            self.show(x, y, line.as_ref(), style);
            y -= leading;
        }
    }

    /// Shows codes of two bytes in the font `/F0`.
    pub fn show_codes(&mut self, x: f32, y: f32, size: f32, codes: impl IntoIterator<Item = u16>) {
        let codes = hexadecimal(codes);
        self.draw(&format!("BT /F0 {size} Tf {x:.3} {y:.3} Td {codes} Tj ET"));
    }

    pub fn append(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }
}

/// A string of codes of two bytes.
pub fn hexadecimal(codes: impl IntoIterator<Item = u16>) -> String {
    let mut string = String::from("<");
    for code in codes {
        write!(string, "{code:04x}").unwrap();
    }
    string.push('>');
    string
}

/// A string in `WinAnsiEncoding`.
fn literal(text: &str) -> Vec<u8> {
    let mut bytes = vec![b'('];
    for character in text.chars() {
        let byte = match character {
            '’' => 0x92,
            '–' => 0x96,
            _ => u8::try_from(u32::from(character)).expect("the encoding has the character"),
        };
        if matches!(byte, b'(' | b')' | b'\\') {
            bytes.push(b'\\');
        }
        bytes.push(byte);
    }
    bytes.push(b')');
    bytes
}

/// Adds the standard fonts, and returns what belongs into a dictionary of resources.
pub fn standard_fonts(builder: &mut PdfBuilder) -> String {
    let mut entries = String::new();
    for (index, font) in Font::ALL.iter().enumerate() {
        let number = builder.object(format!(
            "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>",
            font.base_font()
        ));
        write!(entries, "/F{index} {number} 0 R ").unwrap();
    }
    format!("/Font << {entries}>>")
}

/// Adds a page with this content and the catalog, and returns the file.
pub fn finish(mut builder: PdfBuilder, content: &[u8], resources: &str) -> Vec<u8> {
    let content = builder.stream("", content);
    let (page, tree) = (content + 1, content + 2);
    builder.object(format!(
        "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R \
         /Resources << {resources} >> >>"
    ));
    builder.object(format!("<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>"));
    let catalog = builder.object(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    builder.finish(catalog)
}

/// A file with one page that uses the standard fonts alone.
pub fn pdf(content: &Content) -> Vec<u8> {
    let mut builder = PdfBuilder::default();
    let fonts = standard_fonts(&mut builder);
    finish(builder, content.bytes(), &fonts)
}
