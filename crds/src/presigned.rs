//! Presigned URLs: how an encoder reaches an S3 store without credentials.
//!
//! Where the store is `s3://…`, a Pod asks the operator, at the same address and with the same token as for assignments, for a URL for each
//! operation on the objects of one assignment that it holds. It names operations and not keys, so that nothing else can be asked for. The operator signs
//! with its own credentials; each URL is good for one method, one key and a few minutes (AWS Signature Version 4).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AssignedSource, Assignment, AssignmentKey, keys};

/// Path at the operator where Pods ask for presigned URLs, with POST.
pub const PATH: &str = "/v1/presigned-urls";
/// The most operations in one request.
pub const MAX_OPERATIONS: usize = 16;
/// The longest name of a file, in bytes.
const MAX_NAME_BYTES: usize = 512;

/// What a Pod asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PresignedUrlsRequest {
    /// The assignment it works on.
    pub assignment: AssignmentKey,
    /// What it is about to do, at most [`MAX_OPERATIONS`].
    pub operations: Vec<ObjectOperation>,
}

/// What it is given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PresignedUrlsResponse {
    /// A URL for each operation, in the order of the request.
    pub urls: Vec<PresignedUrl>,
    /// For how long from now they are good, in seconds.
    pub valid_seconds: u64,
}

/// A URL that opens an object for whoever holds it: a secret, which `Debug` does not show.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct PresignedUrl(String);

impl PresignedUrl {
    /// The secret.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PresignedUrl(…)")
    }
}

/// One thing that an encoder does with an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ObjectOperation {
    /// GET of the source.
    ReadSource,
    /// GET of the manifest.
    ReadManifest,
    /// PUT of the manifest, if there is none.
    CreateManifest,
    /// PUT of the manifest in the place of a broken one, and of no other.
    #[serde(rename_all = "camelCase")]
    ReplaceManifest {
        /// The entity tag of the broken one, with its quotes.
        e_tag: String,
    },
    /// GET of a data file, of whichever attempt.
    ReadFile {
        /// Its path from the manifest: `attempt-<pod uid>/<name>`.
        path: String,
    },
    /// PUT of a file of the Pod's own attempt.
    WriteFile {
        /// Its name.
        name: String,
    },
    /// DELETE of a file of the Pod's own attempt.
    DeleteFile {
        /// Its name.
        name: String,
    },
}

/// Why an operation has no URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// The source is no object of the store.
    #[error("the source of this assignment is no object of the store")]
    NoObject,
    /// The name or the path is none that an encoder writes.
    #[error(
        "files are named without slashes and control characters, and other attempts' as attempt-<pod uid>/<name>"
    )]
    Name,
    /// The entity tag is none.
    #[error("an entity tag is a text in quotes")]
    EntityTag,
}

impl ObjectOperation {
    /// The HTTP method.
    pub fn method(&self) -> &'static str {
        match self {
            Self::ReadSource | Self::ReadManifest | Self::ReadFile { .. } => "GET",
            Self::CreateManifest | Self::ReplaceManifest { .. } | Self::WriteFile { .. } => "PUT",
            Self::DeleteFile { .. } => "DELETE",
        }
    }

    /// The header that is signed with it, and so must be sent: a condition without which the manifest could be overwritten (RFC 9110, 13.1).
    pub fn condition(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::CreateManifest => Some(("if-none-match", "*")),
            Self::ReplaceManifest { e_tag } => Some(("if-match", e_tag)),
            _ => None,
        }
    }

    /// The object's key, for this assignment and the Pod that holds it.
    ///
    /// # Errors
    /// [`NotAllowed`].
    pub fn key(&self, assignment: &Assignment, pod_uid: &str) -> Result<String, NotAllowed> {
        let prefix = assignment.encoding_prefix();
        let own = |name: &str| {
            is_name(name)
                .then(|| format!("{}/{name}", keys::attempt_prefix(&prefix, pod_uid)))
                .ok_or(NotAllowed::Name)
        };
        match self {
            Self::ReadSource => match &assignment.source {
                AssignedSource::Object(key) => Ok(key.clone()),
                AssignedSource::VolumeFile { .. } | AssignedSource::MountedFile(_) => {
                    Err(NotAllowed::NoObject)
                }
            },
            Self::ReadManifest | Self::CreateManifest => Ok(keys::manifest(&prefix)),
            Self::ReplaceManifest { e_tag } if is_entity_tag(e_tag) => Ok(keys::manifest(&prefix)),
            Self::ReplaceManifest { .. } => Err(NotAllowed::EntityTag),
            Self::ReadFile { path } => match path.split_once('/') {
                Some((attempt, name)) if is_name(name) && is_attempt(attempt) => {
                    Ok(format!("{prefix}/{path}"))
                }
                _ => Err(NotAllowed::Name),
            },
            Self::WriteFile { name } | Self::DeleteFile { name } => own(name),
        }
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME_BYTES && !name.contains(['/', '\\']) && keys::is_plain(name)
}

