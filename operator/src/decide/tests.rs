//! One test for each decision, and one that a decision carried out is not taken again.

use crds::{Report, ResultSummary};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::*;
use crate::{
    observe::{Container, JobEnd, ObservedJob, ObservedPod},
    testing,
    validate::{self, source::ObservedSource},
};

/// A new resource, observed.
fn new() -> Observed {
    Observed {
        encoding: testing::encoding(),
        surroundings: testing::surroundings(),
        job: None,
        pods: Vec::new(),
        next_job: None,
        encoding_now: 0,
    }
}

fn decided_at(observed: &Observed, settings: &Settings, now: Timestamp) -> Decision {
    let validated = validate::validate(&observed.encoding, &observed.surroundings, settings);
    decide(observed, &validated, settings, now)
}

fn decided(observed: &Observed) -> Decision {
    decided_at(observed, &testing::settings(), testing::now())
}

/// What is observed once the decision is carried out.
fn after(mut observed: Observed, decision: &Decision) -> Observed {
    for action in &decision.actions {
        match action {
            Action::CreateJob(beginning) => {
                let name = job::name(&observed.encoding, *beginning);
                observed.job = Some(ObservedJob {
                    name,
                    ..testing::job()
                });
            }
            Action::DeleteJob(_) => (observed.job, observed.next_job) = (None, None),
            Action::AddFinalizer => observed
                .encoding
                .finalizers_mut()
                .push(labels::ARCHIVE_FINALIZER.into()),
            Action::RemoveFinalizer => observed.encoding.finalizers_mut().clear(),
            Action::DeleteEncoding => {}
        }
    }
    if let Some(status) = &decision.status {
        let before = observed.encoding.status.take();
        let value = serde_json::to_value(status).unwrap();
        let mut whole: crds::DocumentEncodingStatus = serde_json::from_value(value).unwrap();
        whole.report = before.and_then(|before| before.report);
        observed.encoding.status = Some(whole);
    }
    observed
}

/// A resource whose first attempt runs.
fn processing() -> Observed {
    after(new(), &decided(&new()))
}

fn prefix() -> String {
    keys::encoding_prefix(
        &crds::Owner::Namespace(testing::NAMESPACE.into()),
        testing::UID,
        testing::UID,
    )
}

fn reported(mut observed: Observed, result: Option<ResultSummary>, failure: Option<Failure>) -> Observed {
    let status = observed.encoding.status.as_mut().unwrap();
    let attempt = status.attempt.unwrap();
    status.report = Some(Report {
        attempt,
        pod_uid: "pod".into(),
        result,
        failure,
    });
    observed
}

fn failed_with(observed: Observed, reason: Reason) -> Observed {
    reported(observed, None, Some(Failure::new(reason, "words", None)))
}

fn ready() -> Observed {
    let done = reported(processing(), Some(testing::result(&prefix())), None);
    after(done.clone(), &decided(&done))
}

fn phase(decision: &Decision) -> Option<Phase> {
    decision.status.as_ref().and_then(|status| status.phase)
}

fn reason(decision: &Decision) -> Option<Reason> {
    decision
        .status
        .as_ref()?
        .failure
        .as_ref()
        .map(|failure| failure.reason)
}

fn later(seconds: i64) -> Timestamp {
    testing::now() + SignedDuration::from_secs(seconds)
}

fn ended(mut observed: Observed, reason: &str, message: &str) -> Observed {
    let end = Some(JobEnd::Failed {
        reason: reason.into(),
        message: message.into(),
    });
    observed.job = observed.job.map(|job| ObservedJob { end, ..job });
    observed
}

#[test]
fn a_new_resource_gets_a_job() {
    let decision = decided(&new());
    let beginning = Beginning {
        attempt: 1,
        disruptions: 0,
        memory: 512 << 20,
    };
    assert_eq!(decision.actions, [Action::CreateJob(beginning)]);
    assert_eq!(phase(&decision), Some(Phase::Processing));
    let status = decision.status.unwrap();
    assert_eq!(status.job_name, Some(crds::job::name(testing::UID, 1, 0)));
    assert_eq!((status.attempt, status.disruptions), (Some(1), Some(0)));
    assert!(status.start_time.is_some());
}

