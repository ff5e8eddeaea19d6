//! How the operator was told to behave. Made once, at the start, from [`crate::arguments`].

use std::{collections::BTreeMap, net::SocketAddr};

use jiff::SignedDuration;

use crate::queue;

/// How the operator was told to behave.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The namespace where the API keeps its resources.
    pub encodings_namespace: String,
    /// The namespaces that are watched, each once; empty is the whole cluster.
    pub watch_namespaces: Vec<String>,
    /// Whether an API mirrors the resources; then a finished one is held until it is archived.
    pub api_in_use: bool,
    /// How long a finished resource is held at most for the API to archive it.
    pub archive_timeout: SignedDuration,
    /// What the encoder's Jobs look like.
    pub encoder: EncoderSettings,
    /// What is queued, by the queue's name.
    pub queues: BTreeMap<String, QueueOptions>,
    /// The limits and weights of the queue pass.
    pub limits: queue::Settings,
    /// Bounds of a standing Job.
    pub standing: StandingSettings,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// The pause after the first failed attempt; it doubles with each.
    pub retry_delay: SignedDuration,
    /// How many Events of success and of beginning are published a second; warnings always are.
    pub event_rate: f64,
    /// How many resources are reconciled at a time.
    pub reconcile_concurrency: u16,
    /// Where `/healthz`, `/readyz` and `/metrics` are served.
    pub listen: SocketAddr,
    /// Where Pods ask for assignments, over TLS.
    pub assignments_listen: SocketAddr,
    /// What replicas of the operator agree by.
    pub replica: ReplicaSettings,
}

/// What a queue's documents get, besides their turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueOptions {
    /// Added to a document's own priority.
    pub default_priority: i32,
    /// Processor time requested where a resource says nothing.
    pub cpu: Option<String>,
    /// Memory requested and limited where a resource says nothing, in bytes.
    pub memory: Option<u64>,
    /// The local queue of Kueue that admits this queue's Jobs. The operator's own limits step aside.
    pub kueue_queue_name: Option<String>,
}

/// Bounds of a standing Job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingSettings {
    /// After so many documents it takes no more.
    pub max_documents: u32,
    /// After so long it takes no more.
    pub max_age: SignedDuration,
    /// A document with more bytes has a Job of its own.
    pub large_bytes: i64,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// A Pod, from its node to its container's start, before that is told and an attempt may fail for it.
    pub start: SignedDuration,
    /// What the cluster refuses: a quota, a policy, room, an image.
    pub refusal: SignedDuration,
    /// A source that is not there yet.
    pub source: SignedDuration,
    /// An encoder, without a sign of life.
    pub progress: SignedDuration,
    /// A Pod that is being deleted, after it should be gone: its node may be lost.
    pub lost_node: SignedDuration,
}

/// What replicas of the operator agree by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaSettings {
    /// This replica's name.
    pub identity: String,
    /// The namespace of the Lease and of the Secret.
    pub namespace: String,
    /// The Lease's name.
    pub lease: String,
    /// How long a Lease holds without being renewed.
    pub lease_duration: SignedDuration,
    /// The Secret with the key that certificates for Pods are signed with.
    pub tls_secret: String,
    /// The address at which Pods reach this replica: `https://10.0.0.5:8443`.
    pub own_address: String,
    /// The DNS name by which Pods reach the operator.
    pub service_name: String,
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
    /// Certificates of authorities, as PEM, that an S3 store's certificate is checked against besides those of the web; may be empty.
    pub store_ca: String,
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
    /// Where Pods ask for assignments: `https://socrate-operator.socrate.svc:8443`.
    pub operator_url: String,
    /// The certificate, as PEM, that the operator's is checked against; known once the Secret has been read.
    pub operator_ca: String,
}

impl Settings {
    /// What a queue's documents get.
    pub fn queue(&self, name: &str) -> Option<&QueueOptions> {
        self.queues.get(name)
    }

    /// Whether a queue's Jobs are left to Kueue.
    pub fn kueue_queue_name(&self, queue: &str) -> Option<&str> {
        self.queues.get(queue)?.kueue_queue_name.as_deref()
    }
}
