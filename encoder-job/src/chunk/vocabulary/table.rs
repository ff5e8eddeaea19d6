//! The tokens of a vocabulary by their bytes, in tables that the build script made.

use super::hash::{EMPTY, NUMBER, Place};

/// Numbers in the order of their bytes that files keep.
#[derive(Clone, Copy)]
struct Numbers(&'static [u8]);

impl Numbers {
    fn get(self, index: usize) -> u32 {
        let (numbers, _) = self.0.as_chunks::<4>();
        u32::from_le_bytes(numbers[index])
    }

    fn len(self) -> usize {
        self.0.len() / 4
    }
}

/// A vocabulary. A token's number is its rank, too: of two pairs of tokens, the one that makes the lower token is merged first.
pub(super) struct Table {
    /// All tokens, one after the other.
    tokens: &'static [u8],
    /// Where each ends.
    ends: Numbers,
    /// The hash table of the tokens.
    slots: Numbers,
}

/// The bytes of a file that the build script wrote.
macro_rules! built {
    ($name:expr) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name))
    };
}
pub(super) use built;

impl Table {
    pub(super) const CL100K_BASE: Self = Self {
        tokens: built!("cl100k_base.tokens"),
        ends: Numbers(built!("cl100k_base.ends")),
        slots: Numbers(built!("cl100k_base.slots")),
    };
    pub(super) const O200K_BASE: Self = Self {
        tokens: built!("o200k_base.tokens"),
        ends: Numbers(built!("o200k_base.ends")),
        slots: Numbers(built!("o200k_base.slots")),
    };

    /// No token is longer than so many bytes.
    pub(super) const MAX_TOKEN_BYTES: usize = 128;

    /// The rank of the token with these bytes, if there is one.
    pub(super) fn rank(&self, bytes: &[u8]) -> Option<u32> {
        if bytes.len() > Self::MAX_TOKEN_BYTES {
            return None;
        }
        let slots = self.slots.len();
        let mut place = Place::of(bytes, slots);
        loop {
            let slot = self.slots.get(place.slot);
            if slot == EMPTY {
                return None;
            }
            let number = slot & NUMBER;
            if slot & !NUMBER == place.tag && self.token(number as usize) == bytes {
                return Some(number);
            }
            place.step(slots);
        }
    }

    fn token(&self, number: usize) -> &'static [u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends.get(before));
        &self.tokens[start as usize..self.ends.get(number) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_found_by_its_bytes() {
        for table in [Table::CL100K_BASE, Table::O200K_BASE] {
            for number in 0..table.ends.len() {
                let token = table.token(number);
                assert_eq!(table.rank(token), u32::try_from(number).ok());
                assert!(token.len() <= Table::MAX_TOKEN_BYTES);
            }
            assert_eq!(table.rank(b""), None);
            assert_eq!(table.rank(b"There is no such token."), None);
            assert_eq!(table.rank(&[b' '; 1000]), None);
        }
    }
}
