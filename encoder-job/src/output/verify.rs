//! Proof that a result is what its manifest says, and keeps the rules.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{FileEntry, MANIFEST_NAME, Manifest, SCHEMA_VERSION, index::IndexFile, metadata::MetadataFile};
use crate::{chunk::Vocabulary, digest::sha256};

/// Something that is wrong with a result, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Problem(String);

impl Problem {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Verifies every result in a directory and below, and returns the manifests' paths.
///
/// # Errors
/// [`Problem`] at the first thing that is wrong; also where there is no manifest at all.
pub fn verify_directory(directory: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut manifests = Vec::new();
    find_manifests(directory, &mut manifests)
        .map_err(|error| Problem::new(format!("unable to read {}: {error}", directory.display())))?;
    if manifests.is_empty() {
        let message = format!(
            "there is no {MANIFEST_NAME} in {} or below: nothing was committed here",
            directory.display()
        );
        return Err(Problem::new(message));
    }
    manifests.sort();
    for path in &manifests {
        verify_manifest(path).map_err(|problem| Problem::new(format!("{}: {problem}", path.display())))?;
    }
    Ok(manifests)
}

fn find_manifests(directory: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            find_manifests(&entry.path(), found)?;
        } else if entry.file_name() == MANIFEST_NAME {
            found.push(entry.path());
        }
    }
    Ok(())
}

fn verify_manifest(path: &Path) -> Result<(), Problem> {
    let read = |path: &Path| {
        fs::read(path).map_err(|error| Problem::new(format!("unable to read {}: {error}", path.display())))
    };
    let manifest = Manifest::parse(&read(path)?)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut files = Vec::new();
    for entry in [&manifest.metadata_file, &manifest.index_file] {
        let relative = Path::new(&entry.path);
        if !relative
            .components()
            .all(|component| matches!(component, std::path::Component::Normal(_)))
        {
            return Err(Problem::new(format!(
                "the path {} leads out of the result",
                entry.path
            )));
        }
        files.push(read(&directory.join(relative))?);
    }
    manifest.verify(&files[0], &files[1])
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`Problem`] where the bytes are none, or one of another schema version.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|error| Problem::new(format!("this is no manifest: {error}")))?;
        if manifest.schema_version != SCHEMA_VERSION {
            let message = format!(
                "its schema version is {}, and only {SCHEMA_VERSION} is known",
                manifest.schema_version
            );
            return Err(Problem::new(message));
        }
        Ok(manifest)
    }

    /// Verifies the data files against this manifest, each other and the rules of chunking.
    ///
    /// # Errors
    /// [`Problem`] at the first thing that is wrong.
    pub fn verify(&self, metadata: &[u8], index: &[u8]) -> Result<(), Problem> {
        self.verify_digests(metadata, index)?;
        let metadata: MetadataFile = parse(metadata, &self.metadata_file)?;
        let index: IndexFile = parse(index, &self.index_file)?;
        let counts = [
            metadata.chunks.len(),
            metadata.chunks_count,
            index.metadata.len(),
            self.counts.chunks,
        ];
        if counts.iter().any(|&count| count != counts[0]) {
            return Err(Problem::new(format!("the numbers of chunks differ: {counts:?}")));
        }
        let vocabulary = Vocabulary::new(self.parameters.tokenizer);
        for (number, (chunk, frame)) in metadata.chunks.iter().zip(&index.metadata).enumerate() {
            let wrong = |what: &str| Err(Problem::new(format!("chunk {number}: {what}")));
            let length = chunk.text.chars().count();
            if chunk.text != frame.text || frame.id != number || frame.length != length {
                return wrong("the two files do not agree");
            }
            if chunk.char_end - chunk.char_start != length || chunk.metadata.length != length {
                return wrong("its positions do not fit its text");
            }
            if vocabulary.count(&chunk.text) != chunk.token_count || chunk.token_count > self.parameters.size
            {
                return wrong("its number of tokens is not what it says, or more than is allowed");
            }
        }
        for (number, pair) in metadata.chunks.windows(2).enumerate() {
            let (one, next) = (&pair[0], &pair[1]);
            if next.char_start <= one.char_start || next.char_end <= one.char_end {
                return Err(Problem::new(format!(
                    "chunk {number} and the next are one within the other"
                )));
            }
            let shared = one.char_end.saturating_sub(next.char_start);
            let end: String = one
                .text
                .chars()
                .skip(one.metadata.length - shared.min(one.metadata.length))
                .collect();
            if !next.text.starts_with(&end) {
                return Err(Problem::new(format!(
                    "chunk {number} and the next do not share the text they overlap in"
                )));
            }
        }
        Ok(())
    }

    /// Verifies sizes and digests only.
    ///
    /// # Errors
    /// [`Problem`] at the first file that is not the one the manifest names.
    pub fn verify_digests(&self, metadata: &[u8], index: &[u8]) -> Result<(), Problem> {
        for (entry, bytes) in [(&self.metadata_file, metadata), (&self.index_file, index)] {
            if bytes.len() != entry.size {
                let message = format!(
                    "{} has {} bytes and should have {}",
                    entry.path,
                    bytes.len(),
                    entry.size
                );
                return Err(Problem::new(message));
            }
            if sha256(bytes) != entry.sha256 {
                return Err(Problem::new(format!(
                    "{} was changed: its SHA-256 is another",
                    entry.path
                )));
            }
        }
        Ok(())
    }
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8], entry: &FileEntry) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        Problem::new(format!(
            "{} is not of the shape it should be: {error}",
            entry.path
        ))
    })
}
