//! The processor time that this process and the parsers' processes it has waited for have taken: what documents cost.

use std::time::Duration;

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};

/// All of it, user's and system's, since the process began. `None` where the system does not say.
pub(super) fn used() -> Option<Duration> {
    let mut micros = 0;
    for who in [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN] {
        let usage = getrusage(who).ok()?;
        micros += usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    }
    Some(Duration::from_micros(u64::try_from(micros).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_processor_time() {
        let before = used().unwrap();
        let mut sum = 0_u64;
        while used().unwrap() < before + Duration::from_millis(20) {
            sum = sum.wrapping_add(std::hint::black_box(1));
        }
        assert!(sum > 0);
    }
}
