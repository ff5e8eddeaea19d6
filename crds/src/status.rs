//! What became of a request: the `status` of a [`crate::DocumentEncoding`].
//!
//! Three field managers share it (see [`crate::field_manager`]): the operator writes everything but what is named here;
//! the encoder writes `progress`, `message`, `pagesDone`, `pagesTotal` and `report`; the API writes the condition
//! `Archived`.

use k8s_openapi::apimachinery::pkg::{
    api::resource::Quantity,
    apis::meta::v1::{Condition, Time},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{exit_code::ExitCode, reason::Reason};

/// The most of anything that a result counts: beyond every document, and sums of many fit where sums are kept.
pub const MAX_COUNT: u64 = 1 << 40;

/// What became of a request to encode a document.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DocumentEncodingStatus {
    /// The `metadata.generation` the rest of the status speaks of; −1 before the operator has seen the resource.
    #[schemars(extend("default" = -1))]
    pub observed_generation: i64,

    /// `Ready`, `Reconciling`, `Stalled`, `Admitted` and `Archived`, in the manner of kstatus: `Stalled=True` is final failure.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,

    /// A summary derived from the conditions, for people and for printing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,

    /// Per cent of the work that is done. Written by the encoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub progress: Option<u8>,

    /// What is being done now, in words. Written by the encoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub message: Option<String>,

    /// Pages whose text is extracted. Written by the encoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = u32::MAX))]
    pub pages_done: Option<u32>,

    /// Pages the document has. Written by the encoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = u32::MAX))]
    pub pages_total: Option<u32>,

    /// Place in its queue, from 1, while it waits: exact for the first 50, coarse behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub queue_position: Option<u32>,

    /// When its turn is expected, by the rate at which its queue moved, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_start_time: Option<Time>,

    /// The number of the current attempt, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub attempt: Option<u32>,

    /// How often the current attempt was begun anew because it was disrupted (evicted, its node lost), which costs no attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub disruptions: Option<u32>,

    /// How often an encoder was assigned in the current attempt; with the attempt it names the Job.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub tries: Option<u32>,

    /// When the first attempt began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,

    /// When the current attempt's encoder was assigned. Its time limit counts from when the encoder's Pod holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt_start_time: Option<Time>,

    /// When it became Ready, Failed or Cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Time>,

    /// Since when the cluster refuses what an encoder needs (a quota, a policy, no room, no image), while it does. It costs no attempt, but has
    /// a time limit of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_since: Option<Time>,

    /// Not before then the next attempt begins, while it waits between attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_time: Option<Time>,

    /// The Job that works for it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub job_name: Option<String>,

    /// The memory limit of the current attempt; between two, of the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Quantity>,

    /// Where the result is, and what is in it. Set when the phase is Ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultSummary>,

    /// Why there is no result. Set when the phase is Failed or Cancelled; while it is retried, why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,

    /// What the encoder says of its attempt; the operator checks it and turns it into `result` or `failure`. Written by the encoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

impl Default for DocumentEncodingStatus {
    fn default() -> Self {
        Self {
            observed_generation: -1,
            conditions: Vec::new(),
            phase: None,
            progress: None,
            message: None,
            pages_done: None,
            pages_total: None,
            queue_position: None,
            estimated_start_time: None,
            attempt: None,
            disruptions: None,
            tries: None,
            start_time: None,
            attempt_start_time: None,
            completion_time: None,
            refused_since: None,
            retry_time: None,
            job_name: None,
            memory: None,
            result: None,
            failure: None,
            report: None,
        }
    }
}

/// A summary of the conditions. `Ready`, `Failed` and `Cancelled` are terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
pub enum Phase {
    /// Not seen yet, between two attempts, or waiting for what the cluster does not give.
    Pending,
    /// Waiting for its turn.
    Queued,
    /// An encoder works for it.
    Processing,
    /// There is a result.
    Ready,
    /// There will be no result.
    Failed,
    /// It was cancelled; there will be no result.
    Cancelled,
}

impl Phase {
    /// Whether nothing will change any more.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Ready | Self::Failed | Self::Cancelled)
    }

    /// As it stands in the resource.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Queued => "Queued",
            Self::Processing => "Processing",
            Self::Ready => "Ready",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// A committed result: the manifest that names its files with their digests, and what is in them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct ResultSummary {
    /// Key of `<stem>_sections_metadata.json` in the store.
    #[schemars(length(min = 1, max = 1024))]
    pub metadata_file: String,
    /// Key of `<stem>_sections_index.json` in the store.
    #[schemars(length(min = 1, max = 1024))]
    pub index_file: String,
    /// Key of the manifest in the store.
    #[schemars(length(min = 1, max = 1024))]
    pub manifest: String,
    /// SHA-256 of the manifest's bytes, in lower-case hexadecimal.
    #[schemars(length(min = 64, max = 64))]
    pub manifest_sha256: String,
    /// Chunks in all.
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub total_chunks: u64,
    /// Tokens of the whole text, every token counted once.
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub total_tokens: u64,
    /// Pages in all; 1 where the format has none.
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub total_pages: u64,
    /// ISO 639-1 code of the language of the text, `und` when unsure.
    #[schemars(length(max = 16))]
    pub language: String,
    /// How sure the language is, 0 to 1.
    pub language_confidence: f64,
    /// Pages without text.
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub empty_pages: u64,
    /// SHA-256 of the source's bytes, in lower-case hexadecimal.
    #[schemars(length(min = 64, max = 64))]
    pub source_sha256: String,
    /// Version of the encoder that made it.
    #[schemars(length(max = 64))]
    pub encoder_version: String,
    /// Processor time that the attempt took which made it, in milliseconds; absent where it was not measured.
    #[schemars(range(min = 0, max = MAX_COUNT))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_milliseconds: Option<u64>,
}

