//! Finds out who a credential belongs to: from memory where it was asked a moment ago, else from Postgres.
//!
//! What is remembered is believed for [`Settings::believed_for`]: a key that is revoked, a session that is ended elsewhere, a user who is
//! disabled and a role that is changed count on every replica after that time at the latest. The expiry of a credential counts at once.
//! While Postgres cannot be asked, what it said last is believed on for a few minutes, so that statuses are still answered from memory.

use std::{pin::pin, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use sqlx::PgPool;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    database::{is_answering, is_unavailable},
    identity::{
        Identity, Method,
        credential::{Credential, Digest, SessionToken},
        key::ApiKey,
        keys,
        last_use::{LastUses, Use},
        rate_limit::{RateLimit, RateLimits},
        role::{Role, Scopes},
        sessions,
        token::{TokenClaims, TokenError, TokenVerifier},
        token_users,
    },
};

/// So many credentials are remembered, and as many that are none.
const REMEMBERED: u64 = 20_000;
/// A credential that was good is looked up among the first for so long.
const RECENT_FOR: Duration = Duration::from_hours(1);
/// What Postgres said last is believed for so long where it does not answer. Nothing is written without it meanwhile.
const BELIEVED_WITHOUT_POSTGRES_FOR: Duration = Duration::from_mins(5);
/// A credential that Postgres knew a moment ago waits so long before it is asked whether Postgres is there at all.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// Postgres has so long to say that it is.
const SIGN_OF_LIFE_WITHIN: Duration = Duration::from_millis(500);
/// Look-ups at once of credentials that were good recently.
const RECENT_LOOKUPS: usize = 6;
/// Look-ups at once of all others: whoever sends made-up keys holds so many connections and no more.
const OTHER_LOOKUPS: usize = 2;
/// Look-ups of others that may wait.
const OTHERS_WAITING: usize = 500;
/// The longest that a look-up waits for its turn.
const WAIT_AT_MOST: Duration = Duration::from_secs(2);

/// How credentials are judged.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long what was looked up is believed.
    pub believed_for: Duration,
    /// A session that is not used for so long ends.
    pub session_idle: SignedDuration,
    /// Requests a second of a tenant that has no limit of its own; `None` is without limit.
    pub requests_per_second: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            believed_for: Duration::from_secs(10),
            session_idle: SignedDuration::from_hours(8),
            requests_per_second: None,
        }
    }
}

/// Who was let in.
#[derive(Debug)]
pub struct Admission {
    /// Who it is.
    pub identity: Identity,
    /// Where the tenant may not send requests without limit.
    pub rate_limit: Option<Arc<RateLimit>>,
    expires_at: Option<Timestamp>,
}

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// Unknown, expired, revoked, disabled or forged: which one is nobody's business.
    #[error("the credential is not valid")]
    Invalid,
    /// Too many credentials are being looked up.
    #[error("too many credentials are being looked up")]
    Busy,
    /// The issuer's keys cannot be had.
    #[error("the keys of the issuer of tokens cannot be fetched")]
    IssuerUnavailable,
    /// Postgres failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<TokenError> for Rejection {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid(_) => Self::Invalid,
            TokenError::IssuerUnavailable => Self::IssuerUnavailable,
        }
    }
}

/// Finds out who sends a request.
pub struct Authenticator {
    database: PgPool,
    readiness: PgPool,
    settings: Settings,
    tokens: Option<TokenVerifier>,
    rate_limits: RateLimits,
    last_uses: LastUses,
    admitted: Cache<Digest, Arc<Admission>>,
    /// What Postgres said last.
    known: Cache<Digest, Arc<Admission>>,
    /// Apart from the others, so that made-up keys push nobody out.
    rejected: Cache<Digest, ()>,
    recent: Cache<Digest, ()>,
    recent_lookups: Semaphore,
    other_lookups: Semaphore,
    others_waiting: Semaphore,
}

impl Authenticator {
    /// One that asks this database, by the connection for readiness whether it is there, and believes tokens where there is a verifier of
    /// them. Must be made within the runtime: it notes in the background when credentials were used.
    pub fn new(
        database: PgPool,
        readiness: PgPool,
        settings: Settings,
        tokens: Option<TokenVerifier>,
    ) -> Self {
        let cache = |time: Duration| {
            Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(time)
                .build()
        };
        Self {
            rate_limits: RateLimits::new(settings.requests_per_second),
            last_uses: LastUses::start(database.clone()),
            admitted: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(settings.believed_for)
                .build(),
            known: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(BELIEVED_WITHOUT_POSTGRES_FOR)
                .build(),
            rejected: cache(settings.believed_for),
            recent: cache(RECENT_FOR),
            recent_lookups: Semaphore::new(RECENT_LOOKUPS),
            other_lookups: Semaphore::new(OTHER_LOOKUPS),
            others_waiting: Semaphore::new(OTHERS_WAITING),
            database,
            readiness,
            settings,
            tokens,
        }
    }

