//! What became of a try whose document has no report to show.
//!
//! Pods lie: `OOMKilled` comes with exit status 0, and an evicted Pod may have any. So what was done to the Pod counts before
//! what it did itself. A Pod that worked for several documents is judged once for each: only the one it worked on is to blame.

use crds::{AssignmentKey, ExitCode, Failure, Reason, assignment::EndedOutcome};
use jiff::{SignedDuration, Timestamp};

use super::start::{self, StartProblem};
use crate::{
    observe::{Container, JobEnd, ObservedJob, ObservedPod, Work},
    settings::Timeouts,
};

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its Job has not been created yet.
    NotCreated,
    /// A Job of the wanted name is somebody else's.
    Foreign(String),
    /// It goes on; when to look again at the latest.
    Runs(SignedDuration),
    /// It has not started; what keeps it, where that is known, and when to look again at the latest.
    Starts(Option<StartProblem>, SignedDuration),
    /// It was given back before anything was done for it, which costs nothing.
    Returned(String),
    /// It was taken away from outside, which costs no attempt.
    Disrupted(String),
    /// It failed.
    Failed(Failure),
    /// It is to be ended, as it has failed without ending.
    Overdue(Failure),
}

/// What is judged.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What tells the try from others.
    pub key: &'a AssignmentKey,
    /// Whether the Job is named after this very try.
    pub is_own_job: bool,
    /// The Job.
    pub job: Option<&'a ObservedJob>,
    /// Whether the Job was there before, where it is not now.
    pub job_was_seen: bool,
    /// Its Pods.
    pub pods: &'a [ObservedPod],
    /// The Job controller's words for why it makes no Pod.
    pub failed_create: Option<&'a str>,
    /// What the Pod says of the document.
    pub work: &'a Work,
    /// The document's time limit, in seconds.
    pub timeout_seconds: i64,
    /// For how long the try has been assigned.
    pub assigned_for: SignedDuration,
}

/// How often it is looked again where nobody tells of a change.
const LOOK_INTERVAL: SignedDuration = SignedDuration::from_secs(30);
/// A Job that was decided is there after so long, or will not come.
const CREATION: SignedDuration = SignedDuration::from_secs(10);
/// The exit status of a container that was ended by SIGKILL.
const KILLED: i32 = 128 + 9;
/// How soon it is looked again where a Pod is missing.
const SOON: SignedDuration = SignedDuration::from_secs(1);

/// Judges a try.
pub fn judge(case: &Case<'_>, timeouts: &Timeouts, now: Timestamp) -> Verdict {
    if let Some(job) = case.job
        && job.first_uid != case.key.uid
        && (case.is_own_job || !job.standing)
    {
        return Verdict::Foreign(format!("the Job {} belongs to another resource", job.name));
    }
    match &case.work.ended {
        Some(EndedOutcome::Refused(why)) => {
            let message = format!(
                "the encoder may not write its report, so its RoleBinding or the admission policy is amiss: {why}"
            );
            return Verdict::Failed(Failure::new(Reason::Misconfigured, message, None));
        }
        // What it committed is found by the next try.
        Some(EndedOutcome::Undelivered(why)) => {
            return Verdict::Disrupted(format!("the encoder could not deliver its report: {why}"));
        }
        // Somebody who knew less than the resource told it to. Its Pod may have ended since.
        Some(EndedOutcome::Dropped) => {
            return Verdict::Returned("its encoder has let go of it".to_owned());
        }
        _ => {}
    }
    let live = case
        .pods
        .iter()
        .find(|pod| !pod.ended && !is_lost(pod, timeouts, now));
    if let Some(pod) = live {
        return of_live_pod(case, pod, timeouts, now);
    }
    if let Some(pod) = case.pods.iter().find(|pod| !pod.ended) {
        return taken(case, Some(pod), "its node was lost");
    }
    if let Some(pod) = case.pods.first() {
        return of_ended_pod(case, pod);
    }
    without_pod(case)
}

