//! Making resources and waiting for their end.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, bail};
use crds::{
    Chunking, ConfigMapSource, DocumentEncoding, DocumentEncodingSpec, ObjectSource,
    PersistentVolumeClaimSource, Phase, Resources, Source, labels,
};
use k8s_openapi::{
    ByteString,
    api::{
        batch::v1::Job,
        core::v1::{ConfigMap, LimitRange, LimitRangeItem, LimitRangeSpec, Pod},
    },
    apimachinery::pkg::api::resource::Quantity,
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ObjectMeta, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use crate::{cluster::Cluster, wait};

/// The key under which [`config_map`] puts the content.
pub const CONFIG_MAP_KEY: &str = "document";

/// A resource with nothing but its source set.
pub fn encoding(name: &str, source: Source) -> DocumentEncoding {
    DocumentEncoding::new(
        name,
        DocumentEncodingSpec {
            source,
            chunking: Chunking::default(),
            queue: "documents".to_owned(),
            priority: 0,
            suspend: false,
            cancelled: false,
            timeout_seconds: 3600,
            max_attempts: 3,
            ttl_seconds_after_finished: 86_400,
            on_empty_pages: crds::OnEmptyPages::default(),
            resources: None,
        },
    )
}

/// The source in a ConfigMap that [`config_map`] made.
pub fn in_config_map(name: &str, file_name: &str) -> Source {
    Source {
        object: None,
        persistent_volume_claim: None,
        config_map: Some(ConfigMapSource {
            name: name.to_owned(),
            key: CONFIG_MAP_KEY.to_owned(),
        }),
        file_name: file_name.to_owned(),
        content_type: None,
        size_bytes: None,
    }
}

/// The source with this key in the store.
pub fn in_store(key: &str, file_name: &str) -> Source {
    Source {
        object: Some(ObjectSource { key: key.to_owned() }),
        config_map: None,
        ..in_config_map("", file_name)
    }
}

/// The source in a volume.
pub fn in_volume(claim_name: &str, path: &str, file_name: &str) -> Source {
    Source {
        persistent_volume_claim: Some(PersistentVolumeClaimSource {
            claim_name: claim_name.to_owned(),
            path: path.to_owned(),
        }),
        config_map: None,
        ..in_config_map("", file_name)
    }
}

/// A ConfigMap with a document in it, labelled as a source.
///
/// # Errors
/// Where the cluster refuses it.
pub async fn config_map(cluster: &Cluster, namespace: &str, name: &str, content: &[u8]) -> Result<ConfigMap> {
    let map = ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some(BTreeMap::from([(labels::SOURCE.to_owned(), "true".to_owned())])),
            ..ObjectMeta::default()
        },
        binary_data: Some(BTreeMap::from([(
            CONFIG_MAP_KEY.to_owned(),
            ByteString(content.to_vec()),
        )])),
        ..ConfigMap::default()
    };
    Api::namespaced(cluster.client.clone(), namespace)
        .create(&PostParams::default(), &map)
        .await
        .with_context(|| format!("unable to create the ConfigMap {name}"))
}

/// A resource whose source is a ConfigMap, both made here with the same name.
///
/// # Errors
/// Where the cluster refuses one of them.
pub async fn from_content(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    file_name: &str,
    content: &[u8],
) -> Result<DocumentEncoding> {
    config_map(cluster, namespace, name, content).await?;
    create(
        cluster,
        namespace,
        &encoding(name, in_config_map(name, file_name)),
    )
    .await
}

/// Creates a resource.
///
/// # Errors
/// Where the cluster refuses it.
pub async fn create(
    cluster: &Cluster,
    namespace: &str,
    resource: &DocumentEncoding,
) -> Result<DocumentEncoding> {
    cluster
        .encodings(namespace)
        .create(&PostParams::default(), resource)
        .await
        .with_context(|| format!("unable to create the DocumentEncoding {}", resource.name_any()))
}

/// Changes fields of a resource's spec.
///
/// # Errors
/// Where the cluster refuses it.
pub async fn change(cluster: &Cluster, namespace: &str, name: &str, spec: Value) -> Result<DocumentEncoding> {
    let patch = Patch::Merge(json!({ "spec": spec }));
    cluster
        .encodings(namespace)
        .patch(name, &PatchParams::default(), &patch)
        .await
        .with_context(|| format!("unable to change the spec of {namespace}/{name}"))
}

