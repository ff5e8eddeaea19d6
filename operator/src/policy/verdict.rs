//! What became of an attempt whose Job has no report to show.
//!
//! Pods lie: `OOMKilled` comes with exit status 0, and an evicted Pod may have any. So what was done to the Pod counts before
//! what it did itself.

use crds::{ExitCode, Failure, Reason};
use jiff::{SignedDuration, Timestamp};

use crate::observe::{Container, JobEnd, ObservedJob, ObservedPod};

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It runs, or has just ended; its Job tells what follows.
    Runs,
    /// It has not started yet.
    Starts {
        /// What keeps it from starting, where that is known.
        why: Option<String>,
        /// Whether it should have started by now.
        overdue: bool,
        /// When to look again: nobody tells of what happens to a Pod before it starts.
        look_again: SignedDuration,
    },
    /// It was taken away from outside, which costs no attempt.
    Disrupted(String),
    /// It failed.
    Failed(Failure),
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
/// The shortest time after which it is looked again.
const SHORTEST_LOOK: SignedDuration = SignedDuration::from_secs(1);

/// Judges an attempt by its Job and that one's Pods.
pub fn judge(
    job: &ObservedJob,
    pods: &[ObservedPod],
    start_timeout: SignedDuration,
    now: Timestamp,
) -> Verdict {
    let disrupted = pods.iter().find_map(|pod| pod.disrupted.as_ref());
    let ended = pods.iter().find_map(|pod| match &pod.container {
        Container::Terminated { exit_code, reason } => Some((*exit_code, reason.as_str())),
        _ => None,
    });
    if let Some((exit_code, "OOMKilled")) = ended {
        let message =
            format!("the encoder was killed for using more memory than its limit (exit status {exit_code})");
        return failed(Reason::OutOfMemory, message, Some(exit_code));
    }
    match &job.end {
        None if job.deleting => Verdict::Disrupted("the Job was deleted".to_owned()),
        None => waiting(job, pods, start_timeout, now),
        // Its Pod is being deleted for that, which is no disruption.
        Some(JobEnd::Failed { reason, message }) if reason == "DeadlineExceeded" => {
            let message = format!("the attempt took longer than it may: {message}");
            failed(Reason::DeadlineExceeded, with_cause(message, pods), None)
        }
        Some(_) if disrupted.is_some() => Verdict::Disrupted(disrupted.cloned().unwrap_or_default()),
        Some(JobEnd::Failed { reason, message }) if is_disruption(reason, message) => {
            Verdict::Disrupted(format!("{reason}: {message}"))
        }
        Some(end) => match (ended, end) {
            (Some((exit_code, reason)), _) => {
                let message =
                    format!("the encoder ended without a report (exit status {exit_code}, {reason})");
                failed(Reason::from_exit_code(exit_code), message, Some(exit_code))
            }
            (None, JobEnd::Failed { reason, message }) => failed(
                Reason::EncoderCrashed,
                format!("the Job failed without a report: {reason}: {message}"),
                None,
            ),
            (None, JobEnd::Succeeded) => failed(
                Reason::OutputMissing,
                "the Job succeeded without a report".to_owned(),
                None,
            ),
        },
    }
}

/// Whether the Job controller says that the Pod was taken away: by our own rule for disruptions in its failure policy, or as the encoder
/// ended as one does that is told to stop, which leaves the document to another. Its Pod may be gone before anybody has looked at it.
fn is_disruption(reason: &str, message: &str) -> bool {
    let told_to_stop = format!("failed with exit code {} ", ExitCode::TryAgain.code());
    reason == "PodFailurePolicy" && (message.contains("DisruptionTarget") || message.contains(&told_to_stop))
}

/// An attempt whose Job has not ended: it runs, or something keeps it from starting.
fn waiting(
    job: &ObservedJob,
    pods: &[ObservedPod],
    start_timeout: SignedDuration,
    now: Timestamp,
) -> Verdict {
    let left = start_timeout - now.duration_since(job.created);
    let overdue = !left.is_positive();
    let starts = |why| Verdict::Starts {
        why,
        overdue,
        look_again: if overdue { start_timeout } else { left }.max(SHORTEST_LOOK),
    };
    let Some(pod) = pods.first() else {
        if job.has_pods || !overdue {
            return starts(None);
        }
        let message = "no Pod was made for the Job: a quota or a policy of the cluster refuses it, see the Job's events";
        return failed(Reason::QuotaDenied, message.to_owned(), None);
    };
    match &pod.container {
        Container::Running | Container::Terminated { .. } => Verdict::Runs,
        Container::Waiting { reason, message } if overdue && IMAGE_REASONS.contains(&reason.as_str()) => {
            let message = format!("the encoder's image cannot be pulled: {reason}: {message}");
            failed(Reason::ImagePull, message, None)
        }
        Container::Waiting { reason, message } if overdue && reason == CONFIGURATION_REASON => {
            let message = format!("the encoder's container cannot be made: {reason}: {message}");
            failed(Reason::Misconfigured, message, None)
        }
        // A Pod that no node has room for waits, within the attempt's time.
        Container::Waiting { .. } | Container::Unknown => starts(why_not_started(pod)),
    }
}

