//! Proof that a result is what its manifest says, and keeps the rules.
//!
//! | file | proves |
//! |---|---|
//! | `consistency.rs` | that both files say of the document what the manifest says |
//! | `page_map.rs` | that the pages make up the text; knows where each lies |
//! | `headings.rs` | that the headings are in order; knows under which one a character stands |
//! | `chunks.rs` | each chunk by itself: its text, tokens, positions, pages, title, id |
//! | `order.rs` | that sections and chunks follow each other as they must |
//! | `coverage.rs` | that no text is missing between the chunks |
//! | `index.rs` | the index |

mod chunks;
mod consistency;
mod coverage;
mod headings;
mod index;
mod order;
mod page_map;
#[cfg(test)]
mod tests;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    FileEntry, MANIFEST_NAME, Manifest, SCHEMA_VERSION, index::IndexFile, metadata::MetadataFile,
    problem::Problem,
};
use crate::{chunk::Vocabulary, digest::sha256, failure::FailureReason};
use headings::Headings;
use page_map::PageMap;

/// Verifies every result in a directory and below, each when it is asked for: its manifest's path, and what is wrong with it.
///
/// # Errors
/// [`Problem`] where the directory cannot be read, or there is no manifest at all.
pub fn verify_directory(
    directory: &Path,
) -> Result<impl Iterator<Item = (PathBuf, Result<(), Problem>)>, Problem> {
    let mut manifests = Vec::new();
    find_manifests(directory, &mut manifests).map_err(|error| unreadable(directory, &error))?;
    if manifests.is_empty() {
        let text = format!("there is no {MANIFEST_NAME} in it or below: nothing was committed here");
        return Err(Problem::because(FailureReason::SourceNotFound, text));
    }
    manifests.sort();
    Ok(manifests.into_iter().map(|path| {
        let proved = verify_manifest(&path);
        (path, proved)
    }))
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

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    // What is looked for was there, or is promised by a manifest.
    let reason = if error.kind() == io::ErrorKind::NotFound {
        FailureReason::OutputMissing
    } else {
        FailureReason::StoreUnavailable
    };
    Problem::because(reason, format!("unable to read {}: {error}", path.display()))
}

fn verify_manifest(path: &Path) -> Result<(), Problem> {
    let read = |path: &Path| fs::read(path).map_err(|error| unreadable(path, &error));
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
    /// The document itself is not at hand, so what stands nowhere twice cannot be proved: where its headings stand, warnings, and which
    /// whitespace stands between two sections.
    ///
    /// # Errors
    /// [`Problem`] at the first thing that is wrong.
    pub fn verify(&self, metadata: &[u8], index: &[u8]) -> Result<(), Problem> {
        self.verify_digests(metadata, index)?;
        let metadata: MetadataFile<'_> = parse(metadata, &self.metadata_file)?;
        let index: IndexFile<'_> = parse(index, &self.index_file)?;
        consistency::verify(self, &metadata)?;
        index::verify(self, &metadata, &index).map_err(|problem| problem.of(&self.index_file.path))?;
        let vocabulary = Vocabulary::new(self.parameters.tokenizer);
        let rules = || {
            let pages = PageMap::new(&metadata)?;
            let headings = Headings::new(&metadata)?;
            chunks::verify(&metadata, &pages, &headings, &self.parameters, vocabulary)?;
            order::verify(&metadata, &self.parameters, vocabulary)?;
            coverage::verify(&metadata, &pages, vocabulary)
        };
        rules().map_err(|problem| problem.of(&self.metadata_file.path))
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
