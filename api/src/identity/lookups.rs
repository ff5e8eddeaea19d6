//! Look-ups of credentials in Postgres, of which few run at once: made-up credentials keep good ones from nothing.

use std::{sync::atomic::AtomicBool, time::Duration};

use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use sqlx::PgPool;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    Identity, Method,
    authenticator::{Admission, Rejection},
    credential::{Credential, Digest, SessionToken},
    key::ApiKey,
    keys,
    last_use::{LastUses, Use},
    rate_limit::RateLimits,
    role::{Role, Scopes},
    sessions,
    token::{TokenClaims, TokenVerifier},
    token_users,
};

/// So many credentials that were good are remembered as such.
const REMEMBERED: u64 = 20_000;
/// A credential that was good is looked up among the first for so long.
const RECENT_FOR: Duration = Duration::from_hours(1);
/// Look-ups at once of credentials that were good recently.
const RECENT_LOOKUPS: usize = 6;
/// Look-ups at once of all others: whoever sends made-up keys holds so many connections and no more.
const OTHER_LOOKUPS: usize = 2;
/// Look-ups of others that may wait.
const OTHERS_WAITING: usize = 500;
/// The longest that a look-up waits for its turn.
const WAIT_AT_MOST: Duration = Duration::from_secs(2);

/// Look-ups of credentials.
pub(super) struct Lookups {
    database: PgPool,
    tokens: Option<TokenVerifier>,
    session_idle: SignedDuration,
    rate_limits: RateLimits,
    last_uses: LastUses,
    recent: Cache<Digest, ()>,
    recent_turns: Semaphore,
    other_turns: Semaphore,
    others_waiting: Semaphore,
}

impl Lookups {
    /// Those in this database, and of tokens where there is a verifier of them. Must be made within the runtime: it notes in the background
    /// when credentials were used.
    pub(super) fn new(
        database: PgPool,
        tokens: Option<TokenVerifier>,
        session_idle: SignedDuration,
        requests_per_second: Option<u32>,
    ) -> Self {
        Self {
            tokens,
            session_idle,
            rate_limits: RateLimits::new(requests_per_second),
            last_uses: LastUses::start(database.clone()),
            recent: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(RECENT_FOR)
                .build(),
            recent_turns: Semaphore::new(RECENT_LOOKUPS),
            other_turns: Semaphore::new(OTHER_LOOKUPS),
            others_waiting: Semaphore::new(OTHERS_WAITING),
            database,
        }
    }

    /// Who the credential belongs to.
    ///
    /// # Errors
    /// Where it is nobody's, and where that cannot be found out now.
    pub(super) async fn find(
        &self,
        credential: &Credential,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Admission, Rejection> {
        let is_recent = self.recent.contains_key(digest);
        let admission = match credential {
            Credential::Key(key) => {
                let _turn = self.turn(is_recent).await?;
                self.find_key(key, now).await?
            }
            Credential::Session(token) => {
                let _turn = self.turn(is_recent).await?;
                self.find_session(token, now).await?
            }
            Credential::Token(token) => {
                let claims = self
                    .tokens
                    .as_ref()
                    .ok_or(Rejection::Invalid)?
                    .verify(token)
                    .await?;
                let _turn = self.turn(is_recent).await?;
                self.find_token_user(&claims, now).await?
            }
        };
        self.recent.insert(*digest, ()).await;
        Ok(admission)
    }

    /// Waits for a place among the look-ups, of which few run at once.
    async fn turn(&self, is_recent: bool) -> Result<SemaphorePermit<'_>, Rejection> {
        let (turns, _waiting) = if is_recent {
            (&self.recent_turns, None)
        } else {
            let waiting = self.others_waiting.try_acquire().map_err(|_| Rejection::Busy)?;
            (&self.other_turns, Some(waiting))
        };
        match tokio::time::timeout(WAIT_AT_MOST, turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Rejection::Busy),
        }
    }

    async fn find_key(&self, key: &ApiKey, now: Timestamp) -> Result<Admission, Rejection> {
        let row = keys::identify(&self.database, key.prefix(), now)
            .await?
            .filter(|row| row.hash == key.hash())
            .ok_or(Rejection::Invalid)?;
        let expires_at = row.expires_at.map(Into::into);
        let method = Method::ApiKey {
            id: row.id,
            expires_at,
        };
        let identity = identity(row.tenant_id, row.user_id, &row.role, &row.scopes, method)?;
        Ok(self
            .admission(identity, row.max_requests_per_second, expires_at)
            .await)
    }

    async fn find_session(&self, token: &SessionToken, now: Timestamp) -> Result<Admission, Rejection> {
        let seen_since = now - self.session_idle;
        let row = sessions::identify(&self.database, &token.hash(), now, seen_since)
            .await?
            .ok_or(Rejection::Invalid)?;
        let key_expires_at: Option<Timestamp> = row.key_expires_at.map(Into::into);
        let method = Method::Session {
            id: row.id,
            key_expires_at,
        };
        let identity = identity(row.tenant_id, row.user_id, &row.role, &row.scopes, method)?;
        let ends_at: Timestamp = row.expires_at.into();
        let expires_at = key_expires_at.map_or(ends_at, |key| key.min(ends_at));
        Ok(self
            .admission(identity, row.max_requests_per_second, Some(expires_at))
            .await)
    }

    async fn find_token_user(&self, claims: &TokenClaims, now: Timestamp) -> Result<Admission, Rejection> {
        let user = token_users::find(&self.database, claims, now)
            .await?
            .ok_or(Rejection::Invalid)?;
        let identity = Identity {
            tenant_id: claims.tenant,
            user_id: user.id,
            role: user.role,
            scopes: user.role.scopes(),
            method: Method::Token,
        };
        Ok(self
            .admission(identity, user.max_requests_per_second, Some(claims.expires_at))
            .await)
    }

    async fn admission(
        &self,
        identity: Identity,
        own_limit: Option<i32>,
        expires_at: Option<Timestamp>,
    ) -> Admission {
        Admission {
            identity,
            rate_limit: self.rate_limits.of(identity.tenant_id, own_limit).await,
            expires_at,
            is_use_noted: AtomicBool::new(false),
        }
    }

    /// Notes that a credential was used; tokens are not ours.
    pub(super) fn note_use(&self, method: Method, now: Timestamp) {
        match method {
            Method::ApiKey { id, .. } => self.last_uses.note(Use::Key(id), now),
            Method::Session { id, .. } => self.last_uses.note(Use::Session(id), now),
            Method::Token => {}
        }
    }
}

/// The identity that a row of the database says; a role that this version does not know is nobody's.
fn identity(
    tenant_id: uuid::Uuid,
    user_id: uuid::Uuid,
    role: &str,
    scopes: &[String],
    method: Method,
) -> Result<Identity, Rejection> {
    let role: Role = role.parse().map_err(|_| Rejection::Invalid)?;
    Ok(Identity {
        tenant_id,
        user_id,
        role,
        scopes: Scopes::from_names(scopes).and(role.scopes()),
        method,
    })
}
