//! The Pod has ended.

use super::*;

#[test]
fn exit_statuses_have_their_reasons() {
    for (exit_code, expected) in [
        (139, Reason::EncoderCrashed),
        (64, Reason::InvalidSpec),
        (65, Reason::Malformed),
        (66, Reason::SourceNotFound),
        (70, Reason::EncodingError),
        (74, Reason::StoreUnavailable),
        (78, Reason::Misconfigured),
        (0, Reason::OutputMissing),
    ] {
        let verdict = Scene::own(&[terminated(exit_code, "Error")]).judged();
        assert_eq!(reason(&verdict), Some(expected), "{exit_code}");
        assert!(matches!(verdict, Verdict::Failed(failure) if failure.exit_code == Some(exit_code)));
    }
}

#[test]
fn an_encoder_that_was_told_to_stop_was_disrupted() {
    assert!(is_disrupted(&Scene::own(&[terminated(75, "Error")]).judged()));
}

#[test]
fn an_encoder_that_was_killed_was_disrupted_and_what_it_had_not_begun_was_given_back() {
    assert!(is_disrupted(&Scene::own(&[terminated(137, "Error")]).judged()));
    let other = AssignmentKey {
        uid: "other".into(),
        ..testing::key()
    };
    let killed = |worked_on| {
        let pod = ObservedPod {
            worked_on: Some(worked_on),
            ..standing(terminated(137, "Error"))
        };
        Scene::shared(&[pod]).judged()
    };
    assert!(is_disrupted(&killed(testing::key())));
    assert!(matches!(killed(other), Verdict::Returned(_)));
}

#[test]
fn a_container_killed_for_memory_is_that_whatever_its_exit_status() {
    for exit_code in [0, 137] {
        let verdict = Scene::own(&[terminated(exit_code, "OOMKilled")]).judged();
        assert_eq!(reason(&verdict), Some(Reason::OutOfMemory));
    }
}

#[test]
fn what_was_done_to_a_pod_counts_before_what_it_did() {
    let evicted = ObservedPod {
        disrupted: Some("EvictionByEvictionAPI".into()),
        ..terminated(137, "Error")
    };
    let verdict = Scene::own(&[evicted]).judged();
    assert_eq!(verdict, Verdict::Disrupted("EvictionByEvictionAPI".into()));
    let never_ran = ObservedPod {
        ended: true,
        ..testing::pod()
    };
    assert!(is_disrupted(&Scene::own(&[never_ran]).judged()));
}

#[test]
fn a_container_killed_for_memory_is_laid_to_the_document_it_worked_on() {
    let killed = |uid| worked_on(uid, standing(terminated(137, "OOMKilled")));
    assert_eq!(
        reason(&Scene::shared(&[killed(testing::UID)]).judged()),
        Some(Reason::OutOfMemory)
    );
    assert!(is_returned(&Scene::shared(&[killed("other")]).judged()));
    let an_earlier_try = ObservedPod {
        worked_on: Some(AssignmentKey {
            tries: 7,
            ..testing::key()
        }),
        ..killed("other")
    };
    assert!(is_returned(&Scene::shared(&[an_earlier_try]).judged()));
}

#[test]
fn an_encoder_that_crashed_over_one_document_gives_the_others_back() {
    let crashed = |uid| worked_on(uid, standing(terminated(134, "Error")));
    assert_eq!(
        reason(&Scene::shared(&[crashed(testing::UID)]).judged()),
        Some(Reason::EncoderCrashed)
    );
    assert!(is_returned(&Scene::shared(&[crashed("other")]).judged()));
}

#[test]
fn a_disruption_is_one_for_the_document_that_was_worked_on_and_none_for_those_that_waited() {
    let evicted = |pod: ObservedPod| ObservedPod {
        disrupted: Some("Preempting".into()),
        ..pod
    };
    for pod in [
        evicted(standing(terminated(137, "Error"))),
        standing(terminated(75, "Error")),
    ] {
        assert!(is_disrupted(
            &Scene::shared(&[worked_on(testing::UID, pod.clone())]).judged()
        ));
        assert!(is_returned(
            &Scene::shared(&[worked_on("other", pod.clone())]).judged()
        ));
        let an_earlier_try = Some(AssignmentKey {
            tries: 7,
            ..testing::key()
        });
        let earlier = ObservedPod {
            worked_on: an_earlier_try,
            ..pod.clone()
        };
        assert!(is_returned(&Scene::shared(&[earlier]).judged()));
        let working = Work {
            working_for: Some(seconds(3)),
            ..Work::default()
        };
        assert!(is_disrupted(
            &Scene::shared(std::slice::from_ref(&pod)).work(working).judged()
        ));
        assert!(is_returned(&Scene::shared(&[pod]).judged()));
    }
    let gone = Scene {
        job: None,
        ..Scene::shared(&[])
    };
    assert!(is_returned(&gone.judged()));
    let never_seen = Scene {
        job_was_seen: false,
        ..gone
    };
    assert!(
        is_returned(&never_seen.judged()),
        "a Job of another document is not this one's to create"
    );
}

#[test]
fn an_encoder_for_many_that_ends_well_gives_back_what_it_has_not_taken() {
    let ended = standing(terminated(0, "Completed"));
    assert!(is_returned(&Scene::shared(std::slice::from_ref(&ended)).judged()));
    assert!(is_returned(&Scene::shared(&[worked_on("other", ended)]).judged()));
    let nobody_saw = Scene::shared(&[]).job(|job| job.end = Some(JobEnd::Succeeded));
    assert!(is_returned(&nobody_saw.judged()));
    assert!(is_returned(
        &Scene::shared(&[]).ended("BackoffLimitExceeded", "").judged()
    ));
}
