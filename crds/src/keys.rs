//! Where things lie in the object store.
//!
//! ```text
//! <owner>/documents/<document id>/source
//! <owner>/documents/<document id>/encodings/<resource uid>/manifest.json
//! <owner>/documents/<document id>/encodings/<resource uid>/attempt-<pod uid>/<stem>_sections_metadata.json
//! <owner>/documents/<document id>/encodings/<resource uid>/attempt-<pod uid>/<stem>_sections_index.json
//! ```
//!
//! `<owner>` is [`Owner::prefix`]. Ids make the keys; a name a person chose is never a path (the stem is made safe).

use crate::Owner;

/// Key of the file a person uploaded.
pub fn source(owner: &Owner, document_id: &str) -> String {
    format!("{}/source", document_prefix(owner, document_id))
}

/// Prefix of everything of one document, without a slash at the end.
pub fn document_prefix(owner: &Owner, document_id: &str) -> String {
    format!("{}/documents/{document_id}", owner.prefix())
}

/// Prefix of everything of one resource, without a slash at the end.
pub fn encoding_prefix(owner: &Owner, document_id: &str, resource_uid: &str) -> String {
    format!("{}/encodings/{resource_uid}", document_prefix(owner, document_id))
}

/// Key of the manifest: the commit of a resource, of which there is at most one, ever.
pub fn manifest(encoding_prefix: &str) -> String {
    format!("{encoding_prefix}/manifest.json")
}

/// Prefix of what one attempt writes, without a slash at the end.
pub fn attempt_prefix(encoding_prefix: &str, pod_uid: &str) -> String {
    format!("{encoding_prefix}/attempt-{pod_uid}")
}

/// Whether a key is in its plain form: no empty, `.` or `..` parts and no control characters.
pub fn is_plain(key: &str) -> bool {
    !key.chars().any(char::is_control) && key.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
