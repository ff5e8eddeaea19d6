//! Token vocabularies: how many tokens a text has, and where each ends.
//!
//! The same as tiktoken, which is the oracle of the tests, but for what it costs to begin: the vocabularies lie in the program as
//! tables that are looked up in place.

mod characters;
mod hash;
mod lengths;
mod merge;
mod pieces;
mod table;
mod tokens;

use serde::{Deserialize, Serialize};

use merge::Merger;
use pieces::Cut;
use table::Table;
pub use tokens::{TokenCounter, Tokens};

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
        let mut merger = Merger::default();
        let (mut rest, mut count) = (text, 0);
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(self.cut.first_piece(rest));
            count += merger.count(self.table, piece.as_bytes());
            rest = after;
        }
        count
    }
}
