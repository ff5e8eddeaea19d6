//! Which attempt is begun next, and which beginning of it.

use crate::state::OperatorStatus;

/// The number of the attempt, and how often it was begun anew, that follow this status when the next Job is made.
///
/// The Job's name is made of them, so it is also known of a Job that was made before the status could say so.
pub fn next(status: &OperatorStatus) -> (u32, u32) {
    match status.attempt.filter(|attempt| *attempt > 0) {
        None => (1, 0),
        Some(attempt) if status.retry_time.is_some() => (attempt + 1, 0),
        // It was disrupted, or suspended in the middle.
        Some(attempt) => (attempt, status.disruptions.unwrap_or(0) + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock, testing};

    #[test]
    fn the_first_the_next_and_the_same_anew() {
        let new = OperatorStatus::default();
        let disrupted = OperatorStatus {
            attempt: Some(2),
            disruptions: Some(3),
            ..OperatorStatus::default()
        };
        let failed = OperatorStatus {
            retry_time: Some(clock::stored(testing::now())),
            ..disrupted.clone()
        };
        for (status, expected) in [(new, (1, 0)), (disrupted, (2, 4)), (failed, (3, 0))] {
            assert_eq!(next(&status), expected);
        }
    }
}
