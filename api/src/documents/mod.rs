//! Documents: what they are, how they change, and how they are found.

pub mod document;
pub mod holdings;
pub mod listing;
pub mod manifest;
pub mod observation;
pub mod observed;
pub mod queries;
pub mod retry;
pub mod reuse;
pub(crate) mod row;
pub mod transition;
pub mod unwanted;

pub use self::{
    document::Document,
    transition::{Change, transition},
};
