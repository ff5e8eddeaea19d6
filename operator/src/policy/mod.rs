//! One small file for each rule. All pure: what was seen and the time go in, an answer comes out.

pub mod admission;
pub mod beginning;
pub mod deadline;
pub mod memory;
pub mod refusal;
pub mod report;
pub mod retention;
pub mod retry;
pub mod verdict;
