//! The life of a Pod: it works off what it holds, one document at a time, asks what it should hold, and ends.

use std::{
    future::pending,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64},
    },
    time::{Duration, Instant},
};

use crds::{
    Assignment, ExitCode,
    assignment::{AssignmentResponse, EndedOutcome},
};
use tokio::task::JoinError;
use tracing::{error, info};

use super::{
    assignments::{AssignmentSource, Unreachable},
    configuration::Bounds,
    exit::{ExitStatus, exit_code_of},
    life::{Life, Reported, finished},
    memory,
    termination::TerminationMessage,
    work::{End, Finished, Work},
    worker::Worker,
};

/// An answer, and how long it took.
type Answer = (Result<AssignmentResponse, Unreachable>, Duration);

/// The Pod.
pub(super) struct Pod<'a, S> {
    pub(super) worker: Arc<Worker>,
    pub(super) source: &'a S,
    /// Whether it may be given more documents than those it begins with.
    pub(super) standing: bool,
    pub(super) bounds: Bounds,
    pub(super) termination: TerminationMessage,
}

impl<S: AssignmentSource> Pod<'_, S> {
    /// Works off these assignments and what else the source names; returns the exit status once it ends, or is told to by `terminated`.
    pub(super) async fn live(&self, first: Vec<Assignment>, terminated: impl Future<Output = ()>) -> u8 {
        let mut life = Life::new(first, self.standing, Instant::now());
        let mut terminated = std::pin::pin!(terminated);
        let mut asking: Option<Pin<Box<dyn Future<Output = Answer> + '_>>> = None;
        loop {
            self.begin_next(&mut life);
            if life.is_over(Instant::now(), self.bounds.linger) {
                return life.exit.code(life.stuck);
            }
            let now = Instant::now();
            let ask_at = (asking.is_none() && !life.stuck).then(|| life.pace.earliest());
            if ask_at.is_some_and(|at| at <= now) {
                let request = life.held.request(now, life.retiring, life.pace.wait());
                asking = Some(Box::pin(async move {
                    let answer = self.source.ask(request).await;
                    (answer, now.elapsed())
                }));
                continue;
            }
            let lingers_until = life.lingers_until(self.bounds.linger);
            tokio::select! {
                biased;
                () = &mut terminated => {
                    info!("told to stop: leaving what is not done to another attempt");
                    life.stop().await;
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
                () = until(lingers_until) => {}
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
        if life.stuck {
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
        life.stuck |= finished.stuck;
        match finished.end {
            End::GivenUp => {
                life.exit.add(0);
                if !finished.stuck {
                    life.end(&work.key, EndedOutcome::Dropped, now);
                }
                true
            }
            End::Result(result) => {
                life.held.report(&work.key);
                let unwanted = Arc::new(AtomicBool::new(false));
                life.unwanted.push((work.key.clone(), unwanted.clone()));
                let worker = self.worker.clone();
                let failure = result.as_ref().as_ref().err().map(|failure| failure.reason);
                // In a task of its own, so that a bug is one document's.
                let report = tokio::spawn(async move {
                    worker
                        .report(&finished.assignment, &result, finished.telling, &unwanted)
                        .await
                });
                life.reports.spawn(async move {
                    let outcome = report.await.unwrap_or_else(|error| bug(&error));
                    Reported {
                        key: work.key,
                        exit_status: ExitStatus::of(&outcome, failure),
                        outcome,
                    }
                });
                false
            }
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