/// Whether a Pod should be gone for so long that its node is taken for lost.
pub fn is_lost(pod: &ObservedPod, timeouts: &Timeouts, now: Timestamp) -> bool {
    pod.gone_by
        .is_some_and(|by| now.duration_since(by) >= timeouts.lost_node)
}

fn of_live_pod(case: &Case<'_>, pod: &ObservedPod, timeouts: &Timeouts, now: Timestamp) -> Verdict {
    if let Some(by) = pod.gone_by {
        // It may still report: what is said of it is said when it is gone.
        let left = timeouts.lost_node - now.duration_since(by);
        return Verdict::Runs(left.max(SOON));
    }
    if pod.container != Container::Running {
        let problem = start::problem(pod, timeouts, now);
        let overdue_in = timeouts.start - now.duration_since(pod.created);
        let look = if overdue_in.is_positive() {
            overdue_in
        } else {
            LOOK_INTERVAL
        };
        return Verdict::Starts(problem, look.max(SOON));
    }
    let mut look = LOOK_INTERVAL;
    if let Some(working_for) = case.work.working_for {
        let Some(remaining) = super::deadline::remaining(working_for, case.timeout_seconds) else {
            let message = format!(
                "the attempt took longer than its {} seconds",
                case.timeout_seconds
            );
            return Verdict::Overdue(Failure::new(Reason::DeadlineExceeded, message, None));
        };
        look = look.min(remaining);
    }
    let stands = case.job.map_or(pod.standing, |job| job.standing);
    if stands
        && case.work.working_for.is_none()
        && let Some(quiet) = case.work.quiet_for.filter(|quiet| *quiet >= timeouts.progress)
    {
        // It was not worked on, so it is not to blame.
        let seconds = quiet.as_secs();
        return Verdict::Returned(format!("its encoder has asked for nothing for {seconds} seconds"));
    }
    let silence = case.work.silent_for.max(case.work.quiet_for);
    if let Some(silence) = silence {
        let left = timeouts.progress - silence;
        if !left.is_positive() {
            let message = format!(
                "the encoder gave no sign of life for {} seconds",
                silence.as_secs()
            );
            return Verdict::Overdue(Failure::new(Reason::NoProgress, message, None));
        }
        look = look.min(left);
    }
    Verdict::Runs(look.max(SOON))
}

fn of_ended_pod(case: &Case<'_>, pod: &ObservedPod) -> Verdict {
    let stands = case.job.map_or(pod.standing, |job| job.standing);
    let is_to_blame = match &pod.worked_on {
        Some(key) => key == case.key,
        // It left no last words: what it said when it last asked counts.
        None => !stands || case.work.working_for.is_some(),
    };
    match &pod.container {
        // The word stays with the container when only a child of the encoder was killed, and that was reported.
        Container::Terminated { exit_code, reason }
            if reason == "OOMKilled" && !(stands && ended_in_order(*exit_code)) =>
        {
            if !is_to_blame {
                return not_to_blame(pod, "its encoder ran out of memory");
            }
            let message = format!(
                "the encoder was killed for using more memory than its limit (exit status {exit_code})"
            );
            failed(Reason::OutOfMemory, message, *exit_code)
        }
        _ if pod.disrupted.is_some() => taken(case, Some(pod), pod.disrupted.as_deref().unwrap_or_default()),
        Container::Terminated { exit_code, .. } if *exit_code == ExitCode::TryAgain.code() => {
            taken(case, Some(pod), "its encoder was told to stop")
        }
        // Nothing in a document can send the encoder this signal: its parser is a process of its own, without rights. Somebody did, or a node without memory.
        Container::Terminated {
            exit_code: KILLED, ..
        } => taken(case, Some(pod), "its encoder was killed"),
        Container::Terminated { exit_code: 0, .. } if stands => {
            Verdict::Returned("its encoder ended before it took the document".to_owned())
        }
        Container::Terminated { exit_code, reason } => {
            if !is_to_blame {
                return not_to_blame(pod, "its encoder ended without a report");
            }
            let message = format!("the encoder ended without a report (exit status {exit_code}, {reason})");
            failed(Reason::from_exit_code(*exit_code), message, *exit_code)
        }
        _ => taken(case, Some(pod), "its Pod ended without having run"),
    }
}

