//! Who sends a request, and what they may do: tenants, users and their keys.

pub mod authenticator;
pub mod key;
mod queries;
pub mod role;

use uuid::Uuid;

pub use self::queries::*;
use self::role::{Role, Scope, Scopes};

/// Who sends a request, however they said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What they belong to; all they see and change is this tenant's.
    pub tenant_id: Uuid,
    /// Who in the tenant.
    pub user_id: Uuid,
    /// What the user may do.
    pub role: Role,
    /// What this credential permits: never more than the role.
    pub scopes: Scopes,
    /// How they said who they are.
    pub method: Method,
}

/// How a client says who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// With an API key.
    ApiKey {
        /// The key's row.
        id: Uuid,
    },
}

impl Identity {
    /// Whether the credential permits this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(scope)
    }
}
