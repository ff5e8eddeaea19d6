//! How long documents and Pods take, as measured, and when the work for a document is therefore likely to begin.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::snapshot::Document;

/// What a document is taken to need while none of its queue was measured.
const WORK_PRIOR: Duration = Duration::from_secs(1);
/// What a Pod is taken to need while none was measured.
const START_PRIOR: Duration = Duration::from_millis(1_500);
/// The share of the newest value in a mean: the last ten or so make most of it.
const NEWEST: f64 = 0.2;

/// Moving means (EWMA) of what was measured, in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates {
    work: BTreeMap<Arc<str>, f64>,
    start: Option<f64>,
}

impl Rates {
    /// Counts a document of this queue that was worked for so many seconds.
    pub fn record(&mut self, queue: &Arc<str>, seconds: f64) {
        let mean = moved(self.work.get(queue).copied(), seconds);
        if let Some(mean) = mean {
            self.work.insert(Arc::clone(queue), mean);
        }
    }

    /// Counts a Pod that asked for work so many seconds after its Job was created.
    pub fn record_start(&mut self, seconds: f64) {
        self.start = moved(self.start, seconds);
    }

    /// The mean work for a document of this queue.
    pub fn work(&self, queue: &str) -> Duration {
        duration(self.work.get(queue).copied()).unwrap_or(WORK_PRIOR)
    }

    /// The mean time from the decision for a Job until its Pod works.
    pub fn start(&self) -> Duration {
        duration(self.start).unwrap_or(START_PRIOR)
    }

    /// The work that is expected for this document.
    pub fn expected(&self, document: &Document) -> Duration {
        duration(document.weight_seconds).unwrap_or_else(|| self.work(&document.queue))
    }
}

/// The mean after one more value; a value that cannot be a time is not counted.
fn moved(mean: Option<f64>, value: f64) -> Option<f64> {
    if duration(Some(value)).is_none() {
        return mean;
    }
    Some(mean.map_or(value, |mean| mean + NEWEST * (value - mean)))
}

fn duration(seconds: Option<f64>) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds?).ok()
}

/// Work that has to be done before the next document's begins, and how many Jobs share it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backlog {
    pub(super) work: Duration,
    pub(super) jobs: u32,
}

impl Backlog {
    pub(super) fn add(&mut self, work: Duration) {
        self.work = self.work.saturating_add(work);
    }

    /// When the next document's work begins, after a Pod has taken so long to start; `None` where no Job works.
    pub(super) fn start(self, now: Timestamp, start: Duration) -> Option<Timestamp> {
        let wait = self.work.checked_div(self.jobs)?.saturating_add(start);
        now.checked_add(wait).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_measured_is_taken_to_be_the_prior() {
        let rates = Rates::default();
        assert_eq!(rates.work("documents"), Duration::from_secs(1));
        assert_eq!(rates.start(), Duration::from_millis(1_500));
    }

    #[test]
    fn a_mean_begins_with_the_first_value_and_moves_a_fifth_of_the_way_to_each_next() {
        let mut rates = Rates::default();
        let queue = Arc::from("documents");
        rates.record(&queue, 2.0);
        assert_eq!(rates.work("documents"), Duration::from_secs(2));
        rates.record(&queue, 7.0);
        assert_eq!(rates.work("documents"), Duration::from_secs(3));
        assert_eq!(rates.work("maintenance"), Duration::from_secs(1));
        rates.record_start(5.0);
        rates.record_start(0.0);
        assert_eq!(rates.start(), Duration::from_secs(4));
    }

    #[test]
    fn what_cannot_be_a_time_is_not_counted() {
        let mut rates = Rates::default();
        for wrong in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            rates.record(&Arc::from("documents"), wrong);
            rates.record_start(wrong);
        }
        assert_eq!(rates, Rates::default());
    }

    #[test]
    fn jobs_share_the_work_that_comes_before() {
        let backlog = Backlog {
            work: Duration::from_secs(12),
            jobs: 4,
        };
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(
            backlog.start(now, Duration::from_secs(2)),
            "1970-01-01T00:00:05Z".parse().ok()
        );
        assert_eq!(Backlog::default().start(now, Duration::ZERO), None);
    }

    #[test]
    fn a_start_beyond_all_times_is_unknown() {
        let backlog = Backlog {
            work: Duration::MAX,
            jobs: 1,
        };
        assert_eq!(backlog.start(Timestamp::UNIX_EPOCH, Duration::ZERO), None);
    }
}