    /// Who the credential belongs to. However many ask at once, it is looked up once.
    pub async fn authenticate(
        &self,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<Arc<Admission>, Arc<Rejection>> {
        let digest = credential.digest();
        if let Some(admission) = self.admitted.get(&digest).await {
            return unexpired(admission, now);
        }
        if self.rejected.contains_key(&digest) {
            return Err(Arc::new(Rejection::Invalid));
        }
        // In a box, so that the future of a request that needs no look-up is small.
        let looking_up = self
            .admitted
            .try_get_with(digest, self.look_up_or_believe(credential, &digest, now));
        let looked_up = Box::pin(looking_up).await;
        match looked_up {
            Ok(admission) => unexpired(admission, now),
            Err(rejection) => {
                // A token that is refused now may hold in a moment: its time may come, its key may be fetched.
                if matches!(*rejection, Rejection::Invalid) && !matches!(credential, Credential::Token(_)) {
                    self.rejected.insert(digest, ()).await;
                }
                Err(rejection)
            }
        }
    }

    /// When a session must have been used to hold at this time.
    pub fn sessions_seen_since(&self, now: Timestamp) -> Timestamp {
        now - self.settings.session_idle
    }

    /// Forgets a credential that was ended here.
    pub async fn forget(&self, credential: &Credential) {
        let digest = credential.digest();
        self.known.invalidate(&digest).await;
        self.admitted.invalidate(&digest).await;
    }

    /// Asks Postgres; where it does not answer, what it said last counts on. One that is slow, or whose connections others hold, answers: it is waited
    /// for, as what it said last may be revoked by now.
    async fn look_up_or_believe(
        &self,
        credential: &Credential,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Arc<Admission>, Rejection> {
        let Some(known) = self.known.get(digest).await else {
            return self.look_up(credential, digest, now).await;
        };
        let mut looking_up = pin!(self.look_up(credential, digest, now));
        let looked_up = match tokio::time::timeout(ANSWER_WITHIN, &mut looking_up).await {
            Ok(looked_up) => looked_up,
            Err(_) if !self.is_answering().await => return Ok(known),
            Err(_) => looking_up.await,
        };
        match looked_up {
            Err(Rejection::Database(error)) if is_unavailable(&error) && !self.is_answering().await => {
                tracing::warn!(%error, "unable to look up a credential; what was said of it last is believed");
                Ok(known)
            }
            Err(Rejection::Invalid) => {
                self.known.invalidate(digest).await;
                Err(Rejection::Invalid)
            }
            looked_up => looked_up,
        }
    }

    async fn is_answering(&self) -> bool {
        is_answering(&self.readiness, SIGN_OF_LIFE_WITHIN).await
    }

    async fn look_up(
        &self,
        credential: &Credential,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Arc<Admission>, Rejection> {
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
        let admission = Arc::new(admission);
        self.recent.insert(*digest, ()).await;
        self.known.insert(*digest, admission.clone()).await;
        Ok(admission)
    }

    /// Waits for a place among the look-ups, of which few run at once.
    async fn turn(&self, is_recent: bool) -> Result<SemaphorePermit<'_>, Rejection> {
        let (turns, _waiting) = if is_recent {
            (&self.recent_lookups, None)
        } else {
            let waiting = self.others_waiting.try_acquire().map_err(|_| Rejection::Busy)?;
            (&self.other_lookups, Some(waiting))
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
        self.last_uses.note(Use::Key(row.id), now);
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
        let seen_since = self.sessions_seen_since(now);
        let row = sessions::identify(&self.database, &token.hash(), now, seen_since)
            .await?
            .ok_or(Rejection::Invalid)?;
        self.last_uses.note(Use::Session(row.id), now);
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

fn unexpired(admission: Arc<Admission>, now: Timestamp) -> Result<Arc<Admission>, Arc<Rejection>> {
    if admission.expires_at.is_none_or(|time| now < time) {
        Ok(admission)
    } else {
        Err(Arc::new(Rejection::Invalid))
    }
}
