//! What became of an attempt whose Job has no report to show.
//!
//! Pods lie: `OOMKilled` comes with exit status 0, and an evicted Pod may have any. So what was done to the Pod counts before
//! what it did itself.

use crds::{Failure, Reason};
use jiff::{SignedDuration, Timestamp};

use crate::observe::{Container, JobEnd, ObservedJob, ObservedPod};

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on; look again after this time at the latest, if there is something to look for.
    GoesOn(Option<SignedDuration>),
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
        Some(_) if disrupted.is_some() => Verdict::Disrupted(disrupted.cloned().unwrap_or_default()),
        Some(JobEnd::Failed { reason, message }) if is_disruption(reason, message) => {
            Verdict::Disrupted(format!("{reason}: {message}"))
        }
        Some(JobEnd::Failed { reason, message }) if reason == "DeadlineExceeded" => failed(
            Reason::DeadlineExceeded,
            format!("the attempt took longer than it may: {message}"),
            None,
        ),
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

/// Whether the Job controller says that the Pod was taken away: by our own rule for disruptions in its failure policy.
fn is_disruption(reason: &str, message: &str) -> bool {
    reason == "PodFailurePolicy" && message.contains("DisruptionTarget")
}

/// An attempt whose Job has not ended: it runs, or something keeps it from starting.
fn waiting(
    job: &ObservedJob,
    pods: &[ObservedPod],
    start_timeout: SignedDuration,
    now: Timestamp,
) -> Verdict {
    let left = start_timeout - now.duration_since(job.created);
    let Some(pod) = pods.first() else {
        return if left.is_positive() || job.has_pods {
            Verdict::GoesOn(left.is_positive().then_some(left))
        } else {
            let message = "no Pod was made for the Job: a quota or a policy of the cluster refuses it, see the Job's events";
            failed(Reason::QuotaDenied, message.to_owned(), None)
        };
    };
    match &pod.container {
        Container::Waiting { reason, message } if IMAGE_REASONS.contains(&reason.as_str()) => {
            if left.is_positive() {
                Verdict::GoesOn(Some(left))
            } else {
                let message = format!("the encoder's image cannot be pulled: {reason}: {message}");
                failed(Reason::ImagePull, message, None)
            }
        }
        Container::Waiting { .. } | Container::Unknown if left.is_positive() => Verdict::GoesOn(Some(left)),
        // A Pod that no node has room for waits, within the attempt's time.
        _ => Verdict::GoesOn(None),
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
            Verdict::GoesOn(Some(START))
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
            Verdict::GoesOn(Some(START))
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
        assert_eq!(
            judge(&testing::job(), &[running], START, later()),
            Verdict::GoesOn(None)
        );
        assert_eq!(
            judge(&testing::job(), &[waits("ContainerCreating")], START, later()),
            Verdict::GoesOn(None)
        );
        assert!(NOW.ends_with('Z'));
    }
}
