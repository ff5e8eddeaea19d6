//! What the tests of the decisions start from: a resource at each stage of its life, and short ways to ask a decision.

use super::*;

/// The Job that works for other documents too.
pub(super) const STANDING_JOB: &str = "enc-standing";

/// A new resource that the queue has not spoken of.
pub(super) fn new() -> Observed {
    let mut encoding = testing::encoding();
    encoding.metadata.creation_timestamp = Some(Time(testing::now()));
    Observed {
        encoding,
        surroundings: testing::surroundings(),
        job: None,
        job_was_seen: false,
        pods: Vec::new(),
        failed_create: None,
        others_run: false,
        holders: Vec::new(),
        held_for: None,
        learned_memory: None,
        work: Work::default(),
        turn: None,
        blocked: None,
        is_blocked: false,
    }
}

/// A new resource of a tenant's, whose source is an object.
pub(super) fn shareable() -> Observed {
    let mut observed = new();
    let source = serde_json::json!({"object": {"key": "tenants/t1/documents/d/source"}, "fileName": "a.txt"});
    observed.encoding.spec.source = serde_json::from_value(source).unwrap();
    let labels = &mut observed.surroundings.namespace_labels;
    labels.insert(crds::labels::TENANT.into(), "t1".into());
    observed
}

pub(super) fn given(turn: Turn, observed: Observed) -> Observed {
    Observed {
        turn: Some(turn),
        ..observed
    }
}

pub(super) fn its_turn(observed: Observed) -> Observed {
    given(Turn::StartJob, observed)
}

pub(super) fn later(seconds: i64) -> Timestamp {
    testing::now() + SignedDuration::from_secs(seconds)
}

pub(super) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// The decision, with the validation that a pass gives it.
pub(super) fn decided_with(observed: &Observed, settings: &Settings, now: Timestamp) -> Decision {
    let (encoding, surroundings) = (&observed.encoding, &observed.surroundings);
    let is_assigned = encoding
        .status
        .as_ref()
        .is_some_and(|status| status.job_name.is_some());
    let validated = if is_assigned {
        validate::validate_assigned(encoding, surroundings, settings)
    } else {
        validate::validate(encoding, surroundings, settings)
    };
    decide(observed, &validated, settings, now)
}

pub(super) fn decided_at(observed: &Observed, seconds: i64) -> Decision {
    decided_with(observed, &testing::settings(), later(seconds))
}

pub(super) fn decided(observed: &Observed) -> Decision {
    decided_at(observed, 0)
}

/// What is observed once the decision is carried out. What a Job's Pods do then is not the decision's.
pub(super) fn after(mut observed: Observed, decision: &Decision) -> Observed {
    if let Some(status) = &decision.status {
        status.apply_to(observed.encoding.status.get_or_insert_default());
        let is_assigned = status.job_name.is_some();
        if !is_assigned || status.is_finished() {
            (observed.job, observed.pods, observed.work) = (None, Vec::new(), Work::default());
        }
        if status.is_finished() {
            observed.holders = Vec::new();
        }
        if is_assigned || decision.turn != TurnOutcome::Kept {
            observed.turn = None;
        }
    }
    for action in &decision.actions {
        match action {
            Action::CreateJob(plan) => {
                observed.job_was_seen = true;
                observed.job = Some(ObservedJob {
                    name: plan.name.clone(),
                    standing: plan.standing,
                    ..testing::job()
                });
            }
            Action::DeleteJob { uid, .. } => {
                let of_job = observed.job.iter_mut().filter(|job| job.uid == *uid);
                of_job.for_each(|job| job.deleting = true);
                let holders = observed.holders.iter_mut().map(|holder| &mut holder.pod);
                let of_job = holders.filter(|pod| pod.job_uid == *uid);
                of_job.for_each(|pod| pod.gone_by = Some(later(30)));
            }
            Action::AddFinalizer => {
                let finalizers = observed.encoding.finalizers_mut();
                finalizers.push(crds::labels::ARCHIVE_FINALIZER.into());
            }
            Action::RemoveFinalizer => observed.encoding.finalizers_mut().clear(),
            Action::Block { .. } => observed.is_blocked = true,
            Action::NoRoom { .. } | Action::DeleteEncoding => {}
        }
    }
    observed
}

/// The decision, carried out at that second.
pub(super) fn passed(observed: Observed, seconds: i64) -> Observed {
    let decision = decided_at(&observed, seconds);
    after(observed, &decision)
}

/// A resource whose first Job has just been made.
pub(super) fn processing() -> Observed {
    passed(its_turn(new()), 0)
}

/// The Pod is there and holds the document.
pub(super) fn with_pod(observed: Observed, pod: ObservedPod) -> Observed {
    let holder = Holder {
        pod: pod.clone(),
        holding: Holding::Maybe,
    };
    Observed {
        pods: vec![pod],
        holders: vec![holder],
        ..observed
    }
}

