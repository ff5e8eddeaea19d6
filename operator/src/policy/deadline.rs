//! When an attempt's time is up.
//!
//! The encoder keeps the limit itself and reports it, and the Job has one; this one is for a cluster that keeps neither.

use jiff::{SignedDuration, Timestamp};

/// How long after its time the encoder may still report that its time is up.
pub const GRACE: SignedDuration = SignedDuration::from_secs(15);

/// What remains of an attempt that began at `began`, its grace included; `None` when it is over.
pub fn remaining(began: Timestamp, timeout_seconds: i64, now: Timestamp) -> Option<SignedDuration> {
    let limit = SignedDuration::from_secs(timeout_seconds) + GRACE;
    let remaining = limit - now.duration_since(began);
    remaining.is_positive().then_some(remaining)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_has_its_time_and_a_grace() {
        let began: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let after = |seconds| remaining(began, 60, began + SignedDuration::from_secs(seconds));
        assert_eq!(after(0), Some(SignedDuration::from_secs(75)));
        assert_eq!(after(74), Some(SignedDuration::from_secs(1)));
        assert_eq!(after(75), None);
    }
}
