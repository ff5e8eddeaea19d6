//! The program's commands.

pub mod admin;
pub mod cleanup;
pub mod dispatch;
pub mod migrate;
mod operations;
pub mod serve;
pub mod smoke_test;
pub mod sweep;
