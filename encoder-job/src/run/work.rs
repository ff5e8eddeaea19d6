//! The work on one assignment, from beginning to end, and what may end it before.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use crds::{Assignment, ResultSummary, assignment::AssignmentKey};
use encoder_job::parser_process::Cancellation;
use tokio::{
    sync::oneshot,
    task::{JoinError, JoinHandle},
};
use tracing::{error, info, warn};

use super::{
    progress::{Progress, Telling},
    worker::Worker,
};
use crate::failure::{Failure, FailureReason};

/// How long a document that is given up may take to come to its end. Its parser's process is ended at once; what is left is a thread that must
/// look by itself.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// A document that is worked on. Dropped, it is given up.
pub(super) struct Work {
    pub(super) key: AssignmentKey,
    give_up: Option<oneshot::Sender<()>>,
    task: JoinHandle<Finished>,
}

/// A document that is not worked on any more.
pub(super) struct Finished {
    pub(super) assignment: Assignment,
    pub(super) end: End,
    /// How far it came, and the tasks that tell it.
    pub(super) telling: Telling,
    /// Whether its thread is still at work, and has its memory.
    pub(super) stuck: bool,
}

/// How the work on a document ended.
pub(super) enum End {
    /// By itself, or by its time limit.
    Result(Box<Result<ResultSummary, Failure>>),
    /// It was given up. Nothing half-written is left; a result that was committed before stays.
    GivenUp(Option<Box<ResultSummary>>),
}

impl End {
    /// What is worth to be reported although this Pod is told to stop: a result, or why there will be none.
    pub(super) fn result(self) -> Option<Result<ResultSummary, Failure>> {
        match self {
            Self::Result(result) => Some(*result),
            Self::GivenUp(committed) => committed.map(|result| Ok(*result)),
        }
    }
}

/// Why work is ended before it is done.
#[derive(Clone, Copy)]
enum Cause {
    Deadline(Duration),
    GivenUp,
}

impl Work {
    /// Begins.
    pub(super) fn begin(worker: Arc<Worker>, assignment: Assignment, advances: Arc<AtomicU64>) -> Self {
        info!(namespace = %assignment.namespace, name = %assignment.name, attempt = assignment.attempt, "started");
        let key = assignment.key();
        let (give_up, unwanted) = oneshot::channel();
        Self {
            key,
            give_up: Some(give_up),
            task: tokio::spawn(supervise(worker, assignment, advances, unwanted)),
        }
    }

    /// Gives it up: its parser's process is ended now.
    pub(super) fn give_up(&mut self) {
        self.give_up = None;
    }

    /// Whether it was.
    pub(super) fn is_given_up(&self) -> bool {
        self.give_up.is_none()
    }

    /// Waits for its end. May be dropped and called again; not to be called again once it has answered.
    ///
    /// # Errors
    /// [`JoinError`] where the supervision itself panicked.
    pub(super) async fn finished(&mut self) -> Result<Finished, JoinError> {
        (&mut self.task).await
    }
}

/// Works on it in a task of its own, so that a bug takes nothing else with it, within its time, and only as long as it is wanted.
async fn supervise(
    worker: Arc<Worker>,
    assignment: Assignment,
    advances: Arc<AtomicU64>,
    unwanted: oneshot::Receiver<()>,
) -> Finished {
    let started = Instant::now();
    let progress = Progress::new(&assignment, worker.pod_uid(), advances);
    let telling = worker.tell(&progress, &assignment);
    let cancellation = Cancellation::default();
    let limit = Duration::from_secs(assignment.timeout_seconds.unsigned_abs());
    let mut task = tokio::spawn({
        let (worker, assignment, cancellation) = (worker.clone(), assignment.clone(), cancellation.clone());
        async move { worker.encode(&assignment, limit, &progress, &cancellation).await }
    });
    let cause = tokio::select! {
        result = &mut task => Err(result),
        _ = unwanted => Ok(Cause::GivenUp),
        () = tokio::time::sleep(limit) => Ok(Cause::Deadline(limit)),
    };
    let (end, stuck) = match cause {
        Err(result) => (End::Result(Box::new(flat(result))), false),
        Ok(cause) => {
            cancellation.cancel();
            let ended = tokio::time::timeout(STOP_LIMIT, task).await;
            let stuck = ended.is_err();
            if stuck {
                error!(name = %assignment.name, "a thread does not come to its end: this Pod takes no more documents");
            }
            let mut own = ended.ok().map(flat);
            if matches!(cause, Cause::Deadline(_)) && !matches!(own, Some(Ok(_))) {
                // A manifest that was written in time is a result, whatever the work said after it.
                own = worker.committed(&assignment).await.map(Ok).or(own);
            }
            (broken_off(cause, own), stuck)
        }
    };
    log(&end, &assignment.name, started.elapsed());
    Finished {
        assignment,
        end,
        telling,
        stuck,
    }
}

