//! What the tests of the pass have in common: short ways to say a snapshot, and to ask a plan.

mod making_room;
mod oracle;
mod order;
mod placement;
mod properties;
mod retirement;
mod shares;
mod waiting;
mod world;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::*;

/// The queue of everything that names no other.
const QUEUE: &str = "documents";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A document of this tenant that waits and may be handed on; created at the second that is its number.
fn document(tenant: &str, number: i64) -> Document {
    Document {
        uid: format!("{tenant}/{number}").into(),
        name: format!("{tenant}/{number:06}").into(),
        queue: QUEUE.into(),
        tenant: tenant.into(),
        priority: 0,
        created: at(number),
        identity: identity(tenant),
        shareable: true,
        weight_seconds: None,
        state: DocumentState::Waiting,
    }
}

fn documents(tenant: &str, numbers: std::ops::Range<i64>) -> impl Iterator<Item = Document> {
    numbers.map(move |number| document(tenant, number))
}

fn identity(text: &str) -> JobIdentity {
    JobIdentity(text.into())
}

impl Document {
    fn queue(mut self, queue: &str) -> Self {
        self.queue = queue.into();
        self
    }

    fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    fn identity(mut self, text: &str) -> Self {
        self.identity = identity(text);
        self
    }

    fn alone(mut self) -> Self {
        self.shareable = false;
        self
    }

    fn seconds(mut self, seconds: f64) -> Self {
        self.weight_seconds = Some(seconds);
        self
    }

    fn assigned(mut self, job: &str) -> Self {
        self.state = DocumentState::Assigned { job: job.into() };
        self
    }
}

/// A Job for documents of this tenant that has run since time began.
fn running(name: &str, tenant: &str) -> StandingJob {
    StandingJob {
        name: name.into(),
        identity: identity(tenant),
        queue: QUEUE.into(),
        accepts: true,
        state: JobState::Running {
            since: at(0),
            idle_since: None,
        },
    }
}

impl StandingJob {
    fn running_since(mut self, second: i64) -> Self {
        self.state = JobState::Running {
            since: at(second),
            idle_since: None,
        };
        self
    }

    fn idle_since(mut self, second: i64) -> Self {
        self.state = JobState::Running {
            since: at(0),
            idle_since: Some(at(second)),
        };
        self
    }

    fn starting(mut self) -> Self {
        self.state = JobState::Starting { since: at(0) };
        self
    }

    fn draining(mut self) -> Self {
        self.accepts = false;
        self
    }
}

fn snapshot(
    documents: impl IntoIterator<Item = Document>,
    jobs: impl IntoIterator<Item = StandingJob>,
) -> Snapshot {
    Snapshot {
        documents: documents.into_iter().collect(),
        jobs: jobs.into_iter().collect(),
        ..Snapshot::default()
    }
}

fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    settings.queues.insert(QUEUE.into(), QueueSettings::default());
    change(&mut settings);
    settings
}

/// Settings of the queue of everything.
fn of_queue(change: impl FnOnce(&mut QueueSettings)) -> Settings {
    settings(|settings| change(settings.queues.get_mut(QUEUE).unwrap()))
}

/// Each document has a Job of its own, so that limits and shares alone decide.
fn one_job_a_document(settings: &mut Settings) {
    for queue in settings.queues.values_mut() {
        queue.linger = SignedDuration::ZERO;
    }
}

impl Plan {
    fn turn(&self, uid: &str) -> &Turn {
        let (_, turn) = self
            .turns
            .iter()
            .find(|(of, _)| &**of == uid)
            .expect("a turn of this document");
        turn
    }

    fn wait(&self, uid: &str) -> &Wait {
        match self.turn(uid) {
            Turn::Wait(wait) => wait,
            turn => panic!("{uid} does not wait: {turn:?}"),
        }
    }

    /// Those that are assigned, in the order of their turns.
    fn assigned(&self) -> Vec<&str> {
        let assigned = self
            .turns
            .iter()
            .filter(|(_, turn)| !matches!(turn, Turn::Wait(_)));
        assigned.map(|(uid, _)| &**uid).collect()
    }

    /// Those that wait, in the order of their positions.
    fn waiting(&self) -> Vec<&str> {
        let waiting = self
            .turns
            .iter()
            .filter(|(_, turn)| matches!(turn, Turn::Wait(_)));
        waiting.map(|(uid, _)| &**uid).collect()
    }

    fn retired(&self) -> Vec<&str> {
        self.retire.iter().map(|job| &**job).collect()
    }
}

fn hand_to(job: &str) -> Turn {
    Turn::HandTo { job: Arc::from(job) }
}
