//! The endpoints, one file each: error, handler, tests.

pub mod account;
pub mod acknowledgement;
pub mod audit;
pub mod bulk;
pub mod cancel;
pub mod chunks;
pub mod delete;
pub mod document;
pub mod documentation;
pub mod download;
pub mod events;
pub mod export;
pub mod health;
pub mod keys;
pub mod list;
pub mod metrics;
pub mod pages;
pub mod presigned;
pub mod retry;
pub mod search;
pub mod session;
pub mod sessions;
pub mod stats;
pub mod status;
pub mod tus;
pub mod upload;
pub mod users;
pub mod webhooks;
pub mod websocket;

mod attachment;
