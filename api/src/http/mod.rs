//! HTTP: routes, what surrounds every request, and the endpoints.

pub mod authentication;
pub mod common;
mod description;
pub mod endpoints;
pub mod input;
mod lingering;
pub mod middleware;
pub mod problem;
pub mod router;
pub mod server;
mod session_cookie;
mod uploads;
