//! The half that works inside a Kubernetes Job: it takes assignments, one after the other, and for each reads the source,
//! encodes it, commits the result and reports.
//!
//! | file | does |
//! |---|---|
//! | `configuration.rs` | reads the environment |
//! | `main_loop.rs` | the life of a Pod: works, asks for more, ends |
//! | `life.rs` | what the Pod knows of itself meanwhile |
//! | `held.rs` | what the Pod holds and what an answer changes; pure |
//! | `pace.rs` | when the operator is asked; pure |
//! | `exit.rs` | the exit status; pure |
//! | `assignments.rs` | where assignments come from; those of the environment |
//! | `operator.rs` | asks the operator: for assignments, and for URLs of an S3 store |
//! | `termination.rs` | tells the kubelet which document to blame |
//! | `memory.rs` | whether the process has kept too much memory |
//! | `work.rs` | the work on one assignment, within its time and as long as it is wanted |
//! | `worker.rs` | one assignment, step by step |
//! | `source.rs` | reads the document |
//! | `store/` | the object store: a directory, or S3 by presigned URLs |
//! | `commit.rs` | writes the result; decides whose manifest counts |
//! | `progress.rs` | tells Redis and the resource how far it is |
//! | `live_progress.rs` | the connection to Redis |
//! | `report.rs` | tells the resource how it ended |
//! | `delivery.rs` | when a report is sent again, and when it is given up; pure |

mod assignments;
mod commit;
mod configuration;
mod delivery;
mod exit;
mod held;
mod life;
mod live_progress;
mod main_loop;
mod memory;
mod operator;
mod pace;
mod processor_time;
mod progress;
mod report;
mod source;
mod store;
mod termination;
mod work;
mod worker;

use std::sync::Arc;

use crds::job::TERMINATION_MESSAGE_PATH;
use tokio::signal::unix::{SignalKind, signal};
use tracing::error;

use crate::failure::{Failure, FailureReason};
use assignments::{AssignmentSource, EnvironmentAssignments};
use configuration::Configuration;
use main_loop::Pod;
use operator::Operator;
use termination::TerminationMessage;
use worker::Worker;

/// Works off all assignments and returns the exit status.
pub(crate) fn run() -> u8 {
    let read = Configuration::from_environment()
        .and_then(|configuration| Ok((configuration, EnvironmentAssignments::read()?)));
    let (configuration, assignments) = match read {
        Ok(read) => read,
        Err(failure) => return failed(&failure),
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
    let exit_code = runtime
        .block_on(work_off(configuration, assignments))
        .unwrap_or_else(|failure| failed(&failure));
    // A thread may still be busy with a document nobody waits for any more.
    runtime.shutdown_background();
    exit_code
}

fn failed(failure: &Failure) -> u8 {
    error!(reason = %failure.reason, "{}", failure.message);
    failure.reason.exit_code()
}

async fn work_off(configuration: Configuration, assignments: EnvironmentAssignments) -> Result<u8, Failure> {
    match configuration.operator.clone() {
        None => live(configuration, &assignments, &assignments, None).await,
        Some(address) => {
            let operator = Arc::new(Operator::new(address)?);
            live(configuration, &assignments, &*operator, Some(operator.clone())).await
        }
    }
}

async fn live<S: AssignmentSource>(
    configuration: Configuration,
    assignments: &EnvironmentAssignments,
    source: &S,
    operator: Option<Arc<Operator>>,
) -> Result<u8, Failure> {
    // Before anything else, as a first process that does not listen is not told.
    let terminated = terminated();
    let pod = Pod {
        source,
        serves_several: configuration.serves_several(),
        bounds: configuration.bounds,
        termination: TerminationMessage::at(TERMINATION_MESSAGE_PATH),
        worker: Arc::new(Worker::new(configuration, operator).await?),
    };
    Ok(pod.live(assignments.all().to_vec(), terminated).await)
}

/// The moment at which this process is told to end; it is listened for from now on.
fn terminated() -> impl Future<Output = ()> {
    let signal = signal(SignalKind::terminate());
    async {
        match signal {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    }
}
