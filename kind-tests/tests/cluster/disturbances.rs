//! What happens to a document when a part of the platform goes away in the middle of it.

use anyhow::{Context, Result, ensure};
use crds::{DocumentEncoding, condition};
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};
use kind_tests::{
    encodings::{self, in_the_middle, is_true, ready, running_pod},
    pdf,
    space::{Kind, Space, alone, beside_others},
    wait,
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, EvictParams, Patch, PatchParams},
};
use reqwest::Method;
use serde_json::json;

/// A document that takes an encoder some seconds: many pages that share one content.
fn large() -> Vec<u8> {
    pdf::repeated(9_000, 40)
}

/// Uploads the large document and waits until it is in the middle.
async fn uploaded_in_the_middle(space: &Space) -> Result<(String, DocumentEncoding)> {
    let id = space.api().upload_accepted("large.pdf", &large()).await?;
    let name = format!("doc-{id}-1");
    let seen = in_the_middle(&space.cluster, &space.cluster.encodings_namespace, &name).await?;
    Ok((id, seen))
}

fn deployments(space: &Space) -> Api<Deployment> {
    Api::namespaced(space.cluster.client.clone(), &space.cluster.release_namespace)
}

/// Scales a part of the platform, and waits until it is so.
async fn scale(space: &Space, part: &str, replicas: i32) -> Result<()> {
    let name = format!("{}-{part}", space.cluster.release);
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    let generation = deployments(space)
        .patch(&name, &PatchParams::default(), &patch)
        .await?
        .metadata
        .generation;
    wait::until(&deployments(space), &name, "scaled", wait::SOON, |deployment| {
        let status = deployment.status.clone().unwrap_or_default();
        status.observed_generation >= generation
            && status.replicas.unwrap_or(0) == replicas
            && status.ready_replicas.unwrap_or(0) == replicas
    })
    .await?;
    if replicas == 0 {
        let pods: Api<Pod> = Api::namespaced(space.cluster.client.clone(), &space.cluster.release_namespace);
        let ours = kube::api::ListParams::default().labels(&format!("app.kubernetes.io/component={part}"));
        for pod in pods.list(&ours).await? {
            wait::gone(&pods, &pod.name_any(), wait::SOON).await?;
        }
    }
    Ok(())
}

/// Deletes the Pods of a part of the platform, and waits until new ones are ready.
async fn restart(space: &Space, part: &str) -> Result<()> {
    scale(space, part, 0).await?;
    scale(space, part, 1).await
}

async fn ready_over_http(space: &Space, id: &str) -> Result<()> {
    let status = space.api().finished(id, wait::LATE).await?;
    ensure!(status["status"] == "ready", "{status}");
    Ok(())
}

#[tokio::test]
async fn an_evicted_encoder_is_followed_by_another_at_no_cost() {
    beside_others(Kind::Tenants, "evicted", async |space| {
        let namespace = &space.cluster.encodings_namespace;
        let (id, seen) = uploaded_in_the_middle(space).await?;
        let pod = running_pod(&space.cluster, namespace, &seen).await?;
        let pods: Api<Pod> = Api::namespaced(space.cluster.client.clone(), namespace);
        pods.evict(&pod.name_any(), &EvictParams::default())
            .await
            .context("unable to evict")?;
        let done = ready(&space.cluster, namespace, &seen.name_any(), wait::LATE).await?;
        let status = done.status.context("a status")?;
        ensure!(status.attempt == Some(1), "it cost an attempt: {status:?}");
        ensure!(status.disruptions == Some(1), "it was not disrupted: {status:?}");
        ready_over_http(space, &id).await
    })
    .await;
}

