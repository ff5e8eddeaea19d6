//! Who sends a request, and what they may do: tenants and users; keys, sessions and tokens, which all end in an [`Identity`]; the audit
//! log.
//!
//! What is asked as the API runs in a transaction of the tenant (`database::tenant_transaction`); what is asked as maintenance, by
//! commands and by cleanup, says so. Statements name the tenant in either case: row level security is the second line.

pub mod audit;
pub mod authenticator;
pub mod configuration;
pub mod credential;
pub mod key;
pub mod key_rules;
mod key_set;
pub mod keys;
mod last_use;
mod lookups;
pub mod rate_limit;
pub mod role;
pub mod sessions;
pub mod tenants;
pub mod token;
mod token_crypto;
mod token_users;
pub mod users;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;

use self::role::{Role, Scope, Scopes};
use crate::store::Store;

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

impl Identity {
    /// Whether the credential permits this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(scope)
    }

    /// Whose keys and sessions they see and end: their own, or with the scope `admin` everybody's in the tenant, which is `None`.
    pub fn own_only(&self) -> Option<Uuid> {
        (!self.may(Scope::Admin)).then_some(self.user_id)
    }
}

/// How a client says who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// With an API key.
    ApiKey {
        /// The key's row.
        id: Uuid,
        /// When the key ends.
        expires_at: Option<Timestamp>,
    },
    /// With the cookie of a session.
    Session {
        /// The session's row.
        id: Uuid,
        /// When the key ends that the session was begun with.
        key_expires_at: Option<Timestamp>,
    },
    /// With a JSON Web Token.
    Token,
}

impl Method {
    /// As it is shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey { .. } => "api_key",
            Self::Session { .. } => "session",
            Self::Token => "token",
        }
    }

    /// The row of the key or the session.
    pub fn credential_id(self) -> Option<Uuid> {
        match self {
            Self::ApiKey { id, .. } | Self::Session { id, .. } => Some(id),
            Self::Token => None,
        }
    }

    /// The key, where it is one.
    pub fn key_id(self) -> Option<Uuid> {
        match self {
            Self::ApiKey { id, .. } => Some(id),
            Self::Session { .. } | Self::Token => None,
        }
    }

    /// The latest that a key may end which is made with this credential: none outlives the key it was made with.
    pub fn latest_expiry(self) -> Option<Timestamp> {
        match self {
            Self::ApiKey { expires_at, .. } => expires_at,
            Self::Session { key_expires_at, .. } => key_expires_at,
            Self::Token => None,
        }
    }
}

/// A part of a list whose newest rows come first.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Time and id of the last row of the part before.
    pub after: Option<(Timestamp, Uuid)>,
    /// At most so many rows.
    pub limit: i64,
}

impl Page {
    /// The time of the last row of the part before.
    pub(crate) fn time(&self) -> Option<jiff_sqlx::Timestamp> {
        self.after.map(|(time, _)| time.to_sqlx())
    }

    /// The id of the last row of the part before.
    pub(crate) fn id(&self) -> Option<Uuid> {
        self.after.map(|(_, id)| id)
    }
}

/// Removes what is over, as maintenance: ended sessions, and deleted tenants of which nothing is left.
pub async fn clean_up(maintenance: &PgPool, store: &Store, now: Timestamp) -> Result<(), sqlx::Error> {
    let sessions = sessions::remove_ended(maintenance, now).await?;
    let tenants = tenants::forget_deleted(maintenance, store, now).await?;
    if sessions + tenants > 0 {
        tracing::info!(sessions, tenants, "removed ended sessions and deleted tenants");
    }
    Ok(())
}
