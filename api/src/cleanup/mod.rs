//! Removing what is left: of deleted documents and of requests that were cut in two, all the time; what has had its time or belongs to nothing, once a day.

pub mod metrics;
pub mod orphans;
pub mod removal;
pub mod removals;
pub mod retention;
pub mod sweeper;
