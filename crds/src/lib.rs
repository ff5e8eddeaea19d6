//! What every program of the platform agrees on.
//!
//! The operator, the encoder, the API and the tests speak to each other through the Kubernetes API, the object
//! store and Redis. This crate is that conversation's vocabulary: the [`DocumentEncoding`] resource
//! ([`spec`], [`status`]), who a resource belongs to ([`ownership`]), where objects lie ([`keys`]), what a Job is
//! told to do ([`assignment`]), how it reaches a store without credentials ([`presigned`]), how progress travels ([`progress`]), and how things fail ([`reason`],
//! [`exit_code`]). It knows none of the programs.

pub mod assignment;
pub mod condition;
pub mod exit_code;
pub mod job;
pub mod keys;
pub mod labels;
pub mod ownership;
pub mod presigned;
pub mod progress;
pub mod reason;
pub mod resources;
pub mod schema;
#[allow(
    unreachable_pub,
    reason = "the derive writes a private copy of each type that has rules"
)]
pub mod spec;
pub mod status;

pub use assignment::{AssignedSource, Assignment, AssignmentKey};
pub use exit_code::ExitCode;
pub use ownership::Owner;
pub use progress::ProgressRecord;
pub use reason::Reason;
pub use spec::{
    Boundary, Chunking, ConfigMapSource, DocumentEncoding, DocumentEncodingSpec, ObjectSource, OnEmptyPages,
    PersistentVolumeClaimSource, Resources, Source, Tokenizer,
};
pub use status::{DocumentEncodingStatus, Failure, Phase, Report, ReportOutcome, ResultSummary};

/// The API group of all resources.
pub const GROUP: &str = "encoding.socrate.ai";

/// Names of the three field managers that share one status through server-side apply (KEP-555).
pub mod field_manager {
    /// Writes the conditions but `Archived`, the phase, the attempt, the outcome.
    pub const OPERATOR: &str = "socrate-operator";
    /// Writes progress and its own report.
    pub const ENCODER: &str = "socrate-encoder";
    /// Writes the condition `Archived`, and creates the resources of uploaded documents.
    pub const API: &str = "socrate-api";
}
