//! The manifest of a result: what makes a result count, and says how it was made.

use crds::keys;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::document::Document;
use crate::{
    identity::key::hexadecimal,
    store::{Store, StoreError},
};

/// The largest manifest that is read.
const MAX_BYTES: u64 = 1 << 20;

/// Why there is no manifest to go by.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// There is no result that one could be of.
    #[error("there is no result")]
    NoResult,
    /// It is not what was committed.
    #[error("it is not what was committed: {0}")]
    Inconsistent(&'static str),
    /// It is not in the store, or the store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What of a manifest is needed.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    /// The version of the encoder that made the result; empty where it is not said.
    #[serde(default)]
    pub encoder_version: String,
    /// What became of a PDF's running heads; `None` where the encoder did not say so yet.
    pub running_heads: Option<String>,
    /// The chunks with everything about them.
    pub metadata_file: FileEntry,
    /// Their index.
    pub index_file: FileEntry,
    /// Where the result lies.
    #[serde(skip)]
    prefix: String,
}

/// A file of a result.
#[derive(Clone, Debug, Deserialize)]
pub struct FileEntry {
    /// Its path from where the manifest lies.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Follows the chain that makes a result count: the row names manifest and digest, the manifest its files and theirs.
    ///
    /// # Errors
    /// Where the document has no result, where the manifest is not the one that was committed, and those of the store.
    pub async fn read(store: &Store, document: &Document) -> Result<Self, ManifestError> {
        let result = document.result().ok_or(ManifestError::NoResult)?;
        let encoding = result.encoding;
        let (encoded, uid) = (
            encoding.document_id.to_string(),
            encoding.resource_uid.to_string(),
        );
        let named = |field: &str| result.metadata[field].as_str().unwrap_or_default();
        let prefix = document
            .storing_owners()
            .iter()
            .map(|owner| keys::encoding_prefix(owner, &encoded, &uid))
            .find(|prefix| named("manifest") == keys::manifest(prefix))
            .ok_or(ManifestError::Inconsistent(
                "the manifest lies outside of the document",
            ))?;
        let object = store.read(named("manifest")).await?;
        if object.size > MAX_BYTES {
            return Err(ManifestError::Inconsistent("the manifest is too long"));
        }
        let bytes = object
            .bytes()
            .await
            .map_err(|error| StoreError::failed("read", named("manifest"), error))?;
        if Some(hexadecimal(&Sha256::digest(&bytes)).as_str()) != result.manifest_sha256() {
            return Err(ManifestError::Inconsistent("the manifest has another digest"));
        }
        let manifest: Self = serde_json::from_slice(&bytes)
            .map_err(|_| ManifestError::Inconsistent("the manifest cannot be read"))?;
        Ok(Self { prefix, ..manifest })
    }

    /// The key of one of its files.
    ///
    /// # Errors
    /// Where the file would lie outside of the result.
    pub fn key(&self, file: &FileEntry) -> Result<String, ManifestError> {
        if file.path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(ManifestError::Inconsistent(
                "the manifest names a file outside of the result",
            ));
        }
        Ok(format!("{}/{}", self.prefix, file.path))
    }
}
