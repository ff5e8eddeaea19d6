//! Who sends a request: found by the API key, and by nothing else the request says.

use std::{collections::HashMap, sync::Mutex};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use jiff::{SignedDuration, Timestamp};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    app::SharedApp,
    http::problem::Problem,
    identity::{
        self,
        key::{ApiKey, KeyHash},
    },
};

/// So long a key is believed without asking Postgres again; a revoked key may work for as long.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_secs(10);
/// So many keys are remembered.
const REMEMBERED: usize = 10_000;

/// Who sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The user.
    pub user_id: Uuid,
}

/// Finds out who sends a request.
#[derive(Debug)]
pub struct Authenticator {
    database: PgPool,
    believed: Mutex<HashMap<KeyHash, (Caller, Timestamp)>>,
}

impl Authenticator {
    /// One that asks this database.
    pub fn new(database: PgPool) -> Self {
        Self {
            database,
            believed: Mutex::default(),
        }
    }

    /// Whose key it is.
    pub async fn authenticate(&self, headers: &HeaderMap, now: Timestamp) -> Result<Caller, Problem> {
        let key = key_in(headers).ok_or_else(Problem::unauthorized)?;
        let hash = key.hash();
        if let Some(caller) = self.recall(&hash, now) {
            return Ok(caller);
        }
        let row = identity::find_key(&self.database, key.prefix(), now)
            .await
            .map_err(|error| Problem::database("look up an API key", &error))?
            .filter(|row| row.hash == hash)
            .ok_or_else(Problem::unauthorized)?;
        let caller = Caller {
            tenant_id: row.tenant_id,
            user_id: row.user_id,
        };
        self.remember(hash, caller, now);
        if let Err(error) = identity::touch_key(&self.database, key.prefix(), now).await {
            tracing::warn!(%error, "unable to note that an API key was used");
        }
        Ok(caller)
    }

    fn recall(&self, hash: &KeyHash, now: Timestamp) -> Option<Caller> {
        let believed = self.believed.lock().ok()?;
        let (caller, since) = believed.get(hash)?;
        (now.duration_since(*since) < BELIEVED_FOR).then_some(*caller)
    }

    fn remember(&self, hash: KeyHash, caller: Caller, now: Timestamp) {
        if let Ok(mut believed) = self.believed.lock() {
            if believed.len() >= REMEMBERED {
                believed.clear();
            }
            believed.insert(hash, (caller, now));
        }
    }
}

/// The key in `Authorization: Bearer …` or `X-API-Key: …`.
fn key_in(headers: &HeaderMap) -> Option<ApiKey> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, credential) = value.to_str().ok()?.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| ApiKey::parse(credential.trim()))?;
    }
    ApiKey::parse(headers.get("x-api-key")?.to_str().ok()?.trim())
}

impl FromRequestParts<SharedApp> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        app.authenticator
            .authenticate(&parts.headers, app.clock.now())
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_key_comes_as_bearer_or_in_its_own_header() {
        let key = ApiKey::generate().unwrap();
        let text = key.expose();
        for (name, value) in [
            ("authorization", format!("Bearer {text}")),
            ("authorization", format!("bearer  {text}")),
            ("x-api-key", text.to_owned()),
        ] {
            assert_eq!(
                key_in(&headers(name, &value)),
                Some(key.clone()),
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn anything_else_is_no_key() {
        let key = ApiKey::generate().unwrap();
        let text = key.expose();
        for (name, value) in [
            ("authorization", text.to_owned()),
            ("authorization", format!("Basic {text}")),
            ("cookie", text.to_owned()),
        ] {
            assert_eq!(key_in(&headers(name, &value)), None, "{name}: {value}");
        }
        assert_eq!(key_in(&HeaderMap::new()), None);
    }
}
