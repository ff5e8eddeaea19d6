//! Which attempt is begun next, and which try of it.

use crate::state::OperatorStatus;

/// What a Job of a document is named and counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobKey {
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// How often an encoder was assigned in this attempt, from 1.
    pub tries: u32,
    /// How often this attempt was disrupted.
    pub disruptions: u32,
}

/// The key of the Job that follows this status.
///
/// A Job is named after attempt and try, so it is also known of a Job that was made before the status could say so.
pub fn next(status: &OperatorStatus) -> JobKey {
    match status.attempt.filter(|attempt| *attempt > 0) {
        None => JobKey {
            attempt: 1,
            tries: 1,
            disruptions: 0,
        },
        Some(attempt) if status.retry_time.is_some() => JobKey {
            attempt: attempt + 1,
            tries: 1,
            disruptions: 0,
        },
        // It was disrupted, given back, refused, or suspended in the middle.
        Some(attempt) => JobKey {
            attempt,
            tries: status.tries.unwrap_or(0) + 1,
            disruptions: status.disruptions.unwrap_or(0),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock, testing};

    fn of(status: &OperatorStatus) -> (u32, u32, u32) {
        let next = next(status);
        (next.attempt, next.tries, next.disruptions)
    }

    #[test]
    fn the_first_the_next_and_the_same_anew() {
        let given_back = OperatorStatus {
            attempt: Some(2),
            tries: Some(4),
            disruptions: Some(3),
            ..OperatorStatus::default()
        };
        let failed = OperatorStatus {
            retry_time: Some(clock::stored(testing::now())),
            ..given_back.clone()
        };
        assert_eq!(of(&OperatorStatus::default()), (1, 1, 0));
        assert_eq!(of(&given_back), (2, 5, 3), "beginning anew is no disruption");
        assert_eq!(of(&failed), (3, 1, 0));
    }
}
