//! What is known of Pods from their requests: what they hold or may hold, and whether their work goes on. Pure.
//!
//! A Pod may hold what it said in its newest request and, besides, what was answered to it since, as an answer may be on its way. This is a cache:
//! the resources say who works for whom, and a new leader begins with an empty table.

mod silence;

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use crds::assignment::{AssignmentKey, AssignmentRequest, EndedAssignment, HeldAssignment};

use self::silence::Signs;
use super::{JobRef, PodIdentity};

/// So many Pods are known at once. A Pod takes about a kilobyte.
const CAPACITY: usize = 20_000;

/// Whether a Job's Pods hold an assignment, by what they said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// None of the Job's Pods that are known does, and none can receive it any more unless it is answered again.
    ///
    /// A Pod that has never asked is not known, and may hold what its environment named.
    No,
    /// One does, or did when it last asked, or an answer with it may be on its way.
    Maybe,
    /// No Pod of this Job is known: none has asked since this operator began to lead.
    Unknown,
}

/// What was new in a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// What the Pod has ended and did not name in the request before. A new leader hears of it again.
    pub ended: Vec<EndedAssignment>,
    /// Whether this is the Pod's first request.
    pub is_first: bool,
    /// Whether it holds something else than before, works on another assignment, or has become one that wants no more work.
    pub has_changed: bool,
}

/// What a Pod works on.
#[derive(Clone, Debug, PartialEq)]
pub struct Working {
    /// Which assignment.
    pub key: AssignmentKey,
    /// For how many seconds it did so when it last asked, by its own clock.
    pub seconds: f64,
}

/// What is known of Pods.
#[derive(Debug)]
pub struct Table {
    pods: HashMap<String, KnownPod>,
    /// The uids of each Job's Pods.
    jobs: HashMap<JobRef, Vec<String>>,
    /// Since when silence counts.
    counted_since: Option<Instant>,
    capacity: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

#[derive(Debug)]
struct KnownPod {
    job: JobRef,
    order: u64,
    asked: Instant,
    held: Vec<HeldAssignment>,
    ended: Vec<EndedAssignment>,
    /// What was answered to the newest request, without what the Pod had ended.
    answered: HashSet<AssignmentKey>,
    is_retiring: bool,
    signs: Signs,
}

impl KnownPod {
    fn may_hold(&self, is_it: impl Fn(&AssignmentKey) -> bool) -> bool {
        self.held.iter().any(|held| is_it(&held.key)) || self.answered.iter().any(is_it)
    }

    fn working(&self) -> Option<Working> {
        self.held.iter().find_map(|held| {
            held.working_seconds.map(|seconds| Working {
                key: held.key.clone(),
                seconds,
            })
        })
    }

