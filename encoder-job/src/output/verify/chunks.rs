//! Whether each chunk is what it says: rules 1 to 5 of `docs/chunks.md`.

use std::collections::HashMap;

use super::{headings::Headings, page_map::PageMap};
use crate::{
    chunk::{Parameters, Vocabulary, chunk_id},
    document::PAGE_END,
    output::{MetadataFile, metadata::ChunkEntry, problem::Problem},
};

/// Proves each chunk by itself.
///
/// # Errors
/// [`Problem`] at the first chunk that is not what it says.
pub(super) fn verify(
    metadata: &MetadataFile<'_>,
    pages: &PageMap,
    headings: &Headings<'_>,
    parameters: &Parameters,
    vocabulary: Vocabulary,
) -> Result<(), Problem> {
    // How often each text was there in its section.
    let mut seen: HashMap<(usize, &str), usize> = HashMap::new();
    for (number, chunk) in metadata.chunks.iter().enumerate() {
        let occurrences = seen.entry((chunk.metadata.section, &chunk.text)).or_default();
        let ordinal = std::mem::replace(occurrences, *occurrences + 1);
        let prove = || {
            verify_positions(chunk, number, metadata.total_text_length)?;
            let first = verify_pages(chunk, pages)?;
            headings.verify(chunk.metadata.title.as_deref(), first)?;
            if vocabulary.count(&chunk.text) != chunk.token_count {
                return Err("its token_count is not the number of its tokens".to_owned());
            }
            if chunk.token_count > parameters.size {
                let (count, size) = (chunk.token_count, parameters.size);
                return Err(format!(
                    "it has {count} tokens, more than the {size} that are allowed"
                ));
            }
            if chunk.id != chunk_id(&chunk.text, parameters, ordinal) {
                return Err("its id is not that of its text and the parameters".to_owned());
            }
            Ok(())
        };
        prove().map_err(|what| Problem::new(format!("chunk {number}: {what}")))?;
    }
    Ok(())
}

fn verify_positions(chunk: &ChunkEntry<'_>, number: usize, total: usize) -> Result<(), String> {
    let length = chunk.text.chars().count();
    let known = &chunk.metadata;
    if known.index != number {
        return Err(format!("its index is {}", known.index));
    }
    if known.length != length {
        return Err(format!(
            "its length is {}, and its text has {length} characters",
            known.length
        ));
    }
    if chunk.char_start.checked_add(length) != Some(chunk.char_end) {
        return Err("char_start and char_end do not fit its text".to_owned());
    }
    if known.start.checked_add(length) != Some(known.end) {
        return Err("start and end do not fit its text".to_owned());
    }
    if chunk.char_end > total {
        return Err(format!("it ends beyond the text, which has {total} characters"));
    }
    Ok(())
}

/// Proves on which pages a chunk stands, by the pages whose texts its first and its last character that are no whitespace lie in, and returns where the
/// first is.
fn verify_pages(chunk: &ChunkEntry<'_>, pages: &PageMap) -> Result<usize, String> {
    let characters = || chunk.text.chars().zip(chunk.char_start..);
    let form_feeds = characters().filter(|&(character, _)| character == PAGE_END);
    let ends = pages.ends_in(&(chunk.char_start..chunk.char_end));
    if !form_feeds.map(|(_, position)| position).eq(ends.iter().copied()) {
        return Err("its form feeds do not stand where its pages end".to_owned());
    }
    let mut read = characters().filter(|(character, _)| !character.is_whitespace());
    let Some((_, first)) = read.next() else {
        return Err("there is nothing but whitespace in it".to_owned());
    };
    let last = read.last().map_or(first, |(_, position)| position);
    let page_of = |position| {
        let page = pages.page_of(position);
        page.ok_or_else(|| format!("its character {position} lies in no page's text"))
    };
    let (first_page, last_page) = (page_of(first)?, page_of(last)?);
    if (chunk.page_start, chunk.page_end) != (first_page, last_page) {
        return Err(format!(
            "it stands on pages {first_page} to {last_page}, and page_start and page_end say otherwise"
        ));
    }
    if chunk.metadata.page != Some(chunk.page_start) {
        return Err("its page is not page_start".to_owned());
    }
    Ok(first)
}
