//! Token vocabularies: how many tokens a text has, and where each ends.
//!
//! The same as tiktoken, which is the oracle of the tests, but for what it costs to begin: the vocabularies lie in the program as
//! tables that are looked up in place.

mod characters;
mod hash;
mod merge;
mod pieces;
mod table;

use serde::{Deserialize, Serialize};

use merge::Merger;
use pieces::Cut;
use table::Table;

/// A vocabulary of tokens, as published with tiktoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tokenizer {
    /// That of GPT-4.
    #[default]
    #[serde(rename = "cl100k_base")]
    Cl100kBase,
    /// That of GPT-4o.
    #[serde(rename = "o200k_base")]
    O200kBase,
}

impl Tokenizer {
    /// Its published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cl100kBase => "cl100k_base",
            Self::O200kBase => "o200k_base",
        }
    }
}

/// A vocabulary, ready for use.
#[derive(Clone, Copy)]
pub struct Vocabulary {
    table: &'static Table,
    cut: Cut,
}

/// Where the tokens of a text end, in bytes. A token may end inside a character.
pub(super) struct Tokens {
    ends: Vec<u32>,
}

static CL100K_BASE: Table = Table::CL100K_BASE;
static O200K_BASE: Table = Table::O200K_BASE;

impl Vocabulary {
    /// The vocabulary of that name, which costs nothing.
    pub fn new(tokenizer: Tokenizer) -> Self {
        match tokenizer {
            Tokenizer::Cl100kBase => Self {
                table: &CL100K_BASE,
                cut: Cut::Cl100k,
            },
            Tokenizer::O200kBase => Self {
                table: &O200K_BASE,
                cut: Cut::O200k,
            },
        }
    }

    /// How many tokens the text has.
    pub fn count(self, text: &str) -> usize {
        let mut count = 0;
        self.for_each(text, |_| count += 1);
        count
    }

    pub(super) fn tokens(self, text: &str) -> Tokens {
        let mut ends = Vec::with_capacity(text.len() / 4);
        let mut end = 0;
        self.for_each(text, |length| {
            end += length;
            ends.push(u32::try_from(end).expect("a text has less than 4 GB"));
        });
        Tokens { ends }
    }

    /// Calls `token` with the length in bytes of each token of a text, in order.
    fn for_each(self, text: &str, mut token: impl FnMut(usize)) {
        let mut merger = Merger::default();
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(self.cut.first_piece(rest));
            merger.cut(self.table, piece.as_bytes(), &mut token);
            rest = after;
        }
    }
}

impl Tokens {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where the token begins, in bytes; where the text ends, for the one after the last.
    pub(super) fn start(&self, index: usize) -> usize {
        if index == 0 {
            0
        } else {
            self.ends[index - 1] as usize
        }
    }

    /// The first token that ends after the byte position.
    pub(super) fn at(&self, byte: usize) -> usize {
        self.ends.partition_point(|&end| end as usize <= byte)
    }

    /// How many tokens lie between two byte positions, a token cut by one of them counted once.
    pub(super) fn between(&self, range: &std::ops::Range<usize>) -> usize {
        self.at(range.end.saturating_sub(1)) + 1 - self.at(range.start).min(self.len())
    }
}
