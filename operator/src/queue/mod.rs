//! The queue pass: for every document that waits, whether it goes on waiting, begins a new Job, or is handed to one.
//!
//! [`pass`] is pure: the same snapshot, in any order, gives the same plan. Whoever calls it gives it what earlier passes
//! have decided as assigned, even before that can be read back, so that no limit is exceeded by a store that lags.
//!
//! | file | question |
//! |---|---|
//! | `snapshot` | what a pass is told |
//! | `plan` | what it decides |
//! | `shares` | whose turn it is, by weighted fair shares |
//! | `line` | who waits in a queue, tenant by tenant |
//! | `standing` | which Job works for a document |
//! | `identity` | which of the Jobs that could, and whether another is worth its start |
//! | `retire` | which Jobs are drained |
//! | `estimate` | how long things take, and when a document's turn comes |
//! | `position` | when a changed position is worth a write |
//!
//! These touch the stores:
//!
//! | file | does |
//! |---|---|
//! | `task` | runs the passes, and wakes those whose turn has come |
//! | `candidates` | what a pass is told of a resource |
//! | `standing_jobs` | what a pass is told of a standing Job, and which of them end |
//! | `turns` | what was decided and is not carried out yet |
//! | `measured` | how long things took |

mod candidates;
mod estimate;
mod identity;
mod line;
pub mod measured;
mod plan;
mod position;
mod retire;
mod shares;
mod snapshot;
mod standing;
mod standing_jobs;
pub mod task;
#[cfg(test)]
mod tests;
pub mod turns;

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};

pub use estimate::Rates;
pub use plan::{Plan, Turn, Wait, WaitReason};
pub use position::{RateLimit, is_news};
pub use shares::Served;
pub use snapshot::{
    Document, DocumentState, JobIdentity, JobState, QueueSettings, Settings, Snapshot, StandingJob,
};

use estimate::Backlog;
use line::{Line, Waiting};
use shares::{Shares, Tags};
use standing::Jobs;

/// Decides what happens next.
///
/// 1. Turns go round by weighted fair shares: among the queues first, then among the tenants of the queue, then by
///    priority and arrival. A document that no Job can take holds up nobody: the next in order is asked.
/// 2. What is left is numbered, in the order in which turns would go on.
/// 3. Jobs that are not needed any more, or needed more by others, are retired.
pub fn pass(snapshot: &Snapshot, settings: &Settings, now: Timestamp) -> Plan {
    let (jobs, mut waiting) = Jobs::new(snapshot, settings);
    line::sort_by_arrival(&mut waiting);
    let mut round = Round {
        snapshot,
        settings,
        jobs,
        lines: line::lines(&waiting, snapshot, settings),
        refused: vec![None; waiting.len()],
        turns: Vec::with_capacity(waiting.len()),
        waiting,
    };
    let served = round.assign();
    round.number(now);
    let turn = SignedDuration::try_from(standing::worth_a_start(&snapshot.rates));
    let retirement = retire::retire(&round.jobs, settings, turn.unwrap_or(SignedDuration::MAX), now);
    Plan {
        turns: round.turns,
        retire: retirement.jobs,
        requeue_at: retirement.requeue_at,
        served,
    }
}

/// A pass on its way.
struct Round<'a> {
    snapshot: &'a Snapshot,
    settings: &'a Settings,
    /// By arrival.
    waiting: Vec<Waiting<'a>>,
    lines: Vec<Line>,
    jobs: Jobs<'a>,
    /// By arrival: why a document that was asked could not be assigned.
    refused: Vec<Option<WaitReason>>,
    turns: Vec<(Arc<str>, Turn)>,
}

impl Round<'_> {
    /// Gives turns until a limit is reached or everybody was asked.
    fn assign(&mut self) -> Served {
        let tags = &self.snapshot.served.queues;
        let mut queues = Shares::new(tags);
        let mut assigned = 0;
        for line in &self.lines {
            let weight = self.settings.queue_weight(&line.queue);
            let index = queues.add(&line.queue, weight, line.assigned, tags);
            if !line.settings.admitted_elsewhere {
                assigned += line.assigned;
            }
            if let Some(head) = line.head() {
                queues.offer(index, head);
            }
        }
        while let Some(index) = queues.take() {
            let line = &mut self.lines[index];
            let counts = !line.settings.admitted_elsewhere;
            let is_used_up = counts && self.settings.max_concurrent.is_some_and(|most| assigned >= most);
            if is_used_up || line.is_full() {
                continue;
            }
            let Some(next) = line.take() else { continue };
            let waiting = &self.waiting[next.document];
            match self.jobs.place(waiting, &line.settings, next.foremost) {
                Ok(turn) => {
                    self.turns.push((Arc::clone(&waiting.document.uid), turn));
                    line.serve(&next, waiting.work);
                    queues.serve(index);
                    assigned += usize::from(counts);
                }
                Err(reason) => {
                    self.refused[next.document] = Some(reason);
                    line.refuse(&next);
                }
            }
            if let Some(head) = line.head() {
                queues.offer(index, head);
            }
        }
        self.served(&queues)
    }

    /// What the next pass has to know of the past: where nobody waits, nothing, so that the next ones begin alike.
    fn served(&self, queues: &Shares) -> Served {
        let before = &self.snapshot.served;
        let waiting = self.lines.iter().filter(|line| line.waits());
        let tenants: BTreeMap<Arc<str>, Tags> = waiting
            .map(|line| {
                (
                    Arc::clone(&line.queue),
                    line.tags(before.tenants.get(&line.queue)),
                )
            })
            .collect();
        let queues = if tenants.is_empty() {
            Tags::default()
        } else {
            queues.tags(&before.queues)
        };
        Served { queues, tenants }
    }

    /// Numbers those that go on waiting, queue by queue, in the order in which turns would go on.
    fn number(&mut self, now: Timestamp) {
        for line in &mut self.lines {
            let limit = line.limit();
            let mut backlog = Backlog {
                work: line.work,
                jobs: self.jobs.busy(&line.queue),
            };
            for (position, index) in (1..).zip(line.rest()) {
                let waiting = &self.waiting[index];
                let reason = self.refused[index].unwrap_or(limit);
                let start = self.jobs.start(waiting);
                let estimated_start = match reason {
                    WaitReason::JobBusy | WaitReason::JobStarting => {
                        self.jobs.backlog(waiting).and_then(|own| {
                            let estimated = own.start(now, start);
                            own.add(waiting.work);
                            estimated
                        })
                    }
                    _ if is_closed(reason, self.settings) => None,
                    _ => backlog.start(now, start),
                };
                backlog.add(waiting.work);
                let wait = Wait {
                    position,
                    reason,
                    estimated_start,
                };
                self.turns
                    .push((Arc::clone(&waiting.document.uid), Turn::Wait(wait)));
            }
        }
    }
}

/// Whether a limit lets nothing pass at all.
fn is_closed(reason: WaitReason, settings: &Settings) -> bool {
    match reason {
        WaitReason::QueueLimit { limit } => limit == 0,
        WaitReason::GlobalLimit => settings.max_concurrent == Some(0),
        WaitReason::JobLimit => settings.max_jobs == Some(0),
        WaitReason::JobBusy | WaitReason::JobStarting => false,
    }
}
