//! When an attempt's time is up.
//!
//! The encoder keeps the limit itself, from when it begins, and reports it. This one is for an encoder that does not.

use jiff::SignedDuration;

/// How long after its time the encoder may still report that its time is up.
pub const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// What remains of an attempt that has been worked on for so long, its grace included; `None` when it is over.
pub fn remaining(working_for: SignedDuration, timeout_seconds: i64) -> Option<SignedDuration> {
    let remaining = SignedDuration::from_secs(timeout_seconds) + GRACE - working_for;
    remaining.is_positive().then_some(remaining)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_has_its_time_and_a_grace() {
        let after = |seconds| remaining(SignedDuration::from_secs(seconds), 60);
        assert_eq!(after(0), Some(SignedDuration::from_secs(90)));
        assert_eq!(after(89), Some(SignedDuration::from_secs(1)));
        assert_eq!(after(90), None);
    }
}
