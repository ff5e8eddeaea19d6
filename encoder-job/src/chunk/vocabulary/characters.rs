//! The kinds of characters that pieces are made of, by Unicode's general categories, in a table that the build script made.

use super::table::built;

/// Characters of a block.
const BLOCK: usize = 256;
/// The number of each block, by its characters' numbers divided by [`BLOCK`].
const NUMBERS: &[u8] = built!("kinds.numbers");
/// The blocks: the kind of each of their characters.
const BLOCKS: &[u8] = built!("kinds.blocks");

/// One of the kinds, or several of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(u8);

impl Kind {
    /// Capital and title letters (`Lu`, `Lt`).
    pub(super) const UPPER: Self = Self(1);
    /// Small letters (`Ll`).
    pub(super) const LOWER: Self = Self(2);
    /// Letters without case (`Lm`, `Lo`).
    pub(super) const CASELESS: Self = Self(4);
    /// Marks that are written with a letter (`M`).
    pub(super) const MARK: Self = Self(8);
    /// Digits and other numbers (`N`).
    pub(super) const NUMBER: Self = Self(16);
    /// Whitespace (`White_Space`).
    pub(super) const WHITESPACE: Self = Self(32);
    /// Any letter (`L`).
    pub(super) const LETTER: Self = Self::UPPER.or(Self::LOWER).or(Self::CASELESS);

    /// The kind of a character; of a character that is none of these, it is none.
    pub(super) fn of(character: char) -> Self {
        let code = character as usize;
        let block = usize::from(NUMBERS[code / BLOCK]);
        Self(BLOCKS[block * BLOCK + code % BLOCK])
    }

    /// These and those.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it is one of these.
    pub(super) const fn is(self, these: Self) -> bool {
        self.0 & these.0 != 0
    }
}
