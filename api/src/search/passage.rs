//! Passages of a chunk that show why it was found.

use serde::Serialize;
use utoipa::ToSchema;

/// Ends a passage, as `search_chunks` writes it.
const NEXT: char = '\u{1}';
/// Begins what matches.
const BEGIN: char = '\u{2}';
/// Ends what matches.
const END: char = '\u{3}';

/// A piece of a passage
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Piece {
    /// Text as it stands in the document: not HTML
    #[schema(example = "fattura")]
    text: String,
    /// Whether it is what was asked for
    #[serde(rename = "match")]
    #[schema(example = true)]
    is_match: bool,
}

/// The passages of what Postgres has marked, each in its pieces. What is in the text itself holds none of the marks.
pub fn passages(marked: &str) -> Vec<Vec<Piece>> {
    let passages = marked.split(NEXT).map(pieces);
    passages.filter(|pieces| !pieces.is_empty()).collect()
}

fn pieces(passage: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut push = |text: &str, is_match| {
        if !text.is_empty() {
            pieces.push(Piece {
                text: text.to_owned(),
                is_match,
            });
        }
    };
    for part in passage.split(BEGIN) {
        match part.split_once(END) {
            Some((matching, after)) => {
                push(matching, true);
                push(after, false);
            }
            None => push(part, false),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(marked: &str) -> Vec<String> {
        let write = |piece: &Piece| {
            if piece.is_match {
                format!("[{}]", piece.text)
            } else {
                piece.text.clone()
            }
        };
        passages(marked)
            .iter()
            .map(|pieces| pieces.iter().map(write).collect::<Vec<_>>().join("|"))
            .collect()
    }

    #[test]
    fn what_matches_is_told_from_what_is_around_it() {
        assert_eq!(written(""), Vec::<String>::new());
        assert_eq!(written("nothing"), ["nothing"]);
        assert_eq!(
            written("the \u{2}first\u{3} and\u{1}\u{2}second\u{3}\u{2}third\u{3}"),
            ["the |[first]| and", "[second]|[third]"]
        );
        assert_eq!(written("<b>\u{2}&amp;\u{3}"), ["<b>|[&amp;]"]);
    }
}
