//! Telling how far an encoding is: Redis at every page, the resource's status at every step and every few seconds.
//!
//! Both run beside the encoding and never hold it up: each sends the newest state it finds when it is done with the one
//! before. A Redis that is absent, slow or gone costs nothing but the finer picture.

use std::time::Duration;

use crds::{Assignment, ProgressRecord, progress};
use redis::AsyncConnectionConfig;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout},
};
use tracing::{debug, warn};

use super::report::StatusWriter;

/// The least time between two writes of pages to the status.
const STATUS_INTERVAL: Duration = Duration::from_secs(3);
/// The longest a connection to Redis, or a call, may take.
const REDIS_LIMIT: Duration = Duration::from_secs(1);
/// How long a write to the status that is on its way is waited for before the report.
const STATUS_LIMIT: Duration = Duration::from_secs(6);
/// How long the last state may take to reach Redis once the work is done.
const FLUSH_LIMIT: Duration = Duration::from_millis(300);

/// How far one encoding is, and the tasks that tell it.
pub(super) struct Progress {
    state: watch::Sender<ProgressRecord>,
    to_status: JoinHandle<()>,
    to_redis: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to tell, from `Queued` on.
    pub(super) fn start(
        assignment: &Assignment,
        pod_uid: &str,
        status: StatusWriter,
        redis: Option<redis::Client>,
    ) -> Self {
        let (percent, message) = progress::step::QUEUED;
        let record = ProgressRecord {
            attempt: assignment.attempt,
            pod_uid: pod_uid.to_owned(),
            progress: percent,
            message: message.to_owned(),
            pages_done: 0,
            pages_total: 0,
        };
        let (state, receiver) = watch::channel(record);
        let key = progress::key(&assignment.owner.prefix(), &assignment.uid);
        let to_redis = redis.map(|client| tokio::spawn(tell_redis(client, key, receiver.clone())));
        let to_status = tokio::spawn(tell_status(status, receiver));
        Self {
            state,
            to_status,
            to_redis,
        }
    }

    /// A step begins.
    pub(super) fn step(&self, (percent, message): (u8, &str)) {
        self.state.send_modify(|record| {
            record.progress = percent;
            message.clone_into(&mut record.message);
        });
    }

    /// What tells of pages, for another thread.
    pub(super) fn pages(&self) -> impl Fn(u32, u32) + Send + 'static {
        let state = self.state.clone();
        move |done, total| {
            state.send_modify(|record| {
                record.pages_done = done;
                record.pages_total = total;
                record.progress = progress::percent_of_pages(done, total).max(record.progress);
            });
        }
    }

    /// Ends the telling to the status, so that nothing follows the report, and returns the last state.
    pub(super) async fn finish(self) -> (ProgressRecord, impl Future<Output = ()>) {
        let last = self.state.borrow().clone();
        drop(self.state);
        // A write that is on its way is waited for: overtaking the report, it would take the report away again, as with
        // server-side apply what a writer leaves out is removed.
        let mut to_status = self.to_status;
        if timeout(STATUS_LIMIT, &mut to_status).await.is_err() {
            to_status.abort();
        }
        let to_redis = self.to_redis;
        let flush = async move {
            if let Some(task) = to_redis {
                let _ = timeout(FLUSH_LIMIT, task).await;
            }
        };
        (last, flush)
    }
}

async fn tell_status(status: StatusWriter, mut state: watch::Receiver<ProgressRecord>) {
    let mut told_message = String::new();
    loop {
        let record = state.borrow_and_update().clone();
        status.write_progress(&record).await;
        told_message.clone_from(&record.message);
        let earliest = Instant::now() + STATUS_INTERVAL;
        // A new step is told at once; pages when the interval is over.
        let news = state.wait_for(|record| record.message != told_message);
        let open = match tokio::time::timeout_at(earliest, news).await {
            Ok(news) => Some(news.is_ok()),
            Err(_) => None,
        };
        let open = match open {
            Some(open) => open,
            None => state.wait_for(|newer| *newer != record).await.is_ok(),
        };
        if !open {
            return;
        }
    }
}

async fn tell_redis(client: redis::Client, key: String, mut state: watch::Receiver<ProgressRecord>) {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(REDIS_LIMIT))
        .set_response_timeout(Some(REDIS_LIMIT));
    let mut connection = match client.get_multiplexed_async_connection_with_config(&config).await {
        Ok(connection) => connection,
        Err(error) => {
            warn!(%error, "unable to reach Redis: live progress comes from the resource's status alone");
            return;
        }
    };
    loop {
        let record = state.borrow_and_update().clone();
        let Ok(value) = serde_json::to_string(&record) else {
            return;
        };
        let set: redis::RedisResult<()> = redis::cmd("SET")
            .arg(&key)
            .arg(value)
            .arg("EX")
            .arg(progress::EXPIRY_SECONDS)
            .query_async(&mut connection)
            .await;
        if let Err(error) = set {
            debug!(%error, "unable to write progress to Redis");
        }
        if state.changed().await.is_err() {
            return;
        }
    }
}
