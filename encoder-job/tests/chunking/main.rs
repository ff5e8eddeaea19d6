//! Chunking: its rules, which hold for any text, and examples of what they come to.
#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test that cannot go on has failed, and need not be fast"
)]

mod examples;
mod properties;
mod rules;
