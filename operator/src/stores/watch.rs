//! The watches that fill the stores. What comes in wakes those it concerns: a pass over a resource, the queue, the Pods of a Job.

use std::{
    collections::HashSet,
    future::ready,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use crds::{DocumentEncoding, condition, labels};
use futures::StreamExt;
use k8s_openapi::api::{batch::v1::Job, core::v1::Pod};
use kube::{
    Api, Client, ResourceExt,
    core::DeserializeGuard,
    runtime::{
        WatchStreamExt, predicates,
        reflector::store::Writer,
        utils::PredicateConfig,
        watcher::{self, Event, watcher},
    },
};
use tracing::warn;

use super::{Stores, trim, unfinished::Touched};
use crate::waker::Waker;

/// How long one watch request lasts. A connection that was dropped silently is noticed this much later at most.
const WATCH_SECONDS: u32 = 60;

/// How objects are watched.
pub fn config() -> watcher::Config {
    watcher::Config::default().timeout(WATCH_SECONDS)
}

/// How the operator's own objects are watched.
fn ours() -> watcher::Config {
    config().labels(&format!("{}={}", labels::MANAGED_BY, labels::MANAGED_BY_OPERATOR))
}

/// One scope's API for a kind.
pub fn api<K>(client: &Client, namespace: Option<&str>) -> Api<K>
where
    K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
    K::DynamicType: Default,
{
    match namespace {
        None => Api::all(client.clone()),
        Some(namespace) => Api::namespaced(client.clone(), namespace),
    }
}

/// Watches one scope's resources until dropped. `listed` is called whenever all have been listed.
pub async fn encodings(
    client: Client,
    namespace: Option<String>,
    writer: Writer<DeserializeGuard<DocumentEncoding>>,
    stores: Arc<Stores>,
    waker: Arc<Waker>,
    listed: impl Fn(),
) {
    let mut known = Known::default();
    let passes = waker.clone();
    watcher(api(&client, namespace.as_deref()), config())
        .default_backoff()
        .modify(trim::encoding)
        .reflect(writer)
        .inspect(|event| {
            for uid in known.see(event) {
                waker.gone(&uid);
            }
            let touched = match event {
                Ok(Event::Apply(guard) | Event::InitApply(guard)) => applied(&stores, guard),
                Ok(Event::Delete(guard)) => stores.unfinished.deleted(&guard.uid().unwrap_or_default()),
                Ok(Event::Init) => Touched::default(),
                Ok(Event::InitDone) => {
                    listed();
                    waker.relisted();
                    stores.unfinished.retain_listed(namespace.as_deref(), &known.uids)
                }
                Err(error) => {
                    warn!(%error, "the watch of DocumentEncodings was interrupted; it goes on");
                    Touched::default()
                }
            };
            waker.wake_jobs(&touched.jobs);
            waker.wake_queue();
            if matches!(event, Ok(Event::InitDone)) {
                // The store holds a list only from its end on: passes that its items woke saw what was there before.
                waker.wake_scope(namespace.as_ref());
            }
        })
        .applied_objects()
        .predicate_filter(what_calls_for_a_pass, PredicateConfig::default())
        .for_each(|changed| {
            if let Ok(guard) = changed {
                passes.wake(&guard.namespace().unwrap_or_default(), &guard.name_any());
            }
            ready(())
        })
        .await;
}

/// The uids of what a watch has shown, to find out what went while it was cut off.
#[derive(Default)]
struct Known {
    uids: HashSet<String>,
    before: HashSet<String>,
}

impl Known {
    /// The uids of what is gone, by this event.
    fn see<K: kube::Resource>(&mut self, event: &Result<Event<K>, watcher::Error>) -> Vec<String> {
        match event {
            Ok(Event::Apply(object) | Event::InitApply(object)) => {
                self.uids.insert(object.uid().unwrap_or_default());
                Vec::new()
            }
            Ok(Event::Delete(object)) => {
                let uid = object.uid().unwrap_or_default();
                self.uids.remove(&uid);
                vec![uid]
            }
            Ok(Event::Init) => {
                // A list that was cut off is begun anew: what was there before it still may be gone.
                let listed = std::mem::take(&mut self.uids);
                self.before.extend(listed);
                Vec::new()
            }
            Ok(Event::InitDone) => std::mem::take(&mut self.before)
                .into_iter()
                .filter(|uid| !self.uids.contains(uid))
                .collect(),
            Err(_) => Vec::new(),
        }
    }
}

fn applied(stores: &Stores, guard: &DeserializeGuard<DocumentEncoding>) -> Touched {
    match &guard.0 {
        Ok(encoding) => stores.unfinished.applied(encoding),
        // Nobody can work for what cannot be read.
        Err(_) => stores.unfinished.deleted(&guard.uid().unwrap_or_default()),
    }
}

/// What of a resource calls for a pass when it changes. Progress and the operator's own words do not.
#[allow(
    clippy::unnecessary_wraps,
    reason = "a predicate may also have nothing to say"
)]
fn what_calls_for_a_pass(guard: &DeserializeGuard<DocumentEncoding>) -> Option<u64> {
    let meta = match &guard.0 {
        Ok(encoding) => &encoding.metadata,
        Err(invalid) => &invalid.metadata,
    };
    let mut hasher = DefaultHasher::new();
    meta.generation.hash(&mut hasher);
    meta.deletion_timestamp.is_some().hash(&mut hasher);
    meta.finalizers.hash(&mut hasher);
    meta.labels.hash(&mut hasher);
    if let Ok(encoding) = &guard.0
        && let Some(status) = &encoding.status
    {
        let report = status.report.as_ref();
        report
            .map(|report| (report.attempt, report.pod_uid.clone()))
            .hash(&mut hasher);
        let archived = status
            .conditions
            .iter()
            .find(|each| each.type_ == condition::ARCHIVED);
        archived.map(|each| each.status.clone()).hash(&mut hasher);
    }
    Some(hasher.finish())
}

