//! The endpoints, one file each: error, handler, tests.

pub mod account;
pub mod audit;
pub mod cancel;
pub mod delete;
pub mod document;
pub mod download;
pub mod health;
pub mod keys;
pub mod list;
pub mod metrics;
pub mod pages;
pub mod presigned;
pub mod retry;
pub mod session;
pub mod sessions;
pub mod status;
pub mod tus;
pub mod upload;
pub mod users;

mod attachment;
