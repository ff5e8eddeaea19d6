//! Whether a failed attempt is followed by another, and when.

use crds::Failure;
use jiff::SignedDuration;

/// The longest pause between two attempts.
const LONGEST: SignedDuration = SignedDuration::from_secs(300);
/// How often one attempt may be begun anew because it was disrupted.
pub const MAX_DISRUPTIONS: u32 = 10;

/// The pause before the attempt after this one, or `None` where there is none: the failure will not pass, or it was the last.
///
/// The pause doubles with each attempt: `first`, twice, four times …
pub fn pause(
    failure: &Failure,
    attempt: u32,
    max_attempts: i32,
    first: SignedDuration,
) -> Option<SignedDuration> {
    let last = u32::try_from(max_attempts).unwrap_or(1).max(1);
    if !failure.retryable || attempt >= last {
        return None;
    }
    let factor = 2_i32.saturating_pow(attempt.saturating_sub(1));
    Some(first.saturating_mul(factor).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use crds::Reason;

    use super::*;

    fn pause_after(reason: Reason, attempt: u32) -> Option<SignedDuration> {
        pause(
            &Failure::new(reason, "", None),
            attempt,
            3,
            SignedDuration::from_secs(5),
        )
    }

    #[test]
    fn pauses_double_until_the_attempts_are_used_up() {
        assert_eq!(
            pause_after(Reason::EncoderCrashed, 1),
            Some(SignedDuration::from_secs(5))
        );
        assert_eq!(
            pause_after(Reason::EncoderCrashed, 2),
            Some(SignedDuration::from_secs(10))
        );
        assert_eq!(pause_after(Reason::EncoderCrashed, 3), None);
    }

    #[test]
    fn bad_input_is_tried_once() {
        for reason in Reason::ALL.into_iter().filter(|reason| !reason.is_retryable()) {
            assert_eq!(pause_after(reason, 1), None, "{reason}");
        }
    }

    #[test]
    fn a_pause_has_a_longest() {
        let failure = Failure::new(Reason::EncoderCrashed, "", None);
        assert_eq!(
            pause(&failure, 40, 99, SignedDuration::from_secs(5)),
            Some(LONGEST)
        );
    }
}
