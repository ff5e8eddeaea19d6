//! Removing what is left: of deleted documents, and of requests that were cut in two.

pub mod removal;
pub mod removals;
pub mod sweeper;
