//! The documents that are not finished, by uid and by the Job that works for them: what the queue and the handing over look at.
//!
//! Finished resources stay for a day; this index is what keeps the cost of a look independent of their number.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use crds::{DocumentEncoding, Phase};
use kube::ResourceExt;

/// A Job, by namespace and name.
pub type JobRef = (String, String);

/// The documents that are not finished.
#[derive(Debug, Default)]
pub struct Unfinished {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    by_uid: HashMap<String, Arc<DocumentEncoding>>,
    by_job: HashMap<JobRef, BTreeSet<String>>,
}

impl Inner {
    fn remove(&mut self, uid: &str) -> Option<JobRef> {
        let before = self.by_uid.remove(uid)?;
        let job = job_of(&before)?;
        if let Some(uids) = self.by_job.get_mut(&job) {
            uids.remove(uid);
            if uids.is_empty() {
                self.by_job.remove(&job);
            }
        }
        Some(job)
    }
}

/// What a change touched.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The Job that worked for the document before, and the one that does now.
    pub jobs: Vec<JobRef>,
}

impl Unfinished {
    /// A resource was seen as it is now.
    pub fn applied(&self, encoding: &DocumentEncoding) -> Touched {
        let uid = encoding.uid().unwrap_or_default();
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let before = inner.remove(&uid);
        let is_finished = encoding
            .status
            .as_ref()
            .and_then(|status| status.phase)
            .is_some_and(Phase::is_terminal);
        let mut after = None;
        if !is_finished {
            after = job_of(encoding);
            if let Some(job) = &after {
                inner.by_job.entry(job.clone()).or_default().insert(uid.clone());
            }
            inner.by_uid.insert(uid, Arc::new(encoding.clone()));
        }
        let mut jobs: Vec<JobRef> = before.into_iter().chain(after).collect();
        jobs.dedup();
        Touched { jobs }
    }

    /// A resource is gone.
    pub fn deleted(&self, uid: &str) -> Touched {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        Touched {
            jobs: inner.remove(uid).into_iter().collect(),
        }
    }

    /// After a list of one scope: what it does not hold is gone.
    pub fn retain_listed(&self, namespace: Option<&str>, listed: &HashSet<String>) -> Touched {
        let gone: Vec<String> = {
            let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
            let in_scope = |encoding: &DocumentEncoding| {
                namespace.is_none() || encoding.metadata.namespace.as_deref() == namespace
            };
            let missing = inner
                .by_uid
                .iter()
                .filter(|(uid, encoding)| in_scope(encoding) && !listed.contains(*uid));
            missing.map(|(uid, _)| uid.clone()).collect()
        };
        let jobs = gone.iter().flat_map(|uid| self.deleted(uid).jobs).collect();
        Touched { jobs }
    }

    /// The document with this uid.
    pub fn get(&self, uid: &str) -> Option<Arc<DocumentEncoding>> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.by_uid.get(uid).cloned()
    }

    /// The documents a Job works for, in the order in which it was assigned them.
    pub fn of_job(&self, namespace: &str, job: &str) -> Vec<Arc<DocumentEncoding>> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let uids = inner.by_job.get(&(namespace.to_owned(), job.to_owned()));
        let mut found: Vec<_> = uids
            .into_iter()
            .flatten()
            .filter_map(|uid| inner.by_uid.get(uid).cloned())
            .collect();
        found.sort_by_cached_key(|encoding| {
            let status = encoding.status.as_ref();
            let assigned = status
                .and_then(|status| status.attempt_start_time.as_ref())
                .map(|time| time.0);
            (
                assigned,
                encoding.metadata.creation_timestamp.as_ref().map(|time| time.0),
                encoding.name_any(),
            )
        });
        found
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<DocumentEncoding>> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.by_uid.values().cloned().collect()
    }
}

/// The Job a resource's status names.
pub fn job_of(encoding: &DocumentEncoding) -> Option<JobRef> {
    let job = encoding.status.as_ref()?.job_name.clone()?;
    Some((encoding.namespace().unwrap_or_default(), job))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn assigned(job: Option<&str>) -> DocumentEncoding {
        let mut encoding = testing::encoding();
        encoding.status = Some(crds::DocumentEncodingStatus {
            job_name: job.map(str::to_owned),
            phase: Some(Phase::Processing),
            ..Default::default()
        });
        encoding
    }

    fn job(name: &str) -> JobRef {
        (testing::NAMESPACE.into(), name.into())
    }

    #[test]
    fn a_document_is_found_by_the_job_that_works_for_it_now() {
        let unfinished = Unfinished::default();
        assert_eq!(unfinished.applied(&assigned(Some("a"))).jobs, [job("a")]);
        assert_eq!(unfinished.of_job(testing::NAMESPACE, "a").len(), 1);
        assert_eq!(
            unfinished.applied(&assigned(Some("b"))).jobs,
            [job("a"), job("b")]
        );
        assert!(unfinished.of_job(testing::NAMESPACE, "a").is_empty());
        assert_eq!(unfinished.deleted(testing::UID).jobs, [job("b")]);
        assert!(unfinished.all().is_empty());
    }

    #[test]
    fn what_is_finished_or_no_longer_listed_is_left_out() {
        let unfinished = Unfinished::default();
        unfinished.applied(&assigned(Some("a")));
        let mut finished = assigned(Some("a"));
        finished.status.as_mut().unwrap().phase = Some(Phase::Ready);
        assert_eq!(unfinished.applied(&finished).jobs, [job("a")]);
        assert!(unfinished.all().is_empty());

        unfinished.applied(&assigned(Some("a")));
        let other = unfinished.retain_listed(Some("other"), &HashSet::new());
        assert!(other.jobs.is_empty() && unfinished.get(testing::UID).is_some());
        assert_eq!(unfinished.retain_listed(None, &HashSet::new()).jobs, [job("a")]);
        assert!(unfinished.get(testing::UID).is_none());
    }
}
