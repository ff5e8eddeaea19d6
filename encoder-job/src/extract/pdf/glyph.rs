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

    pub(super) fn is_blank(&self) -> bool {
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

/// Letters and marks of scripts that run to the left: Hebrew, Arabic and their kin, without their digits.
pub(super) fn runs_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
        && !matches!(character, '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}')
}

/// Which way text runs, to the nearest quarter turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Direction {
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
    /// The direction nearest to that of a vector.
    pub(super) fn of(x: f32, y: f32) -> Self {
        if x.abs() >= y.abs() {
            if x >= 0.0 { Self::Right } else { Self::Left }
        } else if y < 0.0 {
            Self::Down
        } else {
            Self::Up
        }
    }

    /// A quarter turn further.
    pub(super) fn clockwise(self) -> Self {
        match self {
            Self::Right => Self::Down,
            Self::Down => Self::Left,
            Self::Left => Self::Up,
            Self::Up => Self::Right,
        }
    }

    /// A position turned so that the text runs to the right and lines follow with growing second coordinate.
    pub(super) fn turn(self, x: f32, y: f32) -> (f32, f32) {
        match self {
            Self::Right => (x, -y),
            Self::Down => (-y, -x),
            Self::Left => (-x, y),
            Self::Up => (y, x),
        }
    }
}