/// The end of work that was broken off, which may have come to its own end in that moment.
fn broken_off(cause: Cause, own: Option<Result<ResultSummary, Failure>>) -> End {
    match (cause, own) {
        (Cause::GivenUp, own) => End::GivenUp(own.and_then(Result::ok).map(Box::new)),
        (Cause::Deadline(_), Some(Ok(result))) => End::Result(Box::new(Ok(result))),
        (Cause::Deadline(limit), _) => {
            let message = format!("the document took longer than its {} seconds", limit.as_secs());
            End::Result(Box::new(Err(Failure::new(
                FailureReason::DeadlineExceeded,
                message,
            ))))
        }
    }
}

fn flat(result: Result<Result<ResultSummary, Failure>, JoinError>) -> Result<ResultSummary, Failure> {
    result.unwrap_or_else(|error| {
        let message = format!("the encoder has a bug: {error}");
        Err(Failure::new(FailureReason::EncodingError, message))
    })
}

fn log(end: &End, name: &str, took: Duration) {
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match end {
        End::GivenUp(_) => info!(milliseconds, name, "given up"),
        End::Result(result) => match result.as_ref() {
            Ok(result) => info!(
                milliseconds,
                name,
                chunks = result.total_chunks,
                pages = result.total_pages,
                "encoded"
            ),
            Err(failure) => {
                warn!(milliseconds, name, reason = %failure.reason, "{}", failure.message);
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_and_a_limit_are_failures_and_what_is_given_up_is_none() {
        let deadline = Cause::Deadline(Duration::from_secs(7));
        let End::Result(result) = broken_off(deadline, None) else {
            panic!("it is reported");
        };
        let failure = result.unwrap_err();
        assert_eq!(failure.reason, FailureReason::DeadlineExceeded);
        assert!(failure.message.contains("7 seconds"), "{failure}");
        let own = Err(Failure::new(FailureReason::EncodingError, "stopped"));
        assert!(broken_off(Cause::GivenUp, Some(own)).result().is_none());
    }

    #[test]
    fn a_result_that_was_committed_while_it_was_given_up_is_known() {
        let own: ResultSummary = serde_json::from_value(serde_json::json!({
            "metadataFile": "m", "indexFile": "i", "manifest": "manifest", "manifestSha256": "0", "totalChunks": 1, "totalTokens": 1,
            "totalPages": 1, "language": "en", "languageConfidence": 1.0, "emptyPages": 0, "sourceSha256": "0", "encoderVersion": "1"
        }))
        .unwrap();
        let end = broken_off(Cause::GivenUp, Some(Ok(own.clone())));
        assert!(matches!(end, End::GivenUp(_)));
        assert_eq!(end.result(), Some(Ok(own)));
    }

    #[tokio::test]
    async fn a_panic_of_the_work_is_a_failure_of_its_document() {
        let result = flat(tokio::spawn(async { panic!("a seam burst") }).await);
        let failure = result.unwrap_err();
        assert_eq!(failure.reason, FailureReason::EncodingError);
        assert!(failure.message.contains("a seam burst"), "{failure}");
    }
}
