//! The half that works inside a Kubernetes Job: it takes assignments, one after the other, and for each reads the source,
//! encodes it, commits the result and reports.
//!
//! | file | does |
//! |---|---|
//! | `configuration.rs` | reads the environment |
//! | `assignments.rs` | where assignments come from |
//! | `work.rs` | one assignment, step by step |
//! | `thread.rs` | work in a thread, given up when nobody waits for it |
//! | `source.rs` | reads the document |
//! | `store.rs` | the object store, every call with a time limit |
//! | `commit.rs` | writes the result; decides whose manifest counts |
//! | `progress.rs` | tells Redis and the resource how far it is |
//! | `report.rs` | tells the resource how it ended |

mod assignments;
mod commit;
mod configuration;
mod progress;
mod report;
mod source;
mod store;
mod thread;
mod work;

use crds::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info};

use crate::failure::FailureReason;
use assignments::{AssignmentSource, EnvironmentAssignments};
use configuration::Configuration;
use work::{Outcome, Worker};

/// Works off all assignments and returns the exit status: that of the last one that did not succeed, else 0.
pub(crate) fn run() -> u8 {
    let configuration = match Configuration::from_environment() {
        Ok(configuration) => configuration,
        Err(failure) => {
            error!(reason = %failure.reason, "{}", failure.message);
            return failure.reason.exit_code();
        }
    };
    let mut assignments = match EnvironmentAssignments::read() {
        Ok(assignments) => assignments,
        Err(failure) => {
            error!(reason = %failure.reason, "{}", failure.message);
            return failure.reason.exit_code();
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(cause) => {
            error!(%cause, "unable to start the runtime");
            return FailureReason::EncodingError.exit_code();
        }
    };
    let exit_code = runtime.block_on(work_off(configuration, &mut assignments));
    // A thread may still be busy with a document nobody waits for any more.
    runtime.shutdown_background();
    exit_code
}

async fn work_off(configuration: Configuration, assignments: &mut impl AssignmentSource) -> u8 {
    let worker = match Worker::new(configuration).await {
        Ok(worker) => worker,
        Err(failure) => {
            error!(reason = %failure.reason, "{}", failure.message);
            return failure.reason.exit_code();
        }
    };
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    let all = async {
        let mut exit_code = 0;
        while let Some(assignment) = assignments.next().await {
            info!(namespace = %assignment.namespace, name = %assignment.name, attempt = assignment.attempt, "started");
            match worker.work(&assignment).await {
                Outcome::Reported(failure) => exit_code = failure.map_or(exit_code, FailureReason::exit_code),
                Outcome::Gone => info!(name = %assignment.name, "the resource is gone: nothing to report"),
                Outcome::Unreported => exit_code = exit_code_of(ExitCode::TryAgain),
            }
        }
        exit_code
    };
    tokio::select! {
        exit_code = all => exit_code,
        // The work is dropped, which ends the parser.
        () = terminated => {
            info!("told to stop: leaving the document to another attempt");
            exit_code_of(ExitCode::TryAgain)
        }
    }
}

fn exit_code_of(code: ExitCode) -> u8 {
    u8::try_from(code.code()).unwrap_or(u8::MAX)
}
