//! There is no Pod.

use super::*;

#[test]
fn a_pod_that_nobody_saw_is_judged_by_its_jobs_words() {
    for message in [
        "Pod a/b has condition DisruptionTarget matching FailJob rule at index 0",
        "Container encoder for pod a/b failed with exit code 75 matching FailJob rule at index 1",
    ] {
        assert!(
            is_disrupted(&Scene::own(&[]).ended("PodFailurePolicy", message).judged()),
            "{message}"
        );
    }
    let bad_input = "Container encoder for pod a/b failed with exit code 65 matching FailJob rule at index 1";
    for (job_reason, message) in [
        ("PodFailurePolicy", bad_input),
        ("BackoffLimitExceeded", "DisruptionTarget"),
    ] {
        let verdict = Scene::own(&[]).ended(job_reason, message).judged();
        assert_eq!(reason(&verdict), Some(Reason::EncoderCrashed), "{message}");
    }
    let succeeded = Scene::own(&[])
        .job(|job| job.end = Some(JobEnd::Succeeded))
        .judged();
    assert_eq!(reason(&succeeded), Some(Reason::OutputMissing));
}

#[test]
fn a_job_that_goes_or_is_gone_was_a_disruption_and_one_that_never_was_is_to_be_created() {
    assert!(is_disrupted(
        &Scene::own(&[]).job(|job| job.deleting = true).judged()
    ));
    let gone = Scene {
        job: None,
        ..Scene::own(&[])
    };
    assert!(is_disrupted(&gone.judged()));
    let never_was = Scene {
        job_was_seen: false,
        ..gone.clone()
    };
    assert_eq!(never_was.judged(), Verdict::NotCreated);
    let with_a_pod_left = Scene {
        pods: vec![running()],
        ..never_was
    };
    assert_eq!(
        with_a_pod_left.judged(),
        Verdict::Runs(LOOK_INTERVAL),
        "it may still report"
    );
}

#[test]
fn a_job_of_the_wanted_name_that_is_another_resources_is_foreign() {
    let foreign = |scene: Scene| matches!(scene.judged(), Verdict::Foreign(_));
    assert!(foreign(Scene::own(&[]).job(|job| job.first_uid = "other".into())));
    assert!(foreign(
        Scene::own(&[]).job(|job| (job.first_uid, job.standing) = ("other".into(), true))
    ));
    assert!(
        foreign(Scene::shared(&[]).job(|job| job.standing = false)),
        "it works for one document alone"
    );
    assert!(!foreign(Scene::shared(&[])));
}

#[test]
fn only_the_job_controllers_own_words_make_a_missing_pod_a_refusal() {
    let scene = Scene::own(&[]);
    for at in [0, 120, 100_000] {
        assert_eq!(scene.judged_at(at), Verdict::Starts(None, SOON));
    }
    let refused = Scene {
        failed_create: Some("exceeded quota: pods".into()),
        ..scene.clone()
    };
    let verdict = refused.judged();
    let Verdict::Starts(Some(StartProblem::Refused(failure)), _) = verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(failure.reason, Reason::QuotaDenied);
    assert!(
        failure.message.contains("exceeded quota: pods"),
        "{}",
        failure.message
    );
    let left_to_kueue = scene.job(|job| job.suspended = true);
    assert_eq!(
        left_to_kueue.judged_at(100_000),
        Verdict::Starts(None, LOOK_INTERVAL)
    );
}
