//! Handing over: Pods ask which assignments they should hold, and the operator answers.
//!
//! The way of a request, `POST /v1/assignments`:
//!
//! 1. [`tls`] takes the connection, with a certificate that [`certificate`] made and [`authority`] signed.
//! 2. [`server`] answers `421` where another replica leads, and else asks [`tokens`] which Pod it is that asks.
//! 3. [`table`] learns what the Pod holds, and what it has ended; the operator hears of it through [`Desired::heard`].
//! 4. [`server`] compares that with what the Pod should hold, [`Desired::assignments`], again whenever [`wakeups`] says so,
//!    until they differ or the time is up.
//! 5. [`table`] learns what is answered, before the answer leaves.
//!
//! | module | touches the cluster |
//! |---|---|
//! | [`table`]: what Pods hold or may hold, and whether their work goes on | no |
//! | [`wakeups`]: who waits for which Job | no |
//! | [`server`], [`tls`] | no |
//! | [`token_cache`]: which tokens were checked | no |
//! | [`tokens`]: whose a token is | creates `TokenReview`s |
//! | [`authority`], [`certificate`] | no |
//! | [`secret`]: where the authority is kept | reads and writes one Secret |

pub mod authority;
pub mod certificate;
pub mod secret;
pub mod server;
pub mod table;
pub mod tls;
pub mod token_cache;
pub mod tokens;
pub mod wakeups;

#[cfg(test)]
mod testing;

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use crds::assignment::{AssignmentResponse, NotLeading};

use self::{
    table::{Heard, Table},
    wakeups::Wakeups,
};

pub use crate::stores::unfinished::JobRef;

/// A Pod, as its token names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PodIdentity {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid: a Pod of the same name and another uid is another Pod.
    pub uid: String,
}

impl PodIdentity {
    /// The Job that it is a Pod of, by the rule of [`crds::job::of_pod`].
    pub fn job(&self) -> Option<JobRef> {
        let job = crds::job::of_pod(&self.name)?;
        Some((self.namespace.clone(), job.to_owned()))
    }
}

/// Why it cannot be said what a Pod should hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unassignable {
    /// There is no such Job of ours, or the Pod is not its Pod.
    NotOurs,
    /// Something that it depends on is not known yet.
    NotKnownYet,
}

/// What Pods should hold, and who is told what they say. The operator is this.
pub trait Desired: Send + Sync + 'static {
    /// Whether this process leads at this moment; if not, who does.
    ///
    /// It is asked again right before an answer is given, so it must not trust what it knew a moment ago: a process that was stopped for a while
    /// finds out here.
    ///
    /// # Errors
    /// If it does not lead.
    fn leads(&self) -> Result<(), NotLeading>;

    /// What this Pod of this Job should hold, in the order of work.
    ///
    /// It is called while [`Handover::table`] is locked, so that no decision that was made after a look at the table is overtaken by an answer that
    /// was made before it. So it must neither lock the table nor wait for anything.
    ///
    /// # Errors
    /// [`Unassignable`]; never an empty list in its place, by which the Pod would let go of its work.
    fn assignments(&self, job: &JobRef, pod: &PodIdentity) -> Result<AssignmentResponse, Unassignable>;

    /// A Pod has asked. It is called before the Pod is answered, and after [`Self::assignments`] has known the Pod.
    fn heard(&self, job: &JobRef, pod: &PodIdentity, heard: Heard);
}

/// What the operator's other rooms see of the handing over.
#[derive(Debug, Default)]
pub struct Handover {
    table: Mutex<Table>,
    wakeups: Wakeups,
    is_closing: AtomicBool,
}

impl Handover {
    /// What Pods have said. Whoever holds it keeps every answer waiting.
    pub fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the Pods of this Job should hold may have changed. Call it after the change can be seen through [`Desired::assignments`].
    pub fn changed(&self, job: &JobRef) {
        self.wakeups.wake(job);
    }

    /// What all Pods should hold may have changed, or who leads.
    pub fn all_changed(&self) {
        self.wakeups.wake_all();
    }

    /// From now on nobody waits for an answer: this process is about to end.
    pub fn close(&self) {
        self.is_closing.store(true, Ordering::SeqCst);
        self.wakeups.wake_all();
    }

    /// For how many Jobs a Pod waits for an answer.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.wakeups.len()
    }

    fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_whose_name_is_no_jobs_belongs_to_none() {
        let mut pod = PodIdentity {
            namespace: "tenant".into(),
            name: "enc-0123456789abcdef-x1y2z".into(),
            uid: "uid".into(),
        };
        assert_eq!(pod.job(), Some(("tenant".into(), "enc-0123456789abcdef".into())));
        pod.name = "enc-0123456789abcdef".into();
        assert_eq!(pod.job(), None);
    }
}
