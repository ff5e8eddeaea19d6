//! Where assignments come from.

use std::collections::VecDeque;

use crds::{Assignment, assignment::ENVIRONMENT_VARIABLE};

use crate::failure::{Failure, FailureReason};

/// A source of assignments, one after the other; the end of it ends the process.
pub(super) trait AssignmentSource {
    /// The next assignment; `None` when there will be no more.
    async fn next(&mut self) -> Option<Assignment>;
}

/// The assignments a Job was made with.
pub(super) struct EnvironmentAssignments {
    waiting: VecDeque<Assignment>,
}

impl EnvironmentAssignments {
    /// Reads them from the environment.
    pub(super) fn read() -> Result<Self, Failure> {
        let misconfigured = |message: String| Failure::new(FailureReason::Misconfigured, message);
        let json = std::env::var(ENVIRONMENT_VARIABLE).map_err(|_| {
            misconfigured(format!(
                "{ENVIRONMENT_VARIABLE} is not set: `run` works inside a Job that the operator made"
            ))
        })?;
        Self::parse(&json)
            .map_err(|error| misconfigured(format!("{ENVIRONMENT_VARIABLE} cannot be read: {error}")))
    }

    fn parse(json: &str) -> Result<Self, serde_json::Error> {
        Ok(Self {
            waiting: serde_json::from_str(json)?,
        })
    }
}

impl AssignmentSource for EnvironmentAssignments {
    async fn next(&mut self) -> Option<Assignment> {
        self.waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn assignments_come_in_the_order_of_the_list() {
        let one = |name: &str| {
            serde_json::json!({
                "namespace": "team", "name": name, "uid": "u", "attempt": 1, "owner": {"namespace": "team"},
                "documentId": "d", "fileName": "f.pdf", "source": {"object": "k"}, "chunking": {},
                "onEmptyPages": "Warn", "timeoutSeconds": 60, "maxSourceBytes": 1000
            })
        };
        let json = serde_json::json!([one("a"), one("b")]).to_string();
        let mut source = EnvironmentAssignments::parse(&json).unwrap();
        assert_eq!(source.next().await.unwrap().name, "a");
        assert_eq!(source.next().await.unwrap().name, "b");
        assert!(source.next().await.is_none());
        assert!(EnvironmentAssignments::parse("{}").is_err());
    }
}
