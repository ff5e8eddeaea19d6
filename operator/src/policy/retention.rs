//! How long a finished resource stays.

use jiff::{SignedDuration, Timestamp};

/// What is known of a finished resource.
#[derive(Clone, Copy, Debug)]
pub struct Finished {
    /// When it finished.
    pub since: Timestamp,
    /// How long it is to stay.
    pub time_to_live: SignedDuration,
    /// Whether the API has mirrored it.
    pub archived: bool,
    /// Whether there is an API that will.
    pub api_in_use: bool,
    /// How long it is held at most for the API.
    pub archive_timeout: SignedDuration,
}

impl Finished {
    /// How long it has still to be held for the API; `None` when it may go.
    pub fn held_for(&self, now: Timestamp) -> Option<SignedDuration> {
        if self.archived || !self.api_in_use {
            return None;
        }
        left(self.archive_timeout, self.since, now)
    }

    /// How long it stays; `None` when its time is over.
    pub fn lives_for(&self, now: Timestamp) -> Option<SignedDuration> {
        let lives = left(self.time_to_live, self.since, now);
        lives.max(self.held_for(now))
    }
}

/// What is left of a time that began at `since`; `None` when it is over. A time that a person gives may be as long as they like.
fn left(time: SignedDuration, since: Timestamp, now: Timestamp) -> Option<SignedDuration> {
    let left = time.saturating_sub(now.duration_since(since));
    left.is_positive().then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(archived: bool, api_in_use: bool) -> Finished {
        Finished {
            since: Timestamp::UNIX_EPOCH,
            time_to_live: SignedDuration::from_secs(60),
            archived,
            api_in_use,
            archive_timeout: SignedDuration::from_secs(100),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_time_without_end_is_no_panic_where_clocks_differ() {
        let forever = Finished {
            time_to_live: SignedDuration::from_secs(i64::MAX),
            ..finished(true, true)
        };
        assert_eq!(
            forever.lives_for(at(-5)).map(|left| left.as_secs()),
            Some(i64::MAX)
        );
    }

    #[test]
    fn without_an_api_it_goes_when_its_time_is_over() {
        let resource = finished(false, false);
        assert_eq!(resource.held_for(at(0)), None);
        assert_eq!(resource.lives_for(at(59)), Some(SignedDuration::from_secs(1)));
        assert_eq!(resource.lives_for(at(60)), None);
    }

    #[test]
    fn with_an_api_it_is_held_until_it_is_archived_but_not_for_ever() {
        let waiting = finished(false, true);
        assert_eq!(waiting.held_for(at(70)), Some(SignedDuration::from_secs(30)));
        assert_eq!(waiting.lives_for(at(70)), Some(SignedDuration::from_secs(30)));
        assert_eq!(waiting.lives_for(at(100)), None);
        let archived = finished(true, true);
        assert_eq!(archived.held_for(at(0)), None);
        assert_eq!(archived.lives_for(at(60)), None);
    }
}
