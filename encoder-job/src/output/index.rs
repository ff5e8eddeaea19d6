//! `<stem>_sections_index.json`: memvid's index shape, each chunk a frame of its own. There is no video.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use crate::chunk::{Chunked, Parameters};

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct IndexFile<'text> {
    pub(super) metadata: Vec<FrameEntry<'text>>,
    /// From a chunk's number, as text, to its frame.
    pub(super) chunk_to_frame: NumberedMap<usize>,
    /// From a frame's number, as text, to its chunks.
    pub(super) frame_to_chunks: NumberedMap<Vec<usize>>,
    pub(super) config: Config,
}

/// A chunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FrameEntry<'text> {
    pub(super) id: usize,
    pub(super) text: Cow<'text, str>,
    pub(super) frame: usize,
    /// Characters of the text.
    pub(super) length: usize,
}

/// The part of memvid's configuration that means something here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Config {
    pub(super) chunking: ChunkingConfig,
}

/// How it was cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ChunkingConfig {
    pub(super) chunk_size: usize,
    pub(super) overlap: usize,
    pub(super) unit: String,
    pub(super) tokenizer: String,
}

/// A JSON object whose names are numbers, written in the numbers' order.
pub(super) type NumberedMap<T> = BTreeMap<usize, T>;

pub(super) fn index_file<'text>(chunked: &Chunked<'text>, parameters: &Parameters) -> IndexFile<'text> {
    let count = chunked.chunks.len();
    IndexFile {
        metadata: chunked
            .chunks
            .iter()
            .enumerate()
            .map(|(id, chunk)| FrameEntry {
                id,
                text: Cow::Borrowed(chunk.text),
                frame: id,
                length: chunk.char_end - chunk.char_start,
            })
            .collect(),
        chunk_to_frame: (0..count).map(|number| (number, number)).collect(),
        frame_to_chunks: (0..count).map(|number| (number, vec![number])).collect(),
        config: Config {
            chunking: ChunkingConfig {
                chunk_size: parameters.size,
                overlap: parameters.overlap,
                unit: "tokens".to_owned(),
                tokenizer: parameters.tokenizer.as_str().to_owned(),
            },
        },
    }
}