impl ResultSummary {
    /// What is in it, in words: `8 chunks of 10 pages, language it`.
    pub fn in_words(&self) -> String {
        let counted = |count: u64, what: &str| {
            let plural = if count == 1 { "" } else { "s" };
            format!("{count} {what}{plural}")
        };
        format!(
            "{} of {}, language {}",
            counted(self.total_chunks, "chunk"),
            counted(self.total_pages, "page"),
            self.language
        )
    }
}

/// Why an attempt gave no result.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct Failure {
    /// One of a closed list.
    pub reason: Reason,
    /// What happened, to what, and what to do, for a person.
    #[schemars(length(max = 1024))]
    pub message: String,
    /// Whether another attempt could succeed.
    pub retryable: bool,
    /// Exit status of the encoder, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = i32::MIN, max = i32::MAX))]
    pub exit_code: Option<i32>,
}

impl Failure {
    /// A failure that is as retryable as its reason says; the message is cut to what the schema allows.
    pub fn new(reason: Reason, message: impl Into<String>, exit_code: Option<ExitCode>) -> Self {
        let message: String = message.into().chars().take(1024).collect();
        Self {
            reason,
            message,
            retryable: reason.is_retryable(),
            exit_code: exit_code.map(ExitCode::code),
        }
    }
}

/// What the encoder says of its attempt, once, at its end.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct Report {
    /// The attempt it speaks of.
    #[schemars(range(min = 0, max = u32::MAX))]
    pub attempt: u32,
    /// The uid of the Pod that speaks.
    #[schemars(length(max = 64))]
    pub pod_uid: String,
    /// The result it committed; exactly one of `result` and `failure` is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultSummary>,
    /// Why it has no result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// How an attempt ended, by its report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReportOutcome<'a> {
    /// It committed a result.
    Result(&'a ResultSummary),
    /// It failed.
    Failure(&'a Failure),
}

impl Report {
    /// How the attempt ended; `None` where the report says both or neither, and is not to be believed.
    pub fn outcome(&self) -> Option<ReportOutcome<'_>> {
        match (&self.result, &self.failure) {
            (Some(result), None) => Some(ReportOutcome::Result(result)),
            (None, Some(failure)) => Some(ReportOutcome::Failure(failure)),
            _ => None,
        }
    }
}
