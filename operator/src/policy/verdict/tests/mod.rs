//! One test for each judgement, by what there is of the Pod.

mod ended;
mod live;
mod without_pod;

use super::*;
use crate::testing;

const STANDING_JOB: &str = "enc-standing";

fn timeouts() -> Timeouts {
    testing::settings().timeouts
}

fn later(seconds: i64) -> Timestamp {
    testing::now() + SignedDuration::from_secs(seconds)
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// What is judged, with nothing borrowed.
#[derive(Clone)]
struct Scene {
    is_own_job: bool,
    job: Option<ObservedJob>,
    job_was_seen: bool,
    pods: Vec<ObservedPod>,
    failed_create: Option<String>,
    work: Work,
}

impl Scene {
    /// A try in a Job of its own that has these Pods.
    fn own(pods: &[ObservedPod]) -> Self {
        Self {
            is_own_job: true,
            job: Some(testing::job()),
            job_was_seen: true,
            pods: pods.to_vec(),
            failed_create: None,
            work: Work::default(),
        }
    }

    /// A try in a Job that began with another document and has these Pods.
    fn shared(pods: &[ObservedPod]) -> Self {
        Self {
            is_own_job: false,
            job: Some(standing_job()),
            ..Self::own(pods)
        }
    }

    fn job(mut self, change: impl FnOnce(&mut ObservedJob)) -> Self {
        change(self.job.as_mut().unwrap());
        self
    }

    fn ended(self, reason: &str, message: &str) -> Self {
        let end = JobEnd::Failed {
            reason: reason.into(),
            message: message.into(),
        };
        self.job(|job| job.end = Some(end))
    }

    fn work(self, work: Work) -> Self {
        Self { work, ..self }
    }

    fn judged_at(&self, seconds: i64) -> Verdict {
        let case = Case {
            key: &testing::key(),
            is_own_job: self.is_own_job,
            job: self.job.as_ref(),
            job_was_seen: self.job_was_seen,
            pods: &self.pods,
            failed_create: self.failed_create.as_deref(),
            work: &self.work,
            timeout_seconds: 60,
            assigned_for: SignedDuration::from_secs(60),
        };
        judge(&case, &timeouts(), later(seconds))
    }

    fn judged(&self) -> Verdict {
        self.judged_at(0)
    }
}

fn standing_job() -> ObservedJob {
    ObservedJob {
        name: STANDING_JOB.into(),
        first_uid: "other".into(),
        standing: true,
        has_pods: true,
        ..testing::job()
    }
}

fn running() -> ObservedPod {
    ObservedPod {
        container: Container::Running,
        ..testing::pod()
    }
}

fn standing(pod: ObservedPod) -> ObservedPod {
    ObservedPod {
        job_name: STANDING_JOB.into(),
        first_uid: "other".into(),
        standing: true,
        ..pod
    }
}

fn terminated(exit_code: i32, reason: &str) -> ObservedPod {
    let container = Container::Terminated {
        exit_code,
        reason: reason.into(),
    };
    ObservedPod {
        container,
        ended: true,
        ..testing::pod()
    }
}

fn worked_on(uid: &str, pod: ObservedPod) -> ObservedPod {
    let key = AssignmentKey {
        uid: uid.into(),
        ..testing::key()
    };
    ObservedPod {
        worked_on: Some(key),
        ..pod
    }
}

fn reason(verdict: &Verdict) -> Option<Reason> {
    match verdict {
        Verdict::Failed(failure) | Verdict::Overdue(failure) => Some(failure.reason),
        _ => None,
    }
}

fn is_disrupted(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Disrupted(_))
}

fn is_returned(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Returned(_))
}
