//! The two data files and the manifest that commits them.
//!
//! Everything here is a function of the document, the file name and the parameters: two runs give the same bytes. (How
//! long it took is told on standard error and in the log, not in the files.)

mod index;
mod manifest;
mod metadata;
mod problem;
mod stem;
mod verify;

pub use manifest::{Counts, Facts, FileEntry, MANIFEST_NAME, Manifest};
pub use metadata::{MetadataFile, PageEntry};
pub use problem::Problem;
pub use stem::stem;
pub use verify::verify_directory;

use crate::{
    chunk::{Chunked, Parameters},
    document::ExtractedDocument,
    language::Language,
};

/// Version of the shape of all three files.
pub const SCHEMA_VERSION: u32 = 1;

/// Version of the encoder, as it stands in the outputs.
pub const ENCODER_VERSION: &str = env!("CARGO_PKG_VERSION");

/// One file of an output, in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Its name, a safe one, without a path.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The data files of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFiles {
    /// `<stem>_sections_metadata.json`.
    pub metadata: OutputFile,
    /// `<stem>_sections_index.json`.
    pub index: OutputFile,
}

/// Writes the two data files.
pub fn data_files(
    file_name: &str,
    document: &ExtractedDocument,
    chunked: &Chunked<'_>,
    parameters: &Parameters,
    language: Language,
) -> DataFiles {
    let [metadata_name, index_name] = file_names(file_name);
    let metadata = metadata::metadata_file(file_name, document, chunked, parameters, language);
    let index = index::index_file(chunked, parameters);
    DataFiles {
        metadata: OutputFile {
            name: metadata_name,
            bytes: json(&metadata),
        },
        index: OutputFile {
            name: index_name,
            bytes: json(&index),
        },
    }
}

/// The names of the two data files of a document that a person called this: that of the metadata, and that of the index.
pub fn file_names(file_name: &str) -> [String; 2] {
    let stem = stem(file_name);
    ["metadata", "index"].map(|kind| format!("{stem}_sections_{kind}.json"))
}

/// Compact JSON with a line end.
fn json(value: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(value)
        .expect("maps with text keys and finite numbers can always be written as JSON");
    bytes.push(b'\n');
    bytes
}
