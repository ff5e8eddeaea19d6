//! Pauses before passes that could not be finished begin again: for each resource its own, reset by success.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crds::DocumentEncoding;
use kube::ResourceExt;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

/// Counts one more failure of this resource, and returns the pause after it.
pub(crate) fn failed(failures: &Mutex<HashMap<String, u32>>, uid: String) -> Duration {
    let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
    let count = failures.entry(uid).or_insert(0);
    *count += 1;
    pause(*count)
}

/// Forgets the failures of this resource.
pub(crate) fn succeeded(failures: &Mutex<HashMap<String, u32>>, encoding: &DocumentEncoding) {
    let uid = encoding.uid().unwrap_or_default();
    failures
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&uid);
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
        let failures = Mutex::default();
        failed(&failures, crate::testing::UID.into());
        assert_eq!(
            failed(&failures, crate::testing::UID.into()),
            Duration::from_millis(200)
        );
        succeeded(&failures, &crate::testing::encoding());
        assert_eq!(failed(&failures, crate::testing::UID.into()), FIRST);
    }
}
