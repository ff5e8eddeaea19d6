//! Making resources and waiting for their end.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, bail};
use crds::{
    Chunking, ConfigMapSource, DocumentEncoding, DocumentEncodingSpec, ObjectSource,
    PersistentVolumeClaimSource, Phase, Source, labels,
};
use k8s_openapi::{
    ByteString,
    api::core::v1::{ConfigMap, Pod},
};
use kube::{
    Api, ResourceExt,
    api::{ObjectMeta, PostParams},
};

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

/// Waits until the encoder is in the middle of the document: some pages are done, and not all.
///
/// # Errors
/// Where that is not seen, also because the document was too quick.
pub async fn in_the_middle(cluster: &Cluster, namespace: &str, name: &str) -> Result<DocumentEncoding> {
    let seen = wait::until(
        &cluster.encodings(namespace),
        name,
        "in the middle",
        wait::SOON,
        |resource| {
            let progress = resource.status.as_ref().and_then(|status| status.progress);
            phase(resource).is_some_and(Phase::is_terminal)
                || (phase(resource) == Some(Phase::Processing)
                    && progress.is_some_and(|percent| percent >= crds::progress::step::ENCODING.0))
        },
    )
    .await?;
    if phase(&seen) != Some(Phase::Processing) {
        bail!("{name} finished before it was seen in the middle: make the document larger");
    }
    Ok(seen)
}

/// The Pod that works for a resource now.
///
/// # Errors
/// Where there is none in time.
pub async fn running_pod(cluster: &Cluster, namespace: &str, resource: &DocumentEncoding) -> Result<Pod> {
    let job = resource
        .status
        .as_ref()
        .and_then(|status| status.job_name.as_deref())
        .context("status.jobName is not set")?;
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
    let selected = format!("batch.kubernetes.io/job-name={job}");
    wait::first(&pods, &selected, "there", wait::SOON, |pod| {
        pod.metadata.deletion_timestamp.is_none()
    })
    .await
}