#[test]
fn a_decision_carried_out_is_not_taken_again() {
    let cancelled = {
        let mut observed = processing();
        observed.encoding.spec.cancelled = true;
        after(observed.clone(), &decided(&observed))
    };
    let retrying = {
        let observed = failed_with(processing(), Reason::EncodingError);
        after(observed.clone(), &decided(&observed))
    };
    let suspended = {
        let mut observed = processing();
        observed.encoding.spec.suspend = true;
        after(observed.clone(), &decided(&observed))
    };
    for observed in [processing(), ready(), cancelled, retrying, suspended] {
        let decision = decided(&observed);
        assert_eq!(decision.actions, [], "{observed:?}");
        let before = OperatorStatus::of(observed.encoding.status.as_ref());
        assert!(
            decision.status.is_none_or(|status| status == before),
            "{observed:?}"
        );
    }
}

#[test]
fn a_committed_result_makes_it_ready_at_once() {
    let observed = reported(processing(), Some(testing::result(&prefix())), None);
    let decision = decided(&observed);
    assert_eq!(phase(&decision), Some(Phase::Ready));
    let status = decision.status.unwrap();
    assert!(status.result.is_some() && status.failure.is_none() && status.completion_time.is_some());
}

#[test]
fn bad_input_fails_at_once_and_its_job_is_ended() {
    let decision = decided(&failed_with(processing(), Reason::Malformed));
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Failed), Some(Reason::Malformed))
    );
    assert_eq!(
        decision.actions,
        [Action::DeleteJob(crds::job::name(testing::UID, 1, 0))]
    );
}

#[test]
fn a_failure_that_may_pass_is_followed_by_another_attempt_after_a_pause() {
    let observed = failed_with(processing(), Reason::StoreUnavailable);
    let decision = decided(&observed);
    assert_eq!(phase(&decision), Some(Phase::Pending));
    assert_eq!(decision.look_again, Some(SignedDuration::from_secs(5)));
    let waiting = after(observed, &decision);
    let settings = testing::settings();
    assert_eq!(
        decided_at(&waiting, &settings, later(2)).look_again,
        Some(SignedDuration::from_secs(3))
    );
    let next = decided_at(&waiting, &settings, later(5));
    assert_eq!(
        next.actions,
        [Action::CreateJob(Beginning {
            attempt: 2,
            disruptions: 0,
            memory: 512 << 20
        })]
    );
    assert_eq!(next.status.unwrap().retry_time, None);
}

#[test]
fn after_running_out_of_memory_the_next_attempt_gets_more() {
    let observed = failed_with(processing(), Reason::OutOfMemory);
    let waiting = after(observed.clone(), &decided(&observed));
    let next = decided_at(&waiting, &testing::settings(), later(5));
    assert_eq!(
        next.actions,
        [Action::CreateJob(Beginning {
            attempt: 2,
            disruptions: 0,
            memory: 1 << 30
        })]
    );
}

#[test]
fn the_last_attempt_is_final() {
    let mut observed = processing();
    observed.encoding.spec.max_attempts = 1;
    let decision = decided(&failed_with(observed, Reason::EncodingError));
    assert_eq!(phase(&decision), Some(Phase::Failed));
}

#[test]
fn a_report_of_an_earlier_attempt_says_nothing() {
    let observed = failed_with(processing(), Reason::StoreUnavailable);
    let waiting = after(observed.clone(), &decided(&observed));
    let second = after(
        waiting.clone(),
        &decided_at(&waiting, &testing::settings(), later(5)),
    );
    assert_eq!(decided_at(&second, &testing::settings(), later(6)).actions, []);
}

