//! What the operator knows of the cluster: kept by watches, read by every pass.
//!
//! | file | does |
//! |---|---|
//! | `reflectors.rs` | makes the stores and what fills them, and begins to watch once this replica leads |
//! | `watch.rs` | the watches that fill the stores, and whom each change wakes |
//! | `trim.rs` | what is dropped on the way in |
//! | `unfinished.rs` | the documents that are not finished, by uid and by Job |
//! | `expectations.rs` | waits until a store has seen the operator's own last write |

pub mod expectations;
pub mod reflectors;
pub mod trim;
pub mod unfinished;
pub mod watch;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crds::{DocumentEncoding, labels};
use k8s_openapi::api::{
    batch::v1::Job,
    core::v1::{Namespace, Pod},
};
use kube::{
    Api, Client, ResourceExt,
    core::{DeserializeGuard, PartialObjectMeta},
    runtime::reflector::{ObjectRef, Store},
};

use crate::{
    context::{ApiError, limited},
    observe::{ObservedJob, ObservedPod},
};
use unfinished::Unfinished;

/// How long the labels of a namespace that cannot be watched are believed.
const LABELS_LIVE_FOR: Duration = Duration::from_secs(30);

/// The whole cluster (`None`), or one namespace.
pub type Scope = Option<String>;

/// The stores of one scope.
#[derive(Clone)]
pub struct ScopeStores {
    /// All resources.
    pub encodings: Store<DeserializeGuard<DocumentEncoding>>,
    /// The operator's Jobs.
    pub jobs: Store<Job>,
    /// Their Pods.
    pub pods: Store<Pod>,
}

/// Labels that were read, and when.
type ReadLabels = (Instant, BTreeMap<String, String>);

/// What the operator knows of the cluster.
pub struct Stores {
    scopes: HashMap<Scope, ScopeStores>,
    /// All namespaces, where they may be watched.
    namespaces: Option<Store<PartialObjectMeta<Namespace>>>,
    /// Where they may not.
    read_labels: Mutex<HashMap<String, ReadLabels>>,
    client: Client,
    /// The documents that are not finished.
    pub unfinished: Unfinished,
}

impl Stores {
    /// Stores over these scopes.
    pub fn new(
        client: Client,
        scopes: HashMap<Scope, ScopeStores>,
        namespaces: Option<Store<PartialObjectMeta<Namespace>>>,
    ) -> Self {
        Self {
            scopes,
            namespaces,
            read_labels: Mutex::default(),
            client,
            unfinished: Unfinished::default(),
        }
    }

    fn scope(&self, namespace: &str) -> Option<&ScopeStores> {
        self.scopes
            .get(&None)
            .or_else(|| self.scopes.get(&Some(namespace.to_owned())))
    }

    /// All scopes.
    pub fn scopes(&self) -> impl Iterator<Item = (&Scope, &ScopeStores)> {
        self.scopes.iter()
    }

    /// A resource as the store has it.
    pub fn encoding(&self, namespace: &str, name: &str) -> Option<Arc<DeserializeGuard<DocumentEncoding>>> {
        let scope = self.scope(namespace)?;
        scope.encodings.get(&ObjectRef::new(name).within(namespace))
    }

    /// A Job of the operator's.
    pub fn job(&self, namespace: &str, name: &str) -> Option<ObservedJob> {
        let scope = self.scope(namespace)?;
        let found = scope.jobs.get(&ObjectRef::new(name).within(namespace))?;
        Some(ObservedJob::from(&*found))
    }

    /// All Jobs of the operator's.
    pub fn jobs(&self) -> Vec<ObservedJob> {
        let all = self.scopes.values().flat_map(|scope| scope.jobs.state());
        all.map(|job| ObservedJob::from(&*job)).collect()
    }

    /// The Pods of the operator's Jobs in a namespace.
    pub fn pods(&self, namespace: &str) -> Vec<ObservedPod> {
        let Some(scope) = self.scope(namespace) else {
            return Vec::new();
        };
        let in_namespace = |pod: &&Arc<Pod>| pod.metadata.namespace.as_deref() == Some(namespace);
        let all = scope.pods.state();
        all.iter()
            .filter(in_namespace)
            .map(|pod| ObservedPod::from(&**pod))
            .collect()
    }

    /// All Pods of the operator's Jobs.
    pub fn all_pods(&self) -> Vec<ObservedPod> {
        let all = self.scopes.values().flat_map(|scope| scope.pods.state());
        all.map(|pod| ObservedPod::from(&*pod)).collect()
    }

    /// The labels of a namespace, where they are known without asking. Where they are not, nothing may be concluded from it: a resource can be
    /// seen before its namespace is.
    pub fn known_namespace_labels(&self, name: &str) -> Option<BTreeMap<String, String>> {
        let watched = self.namespaces.as_ref();
        if let Some(found) = watched.and_then(|namespaces| namespaces.get(&ObjectRef::new(name))) {
            return Some(tenant_label(found.labels()));
        }
        let read = self.read_labels.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, labels) = read.get(name)?;
        Some(labels.clone())
    }

    /// The labels of a namespace that say whose it is. Where it is not watched, or its watch has not shown it yet, they are read, and believed for a
    /// while.
    ///
    /// # Errors
    /// [`ApiError`] where they have to be read, and that fails.
    pub async fn namespace_labels(&self, name: &str) -> Result<BTreeMap<String, String>, ApiError> {
        if self.namespaces.is_some()
            && let Some(known) = self.known_namespace_labels(name)
        {
            return Ok(known);
        }
        let now = crate::clock::monotonic();
        {
            let read = self.read_labels.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((at, labels)) = read.get(name)
                && now.saturating_duration_since(*at) < LABELS_LIVE_FOR
            {
                return Ok(labels.clone());
            }
        }
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let found = limited("read the namespace", namespaces.get_metadata_opt(name)).await?;
        let labels = found
            .map(|found| tenant_label(found.labels()))
            .unwrap_or_default();
        let mut read = self.read_labels.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(name.to_owned(), (now, labels.clone()));
        Ok(labels)
    }
}

/// Of a namespace's labels only the one that says whose it is counts.
fn tenant_label(all: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    all.get_key_value(labels::TENANT)
        .map(|(key, value)| BTreeMap::from([(key.clone(), value.clone())]))
        .unwrap_or_default()
}
