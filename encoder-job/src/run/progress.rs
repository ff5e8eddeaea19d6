//! Telling how far an encoding is: Redis at every page, the resource's status at every step and every few seconds.
//!
//! Both run beside the encoding and never hold it up: each sends the newest state it finds when it is done with the one
//! before. A Redis that is absent, slow or gone costs nothing but the finer picture.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crds::{Assignment, ProgressRecord, progress};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{live_progress::LiveProgress, report::StatusWriter};

/// How long a document is worked on before its status tells of it: most are ready before, and each write costs the API server more than
/// a page costs the encoder.
const FIRST_STATUS: Duration = Duration::from_secs(1);
/// The least time between two writes of pages to the status.
const STATUS_INTERVAL: Duration = Duration::from_secs(3);
/// How long a write to the status that is on its way is waited for before the report.
const STATUS_LIMIT: Duration = Duration::from_secs(6);
/// How long the last state may take to reach Redis once the work is done. Nobody waits for it.
const FLUSH_LIMIT: Duration = Duration::from_secs(1);

/// How far one encoding is. Clones speak of the same one.
#[derive(Clone)]
pub(super) struct Progress {
    state: watch::Sender<ProgressRecord>,
    advances: Arc<AtomicU64>,
}

impl Progress {
    /// Nothing has begun. `advances` grows with every page and every step.
    pub(super) fn new(assignment: &Assignment, pod_uid: &str, advances: Arc<AtomicU64>) -> Self {
        let (percent, message) = progress::step::QUEUED;
        let record = ProgressRecord {
            attempt: assignment.attempt,
            pod_uid: pod_uid.to_owned(),
            progress: percent,
            message: message.to_owned(),
            pages_done: 0,
            pages_total: 0,
        };
        Self {
            state: watch::Sender::new(record),
            advances,
        }
    }

    /// A step begins.
    pub(super) fn step(&self, (percent, message): (u8, &str)) {
        self.change(|record| {
            record.progress = percent;
            message.clone_into(&mut record.message);
        });
    }

    /// So many pages of so many are done.
    pub(super) fn pages(&self, done: u32, total: u32) {
        self.change(|record| {
            record.pages_done = done;
            record.pages_total = total;
            record.progress = progress::percent_of_pages(done, total).max(record.progress);
        });
    }

    /// How far it is.
    pub(super) fn record(&self) -> ProgressRecord {
        self.state.borrow().clone()
    }

    fn change(&self, change: impl FnOnce(&mut ProgressRecord)) {
        self.state.send_modify(change);
        self.advance();
    }

    /// The work goes on, also where there is nothing to tell of it.
    pub(super) fn advance(&self) {
        self.advances.fetch_add(1, Ordering::Relaxed);
    }
}

/// The tasks that tell how far an encoding is.
pub(super) struct Telling {
    progress: Progress,
    to_status: Told,
    to_redis: Option<Told>,
}

/// A task, and what ends it.
struct Told {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl Told {
    /// Lets the task come to its end, for so long.
    async fn end(self, limit: Duration) {
        let _ = self.stop.send(());
        let mut task = self.task;
        if timeout(limit, &mut task).await.is_err() {
            task.abort();
        }
    }
}

impl Telling {
    /// Begins to tell.
    pub(super) fn start(
        progress: &Progress,
        assignment: &Assignment,
        status: StatusWriter,
        redis: Option<LiveProgress>,
    ) -> Self {
        let state = progress.state.subscribe();
        let key = progress::key(&assignment.owner.prefix(), &assignment.uid);
        let (stop, stopped) = oneshot::channel();
        let to_status = Told {
            task: tokio::spawn(tell_status(status, state.clone(), stopped)),
            stop,
        };
        let to_redis = redis.map(|redis| {
            let (stop, stopped) = oneshot::channel();
            Told {
                task: tokio::spawn(tell_redis(redis, key, state.clone(), stopped)),
                stop,
            }
        });
        Self {
            progress: progress.clone(),
            to_status,
            to_redis,
        }
    }

    /// Ends the telling, so that nothing follows the report, and returns what was told, with its last state.
    pub(super) async fn finish(self) -> Progress {
        if let Some(told) = self.to_redis {
            // Beside all else: a Redis that is away must hold nothing up.
            tokio::spawn(told.end(FLUSH_LIMIT));
        }
        // A write that is on its way is waited for: overtaking the report, it would take the report away again, as with
        // server-side apply what a writer leaves out is removed.
        self.to_status.end(STATUS_LIMIT).await;
        self.progress
    }
}

async fn tell_status(
    status: StatusWriter,
    mut state: watch::Receiver<ProgressRecord>,
    mut stopped: oneshot::Receiver<()>,
) {
    tokio::select! {
        _ = &mut stopped => return,
        () = sleep(FIRST_STATUS) => {}
    }
    loop {
        let record = state.borrow_and_update().clone();
        status.write_progress(&record).await;
        tokio::select! {
            _ = &mut stopped => return,
            () = worth_telling(&mut state, &record) => {}
        }
    }
}

/// Waits for a new step, which is told at once, or for new pages, which are told when the interval is over.
async fn worth_telling(state: &mut watch::Receiver<ProgressRecord>, told: &ProgressRecord) {
    let next_step = state.wait_for(|record| record.message != told.message);
    let interval = timeout_at(Instant::now() + STATUS_INTERVAL, next_step).await;
    let closed = match interval.map(|step| step.is_err()) {
        Ok(closed) => closed,
        Err(_) => state.wait_for(|newer| newer != told).await.is_err(),
    };
    if closed {
        // Nothing will be new; whoever stops this is about to.
        std::future::pending::<()>().await;
    }
}

async fn tell_redis(
    redis: LiveProgress,
    key: String,
    mut state: watch::Receiver<ProgressRecord>,
    mut stopped: oneshot::Receiver<()>,
) {
    loop {
        let record = state.borrow_and_update().clone();
        redis.set(&key, &record).await;
        tokio::select! {
            biased;
            changed = state.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            _ = &mut stopped => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_redis_that_does_not_answer_holds_nothing_up() {
        // It takes connections, and says nothing.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let redis = LiveProgress::new(&format!("redis://{}", silent.local_addr().unwrap()));
        let assignment: Assignment = serde_json::from_value(serde_json::json!({
            "namespace": "team", "name": "a", "uid": "a", "attempt": 1, "tries": 1, "owner": {"namespace": "team"},
            "documentId": "a", "fileName": "f.pdf", "source": {"object": "k"}, "chunking": {},
            "onEmptyPages": "Warn", "timeoutSeconds": 60, "maxSourceBytes": 1000
        }))
        .unwrap();
        let nobody = kube::Config::new(http::Uri::from_static("http://127.0.0.1:9"));
        let status = StatusWriter::new(kube::Client::try_from(nobody).unwrap(), &assignment);
        let progress = Progress::new(&assignment, "pod", Arc::default());
        let telling = Telling::start(&progress, &assignment, status, Some(redis.unwrap()));
        progress.pages(1, 2);
        let finished = timeout(FLUSH_LIMIT / 4, telling.finish()).await.unwrap();
        assert_eq!(finished.record().pages_done, 1);
    }
}
