//! What every plan has to fulfil, counted anew from the snapshot and the plan alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::*;

/// Panics where a plan breaks a rule.
pub(super) fn check(snapshot: &Snapshot, settings: &Settings, plan: &Plan) {
    let after = After::new(snapshot, settings, plan);
    after.everyone_has_one_turn(plan);
    after.limits_are_kept();
    after.jobs_are_handed_what_they_may_hold(plan);
    positions_have_no_gaps(&after, plan);
    for (uid, turn) in &plan.turns {
        if let Turn::Wait(wait) = turn {
            after.nothing_free_is_left(after.documents[&**uid], wait.reason);
        }
    }
    after.only_jobs_that_take_documents_are_retired(plan);
}

/// The state of things once the plan is carried out.
struct After<'a> {
    snapshot: &'a Snapshot,
    settings: &'a Settings,
    documents: BTreeMap<&'a str, &'a Document>,
    /// By name of the standing Job.
    holds: BTreeMap<&'a str, Vec<&'a Document>>,
    /// The documents that begin a Job.
    begin: Vec<&'a Document>,
    /// The Jobs of single documents that there were.
    own: BTreeSet<&'a str>,
}

impl<'a> After<'a> {
    fn new(snapshot: &'a Snapshot, settings: &'a Settings, plan: &'a Plan) -> Self {
        let mut after = Self {
            snapshot,
            settings,
            documents: snapshot
                .documents
                .iter()
                .map(|document| (&*document.uid, document))
                .collect(),
            holds: snapshot.jobs.iter().map(|job| (&*job.name, Vec::new())).collect(),
            begin: Vec::new(),
            own: BTreeSet::new(),
        };
        for document in &snapshot.documents {
            if let DocumentState::Assigned { job } = &document.state {
                match after.holds.get_mut(&**job) {
                    Some(holds) => holds.push(document),
                    None => drop(after.own.insert(job)),
                }
            }
        }
        for (uid, turn) in &plan.turns {
            let document = after.documents[&**uid];
            match turn {
                Turn::HandTo { job } => after
                    .holds
                    .get_mut(&**job)
                    .expect("a Job that exists")
                    .push(document),
                Turn::StartJob => after.begin.push(document),
                Turn::Wait(_) => {}
            }
        }
        after
    }

    fn assigned(&self, is_counted: impl Fn(&Document) -> bool) -> usize {
        let before = self
            .snapshot
            .documents
            .iter()
            .filter(|one| one.state != DocumentState::Waiting);
        let new = self
            .begin
            .iter()
            .copied()
            .chain(self.holds.values().flatten().copied());
        let new = new.filter(|one| one.state == DocumentState::Waiting);
        before.chain(new).filter(|one| is_counted(one)).count()
    }

    fn assigned_before(&self, is_counted: impl Fn(&Document) -> bool) -> usize {
        let before = self
            .snapshot
            .documents
            .iter()
            .filter(|one| one.state != DocumentState::Waiting);
        before.filter(|one| is_counted(one)).count()
    }

    fn jobs(&self) -> usize {
        self.snapshot.jobs.len() + self.own.len() + self.begin.len()
    }

    fn is_shareable(&self, document: &Document) -> bool {
        document.shareable && self.settings.queue(&document.queue).linger.is_positive()
    }

