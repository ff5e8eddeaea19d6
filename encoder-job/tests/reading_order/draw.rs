//! From lines to a PDF file with a content stream that is not compressed.

use std::fmt::Write as _;

use crate::{
    metrics::Font,
    support::PdfBuilder,
    typeset::{Spaces, Style},
};

/// In which order the lines are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they are read.
    AsRead,
    /// The last that is read first.
    Reversed,
    /// From the top of the page, across all columns.
    RowByRow,
    /// From the foot of the page, across all columns.
    Upwards,
    /// The lines of the right side of the page first.
    RightFirst,
    /// Any, given by a number.
    Shuffled(u32),
}

struct Drawn {
    x: f32,
    y: f32,
    text: String,
    /// What the spaces are wider than the font has them, in points.
    extra: f32,
    style: Style,
}

/// What a page shows.
#[derive(Default)]
pub struct Drawing {
    lines: Vec<Drawn>,
    rules: Vec<(f32, f32, f32)>,
}

impl Drawing {
    pub fn line(&mut self, x: f32, y: f32, text: &str, extra: f32, style: &Style) {
        self.lines.push(Drawn {
            x,
            y,
            text: text.to_owned(),
            extra,
            style: *style,
        });
    }

    pub fn rule(&mut self, left: f32, right: f32, y: f32) {
        self.rules.push((left, right, y));
    }

    fn in_order(&self, order: Order) -> Vec<&Drawn> {
        let mut lines: Vec<&Drawn> = self.lines.iter().collect();
        match order {
            Order::AsRead => {}
            Order::Reversed => lines.reverse(),
            Order::RowByRow => {
                lines.sort_by(|one, other| other.y.total_cmp(&one.y).then(one.x.total_cmp(&other.x)));
            }
            Order::Upwards => {
                lines.sort_by(|one, other| one.y.total_cmp(&other.y).then(one.x.total_cmp(&other.x)));
            }
            Order::RightFirst => lines.sort_by(|one, other| other.x.total_cmp(&one.x)),
            Order::Shuffled(seed) => {
                let mut state = seed;
                for last in (1..lines.len()).rev() {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    lines.swap(last, state as usize / 65_536 % (last + 1));
                }
            }
        }
        lines
    }
}

/// The bytes of a string in `WinAnsiEncoding`.
fn string(text: &str) -> Vec<u8> {
    let mut bytes = vec![b'('];
    for character in text.chars() {
        let byte = match character {
            '‘' => 0x91,
            '’' => 0x92,
            '“' => 0x93,
            '”' => 0x94,
            '•' => 0x95,
            '–' => 0x96,
            '—' => 0x97,
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

fn draw(content: &mut Vec<u8>, line: &Drawn) {
    let style = &line.style;
    let font = Font::ALL
        .iter()
        .position(|font| *font == style.font)
        .expect("a font of all");
    let begin = |x: f32| format!("BT /F{font} {:.2} Tf {x:.3} {:.3} Td ", style.size, line.y);
    let space = style.width(" ") + line.extra;
    match style.spaces {
        Spaces::Operator => {
            content.extend_from_slice(begin(line.x).as_bytes());
            content.extend_from_slice(format!("{:.4} Tw ", line.extra).as_bytes());
            content.extend_from_slice(&string(&line.text));
            content.extend_from_slice(b" Tj ET\n");
        }
        Spaces::Places => {
            let mut x = line.x;
            for word in line.text.split(' ') {
                content.extend_from_slice(begin(x).as_bytes());
                content.extend_from_slice(b"0 Tw ");
                content.extend_from_slice(&string(word));
                content.extend_from_slice(b" Tj ET\n");
                x += style.width(word) + space;
            }
        }
        Spaces::Numbers => {
            content.extend_from_slice(begin(line.x).as_bytes());
            content.extend_from_slice(b"0 Tw [");
            for (index, word) in line.text.split(' ').enumerate() {
                if index > 0 {
                    content.extend_from_slice(format!(" {:.1} ", -1000.0 * space / style.size).as_bytes());
                }
                content.extend_from_slice(&string(word));
            }
            content.extend_from_slice(b"] TJ ET\n");
        }
    }
}

/// A file with one page.
pub fn pdf(width: f32, height: f32, drawing: &Drawing, order: Order) -> Vec<u8> {
    let mut builder = PdfBuilder::default();
    let mut fonts = String::new();
    for (index, font) in Font::ALL.iter().enumerate() {
        let number = builder.object(format!(
            "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>",
            font.base_font()
        ));
        write!(fonts, "/F{index} {number} 0 R ").expect("a string takes all");
    }
    let mut content = Vec::new();
    for (left, right, y) in &drawing.rules {
        content.extend_from_slice(format!("0.5 w {left:.2} {y:.2} m {right:.2} {y:.2} l S\n").as_bytes());
    }
    for line in drawing.in_order(order) {
        draw(&mut content, line);
    }
    let content = builder.stream("", &content);
    let page = content + 1;
    let tree = page + 1;
    builder.object(format!(
        "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {width} {height}] /Contents {content} 0 R \
         /Resources << /Font << {fonts}>> >> >>"
    ));
    builder.object(format!("<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>"));
    let catalog = builder.object(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    builder.finish(catalog)
}