/// Whether a Pod of several documents ended as one does that is told to, or that is not needed any more.
fn ended_in_order(exit_code: i32) -> bool {
    exit_code == 0 || exit_code == ExitCode::TryAgain.code()
}

/// Another document is to blame, or nobody knows which.
fn not_to_blame(pod: &ObservedPod, what: &str) -> Verdict {
    if pod.worked_on.is_some() {
        Verdict::Returned(format!("{what} over another document"))
    } else {
        Verdict::Disrupted(what.to_owned())
    }
}

/// The Pod was taken away from outside.
fn taken(case: &Case<'_>, pod: Option<&ObservedPod>, why: &str) -> Verdict {
    let worked_on = pod.and_then(|pod| pod.worked_on.as_ref());
    let was_begun = match worked_on {
        Some(key) => key == case.key,
        None => case.is_own_job || case.work.working_for.is_some(),
    };
    if was_begun {
        Verdict::Disrupted(why.to_owned())
    } else {
        Verdict::Returned(why.to_owned())
    }
}

fn without_pod(case: &Case<'_>) -> Verdict {
    let Some(job) = case.job else {
        return match (case.is_own_job, case.job_was_seen) {
            (true, false) => Verdict::NotCreated,
            // It was handed to a Job that is just being created.
            (false, false) if case.assigned_for < CREATION => Verdict::Starts(None, SOON),
            _ => taken(case, None, "the Job is gone"),
        };
    };
    match &job.end {
        None if job.deleting => taken(case, None, "the Job was deleted"),
        None => {
            let refused = case.failed_create.map(|words| {
                let message = format!("the cluster refuses the encoder's Pod: {words}");
                StartProblem::Refused(Failure::new(Reason::QuotaDenied, message, None))
            });
            // Where it had a Pod, that one's end is on its way; where it is Kueue's turn, Kueue takes its time.
            let look = if job.lacks_a_pod() { SOON } else { LOOK_INTERVAL };
            Verdict::Starts(refused, look)
        }
        Some(JobEnd::Failed { reason, message }) if job.standing || is_disruption(reason, message) => {
            taken(case, None, &format!("{reason}: {message}"))
        }
        Some(JobEnd::Failed { reason, message }) => {
            let message = format!("the Job failed without a report: {reason}: {message}");
            Verdict::Failed(Failure::new(Reason::EncoderCrashed, message, None))
        }
        Some(JobEnd::Succeeded) if job.standing => {
            Verdict::Returned("its encoder ended before it took the document".to_owned())
        }
        Some(JobEnd::Succeeded) => {
            let message = "the Job succeeded without a report";
            Verdict::Failed(Failure::new(Reason::OutputMissing, message, None))
        }
    }
}

/// Whether the Job controller says that the Pod was taken away: by our own rule for disruptions in its failure policy, or as the encoder
/// ended as one does that is told to stop. Its Pod may be gone before anybody has looked at it.
fn is_disruption(reason: &str, message: &str) -> bool {
    let told_to_stop = format!("failed with exit code {} ", ExitCode::TryAgain.code());
    reason == "PodFailurePolicy" && (message.contains("DisruptionTarget") || message.contains(&told_to_stop))
}

fn failed(reason: Reason, message: String, exit_code: i32) -> Verdict {
    let mut failure = Failure::new(reason, message, None);
    failure.exit_code = Some(exit_code);
    Verdict::Failed(failure)
}

#[cfg(test)]
mod tests;
