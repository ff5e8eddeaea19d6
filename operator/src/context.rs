//! What every pass shares.

use std::{future::Future, sync::Arc, time::Duration};

use kube::{Client, runtime::events::Recorder};

use crate::{
    backoff::Failures,
    handover::Handover,
    leadership::Leadership,
    memories::{Blocked, EndedOutcomes, InheritedPods, NoRoom, Releases, SeenJobs},
    metrics::Metrics,
    policy::memory::Ladder,
    queue::turns::Turns,
    settings::Settings,
    stores::{Stores, expectations::Expectations},
    waker::Waker,
};

/// The longest one call to the API server may take: what a Lease holds longer than its holder counts on it, so that no write of a former
/// leader is on its way when the next one begins.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// What every pass shares.
pub struct Context {
    /// Speaks to the API server.
    pub client: Client,
    /// How the operator was told to behave.
    pub settings: Settings,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Publishes Events.
    pub recorder: Recorder,
    /// Bounds the Events that are not warnings.
    pub event_limit: std::sync::Mutex<crate::queue::RateLimit>,
    /// What there is, as the watches tell it.
    pub stores: Arc<Stores>,
    /// Writes that a store has not shown yet.
    pub expectations: Arc<Expectations>,
    /// What the queue has decided.
    pub turns: Arc<Turns>,
    /// What Pods have said.
    pub handover: Arc<Handover>,
    /// Whether this replica works.
    pub leadership: Leadership,
    /// Whom a change concerns.
    pub waker: Arc<Waker>,
    /// How often in a row each resource's pass has failed.
    pub failures: Failures,
    /// Jobs that were there.
    pub seen_jobs: SeenJobs,
    /// Namespaces in which the cluster takes no Job for the moment.
    pub blocked: Blocked,
    /// Assignments that ended without a report.
    pub ended: Arc<EndedOutcomes>,
    /// Whether nodes have room.
    pub no_room: NoRoom,
    /// Pods of which nothing is known until they ask.
    pub inherited_pods: Arc<InheritedPods>,
    /// Since when Pods are asked to let go of documents.
    pub releases: Releases,
    /// The memory that documents needed.
    pub ladder: Ladder,
}

/// A call that the API server did not answer, or answered with an error.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// It took too long.
    #[error("unable to {0}: no answer within {limit} seconds", limit = CALL_LIMIT.as_secs())]
    TimedOut(&'static str),
    /// It was refused.
    #[error("unable to {what}: {}", brief(.cause))]
    Refused {
        /// What was tried.
        what: &'static str,
        /// What the API server said.
        cause: kube::Error,
    },
    /// Another replica may work by now, so nothing is written.
    #[error("unable to {0}: this replica does not hold the Lease any more")]
    NotLeading(&'static str),
}

impl ApiError {
    /// The code of the API server's answer, where it gave one.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Refused {
                cause: kube::Error::Api(answer),
                ..
            } => Some(answer.code),
            _ => None,
        }
    }
}

/// What the API server said; the whole answer would repeat it several times.
fn brief(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(answer) => format!("{} ({})", answer.message, answer.code),
        other => other.to_string(),
    }
}

/// Makes a call, but does not wait for ever: kube's client has no limit of its own.
///
/// # Errors
/// [`ApiError`].
pub async fn limited<T>(
    what: &'static str,
    call: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, ApiError> {
    match tokio::time::timeout(CALL_LIMIT, call).await {
        Ok(answer) => answer.map_err(|cause| ApiError::Refused { what, cause }),
        Err(_) => Err(ApiError::TimedOut(what)),
    }
}

impl Context {
    /// Makes a call that writes, unless another replica may be the one that works by now: a process that was stopped for a while finds out
    /// here, before it writes.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn write<T>(
        &self,
        what: &'static str,
        call: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, ApiError> {
        if !self.leadership.holds() {
            return Err(ApiError::NotLeading(what));
        }
        self.metrics.request(what);
        limited(what, call).await
    }
}
