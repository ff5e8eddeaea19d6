//! A world in which plans are carried out: documents arrive, Jobs start, work and end, time passes.

use std::collections::BTreeMap;

use super::{oracle, *};

/// How many seconds a Pod needs to start in this world.
const START: i64 = 2;

pub(super) struct World {
    pub(super) settings: Settings,
    pub(super) snapshot: Snapshot,
    pub(super) now: Timestamp,
    /// By document: how many seconds of work are left, and whether the first attempt fails, so that a second one follows.
    work: BTreeMap<Arc<str>, (u32, bool)>,
    /// The order in which documents were assigned, which is the order in which a Job works for them.
    order: Vec<Arc<str>>,
    jobs_begun: u32,
}

impl World {
    pub(super) fn new(settings: Settings) -> Self {
        let mut snapshot = Snapshot::default();
        snapshot.rates.record_start(2.0);
        Self {
            settings,
            snapshot,
            now: at(1_000),
            work: BTreeMap::new(),
            order: Vec::new(),
            jobs_begun: 0,
        }
    }

    /// A document arrives that needs so many seconds of work.
    pub(super) fn arrive(&mut self, document: Document, work: u32, fails: bool) {
        self.work.insert(Arc::clone(&document.uid), (work.max(1), fails));
        self.snapshot.documents.push(document);
    }

    pub(super) fn waits(&self, uid: &str) -> bool {
        let waiting = self
            .snapshot
            .documents
            .iter()
            .filter(|one| one.state == DocumentState::Waiting);
        waiting.into_iter().any(|document| *document.uid == *uid)
    }

    /// Makes and checks a plan, carries it out, and lets a second pass.
    pub(super) fn step(&mut self) -> Plan {
        let plan = pass(&self.snapshot, &self.settings, self.now);
        oracle::check(&self.snapshot, &self.settings, &plan);
        self.carry_out(&plan);
        self.now += SignedDuration::from_secs(1);
        let working: Vec<Arc<str>> = self.working();
        for uid in working {
            self.advance(&uid);
        }
        self.advance_jobs();
        plan
    }

    fn carry_out(&mut self, plan: &Plan) {
        self.snapshot.served = plan.served.clone();
        for (uid, turn) in &plan.turns {
            let document = self
                .snapshot
                .documents
                .iter_mut()
                .find(|one| one.uid == *uid)
                .unwrap();
            let job = match turn {
                Turn::Wait(_) => continue,
                Turn::HandTo { job } => Arc::clone(job),
                Turn::StartJob => {
                    self.jobs_begun += 1;
                    let name: Arc<str> = format!("job-{}", self.jobs_begun).into();
                    if document.shareable && self.settings.queue(&document.queue).linger.is_positive() {
                        self.snapshot.jobs.push(StandingJob {
                            name: Arc::clone(&name),
                            identity: document.identity.clone(),
                            queue: Arc::clone(&document.queue),
                            accepts: true,
                            state: JobState::Starting { since: self.now },
                        });
                    }
                    name
                }
            };
            document.state = DocumentState::Assigned { job };
            self.order.push(Arc::clone(uid));
        }
        for job in &mut self.snapshot.jobs {
            job.accepts &= !plan.retire.contains(&job.name);
        }
    }

    /// The document that each Job works for: the one that it has held longest.
    fn working(&self) -> Vec<Arc<str>> {
        let starts = |name: &Arc<str>| {
            let mut jobs = self.snapshot.jobs.iter().filter(|job| job.name == *name);
            jobs.any(|job| matches!(job.state, JobState::Starting { .. }))
        };
        let mut first: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        for uid in &self.order {
            let document = self
                .snapshot
                .documents
                .iter()
                .find(|one| one.uid == *uid)
                .unwrap();
            if let DocumentState::Assigned { job } = &document.state
                && !starts(job)
            {
                first.entry(Arc::clone(job)).or_insert_with(|| Arc::clone(uid));
            }
        }
        first.into_values().collect()
    }

    fn advance(&mut self, uid: &Arc<str>) {
        let (left, fails) = self.work.get_mut(uid).unwrap();
        *left -= 1;
        if *left > 0 {
            return;
        }
        let fails = std::mem::take(fails);
        *left = 1;
        self.order.retain(|one| one != uid);
        let index = self
            .snapshot
            .documents
            .iter()
            .position(|one| one.uid == *uid)
            .unwrap();
        if fails {
            let document = &mut self.snapshot.documents[index];
            document.state = DocumentState::Waiting;
            document.shareable = false;
        } else {
            self.snapshot.documents.swap_remove(index);
        }
    }

    fn advance_jobs(&mut self) {
        let (documents, now) = (&self.snapshot.documents, self.now);
        self.snapshot.jobs.retain_mut(|job| {
            let holds = documents.iter().any(|document| match &document.state {
                DocumentState::Assigned { job: of } => *of == job.name,
                DocumentState::Waiting => false,
            });
            job.state = match job.state {
                JobState::Starting { since } if now.duration_since(since).as_secs() < START => job.state,
                JobState::Starting { .. } => JobState::Running {
                    since: now,
                    idle_since: (!holds).then_some(now),
                },
                JobState::Running { since, idle_since } => JobState::Running {
                    since,
                    idle_since: if holds { None } else { idle_since.or(Some(now)) },
                },
            };
            job.accepts || holds
        });
    }
}

/// How many seconds pass until all documents of the last of these tenants are done. Each needs a second.
fn seconds_until_done(settings: &Settings, tenants: &[(&str, i64)]) -> usize {
    let mut world = World::new(settings.clone());
    for (tenant, count) in tenants {
        for document in documents(tenant, 0..*count) {
            world.arrive(document, 1, false);
        }
    }
    let (last, _) = tenants.last().unwrap();
    let steps = (1..10_000).take_while(|_| {
        world.step();
        world
            .snapshot
            .documents
            .iter()
            .any(|document| *document.tenant == **last)
    });
    steps.count()
}

#[test]
fn a_small_tenant_beside_large_ones_waits_at_most_twice_as_long_as_alone() {
    let settings = settings(|settings| {
        settings.max_concurrent = Some(12);
        settings.max_jobs = Some(3);
    });
    let alone = seconds_until_done(&settings, &[("c", 10)]);
    let beside = seconds_until_done(&settings, &[("a", 270), ("b", 60), ("c", 10)]);
    let last = seconds_until_done(&settings, &[("b", 60), ("c", 10), ("a", 270)]);
    assert!(beside <= 2 * alone, "{beside} seconds instead of {alone}");
    assert!(last < 150, "{last} seconds for 340 documents on three Jobs");
}
