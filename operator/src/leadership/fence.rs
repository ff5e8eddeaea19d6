//! Whether this process leads at this moment.

use std::time::Instant;

use tokio::sync::watch;

use crate::clock;

/// Answers whether this process leads at this moment. Cheap to clone and to ask.
#[derive(Clone, Debug)]
pub struct Leadership(watch::Receiver<Option<Instant>>);

impl Leadership {
    /// Whether this process holds the Lease, and has begun a renewal that succeeded less than the renew deadline ago.
    ///
    /// The clock is read on every call. So a process that was stopped for longer than that gets `false` from the
    /// first call after it goes on, before any of its tasks had to run.
    /// Once `false` after it was `true`, it stays `false`.
    pub fn holds(&self) -> bool {
        // The clock is read after the deadline: whatever stops the process in between makes the answer `false`.
        let until = *self.0.borrow();
        holds_at(until, clock::monotonic())
    }
}

/// Whether leadership that lasts until `until` is held at `now`.
fn holds_at(until: Option<Instant>, now: Instant) -> bool {
    until.is_some_and(|until| now < until)
}

/// Says until when this process leads. Dropped, for whatever reason, it leads no more.
#[derive(Debug)]
pub(crate) struct Fence(watch::Sender<Option<Instant>>);

impl Fence {
    /// Not leading yet.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Whoever asks for it is answered by this fence.
    pub(crate) fn leadership(&self) -> Leadership {
        Leadership(self.0.subscribe())
    }

    /// Leads until then; `None` is not at all.
    pub(crate) fn set(&self, until: Option<Instant>) {
        self.0.send_replace(until);
    }
}

impl Drop for Fence {
    fn drop(&mut self) {
        self.set(None);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn leadership_is_held_until_its_deadline_and_not_at_it() {
        let now = clock::monotonic();
        let moment = Duration::from_nanos(1);
        for (until, expected) in [
            (None, false),
            (Some(now + moment), true),
            (Some(now), false),
            (now.checked_sub(moment), false),
        ] {
            assert_eq!(holds_at(until, now), expected, "{until:?} at {now:?}");
        }
    }

    #[test]
    fn every_handle_sees_the_fence_open_and_close() {
        let fence = Fence::new();
        let (first, second) = (fence.leadership(), fence.leadership().clone());
        let both = || (first.holds(), second.holds());
        assert_eq!(both(), (false, false));
        fence.set(Some(clock::monotonic() + Duration::from_hours(1)));
        assert_eq!(both(), (true, true));
        fence.set(None);
        assert_eq!(both(), (false, false));
    }

    #[test]
    fn a_deadline_that_has_passed_needs_nobody_to_close_the_fence() {
        let fence = Fence::new();
        fence.set(Some(clock::monotonic()));
        assert!(!fence.leadership().holds());
    }

    #[test]
    fn leadership_ends_with_whoever_renews_it() {
        let fence = Fence::new();
        let leadership = fence.leadership();
        fence.set(Some(clock::monotonic() + Duration::from_hours(1)));
        drop(fence);
        assert!(!leadership.holds());
    }
}
