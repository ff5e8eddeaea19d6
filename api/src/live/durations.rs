//! How long a document is worked on, by queue: what an estimate needs while nothing of the document itself is known.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use crate::documents::document::{Document, Status};

/// The newest document counts for so much of the mean, so that it follows a change within some dozens of documents.
const WEIGHT_OF_NEWEST: f64 = 0.05;

/// The mean duration by queue, in seconds, of the documents that became ready.
#[derive(Debug, Default)]
pub struct Durations(RwLock<HashMap<String, f64>>);

impl Durations {
    /// Counts a document that became ready; any other counts nothing.
    pub fn count(&self, document: &Document) {
        let (Some(started), Some(completed)) = (document.progress.started_at, document.outcome.completed_at)
        else {
            return;
        };
        if document.status() != Status::Ready {
            return;
        }
        let seconds = completed.duration_since(started).as_secs_f64().max(0.0);
        let mut means = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match means.get_mut(&document.request.queue) {
            Some(mean) => *mean += WEIGHT_OF_NEWEST * (seconds - *mean),
            None => {
                means.insert(document.request.queue.clone(), seconds);
            }
        }
    }

    /// The mean of a queue, in seconds; `None` before its first document.
    pub fn mean_seconds(&self, queue: &str) -> Option<f64> {
        let means = self.0.read().unwrap_or_else(PoisonError::into_inner);
        means.get(queue).copied()
    }
}

#[cfg(test)]
mod tests {
    use crds::Phase;
    use jiff::Timestamp;

    use super::*;
    use crate::documents::document::samples;

    #[test]
    fn the_mean_follows_the_documents_that_became_ready() {
        let durations = Durations::default();
        let finished = |phase, seconds| {
            let mut document = samples::document();
            document.progress.phase = phase;
            document.progress.started_at = Some(Timestamp::UNIX_EPOCH);
            document.outcome.completed_at = Some(Timestamp::from_second(seconds).unwrap());
            document
        };
        durations.count(&finished(Phase::Failed, 900));
        durations.count(&samples::document());
        assert_eq!(durations.mean_seconds("documents"), None);
        durations.count(&finished(Phase::Ready, 10));
        assert_eq!(durations.mean_seconds("documents"), Some(10.0));
        durations.count(&finished(Phase::Ready, 30));
        assert_eq!(durations.mean_seconds("documents"), Some(11.0));
        assert_eq!(durations.mean_seconds("maintenance"), None);
    }
}