#[test]
fn a_disruption_costs_no_attempt_but_changes_the_jobs_name() {
    let lost = Observed {
        job: None,
        ..processing()
    };
    let evicted = ended(
        processing(),
        "PodFailurePolicy",
        "Pod has condition DisruptionTarget matching FailJob rule",
    );
    for observed in [lost, evicted] {
        let decision = decided(&observed);
        assert_eq!(
            decision.actions,
            [Action::CreateJob(Beginning {
                attempt: 1,
                disruptions: 1,
                memory: 512 << 20
            })]
        );
        assert_eq!(
            decision.status.unwrap().job_name,
            Some(crds::job::name(testing::UID, 1, 1))
        );
    }
}

#[test]
fn disruptions_without_end_are_a_failed_attempt() {
    let mut observed = Observed {
        job: None,
        ..processing()
    };
    observed.encoding.status.as_mut().unwrap().disruptions = Some(retry::MAX_DISRUPTIONS);
    assert_eq!(reason(&decided(&observed)), Some(Reason::Evicted));
}

#[test]
fn a_job_that_ends_without_a_report_fails_the_attempt() {
    let decision = decided(&ended(processing(), "BackoffLimitExceeded", ""));
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Pending), Some(Reason::EncoderCrashed))
    );
}

#[test]
fn another_resources_job_is_not_touched() {
    let mut observed = processing();
    observed.job = observed.job.map(|job| ObservedJob {
        owner_uids: vec!["other".into()],
        ..job
    });
    observed.encoding.spec.cancelled = true;
    assert_eq!(decided(&observed).actions, []);
}

#[test]
fn an_attempt_past_its_time_is_ended() {
    let mut observed = processing();
    observed.encoding.spec.timeout_seconds = 60;
    observed.job = observed.job.map(|job| ObservedJob {
        has_pods: true,
        created: later(60),
        ..job
    });
    let decision = decided_at(&observed, &testing::settings(), later(75));
    assert_eq!(reason(&decision), Some(Reason::DeadlineExceeded));
    assert!(matches!(decision.actions[..], [Action::DeleteJob(_)]));
    let before = decided_at(&observed, &testing::settings(), later(70));
    assert_eq!(before.look_again, Some(SignedDuration::from_secs(5)));
}

#[test]
fn cancelling_ends_it_whatever_it_did() {
    for mut observed in [
        new(),
        processing(),
        failed_with(processing(), Reason::EncodingError),
    ] {
        observed.encoding.spec.cancelled = true;
        let decision = decided(&observed);
        assert_eq!(
            (phase(&decision), reason(&decision)),
            (Some(Phase::Cancelled), Some(Reason::Cancelled))
        );
        assert_eq!(decision.actions.len(), usize::from(observed.job.is_some()));
    }
}

#[test]
fn a_job_that_the_status_does_not_name_yet_is_ended_too() {
    // It was made, and then the status could not be written.
    let unnamed = |attempt, disruptions, before: Observed| Observed {
        next_job: Some(ObservedJob {
            name: crds::job::name(testing::UID, attempt, disruptions),
            ..testing::job()
        }),
        ..before
    };
    let lost = Observed {
        job: None,
        ..processing()
    };
    for (observed, attempt, disruptions) in [(unnamed(1, 0, new()), 1, 0), (unnamed(1, 1, lost), 1, 1)] {
        let expected = [Action::DeleteJob(crds::job::name(
            testing::UID,
            attempt,
            disruptions,
        ))];
        let mut cancelled = observed.clone();
        cancelled.encoding.spec.cancelled = true;
        assert_eq!(decided(&cancelled).actions, expected);
        let mut suspended = observed.clone();
        suspended.encoding.spec.suspend = true;
        assert_eq!(decided(&suspended).actions, expected);
        let mut foreign = cancelled;
        foreign.next_job.as_mut().unwrap().owner_uids = vec!["other".into()];
        assert_eq!(decided(&foreign).actions, []);
    }
}

