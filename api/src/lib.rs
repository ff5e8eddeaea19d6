//! The HTTP API of the document-encoding platform, and the mirror that keeps Postgres in step with the cluster.
//!
//! Rooms by subject: requests come in through [`http`], which says who sends them by [`identity`] and hands them to [`documents`] and
//! [`uploads`]; files lie in the [`store`], resources in the [`cluster`]. Beside the requests run the [`mirror`], which fills what
//! [`live`] answers from, the sweeper of [`cleanup`] and the dispatcher of [`webhooks`]. [`search`] finds text, [`bulk`] does with many documents what requests do with one, [`statistics`] counts. What all share is [`app::App`]; only `http` knows HTTP.
#![forbid(unsafe_code)]

pub mod app;
pub mod bulk;
pub mod cleanup;
pub mod clock;
pub mod cluster;
pub mod commands;
pub mod configuration;
pub mod database;
pub mod documents;
pub mod heartbeat;
pub mod http;
pub mod identity;
pub mod live;
pub mod metrics;
pub mod mirror;
pub mod search;
pub mod statistics;
pub mod store;
pub mod tls;
pub mod turns;
pub mod uploads;
pub mod webhooks;
