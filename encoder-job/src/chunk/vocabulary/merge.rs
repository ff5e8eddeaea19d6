//! Byte-pair encoding: bytes are merged to tokens, pair by pair.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::table::Table;

/// No pair begins here that makes a token.
const NO_PAIR: u32 = u32::MAX;

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
