//! Live progress in Redis, over one connection for all documents. A Redis that is absent, slow or gone costs nothing but the finer picture.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crds::{ProgressRecord, progress};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tracing::{debug, info, warn};

/// The longest a connection, or a call, may take.
const LIMIT: Duration = Duration::from_secs(1);
/// Between two tries to connect: at least, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));
/// Tries to connect again for one record; the next one begins anew.
const TRIES: usize = 2;

/// The connection, which is made when it is first needed, and again whenever it is lost.
#[derive(Clone)]
pub(super) struct LiveProgress {
    connection: ConnectionManager,
    away: Arc<AtomicBool>,
}

impl LiveProgress {
    /// A connection to this address, if it can be read. Must be called within the runtime.
    pub(super) fn new(url: &str) -> Option<Self> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(LIMIT))
            .set_response_timeout(Some(LIMIT))
            .set_min_delay(PAUSES.0)
            .set_max_delay(PAUSES.1)
            .set_number_of_retries(TRIES);
        let connection = redis::Client::open(url)
            .and_then(|client| ConnectionManager::new_lazy_with_config(client, config))
            .ok();
        if connection.is_none() {
            // Not the error itself: it may hold the address, and that a password.
            warn!(
                "the address of Redis cannot be read: live progress comes from the resource's status alone"
            );
        }
        Some(Self {
            connection: connection?,
            away: Arc::default(),
        })
    }

    /// Writes a record, if Redis takes it.
    pub(super) async fn set(&self, key: &str, record: &ProgressRecord) {
        let Ok(value) = serde_json::to_string(record) else {
            return;
        };
        let mut connection = self.connection.clone();
        let set: redis::RedisResult<()> = redis::cmd("SET")
            .arg(key)
            .arg(value)
            .arg("EX")
            .arg(progress::EXPIRY_SECONDS)
            .query_async(&mut connection)
            .await;
        match (set, self.away.load(Ordering::Relaxed)) {
            (Ok(()), false) => {}
            (Ok(()), true) => {
                self.away.store(false, Ordering::Relaxed);
                info!("Redis is there again");
            }
            (Err(error), false) => {
                self.away.store(true, Ordering::Relaxed);
                warn!(%error, "unable to write progress to Redis: live progress comes from the resource's status alone");
            }
            (Err(error), true) => debug!(%error, "unable to write progress to Redis"),
        }
    }
}
