//! When what failed is attempted again, and when an endpoint is given up. The delays are those of Standard Webhooks 1.0.

use jiff::{SignedDuration, Timestamp};

use super::client::Attempt;

/// After the first, second … failed attempt it is tried again after so long; after the last of them not any more.
pub const DELAYS: [SignedDuration; 9] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(14),
    SignedDuration::from_hours(20),
    SignedDuration::from_hours(24),
];
/// A delay is longer by up to a tenth, so that what failed together is not tried again together.
const JITTER: i32 = 10;
/// An endpoint that wants to be left alone for longer is asked all the same.
pub const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(24);
/// One that says that it is overloaded, and not for how long, is left alone for so long.
const USUAL_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// An endpoint of which nothing has succeeded for so long is disabled.
pub const FAILING_FOR: SignedDuration = SignedDuration::from_hours(5 * 24);
/// Where there was no failure for so long, as there was nothing to send, what fails next begins anew: what happened in between nobody knows. The longest
/// delay between two attempts of a delivery is shorter.
pub const NOTHING_KNOWN_AFTER: SignedDuration = SignedDuration::from_hours(2 * 24);

/// When a delivery of which so many attempts have failed since it was made or replayed is attempted again; `None` is never. `jitter` is drawn.
pub fn next_attempt(
    failed: u32,
    is_test: bool,
    retry_after: Option<SignedDuration>,
    now: Timestamp,
    jitter: u8,
) -> Option<Timestamp> {
    let delay = DELAYS
        .get(usize::try_from(failed.max(1)).ok()? - 1)
        .filter(|_| !is_test)?;
    let more = *delay / JITTER * i32::from(jitter) / i32::from(u8::MAX);
    let asked = retry_after.unwrap_or_default().min(LONGEST_PAUSE);
    Some(now + (*delay + more).max(asked))
}

/// Why an endpoint was disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledReason {
    /// It answered 410 Gone.
    Gone,
    /// Nothing has succeeded for [`FAILING_FOR`].
    Failing,
    /// More is pending for it than it takes.
    Backlog,
}

impl DisabledReason {
    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::Backlog => "backlog",
        }
    }
}

/// What an attempt means for its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// It works.
    Works,
    /// It has failed since then, and is to be left alone until then.
    Fails {
        /// When it began to.
        since: Timestamp,
        /// `None`: other deliveries may go on.
        paused_until: Option<Timestamp>,
    },
    /// It is not asked any more.
    Disabled(DisabledReason),
}

/// How long an endpoint has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Every attempt since then has failed.
    pub since: Timestamp,
    /// When the last one did; `None` where nobody has written it.
    pub last: Option<Timestamp>,
}

