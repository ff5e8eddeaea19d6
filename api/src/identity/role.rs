//! What a user may do, and what a credential was made for.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a user may do in their tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, users and keys of others included.
    Admin,
    /// Documents, and keys of their own.
    Member,
    /// Reads, and changes nothing.
    ReadOnly,
}

impl Role {
    /// All of them, the one that may most first.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Member, Self::ReadOnly];

    /// As it is written in the database, in tokens and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::ReadOnly => "read_only",
        }
    }

    /// The most a credential of such a user may do.
    pub fn scopes(self) -> Scopes {
        match self {
            Self::Admin => Scopes::of(&[Scope::DocumentsRead, Scope::DocumentsWrite, Scope::Admin]),
            Self::Member => Scopes::of(&[Scope::DocumentsRead, Scope::DocumentsWrite]),
            Self::ReadOnly => Scopes::of(&[Scope::DocumentsRead]),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A name that is no role or no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of: {0}")]
pub struct UnknownName(&'static str);

impl FromStr for Role {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownName("admin, member, read_only"))
    }
}

/// What a credential was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// Reading documents.
    #[serde(rename = "documents:read")]
    DocumentsRead,
    /// Uploading, cancelling, retrying and deleting documents.
    #[serde(rename = "documents:write")]
    DocumentsWrite,
    /// Users, keys and the audit log of the tenant.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DocumentsRead, Self::DocumentsWrite, Self::Admin];

    /// As it is written in the database, on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DocumentsRead => "documents:read",
            Self::DocumentsWrite => "documents:write",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or(UnknownName("documents:read, documents:write, admin"))
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// These.
    pub fn of(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |set, scope| set | 1 << *scope as u8))
    }

    /// Those among these names; a name that this version does not know permits nothing.
    pub fn from_names(names: &[String]) -> Self {
        let known: Vec<Scope> = names.iter().filter_map(|name| name.parse().ok()).collect();
        Self::of(&known)
    }

    /// Whether it is one of them.
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Whether all of them are among the others.
    pub fn are_within(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// Those that are among the others too.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }

    /// Their names.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Scope::as_str).collect()
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_permits_what_the_one_below_permits_and_more() {
        for pair in Role::ALL.windows(2) {
            assert!(pair[1].scopes().are_within(pair[0].scopes()), "{pair:?}");
            assert!(!pair[0].scopes().are_within(pair[1].scopes()), "{pair:?}");
        }
        assert!(!Role::ReadOnly.scopes().contains(Scope::DocumentsWrite));
        assert!(!Role::Member.scopes().contains(Scope::Admin));
    }

    #[test]
    fn names_are_read_back_and_unknown_ones_permit_nothing() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
        }
        assert!("owner".parse::<Role>().is_err());
        let names = ["admin".to_owned(), "everything".to_owned()];
        assert_eq!(Scopes::from_names(&names), Scopes::of(&[Scope::Admin]));
        assert!(Scopes::from_names(&["everything".to_owned()]).is_empty());
    }

    #[test]
    fn what_a_key_and_its_user_may_is_what_both_may() {
        let key = Scopes::of(&[Scope::DocumentsRead, Scope::Admin]);
        assert_eq!(key.and(Role::Member.scopes()).names(), ["documents:read"]);
    }
}
