//! Any text at all, in chunks of any size, keeps the rules, and so do the files made from it.

use encoder_job::{
    chunk::{self, Boundary, Parameters, Tokenizer, Tokens, Vocabulary},
    document::{ExtractedDocument, Format, Heading, Page, PageStatus},
    encode::{self, OnEmptyPages, Options},
    extract::{RunningHeads, clean::clean},
};
use proptest::prelude::*;

use crate::rules;

/// Pieces that texts are made of: words of several scripts, marks, whitespace, line and paragraph ends.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-zàèéìòù]{1,9} ",
        2 => "[A-Z][a-z]{2,8}\\. ",
        1 => Just("\n\n".to_owned()),
        1 => Just("\n".to_owned()),
        1 => "[0-9]{1,8}",
        1 => "[一-龥]{1,6}。?",
        1 => "(🙂|👩‍👩‍👧|ф|ß|ﷺ|\u{301}|\u{200b}){1,4}",
        1 => "[-=_.*]{1,12}",
        1 => " {1,20}",
        1 => "\\PC{1,5}",
    ]
}

/// Characters that a text is cut at, or just not, before it is cut into tokens.
const PUZZLING: [char; 32] = [
    ' ', ' ', ' ', '\n', '\r', '\t', '\u{a0}', '\u{3000}', '\'', '\'', 's', 'S', 'ſ', 't', 'l', 'L', 'v',
    'e', 'r', 'D', 'ǅ', 'ʰ', 'ª', '漢', '\u{301}', '1', 'Ⅷ', '½', '/', '-', '_', '🙂',
];

/// Such characters in any order.
fn puzzle() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PUZZLING.as_slice()), 0..60)
        .prop_map(|characters| characters.into_iter().collect())
}

fn page_text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..120).prop_map(|pieces| clean(&pieces.concat()))
}

fn document() -> impl Strategy<Value = ExtractedDocument> {
    prop::collection::vec(page_text(), 1..24).prop_map(|texts| ExtractedDocument {
        format: Format::Pdf,
        headings: (1..)
            .zip(&texts)
            .filter(|(number, _)| number % 5 == 0)
            .map(|(page, text)| Heading {
                level: if page % 10 == 0 { 1 } else { 2 },
                title: format!("Heading {page}"),
                page,
                offset: text.chars().count() / 2,
            })
            .collect(),
        pages: (1..)
            .zip(texts)
            .map(|(number, text)| Page {
                number,
                text,
                status: PageStatus::Ok,
            })
            .collect(),
        warnings: Vec::new(),
    })
}

fn parameters() -> impl Strategy<Value = Parameters> {
    let tokenizer = prop_oneof![4 => Just(Tokenizer::Cl100kBase), 1 => Just(Tokenizer::O200kBase)];
    let boundary = prop_oneof![Just(Boundary::Sentence), Just(Boundary::Token)];
    (8_usize..200, 0.0_f64..1.0, tokenizer, boundary).prop_map(|(size, share, tokenizer, boundary)| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let overlap = (size as f64 * share) as usize;
        Parameters {
            size,
            overlap: overlap.min(size - 1),
            tokenizer,
            boundary,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_rule_holds(document in document(), parameters in parameters()) {
        let text = document.text();
        let vocabulary = Vocabulary::new(parameters.tokenizer);
        let chunked = chunk::chunk(&document, &text, &parameters, &Tokens::of(&document, vocabulary));
        rules::check(&document, &text, &chunked, &parameters);
    }

    #[test]
    fn the_files_verify_and_are_the_same_twice(document in document(), parameters in parameters()) {
        let options = Options {
            file_name: "a book.pdf".into(),
            source_sha256: "0".repeat(64),
            parameters,
            running_heads: RunningHeads::default(),
            on_empty_pages: OnEmptyPages::Ignore,
        };
        let vocabulary = Vocabulary::new(parameters.tokenizer);
        if let Ok(encoded) = encode::encode(&document, &options, &Tokens::of(&document, vocabulary), "") {
            encoded.manifest.verify(&encoded.files.metadata.bytes, &encoded.files.index.bytes).unwrap();
            let again = encode::encode(&document, &options, &Tokens::of(&document, vocabulary), "").unwrap();
            prop_assert_eq!(encoded.files, again.files);
            prop_assert_eq!(encoded.manifest.to_bytes(), again.manifest.to_bytes());
        }
    }

    #[test]
    fn tokens_are_the_same_page_by_page(texts in prop::collection::vec(prop_oneof![page_text(), puzzle()], 0..12)) {
        let pages = (1..).zip(texts).map(|(number, text)| Page { number, text, status: PageStatus::Ok });
        let document = ExtractedDocument {
            format: Format::Pdf,
            pages: pages.collect(),
            headings: Vec::new(),
            warnings: Vec::new(),
        };
        for tokenizer in [Tokenizer::Cl100kBase, Tokenizer::O200kBase] {
            let vocabulary = Vocabulary::new(tokenizer);
            prop_assert_eq!(Tokens::of(&document, vocabulary).len(), vocabulary.count(&document.text()));
        }
    }

    #[test]
    fn tokens_are_those_of_tiktoken(text in page_text(), puzzle in puzzle(), anything in any::<String>()) {
        for text in [text, puzzle, anything] {
            for (tokenizer, oracle) in [
                (Tokenizer::Cl100kBase, tiktoken_rs::cl100k_base_singleton()),
                (Tokenizer::O200kBase, tiktoken_rs::o200k_base_singleton()),
            ] {
                let counted = Vocabulary::new(tokenizer).count(&text);
                prop_assert_eq!(counted, oracle.encode_ordinary(&text).len(), "{:?}: {:?}", tokenizer, text);
            }
        }
    }
}
