//! Pauses before passes that could not be finished begin again: for each resource its own, reset by success.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

/// How often in a row each resource's pass has failed, by uid.
#[derive(Debug, Default)]
pub struct Failures {
    counts: Mutex<HashMap<String, u32>>,
}

impl Failures {
    /// Counts one more failure of this resource: how many there are in a row now, and the pause after it.
    pub fn failed(&self, uid: &str) -> (u32, Duration) {
        let mut counts = self.lock();
        let count = counts.entry(uid.to_owned()).or_insert(0);
        *count += 1;
        (*count, pause(*count))
    }

    /// Forgets the failures of this resource: its pass has succeeded, or it is gone.
    pub fn forget(&self, uid: &str) {
        self.lock().remove(uid);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pause after so many failures in a row.
fn pause(failures: u32) -> Duration {
    FIRST
        .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
        .min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_success() {
        assert_eq!([1, 2, 3].map(pause), [100, 200, 400].map(Duration::from_millis));
        assert_eq!(pause(99), LONGEST);
        let failures = Failures::default();
        failures.failed("uid");
        assert_eq!(failures.failed("uid"), (2, Duration::from_millis(200)));
        failures.forget("uid");
        assert_eq!(failures.failed("uid"), (1, FIRST));
    }
}
