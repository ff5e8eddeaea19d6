//! What a Job is told to do: a list of assignments, one for each document.

use serde::{Deserialize, Serialize};

use crate::{Chunking, OnEmptyPages, Owner, keys};

/// Environment variable of the encoder's container that holds the assignments, a JSON array of [`Assignment`].
pub const ENVIRONMENT_VARIABLE: &str = "SOCRATE_ASSIGNMENTS";

/// One document to encode, for one resource, in one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// Namespace of the resource.
    pub namespace: String,
    /// Name of the resource.
    pub name: String,
    /// Uid of the resource; a resource of the same name and another uid is another resource.
    pub uid: String,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Whose it is.
    pub owner: Owner,
    /// Id of the document: of the label where the API made the resource, else the resource's uid.
    pub document_id: String,
    /// What the person called the file.
    pub file_name: String,
    /// Where to read it.
    pub source: AssignedSource,
    /// How to cut it.
    pub chunking: Chunking,
    /// What pages without text mean.
    pub on_empty_pages: OnEmptyPages,
    /// The longest it may take, in seconds.
    pub timeout_seconds: i64,
    /// The largest source that is read, in bytes.
    pub max_source_bytes: u64,
}

/// Where an encoder reads a document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AssignedSource {
    /// The object with this key in the store.
    Object(String),
    /// A file below a mounted volume; no symbolic link is followed on the way to it.
    #[serde(rename_all = "camelCase")]
    VolumeFile {
        /// Where the volume is mounted.
        mount_path: String,
        /// The normalised path below it.
        path: String,
    },
    /// A file mounted by itself, with this path.
    MountedFile(String),
}

impl Assignment {
    /// Prefix of everything this resource's encoders write, without a slash at the end.
    pub fn encoding_prefix(&self) -> String {
        keys::encoding_prefix(&self.owner, &self.document_id, &self.uid)
    }
}
