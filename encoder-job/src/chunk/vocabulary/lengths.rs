//! The lengths of a text's tokens, a byte for each: a text may have a hundred million.

use super::table::Table;

/// Tokens between two of which it is kept where they begin.
const BLOCK: usize = 64;
/// The bit of a token that begins a piece; in the others is its length, less one.
const BEGINS_PIECE: u8 = 1 << 7;
const _: () = assert!(Table::MAX_TOKEN_BYTES <= BEGINS_PIECE as usize);

/// The tokens of a text, in order.
#[derive(Default)]
pub(super) struct Lengths {
    tokens: Vec<u8>,
    /// Where each block of tokens begins, in bytes.
    blocks: Vec<u32>,
    /// Where the last token ends.
    end: usize,
}

impl Lengths {
    /// Adds a token of so many bytes.
    pub(super) fn push(&mut self, length: usize, begins_piece: bool) {
        if self.tokens.len().is_multiple_of(BLOCK) {
            self.blocks
                .push(u32::try_from(self.end).expect("a text has less than 4 GB"));
        }
        let flag = if begins_piece { BEGINS_PIECE } else { 0 };
        let length_less_one = u8::try_from(length - 1).expect("no token is longer than the table allows");
        self.tokens.push(length_less_one | flag);
        self.end += length;
    }

    /// How many tokens there are.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Where the token begins, in bytes; where the text ends, for the one after the last.
    pub(super) fn start(&self, index: usize) -> usize {
        let block = index / BLOCK;
        match self.blocks.get(block) {
            Some(&start) => start as usize + self.bytes(block * BLOCK..index),
            None => self.end,
        }
    }

    /// The first token that ends after the byte position.
    pub(super) fn at(&self, byte: usize) -> usize {
        if byte >= self.end {
            return self.len();
        }
        let block = self.blocks.partition_point(|&start| start as usize <= byte) - 1;
        let mut end = self.blocks[block] as usize;
        let from = block * BLOCK;
        let within = self.tokens[from..].iter().position(|&token| {
            end += length(token);
            end > byte
        });
        from + within.expect("the last token ends where the text does")
    }

    /// The first token of the piece that begins at the byte position, if one does.
    pub(super) fn piece_at(&self, byte: usize) -> Option<usize> {
        let token = self.at(byte);
        (token < self.len() && self.begins_piece(token) && self.start(token) == byte).then_some(token)
    }

    /// The first token of the piece that has the byte in it.
    pub(super) fn piece_around(&self, byte: usize) -> usize {
        let mut token = self.at(byte);
        while !self.begins_piece(token) {
            token -= 1;
        }
        token
    }

    fn begins_piece(&self, token: usize) -> bool {
        self.tokens[token] & BEGINS_PIECE != 0
    }

    fn bytes(&self, tokens: std::ops::Range<usize>) -> usize {
        self.tokens[tokens].iter().map(|&token| length(token)).sum()
    }
}

fn length(token: u8) -> usize {
    usize::from(token & !BEGINS_PIECE) + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_are_those_of_the_lengths_in_a_row(
            tokens in prop::collection::vec((1_usize..=128, any::<bool>()), 0..300),
        ) {
            let mut lengths = Lengths::default();
            let mut starts = vec![0];
            for (index, &(length, begins_piece)) in tokens.iter().enumerate() {
                lengths.push(length, begins_piece || index == 0);
                starts.push(starts[index] + length);
            }
            let begins = |token: usize| token == 0 || tokens[token].1;
            prop_assert_eq!(lengths.len(), tokens.len());
            for (index, &start) in starts.iter().enumerate() {
                prop_assert_eq!(lengths.start(index), start);
            }
            for byte in 0..starts[tokens.len()] + 2 {
                let at = starts[1..].partition_point(|&end| end <= byte);
                prop_assert_eq!(lengths.at(byte), at);
                let piece = (at < tokens.len() && starts[at] == byte && begins(at)).then_some(at);
                prop_assert_eq!(lengths.piece_at(byte), piece);
                if at < tokens.len() {
                    prop_assert_eq!(Some(lengths.piece_around(byte)), (0..=at).rfind(|&token| begins(token)));
                }
            }
        }
    }
}
