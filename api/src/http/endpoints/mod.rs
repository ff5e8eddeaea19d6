//! The endpoints, one file each: error, handler, tests.

pub mod cancel;
pub mod delete;
pub mod document;
pub mod download;
pub mod health;
pub mod list;
pub mod metrics;
pub mod pages;
pub mod retry;
pub mod status;
pub mod upload;

mod attachment;
