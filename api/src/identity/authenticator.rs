//! Finds out who a credential belongs to: from memory where it was asked a moment ago, else from Postgres.
//!
//! What is remembered is believed for [`Settings::believed_for`]: a key that is revoked, a session that is ended elsewhere, a user who is
//! disabled and a role that is changed count on every replica after that time at the latest. The expiry of a credential counts at once.
//! While Postgres cannot be asked, what it said last is believed on for a few minutes, so that statuses are still answered from memory.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use sqlx::PgPool;

use super::{
    Identity,
    credential::{Credential, Digest},
    lookups::Lookups,
    rate_limit::RateLimit,
    token::{TokenError, TokenVerifier},
};
use crate::database::{is_answering, is_unavailable};

/// So many credentials are remembered, and as many that are none.
const REMEMBERED: u64 = 20_000;
/// What Postgres said last is believed for so long where it does not answer. Nothing is written without it meanwhile.
const BELIEVED_WITHOUT_POSTGRES_FOR: Duration = Duration::from_mins(5);
/// A credential that Postgres knew a moment ago waits so long before it is asked whether Postgres is there at all.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// Postgres has so long to say that it is.
const SIGN_OF_LIFE_WITHIN: Duration = Duration::from_millis(500);
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
    pub(super) expires_at: Option<Timestamp>,
    /// Whether it is noted that the credential was used since it was looked up.
    pub(super) is_use_noted: AtomicBool,
}

impl Admission {
    /// When the credential ends by itself, if it does.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }
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
    lookups: Lookups,
    readiness: PgPool,
    settings: Settings,
    admitted: Cache<Digest, Arc<Admission>>,
    /// What Postgres said last.
    known: Cache<Digest, Arc<Admission>>,
    /// Apart from the others, so that made-up keys push nobody out.
    rejected: Cache<Digest, ()>,
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
        let Settings {
            session_idle,
            requests_per_second,
            ..
        } = settings;
        Self {
            lookups: Lookups::new(database, tokens, session_idle, requests_per_second),
            admitted: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(settings.believed_for)
                .build(),
            known: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(BELIEVED_WITHOUT_POSTGRES_FOR)
                .build(),
            rejected: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(settings.believed_for)
                .build(),
            readiness,
            settings,
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

    /// Notes that a request was let in by it. What only goes on, such as a stream, is no use: it would keep a session from ever being idle.
    pub fn note_use(&self, admission: &Admission, now: Timestamp) {
        let is_noted = &admission.is_use_noted;
        if !is_noted.load(Ordering::Relaxed) && !is_noted.swap(true, Ordering::Relaxed) {
            self.lookups.note_use(admission.identity.method, now);
        }
    }

    /// When a session must have been used to hold at this time.
    pub fn sessions_seen_since(&self, now: Timestamp) -> Timestamp {
        now - self.settings.session_idle
    }

    async fn look_up(
        &self,
        credential: &Credential,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Arc<Admission>, Rejection> {
        let admission = Arc::new(self.lookups.find(credential, digest, now).await?);
        self.known.insert(*digest, admission.clone()).await;
        Ok(admission)
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
}

fn unexpired(admission: Arc<Admission>, now: Timestamp) -> Result<Arc<Admission>, Arc<Rejection>> {
    if admission.expires_at.is_none_or(|time| now < time) {
        Ok(admission)
    } else {
        Err(Arc::new(Rejection::Invalid))
    }
}
