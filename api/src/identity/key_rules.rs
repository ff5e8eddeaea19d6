//! What a new key may be.

use jiff::{SignedDuration, Timestamp};

use crate::identity::{
    Identity, keys,
    role::{Role, Scope, Scopes},
};

/// The longest that a key may hold, where it does not hold for ever.
const MOST_DAYS: u32 = 3650;

/// Why a key cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A scope is asked for that is not there to give.
    #[error("a key permits no more than the role of its user and the credential it is made with")]
    ScopesExceeded,
    /// No scope is asked for.
    #[error("a key needs at least one scope")]
    NoScope,
    /// It would hold for less than a day, or too long.
    #[error("expires_in_days must be from 1 to 3650")]
    Expiry,
    /// It would hold longer than the key it is made with.
    #[error("a key does not outlive the key it is made with; give it an earlier end")]
    OutlivesOwn,
    /// There is no such user, or it is another's.
    #[error("there is no such user")]
    NoSuchUser,
    /// The user has too many.
    #[error(
        "the user has {} keys that hold already; revoke one first",
        keys::MOST_OF_A_USER
    )]
    TooMany,
}

/// What a key is to permit: never more than its user's role, nor than the credential it is made with.
pub fn scopes(asked: Option<&[Scope]>, identity: &Identity, role: Role) -> Result<Scopes, KeyError> {
    let most = role.scopes().and(identity.scopes);
    let scopes = match asked {
        None => most.and(Role::Member.scopes()),
        Some(asked) => Scopes::of(asked),
    };
    if scopes.is_empty() {
        return Err(KeyError::NoScope);
    }
    if !scopes.are_within(most) {
        return Err(KeyError::ScopesExceeded);
    }
    Ok(scopes)
}

/// When a key is to end: never after the one it is made with.
pub fn expiry(
    expires_in_days: Option<u32>,
    identity: &Identity,
    now: Timestamp,
) -> Result<Option<Timestamp>, KeyError> {
    let latest = identity.method.latest_expiry();
    let Some(days) = expires_in_days else {
        return Ok(latest);
    };
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(KeyError::Expiry);
    }
    let asked = now + SignedDuration::from_hours(24 * i64::from(days));
    match latest {
        Some(latest) if asked > latest => Err(KeyError::OutlivesOwn),
        _ => Ok(Some(asked)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Method;
    use uuid::Uuid;

    fn identity(role: Role, scopes: &[Scope], expires_at: Option<Timestamp>) -> Identity {
        Identity {
            tenant_id: Uuid::nil(),
            user_id: Uuid::nil(),
            role,
            scopes: Scopes::of(scopes),
            method: Method::ApiKey {
                id: Uuid::nil(),
                expires_at,
            },
        }
    }

    #[test]
    fn a_key_never_permits_more_than_its_user_or_its_maker() {
        let admin = identity(Role::Admin, &Scope::ALL, None);
        assert_eq!(scopes(None, &admin, Role::Admin), Ok(Role::Member.scopes()));
        assert_eq!(
            scopes(Some(&Scope::ALL), &admin, Role::Admin),
            Ok(Role::Admin.scopes())
        );
        assert_eq!(scopes(None, &admin, Role::ReadOnly), Ok(Role::ReadOnly.scopes()));
        assert_eq!(
            scopes(Some(&[Scope::DocumentsWrite]), &admin, Role::ReadOnly),
            Err(KeyError::ScopesExceeded)
        );
        let limited = identity(Role::Admin, &[Scope::DocumentsWrite], None);
        assert_eq!(
            scopes(Some(&[Scope::DocumentsRead]), &limited, Role::Admin),
            Err(KeyError::ScopesExceeded)
        );
        assert_eq!(scopes(Some(&[]), &admin, Role::Admin), Err(KeyError::NoScope));
    }

    #[test]
    fn a_key_does_not_outlive_the_one_it_was_made_with() {
        let now = Timestamp::UNIX_EPOCH;
        let in_days = |days: i64| now + SignedDuration::from_hours(24 * days);
        let forever = identity(Role::Member, &Scope::ALL, None);
        assert_eq!(expiry(None, &forever, now), Ok(None));
        assert_eq!(expiry(Some(3), &forever, now), Ok(Some(in_days(3))));
        for days in [0, 3651, u32::MAX] {
            assert_eq!(expiry(Some(days), &forever, now), Err(KeyError::Expiry));
        }
        let short = identity(Role::Member, &Scope::ALL, Some(in_days(2)));
        assert_eq!(expiry(None, &short, now), Ok(Some(in_days(2))));
        assert_eq!(expiry(Some(3), &short, now), Err(KeyError::OutlivesOwn));
        assert_eq!(expiry(Some(1), &short, now), Ok(Some(in_days(1))));
    }
}
