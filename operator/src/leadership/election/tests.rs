use super::*;
use Event::{ComesSecond, Reads, Writes};
use Found::{Absent, Fresh, Held, HeldFor, Labelled, Released};
use Step::{Look, Lose, Wait, Write};

const ME: &str = "operator-a_1";
const OTHER: &str = "operator-b_2";
/// An earlier process in this replica's Pod.
const BEFORE_ME: &str = "operator-a_0";

/// What a replica finds when it looks.
#[derive(Clone, Copy, Debug)]
enum Found {
    Absent,
    /// A Lease that nobody has held yet.
    Fresh,
    /// By whom, and its how manieth renewal.
    Held(&'static str, i64),
    /// The same, for so many seconds.
    HeldFor(&'static str, i32),
    /// Held by the other, first renewal, with a label that somebody added.
    Labelled,
    Released,
}

/// What happens to a replica; times are in seconds since the start.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// When, and what.
    Reads(u64, Found),
    /// When the request began, and when it was answered.
    Writes(u64, u64),
    /// A write met a conflict.
    ComesSecond,
}

fn wall(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn lease(holder: &str, renewal: i64, seconds: Option<i32>) -> Lease {
    Lease {
        metadata: ObjectMeta {
            name: Some("leader".into()),
            resource_version: Some("1".into()),
            ..ObjectMeta::default()
        },
        spec: Some(LeaseSpec {
            holder_identity: Some(holder.into()),
            lease_duration_seconds: seconds,
            lease_transitions: Some(6),
            acquire_time: Some(MicroTime(wall(0))),
            renew_time: Some(MicroTime(wall(renewal))),
            ..LeaseSpec::default()
        }),
    }
}

fn found(found: Found) -> Option<Lease> {
    match found {
        Absent => None,
        Fresh => Some(Lease {
            spec: None,
            ..lease("", 0, None)
        }),
        Held(holder, renewal) => Some(lease(holder, renewal, Some(15))),
        HeldFor(holder, seconds) => Some(lease(holder, 0, Some(seconds))),
        Labelled => {
            let mut lease = lease(OTHER, 1, Some(15));
            lease.metadata.labels = Some([("team".to_owned(), "blue".to_owned())].into());
            lease.metadata.resource_version = Some("2".into());
            Some(lease)
        }
        Released => Some(lease("", 9, Some(15))),
    }
}

fn standing_by() -> Election {
    Election::new(
        "leader".into(),
        ME.into(),
        "https://10.0.0.5:8443".into(),
        Timing::default(),
    )
}

fn after(start: Instant, events: &[Event]) -> Election {
    let mut election = standing_by();
    let at = |second: u64| start + Duration::from_secs(second);
    for event in events {
        match *event {
            Reads(second, what) => election.looked(found(what), at(second)),
            Writes(begun, answered) => {
                let lease = election.claim(wall(begun.try_into().unwrap()));
                election.written(lease, at(begun), at(answered));
            }
            ComesSecond => election.look_again(),
        }
    }
    election
}

fn check(table: &[(&str, &[Event], u64, Step)]) {
    let start = crate::clock::monotonic();
    for (what, events, second, expected) in table {
        let election = after(start, events);
        assert_eq!(
            election.step(start + Duration::from_secs(*second)),
            *expected,
            "{what}, at second {second}: {events:?}"
        );
    }
}

#[test]
fn a_candidate_takes_what_is_free_and_waits_for_whoever_holds_it() {
    let held = Reads(0, Held(OTHER, 1));
    check(&[
        ("knows nothing", &[], 0, Look),
        ("there is none", &[Reads(0, Absent)], 0, Write),
        ("nobody has held it", &[Reads(0, Fresh)], 0, Write),
        ("released", &[Reads(0, Released)], 0, Write),
        (
            "released after it was held",
            &[held, Reads(2, Released)],
            2,
            Write,
        ),
        ("held", &[held], 0, Wait),
        (
            "held, and no change seen",
            &[held, Reads(14, Held(OTHER, 1))],
            14,
            Wait,
        ),
        ("expired", &[held, Reads(15, Held(OTHER, 1))], 15, Write),
        ("renewed", &[held, Reads(14, Held(OTHER, 2))], 28, Wait),
        (
            "renewed, then expired",
            &[held, Reads(14, Held(OTHER, 2))],
            29,
            Write,
        ),
        ("changed hands", &[held, Reads(14, Held("c_3", 1))], 28, Wait),
        (
            "a label is no sign of life",
            &[held, Reads(14, Labelled)],
            15,
            Write,
        ),
        (
            "the holder asks for longer",
            &[Reads(0, HeldFor(OTHER, 60))],
            59,
            Wait,
        ),
        ("longer has passed", &[Reads(0, HeldFor(OTHER, 60))], 60, Write),
        (
            "the holder says nonsense",
            &[Reads(0, HeldFor(OTHER, -1))],
            14,
            Wait,
        ),
        (
            "nonsense is the default",
            &[Reads(0, HeldFor(OTHER, -1))],
            15,
            Write,
        ),
        (
            "its renewal came second",
            &[held, Reads(15, Held(OTHER, 1)), ComesSecond],
            15,
            Look,
        ),
        ("deleted in use", &[held, Reads(5, Absent)], 19, Wait),
        (
            "deleted long ago",
            &[held, Reads(5, Absent), Reads(20, Absent)],
            20,
            Write,
        ),
        (
            "deleted and not in use",
            &[Reads(0, Released), Reads(1, Absent)],
            1,
            Write,
        ),
        ("its own answer was lost", &[Reads(0, Held(ME, 1))], 0, Write),
        (
            "an earlier process of the Pod",
            &[Reads(0, Held(BEFORE_ME, 1))],
            14,
            Wait,
        ),
    ]);
}

#[test]
fn times_in_the_lease_do_not_matter_to_a_candidate() {
    for year in [-1_000_000_000, 0, 1_000_000_000] {
        check(&[
            ("held", &[Reads(0, Held(OTHER, year))], 14, Wait),
            ("expired", &[Reads(0, Held(OTHER, year))], 15, Write),
        ]);
    }
}

#[test]
fn a_leader_renews_until_its_deadline_or_until_another_holds_the_lease() {
    let leads = [Reads(0, Released), Writes(0, 0)];
    let and = |more: &[Event]| [&leads, more].concat();
    check(&[
        ("renews", &leads, 2, Write),
        ("tries to the last", &leads, 9, Write),
        ("deadline", &leads, 10, Lose(Loss::NotRenewed)),
        ("frozen for an hour", &leads, 3600, Lose(Loss::NotRenewed)),
        ("renewed", &and(&[Writes(2, 3)]), 11, Write),
        (
            "counted from the beginning",
            &and(&[Writes(2, 3)]),
            12,
            Lose(Loss::NotRenewed),
        ),
        ("came second", &and(&[ComesSecond]), 2, Look),
        (
            "came second too late",
            &and(&[ComesSecond]),
            10,
            Lose(Loss::NotRenewed),
        ),
        (
            "somebody changed a label",
            &and(&[ComesSecond, Reads(2, Held(ME, 1))]),
            2,
            Write,
        ),
        (
            "another holds it",
            &and(&[ComesSecond, Reads(2, Held(OTHER, 1))]),
            2,
            Lose(Loss::TakenBy(OTHER.into())),
        ),
        ("deleted", &and(&[ComesSecond, Reads(2, Absent)]), 2, Write),
        (
            "the holder was cleared",
            &and(&[ComesSecond, Reads(2, Released)]),
            2,
            Write,
        ),
        (
            "an answer too late",
            &and(&[Writes(9, 10)]),
            10,
            Lose(Loss::NotRenewed),
        ),
    ]);
}

#[test]
fn a_candidate_that_learns_too_late_that_it_won_does_not_lead_but_renews() {
    let start = crate::clock::monotonic();
    let election = after(start, &[Reads(0, Absent), Writes(0, 10)]);
    assert_eq!(election.held_until(), None);
    assert_eq!(election.step(start + Duration::from_secs(10)), Write);
}

#[test]
fn a_first_holder_writes_its_name_address_and_times() {
    let lease = after(crate::clock::monotonic(), &[Reads(0, Absent)]).claim(wall(7));
    assert_eq!(
        serde_json::to_value(lease).unwrap(),
        serde_json::json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {
                "name": "leader",
                "annotations": {"encoding.socrate.ai/leader-address": "https://10.0.0.5:8443"},
            },
            "spec": {
                "holderIdentity": ME,
                "leaseDurationSeconds": 15,
                "leaseTransitions": 0,
                "acquireTime": "2027-01-15T08:00:07.000000Z",
                "renewTime": "2027-01-15T08:00:07.000000Z",
            },
        })
    );
}

