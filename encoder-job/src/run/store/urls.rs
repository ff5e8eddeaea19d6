//! The URLs of one assignment: those that are known, and asking the operator for more.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crds::{
    AssignmentKey,
    presigned::{ObjectOperation, PresignedUrl, PresignedUrlsRequest},
};
use tracing::{debug, warn};

use super::backoff::Backoff;
use crate::{
    failure::{Failure, FailureReason},
    run::operator::{Operator, Unanswered},
};

/// A URL is not used any more when it ends so soon.
const MARGIN: Duration = Duration::from_secs(30);
/// The longest pause before the operator is asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The URLs of one assignment.
pub(super) struct Urls {
    operator: Arc<Operator>,
    assignment: AssignmentKey,
    /// What nearly every document needs, asked for at once.
    usual: Vec<ObjectOperation>,
    known: Mutex<HashMap<ObjectOperation, Known>>,
    /// Held by whoever asks, so that two who need the same ask once.
    asking: tokio::sync::Mutex<()>,
}

/// A URL, and when it was signed and ends by this process' clock.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) url: PresignedUrl,
    pub(super) since: Instant,
    until: Instant,
}

impl Urls {
    pub(super) fn new(
        operator: Arc<Operator>,
        assignment: AssignmentKey,
        usual: Vec<ObjectOperation>,
    ) -> Self {
        Self {
            operator,
            assignment,
            usual,
            known: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// The URL for an operation. Waits for an operator that is away, or does not know of the assignment yet, for as long as it takes.
    ///
    /// # Errors
    /// Where the operator will never sign it.
    pub(super) async fn get(&self, operation: &ObjectOperation) -> Result<Known, Failure> {
        if let Some(known) = self.fresh(operation) {
            return Ok(known);
        }
        let _only_one = self.asking.lock().await;
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        let mut is_told = false;
        loop {
            if let Some(known) = self.fresh(operation) {
                return Ok(known);
            }
            match self.ask(operation).await {
                Ok(()) => {}
                Err(Unanswered::Unreachable(error)) => {
                    if is_told {
                        debug!(%error, "unable to get URLs of the store from the operator");
                    } else {
                        warn!(%error, "unable to get URLs of the store from the operator: waiting for it");
                    }
                    is_told = true;
                    tokio::time::sleep(backoff.pause()).await;
                }
                Err(Unanswered::Refused(message)) => {
                    let message = format!("the operator signs no URL for the store: {message}");
                    return Err(Failure::new(FailureReason::StoreUnavailable, message));
                }
            }
        }
    }

    async fn ask(&self, operation: &ObjectOperation) -> Result<(), Unanswered> {
        let mut operations = self.usual.clone();
        if !operations.contains(operation) {
            operations.push(operation.clone());
        }
        let request = PresignedUrlsRequest {
            assignment: self.assignment.clone(),
            operations,
        };
        let since = Instant::now();
        let response = self.operator.presigned_urls(&request).await?;
        let until = since + Duration::from_secs(response.valid_seconds);
        if response.urls.len() != request.operations.len() || until <= Instant::now() + MARGIN {
            let message = "it gave too few URLs, or such that end at once";
            return Err(Unanswered::Unreachable(message.to_owned()));
        }
        let urls = request.operations.into_iter().zip(response.urls);
        self.known()
            .extend(urls.map(|(operation, url)| (operation, Known { url, since, until })));
        Ok(())
    }

    fn fresh(&self, operation: &ObjectOperation) -> Option<Known> {
        let known = self.known();
        let fresh = known.get(operation)?;
        (fresh.until > Instant::now() + MARGIN).then(|| fresh.clone())
    }

    /// The store does not take a URL that was signed then: none that is as old is used again.
    pub(super) fn forget_until(&self, signed: Instant) {
        self.known().retain(|_, known| known.since > signed);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<ObjectOperation, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
