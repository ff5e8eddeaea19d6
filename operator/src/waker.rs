//! Who is woken by what: passes over resources, the queue pass, the Pods that wait for assignments.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crds::{DocumentEncoding, labels};
use kube::{ResourceExt, core::DeserializeGuard, runtime::reflector::ObjectRef};
use tokio::sync::{Notify, mpsc::UnboundedSender};

use crate::stores::{Stores, unfinished::JobRef};

/// A reference to a resource, as the controller takes it.
pub type EncodingRef = ObjectRef<DeserializeGuard<DocumentEncoding>>;

/// Called with a Job whose Pods may have to hold something else now.
pub type WakeJob = Box<dyn Fn(&JobRef) + Send + Sync>;

/// Called with the uid of a resource that is gone.
pub type Forget = Box<dyn Fn(&str) + Send + Sync>;

/// Wakes those whom a change concerns.
#[derive(Default)]
pub struct Waker {
    /// The controllers, by the scope they watch.
    passes: HashMap<Option<String>, UnboundedSender<EncodingRef>>,
    queue: Arc<Notify>,
    stores: OnceLock<Arc<Stores>>,
    wake_job: OnceLock<WakeJob>,
    forget: Mutex<Vec<Forget>>,
    relisted: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// Whether this replica works: before that nobody takes what is sent.
    works: AtomicBool,
}

impl Waker {
    /// A waker of these controllers and of the queue.
    pub fn new(passes: HashMap<Option<String>, UnboundedSender<EncodingRef>>, queue: Arc<Notify>) -> Self {
        Self {
            passes,
            queue,
            ..Self::default()
        }
    }

    /// Says by which index the documents of a Job are found, and what wakes a Job's Pods. Until then only the queue is woken.
    pub fn connect(&self, stores: Arc<Stores>, wake_job: WakeJob) {
        let _ = self.stores.set(stores);
        let _ = self.wake_job.set(wake_job);
    }

    /// Adds somebody who keeps something for each resource and lets go of it when the resource is gone.
    pub fn on_gone(&self, forget: Forget) {
        self.forget
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(forget);
    }

    /// Says what is done when a watch has listed all anew, as after it was cut off.
    pub fn on_relisted(&self, then: Box<dyn Fn() + Send + Sync>) {
        let _ = self.relisted.set(then);
    }

    /// A watch has listed all.
    pub fn relisted(&self) {
        if let Some(then) = self.relisted.get() {
            then();
        }
    }

    /// A resource or a Pod is gone.
    pub fn gone(&self, uid: &str) {
        for forget in self.forget.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            forget(uid);
        }
    }

    /// This replica works from now on: passes over all there is.
    pub fn begin(&self) {
        self.works.store(true, Ordering::SeqCst);
        let Some(stores) = self.stores.get() else { return };
        for (scope, _) in stores.scopes() {
            self.wake_scope(scope.as_ref());
        }
    }

    /// Asks for passes over all resources of a scope: they were listed anew.
    pub fn wake_scope(&self, namespace: Option<&String>) {
        let Some(stores) = self.stores.get() else { return };
        let of_scope = stores.scopes().filter(|(scope, _)| scope.as_ref() == namespace);
        for guard in of_scope.flat_map(|(_, stores)| stores.encodings.state()) {
            self.wake(&guard.namespace().unwrap_or_default(), &guard.name_any());
        }
        self.wake_queue();
    }

    /// Asks for a pass over a resource.
    pub fn wake(&self, namespace: &str, name: &str) {
        if !self.works.load(Ordering::SeqCst) {
            return;
        }
        let controller = self
            .passes
            .get(&None)
            .or_else(|| self.passes.get(&Some(namespace.to_owned())));
        if let Some(controller) = controller {
            // Nobody listens any more where the operator ends.
            let _ = controller.send(ObjectRef::new(name).within(namespace));
        }
    }

    /// Asks for a pass over the document with this uid, if it is not finished.
    pub fn wake_uid(&self, uid: &str) {
        if let Some(encoding) = self.stores.get().and_then(|stores| stores.unfinished.get(uid)) {
            self.wake_encoding(&encoding);
        }
    }

    fn wake_encoding(&self, encoding: &DocumentEncoding) {
        let meta = &encoding.metadata;
        self.wake(
            meta.namespace.as_deref().unwrap_or_default(),
            meta.name.as_deref().unwrap_or_default(),
        );
    }

    /// Asks for a queue pass.
    pub fn wake_queue(&self) {
        self.queue.notify_one();
    }

    /// The Pods of these Jobs may have to hold something else now.
    pub fn wake_jobs(&self, jobs: &[JobRef]) {
        if let Some(wake_job) = self.wake_job.get() {
            jobs.iter().for_each(wake_job);
        }
    }

    /// A Job or one of its Pods has changed: passes over all it works for, and over the one it began with.
    pub fn job_changed(&self, namespace: &str, job: &str, labels: &BTreeMap<String, String>) {
        self.queue.notify_one();
        self.wake_jobs(&[(namespace.to_owned(), job.to_owned())]);
        let Some(stores) = self.stores.get() else { return };
        for encoding in stores.unfinished.of_job(namespace, job) {
            self.wake_encoding(&encoding);
        }
        if let Some(founder) = labels.get(labels::ENCODING_UID) {
            self.wake_uid(founder);
        }
    }

    /// Asks for passes over all documents that somebody works for: Jobs or Pods were listed anew.
    pub fn wake_assigned(&self) {
        let Some(stores) = self.stores.get() else { return };
        for encoding in stores.unfinished.all() {
            if encoding
                .status
                .as_ref()
                .is_some_and(|status| status.job_name.is_some())
            {
                self.wake_encoding(&encoding);
            }
        }
        self.wake_queue();
    }
}
