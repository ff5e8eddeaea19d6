//! How the operator was told to behave. Made once, at the start, from [`crate::arguments`].

use std::net::SocketAddr;

use jiff::SignedDuration;

/// How the operator was told to behave.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The namespace where the API keeps its resources.
    pub encodings_namespace: String,
    /// The namespaces that are watched; empty is the whole cluster.
    pub watch_namespaces: Vec<String>,
    /// Whether an API mirrors the resources; then a finished one is held until it is archived.
    pub api_in_use: bool,
    /// How long a finished resource is held at most for the API to archive it.
    pub archive_timeout: SignedDuration,
    /// What the encoder's Jobs look like.
    pub encoder: EncoderSettings,
    /// How many documents are encoded at a time; `None` is no limit.
    pub max_concurrent: Option<usize>,
    /// The pause after the first failed attempt; it doubles with each.
    pub retry_delay: SignedDuration,
    /// How long a Pod may take to start before the attempt is given up.
    pub start_timeout: SignedDuration,
    /// How many resources are reconciled at a time.
    pub reconcile_concurrency: u16,
    /// Where `/healthz`, `/readyz` and `/metrics` are served.
    pub listen: SocketAddr,
}

/// What the encoder's Jobs look like.
#[derive(Clone, Debug, PartialEq)]
pub struct EncoderSettings {
    /// The image with `/encoder-job`.
    pub image: String,
    /// When the image is pulled: `IfNotPresent`, `Always` or `Never`.
    pub image_pull_policy: String,
    /// Address of the store as the encoder sees it.
    pub store_url: String,
    /// The largest source that is read, in bytes.
    pub max_source_bytes: u64,
    /// Processor time requested where a resource says nothing.
    pub cpu: String,
    /// Memory requested and limited where a resource says nothing, in bytes.
    pub memory: u64,
    /// The most memory an attempt is given, in bytes.
    pub memory_cap: u64,
    /// What the encoder logs, as in `RUST_LOG`.
    pub log: String,
    /// Whether a document is read where the kernel cannot put up all walls around the parser: `required`, `best-effort` or `off`.
    pub sandbox: String,
    /// What becomes of a PDF's running heads, feet and page numbers: `aside`, `keep` or `drop`.
    pub running_heads: String,
    /// How long a finished Job is kept for people to look at, in seconds.
    pub job_ttl_seconds: i32,
}
