//! Uploads: from the bytes that come in to a document that is queued.
//!
//! An upload has the id of the document to be. Its row of `uploads` comes first ([`record`]), then its object, under its final key from the
//! first byte ([`receive`]); then one transaction makes the document of it, and last the resource is made ([`intake`]). Whatever is cut off
//! in between is found by its row: an upload that nobody works on any more is removed by the sweeper, a document without a resource is
//! queued by it.

pub mod admission;
pub mod beginning;
pub mod error;
pub mod file_name;
pub mod form;
pub mod idempotency;
pub mod intake;
pub mod metadata;
pub mod options;
pub mod pace;
pub mod pending;
pub mod presigned;
mod queueing;
pub mod receive;
pub mod record;
pub mod resumable;

pub use self::error::UploadError;