/// The resource's phase.
pub fn phase(resource: &DocumentEncoding) -> Option<Phase> {
    resource.status.as_ref().and_then(|status| status.phase)
}

/// Whether a condition of the resource is `True`.
pub fn is_true(resource: &DocumentEncoding, condition: &str) -> bool {
    resource.status.as_ref().is_some_and(|status| {
        status
            .conditions
            .iter()
            .any(|candidate| candidate.type_ == condition && candidate.status == "True")
    })
}

/// The Job that works for the resource, or has worked for it last; none while it waits.
pub fn job_name(resource: &DocumentEncoding) -> Option<&str> {
    resource.status.as_ref()?.job_name.as_deref()
}

/// Whether a Job is assigned to the resource, and it has not finished: what counts against the limits of its queue.
pub fn is_at_work(resource: &DocumentEncoding) -> bool {
    job_name(resource).is_some() && !phase(resource).is_some_and(Phase::is_terminal)
}

/// The attempt the resource is in or has ended in, and how often that was disrupted.
pub fn attempt(resource: &DocumentEncoding) -> (u32, u32) {
    let status = resource.status.as_ref();
    let number = |of: fn(&crds::DocumentEncodingStatus) -> Option<u32>| status.and_then(of).unwrap_or(0);
    (
        number(|status| status.attempt),
        number(|status| status.disruptions),
    )
}

/// Reason and message of the condition `Ready`: what the resource waits for, what is being done, or how it ended.
pub fn told(resource: &DocumentEncoding) -> (&str, &str) {
    resource
        .status
        .iter()
        .flat_map(|status| &status.conditions)
        .find(|each| each.type_ == crds::condition::READY)
        .map_or(("", ""), |ready| (&ready.reason, &ready.message))
}

/// Waits until the condition `Ready` has this reason.
///
/// # Errors
/// Where it does not come to it.
pub async fn told_for(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    reason: &str,
    limit: Duration,
) -> Result<DocumentEncoding> {
    let encodings = cluster.encodings(namespace);
    wait::until(&encodings, name, reason, limit, |resource| {
        told(resource).0 == reason
    })
    .await
}

/// Waits for the resource to finish, whichever way.
///
/// # Errors
/// Where it does not.
pub async fn finished(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    limit: Duration,
) -> Result<DocumentEncoding> {
    wait::until(
        &cluster.encodings(namespace),
        name,
        "finished",
        limit,
        |resource| phase(resource).is_some_and(Phase::is_terminal),
    )
    .await
}

/// Waits for the resource to be Ready; does not wait on where it failed.
///
/// # Errors
/// Where it does not become Ready.
pub async fn ready(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    limit: Duration,
) -> Result<DocumentEncoding> {
    let resource = finished(cluster, namespace, name, limit).await?;
    if phase(&resource) != Some(Phase::Ready) {
        let failure = resource.status.and_then(|status| status.failure);
        bail!("{namespace}/{name} is not Ready but failed: {failure:?}");
    }
    Ok(resource)
}

/// Waits until a Job is assigned to the resource and exists.
///
/// # Errors
/// Where that is not seen.
pub async fn given_a_job(cluster: &Cluster, namespace: &str, name: &str) -> Result<(DocumentEncoding, Job)> {
    let encodings = cluster.encodings(namespace);
    let seen = wait::until(&encodings, name, "given a Job", wait::SOON, is_at_work).await?;
    let jobs: Api<Job> = Api::namespaced(cluster.client.clone(), namespace);
    let job_name = job_name(&seen).context("status.jobName is not set")?;
    let job = wait::until(&jobs, job_name, "there", wait::SOON, |_| true).await?;
    Ok((seen, job))
}

/// More processors than any node has: a Pod that asks for them waits for a node as long as it exists.
const MORE_PROCESSORS_THAN_ANY_NODE: &str = "900";
/// What an encoder may use of a processor under [`throttle`], in thousandths.
const THROTTLED: &str = "50m";

/// A resource whose encoder never starts, and its Pod, which waits for a node: whatever is said of the attempt, the test says it.
///
/// # Errors
/// Where the cluster refuses it, or the operator makes no Pod for it.
pub async fn held(cluster: &Cluster, namespace: &str, name: &str) -> Result<(DocumentEncoding, Pod)> {
    config_map(cluster, namespace, name, b"Held.").await?;
    let mut resource = encoding(name, in_config_map(name, "a.txt"));
    resource.spec.resources = Some(more_than_any_node());
    create(cluster, namespace, &resource).await?;
    held_in_attempt(cluster, namespace, name, 1).await
}

