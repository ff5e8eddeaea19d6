//! What matters of a Pod.

use crds::{AssignmentKey, labels};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod, PodStatus};
use kube::ResourceExt;

/// What matters of an encoder's Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedPod {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// The name of the Job it belongs to.
    pub job_name: String,
    /// The uid of the Job it belongs to; empty where no Job controls it.
    pub job_uid: String,
    /// Uid of the resource that Job began with.
    pub first_uid: String,
    /// Whether that Job may be handed more documents.
    pub standing: bool,
    /// The queue of its documents.
    pub queue: String,
    /// When it was made.
    pub created: Timestamp,
    /// By when it should be gone, where it is being deleted.
    pub gone_by: Option<Timestamp>,
    /// Whether it has ended: all its containers have, and none will start again.
    pub ended: bool,
    /// What its encoder worked on last, by its last words.
    pub worked_on: Option<AssignmentKey>,
    /// Why it was taken away from outside, if it was: evicted, preempted, its node lost, deleted.
    pub disrupted: Option<String>,
    /// Why no node takes it, if none does.
    pub unschedulable: Option<String>,
    /// What its encoder does.
    pub container: Container,
}

/// What the encoder's container does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Container {
    /// Nothing is known of it yet.
    Unknown,
    /// It has not started.
    Waiting {
        /// One word of the kubelet's: `ContainerCreating`, `ImagePullBackOff`…
        reason: String,
        /// The kubelet's explanation.
        message: String,
    },
    /// It runs.
    Running,
    /// It has ended.
    Terminated {
        /// Its exit status.
        exit_code: i32,
        /// One word of the kubelet's: `Completed`, `Error`, `OOMKilled`…
        reason: String,
    },
}

/// Words in `status.reason` of a Pod that a kubelet or the control plane took away or turned down.
///
/// Source: the constants of `k8s.io/kubernetes/pkg/kubelet` (eviction, preemption, node shutdown, admission).
const DISRUPTION_REASONS: [&str; 11] = [
    "Evicted",
    "NodeAffinity",
    "NodeLost",
    "NodeShutdown",
    "OutOfcpu",
    "OutOfephemeral-storage",
    "OutOfmemory",
    "OutOfpods",
    "Preempting",
    "Terminated",
    "UnexpectedAdmissionError",
];

impl From<&Pod> for ObservedPod {
    fn from(pod: &Pod) -> Self {
        let mut owners = pod.metadata.owner_references.iter().flatten();
        let status = pod.status.as_ref();
        let label = |key: &str| pod.labels().get(key).cloned().unwrap_or_default();
        let encoder = status
            .and_then(|status| status.container_statuses.as_deref())
            .and_then(|containers| containers.iter().find(|each| each.name == crds::job::CONTAINER));
        let container = encoder.map_or(Container::Unknown, container);
        Self {
            name: pod.name_any(),
            uid: pod.uid().unwrap_or_default(),
            job_name: label(labels::JOB_NAME),
            first_uid: label(labels::ENCODING_UID),
            standing: label(labels::STANDING) == "true",
            queue: label(labels::QUEUE),
            gone_by: pod.metadata.deletion_timestamp.as_ref().map(|time| time.0),
            ended: matches!(container, Container::Terminated { .. })
                || status
                    .and_then(|status| status.phase.as_deref())
                    .is_some_and(|phase| matches!(phase, "Succeeded" | "Failed")),
            worked_on: encoder.and_then(worked_on),
            job_uid: owners
                .find(|owner| owner.kind == "Job" && owner.controller == Some(true))
                .map(|owner| owner.uid.clone())
                .unwrap_or_default(),
            created: pod
                .metadata
                .creation_timestamp
                .as_ref()
                .map_or(Timestamp::UNIX_EPOCH, |time| time.0),
            disrupted: status.and_then(disruption).or_else(|| {
                let deleted = pod.metadata.deletion_timestamp.is_some();
                deleted.then(|| "the Pod was deleted".to_owned())
            }),
            unschedulable: status.and_then(unschedulable),
            container,
        }
    }
}

