//! A glyph as the layout sees it: what it means and where it stands.

/// A glyph on a page, in points; y grows upwards.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlacedGlyph {
    /// What it means: mostly one character, for a ligature several.
    pub(super) text: GlyphText,
    /// Where its origin is, on the baseline.
    pub(super) x: f32,
    pub(super) y: f32,
    /// Which way the text runs.
    pub(super) direction: Direction,
    /// Height of the font.
    pub(super) size: f32,
    /// How far the next glyph stands, along the direction.
    pub(super) advance: f32,
}

/// What a glyph means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum GlyphText {
    One(char),
    Many(Box<str>),
}

impl GlyphText {
    pub(super) fn push_to(&self, text: &mut String) {
        match self {
            Self::One(character) => text.push(*character),
            // Lines are put in reading order as a whole, so a glyph of several letters goes in as it is seen: from the left.
            Self::Many(characters) if characters.chars().any(runs_left) => {
                text.extend(characters.chars().rev());
            }
            Self::Many(characters) => text.push_str(characters),
        }
    }

    pub(super) fn is_whitespace(&self) -> bool {
        match self {
            Self::One(character) => character.is_whitespace(),
            Self::Many(characters) => characters.trim().is_empty(),
        }
    }

    /// Whether it stands for nothing of its own, as another glyph's text stands for it too.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Many(characters) if characters.is_empty())
    }
}

/// Letters and marks of scripts that run to the left: Hebrew, Arabic and their kin, without their digits and what stands in numbers.
pub(super) fn runs_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
        && !matches!(character, '\u{660}'..='\u{66c}' | '\u{6f0}'..='\u{6f9}')
}

/// Which way text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Direction {
    /// To the nearest quarter turn.
    pub(super) quarter: Quarter,
    /// How far it turns off that against the clock, in tenths of a degree, from -450 to 450.
    pub(super) slant: i16,
}

/// Which way text runs, to the nearest quarter turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quarter {
    /// To the right, lines follow downwards.
    Right,
    /// Downwards, lines follow to the left: turned text, and vertical writing.
    Down,
    /// To the left, upside down.
    Left,
    /// Upwards, lines follow to the right.
    Up,
}

impl Direction {
    /// To the right.
    pub(super) const RIGHT: Self = Self::straight(Quarter::Right);

    /// Along the page's edges.
    pub(super) const fn straight(quarter: Quarter) -> Self {
        Self { quarter, slant: 0 }
    }

    /// The direction of a vector.
    pub(super) fn of(x: f32, y: f32) -> Self {
        let quarter = if x.abs() >= y.abs() {
            if x >= 0.0 { Quarter::Right } else { Quarter::Left }
        } else if y < 0.0 {
            Quarter::Down
        } else {
            Quarter::Up
        };
        let (along, below) = quarter.turn(x, y);
        #[allow(clippy::cast_possible_truncation, reason = "at most an eighth of a turn")]
        let slant = if below == 0.0 {
            0
        } else {
            (10.0 * (-below).atan2(along).to_degrees()).round() as i16
        };
        Self { quarter, slant }
    }

    /// A unit along the text, and one upwards from it, on the page.
    pub(super) fn axes(self) -> ((f32, f32), (f32, f32)) {
        let (x, y) = match self.quarter {
            Quarter::Right => (1.0, 0.0),
            Quarter::Down => (0.0, -1.0),
            Quarter::Left => (-1.0, 0.0),
            Quarter::Up => (0.0, 1.0),
        };
        let along = if self.slant == 0 {
            (x, y)
        } else {
            let (sine, cosine) = (f32::from(self.slant) / 10.0).to_radians().sin_cos();
            (x * cosine - y * sine, x * sine + y * cosine)
        };
        (along, (-along.1, along.0))
    }

    /// A quarter turn further.
    pub(super) fn clockwise(self) -> Self {
        let quarter = match self.quarter {
            Quarter::Right => Quarter::Down,
            Quarter::Down => Quarter::Left,
            Quarter::Left => Quarter::Up,
            Quarter::Up => Quarter::Right,
        };
        Self { quarter, ..self }
    }

    /// A position turned so that the text runs to the right and lines follow with growing second coordinate.
    pub(super) fn turn(self, x: f32, y: f32) -> (f32, f32) {
        let (along, below) = self.quarter.turn(x, y);
        if self.slant == 0 {
            return (along, below);
        }
        let (sine, cosine) = (f32::from(self.slant) / 10.0).to_radians().sin_cos();
        (along * cosine - below * sine, along * sine + below * cosine)
    }
}

impl Quarter {
    fn turn(self, x: f32, y: f32) -> (f32, f32) {
        match self {
            Self::Right => (x, -y),
            Self::Down => (-y, -x),
            Self::Left => (-x, y),
            Self::Up => (y, x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_direction_is_turned_to_run_to_the_right() {
        for degrees in (-180_i16..180).step_by(7) {
            let (y, x) = f32::from(degrees).to_radians().sin_cos();
            let direction = Direction::of(x, y);
            let (along, below) = direction.turn(100.0 * x, 100.0 * y);
            assert!(
                (along - 100.0).abs() < 0.1 && below.abs() < 0.1,
                "{degrees}: {along} {below}"
            );
            // The next line, a quarter turn to the right of it.
            let (along, below) = direction.turn(100.0 * y, -100.0 * x);
            assert!(
                along.abs() < 0.1 && (below - 100.0).abs() < 0.1,
                "{degrees}: {along} {below}"
            );
        }
    }
}
