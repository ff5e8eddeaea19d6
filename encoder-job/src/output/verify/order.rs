//! Whether sections and chunks follow each other as they must: rules 6 to 8 and 12 of `docs/chunks.md`.

use crate::{
    chunk::{Parameters, TOLERANCE, Vocabulary},
    output::{MetadataFile, metadata::ChunkEntry, problem::Problem},
};

/// Proves the order of the chunks, each of which is proved by itself.
///
/// # Errors
/// [`Problem`] at the first chunk that does not follow the one before.
pub(super) fn verify(
    metadata: &MetadataFile<'_>,
    parameters: &Parameters,
    vocabulary: Vocabulary,
) -> Result<(), Problem> {
    let mut section_start = 0;
    let mut previous: Option<&ChunkEntry> = None;
    for (number, chunk) in metadata.chunks.iter().enumerate() {
        let wrong = |what: &str| Err(Problem::new(format!("chunk {number}: {what}")));
        let section = chunk.metadata.section;
        let last_section = previous.map_or(0, |previous| previous.metadata.section);
        if chunk.metadata.total_sections != metadata.sections_count {
            return wrong("total_sections is not sections_count");
        }
        if section != last_section {
            if section != last_section + 1 {
                return wrong(&format!("section {section} follows section {last_section}"));
            }
            section_start = chunk.char_start;
        }
        if chunk.metadata.start != chunk.char_start.wrapping_sub(section_start) {
            return wrong("start is not counted from where its section begins");
        }
        if let Some(previous) = previous {
            let followed = if section == last_section {
                verify_neighbours(previous, chunk, parameters, vocabulary)
            } else if chunk.char_start < previous.char_end {
                Err("it reaches into the section before".to_owned())
            } else {
                Ok(())
            };
            followed.or_else(|what| wrong(&what))?;
        }
        previous = Some(chunk);
    }
    let sections = previous.map_or(0, |last| last.metadata.section);
    if sections != metadata.sections_count {
        let count = metadata.sections_count;
        return Err(Problem::new(format!(
            "its chunks are of {sections} sections, and sections_count is {count}"
        )));
    }
    Ok(())
}

/// Proves that of two chunks of one section the second goes on where it should.
fn verify_neighbours(
    one: &ChunkEntry<'_>,
    next: &ChunkEntry<'_>,
    parameters: &Parameters,
    vocabulary: Vocabulary,
) -> Result<(), String> {
    if next.char_start <= one.char_start || next.char_end <= one.char_end {
        return Err("it and the one before are one within the other".to_owned());
    }
    let &Parameters { size, overlap, .. } = parameters;
    let Some(shared) = one.char_end.checked_sub(next.char_start) else {
        // That it is nothing but whitespace is proved elsewhere; here, that they may be nearly a chunk, no space being less than a token.
        let text = one.text.trim_end().chars().count();
        let whitespace = next.char_start - (one.char_start + text);
        if whitespace + TOLERANCE >= size - size / 5 {
            return Ok(());
        }
        return Err("there is a gap between it and the one before in its section".to_owned());
    };
    let start = next.char_start - one.char_start;
    let start = one
        .text
        .char_indices()
        .nth(start)
        .map_or(one.text.len(), |(at, _)| at);
    let shared_text = &one.text[start..];
    if !next.text.starts_with(shared_text) {
        return Err(format!(
            "it and the one before do not have the same text in the {shared} characters they share"
        ));
    }
    let tokens = vocabulary.count(shared_text);
    if tokens > overlap + TOLERANCE {
        return Err(format!(
            "it shares {tokens} tokens with the one before, and the overlap is {overlap}"
        ));
    }
    // A chunk that is hardly longer than the overlap is shared but for its beginning, so that there is progress.
    if tokens + TOLERANCE < overlap.min(one.token_count / 2) {
        return Err(format!(
            "it shares only {tokens} tokens with the one before, and the overlap is {overlap}"
        ));
    }
    Ok(())
}
