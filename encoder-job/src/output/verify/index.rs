//! Whether the index is that of the metadata.

use crate::output::{
    Manifest, MetadataFile,
    index::{ChunkingConfig, IndexFile},
    problem::Problem,
};

/// Compares the index with the metadata and the manifest's parameters.
///
/// # Errors
/// [`Problem`] at the first thing that is wrong.
pub(super) fn verify(
    manifest: &Manifest,
    metadata: &MetadataFile<'_>,
    index: &IndexFile<'_>,
) -> Result<(), Problem> {
    let parameters = &manifest.parameters;
    let expected = ChunkingConfig {
        chunk_size: parameters.size,
        overlap: parameters.overlap,
        unit: "tokens".to_owned(),
        tokenizer: parameters.tokenizer.as_str().to_owned(),
    };
    if index.config.chunking != expected {
        return Err(Problem::new("its configuration is not what the manifest says"));
    }
    let count = metadata.chunks.len();
    if index.metadata.len() != count {
        let found = index.metadata.len();
        return Err(Problem::new(format!(
            "it has {found} chunks, and the metadata has {count}"
        )));
    }
    for (number, (frame, chunk)) in index.metadata.iter().zip(&metadata.chunks).enumerate() {
        let wrong = |what: &str| Err(Problem::new(format!("chunk {number}: {what}")));
        if frame.id != number || frame.frame != number {
            return wrong("its id or its frame is not its number");
        }
        if frame.text != chunk.text {
            return wrong("its text is not that of the metadata");
        }
        if frame.length != frame.text.chars().count() {
            return wrong("its length is not that of its text");
        }
    }
    if index.chunk_to_frame != (0..count).map(|number| (number, number)).collect() {
        return Err(Problem::new(
            "chunk_to_frame does not lead each chunk to its frame",
        ));
    }
    if index.frame_to_chunks != (0..count).map(|number| (number, vec![number])).collect() {
        return Err(Problem::new(
            "frame_to_chunks does not lead each frame to its chunk",
        ));
    }
    Ok(())
}