#[test]
fn taking_over_counts_a_transition_and_renewing_moves_the_renew_time_alone() {
    let election = after(crate::clock::monotonic(), &[Reads(0, Released)]);
    let taken = election.claim(wall(20));
    let spec = taken.spec.clone().unwrap();
    assert_eq!(taken.metadata.resource_version.as_deref(), Some("1"), "the guard");
    assert_eq!(spec.holder_identity.as_deref(), Some(ME));
    assert_eq!(spec.lease_transitions, Some(7));
    assert_eq!(
        (spec.acquire_time, spec.renew_time),
        (Some(MicroTime(wall(20))), Some(MicroTime(wall(20))))
    );

    let election = after(crate::clock::monotonic(), &[Reads(0, Released), Writes(20, 20)]);
    let mut renewed = election.claim(wall(22));
    assert_eq!(
        renewed.spec.as_ref().unwrap().renew_time,
        Some(MicroTime(wall(22)))
    );
    renewed.spec.as_mut().unwrap().renew_time = Some(MicroTime(wall(20)));
    assert_eq!(renewed, taken);
}

#[test]
fn what_others_wrote_into_the_lease_stays() {
    let written = after(crate::clock::monotonic(), &[Reads(0, Labelled)]).claim(wall(20));
    assert_eq!(written.metadata.labels, found(Labelled).unwrap().metadata.labels);
    assert_eq!(written.metadata.resource_version.as_deref(), Some("2"));
}

