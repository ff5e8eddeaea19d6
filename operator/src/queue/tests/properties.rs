//! What holds for any snapshot, and for any course of events.

use proptest::{collection::vec, option, prelude::*, sample::Index};

use super::{oracle::check, order, world::World, *};

const QUEUES: [&str; 2] = [QUEUE, "maintenance"];
const TENANTS: [&str; 3] = ["a", "b", "c"];

/// Any document that waits: of few queues, tenants and identities, so that they meet.
fn any_document() -> impl Strategy<Value = Document> {
    let of = (0..2_usize, 0..3_usize, 0..2_usize);
    (
        of,
        0..3_i32,
        0..40_i64,
        any::<u32>(),
        prop::bool::weighted(0.8),
        option::of(0..40_u32),
    )
        .prop_map(
            |((queue, tenant, kind), priority, created, name, shareable, tenths)| Document {
                name: format!("{}/{name:010}", TENANTS[tenant]).into(),
                priority,
                shareable,
                weight_seconds: tenths.map(|tenths| f64::from(tenths) / 10.0),
                ..document(TENANTS[tenant], created)
                    .queue(QUEUES[queue])
                    .identity(&format!("{} {} {kind}", QUEUES[queue], TENANTS[tenant]))
            },
        )
}

fn any_job() -> impl Strategy<Value = StandingJob> {
    let of = (0..2_usize, 0..3_usize, 0..2_usize);
    (
        of,
        any::<bool>(),
        option::of(0..40_i64),
        prop::bool::weighted(0.8),
    )
        .prop_map(
            |((queue, tenant, kind), is_starting, idle_since, accepts)| StandingJob {
                name: "".into(),
                identity: identity(&format!("{} {} {kind}", QUEUES[queue], TENANTS[tenant])),
                queue: QUEUES[queue].into(),
                accepts,
                state: if is_starting {
                    JobState::Starting { since: at(35) }
                } else {
                    JobState::Running {
                        since: at(30),
                        idle_since: idle_since.map(at),
                    }
                },
            },
        )
}

/// Any documents and Jobs; some documents are held by Jobs of their identity, some by one of their own.
fn any_snapshot() -> impl Strategy<Value = Snapshot> {
    let documents = vec((any_document(), option::weighted(0.3, any::<Index>())), 0..60);
    (documents, vec(any_job(), 0..8)).prop_map(|(documents, mut jobs)| {
        for (job, number) in jobs.iter_mut().zip(0..) {
            job.name = format!("job-{number}").into();
        }
        let hold = |((document, held), number): ((Document, Option<Index>), u32)| {
            let mut document = Document {
                uid: format!("{number}").into(),
                ..document
            };
            if let Some(held) = held {
                let own: Vec<_> = jobs
                    .iter()
                    .filter(|job| job.identity == document.identity)
                    .collect();
                let job = if own.is_empty() {
                    format!("own-{number}").into()
                } else {
                    held.get(&own).name.clone()
                };
                document.state = DocumentState::Assigned { job };
            }
            document
        };
        snapshot(documents.into_iter().zip(0..).map(hold).collect::<Vec<_>>(), jobs)
    })
}

fn any_queue(least: usize) -> impl Strategy<Value = QueueSettings> {
    let limit = option::of(least..12);
    (limit, 0..5_u32, 1..4_usize, 0..3_i64, 0..4_usize).prop_map(
        |(max_concurrent, weight, max_jobs_per_identity, linger, ahead)| QueueSettings {
            max_concurrent,
            weight,
            max_jobs_per_identity,
            linger: SignedDuration::from_secs(linger * 10),
            ahead,
            admitted_elsewhere: false,
        },
    )
}

/// Any settings; limits are not below `least`.
fn any_settings(least: usize) -> impl Strategy<Value = Settings> {
    let queues = [any_queue(least), any_queue(least)];
    let limit = || option::of(least..10);
    (limit(), limit(), queues, [0..5_u32, 0..5, 0..5]).prop_map(
        |(max_concurrent, max_jobs, queues, weights)| Settings {
            max_concurrent,
            max_jobs,
            queues: QUEUES.map(Arc::from).into_iter().zip(queues).collect(),
            tenants: TENANTS.map(Arc::from).into_iter().zip(weights).collect(),
        },
    )
}

/// A document, the seconds until it arrives, the seconds of work that it needs, and whether its first attempt fails.
type Arrival = (Document, u32, u32, bool);

