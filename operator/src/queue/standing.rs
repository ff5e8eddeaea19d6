//! Which Job works for a document: one that stands, or a new one.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use super::{
    estimate::{Backlog, Rates},
    identity::Identities,
    line::Waiting,
    plan::{Turn, WaitReason},
    snapshot::{DocumentState, JobState, QueueSettings, Settings, Snapshot, StandingJob},
};

/// A further Job is worth its start once the work for each that exists takes this many times as long.
const WORTH_STARTS: u32 = 2;
/// However fast Pods start, a second is not worth another.
const SHORTEST_START: Duration = Duration::from_secs(1);

/// The work that is worth the start of a Job: also how long a Job may work before it can be drained for others.
pub(super) fn worth_a_start(rates: &Rates) -> Duration {
    rates.start().max(SHORTEST_START).saturating_mul(WORTH_STARTS)
}

/// A queue and a tenant in it.
pub(super) type Tenant<'a> = (&'a Arc<str>, &'a Arc<str>);

/// A standing Job and what it holds, with what this pass has handed to it.
pub(super) struct Job<'a> {
    pub(super) listed: &'a StandingJob,
    pub(super) holds: usize,
    /// Whose documents it holds, if any.
    pub(super) tenant: Option<Tenant<'a>>,
    /// The work for these.
    pub(super) work: Duration,
}

/// A document that could be assigned if there were room for one more Job.
pub(super) struct Claim<'a> {
    pub(super) tenant: Tenant<'a>,
    /// Whether it is the first of its tenant that goes on waiting, and no Job will ever take it but a new one.
    pub(super) foremost: bool,
}

/// The Jobs that exist, and the ones that are started by this pass.
pub(super) struct Jobs<'a> {
    pub(super) standing: Vec<Job<'a>>,
    /// The Jobs of a single document and the ones started by this pass: whom each works for.
    pub(super) others: Vec<Tenant<'a>>,
    pub(super) claims: Vec<Claim<'a>>,
    /// How many of [`Self::others`] are admitted elsewhere, and so count against no limit.
    uncounted: usize,
    identities: Identities<'a>,
    limit: Option<usize>,
    worth_a_start: Duration,
    start: Duration,
}

impl<'a> Jobs<'a> {
    /// The Jobs, and the documents that wait for one, in no order.
    pub(super) fn new(snapshot: &'a Snapshot, settings: &Settings) -> (Self, Vec<Waiting<'a>>) {
        let mut standing: Vec<Job> = snapshot.jobs.iter().map(Job::new).collect();
        standing.sort_by_key(|job| &job.listed.name);
        let names = (0..).zip(&standing);
        let by_name: HashMap<&str, usize> = names.map(|(index, job)| (&*job.listed.name, index)).collect();

        let mut identities = Identities::default();
        let mut others = BTreeMap::new();
        let mut waiting = Vec::with_capacity(snapshot.documents.len());
        for document in &snapshot.documents {
            let work = snapshot.rates.expected(document);
            let tenant = (&document.queue, &document.tenant);
            match &document.state {
                DocumentState::Waiting => {
                    // Without linger, each has a Job of its own.
                    let shareable =
                        document.shareable && settings.queue(&document.queue).linger.is_positive();
                    let identity = shareable.then(|| identities.index(&document.identity));
                    if let Some(index) = identity {
                        identities.all[index].expect(work);
                    }
                    waiting.push(Waiting {
                        document,
                        work,
                        identity,
                    });
                }
                DocumentState::Assigned { job } => {
                    if let Some(&index) = by_name.get(&**job) {
                        standing[index].hold(tenant, work);
                    } else {
                        let of = others.entry(job).or_insert(tenant);
                        *of = tenant.min(*of);
                    }
                }
            }
        }
        for (index, job) in (0..).zip(&standing).filter(|(_, job)| job.listed.accepts) {
            let identity = identities.index(&job.listed.identity);
            identities.all[identity].accept(index, job, &settings.queue(&job.listed.queue));
        }
        let others: Vec<Tenant> = others.into_values().collect();
        let is_uncounted = |tenant: &&Tenant| settings.queue(tenant.0).admitted_elsewhere;
        let jobs = Self {
            standing,
            uncounted: others.iter().filter(is_uncounted).count(),
            others,
            claims: Vec::new(),
            identities,
            limit: settings.max_jobs,
            worth_a_start: worth_a_start(&snapshot.rates),
            start: snapshot.rates.start(),
        };
        (jobs, waiting)
    }

