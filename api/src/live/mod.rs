//! What clients learn while it happens. Those that poll are answered from the documents that the mirror sees and from progress in Redis; those
//! that listen are told each change of their tenant.

pub mod board;
pub mod changes;
pub mod durations;
pub mod feed;
pub mod invalidation;
pub mod progress;
pub mod settled;
pub mod subscription;
