//! What keeps a Pod from starting.

use crds::{Failure, Reason};
use jiff::Timestamp;

use crate::{
    observe::{Container, ObservedPod},
    settings::Timeouts,
};

/// What keeps a Pod from starting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartProblem {
    /// What the cluster does not give now and may give later; it costs no attempt.
    Refused(Failure),
    /// The container can never be made as it is configured.
    Failed(Failure),
    /// It takes long, and these are the kubelet's words for why.
    Slow(String),
}

/// Words of the kubelet's that say that an image cannot be had.
const IMAGE_REASONS: [&str; 5] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
];

/// The kubelet's word for a container that can never be made as it is configured.
const CONFIGURATION_REASON: &str = "CreateContainerConfigError";

/// What keeps this Pod, which has not started, from starting; `None` where nothing is known to, or it is too early to say.
pub fn problem(pod: &ObservedPod, timeouts: &Timeouts, now: Timestamp) -> Option<StartProblem> {
    let age = now.duration_since(pod.created);
    let is_overdue = age >= timeouts.start;
    match &pod.container {
        Container::Running | Container::Terminated { .. } => None,
        Container::Waiting { reason, message } if IMAGE_REASONS.contains(&reason.as_str()) => {
            let message = format!("the encoder's image cannot be pulled: {}", words(reason, message));
            Some(StartProblem::Refused(Failure::new(
                Reason::ImagePull,
                message,
                None,
            )))
        }
        Container::Waiting { reason, message } if reason == CONFIGURATION_REASON && is_overdue => {
            let message = format!(
                "the encoder's container cannot be made: {}",
                words(reason, message)
            );
            Some(StartProblem::Failed(Failure::new(
                Reason::Misconfigured,
                message,
                None,
            )))
        }
        Container::Waiting { reason, message } if age >= timeouts.refusal => {
            let message = format!(
                "the encoder's container never started: {}",
                words(reason, message)
            );
            Some(StartProblem::Failed(Failure::new(
                Reason::Misconfigured,
                message,
                None,
            )))
        }
        Container::Waiting { reason, message } => {
            is_overdue.then(|| StartProblem::Slow(words(reason, message)))
        }
        Container::Unknown => match &pod.unschedulable {
            Some(why) => {
                let message = format!("no node takes the encoder's Pod: {why}");
                Some(StartProblem::Refused(Failure::new(
                    Reason::Unschedulable,
                    message,
                    None,
                )))
            }
            None => {
                is_overdue.then(|| StartProblem::Slow("nothing is known of its container yet".to_owned()))
            }
        },
    }
}

fn words(reason: &str, message: &str) -> String {
    if message.is_empty() {
        reason.to_owned()
    } else {
        format!("{reason}: {message}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn timeouts() -> Timeouts {
        testing::settings().timeouts
    }

    fn waits(reason: &str) -> ObservedPod {
        ObservedPod {
            container: Container::Waiting {
                reason: reason.into(),
                message: String::new(),
            },
            ..testing::pod()
        }
    }

    fn at_once(pod: &ObservedPod) -> Option<StartProblem> {
        problem(pod, &timeouts(), testing::now())
    }

    fn late(pod: &ObservedPod) -> Option<StartProblem> {
        problem(pod, &timeouts(), testing::now() + timeouts().start)
    }

    #[test]
    fn a_pod_that_no_node_takes_is_refused_with_the_schedulers_words() {
        let pod = ObservedPod {
            unschedulable: Some("Unschedulable: 0/1 nodes are available".into()),
            ..testing::pod()
        };
        let found = at_once(&pod);
        assert!(
            matches!(&found, Some(StartProblem::Refused(f)) if f.reason == Reason::Unschedulable && f.message.contains("0/1 nodes")),
            "{found:?}"
        );
    }

    #[test]
    fn an_image_that_cannot_be_had_is_refused() {
        let found = at_once(&waits("ImagePullBackOff"));
        assert!(matches!(found, Some(StartProblem::Refused(f)) if f.reason == Reason::ImagePull));
    }

    #[test]
    fn a_container_that_cannot_be_made_fails_after_a_while() {
        let pod = waits("CreateContainerConfigError");
        assert_eq!(at_once(&pod), None);
        assert!(matches!(late(&pod), Some(StartProblem::Failed(f)) if f.reason == Reason::Misconfigured));
    }

    #[test]
    fn what_takes_long_is_told() {
        let pod = waits("ContainerCreating");
        assert_eq!(at_once(&pod), None);
        assert_eq!(late(&pod), Some(StartProblem::Slow("ContainerCreating".into())));
        let never = problem(&pod, &timeouts(), testing::now() + timeouts().refusal);
        assert!(matches!(never, Some(StartProblem::Failed(f)) if f.message.contains("ContainerCreating")));
        assert_eq!(at_once(&testing::pod()), None);
    }
}
