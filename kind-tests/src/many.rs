//! Many documents of one tenant, in the test's own namespace, that standing Jobs may work off.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use crds::{DocumentEncoding, Phase};
use k8s_openapi::api::{batch::v1::Job, core::v1::Pod};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams},
};

use crate::{
    encodings::{self, encoding, in_store},
    space::Space,
    store::Store,
    wait,
};

/// The documents of one test, by the names of their resources.
pub type Documents = BTreeMap<String, DocumentEncoding>;

/// Uploads a file, and gives the key of its source in the store, which other resources of the tenant may name.
///
/// # Errors
/// Where the API does not take it.
pub async fn stored(space: &Space, content: &[u8]) -> Result<String> {
    let id = space.api().upload_accepted("stored.pdf", content).await?;
    let resource = space.uploads().get(&format!("doc-{id}-1")).await?;
    let object = resource
        .spec
        .source
        .object
        .context("an upload's source is an object")?;
    Ok(object.key)
}

/// A resource whose source is an object, so that a standing Job may work for it.
pub fn resource(name: &str, key: &str) -> DocumentEncoding {
    encoding(name, in_store(key, &format!("{name}.pdf")))
}

/// A resource like [`resource`] that may run in a namespace under [`encodings::throttle`].
pub fn throttled(name: &str, key: &str) -> DocumentEncoding {
    let mut resource = resource(name, key);
    resource.spec.resources = Some(encodings::throttled());
    resource
}

/// Creates resources, one after the other, in the test's namespace.
///
/// # Errors
/// Where the cluster refuses one.
pub async fn create(space: &Space, resources: impl IntoIterator<Item = DocumentEncoding>) -> Result<()> {
    for resource in resources {
        encodings::create(&space.cluster, &space.namespace, &resource).await?;
    }
    Ok(())
}

/// Creates resources that all come to be in one Job: the first, and the others once its Job is there. Gives the Job's name.
///
/// # Errors
/// Where the cluster refuses one, or they are not given to the same Job.
pub async fn in_one_job(space: &Space, resources: Vec<DocumentEncoding>) -> Result<String> {
    let names: Vec<String> = resources.iter().map(ResourceExt::name_any).collect();
    let mut resources = resources.into_iter();
    let first = resources.next().context("at least one resource")?;
    create(space, [first]).await?;
    let (_, job) = encodings::given_a_job(&space.cluster, &space.namespace, &names[0]).await?;
    create(space, resources).await?;
    let seen = until(space, "given a Job", wait::SOON, |documents| {
        Ok(names
            .iter()
            .all(|name| documents.get(name).and_then(encodings::job_name).is_some()))
    })
    .await?;
    let job = job.name_any();
    for name in &names {
        let given = encodings::job_name(&seen[name]);
        ensure!(
            given == Some(&job),
            "{name} was given to {given:?} and not to {job}"
        );
    }
    Ok(job)
}

/// Waits until something is true of all resources of the test's namespace; it is asked after every change of one.
///
/// # Errors
/// Where the time passes, or `holds` says what is wrong.
pub async fn until(
    space: &Space,
    expected: &str,
    limit: Duration,
    holds: impl FnMut(&Documents) -> Result<bool>,
) -> Result<Documents> {
    wait::all(&space.encodings(), "", expected, limit, holds).await
}

/// How many have finished, whichever way.
pub fn finished(documents: &Documents) -> usize {
    documents
        .values()
        .filter(|each| encodings::phase(each).is_some_and(Phase::is_terminal))
        .count()
}

/// Waits until so many resources have finished, and wants each of them to be encoded in its first attempt: the result that the status names is its
/// own and the only one in the store, and the files that the API serves for it hold what the status says.
///
/// # Errors
/// What is wrong with the first that is not so.
pub async fn each_encoded_once(space: &Space, count: usize, limit: Duration) -> Result<Documents> {
    let documents = until(space, "finished", limit, |documents| {
        Ok(finished(documents) == count)
    })
    .await?;
    let mut manifests = BTreeMap::new();
    for (name, document) in &documents {
        ensure!(
            encodings::phase(document) == Some(Phase::Ready),
            "{name}: {:?}",
            document.status
        );
        ensure!(
            encodings::attempt(document).0 == 1,
            "{name} took more than one attempt: {:?}",
            document.status
        );
        let result = document.status.as_ref().and_then(|status| status.result.as_ref());
        let result = result.with_context(|| format!("{name} has no result"))?;
        let uid = document.uid().context("a uid")?;
        ensure!(
            result.manifest.contains(&uid),
            "{name} names the manifest {}",
            result.manifest
        );
        if let Some(other) = manifests.insert(result.manifest.clone(), name) {
            anyhow::bail!("{name} and {other} name the manifest {}", result.manifest);
        }
        served(space, &uid, document, result.total_pages, result.total_chunks).await?;
    }
    let stored = Store::of(&space.cluster).await?;
    let keys = stored
        .keys(&format!("tenants/{}", space.account().tenant))
        .await?;
    let committed: BTreeSet<&String> = keys
        .iter()
        .filter(|key| key.ends_with("/manifest.json"))
        .collect();
    let named: BTreeSet<&String> = manifests.keys().collect();
    ensure!(
        named.is_subset(&committed),
        "named and not in the store: {:?}",
        named.difference(&committed)
    );
    for (manifest, name) in &manifests {
        let folder = manifest.trim_end_matches("manifest.json");
        let others: Vec<_> = committed
            .iter()
            .filter(|key| key.starts_with(folder) && **key != manifest)
            .collect();
        ensure!(
            others.is_empty(),
            "{name} has more manifests than its own: {others:?}"
        );
    }
    Ok(documents)
}

/// Wants the API to serve a document's files as its status says they are.
async fn served(
    space: &Space,
    uid: &str,
    document: &DocumentEncoding,
    pages: u64,
    chunks: u64,
) -> Result<()> {
    let api = space.api();
    let path = format!("/api/documents/{uid}/metadata");
    // The API learns of a result a moment after the resource has it.
    let metadata = wait::answer("served", wait::TICK, wait::SOON, async || api.json(&path).await).await?;
    let served = metadata["chunks"].as_array().map_or(0, Vec::len) as u64;
    ensure!(
        metadata["file"] == document.spec.source.file_name.as_str()
            && metadata["total_pages"] == pages
            && served == chunks,
        "{uid}: {} with {} pages and {served} chunks instead of {} with {pages} and {chunks}",
        metadata["file"],
        metadata["total_pages"],
        document.spec.source.file_name,
    );
    Ok(())
}

/// The Jobs of the test's namespace.
///
/// # Errors
/// Where they cannot be listed.
pub async fn jobs(space: &Space) -> Result<Vec<Job>> {
    Ok(space.objects::<Job>().list(&ListParams::default()).await?.items)
}

/// Deletes all Pods of the test's namespace at once and without grace, as where their node is gone; how many they were.
///
/// # Errors
/// Where the cluster refuses it.
pub async fn delete_pods(space: &Space) -> Result<usize> {
    let pods: Api<Pod> = space.objects();
    let running = pods
        .list(&ListParams::default().fields("status.phase=Running"))
        .await?;
    for pod in &running {
        let deleted = pods
            .delete(&pod.name_any(), &DeleteParams::default().grace_period(0))
            .await;
        match deleted {
            Err(kube::Error::Api(answer)) if answer.code == 404 => {}
            other => drop(other.with_context(|| format!("unable to delete the Pod {}", pod.name_any()))?),
        }
    }
    Ok(running.items.len())
}
