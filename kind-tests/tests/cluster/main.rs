//! Tests of the installed platform on a real cluster.
//!
//! Each has a namespace of its own, prepared by the chart; what they wait for they watch. Those that stop a part of the platform have it for
//! themselves.
#![allow(
    clippy::unwrap_used,
    clippy::large_futures,
    reason = "a test that cannot go on has failed, and runs once"
)]

mod bad_files;
mod bad_input;
mod cancelling;
mod definition;
mod disturbances;
mod faults;
mod gitops;
mod guards;
mod latency;
mod leadership;
mod mirror;
mod queues;
mod refusals;
mod sources;
mod standing;
mod unreachable;
mod uploads;
mod webhooks;