fn is_attempt(part: &str) -> bool {
    let uid = part.strip_prefix("attempt-");
    uid.is_some_and(|uid| !uid.is_empty() && is_name(part))
}

/// A strong entity tag (RFC 9110, 8.8.3).
fn is_entity_tag(tag: &str) -> bool {
    let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    inner.is_some_and(|inner| {
        inner.len() <= MAX_NAME_BYTES && inner.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignment(source: &serde_json::Value) -> Assignment {
        serde_json::from_value(serde_json::json!({
            "namespace": "team", "name": "name", "uid": "u", "attempt": 1, "tries": 1, "owner": {"tenant": "t"},
            "documentId": "d", "fileName": "f.txt", "source": source, "chunking": {},
            "onEmptyPages": "Warn", "timeoutSeconds": 60, "maxSourceBytes": 1000
        }))
        .unwrap()
    }

    fn key(operation: &ObjectOperation) -> Result<String, NotAllowed> {
        let source = serde_json::json!({"object": "tenants/t/documents/d/source"});
        operation.key(&assignment(&source), "pod")
    }

    #[test]
    fn operations_lead_to_the_assignments_own_objects() {
        let prefix = "tenants/t/documents/d/encodings/u";
        let name = || "f_sections_index.json".to_owned();
        for (operation, method, expected) in [
            (
                ObjectOperation::ReadSource,
                "GET",
                "tenants/t/documents/d/source".to_owned(),
            ),
            (
                ObjectOperation::ReadManifest,
                "GET",
                format!("{prefix}/manifest.json"),
            ),
            (
                ObjectOperation::CreateManifest,
                "PUT",
                format!("{prefix}/manifest.json"),
            ),
            (
                ObjectOperation::ReplaceManifest {
                    e_tag: "\"0a\"".to_owned(),
                },
                "PUT",
                format!("{prefix}/manifest.json"),
            ),
            (
                ObjectOperation::ReadFile {
                    path: format!("attempt-other/{}", name()),
                },
                "GET",
                format!("{prefix}/attempt-other/{}", name()),
            ),
            (
                ObjectOperation::WriteFile { name: name() },
                "PUT",
                format!("{prefix}/attempt-pod/{}", name()),
            ),
            (
                ObjectOperation::DeleteFile { name: name() },
                "DELETE",
                format!("{prefix}/attempt-pod/{}", name()),
            ),
        ] {
            assert_eq!(key(&operation), Ok(expected), "{operation:?}");
            assert_eq!(operation.method(), method);
        }
    }

    #[test]
    fn nothing_else_can_be_named() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "../manifest.json",
            "a\\b",
            "a\nb",
            &"a".repeat(513),
        ] {
            for operation in [
                ObjectOperation::WriteFile {
                    name: name.to_owned(),
                },
                ObjectOperation::DeleteFile {
                    name: name.to_owned(),
                },
                ObjectOperation::ReadFile {
                    path: format!("attempt-x/{name}"),
                },
            ] {
                assert_eq!(key(&operation), Err(NotAllowed::Name), "{name:?}");
            }
        }
        for path in [
            "manifest.json",
            "attempt-/a",
            "../u2/attempt-x",
            "attempt-x",
            "other/a",
            "attempt-../a/..",
        ] {
            let operation = ObjectOperation::ReadFile {
                path: path.to_owned(),
            };
            assert_eq!(key(&operation), Err(NotAllowed::Name), "{path:?}");
        }
        for e_tag in ["", "*", "\"", "a", "\"a\"b\"", "\"a\r\nb\"", "\"a\", \"b\""] {
            let operation = ObjectOperation::ReplaceManifest {
                e_tag: e_tag.to_owned(),
            };
            assert_eq!(key(&operation), Err(NotAllowed::EntityTag), "{e_tag:?}");
        }
        let mounted = assignment(&serde_json::json!({"mountedFile": "/source/content"}));
        assert_eq!(
            ObjectOperation::ReadSource.key(&mounted, "pod"),
            Err(NotAllowed::NoObject)
        );
    }

    #[test]
    fn a_manifest_is_written_under_a_condition_only() {
        assert_eq!(
            ObjectOperation::CreateManifest.condition(),
            Some(("if-none-match", "*"))
        );
        let e_tag = "\"0a\"".to_owned();
        assert_eq!(
            ObjectOperation::ReplaceManifest { e_tag }.condition(),
            Some(("if-match", "\"0a\""))
        );
    }

    #[test]
    fn a_url_is_shown_to_nobody() {
        let response = PresignedUrlsResponse {
            urls: vec![PresignedUrl::new("https://store/key?X-Amz-Signature=secret")],
            valid_seconds: 60,
        };
        assert!(!format!("{response:?}").contains("secret"));
        let json = serde_json::to_string(&response).unwrap();
        assert_eq!(
            serde_json::from_str::<PresignedUrlsResponse>(&json).unwrap(),
            response
        );
    }
}
