//! `manifest.json`: names the data files with their digests. It is written last, and is what makes a result.

use serde::{Deserialize, Serialize};

use super::{DataFiles, ENCODER_VERSION, OutputFile, SCHEMA_VERSION, json};
use crate::{
    chunk::{Chunked, Parameters},
    digest::sha256,
    document::{ExtractedDocument, Format},
    extract::RunningHeads,
    language::Language,
};

/// The manifest's file name.
pub const MANIFEST_NAME: &str = "manifest.json";

/// A committed result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this shape.
    pub schema_version: u32,
    /// Version of the encoder that made it.
    pub encoder_version: String,
    /// What the person called the document.
    pub file: String,
    /// What the document is, by its content.
    pub format: Format,
    /// SHA-256 of the document's bytes.
    pub source_sha256: String,
    /// How it was cut.
    pub parameters: Parameters,
    /// What became of running heads; a manifest of an encoder that did not say so yet does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_heads: Option<RunningHeads>,
    /// What is in it.
    pub counts: Counts,
    /// ISO 639-1 code, `und` when unsure.
    pub language: String,
    /// 0 to 1.
    pub language_confidence: f64,
    /// `<stem>_sections_metadata.json`.
    pub metadata_file: FileEntry,
    /// `<stem>_sections_index.json`.
    pub index_file: FileEntry,
}

/// What is in a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Chunks in all.
    pub chunks: usize,
    /// Sections in all.
    pub sections: usize,
    /// Tokens of the whole extracted text.
    pub tokens: usize,
    /// Characters of the whole extracted text.
    pub characters: usize,
    /// Pages in all.
    pub pages: usize,
    /// Pages without text, whatever the reason; one that was read in part has some.
    pub empty_pages: usize,
}

/// One data file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path from where the manifest lies.
    pub path: String,
    /// Its length in bytes.
    pub size: usize,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

impl FileEntry {
    fn new(file: &OutputFile, prefix: &str) -> Self {
        Self {
            path: format!("{prefix}{}", file.name),
            size: file.bytes.len(),
            sha256: sha256(&file.bytes),
        }
    }
}

impl Manifest {
    /// The manifest of two data files that lie at `prefix` (empty, or a path that ends with a slash) below it.
    pub fn new(
        document: &ExtractedDocument,
        chunked: &Chunked<'_>,
        files: &DataFiles,
        facts: Facts<'_>,
        prefix: &str,
    ) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            encoder_version: ENCODER_VERSION.to_owned(),
            file: facts.file_name.to_owned(),
            format: document.format,
            source_sha256: facts.source_sha256.to_owned(),
            parameters: *facts.parameters,
            running_heads: Some(facts.running_heads),
            counts: Counts {
                chunks: chunked.chunks.len(),
                sections: chunked.sections,
                tokens: chunked.total_tokens,
                characters: chunked.total_characters,
                pages: document.pages.len(),
                empty_pages: document.pages.iter().filter(|page| page.text.is_empty()).count(),
            },
            language: facts.language.code.to_owned(),
            language_confidence: facts.language.confidence,
            metadata_file: FileEntry::new(&files.metadata, prefix),
            index_file: FileEntry::new(&files.index, prefix),
        }
    }

    /// Its bytes, as they are stored and digested.
    pub fn to_bytes(&self) -> Vec<u8> {
        json(self)
    }
}

/// What a manifest says besides what is in the document and its files.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// What the person called the document.
    pub file_name: &'a str,
    /// SHA-256 of the document's bytes.
    pub source_sha256: &'a str,
    /// How it was cut.
    pub parameters: &'a Parameters,
    /// What became of running heads.
    pub running_heads: RunningHeads,
    /// Its language.
    pub language: Language,
}
