//! Documents: what they are, how they change, and how they are found.

pub mod acknowledgement;
pub mod cancellation;
pub mod chunk_file;
pub mod chunks;
pub mod deletion;
pub mod document;
pub mod encodings;
pub mod filter;
pub mod holdings;
pub mod listing;
pub mod manifest;
pub mod observation;
pub mod observed;
pub mod parameters;
pub mod queries;
pub mod retry;
pub mod reuse;
pub(crate) mod row;
pub mod timeline;
pub mod transition;
pub mod unwanted;

pub use self::{
    document::Document,
    transition::{Change, transition},
};
