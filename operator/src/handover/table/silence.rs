//! Signs of life: since when the work on an assignment has not advanced.

use std::time::{Duration, Instant};

use crds::assignment::{AssignmentKey, HeldAssignment, MAX_WAIT_SECONDS};

/// The longest time between two requests of a Pod that reaches the operator: an answer that hangs, and some time for slow ways.
pub(super) const LONGEST_GAP: Duration = Duration::from_secs(MAX_WAIT_SECONDS + 10);

/// The newest advances of what a Pod works on.
#[derive(Debug, Default)]
pub(super) struct Signs(Vec<Sign>);

#[derive(Debug)]
struct Sign {
    key: AssignmentKey,
    advances: u64,
    /// When the first request with this number came, or the first one after a time in which nothing counted.
    since: Instant,
}

impl Signs {
    /// The signs in a request that comes now, after those in the request before and the time of that, if it counts.
    pub(super) fn of(held: &[HeldAssignment], before: Option<(&Self, Instant)>, now: Instant) -> Self {
        let before = before.filter(|(_, asked)| now.saturating_duration_since(*asked) <= LONGEST_GAP);
        let since = |held: &HeldAssignment| {
            let mut known = before.iter().flat_map(|(signs, _)| &signs.0);
            known
                .find(|sign| sign.key == held.key && sign.advances == held.advances)
                .map_or(now, |sign| sign.since)
        };
        let worked_on = held.iter().filter(|held| held.working_seconds.is_some());
        Self(
            worked_on
                .map(|held| Sign {
                    key: held.key.clone(),
                    advances: held.advances,
                    since: since(held),
                })
                .collect(),
        )
    }

    /// For how long the work on this one had not advanced when the Pod asked.
    pub(super) fn silent_for(
        &self,
        key: &AssignmentKey,
        counted_since: Option<Instant>,
        asked: Instant,
    ) -> Option<Duration> {
        let mut all = self.all_silent(counted_since, asked);
        all.find(|(known, _)| *known == key).map(|(_, silent)| silent)
    }

    /// For how long the work on each had not advanced when the Pod asked.
    pub(super) fn all_silent(
        &self,
        counted_since: Option<Instant>,
        asked: Instant,
    ) -> impl Iterator<Item = (&AssignmentKey, Duration)> {
        // Until the Pod has asked after it, nothing counts.
        let counts = counted_since.is_none_or(|since| asked > since);
        self.0.iter().map(move |sign| {
            let silent = asked.saturating_duration_since(sign.since);
            (&sign.key, if counts { silent } else { Duration::ZERO })
        })
    }
}