#[test]
fn a_pod_that_should_have_started_says_why_it_has_not_until_it_has() {
    let settings = testing::settings();
    let with_pod = |observed: &Observed, pod: ObservedPod| Observed {
        pods: vec![pod],
        ..observed.clone()
    };
    let without_room = ObservedPod {
        unschedulable: Some("Unschedulable: 0/1 nodes are available".into()),
        ..testing::pod()
    };
    let waiting = with_pod(&processing(), without_room);
    let early = decided_at(&waiting, &settings, later(1));
    assert_eq!(
        (early.status, early.look_again),
        (None, Some(SignedDuration::from_secs(119)))
    );

    let late = decided_at(&waiting, &settings, later(120));
    assert_eq!(late.look_again, Some(settings.start_timeout));
    assert_eq!(phase(&late), Some(Phase::Processing));
    let message = |decision: &Decision| {
        let conditions = &decision.status.as_ref().unwrap().conditions;
        let found = conditions
            .iter()
            .find(|each| each.type_ == condition::RECONCILING);
        found
            .map(|each| (each.reason.clone(), each.message.clone()))
            .unwrap()
    };
    assert_eq!(message(&late).0, "NotStarted");
    assert!(message(&late).1.contains("0/1 nodes are available"));

    let running = ObservedPod {
        container: Container::Running,
        ..testing::pod()
    };
    let started = with_pod(&after(waiting.clone(), &late), running);
    let going = decided_at(&started, &settings, later(240));
    assert_eq!(message(&going).0, "JobCreated");
    assert_eq!(
        decided_at(&after(started, &going), &settings, later(241)).status,
        None
    );

    let too_late = decided_at(&waiting, &settings, later(3600 + 15));
    assert_eq!(reason(&too_late), Some(Reason::DeadlineExceeded));
    assert!(
        too_late
            .status
            .unwrap()
            .failure
            .unwrap()
            .message
            .contains("0/1 nodes are available")
    );
}

#[test]
fn suspending_ends_the_job_and_resuming_begins_the_attempt_anew() {
    let mut observed = processing();
    observed.encoding.spec.suspend = true;
    let decision = decided(&observed);
    assert_eq!(phase(&decision), Some(Phase::Queued));
    assert!(matches!(decision.actions[..], [Action::DeleteJob(_)]));
    let mut resumed = after(observed, &decision);
    resumed.encoding.spec.suspend = false;
    let again = Beginning {
        attempt: 1,
        disruptions: 1,
        memory: 512 << 20,
    };
    assert_eq!(decided(&resumed).actions, [Action::CreateJob(again)]);
    let mut never_began = new();
    never_began.encoding.spec.suspend = true;
    assert_eq!(decided(&never_began).actions, []);
}

#[test]
fn a_persons_mistake_is_final() {
    for (source, expected) in [
        (ObservedSource::Absent, Reason::SourceNotFound),
        (ObservedSource::Unlabelled, Reason::InvalidSpec),
    ] {
        let mut observed = new();
        observed.surroundings.source = source;
        let decision = decided(&observed);
        assert_eq!(
            (phase(&decision), reason(&decision)),
            (Some(Phase::Failed), Some(expected))
        );
    }
}

#[test]
fn a_job_the_cluster_refuses_is_a_failed_attempt() {
    let (observed, settings) = (new(), testing::settings());
    let beginning = Beginning {
        attempt: 1,
        disruptions: 0,
        memory: 1,
    };
    let quota = Refusal::Forbidden("exceeded quota".into());
    let decision = refused(&observed, beginning, &quota, &settings, testing::now());
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Pending), Some(Reason::QuotaDenied))
    );
    let status = decision.status.unwrap();
    assert_eq!(status.attempt, Some(1));
    // What an encoder said before is not of this attempt.
    assert_eq!(status.attempt_start_time, Some(clock::stored(testing::now())));
}

