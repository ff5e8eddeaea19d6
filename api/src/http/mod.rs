//! HTTP: routes, what surrounds every request, and the endpoints.

pub mod authentication;
pub mod common;
mod continued_access;
mod cursor;
mod description;
pub mod endpoints;
mod filter;
pub mod input;
mod keep_alive;
mod lingering;
pub mod middleware;
pub mod problem;
pub mod router;
pub mod server;
mod session_cookie;
pub mod streaming;
mod uploads;
