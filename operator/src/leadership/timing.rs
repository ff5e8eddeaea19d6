//! The three times of an election, and how they have to relate.

use std::time::Duration;

/// The three times of an election; the defaults are those of client-go and the Kubernetes control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a candidate must have seen no change of the Lease before it takes over. Whole seconds, as the Lease stores it.
    pub lease_duration: Duration,
    /// How long the leader goes on without a renewal before it counts itself out.
    ///
    /// What it lacks to the lease duration is the time that a request of the leader may still be on its way.
    pub renew_deadline: Duration,
    /// How often the leader renews, and a candidate looks.
    pub retry_period: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease_duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry_period: Duration::from_secs(2),
        }
    }
}

/// Times that cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTiming {
    /// The Lease cannot say it.
    #[error("failed to use a lease duration of {0:?}: give whole seconds, from 1 to 2147483647")]
    LeaseDuration(Duration),
    /// Two would lead at a time.
    #[error("failed to use a renew deadline of {0:?}: it has to be shorter than the lease duration")]
    RenewDeadline(Duration),
    /// One lost answer would cost the leadership.
    #[error(
        "failed to use a retry period of {0:?}: give more than nothing, and at most half the renew deadline"
    )]
    RetryPeriod(Duration),
}

impl Timing {
    /// Checks how the times relate.
    pub fn check(&self) -> Result<(), InvalidTiming> {
        let is_whole = self.lease_duration.subsec_nanos() == 0;
        if !is_whole || !(1..=i32::MAX as u64).contains(&self.lease_duration.as_secs()) {
            return Err(InvalidTiming::LeaseDuration(self.lease_duration));
        }
        if self.renew_deadline >= self.lease_duration {
            return Err(InvalidTiming::RenewDeadline(self.renew_deadline));
        }
        if self.retry_period.is_zero() || self.retry_period > self.call_limit() {
            return Err(InvalidTiming::RetryPeriod(self.retry_period));
        }
        Ok(())
    }

    /// The longest one request may take: half the renew deadline, so that one that hangs leaves time for another.
    pub(super) fn call_limit(&self) -> Duration {
        self.renew_deadline / 2
    }

    /// The lease duration as the Lease stores it.
    pub(super) fn lease_duration_seconds(&self) -> i32 {
        i32::try_from(self.lease_duration.as_secs()).unwrap_or(i32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lease: u64, renew: u64, retry: u64) -> Result<(), InvalidTiming> {
        let [lease_duration, renew_deadline, retry_period] = [lease, renew, retry].map(Duration::from_millis);
        Timing {
            lease_duration,
            renew_deadline,
            retry_period,
        }
        .check()
    }

    #[test]
    fn the_defaults_are_valid_and_those_of_client_go() {
        assert_eq!(Timing::default().check(), Ok(()));
        assert_eq!(check(15_000, 10_000, 2_000), Ok(()));
        assert_eq!(Timing::default().lease_duration_seconds(), 15);
    }

    #[test]
    fn times_with_which_two_could_lead_or_none_could_stay_are_refused() {
        let millis = Duration::from_millis;
        for (lease, renew, retry, expected) in [
            (0, 0, 1, InvalidTiming::LeaseDuration(millis(0))),
            (1_500, 1_000, 100, InvalidTiming::LeaseDuration(millis(1_500))),
            (
                u64::MAX,
                1_000,
                100,
                InvalidTiming::LeaseDuration(millis(u64::MAX)),
            ),
            (
                10_000,
                10_000,
                2_000,
                InvalidTiming::RenewDeadline(millis(10_000)),
            ),
            (
                10_000,
                11_000,
                2_000,
                InvalidTiming::RenewDeadline(millis(11_000)),
            ),
            (15_000, 10_000, 0, InvalidTiming::RetryPeriod(millis(0))),
            (15_000, 10_000, 5_001, InvalidTiming::RetryPeriod(millis(5_001))),
        ] {
            assert_eq!(
                check(lease, renew, retry),
                Err(expected),
                "{lease} {renew} {retry}"
            );
        }
        assert_eq!(check(15_000, 10_000, 5_000), Ok(()));
    }
}
