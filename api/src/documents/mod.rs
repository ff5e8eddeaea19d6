//! Documents: what they are, and their rows.

pub mod document;
pub mod listing;
mod queries;
pub mod row;

pub use self::queries::*;