    fn accepting(&self, document: &Document) -> impl Iterator<Item = &'a StandingJob> {
        let identity = document.identity.clone();
        self.snapshot
            .jobs
            .iter()
            .filter(move |job| job.accepts && job.identity == identity)
    }

    fn everyone_has_one_turn(&self, plan: &Plan) {
        let mut turns: Vec<&str> = plan.turns.iter().map(|(uid, _)| &**uid).collect();
        turns.sort_unstable();
        let waiting = self
            .documents
            .values()
            .filter(|document| document.state == DocumentState::Waiting);
        assert_eq!(turns, waiting.map(|document| &*document.uid).collect::<Vec<_>>());
    }

    fn limits_are_kept(&self) {
        let within = |limit: Option<usize>, after: usize, before: usize| {
            assert!(
                limit.is_none_or(|limit| after <= limit.max(before)),
                "{after} of {limit:?}, {before} before"
            );
        };
        within(
            self.settings.max_concurrent,
            self.assigned(|_| true),
            self.assigned_before(|_| true),
        );
        for (name, queue) in &self.settings.queues {
            let in_queue = |document: &Document| document.queue == *name;
            within(
                queue.max_concurrent,
                self.assigned(in_queue),
                self.assigned_before(in_queue),
            );
        }
        within(
            self.settings.max_jobs,
            self.jobs(),
            self.jobs() - self.begin.len(),
        );
    }

    fn jobs_are_handed_what_they_may_hold(&self, plan: &Plan) {
        for (uid, turn) in &plan.turns {
            let Turn::HandTo { job } = turn else { continue };
            let document = self.documents[&**uid];
            let to = self
                .snapshot
                .jobs
                .iter()
                .find(|one| one.name == *job)
                .expect("a Job that exists");
            assert_eq!(to.identity, document.identity, "{uid} is handed to {job}");
            assert!(
                to.accepts && self.is_shareable(document),
                "{uid} is handed to {job}"
            );
            assert!(
                self.holds[&**job].len() <= 1 + self.settings.queue(&to.queue).ahead,
                "{job} holds too much"
            );
        }
    }

    /// A document waits only for what there really is none of, once the plan is carried out.
    fn nothing_free_is_left(&self, document: &Document, reason: WaitReason) {
        let queue = self.settings.queue(&document.queue);
        let shareable = self.is_shareable(document);
        let mut accepting = self.accepting(document);
        let open = accepting.any(|job| self.holds[&*job.name].len() < 1 + queue.ahead);
        let begun = self
            .begin
            .iter()
            .filter(|one| self.is_shareable(one) && one.identity == document.identity);
        let starting = begun.clone().count() > 0
            || self
                .accepting(document)
                .any(|job| matches!(job.state, JobState::Starting { .. }));
        let jobs = begun.count() + self.accepting(document).count();
        let uid = &document.uid;
        match reason {
            WaitReason::QueueLimit { limit } => {
                assert_eq!(Some(limit), queue.max_concurrent);
                assert!(
                    self.assigned(|one| one.queue == document.queue) >= limit,
                    "{uid} could be assigned"
                );
            }
            WaitReason::GlobalLimit => {
                let limit = self.settings.max_concurrent.expect("a limit");
                assert!(self.assigned(|_| true) >= limit, "{uid} could be assigned");
            }
            WaitReason::JobLimit => {
                assert!(
                    self.jobs() >= self.settings.max_jobs.expect("a limit"),
                    "{uid} could begin a Job"
                );
                assert!(!(shareable && open), "{uid} could be handed on");
            }
            WaitReason::JobStarting => {
                assert!(shareable && starting && !open, "{uid} waits for no Job");
            }
            WaitReason::JobBusy => {
                assert!(
                    shareable && !starting && !open && jobs > 0,
                    "{uid} waits for no Job"
                );
                let enough = jobs >= queue.max_jobs_per_identity;
                let start = self.snapshot.rates.start().max(Duration::from_secs(1));
                let each = self.work(&document.identity) / u32::try_from(jobs).unwrap();
                assert!(enough || each <= start * 2, "{uid} is worth another Job");
            }
        }
    }

    /// The work for all that the Jobs of this identity hold and could be handed.
    fn work(&self, identity: &JobIdentity) -> Duration {
        let held = |document: &Document| match &document.state {
            DocumentState::Waiting => self.is_shareable(document),
            DocumentState::Assigned { job } => self
                .snapshot
                .jobs
                .iter()
                .any(|one| one.name == *job && one.accepts),
        };
        let all = self
            .snapshot
            .documents
            .iter()
            .filter(|one| one.identity == *identity && held(one));
        all.map(|document| self.snapshot.rates.expected(document)).sum()
    }

    fn only_jobs_that_take_documents_are_retired(&self, plan: &Plan) {
        let retired: BTreeSet<_> = plan.retire.iter().collect();
        assert_eq!(
            retired.len(),
            plan.retire.len(),
            "retired twice: {:?}",
            plan.retire
        );
        for job in retired {
            assert!(
                self.snapshot
                    .jobs
                    .iter()
                    .any(|one| one.name == *job && one.accepts),
                "{job}"
            );
        }
    }
}

fn positions_have_no_gaps(after: &After, plan: &Plan) {
    let mut next: BTreeMap<&str, u32> = BTreeMap::new();
    for (uid, turn) in &plan.turns {
        if let Turn::Wait(wait) = turn {
            let last = next.entry(&after.documents[&**uid].queue).or_default();
            *last += 1;
            assert_eq!(wait.position, *last, "{uid}");
        }
    }
}
