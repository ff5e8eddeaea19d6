//! A page that is set piece by piece, in the order in which it is to be read.

use crate::{
    draw::{self, Drawing, Order},
    typeset::{Line, Paragraph, Style, text_of},
};

/// Cells of a table that are farther apart than so many times the font's size have a tab between them, nearer ones a space.
const CELL_GAP: f32 = 1.5;

/// Where a line stands towards a place.
#[derive(Clone, Copy)]
pub enum Align {
    Left,
    Centre,
    Right,
}

/// Part of a page that is filled from the top.
#[derive(Clone, Copy)]
pub struct Area {
    pub left: f32,
    pub right: f32,
    /// The next line's baseline.
    pub y: f32,
    /// The lowest baseline.
    pub bottom: f32,
}

impl Area {
    pub fn new(left: f32, right: f32, top: f32, bottom: f32) -> Self {
        Self {
            left,
            right,
            y: top,
            bottom,
        }
    }

    pub fn skip(&mut self, points: f32) {
        self.y -= points;
    }

    /// The same with other sides.
    pub fn between(self, left: f32, right: f32) -> Self {
        Self { left, right, ..self }
    }

    pub fn down_to(self, bottom: f32) -> Self {
        Self { bottom, ..self }
    }

    /// As many columns of the same width.
    pub fn columns<const COUNT: usize>(self, gutter: f32) -> [Self; COUNT] {
        let count = f32::from(u8::try_from(COUNT).unwrap());
        let width = (self.right - self.left - gutter * (count - 1.0)) / count;
        let mut left = self.left;
        std::array::from_fn(|_| {
            let column = self.between(left, left + width);
            left += width + gutter;
            column
        })
    }

    fn is_full(&self) -> bool {
        self.y < self.bottom - 0.01
    }
}

/// What a piece of text is for the order of reading.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Stands above or below all others, and is read first or last.
    Apart,
    /// Stands beside the text.
    SideNote,
    /// Stands at the foot of its column.
    FootNote,
    /// A running head of one half of a spread.
    Head,
    /// A page number of one half of a spread.
    Foot,
}

/// A paragraph, heading, table or note.
pub struct Block {
    pub kind: Kind,
    pub text: String,
    /// Whether it is one of several short entries and may follow the one before without a blank line.
    pub is_close: bool,
}

pub struct Page {
    pub width: f32,
    pub height: f32,
    pub order: Order,
    pub drawing: Drawing,
    pub blocks: Vec<Block>,
}

impl Page {
    pub fn new(width: f32, height: f32) -> Self {
        Self {
            width,
            height,
            order: Order::AsRead,
            drawing: Drawing::default(),
            blocks: Vec::new(),
        }
    }

    pub fn a4() -> Self {
        Self::new(595.0, 842.0)
    }

    pub fn landscape() -> Self {
        Self::new(842.0, 595.0)
    }