/// A resource of [`held`], and its Pod, once it is in this attempt.
///
/// # Errors
/// Where it does not come to it.
pub async fn held_in_attempt(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    attempt: u32,
) -> Result<(DocumentEncoding, Pod)> {
    let seen = wait::until(
        &cluster.encodings(namespace),
        name,
        "in the attempt",
        wait::SOON,
        |resource| is_at_work(resource) && self::attempt(resource).0 == attempt,
    )
    .await?;
    let pod = pod_of(cluster, namespace, &seen, "there", |_| true).await?;
    Ok((seen, pod))
}

/// Resources that no node has, so that a Pod that asks for them waits as long as it exists.
pub fn more_than_any_node() -> Resources {
    processors(MORE_PROCESSORS_THAN_ANY_NODE)
}

/// Resources with which an encoder may run in a namespace under [`throttle`].
pub fn throttled() -> Resources {
    processors(THROTTLED)
}

/// From now on encoders in the namespace get a twentieth of a processor, so that they are in the middle of a document for long,
/// however quick they are. Only resources of [`slowly`] may run there, as nobody may ask for more than he is allowed.
///
/// # Errors
/// Where the cluster refuses it.
pub async fn throttle(cluster: &Cluster, namespace: &str) -> Result<()> {
    let limit = || BTreeMap::from([("cpu".to_owned(), Quantity(THROTTLED.to_owned()))]);
    let range = LimitRange {
        metadata: ObjectMeta {
            name: Some("throttle".to_owned()),
            ..ObjectMeta::default()
        },
        spec: Some(LimitRangeSpec {
            limits: vec![LimitRangeItem {
                type_: "Container".to_owned(),
                default: Some(limit()),
                default_request: Some(limit()),
                ..LimitRangeItem::default()
            }],
        }),
    };
    Api::namespaced(cluster.client.clone(), namespace)
        .create(&PostParams::default(), &range)
        .await
        .context("unable to throttle the namespace")?;
    Ok(())
}

/// Encoders that start from now on are as quick as they are.
///
/// # Errors
/// Where the cluster refuses it.
pub async fn release(cluster: &Cluster, namespace: &str) -> Result<()> {
    Api::<LimitRange>::namespaced(cluster.client.clone(), namespace)
        .delete("throttle", &DeleteParams::default())
        .await
        .context("unable to lift the throttle")?;
    Ok(())
}

/// Creates a resource that may run in a namespace under [`throttle`], with its source in a ConfigMap of the same name.
///
/// # Errors
/// Where the cluster refuses one of them.
pub async fn slowly(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    content: &[u8],
) -> Result<DocumentEncoding> {
    config_map(cluster, namespace, name, content).await?;
    let mut resource = encoding(name, in_config_map(name, "book.pdf"));
    resource.spec.resources = Some(throttled());
    create(cluster, namespace, &resource).await
}

fn processors(cpu: &str) -> Resources {
    Resources {
        cpu: Some(Quantity(cpu.to_owned())),
        memory: None,
    }
}

/// Waits until a Job works for a resource whose encoder runs, and hands back the resource and the Pod.
///
/// # Errors
/// Where that is not seen.
pub async fn running(cluster: &Cluster, namespace: &str, name: &str) -> Result<(DocumentEncoding, Pod)> {
    let encodings = cluster.encodings(namespace);
    let seen = wait::until(&encodings, name, "given a Job", wait::SOON, is_at_work).await?;
    let pod = pod_of(cluster, namespace, &seen, "running", |pod| {
        let containers = pod
            .status
            .iter()
            .flat_map(|status| status.container_statuses.iter().flatten());
        let mut states = containers.filter_map(|container| container.state.as_ref());
        states.any(|state| state.running.is_some())
    })
    .await?;
    Ok((seen, pod))
}

/// The Pod that works for a resource now, once it is as expected.
async fn pod_of(
    cluster: &Cluster,
    namespace: &str,
    resource: &DocumentEncoding,
    expected: &str,
    holds: impl Fn(&Pod) -> bool,
) -> Result<Pod> {
    let job = job_name(resource).context("status.jobName is not set")?;
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
    let selected = format!("{}={job}", labels::JOB_NAME);
    wait::first(&pods, &selected, expected, wait::SOON, |pod| {
        pod.metadata.deletion_timestamp.is_none() && holds(pod)
    })
    .await
}
