//! When a report that was not taken is sent again, and when it is given up. Pure.

use std::time::{Duration, Instant};

use crds::assignment::EndedOutcome;

/// How long a report is tried to be delivered: an API server may be away for minutes while it is upgraded. A Pod is ended by the kubelet ten minutes
/// after the time of its document, so this is well before.
const DELIVERY_LIMIT: Duration = Duration::from_mins(5);
/// Rights that are missing for so long are not about to be given.
const REFUSAL_LIMIT: Duration = Duration::from_secs(30);
/// The first pause between two tries; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What an answer of the API server means for a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// There is no such resource any more.
    Gone,
    /// The encoder may not write it, which may be cured by time: rights are perhaps about to be given.
    Forbidden,
    /// There was no answer, or one that passes.
    TryAgain,
}

/// A report on its way.
pub(super) struct Delivery {
    began: Instant,
    /// Since when every answer was [`Answer::Forbidden`].
    forbidden_since: Option<Instant>,
    pause: Duration,
}

impl Delivery {
    /// It begins to be delivered.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            began: now,
            forbidden_since: None,
            pause: FIRST_PAUSE,
        }
    }

    /// A try has failed with this answer, in these words: after what pause the next follows. `chance`, from 0 to 1, spreads the Pods that try again.
    ///
    /// # Errors
    /// How it ends, where there is no next.
    pub(super) fn failed(
        &mut self,
        answer: Answer,
        words: String,
        now: Instant,
        chance: f64,
    ) -> Result<Duration, EndedOutcome> {
        match answer {
            Answer::Gone => return Err(EndedOutcome::Gone),
            Answer::Forbidden => {
                let since = *self.forbidden_since.get_or_insert(now);
                if now.duration_since(since) >= REFUSAL_LIMIT {
                    return Err(EndedOutcome::Refused(words));
                }
            }
            Answer::TryAgain => self.forbidden_since = None,
        }
        let left = DELIVERY_LIMIT.saturating_sub(now.duration_since(self.began));
        if left.is_zero() {
            return Err(EndedOutcome::Undelivered(words));
        }
        let pause = self.pause.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(pause.min(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends until there is an end, each answer coming at once; how long that took, how often it was tried, and the end.
    fn deliver(answer: impl Fn(Duration) -> Answer) -> (Duration, u32, EndedOutcome) {
        let began = Instant::now();
        let mut delivery = Delivery::new(began);
        let (mut passed, mut tries) = (Duration::ZERO, 0);
        loop {
            tries += 1;
            match delivery.failed(answer(passed), "words".to_owned(), began + passed, 1.0) {
                Ok(pause) => passed += pause,
                Err(outcome) => return (passed, tries, outcome),
            }
        }
    }

    #[test]
    fn an_api_server_that_is_away_is_waited_for_with_a_growing_pause_and_not_for_ever() {
        let (took, tries, outcome) = deliver(|_| Answer::TryAgain);
        assert_eq!(outcome, EndedOutcome::Undelivered("words".to_owned()));
        assert_eq!(took, DELIVERY_LIMIT);
        assert!((60..80).contains(&tries), "{tries}");
    }

    #[test]
    fn a_report_is_refused_where_every_answer_over_half_a_minute_was_that_the_right_is_missing() {
        let (took, _, outcome) = deliver(|_| Answer::Forbidden);
        assert_eq!(outcome, EndedOutcome::Refused("words".to_owned()));
        assert!(
            took >= REFUSAL_LIMIT && took < REFUSAL_LIMIT + LONGEST_PAUSE,
            "{took:?}"
        );

        let cut_off = Duration::from_secs(20)..Duration::from_secs(30);
        let (took, _, outcome) = deliver(|passed| {
            if cut_off.contains(&passed) {
                Answer::TryAgain
            } else {
                Answer::Forbidden
            }
        });
        assert_eq!(outcome, EndedOutcome::Refused("words".to_owned()));
        assert!(took >= cut_off.end + REFUSAL_LIMIT, "it counts anew: {took:?}");

        let by_turns = std::cell::Cell::new(false);
        let (took, _, outcome) = deliver(|_| {
            by_turns.set(!by_turns.get());
            if by_turns.get() {
                Answer::Forbidden
            } else {
                Answer::TryAgain
            }
        });
        assert_eq!(
            (took, outcome),
            (DELIVERY_LIMIT, EndedOutcome::Undelivered("words".to_owned()))
        );
    }

    #[test]
    fn what_is_gone_is_not_tried_again_and_pods_do_not_try_all_at_once() {
        assert_eq!(deliver(|_| Answer::Gone), (Duration::ZERO, 1, EndedOutcome::Gone));
        let now = Instant::now();
        let pause = |chance| Delivery::new(now).failed(Answer::TryAgain, String::new(), now, chance);
        assert_eq!((pause(0.0), pause(1.0)), (Ok(FIRST_PAUSE / 2), Ok(FIRST_PAUSE)));
    }
}
