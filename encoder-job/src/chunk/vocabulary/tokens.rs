//! The tokens of a whole document, and how many a part of it has.

use std::ops::Range;

use super::{Vocabulary, lengths::Lengths, merge::Merger};
use crate::document::{ExtractedDocument, PAGE_END, Page};

/// Where the tokens of a document's whole text end, [`ExtractedDocument::text`], in bytes. A token may end inside a character.
pub struct Tokens {
    vocabulary: Vocabulary,
    lengths: Lengths,
}

impl Tokens {
    /// The tokens of a document that is there as a whole.
    pub fn of(document: &ExtractedDocument, vocabulary: Vocabulary) -> Self {
        let mut counter = TokenCounter::new(vocabulary);
        for page in &document.pages {
            counter.add(page);
        }
        counter.finish()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.lengths.len() == 0
    }

    /// How many tokens a part of the text has when it is encoded by itself. `text` is the whole.
    ///
    /// What a piece is depends on what follows it up to the next character that is no whitespace, and on nothing before it. So once a
    /// piece of the part begins where one of the whole does, all pieces are the same but those at the end.
    pub(in super::super) fn count(&self, text: &str, part: Range<usize>) -> usize {
        let mut merger = Merger::default();
        let (mut at, mut count) = (part.start, 0);
        let first = loop {
            if at >= part.end {
                return count;
            }
            if let Some(token) = self.lengths.piece_at(at) {
                break token;
            }
            let rest = &text[at..part.end];
            let piece = &rest[..self.vocabulary.cut.first_piece(rest)];
            count += merger.count(self.vocabulary.table, piece.as_bytes());
            at += piece.len();
        };
        let last_character = text[at..part.end]
            .char_indices()
            .rfind(|(_, character)| !character.is_whitespace());
        if let Some((offset, _)) = last_character {
            let token = self.lengths.piece_around(at + offset);
            count += token - first;
            at = self.lengths.start(token);
        }
        count + self.vocabulary.count(&text[at..part.end])
    }

    /// Where the token begins, in bytes; where the text ends, for the one after the last.
    pub(in super::super) fn start(&self, index: usize) -> usize {
        self.lengths.start(index)
    }

    /// The first token that ends after the byte position.
    pub(in super::super) fn at(&self, byte: usize) -> usize {
        self.lengths.at(byte)
    }

    /// How many tokens lie between two byte positions, a token cut by one of them counted once.
    pub(in super::super) fn between(&self, range: &Range<usize>) -> usize {
        self.at(range.end.saturating_sub(1)) + 1 - self.at(range.start).min(self.len())
    }
}

/// Counts the tokens of a document while its pages come in.
pub struct TokenCounter {
    tokens: Tokens,
    merger: Merger,
    /// What came and may yet belong to a piece that is not whole.
    waiting: String,
}

impl TokenCounter {
    /// A counter that has seen no page.
    pub fn new(vocabulary: Vocabulary) -> Self {
        Self {
            tokens: Tokens {
                vocabulary,
                lengths: Lengths::default(),
            },
            merger: Merger::default(),
            waiting: String::new(),
        }
    }

    /// Counts the next page.
    pub fn add(&mut self, page: &Page) {
        self.waiting.push_str(&page.text);
        // A piece with a space in it begins with it, so that what ends with a character that is none can be cut off here.
        if !self.waiting.ends_with(char::is_whitespace) {
            self.count_waiting();
        }
        self.waiting.push(PAGE_END);
    }

    /// The tokens of all pages.
    pub fn finish(mut self) -> Tokens {
        self.count_waiting();
        self.tokens
    }

    fn count_waiting(&mut self) {
        let Tokens { vocabulary, lengths } = &mut self.tokens;
        // Not kept for what waits next: of a page that is a whole book, it is as long as that.
        let waiting = std::mem::take(&mut self.waiting);
        let mut rest = waiting.as_str();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(vocabulary.cut.first_piece(rest));
            let mut begins_piece = true;
            self.merger.cut(vocabulary.table, piece.as_bytes(), |length| {
                lengths.push(length, begins_piece);
                begins_piece = false;
            });
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        chunk::Tokenizer,
        document::{Format, PageStatus},
    };

    /// Characters that pieces begin and end with, and letters between them.
    const PUZZLING: [char; 28] = [
        ' ', ' ', ' ', '\n', '\n', '\t', '\u{3000}', '\'', '\'', 's', 'S', 'l', 'v', 'e', 'r', 'D', 'a', 'ǅ',
        'ʰ', 'ª', '漢', '\u{301}', '1', '2', '½', '/', '-', '🙂',
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_part_has_as_many_tokens_as_when_it_is_encoded_by_itself(
            characters in prop::collection::vec(prop::sample::select(PUZZLING.as_slice()), 0..40),
            ends in (0_usize..=40, 0_usize..=40),
        ) {
            let text: String = characters.iter().collect();
            let document = ExtractedDocument {
                format: Format::Text,
                pages: vec![Page { number: 1, text, status: PageStatus::Ok }],
                headings: Vec::new(),
                warnings: Vec::new(),
            };
            let text = document.text();
            let byte = |index: usize| text.char_indices().nth(index).map_or(text.len(), |(at, _)| at);
            let part = byte(ends.0.min(ends.1))..byte(ends.0.max(ends.1));
            for tokenizer in [Tokenizer::Cl100kBase, Tokenizer::O200kBase] {
                let vocabulary = Vocabulary::new(tokenizer);
                let counted = Tokens::of(&document, vocabulary).count(&text, part.clone());
                prop_assert_eq!(counted, vocabulary.count(&text[part.clone()]), "{:?}", &text[part.clone()]);
            }
        }
    }
}
