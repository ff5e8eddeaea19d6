//! The only place where the time is read; everywhere else it is an argument.

use std::time::Instant;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// The time now.
#[allow(clippy::disallowed_methods, reason = "this is the clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The time of the monotonic clock, for how long something has lasted: nobody sets it, and it means nothing to another process.
///
/// On Linux this is `CLOCK_MONOTONIC`. It goes on while a process is stopped (`SIGSTOP`, a frozen cgroup),
/// and stands still while the whole machine is suspended.
#[allow(clippy::disallowed_methods, reason = "this is the clock")]
pub fn monotonic() -> Instant {
    Instant::now()
}

/// The time as Kubernetes stores it: in whole seconds.
///
/// Whatever is going to stand in a status is cut at once, so that it equals itself when it is read again.
pub fn stored(time: Timestamp) -> Time {
    Time(Timestamp::from_second(time.as_second()).unwrap_or(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_time_survives_being_written_and_read() {
        let time = stored("2026-01-02T03:04:05.678Z".parse().unwrap());
        let read: Time = serde_json::from_value(serde_json::to_value(&time).unwrap()).unwrap();
        assert_eq!(read, time);
    }
}
