//! Finds out who a credential belongs to.

use std::{collections::HashMap, sync::Mutex};

use jiff::{SignedDuration, Timestamp};
use sqlx::PgPool;

use crate::{
    http::problem::Problem,
    identity::{
        self, Identity, Method,
        key::{ApiKey, KeyHash},
        role::{Role, Scopes},
    },
};

/// So long a key is believed without asking Postgres again; a revoked key may work for as long.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_secs(10);
/// So many keys are remembered.
const REMEMBERED: usize = 10_000;

/// Finds out who sends a request.
#[derive(Debug)]
pub struct Authenticator {
    database: PgPool,
    believed: Mutex<HashMap<KeyHash, (Identity, Timestamp)>>,
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
    pub async fn authenticate(&self, key: &ApiKey, now: Timestamp) -> Result<Identity, Problem> {
        let hash = key.hash();
        if let Some(identity) = self.recall(&hash, now) {
            return Ok(identity);
        }
        let row = identity::find_key(&self.database, key.prefix(), now)
            .await
            .map_err(|error| Problem::database("look up an API key", &error))?
            .filter(|row| row.hash == hash)
            .ok_or_else(Problem::unauthorized)?;
        let role: Role = row
            .role
            .parse()
            .map_err(|error| Problem::internal("read a user's role", &error))?;
        let identity = Identity {
            tenant_id: row.tenant_id,
            user_id: row.user_id,
            role,
            scopes: Scopes::from_names(&row.scopes).and(role.scopes()),
            method: Method::ApiKey { id: row.id },
        };
        self.remember(hash, identity, now);
        if let Err(error) = identity::touch_key(&self.database, key.prefix(), now).await {
            tracing::warn!(%error, "unable to note that an API key was used");
        }
        Ok(identity)
    }

    fn recall(&self, hash: &KeyHash, now: Timestamp) -> Option<Identity> {
        let believed = self.believed.lock().ok()?;
        let (identity, since) = believed.get(hash)?;
        (now.duration_since(*since) < BELIEVED_FOR).then_some(*identity)
    }

    fn remember(&self, hash: KeyHash, identity: Identity, now: Timestamp) {
        if let Ok(mut believed) = self.believed.lock() {
            if believed.len() >= REMEMBERED {
                believed.clear();
            }
            believed.insert(hash, (identity, now));
        }
    }
}
