//! Token vocabularies: how many tokens a text has, and where each ends.

use serde::{Deserialize, Serialize};

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
    tokenizer: &'static bpe_openai::Tokenizer,
}

/// Where the tokens of a text end, in bytes. A token may end inside a character.
pub(super) struct Tokens {
    ends: Vec<u32>,
}

impl Vocabulary {
    /// The vocabulary of that name. The first use of each builds its tables, which takes some 20 ms (`o200k_base`: 45 ms).
    pub fn new(tokenizer: Tokenizer) -> Self {
        let tokenizer = match tokenizer {
            Tokenizer::Cl100kBase => bpe_openai::cl100k_base(),
            Tokenizer::O200kBase => bpe_openai::o200k_base(),
        };
        Self { tokenizer }
    }

    /// How many tokens the text has.
    pub fn count(self, text: &str) -> usize {
        self.tokenizer.count(text)
    }

    pub(super) fn tokens(self, text: &str) -> Tokens {
        let mut ends = Vec::with_capacity(text.len() / 4);
        let mut end = 0_u32;
        for token in self.tokenizer.encode(text) {
            end += u32::try_from(self.tokenizer.bpe.token_len(token)).expect("a token is some bytes long");
            ends.push(end);
        }
        Tokens { ends }
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
