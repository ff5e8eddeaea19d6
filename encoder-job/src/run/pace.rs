//! When the operator is asked next, and how long its answer may hang. Pure.

use std::time::{Duration, Instant};

/// How long an answer may hang, in all quiet. Less than the operator allows, so that one that has frozen is noticed sooner.
pub(super) const WAIT: Duration = Duration::from_secs(10);
/// While its list changes faster than this, a Pod asks for answers that do not hang: to give up one that hangs costs a connection.
const QUIET: Duration = Duration::from_millis(100);
/// The first pause after an operator that was not reached; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The rhythm of asking.
pub(super) struct Pace {
    earliest: Instant,
    /// Whether the operator is to be told something at once.
    news: bool,
    failures: u32,
    /// Answers in a row that came before their time and said nothing new.
    empty_answers: u32,
}

impl Pace {
    /// Begins with asking at once.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            earliest: now,
            news: true,
            failures: 0,
            empty_answers: 0,
        }
    }

    /// When to ask.
    pub(super) fn earliest(&self) -> Instant {
        self.earliest
    }

    /// Whether there is something the operator has not been told.
    pub(super) fn has_news(&self) -> bool {
        self.news
    }

    /// How long the answer may hang.
    pub(super) fn wait(&self) -> Duration {
        if self.news { Duration::ZERO } else { WAIT }
    }

    /// The Pod's list has changed. An operator that is not reached is not asked more often for it.
    pub(super) fn list_changed(&mut self, now: Instant) {
        self.news = true;
        if self.failures == 0 {
            self.earliest = now;
        }
    }

    /// The operator has answered after so long a time, and said something new or not.
    pub(super) fn answered(&mut self, now: Instant, took: Duration, new: bool) {
        let early = !new && took < self.wait();
        self.empty_answers = if early { self.empty_answers + 1 } else { 0 };
        self.failures = 0;
        self.news = false;
        self.earliest = now + QUIET.max(pause(self.empty_answers));
    }

    /// The operator was not reached. `chance`, from 0 to 1, spreads the Pods that ask again.
    pub(super) fn failed(&mut self, now: Instant, chance: f64) {
        self.failures += 1;
        self.earliest = now + pause(self.failures).mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
    }
}

/// The pause after so many failures in a row.
fn pause(failures: u32) -> Duration {
    match failures.checked_sub(1) {
        None => Duration::ZERO,
        Some(doublings) => (FIRST_PAUSE * 2_u32.pow(doublings.min(8))).min(LONGEST_PAUSE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_is_told_at_once_and_then_the_answer_may_hang() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        assert_eq!((pace.earliest(), pace.wait()), (now, Duration::ZERO));
        pace.answered(now, Duration::ZERO, false);
        assert_eq!((pace.earliest(), pace.wait()), (now + QUIET, WAIT));
        pace.list_changed(now);
        assert_eq!((pace.earliest(), pace.wait()), (now, Duration::ZERO));
    }

    #[test]
    fn an_operator_that_is_away_is_asked_less_and_less_often_whatever_happens_here() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        let mut before = Duration::ZERO;
        for _ in 0..40 {
            pace.failed(now, 1.0);
            pace.list_changed(now);
            let pause = pace.earliest() - now;
            assert!(pause >= before && pause >= FIRST_PAUSE && pause <= LONGEST_PAUSE);
            before = pause;
        }
        assert_eq!(before, LONGEST_PAUSE);
        pace.failed(now, 0.0);
        assert_eq!(pace.earliest() - now, LONGEST_PAUSE / 2);
        pace.answered(now, Duration::ZERO, true);
        pace.failed(now, 1.0);
        assert_eq!(pace.earliest() - now, FIRST_PAUSE);
    }

    #[test]
    fn answers_that_should_hang_and_do_not_slow_the_asking_down() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.answered(now, Duration::ZERO, false);
        for _ in 0..10 {
            pace.answered(now, Duration::from_millis(1), false);
        }
        assert_eq!(pace.earliest() - now, LONGEST_PAUSE);
        pace.answered(now, WAIT, false);
        assert_eq!(pace.earliest() - now, QUIET);
    }
}