#[tokio::test]
async fn an_encoder_killed_for_memory_is_tried_again_with_more() {
    beside_others(Kind::Nobodys, "killed", async |space| {
        // The kernel kills the container in the middle of its work: the document does not fit into so little memory.
        let mut resource = encodings::encoding("book", encodings::in_config_map("book", "book.pdf"));
        resource.spec.resources =
            Some(serde_json::from_value(json!({"memory": "64Mi"})).context("an amount of memory")?);
        encodings::config_map(
            &space.cluster,
            &space.namespace,
            "book",
            &pdf::repeated(4_500, 30),
        )
        .await?;
        encodings::create(&space.cluster, &space.namespace, &resource).await?;
        let done = ready(&space.cluster, &space.namespace, "book", wait::LATE).await?;
        let status = done.status.context("a status")?;
        ensure!(status.attempt > Some(1), "it was not tried again: {status:?}");
        ensure!(status.failure.is_none() && status.memory.is_some_and(|memory| memory.0 != "64Mi"));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_deleted_pod_is_followed_by_another() {
    beside_others(Kind::Tenants, "deleted-pod", async |space| {
        let namespace = &space.cluster.encodings_namespace;
        let (id, seen) = uploaded_in_the_middle(space).await?;
        let pod = running_pod(&space.cluster, namespace, &seen).await?;
        let pods: Api<Pod> = Api::namespaced(space.cluster.client.clone(), namespace);
        pods.delete(&pod.name_any(), &DeleteParams::default().grace_period(0))
            .await?;
        ready(&space.cluster, namespace, &seen.name_any(), wait::LATE).await?;
        ready_over_http(space, &id).await
    })
    .await;
}

#[tokio::test]
async fn an_operator_restarted_in_the_middle_loses_nothing() {
    alone(Kind::Tenants, "operator", async |space| {
        let (id, seen) = uploaded_in_the_middle(space).await?;
        restart(space, "operator").await?;
        let namespace = &space.cluster.encodings_namespace;
        let done = ready(&space.cluster, namespace, &seen.name_any(), wait::LATE).await?;
        let status = done.status.context("a status")?;
        ensure!(status.attempt == Some(1), "it was begun anew: {status:?}");
        // The one manifest a resource can have is the one the status names, and its files are those that are served.
        ready_over_http(space, &id).await?;
        let metadata = space.api().json(&format!("/api/documents/{id}/metadata")).await?;
        ensure!(metadata["total_pages"] == 9_000, "{}", metadata["total_pages"]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_mirror_heals_what_happened_while_the_api_was_away() {
    alone(Kind::Tenants, "mirror", async |space| {
        let (id, _) = uploaded_in_the_middle(space).await?;
        let gone = space.api().upload_accepted("gone.pdf", &large()).await?;
        scale(space, "api", 0).await?;
        let namespace = &space.cluster.encodings_namespace;
        // While it is away one document finishes, one is deleted, and one is applied by hand.
        let deleted = format!("doc-{gone}-1");
        space.uploads().delete(&deleted, &DeleteParams::default()).await?;
        let applied = encodings::from_content(
            &space.cluster,
            &space.namespace,
            "applied",
            "a.pdf",
            &pdf::prose(2),
        )
        .await?;
        let applied = applied.metadata.uid.context("a uid")?;
        ready(&space.cluster, namespace, &format!("doc-{id}-1"), wait::LATE).await?;
        ready(&space.cluster, &space.namespace, "applied", wait::LATE).await?;
        scale(space, "api", 1).await?;
        space.address.ready().await?;
        ready_over_http(space, &id).await?;
        let appeared = wait::answer("mirrored", wait::TICK, wait::SOON, async || {
            space.api().status(&applied).await
        });
        ensure!(appeared.await?["document_id"] == applied.as_str());
        let status = space.api().finished(&gone, wait::SOON).await?;
        ensure!(
            status["error"]["reason"] == "Deleted" || status["status"] == "ready",
            "{status}"
        );
        // What is mirrored is marked as such.
        wait::until(
            &space.uploads(),
            &format!("doc-{id}-1"),
            "archived",
            wait::SOON,
            |resource| is_true(resource, condition::ARCHIVED),
        )
        .await?;
        space
            .api()
            .send(Method::DELETE, &format!("/api/documents/{gone}"))
            .await?;
        Ok(())
    })
    .await;
}
