//! The hash table of a vocabulary, with linear probing; shared with the build script, which makes it.
//!
//! A slot holds the number of a token, and in the bits above it a part of its hash, which tells nearly all others from it
//! without a look at their bytes.

/// The bits of a slot that are a token's number, which is less.
pub(crate) const NUMBER: u32 = (1 << 18) - 1;
/// A slot that holds no token.
pub(crate) const EMPTY: u32 = u32::MAX;

/// Where a token is looked for.
pub(crate) struct Place {
    /// The slot that it is in, or in one of those after it.
    pub(crate) slot: usize,
    /// What its slot holds above its number.
    pub(crate) tag: u32,
}

impl Place {
    /// The place of a token in a table of so many slots, a power of two.
    pub(crate) fn of(token: &[u8], slots: usize) -> Self {
        // Eight bytes at a time, as the hash of Firefox and rustc does (FxHash). The low bits of a product depend on low bits
        // alone, so the high ones are mixed in.
        let hash = token.chunks(8).fold(token.len() as u64, |hash, bytes| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517c_c1b7_2722_0a95)
        });
        let [a, b, c, d, high @ ..] = hash.to_le_bytes();
        let (low, high) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes(high));
        Self {
            slot: (high ^ low) as usize & (slots - 1),
            tag: high & !NUMBER,
        }
    }

    /// Goes on to the next slot; after the last comes the first.
    pub(crate) fn step(&mut self, slots: usize) {
        self.slot = (self.slot + 1) & (slots - 1);
    }
}
