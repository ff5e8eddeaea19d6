//! The state text is shown in (ISO 32000-2, 8.4 and 9.3).

use crate::extract::pdf::clip::ClipNumber;

/// An affine map of the plane: `x' = a x + c y + e`, `y' = b x + d y + f`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::extract::pdf) struct Matrix {
    pub(super) a: f64,
    pub(super) b: f64,
    pub(super) c: f64,
    pub(super) d: f64,
    pub(super) e: f64,
    pub(super) f: f64,
}

impl Matrix {
    pub(super) const IDENTITY: Self = Self::new([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// The map with these numbers, in the order in which documents write them.
    pub(super) const fn new(numbers: [f64; 6]) -> Self {
        Self {
            a: numbers[0],
            b: numbers[1],
            c: numbers[2],
            d: numbers[3],
            e: numbers[4],
            f: numbers[5],
        }
    }

    /// This map after `first`.
    pub(super) fn after(&self, first: &Self) -> Self {
        Self {
            a: self.a * first.a + self.c * first.b,
            b: self.b * first.a + self.d * first.b,
            c: self.a * first.c + self.c * first.d,
            d: self.b * first.c + self.d * first.d,
            e: self.a * first.e + self.c * first.f + self.e,
            f: self.b * first.e + self.d * first.f + self.f,
        }
    }

    /// Where a point goes.
    pub(super) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)
    }
}

/// What `q` saves and `Q` brings back.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    /// From the content's space to the page.
    pub(super) to_page: Matrix,
    /// The number of the font among those of the thread; `None` where none was chosen.
    pub(super) font: Option<usize>,
    pub(super) size: f64,
    pub(super) character_space: f64,
    pub(super) word_space: f64,
    /// Horizontal scaling, 1 for 100 %.
    pub(super) scale: f64,
    pub(super) leading: f64,
    pub(super) rise: f64,
    /// Whether clips are of no account, as in the appearance of a field, which may show but the beginning of its value.
    pub(super) is_unclipped: bool,
    /// Whether glyphs are neither filled nor stroked: mode 3, in which the text of a scanned page stands over its picture.
    pub(super) is_invisible: bool,
    /// What part of the page is shown.
    pub(super) clip: ClipNumber,
}

impl State {
    pub(super) fn new(to_page: Matrix) -> Self {
        Self {
            to_page,
            font: None,
            size: 1.0,
            character_space: 0.0,
            word_space: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
            is_unclipped: false,
            is_invisible: false,
            clip: ClipNumber::default(),
        }
    }
}

/// Where the next glyph stands: it lives from `BT` to `ET`.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextPosition {
    /// From text space to the content's.
    pub(super) matrix: Matrix,
    /// The same at the beginning of the line.
    pub(super) line: Matrix,
}

impl TextPosition {
    pub(super) const START: Self = Self {
        matrix: Matrix::IDENTITY,
        line: Matrix::IDENTITY,
    };

    /// To the beginning of a line that is so far from that of this one.
    pub(super) fn next_line(&mut self, x: f64, y: f64) {
        self.line = self.line.after(&Matrix::new([1.0, 0.0, 0.0, 1.0, x, y]));
        self.matrix = self.line;
    }

    pub(super) fn set(&mut self, matrix: Matrix) {
        (self.matrix, self.line) = (matrix, matrix);
    }

    /// So far along the line, or down it.
    pub(super) fn advance(&mut self, x: f64, y: f64) {
        (self.matrix.e, self.matrix.f) = self.matrix.apply(x, y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_put_one_after_the_other() {
        let double = Matrix::new([2.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
        let shift = Matrix::new([1.0, 0.0, 0.0, 1.0, 10.0, 5.0]);
        assert_eq!(double.after(&shift).apply(1.0, 1.0), (22.0, 12.0));
        assert_eq!(shift.after(&double).apply(1.0, 1.0), (12.0, 7.0));
    }

    #[test]
    fn lines_follow_the_beginning_of_lines() {
        let mut position = TextPosition::START;
        position.next_line(10.0, 100.0);
        position.advance(50.0, 0.0);
        assert_eq!(position.matrix.apply(0.0, 0.0), (60.0, 100.0));
        position.next_line(0.0, -12.0);
        assert_eq!(position.matrix.apply(0.0, 0.0), (10.0, 88.0));
    }
}
