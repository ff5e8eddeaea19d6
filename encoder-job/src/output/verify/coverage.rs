//! Whether the chunks are the whole text: rule 13 of `docs/chunks.md`.

use std::ops::Range;

use super::page_map::PageMap;
use crate::{
    chunk::Vocabulary,
    document::PAGE_END,
    output::{MetadataFile, problem::Problem},
};

/// By how many tokens a gap may change the count of the whole where it is not known which whitespace stands there: that of each
/// whitespace, and those that the words at its edges may be cut into otherwise.
const TOKENS_OF_A_SPACE: usize = 4;
const TOKENS_OF_A_GAP: usize = 8;

/// Proves that only whitespace is in no chunk, and that all is as many tokens as it should be. The chunks follow each other as they must.
///
/// # Errors
/// [`Problem`] where text is missing.
pub(super) fn verify(
    metadata: &MetadataFile<'_>,
    pages: &PageMap,
    vocabulary: Vocabulary,
) -> Result<(), Problem> {
    let mut text = String::new();
    let mut tolerance = 0;
    let mut covered = 0;
    let mut fill = |text: &mut String, gap: Range<usize>| -> Result<(), Problem> {
        if gap.is_empty() {
            return Ok(());
        }
        let whitespace = pages.whitespace_in(&gap)?;
        if whitespace > 0 {
            tolerance += whitespace * TOKENS_OF_A_SPACE + TOKENS_OF_A_GAP;
        }
        let ends = pages.ends_in(&gap);
        text.extend(gap.map(|position| {
            if ends.binary_search(&position).is_ok() {
                PAGE_END
            } else {
                '\n'
            }
        }));
        Ok(())
    };
    for chunk in &metadata.chunks {
        fill(&mut text, covered..chunk.char_start)?;
        let known = covered.saturating_sub(chunk.char_start);
        text.extend(chunk.text.chars().skip(known));
        covered = covered.max(chunk.char_end);
    }
    fill(&mut text, covered..metadata.total_text_length)?;
    let tokens = vocabulary.count(&text);
    if tokens.abs_diff(metadata.total_tokens) > tolerance {
        let total = metadata.total_tokens;
        return Err(Problem::new(format!(
            "its text has {tokens} tokens, and total_tokens is {total}"
        )));
    }
    Ok(())
}
