//! Where assignments come from.

use std::env;

use crds::{
    Assignment,
    assignment::{AssignmentRequest, AssignmentResponse, ENVIRONMENT_VARIABLE},
};

use crate::failure::{Failure, FailureReason};

/// Whoever knows what this Pod should hold.
pub(super) trait AssignmentSource {
    /// What this Pod should hold; the answer comes when that differs from what the request says it holds, or after the time the request names. May be
    /// dropped at any time, and asked again.
    ///
    /// # Errors
    /// [`Unreachable`]; the Pod goes on with what it holds.
    async fn ask(&self, request: AssignmentRequest) -> Result<AssignmentResponse, Unreachable>;
}

/// The source was not reached, or did not answer; why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreachable(pub(super) String);

/// The assignments a Job was made with.
pub(super) struct EnvironmentAssignments {
    all: Vec<Assignment>,
}

impl EnvironmentAssignments {
    /// Reads them from the environment.
    pub(super) fn read() -> Result<Self, Failure> {
        let misconfigured = |message: String| Failure::new(FailureReason::Misconfigured, message);
        let json = env::var(ENVIRONMENT_VARIABLE).map_err(|_| {
            misconfigured(format!(
                "{ENVIRONMENT_VARIABLE} is not set: `run` works inside a Job that the operator made"
            ))
        })?;
        Self::parse(&json)
            .map_err(|error| misconfigured(format!("{ENVIRONMENT_VARIABLE} cannot be read: {error}")))
    }

    fn parse(json: &str) -> Result<Self, serde_json::Error> {
        Ok(Self {
            all: serde_json::from_str(json)?,
        })
    }

    /// All of them, in order.
    pub(super) fn all(&self) -> &[Assignment] {
        &self.all
    }
}

/// With nobody to ask for more, what the Job was made with is all there is.
impl AssignmentSource for EnvironmentAssignments {
    async fn ask(&self, request: AssignmentRequest) -> Result<AssignmentResponse, Unreachable> {
        if !request.held.is_empty() {
            // Nothing is ever taken away.
            std::future::pending::<()>().await;
        }
        Ok(AssignmentResponse {
            assignments: Vec::new(),
            drain: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::held::Held;

    #[tokio::test]
    async fn a_job_without_an_operator_works_its_list_off_in_order_and_ends() {
        let one = |name: &str| {
            serde_json::json!({
                "namespace": "team", "name": name, "uid": name, "attempt": 1, "tries": 1, "owner": {"namespace": "team"},
                "documentId": "d", "fileName": "f.pdf", "source": {"object": "k"}, "chunking": {},
                "onEmptyPages": "Warn", "timeoutSeconds": 60, "maxSourceBytes": 1000
            })
        };
        let json = serde_json::json!([one("a"), one("b")]).to_string();
        let source = EnvironmentAssignments::parse(&json).unwrap();
        let names: Vec<&str> = source.all().iter().map(|each| each.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let now = std::time::Instant::now();
        let nothing = Held::default().request(now, false, std::time::Duration::ZERO);
        let answer = source.ask(nothing).await.unwrap();
        assert!(answer.drain && answer.assignments.is_empty());
        assert!(EnvironmentAssignments::parse("{}").is_err());
    }
}
