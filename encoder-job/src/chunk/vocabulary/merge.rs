//! Byte-pair encoding: bytes are merged to tokens, pair by pair.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::table::Table;

/// No pair begins here that makes a token.
const NO_PAIR: u32 = u32::MAX;

/// A piece of more bytes is cut in parts: a word of a hundred million letters would take gigabytes.
const MAX_WINDOW: usize = 1 << 16;

/// What merging needs to have at hand; kept from one piece to the next.
#[derive(Default)]
pub(super) struct Merger {
    /// By where it begins: the token that there is so far.
    tokens: Vec<Part>,
    /// Pairs that made a token when they were met: its rank, and where the pair begins, in one number.
    pairs: BinaryHeap<Reverse<u64>>,
}

/// A token within a piece.
#[derive(Clone, Copy)]
struct Part {
    length: u32,
    /// Of the token before it.
    length_before: u32,
    /// Of the token that it makes with the one after it.
    rank: u32,
}

impl Merger {
    /// Cuts a piece into tokens, and calls `token` with the length of each, in order.
    ///
    /// The pair whose token has the lowest rank is merged first, the first of equals; then again, until no pair makes a token.
    pub(super) fn cut(&mut self, table: &Table, piece: &[u8], mut token: impl FnMut(usize)) {
        self.cut_by_windows::<MAX_WINDOW>(table, piece, &mut token);
    }

    /// Cuts a piece that may be longer than a window.
    ///
    /// No merge crosses where a token ends, so what follows can be cut by itself. Whether a token ends there is decided by what
    /// stands near: by less than an eighth of a window.
    fn cut_by_windows<const WINDOW: usize>(
        &mut self,
        table: &Table,
        mut piece: &[u8],
        token: &mut impl FnMut(usize),
    ) {
        while piece.len() > WINDOW {
            self.merge(table, &piece[..WINDOW]);
            let mut at = 0;
            while at < WINDOW - WINDOW / 8 {
                let length = self.tokens[at].length as usize;
                token(length);
                at += length;
            }
            piece = &piece[at..];
        }
        if table.rank(piece).is_some() {
            token(piece.len());
            return;
        }
        self.merge(table, piece);
        let mut at = 0;
        while at < piece.len() {
            let length = self.tokens[at].length as usize;
            token(length);
            at += length;
        }
    }

    /// How many tokens a piece is cut into.
    pub(super) fn count(&mut self, table: &Table, piece: &[u8]) -> usize {
        let mut count = 0;
        self.cut(table, piece, |_| count += 1);
        count
    }

    fn merge(&mut self, table: &Table, piece: &[u8]) {
        self.tokens.clear();
        self.tokens.resize(
            piece.len(),
            Part {
                length: 1,
                length_before: 1,
                rank: NO_PAIR,
            },
        );
        self.pairs.clear();
        for start in 0..piece.len() {
            self.note_pair(table, piece, start);
        }
        while let Some(Reverse(pair)) = self.pairs.pop() {
            let [a, b, c, d, rank @ ..] = pair.to_le_bytes();
            let start = u32::from_le_bytes([a, b, c, d]) as usize;
            // A pair of which one was merged with another since is none any more.
            if self.tokens[start].rank != u32::from_le_bytes(rank) {
                continue;
            }
            let middle = start + self.tokens[start].length as usize;
            self.tokens[start].length += self.tokens[middle].length;
            self.tokens[middle].rank = NO_PAIR;
            let length = self.tokens[start].length;
            if let Some(after) = self.tokens.get_mut(start + length as usize) {
                after.length_before = length;
            }
            self.note_pair(table, piece, start);
            if start > 0 {
                self.note_pair(table, piece, start - self.tokens[start].length_before as usize);
            }
        }
    }

    /// Notes whether the token that begins here makes one with the next.
    fn note_pair(&mut self, table: &Table, piece: &[u8], start: usize) {
        let middle = start + self.tokens[start].length as usize;
        let rank = self
            .tokens
            .get(middle)
            .and_then(|next| table.rank(&piece[start..middle + next.length as usize]));
        self.tokens[start].rank = rank.unwrap_or(NO_PAIR);
        if let Some(rank) = rank {
            let start = u64::try_from(start).expect("a position fits");
            self.pairs.push(Reverse(u64::from(rank) << 32 | start));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lengths<const WINDOW: usize>(table: &Table, piece: &[u8]) -> Vec<usize> {
        let mut lengths = Vec::new();
        Merger::default().cut_by_windows::<WINDOW>(table, piece, &mut |length| lengths.push(length));
        lengths
    }

    proptest! {
        #[test]
        fn a_long_piece_is_cut_as_if_it_were_in_one(
            words in prop::collection::vec("[a-z]{1,12}|[ -~]{1,6}|a{1,20}|[А-я]{1,8}|[一-龥]{1,4}", 100..2_000),
        ) {
            let piece = words.concat();
            for table in [Table::CL100K_BASE, Table::O200K_BASE] {
                let cut = lengths::<2048>(&table, piece.as_bytes());
                prop_assert_eq!(cut.iter().sum::<usize>(), piece.len());
                prop_assert_eq!(cut, lengths::<{ usize::MAX }>(&table, piece.as_bytes()));
            }
        }
    }

    #[test]
    fn so_is_one_that_repeats_itself() {
        for repeated in ["a", "text", "ab", "=-", "\u{1f642}", " ", "ACGT", "aab"] {
            let piece = repeated.repeat(5_000);
            let table = Table::CL100K_BASE;
            let cut = lengths::<2048>(&table, piece.as_bytes());
            assert_eq!(
                cut,
                lengths::<{ usize::MAX }>(&table, piece.as_bytes()),
                "{repeated}"
            );
        }
    }
}