/// What an attempt means for its endpoint, which fails, or does not. `None` is nothing: a test that fails, before a receiver is
/// set up, says nothing of how it does later.
pub fn consequence(
    attempt: &Attempt,
    is_test: bool,
    failing: Option<Failing>,
    now: Timestamp,
) -> Option<Consequence> {
    if attempt.is_success() {
        return Some(Consequence::Works);
    }
    let known = |failing: &Failing| {
        failing
            .last
            .is_some_and(|last| now.duration_since(last) < NOTHING_KNOWN_AFTER)
    };
    let since = failing.filter(known).map_or(now, |failing| failing.since);
    Some(match attempt.status {
        Some(410) => Consequence::Disabled(DisabledReason::Gone),
        _ if is_test => return None,
        _ if now.duration_since(since) >= FAILING_FOR => Consequence::Disabled(DisabledReason::Failing),
        status => {
            let usual = matches!(status, Some(429 | 502 | 504)).then_some(USUAL_PAUSE);
            let pause = attempt.retry_after.or(usual);
            Consequence::Fails {
                since,
                paused_until: pause.map(|pause| now + pause.min(LONGEST_PAUSE)),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn answered(status: u16, retry_after: Option<i64>) -> Attempt {
        Attempt {
            status: Some(status),
            retry_after: retry_after.map(SignedDuration::from_secs),
            ..Attempt::failed("an error", Duration::ZERO)
        }
    }

    #[test]
    fn the_delays_are_those_of_the_standard() {
        let mut now = at(0);
        let mut since_start = vec![0];
        for failed in 1.. {
            let Some(next) = next_attempt(failed, false, None, now, 0) else {
                break;
            };
            since_start.push(next.as_second() - at(0).as_second());
            now = next;
        }
        let hours = |hours: i64, minutes: i64| hours * 3600 + minutes * 60 + 5;
        assert_eq!(
            since_start,
            [
                0,
                5,
                hours(0, 5),
                hours(0, 35),
                hours(2, 35),
                hours(7, 35),
                hours(17, 35),
                hours(31, 35),
                hours(51, 35),
                hours(75, 35)
            ]
        );
    }

    #[test]
    fn a_delay_is_longer_by_a_tenth_at_most() {
        let seconds =
            |jitter| next_attempt(2, false, None, at(0), jitter).unwrap().as_second() - at(0).as_second();
        assert_eq!((seconds(0), seconds(u8::MAX)), (300, 330));
        assert!((301..330).contains(&seconds(u8::MAX / 2)));
    }

    #[test]
    fn what_the_endpoint_asks_for_is_respected_within_bounds() {
        let asked = |seconds| {
            let asked = Some(SignedDuration::from_secs(seconds));
            next_attempt(1, false, asked, at(0), 0).unwrap().as_second() - at(0).as_second()
        };
        assert_eq!((asked(1), asked(60), asked(10_000_000)), (5, 60, 86_400));
    }

    #[test]
    fn a_test_is_attempted_once() {
        assert_eq!(next_attempt(1, true, None, at(0), 0), None);
        assert_eq!(next_attempt(10, false, None, at(0), 0), None);
    }

    #[test]
    fn an_endpoint_is_given_up_when_it_is_gone_or_has_failed_for_days() {
        let five_days = FAILING_FOR.as_secs();
        let disabled = Consequence::Disabled;
        assert_eq!(
            consequence(&answered(410, None), false, None, at(0)).unwrap(),
            disabled(DisabledReason::Gone)
        );
        let failing = |last| {
            Some(Failing {
                since: at(0),
                last: Some(at(last)),
            })
        };
        let of = |now| consequence(&answered(500, None), false, failing(now - 3600), at(now)).unwrap();
        assert_eq!(of(five_days), disabled(DisabledReason::Failing));
        let fails = Consequence::Fails {
            since: at(0),
            paused_until: None,
        };
        assert_eq!(of(five_days - 1), fails);
        assert_eq!(consequence(&answered(500, None), false, None, at(0)), Some(fails));
        assert_eq!(
            consequence(&answered(500, None), true, None, at(0)),
            None,
            "a test"
        );
        assert_eq!(
            consequence(&answered(204, None), false, failing(0), at(five_days)),
            Some(Consequence::Works)
        );
        // Two failures days apart, with nothing to send in between, are no days of failing.
        let two_days = NOTHING_KNOWN_AFTER.as_secs();
        let begins_anew = Consequence::Fails {
            since: at(five_days),
            paused_until: None,
        };
        for failing in [
            failing(five_days - two_days),
            failing(0).map(|failing| Failing {
                last: None,
                ..failing
            }),
        ] {
            assert_eq!(
                consequence(&answered(500, None), false, failing, at(five_days)),
                Some(begins_anew)
            );
        }
        let longest = *DELAYS.last().unwrap() + *DELAYS.last().unwrap() / JITTER;
        assert!(longest < NOTHING_KNOWN_AFTER && LONGEST_PAUSE < NOTHING_KNOWN_AFTER);
    }

    #[test]
    fn an_endpoint_that_is_overloaded_is_left_alone() {
        for (status, retry_after, pause) in [
            (429, None, Some(30)),
            (429, Some(7), Some(7)),
            (502, None, Some(30)),
            (503, None, None),
            (503, Some(90_000), Some(86_400)),
            (504, None, Some(30)),
            (500, None, None),
        ] {
            let Some(Consequence::Fails { paused_until, .. }) =
                consequence(&answered(status, retry_after), false, None, at(0))
            else {
                panic!("{status}");
            };
            assert_eq!(paused_until, pause.map(at), "{status} {retry_after:?}");
        }
    }
}