pub(super) fn call_once_listed<K>(event: &Result<Event<K>, watcher::Error>, listed: &impl Fn()) {
    if matches!(event, Ok(Event::InitDone)) {
        listed();
    }
}

/// Watches one scope's Jobs until dropped.
pub async fn jobs(
    client: Client,
    namespace: Option<String>,
    writer: Writer<Job>,
    waker: Arc<Waker>,
    listed: impl Fn(),
) {
    watcher(api::<Job>(&client, namespace.as_deref()), ours())
        .default_backoff()
        .modify(trim::job)
        .reflect(writer)
        .inspect(|event| {
            call_once_listed(event, &listed);
            if matches!(event, Ok(Event::InitDone)) {
                waker.wake_assigned();
            }
        })
        .touched_objects()
        .for_each(|changed| {
            match changed {
                Ok(job) => waker.job_changed(
                    &job.namespace().unwrap_or_default(),
                    &job.name_any(),
                    job.labels(),
                ),
                Err(error) => warn!(%error, "the watch of Jobs was interrupted; it goes on"),
            }
            ready(())
        })
        .await;
}

/// Watches one scope's Pods until dropped.
pub async fn pods(
    client: Client,
    namespace: Option<String>,
    writer: Writer<Pod>,
    waker: Arc<Waker>,
    listed: impl Fn(),
) {
    let mut known = Known::default();
    watcher(api::<Pod>(&client, namespace.as_deref()), ours())
        .default_backoff()
        .modify(trim::pod)
        .reflect(writer)
        .inspect(|event| {
            for uid in known.see(event) {
                waker.gone(&uid);
            }
            call_once_listed(event, &listed);
            if matches!(event, Ok(Event::InitDone)) {
                waker.wake_assigned();
            }
        })
        .touched_objects()
        .predicate_filter(predicates::resource_version, PredicateConfig::default())
        .for_each(|changed| {
            match changed {
                Ok(pod) => {
                    let job = pod.labels().get(labels::JOB_NAME).cloned().unwrap_or_default();
                    waker.job_changed(&pod.namespace().unwrap_or_default(), &job, pod.labels());
                }
                Err(error) => warn!(%error, "the watch of Pods was interrupted; it goes on"),
            }
            ready(())
        })
        .await;
}

#[cfg(test)]
mod tests {
    use crds::{DocumentEncodingStatus, Report};

    use super::*;
    use crate::testing;

    fn hash(change: impl FnOnce(&mut DocumentEncoding)) -> Option<u64> {
        let mut encoding = testing::encoding();
        encoding.status = Some(DocumentEncodingStatus::default());
        change(&mut encoding);
        what_calls_for_a_pass(&DeserializeGuard(Ok(encoding)))
    }

    fn status(encoding: &mut DocumentEncoding) -> &mut DocumentEncodingStatus {
        encoding.status.as_mut().unwrap()
    }

    #[test]
    fn what_a_new_list_does_not_hold_is_gone() {
        let object = |uid: &str| {
            let mut pod = Pod::default();
            pod.metadata.uid = Some(uid.into());
            pod
        };
        let mut known = Known::default();
        let mut see = |event| known.see(&Ok(event));
        for event in [
            Event::Init,
            Event::InitApply(object("a")),
            Event::InitApply(object("b")),
            Event::InitDone,
            Event::Apply(object("c")),
        ] {
            assert!(see(event).is_empty());
        }
        assert_eq!(see(Event::Delete(object("a"))), ["a"]);
        // The first list is cut off, and the second holds one of two.
        assert!(see(Event::Init).is_empty() && see(Event::InitApply(object("b"))).is_empty());
        assert!(see(Event::Init).is_empty() && see(Event::InitApply(object("c"))).is_empty());
        assert_eq!(see(Event::InitDone), ["b"]);
    }

    #[test]
    fn progress_and_the_operators_own_words_call_for_no_pass() {
        let before = hash(|_| {});
        assert_eq!(hash(|encoding| status(encoding).progress = Some(50)), before);
        assert_eq!(hash(|encoding| status(encoding).queue_position = Some(5)), before);
        assert_eq!(
            hash(|encoding| status(encoding).job_name = Some("enc-1".into())),
            before
        );
    }

    #[test]
    fn an_edit_a_report_a_deletion_and_the_archiving_call_for_a_pass() {
        let before = hash(|_| {});
        let report = Report {
            attempt: 1,
            pod_uid: "pod".into(),
            result: None,
            failure: None,
        };
        assert_ne!(hash(|encoding| encoding.metadata.generation = Some(2)), before);
        assert_ne!(hash(|encoding| status(encoding).report = Some(report)), before);
        assert_ne!(
            hash(|encoding| encoding.metadata.finalizers = Some(vec!["f".into()])),
            before
        );
        let now = Some(crate::clock::stored(testing::now()));
        assert_ne!(
            hash(|encoding| encoding.metadata.deletion_timestamp = now),
            before
        );
    }
}
