//! What has no store: the metadata of a ConfigMap or claim, and the Events of a Job without a Pod.

use std::collections::BTreeMap;

use crds::{DocumentEncoding, labels, spec::is_dns_subdomain};
use k8s_openapi::api::{
    core::v1::{ConfigMap, PersistentVolumeClaim},
    events::v1::Event,
};
use kube::{Api, ResourceExt, api::ListParams};

use super::ObservedJob;
use crate::{
    context::{ApiError, Context, limited},
    validate::source::ObservedSource,
};

/// Looks whether the source is there and meant as one. What is in it is the encoder's to read.
pub(super) async fn observe(
    context: &Context,
    namespace: &str,
    encoding: &DocumentEncoding,
) -> Result<ObservedSource, ApiError> {
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

/// The Job controller's words for why it cannot make a Job's Pod, of the newest of its Events; `None` where it has not failed to.
pub(super) async fn failed_create(context: &Context, job: &ObservedJob) -> Result<Option<String>, ApiError> {
    let events: Api<Event> = Api::namespaced(context.client.clone(), &job.namespace);
    let selector = format!("regarding.uid={},reason=FailedCreate", job.uid);
    let of_job = ListParams::default().fields(&selector);
    let found = limited("list the Job's Events", events.list(&of_job)).await?;
    let newest = found.items.into_iter().max_by_key(|event| {
        let series = event.series.as_ref().map(|series| series.last_observed_time.0);
        let last = event.deprecated_last_timestamp.as_ref().map(|time| time.0);
        let first = event.event_time.as_ref().map(|time| time.0);
        series.max(last).max(first)
    });
    Ok(newest.and_then(|event| event.note))
}
