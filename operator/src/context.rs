//! What every pass shares.

use std::{collections::HashMap, future::Future, sync::Mutex, time::Duration};

use crds::{DocumentEncoding, Phase};
use kube::{
    Client, ResourceExt,
    core::DeserializeGuard,
    runtime::{events::Recorder, reflector::Store},
};

use crate::{metrics::Metrics, settings::Settings};

/// The longest one call to the API server may take.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// What every pass shares.
pub struct Context {
    /// Speaks to the API server.
    pub client: Client,
    /// How the operator was told to behave.
    pub settings: Settings,
    /// What is counted.
    pub metrics: Metrics,
    /// Publishes Events.
    pub recorder: Recorder,
    /// All resources as the watch last saw them; for counting only.
    pub encodings: Vec<Store<DeserializeGuard<DocumentEncoding>>>,
    /// How often in a row each resource's pass has failed, by uid.
    pub failures: Mutex<HashMap<String, u32>>,
}

impl Context {
    /// How many other documents are being encoded.
    pub fn encoding_now(&self, but_for: &DocumentEncoding) -> usize {
        let is_encoding = |other: &DocumentEncoding| {
            let phase = other.status.as_ref().and_then(|status| status.phase);
            phase == Some(Phase::Processing) && other.uid() != but_for.uid()
        };
        let all = self.encodings.iter().flat_map(Store::state);
        all.filter(|guard| guard.0.as_ref().is_ok_and(is_encoding))
            .count()
    }
}

/// A call that the API server did not answer, or answered with an error.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// It took too long.
    #[error("unable to {0}: no answer within {limit} seconds", limit = CALL_LIMIT.as_secs())]
    TimedOut(&'static str),
    /// It was refused.
    #[error("unable to {what}: {cause}")]
    Refused {
        /// What was tried.
        what: &'static str,
        /// What the API server said.
        cause: kube::Error,
    },
}

/// Makes a call, but does not wait for ever: kube's client has no limit of its own.
///
/// # Errors
/// [`Unanswered`].
pub async fn limited<T>(
    what: &'static str,
    call: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, Unanswered> {
    match tokio::time::timeout(CALL_LIMIT, call).await {
        Ok(answer) => answer.map_err(|cause| Unanswered::Refused { what, cause }),
        Err(_) => Err(Unanswered::TimedOut(what)),
    }
}
