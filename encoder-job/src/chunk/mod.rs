//! Cutting the extracted text into sections and these into overlapping chunks of tokens.
//!
//! The rules stand in `docs/chunks.md`. All of them have a property test, and [`verify`](crate::output::verify_directory) proves them.

mod boundaries;
mod characters;
mod sections;
mod vocabulary;
mod windows;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    document::ExtractedDocument,
    failure::{Failure, FailureReason},
};
use characters::CharacterPositions;
pub use vocabulary::{TokenCounter, Tokenizer, Tokens, Vocabulary};

/// The least tokens a chunk may be asked to have: one character can take four.
pub const MIN_SIZE: usize = 8;

/// By how many tokens what neighbours share, and what a section has, may differ from what was asked for: a cut between two characters is not
/// everywhere one between two tokens.
pub const TOLERANCE: usize = 4;

/// How to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// The most tokens of a chunk.
    pub size: usize,
    /// The tokens that neighbours share.
    pub overlap: usize,
    /// The vocabulary the tokens are counted in.
    pub tokenizer: Tokenizer,
    /// Where a chunk may end.
    pub boundary: Boundary,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            size: 1200,
            overlap: 200,
            tokenizer: Tokenizer::Cl100kBase,
            boundary: Boundary::Sentence,
        }
    }
}

impl Parameters {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// `InvalidSpec` where `size` is below [`MIN_SIZE`] or `overlap` is not below `size`.
    pub fn validate(&self) -> Result<(), Failure> {
        if self.size < MIN_SIZE {
            let message = format!(
                "chunk size {} is too small: it must be at least {MIN_SIZE} tokens",
                self.size
            );
            return Err(Failure::new(FailureReason::InvalidSpec, message));
        }
        if self.overlap >= self.size {
            let message = format!(
                "overlap {} must be less than the chunk size {}",
                self.overlap, self.size
            );
            return Err(Failure::new(FailureReason::InvalidSpec, message));
        }
        Ok(())
    }

    /// The most memory that encoding a document takes for each byte of its text, in bytes.
    ///
    /// The text is there as pages, as a whole, and once more while it is put together; its tokens take a byte each. The two files repeat
    /// it by their overlap, and in JSON a mark may take two bytes. Each chunk has an identifier, a title and its numbers besides, in
    /// both files, and a token may be of one byte.
    pub fn memory_of_a_byte(&self) -> u64 {
        const FILES: usize = 2;
        const BYTES_OF_A_MARK: usize = 2;
        const BYTES_OF_A_CHUNK: usize = 1_200;
        // A chunk may end a fifth early.
        let least_size = match self.boundary {
            Boundary::Sentence => self.size - self.size / 5,
            Boundary::Token => self.size,
        };
        let new_tokens = least_size.saturating_sub(self.overlap).max(1);
        let text = (FILES * BYTES_OF_A_MARK * self.size).div_ceil(new_tokens);
        let chunks = BYTES_OF_A_CHUNK.div_ceil(new_tokens);
        4 + u64::try_from(text + chunks).unwrap_or(u64::MAX)
    }
}

/// Where a chunk may end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Boundary {
    /// At the last end of a paragraph, heading or sentence in its last fifth, if there is one.
    #[default]
    Sentence,
    /// At exactly `size` tokens.
    Token,
}

/// One chunk. Positions are in Unicode characters of the whole extracted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk<'text> {
    /// SHA-256, in hexadecimal, of its text and the parameters, and of an ordinal where the text occurs again in its section.
    pub id: String,
    /// Its text.
    pub text: &'text str,
    /// Tokens of its text, encoded by itself.
    pub token_count: usize,
    /// Where it begins.
    pub char_start: usize,
    /// Where it ends, exclusive.
    pub char_end: usize,
    /// Its section, from 0.
    pub section: usize,
    /// Where it begins, counted from the beginning of its section.
    pub start_in_section: usize,
    /// The page of its first character that is no whitespace, from 1.
    pub page_start: u32,
    /// The page of its last character that is no whitespace, from 1.
    pub page_end: u32,
    /// The last heading that begins at or before its first character that is no whitespace.
    pub title: Option<String>,
}

/// A document in chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunked<'text> {
    /// The chunks, in order.
    pub chunks: Vec<Chunk<'text>>,
    /// How many sections there are.
    pub sections: usize,
    /// Tokens of the whole text.
    pub total_tokens: usize,
    /// Characters of the whole text.
    pub total_characters: usize,
}

/// Cuts a document whose whole text, [`ExtractedDocument::text`], is `text`, and whose tokens are these.
///
/// A text of nothing but whitespace has no chunks.
pub fn chunk<'text>(
    document: &ExtractedDocument,
    text: &'text str,
    parameters: &Parameters,
    tokens: &Tokens,
) -> Chunked<'text> {
    let positions = CharacterPositions::new(text);
    let layout = sections::Layout::new(document);
    let sections = sections::sections(text, &layout, &positions, tokens, parameters.size);
    let mut chunks = Vec::new();
    for (number, section) in sections.iter().enumerate() {
        let section_start = positions.at(text, section.start);
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let cutter = windows::Cutter {
            text,
            tokens,
            parameters,
            headings: &layout.headings,
        };
        for window in cutter.cut(section.clone()) {
            let part = &text[window.range.clone()];
            let ordinal = seen.entry(part).and_modify(|count| *count += 1).or_insert(0);
            let char_start = positions.at(text, window.range.start);
            // What a person reads first: a form feed or whitespace before it are of the page, and under the heading, before.
            let first = window.range.end - part.trim_start().len();
            chunks.push(Chunk {
                id: chunk_id(part, parameters, *ordinal),
                text: part,
                token_count: window.token_count,
                char_start,
                char_end: positions.at(text, window.range.end),
                section: number,
                start_in_section: char_start - section_start,
                page_start: layout.page_at(first),
                page_end: layout.page_at(last_character(part, window.range.end)),
                title: layout.title_at(first).map(str::to_owned),
            });
        }
    }
    Chunked {
        sections: sections.len(),
        chunks,
        total_tokens: tokens.len(),
        total_characters: positions.at(text, text.len()),
    }
}

/// Where the last character that is no whitespace begins, in a part that ends at `end`.
fn last_character(part: &str, end: usize) -> usize {
    let trimmed = part.trim_end();
    let whitespace = part.len() - trimmed.len();
    end - whitespace - trimmed.chars().next_back().map_or(0, char::len_utf8)
}

pub(crate) fn chunk_id(text: &str, parameters: &Parameters, ordinal: usize) -> String {
    let mut hash = Sha256::new();
    let boundary = match parameters.boundary {
        Boundary::Sentence => "sentence",
        Boundary::Token => "token",
    };
    // Before the text: behind it, it could be a part of another.
    let ordinal = if ordinal > 0 {
        format!(" {ordinal}")
    } else {
        String::new()
    };
    hash.update(format!(
        "{} {} {} {boundary}{ordinal}\n",
        parameters.size,
        parameters.overlap,
        parameters.tokenizer.as_str()
    ));
    hash.update(text);
    crate::digest::hexadecimal(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_overlap_and_smaller_chunks_take_more_memory() {
        let memory = |size, overlap| {
            Parameters {
                size,
                overlap,
                ..Parameters::default()
            }
            .memory_of_a_byte()
        };
        assert_eq!(memory(1200, 0), 11);
        assert_eq!(memory(1200, 200), 13);
        assert_eq!(memory(1200, 600), 22);
        assert_eq!(memory(1200, 1199), 4 + 4 * 1200 + 1200);
        assert_eq!(memory(8, 0), 181);
    }
}