    /// Finds a Job for this document, or says what it has to wait for.
    ///
    /// `foremost` is whether no document of its tenant that goes first waits.
    pub(super) fn place(
        &mut self,
        waiting: &Waiting<'a>,
        queue: &QueueSettings,
        foremost: bool,
    ) -> Result<Turn, WaitReason> {
        let has_room = queue.admitted_elsewhere || self.limit.is_none_or(|most| self.count() < most);
        let tenant = (&waiting.document.queue, &waiting.document.tenant);
        let Some(identity) = waiting.identity else {
            if has_room {
                self.others.push(tenant);
                self.uncounted += usize::from(queue.admitted_elsewhere);
                return Ok(Turn::StartJob);
            }
            self.claims.push(Claim { tenant, foremost });
            return Err(WaitReason::JobLimit);
        };
        let identity = &mut self.identities.all[identity];
        if let Some(index) = identity.next_open() {
            let job = &mut self.standing[index];
            job.hold(tenant, waiting.work);
            identity.backlog.add(waiting.work);
            identity.open(index, job, queue);
            return Ok(Turn::HandTo {
                job: Arc::clone(&job.listed.name),
            });
        }
        let none = identity.backlog.jobs == 0;
        if !none && !identity.is_worth_another(self.worth_a_start, queue) {
            return Err(if identity.starting {
                WaitReason::JobStarting
            } else {
                WaitReason::JobBusy
            });
        }
        if has_room {
            identity.start(waiting.work);
            self.others.push(tenant);
            return Ok(Turn::StartJob);
        }
        // Its Job would be the Job of the ones behind it, too.
        if !identity.claimed {
            identity.claimed = true;
            let foremost = foremost && none;
            self.claims.push(Claim { tenant, foremost });
        }
        Err(WaitReason::JobLimit)
    }

    /// What the Jobs that may be handed this document have to do before.
    pub(super) fn backlog(&mut self, waiting: &Waiting) -> Option<&mut Backlog> {
        let index = waiting.identity?;
        Some(&mut self.identities.all[index].backlog)
    }

    /// The time until a Pod works that could take this document, if there were nothing else to do.
    pub(super) fn start(&self, waiting: &Waiting) -> Duration {
        let runs = waiting
            .identity
            .is_some_and(|index| self.identities.all[index].running);
        if runs { Duration::ZERO } else { self.start }
    }

    /// How many Jobs of this queue work.
    pub(super) fn busy(&self, queue: &str) -> u32 {
        let standing = self.standing.iter().filter_map(|job| job.tenant);
        let all = standing.chain(self.others.iter().copied());
        let busy = all.filter(|(of, _)| &***of == queue).count();
        u32::try_from(busy).unwrap_or(u32::MAX)
    }

    fn count(&self) -> usize {
        self.standing.len() + self.others.len() - self.uncounted
    }
}

impl<'a> Job<'a> {
    fn new(listed: &'a StandingJob) -> Self {
        Self {
            listed,
            holds: 0,
            tenant: None,
            work: Duration::ZERO,
        }
    }

    fn hold(&mut self, tenant: Tenant<'a>, work: Duration) {
        self.holds += 1;
        self.work = self.work.saturating_add(work);
        // They are all of one tenant; were they not, the order of the snapshot still would not matter.
        self.tenant = Some(self.tenant.map_or(tenant, |other| other.min(tenant)));
    }

    pub(super) fn is_starting(&self) -> bool {
        matches!(self.listed.state, JobState::Starting { .. })
    }
}
