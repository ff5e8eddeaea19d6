//! What an encoder is told to do: a list of assignments, one for each document.
//!
//! A Job begins with the assignments of its environment. From then on its Pod asks the operator, with [`AssignmentRequest`], what it
//! should hold; the answer, [`AssignmentResponse`], hangs until that differs from what the Pod holds. New work, cancelling, suspending and
//! draining are this one exchange. The list the Pod sends is acknowledgement and sign of life; the resources stay the only truth.

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
    /// How often an encoder was assigned in this attempt, from 1; with uid and attempt it tells assignments apart.
    pub tries: u32,
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
    /// What tells this assignment from all others.
    pub fn key(&self) -> AssignmentKey {
        AssignmentKey {
            uid: self.uid.clone(),
            attempt: self.attempt,
            tries: self.tries,
        }
    }

    /// Prefix of everything this resource's encoders write, without a slash at the end.
    pub fn encoding_prefix(&self) -> String {
        keys::encoding_prefix(&self.owner, &self.document_id, &self.uid)
    }
}

/// What tells assignments apart. It is also what an encoder writes to its container's termination message while it works on one, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentKey {
    /// Uid of the resource.
    pub uid: String,
    /// Number of the attempt.
    pub attempt: u32,
    /// How often an encoder was assigned in this attempt.
    pub tries: u32,
}

/// Path at the operator where Pods ask for assignments, with POST.
pub const PATH: &str = "/v1/assignments";
/// Audience of the token that a Pod shows there.
pub const TOKEN_AUDIENCE: &str = "socrate-operator";
/// The longest an answer hangs, in seconds; a Pod waits a little longer for it.
pub const MAX_WAIT_SECONDS: u64 = 20;

/// What a Pod says when it asks which assignments it should hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentRequest {
    /// What it holds: the one it works on first, then those whose reports are on their way, the newest first, then those that wait.
    #[serde(default)]
    pub held: Vec<HeldAssignment>,
    /// What it has ended and the operator may still believe it holds: each is named until an answer does not name it any more.
    #[serde(default)]
    pub ended: Vec<EndedAssignment>,
    /// Whether it wants no more work, as it has used up a bound of its own.
    #[serde(default)]
    pub retiring: bool,
    /// How long the answer may hang, in seconds; at most [`MAX_WAIT_SECONDS`].
    #[serde(default)]
    pub wait_seconds: u64,
}

/// An assignment that a Pod holds.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldAssignment {
    /// Which.
    #[serde(flatten)]
    pub key: AssignmentKey,
    /// For how many seconds it has been worked on; absent while it waits for the one before it. Once the work is done and its report is on its way
    /// the number stands: delivering is no work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_seconds: Option<f64>,
    /// A number that grows with every page, every step, and every try to deliver the report: the sign that it goes on.
    #[serde(default)]
    pub advances: u64,
}

/// An assignment that a Pod has ended.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndedAssignment {
    /// Which.
    #[serde(flatten)]
    pub key: AssignmentKey,
    /// How it ended.
    pub outcome: EndedOutcome,
    /// How many seconds it was worked on, without the time its report took; 0 where it was not begun.
    #[serde(default)]
    pub seconds: f64,
}

/// How an assignment ended for the Pod that held it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum EndedOutcome {
    /// The resource's status holds the report.
    Reported,
    /// The resource is gone, or is another one of the same name.
    Gone,
    /// It was taken away: an answer did not name it. Nothing works on it any more, and nothing half-written is left; a committed result may exist.
    Dropped,
    /// The API server answered 403 (Forbidden), with these words last, to every try over half a minute: the encoder's rights are missing.
    Refused(String),
    /// The report could not be delivered over five minutes, in which the assignment was not taken away, or the encoder has a bug; why. A committed result
    /// may exist.
    Undelivered(String),
}

/// What a Pod should hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentResponse {
    /// All of it, in the order in which it should be worked off. What a Pod holds and this does not name is to be dropped at once.
    pub assignments: Vec<Assignment>,
    /// Whether the Pod ends as soon as it holds nothing and has said so: with exit status 0 where it may be given several documents, with that of its
    /// document where it may not.
    #[serde(default)]
    pub drain: bool,
}

/// The answer of an operator that does not lead, with status 421 (Misdirected Request, RFC 9110).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotLeading {
    /// Address of the one that leads, such as `https://10.0.0.5:8443`, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<String>,
}