    pub fn in_order(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// The file.
    pub fn pdf(&self) -> Vec<u8> {
        draw::pdf(self.width, self.height, &self.drawing, self.order)
    }

    pub fn block(&mut self, kind: Kind, text: impl Into<String>) {
        let text = text.into();
        self.blocks.push(Block {
            kind,
            text,
            is_close: false,
        });
    }

    /// Makes the last piece of text one of this kind.
    pub fn is_a(&mut self, kind: Kind) {
        self.blocks.last_mut().expect("something was set").kind = kind;
    }

    /// Draws a line, which is no piece of text of its own.
    pub fn put(&mut self, x: f32, y: f32, align: Align, text: &str, style: &Style) {
        let width = style.width(text);
        let x = match align {
            Align::Left => x,
            Align::Centre => x - width / 2.0,
            Align::Right => x - width,
        };
        self.drawing.line(x, y, text, 0.0, style);
    }

    /// Sets one line.
    pub fn line(&mut self, area: &mut Area, align: Align, text: &str, style: &Style) {
        let x = match align {
            Align::Left => area.left,
            Align::Centre => f32::midpoint(area.left, area.right),
            Align::Right => area.right,
        };
        self.put(x, area.y, align, text, style);
        self.block(Kind::Text, text);
        area.skip(style.leading + style.gap);
    }

    /// Sets one line at a place, such as a page's number.
    pub fn line_at(&mut self, x: f32, y: f32, align: Align, text: &str, style: &Style) {
        self.put(x, y, align, text, style);
        self.block(Kind::Text, text);
    }

    /// Sets a paragraph.
    pub fn paragraph(&mut self, area: &mut Area, text: &'static str, style: &Style) {
        let mut paragraph = Paragraph::new(text);
        let mut lines = Vec::new();
        while !paragraph.is_finished() {
            let indent = if lines.is_empty() { style.indent } else { 0.0 };
            lines.push(self.next_line(area, &mut paragraph, indent, style, true));
        }
        self.block(Kind::Text, text_of(&lines));
        area.skip(style.gap);
    }

    /// Sets a paragraph with a label that hangs before it; its lines stand in by `hang`.
    pub fn item(&mut self, area: &mut Area, label: &str, hang: f32, text: &'static str, style: &Style) {
        self.put(area.left, area.y, Align::Left, label, style);
        let mut inner = area.between(area.left + hang, area.right);
        self.paragraph(&mut inner, text, style);
        area.y = inner.y;
        let last = &mut self.blocks.last_mut().expect("a paragraph was set").text;
        let space = if hang - style.width(label) > CELL_GAP * style.size {
            '\t'
        } else {
            ' '
        };
        *last = format!("{label}{space}{last}");
    }

    /// Makes the last piece of text one that may follow the one before without a blank line.
    pub fn is_close(&mut self) {
        self.blocks.last_mut().expect("something was set").is_close = true;
    }

    /// Fills areas one after the other. The last paragraph ends where the last area does.
    pub fn fill(&mut self, areas: &mut [Area], texts: impl Iterator<Item = &'static str>, style: &Style) {
        let mut number = 0;
        for text in texts {
            let mut paragraph = Paragraph::new(text);
            let mut lines = Vec::new();
            while !paragraph.is_finished() {
                let Some(area) = areas.get_mut(number) else { return };
                // Nothing begins with the last line of an area.
                let too_late = lines.is_empty() && area.y - style.leading < area.bottom - 0.01;
                if area.is_full() || too_late {
                    if !lines.is_empty() {
                        self.block(Kind::Text, text_of(&lines));
                        lines = Vec::new();
                    }
                    number += 1;
                    continue;
                }
                let is_first = lines.is_empty() && paragraph.is_whole();
                let indent = if is_first { style.indent } else { 0.0 };
                let is_last = area.y - style.leading < area.bottom - 0.01;
                lines.push(self.next_line(area, &mut paragraph, indent, style, !is_last));
            }
            self.block(Kind::Text, text_of(&lines));
            if let Some(area) = areas.get_mut(number) {
                area.skip(style.gap);
            }
        }
    }

    fn next_line(
        &mut self,
        area: &mut Area,
        paragraph: &mut Paragraph,
        indent: f32,
        style: &Style,
        may_cut: bool,
    ) -> Line {
        let left = area.left + indent;
        let line = paragraph.take_line(area.right - left, style, may_cut);
        self.drawing.line(left, area.y, &line.text, line.extra, style);
        area.skip(style.leading);
        line
    }

    /// Sets rows of cells, each at its place from the area's left side. Empty cells are not drawn.
    pub fn table(&mut self, area: &mut Area, places: &[(f32, Align)], rows: &[&[&str]], style: &Style) {
        let mut text = String::new();
        for row in rows {
            if !text.is_empty() {
                text.push('\n');
            }
            let mut is_first = true;
            for (&(x, align), cell) in places.iter().zip(*row).filter(|(_, cell)| !cell.is_empty()) {
                self.put(area.left + x, area.y, align, cell, style);
                if !is_first {
                    text.push('\t');
                }
                text.push_str(cell);
                is_first = false;
            }
            area.skip(style.leading);
        }
        self.block(Kind::Text, text);
        area.skip(style.gap);
    }

    /// Draws a line across an area, half a line above the next baseline.
    pub fn rule(&mut self, area: &Area) {
        self.drawing.rule(area.left, area.right, area.y + 14.0);
    }
}