#[test]
fn a_deleted_lease_is_made_anew_and_not_replaced() {
    let events = [Reads(0, Released), Writes(0, 0), Reads(2, Absent)];
    let made = after(crate::clock::monotonic(), &events).claim(wall(2));
    assert_eq!(made.metadata.resource_version, None);
    assert_eq!(made.spec.unwrap().lease_transitions, Some(0));
}

#[test]
fn a_released_lease_names_nobody_and_only_its_holder_releases_it() {
    let start = crate::clock::monotonic();
    let released = after(start, &[Reads(0, Released), Writes(0, 0)])
        .release(wall(3))
        .unwrap();
    let annotations = released.metadata.annotations.unwrap_or_default();
    let spec = released.spec.unwrap();
    assert_eq!(spec.holder_identity.as_deref(), Some(""));
    assert_eq!(spec.renew_time, Some(MicroTime(wall(3))));
    assert_eq!(spec.lease_transitions, Some(7), "nobody has taken it over yet");
    assert_eq!(annotations.get(LEADER_ADDRESS), None);
    assert_eq!(
        released.metadata.resource_version.as_deref(),
        Some("1"),
        "the guard"
    );
    for found in [Absent, Fresh, Released, Held(OTHER, 1), Held(BEFORE_ME, 1)] {
        assert_eq!(
            after(start, &[Reads(0, found)]).release(wall(3)),
            None,
            "{found:?}"
        );
    }
}

#[test]
fn the_leader_is_known_while_its_lease_lasts() {
    let start = crate::clock::monotonic();
    let leader = |events: &[Event], second| {
        let leader = after(start, events).leader(start + Duration::from_secs(second));
        leader.map(|leader| (leader.identity, leader.address.is_some()))
    };
    let other = Some((OTHER.to_owned(), false));
    let me = Some((ME.to_owned(), true));
    let leads = [Reads(0, Released), Writes(0, 0)];
    assert_eq!(leader(&[], 0), None);
    assert_eq!(leader(&[Reads(0, Released)], 0), None);
    assert_eq!(leader(&[Reads(0, Held(OTHER, 1))], 14), other);
    assert_eq!(leader(&[Reads(0, Held(OTHER, 1))], 15), None);
    assert_eq!(leader(&leads, 9), me);
    assert_eq!(leader(&leads, 10), None);
    assert_eq!(
        leader(&[Reads(0, Held(ME, 1))], 0),
        None,
        "it has not renewed yet"
    );
}

#[test]
fn no_request_or_pause_outlasts_leadership_and_a_candidate_wakes_when_the_lease_is_free() {
    let start = crate::clock::monotonic();
    let second = |count| start + Duration::from_secs(count);
    let candidate = standing_by();
    let leader = after(start, &[Reads(0, Absent), Writes(0, 0)]);
    for (at, limit, pause) in [
        (0, 5, 2),
        (1, 5, 1),
        (2, 5, 0),
        (5, 5, 0),
        (7, 3, 0),
        (10, 0, 0),
        (11, 0, 0),
    ] {
        assert_eq!(
            leader.call_limit(second(at)),
            Duration::from_secs(limit),
            "at {at}"
        );
        assert_eq!(
            leader.pause(start, second(at)),
            Duration::from_secs(pause),
            "at {at}"
        );
    }
    assert_eq!(
        leader.pause(second(9), second(9)),
        Duration::from_secs(1),
        "to the deadline"
    );
    assert_eq!(candidate.call_limit(second(100)), Duration::from_secs(5));
    assert_eq!(candidate.pause(second(100), second(100)), Duration::from_secs(2));
    let candidate = after(start, &[Reads(0, Held(OTHER, 1))]);
    for (at, pause) in [(12, 2), (14, 1), (15, 2)] {
        assert_eq!(
            candidate.pause(second(at), second(at)),
            Duration::from_secs(pause),
            "at {at}"
        );
    }
}
