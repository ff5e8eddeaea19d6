use super::*;
use crate::mirror::observation::samples;

#[test]
fn what_says_nothing_new_is_not_written_again() {
    let tracked = Tracked::default();
    let observation = samples::observation();
    let uid = observation.resource_uid;
    assert_eq!(tracked.note(observation.clone(), false), Noted::ToWrite);
    assert_eq!(
        tracked.note(observation.clone(), false),
        Noted::ToWrite,
        "it is not written yet"
    );
    tracked.written(&tracked.open(uid).unwrap().observation);
    assert_eq!(tracked.note(observation.clone(), false), Noted::Known);
    let mut archived = observation.clone();
    archived.is_archived = true;
    assert_eq!(
        tracked.note(archived, false),
        Noted::Known,
        "the row does not show it"
    );
    assert!(tracked.open(uid).unwrap().observation.is_archived);
    tracked.compare_anew(uid);
    assert_eq!(tracked.note(observation.clone(), false), Noted::ToWrite);
    tracked.written(&tracked.open(uid).unwrap().observation);
    assert_eq!(tracked.note(observation, true), Noted::ToWrite, "it is gone");
}

#[test]
fn a_change_during_a_write_is_still_to_be_written() {
    let tracked = Tracked::default();
    let mut observation = samples::observation();
    let uid = observation.resource_uid;
    tracked.note(observation.clone(), false);
    let being_written = tracked.open(uid).unwrap().observation;
    observation.progress.queue_position = Some(7);
    assert_eq!(tracked.note(observation, false), Noted::ToWrite);
    tracked.written(&being_written);
    assert!(!tracked.open(uid).unwrap().is_written);
}

#[test]
fn an_older_state_that_comes_late_changes_nothing() {
    let tracked = Tracked::default();
    let at_version = |version, position| {
        let mut observation = samples::observation();
        observation.resource_version = version;
        observation.progress.queue_position = Some(position);
        observation
    };
    let uid = at_version(None, 0).resource_uid;
    tracked.note(at_version(Some(10), 1), false);
    assert_eq!(tracked.note(at_version(Some(9), 2), false), Noted::Known);
    assert_eq!(
        tracked.open(uid).unwrap().observation.progress.queue_position,
        Some(1)
    );
    assert_eq!(tracked.note(at_version(Some(11), 3), false), Noted::ToWrite);
    assert_eq!(
        tracked.note(at_version(None, 4), false),
        Noted::ToWrite,
        "nothing is known of its order"
    );
}

#[test]
fn of_what_is_settled_nothing_is_kept_until_it_goes() {
    let tracked = Tracked::default();
    let mut observation = samples::observation();
    let uid = observation.resource_uid;
    observation.progress.phase = crds::Phase::Ready;
    tracked.note(observation.clone(), false);
    tracked.written(&tracked.open(uid).unwrap().observation);
    assert!(tracked.open(uid).is_some(), "it is still to be archived");
    observation.is_archived = true;
    assert_eq!(tracked.note(observation.clone(), false), Noted::Known);
    assert!(tracked.open(uid).is_none() && tracked.contains(uid));
    assert_eq!(tracked.note(observation.clone(), false), Noted::Known);
    let gone = Forgotten {
        document_id: observation.document_id,
        resource_uid: uid,
    };
    assert_eq!(tracked.note(observation, true), Noted::Forgotten(gone));
    assert!(!tracked.contains(uid));
}

#[test]
fn what_is_not_in_a_list_is_asked_for_unless_it_is_settled() {
    let tracked = Tracked::default();
    let open = samples::observation();
    let mut settled = samples::observation();
    settled.resource_uid = Uuid::from_u128(10);
    settled.progress.phase = crds::Phase::Failed;
    settled.is_archived = true;
    tracked.note(open.clone(), false);
    tracked.note(settled.clone(), false);
    tracked.written(&tracked.open(settled.resource_uid).unwrap().observation);
    let none = HashSet::new();
    let (forgotten, to_confirm) = tracked.unlisted(Some("elsewhere"), &none);
    assert!(forgotten.is_empty() && to_confirm.is_empty());
    let (forgotten, to_confirm) = tracked.unlisted(None, &none);
    assert_eq!(to_confirm, [open.resource_uid]);
    assert_eq!(forgotten[0].resource_uid, settled.resource_uid);
    assert!(tracked.contains(open.resource_uid) && !tracked.contains(settled.resource_uid));
}

#[test]
fn archiving_begins_once() {
    let tracked = Tracked::default();
    let observation = samples::observation();
    let uid = observation.resource_uid;
    assert!(!tracked.begin_archiving(uid), "nobody has seen it");
    tracked.note(observation, false);
    assert!(tracked.begin_archiving(uid));
    assert!(!tracked.begin_archiving(uid));
}

#[test]
fn what_fails_again_and_again_is_tried_less_often() {
    let tracked = Tracked::default();
    let observation = samples::observation();
    let uid = observation.resource_uid;
    tracked.note(observation, false);
    let waits: Vec<u64> = (0..9).map(|_| tracked.failed(uid).as_secs()).collect();
    assert_eq!(waits, [1, 2, 4, 8, 15, 15, 15, 15, 15]);
    tracked.written(&tracked.open(uid).unwrap().observation);
    assert_eq!(tracked.failed(uid).as_secs(), 1);
}
