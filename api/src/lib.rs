//! The HTTP API of the document-encoding platform, and the mirror that keeps Postgres in step with the cluster.
//!
//! Requests come in through [`router`] and the [`endpoints`]; what they share is [`app::App`]. Beside them run the
//! [`mirror`] and the [`sweeper`].
#![forbid(unsafe_code)]

pub mod app;
pub mod authentication;
pub mod clock;
pub mod cluster;
pub mod commands;
pub mod configuration;
pub mod content;
pub mod database;
pub mod document;
pub mod endpoints;
pub mod intake;
pub mod key;
pub mod metrics;
pub mod mirror;
pub mod options;
pub mod problem;
pub mod progress;
pub mod removal;
pub mod router;
pub mod store;
pub mod sweeper;
pub mod upload;
