//! Tests against a real Postgres and a real Redis, which are started for them (see `servers`).
//!
//! What needs a Kubernetes API server is tested on a real cluster, in `kind-tests`; here the cluster is one that cannot
//! be reached, or does not answer.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod application;
mod bulk;
mod cleanup;
mod connections;
mod databases;
mod documents;
mod downloads;
mod encodings;
mod file_names;
mod given_up;
mod idempotency;
mod idempotent_beginnings;
mod identity;
mod identity_commands;
mod identity_database;
mod identity_keys;
mod identity_routes;
mod identity_sessions;
mod identity_tokens;
mod identity_users;
mod invalidation;
mod isolation;
mod issuer;
mod listing;
mod live;
mod mirror;
mod mirror_runs;
mod passages;
mod presigned;
mod problem_codes;
mod receivers;
mod request_bounds;
mod reuse;
mod reuse_removal;
mod routes;
mod search;
mod servers;
mod statistics;
mod status;
mod stores;
mod sweeper;
mod transitions;
mod tus;
mod tus_protocol;
mod upload;
mod upload_bounds;
mod webhook_bounds;
mod webhook_deliveries;
mod webhook_failures;
mod webhook_kills;
mod webhook_targets;
mod webhooks;
