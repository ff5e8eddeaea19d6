//! Stopping parts of the platform, and starting them again.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result};
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};
use kube::{
    Api, ResourceExt,
    api::{ListParams, Patch, PatchParams},
};
use serde_json::json;

use crate::{cluster::Cluster, wait};

/// The parts of the platform that a test has stopped, with the replicas each had.
#[derive(Debug, Default)]
pub struct Stopped(Mutex<BTreeMap<&'static str, i32>>);

impl Stopped {
    /// Stops a part, and waits until its Pods are gone.
    ///
    /// # Errors
    /// Where it does not stop.
    pub async fn stop(&self, cluster: &Cluster, part: &'static str) -> Result<()> {
        let deployment = deployments(cluster).get(&name(cluster, part)).await?;
        let replicas = deployment.spec.and_then(|spec| spec.replicas).unwrap_or(1);
        // Noted first, so that it is started again even where the test is ended in the middle of this.
        self.note(part, replicas);
        scale(cluster, part, 0).await?;
        let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), &cluster.release_namespace);
        let ours = ListParams::default().labels(&format!("app.kubernetes.io/component={part}"));
        for pod in pods.list(&ours).await? {
            Box::pin(wait::gone(&pods, &pod.name_any(), wait::SOON)).await?;
        }
        Ok(())
    }

    /// Starts a part that was stopped, and waits until all its replicas are ready; one that was not stopped stays as it is. Replicas of the
    /// operator are ready once one of them leads.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn start(&self, cluster: &Cluster, part: &'static str) -> Result<()> {
        let Some(replicas) = self.lock().get(part).copied() else {
            return Ok(());
        };
        scale(cluster, part, replicas).await?;
        self.lock().remove(part);
        Ok(())
    }

    /// Starts all that is still stopped; whether there was anything.
    ///
    /// # Errors
    /// Where one of them does not start; the others are started all the same.
    pub async fn start_all(&self, cluster: &Cluster) -> Result<bool> {
        let parts: Vec<&'static str> = self.lock().keys().copied().collect();
        let mut outcome = Ok(!parts.is_empty());
        for part in parts {
            if let Err(error) = self.start(cluster, part).await {
                outcome = Err(error.context(format!("unable to start {part} again")));
            }
        }
        outcome
    }

    /// What a part had before it was first stopped counts: zero replicas of an earlier failure are no number to come back to.
    fn note(&self, part: &'static str, replicas: i32) {
        self.lock().entry(part).or_insert(replicas.max(1));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, i32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until as many replicas of a part are ready as there should be.
///
/// # Errors
/// Where they are not in time.
pub async fn all_ready(cluster: &Cluster, part: &str) -> Result<()> {
    let (deployments, name) = (deployments(cluster), name(cluster, part));
    let is_whole = |deployment: &Deployment| {
        let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas);
        let status = deployment.status.clone().unwrap_or_default();
        status.replicas == wanted && status.ready_replicas == wanted
    };
    wait::until(&deployments, &name, "whole", wait::SOON, is_whole).await?;
    Ok(())
}

fn deployments(cluster: &Cluster) -> Api<Deployment> {
    Api::namespaced(cluster.client.clone(), &cluster.release_namespace)
}

fn name(cluster: &Cluster, part: &str) -> String {
    format!("{}-{part}", cluster.release)
}

/// Scales a part, and waits until it is so.
async fn scale(cluster: &Cluster, part: &str, replicas: i32) -> Result<()> {
    let (deployments, name) = (deployments(cluster), name(cluster, part));
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    let generation = deployments
        .patch(&name, &PatchParams::default(), &patch)
        .await
        .with_context(|| format!("unable to scale {name}"))?
        .metadata
        .generation;
    let scaled = |deployment: &Deployment| {
        let status = deployment.status.clone().unwrap_or_default();
        status.observed_generation >= generation
            && status.replicas.unwrap_or(0) == replicas
            && status.ready_replicas.unwrap_or(0) == replicas
    };
    Box::pin(wait::until(&deployments, &name, "scaled", wait::SOON, scaled)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_comes_back_with_what_it_had_first() {
        let stopped = Stopped::default();
        stopped.note("api", 2);
        stopped.note("api", 0);
        stopped.note("operator", 0);
        let noted = stopped.lock().clone();
        assert_eq!(noted, BTreeMap::from([("api", 2), ("operator", 1)]));
    }
}
