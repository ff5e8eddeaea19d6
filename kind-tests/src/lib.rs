//! What the tests on a real cluster and the demonstration are made of.
//!
//! Everything here looks at the platform from outside: through the Kubernetes API, the HTTP API, and the two programs
//! its users have (`kubectl`, `helm`). Nothing sleeps: what takes time is waited for by a watch, or asked for again until
//! a deadline.

pub mod admin;
pub mod api;
pub mod chart;
pub mod cluster;
pub mod command;
pub mod encodings;
pub mod environment;
pub mod fault_proxy;
pub mod file_calls;
pub mod identity;
pub mod kubernetes_proxy;
pub mod many;
pub mod multipart;
pub mod operator;
pub mod parts;
pub mod pdf;
pub mod port_forward;
pub mod proxy;
pub mod replica;
pub mod space;
pub mod sql;
pub mod state;
pub mod store;
pub mod trap;
pub mod wait;
pub mod watch_proxy;
