//! Its encoder has reported.

use super::*;

fn asked(mut observed: Observed, change: impl FnOnce(&mut crds::DocumentEncodingSpec)) -> Observed {
    change(&mut observed.encoding.spec);
    observed
}

#[test]
fn a_committed_result_makes_it_ready_at_once_and_ends_no_job() {
    let decision = decided(&encoded(running()));
    assert_eq!(
        (phase(&decision), decision.actions),
        (Some(Phase::Ready), Vec::new())
    );
    let status = decision.status.unwrap();
    assert!(status.result.is_some() && status.failure.is_none() && status.completion_time.is_some());
    assert!(status.job_name.is_some());
}

#[test]
fn a_report_that_has_landed_counts_before_all_that_became_of_its_job() {
    let mut failed = running();
    failed.job.as_mut().unwrap().end = Some(crate::observe::JobEnd::Succeeded);
    let silent = Work {
        working_for: Some(SignedDuration::from_hours(9)),
        silent_for: Some(SignedDuration::from_hours(9)),
        ..Work::default()
    };
    let gone = Observed {
        job: None,
        ..let_go(processing())
    };
    for observed in [
        let_go(failed),
        gone,
        ended(running(), testing::pod(), 137, "OOMKilled"),
        ended(running(), testing::pod(), 0, "Completed"),
        Observed {
            work: silent,
            ..running()
        },
        asked(running(), |spec| spec.suspend = true),
    ] {
        assert_eq!(
            phase(&decided(&encoded(observed.clone()))),
            Some(Phase::Ready),
            "{observed:?}"
        );
    }
    assert_eq!(
        phase(&decided(&asked(let_go(encoded(sharing())), |spec| spec
            .cancelled =
            true))),
        Some(Phase::Cancelled)
    );
}

#[test]
fn whether_it_is_valid_is_asked_after_the_report() {
    let mut observed = encoded(running());
    observed.encoding.spec.resources = serde_json::from_value(serde_json::json!({"memory": "2Gi"})).unwrap();
    let mut settings = testing::settings();
    settings.encoder.memory_cap = 1 << 30;
    settings.queues.clear();
    let (encoding, surroundings) = (&observed.encoding, &observed.surroundings);
    let invalid = validate::validate(encoding, surroundings, &settings);
    assert!(invalid.is_err());
    assert_eq!(
        phase(&decide(&observed, &invalid, &settings, testing::now())),
        Some(Phase::Ready)
    );
}

#[test]
fn a_report_of_an_earlier_attempt_says_nothing() {
    let waiting = between_attempts(Reason::StoreUnavailable);
    assert_eq!(decided_at(&waiting, 2).status, None, "it is dealt with");
    let second = passed(its_turn(waiting), 5);
    let decision = decided_at(&second, 6);
    assert_eq!((decision.status, decision.actions), (None, Vec::new()));
}

#[test]
fn a_report_that_cannot_be_true_fails_the_attempt() {
    let elsewhere = testing::result("namespaces/other/documents/d/encodings/u");
    let decision = decided(&reported(running(), Some(elsewhere), None));
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Pending), Some(Reason::MetadataInvalid))
    );
}

#[test]
fn a_reported_failure_ends_no_job_so_that_its_log_stays() {
    let last = |reason| {
        let mut observed = failed_with(running(), reason);
        observed.encoding.spec.max_attempts = 1;
        decided(&observed)
    };
    for reason in [Reason::Malformed, Reason::EncodingError] {
        let decision = last(reason);
        assert_eq!(
            (phase(&decision), super::reason(&decision)),
            (Some(Phase::Failed), Some(reason))
        );
        assert_eq!(decision.actions, []);
        let job_name = decision.status.unwrap().job_name;
        assert_eq!(
            job_name,
            Some(crds::job::name(testing::UID, 1, 1)),
            "by which its log is found"
        );
    }
    assert_eq!(
        decided(&failed_with(running(), Reason::EncodingError)).actions,
        []
    );
}

#[test]
fn bad_input_is_not_tried_again() {
    let decision = decided(&failed_with(running(), Reason::Malformed));
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Failed), Some(Reason::Malformed))
    );
}

#[test]
fn a_failure_that_may_pass_is_followed_by_another_attempt_after_a_pause() {
    let decision = decided(&failed_with(running(), Reason::StoreUnavailable));
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Pending), "StoreUnavailable")
    );
    assert_eq!(decision.requeue_after, Some(SignedDuration::from_secs(5)));
    assert_eq!(decision.status.unwrap().job_name, None);
    let waiting = its_turn(between_attempts(Reason::StoreUnavailable));
    let early = decided_at(&waiting, 2);
    assert_eq!(
        (early.status, early.requeue_after),
        (None, Some(SignedDuration::from_secs(3)))
    );
    let next = decided_at(&waiting, 5);
    assert_eq!(next.actions, [create(2, 1, 0, 512 << 20)]);
    assert_eq!(next.status.unwrap().retry_time, None);
}
