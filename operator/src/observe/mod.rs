//! Step 1: what there is. The only reads of a pass, all from the API server itself, so that no cache is stale.

mod job;
mod pod;

use std::collections::BTreeMap;

use crds::{DocumentEncoding, Phase, labels, spec::is_dns_subdomain};
use k8s_openapi::api::{
    batch::v1::Job,
    core::v1::{ConfigMap, Namespace, PersistentVolumeClaim, Pod},
};
use kube::{Api, ResourceExt, api::ListParams};

pub use job::{JobEnd, ObservedJob};
pub use pod::{Container, ObservedPod};

use crate::{
    context::{Context, Unanswered, limited},
    policy::beginning,
    state::OperatorStatus,
    validate::{Surroundings, source::ObservedSource},
};

/// What there is.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The resource.
    pub encoding: DocumentEncoding,
    /// What stands around it and counts for its validity.
    pub surroundings: Surroundings,
    /// The Job its status names.
    pub job: Option<ObservedJob>,
    /// That Job's Pods.
    pub pods: Vec<ObservedPod>,
    /// The Job that would be made next, where it counts whether it is there: it is, if the status could not be written
    /// after it was made.
    pub next_job: Option<ObservedJob>,
    /// How many other documents are being encoded.
    pub encoding_now: usize,
}

/// Observes a resource; `None` where it is gone.
pub async fn observe(context: &Context, namespace: &str, name: &str) -> Result<Option<Observed>, Unanswered> {
    let client = context.client.clone();
    let encodings: Api<DocumentEncoding> = Api::namespaced(client.clone(), namespace);
    let Some(encoding) = limited("read the DocumentEncoding", encodings.get_opt(name)).await? else {
        return Ok(None);
    };
    let status = encoding.status.as_ref();
    let finished = status
        .and_then(|status| status.phase)
        .is_some_and(Phase::is_terminal);
    let job_name = status.and_then(|status| status.job_name.clone());

    let mut surroundings = Surroundings::default();
    if !finished {
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let found = limited("read the namespace", namespaces.get_metadata_opt(namespace)).await?;
        surroundings.namespace_labels = found.map(|found| found.labels().clone()).unwrap_or_default();
        if job_name.is_none() {
            surroundings.source = source(context, namespace, &encoding).await?;
        }
    }
    let (mut job, mut pods, mut next_job) = (None, Vec::new(), None);
    let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
    if !finished && (job_name.is_none() || encoding.spec.cancelled || encoding.spec.suspend) {
        let (attempt, disruptions) = beginning::next(&OperatorStatus::of(status));
        let name = crds::job::name(&encoding.uid().unwrap_or_default(), attempt, disruptions);
        let found = limited("read the next Job", jobs.get_opt(&name)).await?;
        next_job = found.as_ref().map(ObservedJob::from);
    }
    if let Some(job_name) = &job_name {
        job = limited("read the Job", jobs.get_opt(job_name))
            .await?
            .as_ref()
            .map(ObservedJob::from);
        if !finished && job.is_some() {
            let all: Api<Pod> = Api::namespaced(client, namespace);
            let of_job = ListParams::default().labels(&format!("batch.kubernetes.io/job-name={job_name}"));
            let found = limited("list the Job's Pods", all.list(&of_job)).await?;
            pods = found.items.iter().map(ObservedPod::from).collect();
        }
    }
    let encoding_now = context.encoding_now(&encoding);
    Ok(Some(Observed {
        encoding,
        surroundings,
        job,
        pods,
        next_job,
        encoding_now,
    }))
}

/// Looks whether the source is there and meant as one. What is in it is the encoder's to read.
async fn source(
    context: &Context,
    namespace: &str,
    encoding: &DocumentEncoding,
) -> Result<ObservedSource, Unanswered> {
    let client = context.client.clone();
    let source = &encoding.spec.source;
    let names = [
        source
            .persistent_volume_claim
            .as_ref()
            .map(|claim| &claim.claim_name),
        source.config_map.as_ref().map(|map| &map.name),
    ];
    if !names.into_iter().flatten().all(|name| is_dns_subdomain(name)) {
        return Ok(ObservedSource::NotLookedAt); // It would become part of an address; the validation says what is wrong.
    }
    if let Some(claim) = &source.persistent_volume_claim {
        let claims: Api<PersistentVolumeClaim> = Api::namespaced(client, namespace);
        let found = limited("read the claim", claims.get_metadata_opt(&claim.claim_name)).await?;
        return Ok(found.map_or(ObservedSource::Absent, |found| labelled(found.labels())));
    }
    if let Some(wanted) = &source.config_map {
        let config_maps: Api<ConfigMap> = Api::namespaced(client, namespace);
        let Some(found) = limited("read the ConfigMap", config_maps.get_opt(&wanted.name)).await? else {
            return Ok(ObservedSource::Absent);
        };
        let has_key = found.data.iter().any(|data| data.contains_key(&wanted.key))
            || found
                .binary_data
                .iter()
                .any(|data| data.contains_key(&wanted.key));
        return Ok(match labelled(found.labels()) {
            ObservedSource::Usable if !has_key => ObservedSource::WithoutKey,
            other => other,
        });
    }
    Ok(ObservedSource::NotLookedAt)
}

fn labelled(found: &BTreeMap<String, String>) -> ObservedSource {
    match found.get(labels::SOURCE).map(String::as_str) {
        Some("true") => ObservedSource::Usable,
        _ => ObservedSource::Unlabelled,
    }
}
