//! When a position that has changed is worth a write of its own.

use jiff::{SignedDuration, Timestamp};

/// Positions up to this one are shown exactly.
const EXACT: u32 = 50;
/// Behind, a position is shown again once it has moved by one in so many.
const COARSE: u32 = 10;

/// Whether the position in the status is to be written again.
///
/// It never is within `at_least` after the last such write of the same document.
pub fn is_news(
    shown: Option<u32>,
    position: u32,
    last_written: Option<Timestamp>,
    now: Timestamp,
    at_least: SignedDuration,
) -> bool {
    // A time that has not come yet is from another clock, and no reason to be silent until then.
    let is_early = last_written.is_some_and(|last| last <= now && now.duration_since(last) < at_least);
    if is_early {
        return false;
    }
    match shown {
        None => true,
        Some(shown) if position <= EXACT => shown != position,
        Some(shown) => shown.abs_diff(position) >= shown.div_ceil(COARSE),
    }
}

/// A token bucket, like client-go's `flowcontrol`: `burst` at once, then `per_second`.
#[derive(Clone, Debug)]
pub struct RateLimit {
    per_second: f64,
    burst: f64,
    tokens: f64,
    updated: Option<Timestamp>,
}

impl RateLimit {
    /// A bucket that is full.
    pub fn new(per_second: f64, burst: u32) -> Self {
        Self {
            per_second,
            burst: f64::from(burst),
            tokens: f64::from(burst),
            updated: None,
        }
    }

    /// Takes a token, if there is one. A clock that was set back adds none.
    pub fn try_accept(&mut self, now: Timestamp) -> bool {
        let passed = self
            .updated
            .map_or(0.0, |updated| now.duration_since(updated).as_secs_f64());
        self.updated = Some(now);
        self.tokens = (self.tokens + passed.max(0.0) * self.per_second).min(self.burst);
        let accepted = self.tokens >= 1.0;
        if accepted {
            self.tokens -= 1.0;
        }
        accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_SECONDS: SignedDuration = SignedDuration::from_secs(5);

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    fn moved(shown: u32, position: u32) -> bool {
        is_news(Some(shown), position, None, at(0), FIVE_SECONDS)
    }

    #[test]
    fn the_first_position_is_news() {
        assert!(is_news(None, 7_000, None, at(0), FIVE_SECONDS));
    }

    #[test]
    fn positions_up_to_fifty_are_exact() {
        assert!(moved(50, 49));
        assert!(moved(2, 1));
        assert!(moved(51, 50));
        assert!(!moved(50, 50));
    }

    #[test]
    fn positions_behind_are_news_when_they_have_moved_by_a_tenth() {
        assert!(!moved(1_000, 901));
        assert!(moved(1_000, 900));
        assert!(!moved(1_000, 1_099));
        assert!(moved(1_000, 1_100));
        assert!(!moved(59, 54), "a tenth is rounded up");
        assert!(moved(59, 53));
        assert!(!moved(51, 51));
        assert!(!moved(0, 0));
    }

    #[test]
    fn a_document_is_not_written_again_too_soon() {
        let is_news_at = |now| is_news(Some(2), 1, Some(at(1_000)), now, FIVE_SECONDS);
        assert!(!is_news_at(at(5_999)));
        assert!(is_news_at(at(6_000)));
        assert!(!is_news(None, 1, Some(at(1_000)), at(5_999), FIVE_SECONDS));
    }

    #[test]
    fn a_write_in_the_future_silences_nothing() {
        assert!(is_news(Some(2), 1, Some(at(3_600_000)), at(0), FIVE_SECONDS));
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_what_flows_in() {
        let mut limit = RateLimit::new(2.0, 3);
        let accepted = |limit: &mut RateLimit, now| (0..10).filter(|_| limit.try_accept(at(now))).count();
        assert_eq!(accepted(&mut limit, 0), 3);
        assert_eq!(accepted(&mut limit, 499), 0);
        assert_eq!(accepted(&mut limit, 500), 1);
        assert_eq!(accepted(&mut limit, 1_500), 2);
        assert_eq!(accepted(&mut limit, 3_600_000), 3, "never more than the burst");
    }

    #[test]
    fn a_clock_set_back_neither_adds_nor_blocks() {
        let mut limit = RateLimit::new(1.0, 1);
        assert!(limit.try_accept(at(10_000)));
        assert!(!limit.try_accept(at(0)));
        assert!(limit.try_accept(at(1_000)));
    }
}
