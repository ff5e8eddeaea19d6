//! Which Jobs are drained: the idle, and busy ones where others wait for a turn.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{
    snapshot::{JobState, Settings},
    standing::{Job, Jobs, Tenant},
};

/// What is to be drained now, and when to look again.
#[derive(Default)]
pub(super) struct Retirement {
    pub(super) jobs: Vec<Arc<str>>,
    pub(super) requeue_at: Option<Timestamp>,
}

/// Retires Jobs that were idle for longer than their queue lets them linger, and as many idle ones as documents wait
/// for the room of a Job. Where that is not enough, one busy Job.
///
/// A busy Job has had its `turn` before it is drained, so that the starts of Pods do not take more time than the work.
pub(super) fn retire(jobs: &Jobs, settings: &Settings, turn: SignedDuration, now: Timestamp) -> Retirement {
    let mut retirement = Retirement::default();
    let mut idle = Vec::new();
    for job in jobs
        .standing
        .iter()
        .filter(|job| job.listed.accepts && job.holds == 0)
    {
        let since = job.idle_since(now);
        let linger = settings.queue(&job.listed.queue).linger;
        if now.duration_since(since) >= linger {
            retirement.jobs.push(Arc::clone(&job.listed.name));
        } else {
            idle.push((since, &job.listed.name));
            retirement.requeue_at(since.checked_add(linger).ok());
        }
    }

    // Those that end already make room without another.
    let ending = jobs.standing.iter().filter(|job| !job.listed.accepts).count();
    let wanted = jobs.claims.len().saturating_sub(ending + retirement.jobs.len());
    idle.sort_unstable();
    let (longest, _) = idle.split_at(wanted.min(idle.len()));
    retirement
        .jobs
        .extend(longest.iter().map(|(_, name)| Arc::clone(name)));

    if wanted > longest.len()
        && let Some((since, job)) = busy(jobs, settings)
    {
        let due = since.checked_add(turn).unwrap_or(Timestamp::MAX);
        if due <= now {
            retirement.jobs.push(Arc::clone(&job.listed.name));
        } else {
            retirement.requeue_at(Some(due));
        }
    }
    retirement
}

/// A Job that can be drained, and since when it has worked.
type Worker<'a> = (Timestamp, &'a Job<'a>);

fn by_age<'a>((since, job): &Worker<'a>) -> (Timestamp, &'a Arc<str>) {
    (*since, &job.listed.name)
}

/// What one tenant has of the Jobs.
#[derive(Default)]
struct Holding<'a> {
    /// The Jobs that work for it, without those that end.
    jobs: u32,
    /// The Job that has worked longest, of those that can be drained.
    oldest: Option<Worker<'a>>,
    claims: bool,
    /// The part of the Jobs that its weight entitles it to.
    share: f64,
}

/// The busy Job that has to make room.
///
/// Among tenants it is one of the tenant furthest above its share, for a tenant that has none, or that has so many
/// fewer that the exchange does not only turn the tables. Otherwise a tenant makes room for itself: where the first of
/// its documents that waits needs another Job than it has.
fn busy<'a>(jobs: &'a Jobs<'a>, settings: &Settings) -> Option<Worker<'a>> {
    let holdings = holdings(jobs, settings);
    let above = |holding: &&Holding| f64::from(holding.jobs) > holding.share;
    let donor = holdings
        .values()
        .filter(above)
        .filter_map(|holding| holding.oldest.map(|oldest| (holding, oldest)))
        .max_by(|(one, oldest), (other, other_oldest)| {
            one.level(0)
                .total_cmp(&other.level(0))
                .then_with(|| by_age(other_oldest).cmp(&by_age(oldest)))
        });
    if let Some((donor, oldest)) = donor {
        let gains =
            |holding: &Holding| holding.claims && (holding.jobs == 0 || donor.level(-1) >= holding.level(1));
        if holdings.values().any(gains) {
            return Some(oldest);
        }
    }
    jobs.claims
        .iter()
        .filter(|claim| claim.foremost)
        .filter_map(|claim| holdings[&claim.tenant].oldest)
        .min_by(|one, other| by_age(one).cmp(&by_age(other)))
}

fn holdings<'a>(jobs: &'a Jobs<'a>, settings: &Settings) -> BTreeMap<Tenant<'a>, Holding<'a>> {
    let mut holdings: BTreeMap<Tenant, Holding> = BTreeMap::new();
    for tenant in &jobs.others {
        holdings.entry(*tenant).or_default().jobs += 1;
    }
    for job in jobs.standing.iter().filter(|job| job.listed.accepts) {
        let Some(tenant) = job.tenant else { continue };
        let holding = holdings.entry(tenant).or_default();
        holding.jobs += 1;
        // One that starts is let start: to drain it would waste the start.
        if let JobState::Running { since, .. } = job.listed.state {
            let this = (since, job);
            let is_older = holding
                .oldest
                .is_none_or(|oldest| by_age(&this) < by_age(&oldest));
            holding.oldest = if is_older { Some(this) } else { holding.oldest };
        }
    }
    for claim in &jobs.claims {
        holdings.entry(claim.tenant).or_default().claims = true;
    }
    let mut queues: BTreeMap<&str, u64> = BTreeMap::new();
    for (queue, tenant) in holdings.keys() {
        *queues.entry(queue).or_default() += u64::from(settings.tenant_weight(tenant));
    }
    let weights: u64 = queues
        .keys()
        .map(|queue| u64::from(settings.queue_weight(queue)))
        .sum();
    let most = settings.max_jobs.unwrap_or_default();
    for ((queue, tenant), holding) in &mut holdings {
        let of_queue = ratio(settings.queue_weight(queue).into(), weights);
        let of_tenant = ratio(settings.tenant_weight(tenant).into(), queues[&***queue]);
        holding.share = of_queue * of_tenant * ratio(most as u64, 1);
    }
    holdings
}

#[allow(clippy::cast_precision_loss, reason = "weights and counts of Jobs are small")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

impl Retirement {
    fn requeue_at(&mut self, at: Option<Timestamp>) {
        self.requeue_at = self.requeue_at.into_iter().chain(at).min();
    }
}

impl Holding<'_> {
    /// How much of its share it has, with so many Jobs more.
    fn level(&self, more: i32) -> f64 {
        (f64::from(self.jobs) + f64::from(more)) / self.share
    }
}

impl Job<'_> {
    fn idle_since(&self, now: Timestamp) -> Timestamp {
        match self.listed.state {
            JobState::Starting { since } => since,
            JobState::Running { idle_since, .. } => idle_since.unwrap_or(now),
        }
    }
}
