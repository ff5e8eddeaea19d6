//! Live progress from Redis: finer than the resource's status, and never waited for.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crds::{Phase, ProgressRecord, progress};
use jiff::Timestamp;
use redis::{
    AsyncCommands, Client,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use crate::{configuration::SecretUrl, documents::document::Document};

/// After a failure Redis is left in peace for so long.
const PAUSE_SECONDS: i64 = 2;

/// Where live progress comes from, if from anywhere.
#[derive(Clone)]
pub struct LiveProgress(Option<Arc<Connection>>);

struct Connection {
    manager: ConnectionManager,
    time_limit: Duration,
    paused_until: AtomicI64,
}

impl LiveProgress {
    /// No Redis: progress is what the resources say.
    pub fn none() -> Self {
        Self(None)
    }

    /// Redis at this address; it is connected to when first asked, and need not be there.
    pub fn from_redis(url: &SecretUrl, time_limit: Duration) -> Result<Self, redis::RedisError> {
        let configuration = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_response_timeout(Some(Duration::from_secs(1)));
        let manager =
            ConnectionManager::new_lazy_with_config(Client::open(url.expose().as_str())?, configuration)?;
        Ok(Self(Some(Arc::new(Connection {
            manager,
            time_limit,
            paused_until: AtomicI64::new(i64::MIN),
        }))))
    }

    /// What Redis knows of a document; `None` where it knows nothing, is not there or takes too long.
    pub async fn of(&self, document: &Document, now: Timestamp) -> Option<ProgressRecord> {
        let connection = self.0.as_ref()?;
        if document.phase.is_terminal() || now.as_second() < connection.paused_until.load(Ordering::Relaxed) {
            return None;
        }
        let key = progress::key(&document.owner().prefix(), &document.binding.uid?.to_string());
        let mut manager = connection.manager.clone();
        let answer = tokio::time::timeout(connection.time_limit, manager.get::<_, Option<String>>(key)).await;
        let failure = match answer {
            Ok(Ok(text)) => return serde_json::from_str(&text?).ok(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {:?}", connection.time_limit),
        };
        tracing::warn!(
            error = failure,
            "unable to read live progress; it comes from the resource"
        );
        connection
            .paused_until
            .store(now.as_second() + PAUSE_SECONDS, Ordering::Relaxed);
        None
    }
}

/// A document with what Redis knows of it. Of the two the one that is further on is believed.
pub fn merge(mut document: Document, live: Option<ProgressRecord>) -> Document {
    let Some(live) = live else { return document };
    let is_further = (live.attempt, live.progress) > (document.attempt, document.progress);
    let has_same_progress = (live.attempt, live.progress) == (document.attempt, document.progress);
    let has_more_pages = i64::from(live.pages_done) > document.pages_done.unwrap_or(0);
    if document.phase.is_terminal() || !(is_further || (has_same_progress && has_more_pages)) {
        return document;
    }
    document.phase = Phase::Processing;
    (document.queue_position, document.estimated_start_at) = (None, None); // It waits no more.
    document.attempt = live.attempt;
    document.progress = live.progress.min(100);
    document.message = Some(live.message);
    if live.pages_total > 0 {
        document.pages_done = Some(live.pages_done.into());
        document.pages_total = Some(live.pages_total.into());
    }
    document
}
