//! Live progress from Redis: finer than the resource's status, and never waited for.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crds::{Owner, Phase, ProgressRecord, progress};
use jiff::Timestamp;
use redis::{
    AsyncCommands, Client,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use uuid::Uuid;

use crate::{configuration::SecretUrl, documents::document::Progress};

/// After a failure Redis is left in peace for so long.
const PAUSE_SECONDS: i64 = 2;
/// No more of a record is read.
const MAX_RECORD_BYTES: isize = 4096;
/// No more of a message is shown.
const MAX_MESSAGE_CHARACTERS: usize = 300;

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

    /// What Redis knows of the encoding with this uid; `None` where it knows nothing, is not there or takes too long.
    pub async fn of(
        &self,
        owner: &Owner,
        resource_uid: Option<Uuid>,
        progress: &Progress,
        now: Timestamp,
    ) -> Option<ProgressRecord> {
        let connection = self.0.as_ref()?;
        if progress.phase.is_terminal() || now.as_second() < connection.paused_until.load(Ordering::Relaxed) {
            return None;
        }
        let key = progress::key(&owner.prefix(), &resource_uid?.to_string());
        let mut manager = connection.manager.clone();
        let reading = manager.getrange::<_, Vec<u8>>(key, 0, MAX_RECORD_BYTES - 1);
        let answer = tokio::time::timeout(connection.time_limit, reading).await;
        let failure = match answer {
            Ok(Ok(text)) => return serde_json::from_slice(&text).ok(),
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

/// Progress with what Redis knows of it. Of the two the one that is further on is believed.
///
/// A document that waits again, as its encoder was lost, is not believed to be worked on because of what that encoder last said: while it
/// waits only a later attempt counts.
pub fn merge(progress: &mut Progress, live: Option<ProgressRecord>) {
    let Some(live) = live else { return };
    let is_further = (live.attempt, live.progress) > (progress.attempt, progress.percent);
    let has_same_progress = (live.attempt, live.progress) == (progress.attempt, progress.percent);
    let has_more_pages = i64::from(live.pages_done) > progress.pages_done.unwrap_or(0);
    let waits_again =
        matches!(progress.phase, Phase::Pending | Phase::Queued) && live.attempt <= progress.attempt;
    if progress.phase.is_terminal() || waits_again || !(is_further || (has_same_progress && has_more_pages)) {
        return;
    }
    progress.phase = Phase::Processing;
    (progress.queue_position, progress.estimated_start_at) = (None, None); // It waits no more.
    progress.attempt = live.attempt;
    progress.percent = live.progress.min(100);
    progress.message = Some(for_people(&live.message));
    if live.pages_total > 0 {
        progress.pages_done = Some(live.pages_done.into());
        progress.pages_total = Some(live.pages_total.into());
    }
}

/// Redis is written by encoders, which are not believed to write what is meant for a line on a page.
fn for_people(message: &str) -> String {
    let shown = message.chars().filter(|character| !character.is_control());
    shown.take(MAX_MESSAGE_CHARACTERS).collect()
}
