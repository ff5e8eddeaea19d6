//! Who sends a request: tenants, users and their keys.

pub mod authenticator;
pub mod key;
mod queries;

pub use self::queries::*;
