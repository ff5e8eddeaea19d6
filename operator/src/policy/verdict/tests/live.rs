//! There is a Pod that has not ended.

use super::*;

#[test]
fn a_pod_that_is_being_deleted_may_still_report() {
    let going = ObservedPod {
        gone_by: Some(later(10)),
        disrupted: Some("the Pod was deleted".into()),
        ..running()
    };
    let silent = Work {
        working_for: Some(seconds(900)),
        silent_for: Some(seconds(900)),
        ..Work::default()
    };
    let scene = Scene::own(&[going]).job(|job| job.deleting = true).work(silent);
    assert_eq!(scene.judged(), Verdict::Runs(seconds(40)));
    assert_eq!(scene.judged_at(39), Verdict::Runs(seconds(1)));
    assert!(is_disrupted(&scene.judged_at(40)), "its node is lost");
}

#[test]
fn a_pod_is_lost_when_it_should_be_gone_for_long() {
    let going = |gone_by| ObservedPod { gone_by, ..running() };
    let is_lost_at = |pod: &ObservedPod, seconds| is_lost(pod, &timeouts(), later(seconds));
    assert!(!is_lost_at(&going(None), 100_000));
    assert!(!is_lost_at(&going(Some(later(10))), 39));
    assert!(is_lost_at(&going(Some(later(10))), 40));
}

#[test]
fn a_pod_that_still_works_counts_before_one_that_has_ended() {
    let scene = Scene::own(&[terminated(137, "Error"), running()]);
    assert_eq!(scene.judged(), Verdict::Runs(LOOK_INTERVAL));
}

#[test]
fn a_report_that_could_not_be_given_is_named() {
    let ended = |outcome| Work {
        ended: Some(outcome),
        ..Work::default()
    };
    let scenes = [Scene::own(&[running()]), Scene::shared(&[standing(running())])];
    for scene in scenes {
        let refused = ended(EndedOutcome::Refused("forbidden".into()));
        assert_eq!(
            reason(&scene.clone().work(refused).judged()),
            Some(Reason::Misconfigured)
        );
        let undelivered = ended(EndedOutcome::Undelivered("timed out".into()));
        let verdict = scene.work(undelivered).judged();
        assert!(
            matches!(&verdict, Verdict::Disrupted(why) if why.contains("timed out")),
            "what was committed is found by the next try: {verdict:?}"
        );
    }
    for outcome in [EndedOutcome::Reported, EndedOutcome::Gone] {
        let work = Work {
            ended: Some(outcome),
            ..Work::default()
        };
        assert_eq!(
            Scene::own(&[running()]).work(work).judged(),
            Verdict::Runs(LOOK_INTERVAL)
        );
    }
}

#[test]
fn the_time_limit_counts_from_when_it_is_worked_on_with_a_grace() {
    let working = |working_for| {
        let work = Work {
            working_for,
            ..Work::default()
        };
        Scene::own(&[running()]).work(work).judged_at(100_000)
    };
    assert_eq!(working(None), Verdict::Runs(LOOK_INTERVAL));
    assert_eq!(working(Some(seconds(59))), Verdict::Runs(LOOK_INTERVAL));
    assert_eq!(working(Some(seconds(70))), Verdict::Runs(seconds(20)));
    let over = working(Some(seconds(90)));
    assert!(
        matches!(&over, Verdict::Overdue(failure) if failure.reason == Reason::DeadlineExceeded),
        "{over:?}"
    );
}

#[test]
fn a_document_that_does_not_move_or_a_pod_that_does_not_ask_is_stuck() {
    let silent = |silent_for: Option<i64>, quiet_for: Option<i64>| {
        let work = Work {
            silent_for: silent_for.map(seconds),
            quiet_for: quiet_for.map(seconds),
            ..Work::default()
        };
        Scene::own(&[running()]).work(work).judged_at(100_000)
    };
    assert_eq!(silent(None, None), Verdict::Runs(LOOK_INTERVAL));
    assert_eq!(silent(Some(290), Some(1)), Verdict::Runs(seconds(10)));
    assert_eq!(silent(Some(1), Some(295)), Verdict::Runs(seconds(5)));
    for stuck in [
        silent(Some(300), None),
        silent(None, Some(300)),
        silent(Some(2), Some(301)),
    ] {
        assert!(
            matches!(&stuck, Verdict::Overdue(failure) if failure.reason == Reason::NoProgress),
            "{stuck:?}"
        );
    }
}

#[test]
fn what_has_not_started_is_looked_at_again_and_says_why() {
    let creating = ObservedPod {
        container: Container::Waiting {
            reason: "ContainerCreating".into(),
            message: String::new(),
        },
        ..testing::pod()
    };
    let scene = Scene::own(&[creating]);
    assert_eq!(scene.judged(), Verdict::Starts(None, seconds(120)));
    let slow = StartProblem::Slow("ContainerCreating".into());
    assert_eq!(scene.judged_at(120), Verdict::Starts(Some(slow), LOOK_INTERVAL));
    let without_room = ObservedPod {
        unschedulable: Some("Unschedulable: 0/1 nodes are available".into()),
        ..testing::pod()
    };
    let verdict = Scene::own(&[without_room]).judged();
    let Verdict::Starts(Some(StartProblem::Refused(failure)), _) = verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(failure.reason, Reason::Unschedulable);
}

#[test]
fn what_its_encoder_has_let_go_of_although_it_should_hold_it_begins_anew() {
    let work = Work {
        ended: Some(EndedOutcome::Dropped),
        ..Work::default()
    };
    let verdict = Scene::shared(&[standing(running())]).work(work).judged();
    assert!(matches!(verdict, Verdict::Returned(_)), "{verdict:?}");
}