pub(super) fn running_pod() -> ObservedPod {
    ObservedPod {
        container: Container::Running,
        ..testing::pod()
    }
}

/// A resource whose first attempt runs in a Job of its own.
pub(super) fn running() -> Observed {
    with_pod(processing(), running_pod())
}

pub(super) fn standing_job() -> ObservedJob {
    ObservedJob {
        name: STANDING_JOB.into(),
        uid: "standing".into(),
        first_uid: "other".into(),
        standing: true,
        has_pods: true,
        ..testing::job()
    }
}

pub(super) fn standing_pod() -> ObservedPod {
    ObservedPod {
        name: format!("{STANDING_JOB}-abcde"),
        uid: "standing-pod".into(),
        job_name: STANDING_JOB.into(),
        job_uid: "standing".into(),
        first_uid: "other".into(),
        standing: true,
        ..running_pod()
    }
}

/// A resource whose first attempt runs in a Job that works for others too.
pub(super) fn sharing() -> Observed {
    let turn = Turn::HandTo {
        job: STANDING_JOB.into(),
    };
    let handed = Observed {
        job: Some(standing_job()),
        job_was_seen: true,
        ..passed(given(turn, shareable()), 0)
    };
    with_pod(handed, standing_pod())
}

/// No Pod holds it any more.
pub(super) fn let_go(observed: Observed) -> Observed {
    Observed {
        pods: Vec::new(),
        holders: Vec::new(),
        held_for: None,
        ..observed
    }
}

/// The Pod has ended so.
pub(super) fn ended(observed: Observed, pod: ObservedPod, exit_code: i32, reason: &str) -> Observed {
    let container = Container::Terminated {
        exit_code,
        reason: reason.into(),
    };
    let pod = ObservedPod {
        container,
        ended: true,
        ..pod
    };
    Observed {
        pods: vec![pod],
        ..let_go(observed)
    }
}

pub(super) fn prefix() -> String {
    let owner = crds::Owner::Namespace(testing::NAMESPACE.into());
    keys::encoding_prefix(&owner, testing::UID, testing::UID)
}

pub(super) fn reported(
    mut observed: Observed,
    result: Option<ResultSummary>,
    failure: Option<Failure>,
) -> Observed {
    let status = observed.encoding.status.as_mut().unwrap();
    status.report = Some(Report {
        attempt: status.attempt.unwrap(),
        pod_uid: "pod".into(),
        result,
        failure,
    });
    observed
}

pub(super) fn encoded(observed: Observed) -> Observed {
    reported(observed, Some(testing::result(&prefix())), None)
}

pub(super) fn failed_with(observed: Observed, reason: Reason) -> Observed {
    reported(observed, None, Some(Failure::new(reason, "words", None)))
}

/// Its encoder has ended, and the pause before the next attempt begins.
pub(super) fn between_attempts(reason: Reason) -> Observed {
    let_go(passed(failed_with(running(), reason), 0))
}

pub(super) fn ready() -> Observed {
    let_go(passed(encoded(running()), 0))
}

pub(super) fn phase(decision: &Decision) -> Option<Phase> {
    decision.status.as_ref().and_then(|status| status.phase)
}

pub(super) fn reason(decision: &Decision) -> Option<Reason> {
    let failure = decision.status.as_ref()?.failure.as_ref();
    failure.map(|failure| failure.reason)
}

/// Reason and message of the conditions.
pub(super) fn told(decision: &Decision) -> (&str, &str) {
    let conditions = decision.status.iter().flat_map(|status| &status.conditions);
    let mut reconciling = conditions.filter(|each| each.type_ == condition::RECONCILING);
    reconciling
        .next()
        .map_or(("", ""), |each| (&each.reason, &each.message))
}

/// Attempt, tries and disruptions.
pub(super) fn count(decision: &Decision) -> (u32, u32, u32) {
    let status = decision.status.clone().unwrap();
    let of = Option::unwrap_or_default;
    (of(status.attempt), of(status.tries), of(status.disruptions))
}

pub(super) fn delete(name: &str, uid: &str) -> Action {
    Action::DeleteJob {
        name: name.into(),
        uid: uid.into(),
    }
}

pub(super) fn delete_own_job() -> Action {
    delete(&crds::job::name(testing::UID, 1, 1), "job")
}

/// The Job of this key, of one document.
pub(super) fn create(attempt: u32, tries: u32, disruptions: u32, memory: u64) -> Action {
    Action::CreateJob(JobPlan {
        name: crds::job::name(testing::UID, attempt, tries),
        key: JobKey {
            attempt,
            tries,
            disruptions,
        },
        memory,
        standing: false,
    })
}
