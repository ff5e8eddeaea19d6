//! The rules, one a file. All are pure.

pub mod deadline;
pub mod job_key;
pub mod memory;
pub mod refusal;
pub mod report;
pub mod retention;
pub mod retry;
pub mod sharing;
pub mod start;
pub mod verdict;