/// What keeps a Pod from starting, where that is known.
fn why_not_started(pod: &ObservedPod) -> Option<String> {
    match &pod.container {
        Container::Running | Container::Terminated { .. } => None,
        Container::Waiting { reason, message } if message.is_empty() => Some(reason.clone()),
        Container::Waiting { reason, message } => Some(format!("{reason}: {message}")),
        Container::Unknown => pod.unschedulable.clone(),
    }
}

/// The message, and why the Pod never started, if it did not.
fn with_cause(message: String, pods: &[ObservedPod]) -> String {
    match pods.first().and_then(why_not_started) {
        Some(why) => format!("{message}; its Pod never started: {why}"),
        None => message,
    }
}

fn failed(reason: Reason, message: String, exit_code: Option<i32>) -> Verdict {
    let mut failure = Failure::new(reason, message, None);
    failure.exit_code = exit_code;
    Verdict::Failed(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, NOW};

    const START: SignedDuration = SignedDuration::from_secs(120);

    fn ended(reason: &str, message: &str) -> ObservedJob {
        ObservedJob {
            end: Some(JobEnd::Failed {
                reason: reason.into(),
                message: message.into(),
            }),
            ..testing::job()
        }
    }

    fn terminated(exit_code: i32, reason: &str) -> ObservedPod {
        ObservedPod {
            container: Container::Terminated {
                exit_code,
                reason: reason.into(),
            },
            ..testing::pod()
        }
    }

    fn waits(reason: &str) -> ObservedPod {
        let container = Container::Waiting {
            reason: reason.into(),
            message: String::new(),
        };
        ObservedPod {
            container,
            ..testing::pod()
        }
    }

    fn starts(look_again: SignedDuration, overdue: bool, why: Option<&str>) -> Verdict {
        Verdict::Starts {
            why: why.map(str::to_owned),
            overdue,
            look_again,
        }
    }

    fn reason(verdict: Verdict) -> Option<Reason> {
        match verdict {
            Verdict::Failed(failure) => Some(failure.reason),
            _ => None,
        }
    }

    fn later() -> Timestamp {
        testing::now() + START
    }

    #[test]
    fn exit_statuses_have_their_reasons_and_a_kill_is_a_crash() {
        for (exit_code, expected) in [
            (137, Reason::EncoderCrashed),
            (65, Reason::Malformed),
            (70, Reason::EncodingError),
            (74, Reason::StoreUnavailable),
            (78, Reason::Misconfigured),
            (0, Reason::OutputMissing),
        ] {
            let verdict = judge(
                &ended("BackoffLimitExceeded", ""),
                &[terminated(exit_code, "Error")],
                START,
                testing::now(),
            );
            assert_eq!(reason(verdict), Some(expected), "{exit_code}");
        }
    }

    #[test]
    fn a_container_killed_for_memory_is_that_whatever_its_exit_status() {
        for exit_code in [0, 137] {
            let verdict = judge(
                &testing::job(),
                &[terminated(exit_code, "OOMKilled")],
                START,
                testing::now(),
            );
            assert_eq!(reason(verdict), Some(Reason::OutOfMemory));
        }
    }

    #[test]
    fn what_was_done_to_a_pod_counts_before_what_it_did() {
        let evicted = ObservedPod {
            disrupted: Some("EvictionByEvictionAPI".into()),
            ..terminated(137, "Error")
        };
        assert!(matches!(
            judge(&ended("PodFailurePolicy", ""), &[evicted], START, testing::now()),
            Verdict::Disrupted(_)
        ));
        let by_rule = ended(
            "PodFailurePolicy",
            "Pod a/b has condition DisruptionTarget matching FailJob rule at index 0",
        );
        assert!(matches!(
            judge(&by_rule, &[], START, testing::now()),
            Verdict::Disrupted(_)
        ));
        let told_to_stop = ended(
            "PodFailurePolicy",
            "Container encoder for pod a/b failed with exit code 75 matching FailJob rule at index 1",
        );
        assert!(matches!(
            judge(&told_to_stop, &[], START, testing::now()),
            Verdict::Disrupted(_)
        ));
        let deleted = ObservedJob {
            deleting: true,
            ..testing::job()
        };
        assert!(matches!(
            judge(&deleted, &[], START, testing::now()),
            Verdict::Disrupted(_)
        ));
    }

    #[test]
    fn a_job_past_its_deadline_says_so() {
        let verdict = judge(
            &ended(
                "DeadlineExceeded",
                "Job was active longer than specified deadline",
            ),
            &[],
            START,
            testing::now(),
        );
        assert_eq!(reason(verdict), Some(Reason::DeadlineExceeded));
    }

    #[test]
    fn a_pod_that_goes_with_its_jobs_deadline_is_not_disrupted() {
        let going = ObservedPod {
            disrupted: Some("the Pod was deleted".into()),
            container: Container::Running,
            ..testing::pod()
        };
        let job = ended(
            "DeadlineExceeded",
            "Job was active longer than specified deadline",
        );
        assert_eq!(
            reason(judge(&job, &[going], START, testing::now())),
            Some(Reason::DeadlineExceeded)
        );
        let never_started = ObservedPod {
            unschedulable: Some("Unschedulable: 0/1 nodes are available".into()),
            ..testing::pod()
        };
        let verdict = judge(&job, &[never_started], START, testing::now());
        assert!(matches!(verdict, Verdict::Failed(f) if f.message.contains("0/1 nodes are available")));
    }

    #[test]
    fn a_container_that_cannot_be_made_fails_after_a_while() {
        let pods = [waits("CreateContainerConfigError")];
        let early = judge(&testing::job(), &pods, START, testing::now());
        assert_eq!(early, starts(START, false, Some("CreateContainerConfigError")));
        let late = judge(&testing::job(), &pods, START, later());
        assert_eq!(reason(late), Some(Reason::Misconfigured));
    }

    #[test]
    fn what_has_not_started_in_time_is_looked_at_again_and_says_why() {
        let without_room = ObservedPod {
            unschedulable: Some("Unschedulable: 0/1 nodes are available".into()),
            ..testing::pod()
        };
        for (pod, why) in [
            (without_room, "Unschedulable: 0/1 nodes are available"),
            (waits("ContainerCreating"), "ContainerCreating"),
        ] {
            let verdict = judge(&testing::job(), &[pod], START, later());
            assert_eq!(verdict, starts(START, true, Some(why)));
        }
        let gone = ObservedJob {
            has_pods: true,
            ..testing::job()
        };
        assert_eq!(judge(&gone, &[], START, later()), starts(START, true, None));
        let at_once = judge(&gone, &[], SignedDuration::ZERO, testing::now());
        assert_eq!(at_once, starts(SHORTEST_LOOK, true, None));
    }

    #[test]
    fn a_job_that_succeeds_without_a_word_has_no_output() {
        let job = ObservedJob {
            end: Some(JobEnd::Succeeded),
            ..testing::job()
        };
        assert_eq!(
            reason(judge(&job, &[], START, testing::now())),
            Some(Reason::OutputMissing)
        );
    }

    #[test]
    fn an_image_that_cannot_be_had_fails_after_a_while() {
        let pods = [waits("ImagePullBackOff")];
        assert_eq!(
            judge(&testing::job(), &pods, START, testing::now()),
            starts(START, false, Some("ImagePullBackOff"))
        );
        assert_eq!(
            reason(judge(&testing::job(), &pods, START, later())),
            Some(Reason::ImagePull)
        );
    }

    #[test]
    fn a_job_without_a_pod_is_refused_after_a_while() {
        assert_eq!(
            judge(&testing::job(), &[], START, testing::now()),
            starts(START, false, None)
        );
        assert_eq!(
            reason(judge(&testing::job(), &[], START, later())),
            Some(Reason::QuotaDenied)
        );
    }

    #[test]
    fn a_running_encoder_goes_on() {
        let running = ObservedPod {
            container: Container::Running,
            ..testing::pod()
        };
        assert_eq!(judge(&testing::job(), &[running], START, later()), Verdict::Runs);
        assert!(NOW.ends_with('Z'));
    }
}