    /// What [`Heard::has_changed`] is about.
    fn outline(&self) -> (bool, Option<AssignmentKey>, HashSet<&AssignmentKey>) {
        (
            self.is_retiring,
            self.working().map(|working| working.key),
            self.held.iter().map(|held| &held.key).collect(),
        )
    }
}

impl Table {
    /// A table of at most so many Pods. Where one more asks, the Job that has been quiet for the longest is forgotten whole.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            pods: HashMap::new(),
            jobs: HashMap::new(),
            counted_since: None,
            capacity,
        }
    }

    /// A Pod has asked: what it says replaces what was known of it.
    ///
    /// `order` grows with every request of a Pod, in the order in which the Pod made them. A request that is older than one that is known
    /// changes nothing, and `None` is returned: the Pod does not wait for its answer any more.
    pub fn asked(
        &mut self,
        pod: &PodIdentity,
        job: &JobRef,
        order: u64,
        request: &AssignmentRequest,
        now: Instant,
    ) -> Option<Heard> {
        let mut before = self.pods.remove(&pod.uid);
        if let Some(known) = before.take_if(|known| known.order >= order) {
            self.pods.insert(pod.uid.clone(), known);
            return None;
        }
        let signs = before
            .as_ref()
            .map(|known| (&known.signs, known.asked))
            .filter(|(_, asked)| self.counted_since.is_none_or(|since| *asked > since));
        let after = KnownPod {
            job: job.clone(),
            order,
            asked: now,
            held: request.held.clone(),
            ended: request.ended.clone(),
            answered: HashSet::new(),
            is_retiring: request.retiring,
            signs: Signs::of(&request.held, signs, now),
        };
        let heard = Heard {
            ended: newly_ended(&request.ended, before.as_ref()),
            is_first: before.is_none(),
            has_changed: before
                .as_ref()
                .is_none_or(|before| before.outline() != after.outline()),
        };
        if before.is_none() {
            self.make_room();
            self.jobs.entry(job.clone()).or_default().push(pod.uid.clone());
        }
        self.pods.insert(pod.uid.clone(), after);
        Some(heard)
    }

    /// Whether this is the newest request of the Pod: the one whose answer it waits for.
    pub fn is_newest(&self, pod_uid: &str, order: u64) -> bool {
        self.pods.get(pod_uid).is_some_and(|known| known.order == order)
    }

    /// The Pod's request of this order is about to be answered with these assignments. To be called before the answer leaves.
    ///
    /// If it returns false, the answer must not be given: a newer request of the Pod is known, or the Pod was forgotten meanwhile.
    #[must_use]
    pub fn answered(
        &mut self,
        pod_uid: &str,
        order: u64,
        keys: impl IntoIterator<Item = AssignmentKey>,
    ) -> bool {
        let Some(known) = self.pods.get_mut(pod_uid).filter(|known| known.order == order) else {
            return false;
        };
        // What it has ended it does not begin again, although an operator that has not seen the end yet still names it.
        let ended: HashSet<&AssignmentKey> = known.ended.iter().map(|ended| &ended.key).collect();
        known.answered = keys.into_iter().filter(|key| !ended.contains(key)).collect();
        true
    }

    /// Whether a Pod of this Job holds this assignment.
    #[cfg(test)]
    pub fn may_hold(&self, job: &JobRef, key: &AssignmentKey) -> Holding {
        self.may_hold_any(job, |held| held == key)
    }

    /// Whether a Pod of this Job holds an assignment for the resource with this uid, of whichever attempt.
    #[cfg(test)]
    pub fn may_hold_for(&self, job: &JobRef, resource_uid: &str) -> Holding {
        self.may_hold_any(job, |held| held.uid == resource_uid)
    }

    #[cfg(test)]
    fn may_hold_any(&self, job: &JobRef, is_it: impl Fn(&AssignmentKey) -> bool) -> Holding {
        let mut holding = Holding::Unknown;
        for pod in self.pods_of(job) {
            if pod.may_hold(&is_it) {
                return Holding::Maybe;
            }
            holding = Holding::No;
        }
        holding
    }

    /// Whether this Pod, by its uid, holds this assignment. [`Holding::Unknown`] is that it has not asked since this operator began to lead.
    #[cfg(test)]
    pub fn pod_may_hold(&self, pod_uid: &str, key: &AssignmentKey) -> Holding {
        match self.pods.get(pod_uid) {
            None => Holding::Unknown,
            Some(pod) if pod.may_hold(|held| held == key) => Holding::Maybe,
            Some(_) => Holding::No,
        }
    }

    /// Whether this Pod, by its uid, holds an assignment for the resource with this uid, of whichever attempt.
    pub fn pod_may_hold_for(&self, pod_uid: &str, resource_uid: &str) -> Holding {
        match self.pods.get(pod_uid) {
            None => Holding::Unknown,
            Some(pod) if pod.may_hold(|held| held.uid == resource_uid) => Holding::Maybe,
            Some(_) => Holding::No,
        }
    }

    /// What the Job works on, as its Pod that asked last said then.
    pub fn working(&self, job: &JobRef) -> Option<Working> {
        self.newest_of(job).and_then(KnownPod::working)
    }

    /// Whether the Job wants no more work, as its Pod that asked last said then.
    pub fn is_retiring(&self, job: &JobRef) -> bool {
        self.newest_of(job).is_some_and(|pod| pod.is_retiring)
    }

    /// When a Pod of the Job last asked.
    pub fn last_asked(&self, job: &JobRef) -> Option<Instant> {
        self.newest_of(job).map(|pod| pod.asked)
    }

    /// For how long no Pod of the Job has asked; `None` where none ever did. A Pod that waits for an answer is quiet for up to
    /// [`crds::assignment::MAX_WAIT_SECONDS`]. Time before [`Self::count_anew`] does not count.
    pub fn quiet_for(&self, job: &JobRef, now: Instant) -> Option<Duration> {
        let asked = self.last_asked(job)?;
        let since = self.counted_since.map_or(asked, |since| asked.max(since));
        Some(now.saturating_duration_since(since))
    }

    /// For how long the work on this assignment has not advanced, as far as requests tell; `None` where no Pod of the Job works on it.
    ///
    /// It counts from the request that named the newest advance up to the Pod's newest request, and so lags behind by the time that a request
    /// hangs; it does not grow while the Pod is quiet. After a time in which the Pod could not ask it begins anew: whatever
    /// kept the Pod from asking may have kept it from its document too. For Pods that stay away there is [`Self::quiet_for`].
    pub fn silent_for(&self, job: &JobRef, key: &AssignmentKey) -> Option<Duration> {
        self.pods_of(job)
            .filter_map(|pod| pod.signs.silent_for(key, self.counted_since, pod.asked))
            .max()
    }

    /// All assignments whose work has not advanced for at least so long, with their Jobs. The same rules as for [`Self::silent_for`].
    #[cfg(test)]
    pub fn silent_since(&self, limit: Duration) -> impl Iterator<Item = (&JobRef, &AssignmentKey, Duration)> {
        self.pods.values().flat_map(move |pod| {
            let silent = pod.signs.all_silent(self.counted_since, pod.asked);
            silent
                .filter(move |(_, silent)| *silent >= limit)
                .map(|(key, silent)| (&pod.job, key, silent))
        })
    }

    /// Silence and quiet count from now on, and silence from the first request after it: this process was cut off from the API server, was stopped, or has
    /// just begun to lead. What Pods hold stays known.
    pub fn count_anew(&mut self, now: Instant) {
        self.counted_since = Some(now);
    }

    /// Forgets all: this process begins to lead, and what Pods told it before may no longer be true. Requests that hang are not answered any more.
    pub fn begin(&mut self, now: Instant) {
        self.pods.clear();
        self.jobs.clear();
        self.count_anew(now);
    }

    /// The Pod with this uid is gone: nothing of it runs any more.
    pub fn forget(&mut self, pod_uid: &str) {
        let Some(known) = self.pods.remove(pod_uid) else {
            return;
        };
        if let Some(uids) = self.jobs.get_mut(&known.job) {
            uids.retain(|uid| uid != pod_uid);
            if uids.is_empty() {
                self.jobs.remove(&known.job);
            }
        }
    }

    /// How many Pods are known.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.pods.len()
    }

    /// Whether none is known.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.pods.is_empty()
    }

    /// Forgets whole Jobs: where one Pod of a Job were forgotten and another known, the other could seem to speak for both.
    fn make_room(&mut self) {
        while self.pods.len() >= self.capacity {
            let quietest = self.jobs.keys().min_by_key(|job| self.last_asked(job)).cloned();
            let Some(uids) = quietest.and_then(|job| self.jobs.remove(&job)) else {
                return;
            };
            for uid in uids {
                self.pods.remove(&uid);
            }
        }
    }

    fn pods_of(&self, job: &JobRef) -> impl Iterator<Item = &KnownPod> {
        let uids = self.jobs.get(job).into_iter().flatten();
        uids.filter_map(|uid| self.pods.get(uid))
    }

    fn newest_of(&self, job: &JobRef) -> Option<&KnownPod> {
        self.pods_of(job).max_by_key(|pod| pod.asked)
    }
}

/// What the request before did not name with the same outcome.
fn newly_ended(ended: &[EndedAssignment], before: Option<&KnownPod>) -> Vec<EndedAssignment> {
    let is_known = |ended: &EndedAssignment| {
        let mut known = before.into_iter().flat_map(|before| &before.ended);
        known.any(|known| known.key == ended.key && known.outcome == ended.outcome)
    };
    ended.iter().filter(|ended| !is_known(ended)).cloned().collect()
}

#[cfg(test)]
mod protocol_tests;
#[cfg(test)]
mod tests;
