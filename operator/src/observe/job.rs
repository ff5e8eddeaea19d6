//! What matters of a Job.

use crds::labels;
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{Job, JobCondition};
use kube::ResourceExt;

/// What matters of a Job.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an answer to a question of its own"
)]
pub struct ObservedJob {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Uid of the resource it began with.
    pub first_uid: String,
    /// Whether it may be handed more documents than that one.
    pub standing: bool,
    /// Its queue.
    pub queue: String,
    /// The digest of what its documents have in common.
    pub identity: String,
    /// Whether it is suspended, as by Kueue before it is admitted.
    pub suspended: bool,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Whether a Pod of its has been counted or runs.
    pub has_pods: bool,
    /// How it ended, if it did.
    pub end: Option<JobEnd>,
}

impl ObservedJob {
    /// Whether no Pod was made for it, though one should have been.
    pub fn lacks_a_pod(&self) -> bool {
        !self.has_pods && !self.suspended && !self.deleting && self.end.is_none()
    }
}

/// How a Job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// With a Pod that exited with 0.
    Succeeded,
    /// Otherwise.
    Failed {
        /// One word of the Job controller's: `BackoffLimitExceeded`, `DeadlineExceeded`, `PodFailurePolicy`…
        reason: String,
        /// The Job controller's explanation.
        message: String,
    },
}

impl From<&Job> for ObservedJob {
    fn from(job: &Job) -> Self {
        let status = job.status.as_ref();
        let label = |key: &str| job.labels().get(key).cloned().unwrap_or_default();
        let counted = status.map(|status| {
            [status.active, status.failed, status.succeeded]
                .iter()
                .any(|count| count.is_some_and(|count| count > 0))
        });
        Self {
            namespace: job.namespace().unwrap_or_default(),
            name: job.name_any(),
            uid: job.uid().unwrap_or_default(),
            first_uid: label(labels::ENCODING_UID),
            standing: label(labels::STANDING) == "true",
            queue: label(labels::QUEUE),
            identity: job
                .annotations()
                .get(labels::IDENTITY)
                .cloned()
                .unwrap_or_default(),
            suspended: job.spec.as_ref().and_then(|spec| spec.suspend).unwrap_or(false),
            created: job
                .metadata
                .creation_timestamp
                .as_ref()
                .map_or(Timestamp::UNIX_EPOCH, |time| time.0),
            deleting: job.metadata.deletion_timestamp.is_some(),
            has_pods: counted.unwrap_or(false),
            end: status
                .and_then(|status| status.conditions.as_deref())
                .and_then(end),
        }
    }
}

/// How the Job ended, by its conditions.
///
/// `FailureTarget` and `SuccessCriteriaMet` come as soon as the end is certain; `Failed` and `Complete` only follow when all
/// Pods are gone, seconds later.
fn end(conditions: &[JobCondition]) -> Option<JobEnd> {
    let find = |types: [&str; 2]| {
        conditions
            .iter()
            .find(|condition| condition.status == "True" && types.contains(&condition.type_.as_str()))
    };
    if let Some(failed) = find(["FailureTarget", "Failed"]) {
        return Some(JobEnd::Failed {
            reason: failed.reason.clone().unwrap_or_default(),
            message: failed.message.clone().unwrap_or_default(),
        });
    }
    find(["SuccessCriteriaMet", "Complete"]).map(|_| JobEnd::Succeeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(type_: &str, status: &str) -> JobCondition {
        JobCondition {
            type_: type_.into(),
            status: status.into(),
            reason: Some("PodFailurePolicy".into()),
            ..JobCondition::default()
        }
    }

    #[test]
    fn a_job_fails_when_its_failure_is_certain_and_not_only_when_its_pods_are_gone() {
        for type_ in ["FailureTarget", "Failed"] {
            let failed = end(&[condition(type_, "True")]);
            assert!(
                matches!(failed, Some(JobEnd::Failed { ref reason, .. }) if reason == "PodFailurePolicy"),
                "{type_}"
            );
        }
    }

    #[test]
    fn a_job_succeeds_when_its_success_is_certain() {
        for type_ in ["SuccessCriteriaMet", "Complete"] {
            assert_eq!(
                end(&[condition(type_, "True")]),
                Some(JobEnd::Succeeded),
                "{type_}"
            );
        }
    }

    #[test]
    fn a_condition_that_is_not_true_says_nothing() {
        assert_eq!(
            end(&[condition("Failed", "False"), condition("Suspended", "True")]),
            None
        );
    }
}