fn disruption(status: &PodStatus) -> Option<String> {
    let target = status
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == "DisruptionTarget" && condition.status == "True");
    if let Some(target) = target {
        return Some(words(target.reason.as_deref(), target.message.as_deref()));
    }
    let reason = status.reason.as_deref()?;
    DISRUPTION_REASONS
        .contains(&reason)
        .then(|| words(Some(reason), status.message.as_deref()))
}

fn unschedulable(status: &PodStatus) -> Option<String> {
    let condition = status
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == "PodScheduled" && condition.status == "False")?;
    Some(words(condition.reason.as_deref(), condition.message.as_deref()))
}

fn container(status: &ContainerStatus) -> Container {
    let Some(state) = &status.state else {
        return Container::Unknown;
    };
    if let Some(terminated) = &state.terminated {
        Container::Terminated {
            exit_code: terminated.exit_code,
            reason: terminated.reason.clone().unwrap_or_default(),
        }
    } else if state.running.is_some() {
        Container::Running
    } else if let Some(waiting) = &state.waiting {
        Container::Waiting {
            reason: waiting.reason.clone().unwrap_or_default(),
            message: waiting.message.clone().unwrap_or_default(),
        }
    } else {
        Container::Unknown
    }
}

/// What the encoder had written into its termination message when it ended.
fn worked_on(status: &ContainerStatus) -> Option<AssignmentKey> {
    let terminated = status.state.as_ref()?.terminated.as_ref()?;
    serde_json::from_str(terminated.message.as_deref()?).ok()
}

fn words(reason: Option<&str>, message: Option<&str>) -> String {
    match (reason, message) {
        (Some(reason), Some(message)) if !message.is_empty() => format!("{reason}: {message}"),
        (Some(reason), _) => reason.to_owned(),
        (None, message) => message.unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn observed(status: &Value) -> ObservedPod {
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {
                "name": "enc-1-abcde",
                "uid": "pod",
                "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "enc-1", "uid": "job", "controller": true}],
            },
            "status": status,
        }))
        .unwrap();
        ObservedPod::from(&pod)
    }

    fn encoder(state: &Value) -> Value {
        json!({"containerStatuses": [{"name": "encoder", "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state}]})
    }

    #[test]
    fn a_pod_belongs_to_the_job_that_controls_it() {
        assert_eq!(observed(&json!({})).job_uid, "job");
    }

    #[test]
    fn an_eviction_is_a_disruption() {
        let by_condition = json!({"conditions": [
            {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"}]});
        assert_eq!(
            observed(&by_condition).disrupted.as_deref(),
            Some("EvictionByEvictionAPI: Eviction API: evicting")
        );
        assert!(
            observed(&json!({"phase": "Failed", "reason": "Evicted"}))
                .disrupted
                .is_some()
        );
        assert_eq!(
            observed(&json!({"phase": "Failed", "reason": "DeadlineExceeded"})).disrupted,
            None
        );
    }

    #[test]
    fn the_state_of_the_encoder_is_read() {
        for (state, expected) in [
            (json!({"running": {}}), Container::Running),
            (
                json!({"waiting": {"reason": "ErrImagePull", "message": "no such host"}}),
                Container::Waiting {
                    reason: "ErrImagePull".into(),
                    message: "no such host".into(),
                },
            ),
            (
                json!({"terminated": {"exitCode": 0, "reason": "OOMKilled"}}),
                Container::Terminated {
                    exit_code: 0,
                    reason: "OOMKilled".into(),
                },
            ),
            (json!({}), Container::Unknown),
        ] {
            assert_eq!(observed(&encoder(&state)).container, expected);
        }
        assert_eq!(observed(&json!({})).container, Container::Unknown);
    }

    #[test]
    fn a_pod_that_no_node_takes_says_why() {
        let status = json!({"conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available"}]});
        assert_eq!(
            observed(&status).unschedulable.as_deref(),
            Some("Unschedulable: 0/1 nodes are available")
        );
    }
}