fn any_arrivals() -> impl Strategy<Value = Vec<Arrival>> {
    let arrival = (any_document(), 0..20_u32, 1..4_u32, prop::bool::weighted(0.1));
    vec(arrival, 1..30).prop_map(|mut arrivals| {
        for ((document, ..), number) in arrivals.iter_mut().zip(0_u32..) {
            document.uid = format!("{number}").into();
        }
        arrivals
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn any_plan_keeps_limits_leaves_nothing_free_and_hands_jobs_only_what_is_theirs(
        snapshot in any_snapshot(), settings in any_settings(0),
    ) {
        check(&snapshot, &settings, &pass(&snapshot, &settings, at(40)));
    }

    #[test]
    fn the_order_of_the_snapshot_does_not_matter(
        snapshot in any_snapshot(), settings in any_settings(0), keys in vec(any::<u32>(), 70),
    ) {
        let plan = pass(&snapshot, &settings, at(40));
        let mut shuffled = snapshot;
        let mut order = keys.iter().cycle();
        shuffled.documents.sort_by_cached_key(|_| order.next());
        shuffled.jobs.sort_by_cached_key(|_| order.next());
        prop_assert_eq!(plan, pass(&shuffled, &settings, at(40)));
    }

    #[test]
    fn turns_follow_the_shares(snapshot in any_snapshot(), settings in any_settings(0)) {
        let mut settings = settings;
        settings.max_jobs = None;
        one_job_a_document(&mut settings);
        let plan = pass(&snapshot, &settings, at(40));
        order::check(&snapshot, &settings, &plan);
    }

    #[test]
    fn positions_are_the_order_of_service(
        snapshot in any_snapshot(), settings in any_settings(0), places in 0..5_usize, more in 1..5_usize,
    ) {
        let mut settings = settings;
        settings.max_jobs = None;
        settings.max_concurrent = None;
        one_job_a_document(&mut settings);
        for (name, queue) in &mut settings.queues {
            let assigned = |one: &&Document| one.queue == *name && one.state != DocumentState::Waiting;
            let assigned = snapshot.documents.iter().filter(assigned).count();
            queue.max_concurrent = Some(assigned + places);
        }
        let before = pass(&snapshot, &settings, at(40));
        for queue in settings.queues.values_mut() {
            queue.max_concurrent = queue.max_concurrent.map(|most| most + more);
        }
        let after = pass(&snapshot, &settings, at(40));
        for (uid, turn) in &before.turns {
            if let Turn::Wait(wait) = turn {
                let is_served = after.assigned().contains(&&**uid);
                prop_assert_eq!(is_served, wait.position as usize <= more, "{} at {}", uid, wait.position);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn every_document_is_served_whatever_the_course_of_events(
        arrivals in any_arrivals(), settings in any_settings(1),
    ) {
        let mut world = World::new(settings);
        // Each could need a start, its work, and that a Job before it has its turn and drains, one after the other.
        let rounds = 20 + 30 * u32::try_from(arrivals.len()).unwrap();
        for round in 0..rounds {
            for (document, after, work, fails) in &arrivals {
                if *after == round {
                    world.arrive(document.clone(), *work, *fails);
                }
            }
            world.step();
        }
        prop_assert!(world.snapshot.documents.is_empty(), "left: {:?}", world.snapshot.documents);
        prop_assert!(world.snapshot.jobs.is_empty(), "idle for long: {:?}", world.snapshot.jobs);
    }

    #[test]
    fn an_endless_stream_of_one_tenant_starves_no_document_of_another_and_none_of_its_own(
        settings in any_settings(1), max_jobs in option::weighted(0.8, 1..4_usize), of in any_document(), always in 1..8_usize, work in 1..4_u32,
        victims in vec(any_document(), 1..5),
    ) {
        let mut world = World::new(Settings { max_jobs, ..settings });
        let mut number = 1_000;
        // However fast they are served, there always are so many that wait.
        let mut stream = |world: &mut World| {
            let is_waiting = |one: &&Document| one.uid.starts_with('s') && one.state == DocumentState::Waiting;
            for _ in world.snapshot.documents.iter().filter(is_waiting).count()..always {
                number += 1;
                let (uid, name) = (format!("stream {number}").into(), format!("stream/{number}").into());
                // Those of its own tenant may not wait because of its priority.
                world.arrive(Document { uid, name, created: at(number), priority: 0, ..of.clone() }, work, false);
            }
            at(number)
        };
        for _ in 0..20 {
            stream(&mut world);
            world.step();
        }
        let (created, count) = (stream(&mut world), victims.len());
        for (victim, number) in victims.into_iter().zip(0..) {
            world.arrive(Document { uid: format!("victim {number}").into(), created, priority: 0, ..victim }, 2, false);
        }
        for _ in 0..60 * count {
            stream(&mut world);
            world.step();
        }
        let waiting: Vec<_> = (0..count).map(|number| format!("victim {number}")).filter(|uid| world.waits(uid)).collect();
        prop_assert!(waiting.is_empty(), "{waiting:?}");
    }
}
