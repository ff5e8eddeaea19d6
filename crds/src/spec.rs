//! What a person or the API asks for: the `spec` of a [`DocumentEncoding`].
#![allow(
    clippy::duplicated_attributes,
    reason = "each printed column names its own type and priority"
)]

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::status::DocumentEncodingStatus;

/// Default of [`DocumentEncodingSpec::queue`].
pub const DEFAULT_QUEUE: &str = "documents";
/// The queue of background work, such as re-encoding in bulk.
pub const MAINTENANCE_QUEUE: &str = "maintenance";
/// Default and maximum of [`DocumentEncodingSpec::timeout_seconds`].
pub const MAX_TIMEOUT_SECONDS: i64 = 3600;
/// The longest [`Source::file_name`], in characters.
pub const MAX_FILE_NAME_LENGTH: usize = 255;

/// A DNS subdomain (RFC 1123), which the names of `ConfigMap`s and claims are.
const SUBDOMAIN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// What Kubernetes allows as a key of a ConfigMap.
const CONFIG_MAP_KEY: &str = r"^[-._a-zA-Z0-9]+$";
/// Without control characters.
const PRINTABLE: &str = r"^[^\x00-\x1f\x7f]*$";

/// Whether the text is a DNS subdomain (RFC 1123), as the names of `ConfigMap`s and claims are.
pub fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_part_of_subdomain)
}

/// A part between dots; of a subdomain only the whole is limited in length.
fn is_part_of_subdomain(part: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !part.is_empty() && part.bytes().all(allowed) && !part.starts_with('-') && !part.ends_with('-')
}

/// A request to encode one document: its text extracted, cut into overlapping chunks of tokens and written as JSON.
///
/// The rule on the whole object freezes a finished resource: a terminal phase, its result and its failure never change
/// again, and the status cannot be removed either.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Deserialize, Serialize)]
#[kube(
    group = "encoding.socrate.ai",
    version = "v1alpha1",
    kind = "DocumentEncoding",
    plural = "documentencodings",
    shortname = "denc",
    category = "socrate",
    namespaced,
    status = "DocumentEncodingStatus",
    derive = "PartialEq",
    doc = "A request to encode one document: its text extracted, cut into overlapping chunks of tokens and written as JSON.",
    printcolumn(
        name = "Status",
        type_ = "string",
        json_path = ".status.phase",
        description = "Pending, Queued, Processing, Ready, Failed or Cancelled"
    ),
    printcolumn(
        name = "Progress",
        type_ = "integer",
        json_path = ".status.progress",
        description = "Per cent of the work that is done"
    ),
    printcolumn(
        name = "Chunks",
        type_ = "integer",
        json_path = ".status.result.totalChunks",
        description = "Chunks in the result"
    ),
    printcolumn(
        name = "Language",
        type_ = "string",
        json_path = ".status.result.language",
        description = "ISO 639-1 code of the language of the text"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Queue", type_ = "string", json_path = ".spec.queue", priority = 1),
    printcolumn(
        name = "Position",
        type_ = "integer",
        json_path = ".status.queuePosition",
        priority = 1,
        description = "Place in its queue, from 1, while it waits"
    ),
    printcolumn(
        name = "Attempt",
        type_ = "integer",
        json_path = ".status.attempt",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].message",
        priority = 1,
        description = "What it waits for, what is being done, or why it failed"
    )
)]
#[serde(rename_all = "camelCase")]
pub struct DocumentEncodingSpec {
    /// Where the document is, and what its owner called it. Immutable.
    pub source: Source,

    /// How the text is cut. Immutable.
    #[serde(default)]
    pub chunking: Chunking,

    /// The queue it waits in: `documents`, `maintenance`, or another configured queue.
    #[serde(default = "default_queue")]
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub queue: String,

    /// Among the documents of one tenant in one queue, higher goes first: −1000 to 1000.
    #[serde(default)]
    #[schemars(range(min = -1000, max = 1000))]
    pub priority: i32,

    /// While true no encoder runs for it; one that runs is stopped.
    #[serde(default)]
    pub suspend: bool,

    /// True ends it as Cancelled. Once true it stays true.
    #[serde(default)]
    pub cancelled: bool,

    /// The longest one attempt may take, in seconds.
    #[serde(default = "default_timeout_seconds")]
    #[schemars(range(min = 1, max = 3600))]
    pub timeout_seconds: i64,

    /// How often it is tried before a failure that could pass is final.
    #[serde(default = "default_max_attempts")]
    #[schemars(range(min = 1, max = 10))]
    pub max_attempts: i32,

    /// How long the finished resource is kept, in seconds. The outputs stay.
    #[serde(default = "default_ttl_seconds")]
    #[schemars(range(min = 0))]
    pub ttl_seconds_after_finished: i64,

    /// What pages without text mean for the whole document.
    #[serde(default)]
    pub on_empty_pages: OnEmptyPages,

    /// What the encoder's container may use; without it the queue's default holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
}

