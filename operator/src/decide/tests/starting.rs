//! An encoder is assigned whose Pod has not started.

use super::*;

#[test]
fn a_pod_that_should_have_started_says_why_it_has_not_until_it_has() {
    let creating = ObservedPod {
        container: Container::Waiting {
            reason: "ContainerCreating".into(),
            message: String::new(),
        },
        ..testing::pod()
    };
    let waiting = with_pod(processing(), creating);
    let early = decided_at(&waiting, 1);
    assert_eq!((early.status, early.requeue_after), (None, Some(seconds(119))));
    let late = decided_at(&waiting, 120);
    assert_eq!(
        (phase(&late), told(&late).0),
        (Some(Phase::Processing), "NotStarted")
    );
    assert!(told(&late).1.contains("ContainerCreating"), "{:?}", told(&late));
    let started = with_pod(after(waiting, &late), running_pod());
    let going = decided_at(&started, 240);
    assert_eq!(
        (phase(&going), told(&going).0),
        (Some(Phase::Processing), "Assigned")
    );
    assert_eq!(decided_at(&after(started, &going), 241).status, None);
}

#[test]
fn a_container_that_can_never_be_made_fails_the_document_and_ends_its_job() {
    let impossible = ObservedPod {
        container: Container::Waiting {
            reason: "CreateContainerConfigError".into(),
            message: "no such Secret".into(),
        },
        ..testing::pod()
    };
    let decision = decided_at(&with_pod(processing(), impossible), 120);
    assert_eq!(
        (phase(&decision), reason(&decision)),
        (Some(Phase::Failed), Some(Reason::Misconfigured))
    );
    assert_eq!(decision.actions, [delete_own_job()]);
}

#[test]
fn a_standing_job_that_never_starts_fails_the_document_it_was_made_for_and_gives_the_others_back() {
    let impossible = ObservedPod {
        container: Container::Waiting {
            reason: "CreateContainerConfigError".into(),
            message: "no such Secret".into(),
        },
        ..standing_pod()
    };
    let guest = with_pod(sharing(), impossible.clone());
    let decision = decided_at(&guest, 120);
    assert_eq!(
        (phase(&decision), told(&decision).0),
        (Some(Phase::Queued), "GivenBack")
    );
    assert_eq!(decision.actions, [delete(STANDING_JOB, "standing")]);
    let founder = Observed {
        job: Some(ObservedJob {
            first_uid: testing::UID.into(),
            ..standing_job()
        }),
        ..guest
    };
    let decision = decided_at(&founder, 120);
    assert_eq!(reason(&decision), Some(Reason::Misconfigured));
    assert_eq!(decision.actions, [delete(STANDING_JOB, "standing")]);
}

#[test]
fn a_standing_job_that_starts_slowly_gives_its_documents_to_those_that_run() {
    let creating = ObservedPod {
        container: Container::Waiting {
            reason: "ContainerCreating".into(),
            message: String::new(),
        },
        ..standing_pod()
    };
    let alone = with_pod(sharing(), creating);
    assert_eq!(told(&decided_at(&alone, 120)).0, "NotStarted");
    let beside = Observed {
        others_run: true,
        ..alone
    };
    assert_eq!(told(&decided_at(&beside, 120)).0, "GivenBack");
}