#[test]
fn a_job_that_cannot_be_is_the_persons_mistake() {
    let (observed, settings) = (new(), testing::settings());
    let beginning = Beginning {
        attempt: 1,
        disruptions: 0,
        memory: 1,
    };
    let impossible = Refusal::Invalid("spec.template: Invalid value".into());
    let decision = refused(&observed, beginning, &impossible, &settings, testing::now());
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Failed), Some(Reason::InvalidSpec))
    );
}

#[test]
fn beyond_the_limit_a_document_waits() {
    let settings = Settings {
        max_concurrent: Some(1),
        ..testing::settings()
    };
    let waiting = Observed {
        encoding_now: 1,
        ..new()
    };
    let decision = decided_at(&waiting, &settings, testing::now());
    assert_eq!(
        (decision.actions.as_slice(), phase(&decision)),
        ([].as_slice(), Some(Phase::Queued))
    );
    let its_turn = Observed {
        encoding_now: 0,
        ..after(waiting, &decision)
    };
    assert!(matches!(
        decided_at(&its_turn, &settings, testing::now()).actions[..],
        [Action::CreateJob(_)]
    ));
}

#[test]
fn a_finished_resource_goes_when_its_time_is_over() {
    let observed = ready();
    let day = SignedDuration::from_secs(86_400);
    assert_eq!(decided(&observed).look_again, Some(day));
    assert_eq!(
        decided_at(&observed, &testing::settings(), testing::now() + day).actions,
        [Action::DeleteEncoding]
    );
}

#[test]
fn with_an_api_in_use_a_finished_resource_is_held_until_it_is_archived() {
    let settings = Settings {
        api_in_use: true,
        ..testing::settings()
    };
    let first = decided_at(&new(), &settings, testing::now());
    assert_eq!(first.actions[0], Action::AddFinalizer);
    // Also where it ends before there is a Job.
    let mut absent = new();
    absent.surroundings.source = ObservedSource::Absent;
    let ended = decided_at(&absent, &settings, testing::now());
    assert_eq!(
        (ended.actions.as_slice(), phase(&ended)),
        ([Action::AddFinalizer].as_slice(), Some(Phase::Failed))
    );
    let mut observed = ready();
    observed
        .encoding
        .finalizers_mut()
        .push(labels::ARCHIVE_FINALIZER.into());
    observed.encoding.metadata.deletion_timestamp = Some(Time(testing::now()));
    let held = decided_at(&observed, &settings, testing::now());
    assert_eq!(
        (held.actions.as_slice(), held.look_again),
        ([].as_slice(), Some(settings.archive_timeout))
    );
    let timed_out = decided_at(&observed, &settings, later(3600));
    assert_eq!(timed_out.actions, [Action::RemoveFinalizer]);
    observed
        .encoding
        .status
        .as_mut()
        .unwrap()
        .conditions
        .push(Condition {
            type_: condition::ARCHIVED.into(),
            status: "True".into(),
            reason: "Mirrored".into(),
            message: String::new(),
            last_transition_time: Time(testing::now()),
            observed_generation: None,
        });
    assert_eq!(
        decided_at(&observed, &settings, testing::now()).actions,
        [Action::RemoveFinalizer]
    );
}

#[test]
fn a_resource_deleted_before_it_finished_is_let_go() {
    let settings = Settings {
        api_in_use: true,
        ..testing::settings()
    };
    let mut observed = processing();
    observed
        .encoding
        .finalizers_mut()
        .push(labels::ARCHIVE_FINALIZER.into());
    observed.encoding.metadata.deletion_timestamp = Some(Time(testing::now()));
    assert_eq!(
        decided_at(&observed, &settings, testing::now()).actions,
        [Action::RemoveFinalizer]
    );
}

#[test]
fn labels_elsewhere_change_nothing() {
    let mut observed = processing();
    observed
        .encoding
        .labels_mut()
        .insert(labels::TENANT.into(), "forged".into());
    assert_eq!(decided(&observed).actions, []);
}
