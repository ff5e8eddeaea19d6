//! Pauses between tries, which double and differ from Pod to Pod. Pure but for chance.

use std::time::{Duration, Instant};

use crate::run::life::chance;

const FIRST: Duration = Duration::from_millis(100);

/// The pauses of one call.
pub(super) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    /// Pauses of up to `longest`.
    pub(super) fn up_to(longest: Duration) -> Self {
        Self {
            next: FIRST.min(longest),
            longest,
        }
    }

    /// How long to wait now: between half of the pause and the whole.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        pause.mul_f64(0.5 + chance(Instant::now()) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let longest = Duration::from_secs(1);
        let mut backoff = Backoff::up_to(longest);
        for expected in [100, 200, 400, 800, 1000, 1000] {
            let (pause, expected) = (backoff.pause(), Duration::from_millis(expected));
            assert!(pause >= expected / 2 && pause <= expected, "{pause:?}");
        }
    }
}
