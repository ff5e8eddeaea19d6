//! The program's commands.

pub mod admin;
pub mod migrate;
pub mod serve;
pub mod smoke_test;
pub mod sweep;
