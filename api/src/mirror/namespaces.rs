//! The labels of namespaces, which say whose they are.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{PoisonError, RwLock},
};

use k8s_openapi::api::core::v1::Namespace;
use kube::ResourceExt;

use crate::cluster::{Cluster, ClusterError};

type Labels = BTreeMap<String, String>;

/// What is known of namespaces: kept in step by a watch where all of them may be watched, else read when needed.
#[derive(Debug, Default)]
pub(super) struct Namespaces(RwLock<HashMap<String, Labels>>);

impl Namespaces {
    /// The labels of a namespace.
    pub(super) async fn labels(&self, cluster: &Cluster, name: &str) -> Result<Labels, ClusterError> {
        let known = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned();
        if let Some(labels) = known {
            return Ok(labels);
        }
        let read = cluster.namespace_labels(name).await?;
        // What a watch has brought in the meantime is newer.
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Ok(all.entry(name.to_owned()).or_insert(read).clone())
    }

    /// Notes what a namespace looks like; true if its labels changed.
    pub(super) fn note(&self, namespace: &Namespace) -> bool {
        self.put(namespace.name_any(), namespace.labels().clone())
    }

    /// Forgets everything, so that it is read again.
    pub(super) fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn put(&self, name: String, labels: Labels) -> bool {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let changed = all.get(&name) != Some(&labels);
        all.insert(name, labels);
        changed
    }
}
