//! What polling clients are answered from: the documents that the mirror sees, and progress from Redis.

pub mod board;
pub mod durations;
pub mod invalidation;
pub mod progress;
pub mod settled;
