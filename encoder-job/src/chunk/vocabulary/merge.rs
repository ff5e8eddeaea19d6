//! Byte-pair encoding: bytes are merged to tokens, pair by pair.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::table::Table;

/// What merging needs to have at hand; kept from one piece to the next.
#[derive(Default)]
pub(super) struct Merger {
    /// By where it begins: how long each token is that there is so far; 0 where none begins.
    lengths: Vec<u32>,
    /// By where the second begins: how long the token before it is.
    lengths_before: Vec<u32>,
    /// Pairs that make a token: its rank, where the pair begins and how long it is.
    pairs: BinaryHeap<Reverse<(u32, usize, usize)>>,
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
            let length = self.lengths[at] as usize;
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
        self.lengths.clear();
        self.lengths.resize(piece.len(), 1);
        self.lengths_before.clear();
        self.lengths_before.resize(piece.len() + 1, 1);
        self.pairs.clear();
        for start in 0..piece.len().saturating_sub(1) {
            self.note(table, piece, start, start + 2);
        }
        while let Some(Reverse((_, start, length))) = self.pairs.pop() {
            let first = self.lengths[start] as usize;
            let middle = start + first;
            // A pair of which one was merged with another since is none any more.
            if first == 0 || middle >= piece.len() || first + self.lengths[middle] as usize != length {
                continue;
            }
            let end = start + length;
            let merged = u32::try_from(length).expect("a token has few bytes");
            self.lengths[start] = merged;
            self.lengths[middle] = 0;
            self.lengths_before[end] = merged;
            if end < piece.len() {
                self.note(table, piece, start, end + self.lengths[end] as usize);
            }
            if start > 0 {
                self.note(table, piece, start - self.lengths_before[start] as usize, end);
            }
        }
    }

    /// Notes a pair, if it makes a token.
    fn note(&mut self, table: &Table, piece: &[u8], start: usize, end: usize) {
        if let Some(rank) = table.rank(&piece[start..end]) {
            self.pairs.push(Reverse((rank, start, end - start)));
        }
    }
}