/// Where a document is. Exactly one of the three places is set.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
#[x_kube(validation = Rule::new("[has(self.object), has(self.persistentVolumeClaim), has(self.configMap)].filter(isSet, isSet).size() == 1").message("exactly one of object, persistentVolumeClaim and configMap must be set"))]
#[x_kube(validation = Rule::new(r"!self.fileName.matches('[\\x00-\\x1f\\x7f/]')").message("fileName must not contain control characters or slashes"))]
pub struct Source {
    /// An object in the configured store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectSource>,

    /// A file in a volume of the resource's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persistent_volume_claim: Option<PersistentVolumeClaimSource>,

    /// A key of a ConfigMap in the resource's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map: Option<ConfigMapSource>,

    /// What the person called the file. It is data: it never becomes part of a path, only the stem of the outputs' names.
    #[schemars(length(min = 1, max = 255))]
    pub file_name: String,

    /// The media type the uploader claimed. The encoder goes by the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255), regex(pattern = PRINTABLE))]
    pub content_type: Option<String>,

    /// How large it is, in bytes, where that is known: a hint, by which large documents get Jobs of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub size_bytes: Option<i64>,
}

/// An object in the configured store.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectSource {
    /// Its key; it must lie under `tenants/<tenant>/` of the tenant the resource belongs to.
    #[schemars(length(min = 1, max = 1024))]
    pub key: String,
}

/// A file in a volume. The claim must carry the label `encoding.socrate.ai/source: "true"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersistentVolumeClaimSource {
    /// The claim's name.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub claim_name: String,
    /// The file's path from the root of the volume; `..` and symbolic links are refused.
    #[schemars(length(min = 1, max = 4096))]
    pub path: String,
}

/// A key of a ConfigMap. The ConfigMap must carry the label `encoding.socrate.ai/source: "true"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMapSource {
    /// The ConfigMap's name.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub name: String,
    /// The key in its `data` or `binaryData`.
    #[schemars(length(min = 1, max = 253), regex(pattern = CONFIG_MAP_KEY))]
    pub key: String,
}

/// How the text is cut into chunks.
#[derive(KubeSchema, Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
#[x_kube(validation = Rule::new("self.overlap < self.size").message("overlap must be less than size"))]
pub struct Chunking {
    /// The most tokens of a chunk; at least 8, as one character can take four.
    #[serde(default = "default_size")]
    #[schemars(range(min = 8, max = 100_000))]
    pub size: u32,
    /// The tokens neighbouring chunks share.
    #[serde(default = "default_overlap")]
    #[schemars(range(min = 0, max = 100_000))]
    pub overlap: u32,
    /// The vocabulary the tokens are counted in.
    #[serde(default)]
    pub encoding: Tokenizer,
    /// Where a chunk may end.
    #[serde(default)]
    pub boundary: Boundary,
}

impl Default for Chunking {
    fn default() -> Self {
        Self {
            size: default_size(),
            overlap: default_overlap(),
            encoding: Tokenizer::default(),
            boundary: Boundary::default(),
        }
    }
}

/// A vocabulary of tokens, as published with tiktoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Tokenizer {
    /// That of GPT-4.
    #[default]
    #[serde(rename = "cl100k_base")]
    Cl100kBase,
    /// That of GPT-4o.
    #[serde(rename = "o200k_base")]
    O200kBase,
}

impl Tokenizer {
    /// Its published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cl100kBase => "cl100k_base",
            Self::O200kBase => "o200k_base",
        }
    }
}

/// Where a chunk may end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Boundary {
    /// At the last end of a paragraph, heading or sentence in the chunk's last fifth, if there is one.
    #[default]
    Sentence,
    /// At exactly `size` tokens.
    Token,
}

/// What pages without text mean for the whole document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum OnEmptyPages {
    /// The document succeeds, and its message says which pages are empty.
    #[default]
    Warn,
    /// The document fails with `NoText`.
    Fail,
    /// The document succeeds, and nothing is said.
    Ignore,
}

/// What the encoder's container may use.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resources {
    /// Processor time, requested (it is not limited above that): `500m`, `2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Quantity>,
    /// Memory, requested and limited: `512Mi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Quantity>,
}

fn default_size() -> u32 {
    1200
}

fn default_overlap() -> u32 {
    200
}

fn default_queue() -> String {
    DEFAULT_QUEUE.to_owned()
}

fn default_timeout_seconds() -> i64 {
    MAX_TIMEOUT_SECONDS
}

fn default_max_attempts() -> i32 {
    3
}

fn default_ttl_seconds() -> i64 {
    86_400
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_subdomain_and_no_way_to_elsewhere() {
        for good in ["a", "texts", "a-b.c1", "0"] {
            assert!(is_dns_subdomain(good), "{good}");
        }
        let long = "a".repeat(254);
        for bad in [
            "", "a/status", "A", "a..b", ".a", "a.", "-a", "a-", "a_b", "a b", "..", &long,
        ] {
            assert!(!is_dns_subdomain(bad), "{bad}");
        }
    }
}
