//! HTTP: routes, what surrounds every request, and the endpoints.

pub mod authentication;
pub mod common;
pub mod endpoints;
pub mod problem;
pub mod router;
