//! The life of a Pod: it works off what it holds, one document at a time, asks what it should hold, and ends.

use std::{
    future::pending,
    pin::Pin,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use crds::{
    Assignment, ExitCode, ResultSummary,
    assignment::{AssignmentKey, AssignmentResponse, EndedOutcome},
};
use tokio::{sync::watch, task::JoinError};
use tracing::{error, info, warn};

use super::{
    assignments::{AssignmentSource, Unreachable},
    configuration::Bounds,
    exit::{ExitStatus, exit_code_of},
    life::{Life, Reported, finished},
    memory,
    progress::Telling,
    termination::TerminationMessage,
    work::{End, Finished, Work},
    worker::Worker,
};
use crate::failure::Failure;

/// How long a Pod that is told to stop waits for what it has on its way: within the time the kubelet gives it, which is five seconds.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// An answer, and how long it took.
type Answer = (Result<AssignmentResponse, Unreachable>, Duration);

/// The Pod.
pub(super) struct Pod<'a, S> {
    pub(super) worker: Arc<Worker>,
    pub(super) source: &'a S,
    /// Whether it may be given more documents than those it begins with.
    pub(super) serves_several: bool,
    pub(super) bounds: Bounds,
    pub(super) termination: TerminationMessage,
}

impl<S: AssignmentSource> Pod<'_, S> {
    /// Works off these assignments and what else the source names; returns the exit status once it ends, or is told to by `terminated`.
    pub(super) async fn live(&self, first: Vec<Assignment>, terminated: impl Future<Output = ()>) -> u8 {
        let mut life = Life::new(first, self.serves_several, Instant::now());
        let mut terminated = std::pin::pin!(terminated);
        let mut asking: Option<Pin<Box<dyn Future<Output = Answer> + '_>>> = None;
        loop {
            self.begin_next(&mut life);
            if life.is_over(Instant::now(), self.bounds.linger) {
                return life.exit_code();
            }
            let now = Instant::now();
            let ask_at = (asking.is_none() && life.stuck_since.is_none()).then(|| life.pace.earliest());
            if ask_at.is_some_and(|at| at <= now) {
                let request = life.held.request(now, life.retiring, life.pace.wait());
                asking = Some(Box::pin(async move {
                    let answer = self.source.ask(request).await;
                    (answer, now.elapsed())
                }));
                continue;
            }
            let ends_at = life.ends_at(self.bounds.linger);
            tokio::select! {
                biased;
                () = &mut terminated => {
                    info!("told to stop: leaving what is not done to another attempt");
                    self.stop(life).await;
                    return exit_code_of(ExitCode::TryAgain);
                }
                finished = finished(&mut life.work) => {
                    if self.has_finished(&mut life, finished) {
                        asking = None;
                    }
                }
                Some(Ok(reported)) = life.reports.join_next() => {
                    life.has_reported(reported, Instant::now());
                    asking = None;
                }
                (answer, took) = answered(&mut asking) => {
                    asking = None;
                    life.take(answer, took);
                }
                () = until(ask_at) => {}
                () = until(ends_at) => {}
            }
        }
    }

    fn begin_next(&self, life: &mut Life) {
        let now = Instant::now();
        life.retiring |= self
            .bounds
            .documents
            .is_some_and(|most| life.held.taken() >= most)
            || self
                .bounds
                .time
                .is_some_and(|time| now.duration_since(life.started) >= time);
        if life.stuck_since.is_some() {
            return;
        }
        let advances = Arc::new(AtomicU64::new(0));
        if let Some(assignment) = life.held.begin(now, &advances) {
            self.termination.say(Some(&assignment.key()));
            life.work = Some(Work::begin(self.worker.clone(), assignment, advances));
        }
    }

    /// Takes note of the end of the work, and has it reported; whether the list has changed.
    fn has_finished(&self, life: &mut Life, finished: Result<Finished, JoinError>) -> bool {
        let Some(work) = life.work.take() else {
            return false;
        };
        self.termination.say(None);
        if !life.retiring && memory::is_used_up() {
            info!("this process has kept much memory: it takes no more documents");
            life.retiring = true;
        }
        let now = Instant::now();
        let finished = match finished {
            Ok(finished) => finished,
            Err(error) => {
                life.exit.add(exit_code_of(ExitCode::Internal));
                life.end(&work.key, bug(&error), now);
                return true;
            }
        };
        if finished.stuck {
            life.stuck_since = Some(now);
        }
        match finished.end {
            End::GivenUp(_) => {
                life.exit.add(0);
                if !finished.stuck {
                    life.end(&work.key, EndedOutcome::Dropped, now);
                }
                true
            }
            End::Result(result) => {
                life.held.report(&work.key, now);
                self.begin_report(life, work.key, finished.assignment, *result, finished.telling);
                false
            }
        }
    }

    /// Has a result reported, beside what is done next.
    fn begin_report(
        &self,
        life: &mut Life,
        key: AssignmentKey,
        assignment: Assignment,
        result: Result<ResultSummary, Failure>,
        telling: Telling,
    ) {
        let unwanted = watch::Sender::new(false);
        let is_unwanted = unwanted.subscribe();
        life.unwanted.push((key.clone(), unwanted));
        let worker = self.worker.clone();
        let failure = result.as_ref().err().map(|failure| failure.reason);
        // In a task of its own, so that a bug is one document's.
        let report =
            tokio::spawn(async move { worker.report(&assignment, &result, telling, is_unwanted).await });
        life.reports.spawn(async move {
            let outcome = report.await.unwrap_or_else(|error| bug(&error));
            Reported {
                key,
                exit_status: ExitStatus::of(&outcome, failure),
                outcome,
            }
        });
    }

    /// Ends the work, and waits a moment for the reports that are on their way, and for that of a result that was just committed.
    async fn stop(&self, mut life: Life) {
        let all = async {
            if let Some(mut work) = life.work.take() {
                let was_taken_away = work.is_given_up();
                work.give_up();
                if let Ok(finished) = work.finished().await
                    && !was_taken_away
                    && let Some(result) = finished.end.result()
                {
                    self.begin_report(&mut life, work.key, finished.assignment, result, finished.telling);
                }
            }
            while life.reports.join_next().await.is_some() {}
        };
        if tokio::time::timeout(STOP_LIMIT, all).await.is_err() {
            warn!("not all that was on its way has come to its end");
        }
    }
}

fn bug(error: &JoinError) -> EndedOutcome {
    error!(%error, "the encoder has a bug");
    EndedOutcome::Undelivered(format!("the encoder has a bug: {error}"))
}

/// The answer, if one is waited for.
async fn answered<F: Future<Output = Answer> + Unpin>(asking: &mut Option<F>) -> Answer {
    match asking {
        Some(asking) => asking.await,
        None => pending().await,
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => pending().await,
    }
}
