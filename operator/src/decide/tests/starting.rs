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
