//! What happens to a document when a part of the platform goes away in the middle of it.

use anyhow::{Context, Result, ensure};
use crds::{Reason, condition};
use k8s_openapi::api::core::v1::Pod;
use kind_tests::{
    encodings::{self, is_true, ready},
    many, pdf,
    space::{Kind, Space, alone, beside_others},
    wait,
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, EvictParams, Patch, PatchParams},
};
use reqwest::Method;
use serde_json::json;

/// Pages of [`book`].
const PAGES: usize = 1_000;

/// A document that an encoder with little of a processor takes long for: many pages that share one content.
fn book() -> Vec<u8> {
    pdf::repeated(PAGES, 40)
}

/// Begins a slow document `book` in the test's namespace and waits until its encoder runs; hands back the document's id and the Pod.
async fn running(space: &Space) -> Result<(String, Pod)> {
    encodings::throttle(&space.cluster, &space.namespace).await?;
    encodings::slowly(&space.cluster, &space.namespace, "book", &book()).await?;
    let (seen, pod) = encodings::running(&space.cluster, &space.namespace, "book").await?;
    Ok((seen.uid().context("a uid")?, pod))
}

async fn ready_over_http(space: &Space, id: &str) -> Result<()> {
    let status = space.api().finished(id, wait::LATE).await?;
    ensure!(status["status"] == "ready", "{status}");
    Ok(())
}

#[tokio::test]
async fn an_evicted_encoder_is_followed_by_another_at_no_cost() {
    beside_others(Kind::Tenants, "evicted", async |space| {
        let (id, pod) = running(space).await?;
        encodings::release(&space.cluster, &space.namespace).await?;
        let pods: Api<Pod> = space.objects();
        pods.evict(&pod.name_any(), &EvictParams::default())
            .await
            .context("unable to evict")?;
        let done = ready(&space.cluster, &space.namespace, "book", wait::LATE).await?;
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
        // How much memory an encoder needs is its own affair, so the test says in the kubelet's place what a kubelet says.
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let (before, pod) = encodings::held(cluster, namespace, "book").await?;
        let killed = json!({"status": {
            "phase": "Failed",
            "containerStatuses": [{
                "name": crds::job::CONTAINER, "image": "", "imageID": "", "ready": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
            }],
        }});
        let pods: Api<Pod> = space.objects();
        pods.patch_status(
            &pod.name_any(),
            &PatchParams::default(),
            &Patch::Strategic(killed),
        )
        .await
        .context("unable to say that the Pod was killed")?;
        // In the pause before the next attempt; then it says that no node takes its Pod.
        let (encodings, expected) = (space.encodings(), "between two attempts");
        let failed = wait::until(&encodings, "book", expected, wait::SOON, |each| {
            each.status
                .as_ref()
                .is_some_and(|status| status.retry_time.is_some())
        })
        .await?;
        let failure = failed.status.and_then(|status| status.failure);
        ensure!(
            failure
                .as_ref()
                .is_some_and(|failure| failure.reason == Reason::OutOfMemory),
            "{failure:?}"
        );
        let (after, _) = encodings::held_in_attempt(cluster, namespace, "book", 2).await?;
        let memory = |resource: crds::DocumentEncoding| {
            let bytes = resource
                .status
                .and_then(|status| status.memory.as_ref().and_then(crds::resources::bytes));
            bytes.context("an amount of memory")
        };
        let (less, more) = (memory(before)?, memory(after)?);
        ensure!(more == 2 * less, "{more} bytes after {less}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_deleted_pod_is_followed_by_another() {
    beside_others(Kind::Tenants, "deleted-pod", async |space| {
        let (id, pod) = running(space).await?;
        encodings::release(&space.cluster, &space.namespace).await?;
        let pods: Api<Pod> = space.objects();
        pods.delete(&pod.name_any(), &DeleteParams::default().grace_period(0))
            .await?;
        let done = ready(&space.cluster, &space.namespace, "book", wait::LATE).await?;
        let status = done.status.context("a status")?;
        ensure!(status.attempt == Some(1), "it cost an attempt: {status:?}");
        ready_over_http(space, &id).await
    })
    .await;
}

#[tokio::test]
async fn an_operator_restarted_in_the_middle_loses_nothing() {
    alone(Kind::Tenants, "operator", async |space| {
        let (id, _) = running(space).await?;
        space.stop("operator").await?;
        space.start("operator").await?;
        let done = ready(&space.cluster, &space.namespace, "book", wait::LATE).await?;
        let status = done.status.context("a status")?;
        ensure!(
            (status.attempt, status.tries, status.disruptions) == (Some(1), Some(1), Some(0)),
            "it was begun anew: {status:?}"
        );
        // The one manifest a resource can have is the one the status names, and its files are those that are served.
        ready_over_http(space, &id).await?;
        let metadata = space.api().json(&format!("/api/documents/{id}/metadata")).await?;
        ensure!(metadata["total_pages"] == PAGES, "{}", metadata["total_pages"]);
        Ok(())
    })
    .await;
}

/// Documents that are on their way when Pods are deleted.
const DOCUMENTS: usize = 30;

#[tokio::test]
async fn standing_pods_deleted_in_the_middle_are_followed_by_others_and_nothing_is_lost() {
    beside_others(Kind::Tenants, "standing-pods", async |space| {
        encodings::throttle(&space.cluster, &space.namespace).await?;
        let key = many::stored(space, &pdf::prose(20)).await?;
        let documents = (0..DOCUMENTS).map(|number| many::throttled(&format!("book-{number}"), &key));
        many::create(space, documents).await?;
        let mut deleted = 0;
        for done in [2, 8, 16] {
            many::until(space, "further", wait::LATE, |all| {
                Ok(all.len() == DOCUMENTS && many::finished(all) >= done)
            })
            .await?;
            deleted += many::delete_pods(space).await?;
        }
        println!("{deleted} Pods were deleted");
        ensure!(deleted > 0, "all were done before a Pod was deleted");
        let done = many::each_encoded_once(space, DOCUMENTS, wait::LATE).await?;
        // A Pod works on one document at a time, and only for that one is its end a disruption.
        let disruptions: u32 = done.values().map(|each| encodings::attempt(each).1).sum();
        ensure!(
            usize::try_from(disruptions)? <= deleted,
            "{disruptions} documents were disrupted by the end of {deleted} Pods"
        );
        Ok(())
    })
    .await;
}

/// Suspends an uploaded document, or lets it go on.
async fn suspend(space: &Space, id: &str, suspended: bool) -> Result<()> {
    let patch = Patch::Merge(json!({"spec": {"suspend": suspended}}));
    space
        .uploads()
        .patch(&format!("doc-{id}-1"), &PatchParams::default(), &patch)
        .await
        .context("unable to suspend")?;
    Ok(())
}

/// Uploads a document and suspends it before an encoder has begun; nothing becomes of it until it may go on.
async fn suspended_upload(space: &Space, name: &str) -> Result<String> {
    let id = space.api().upload_accepted(name, &pdf::prose(2)).await?;
    suspend(space, &id, true).await?;
    let resource = format!("doc-{id}-1");
    wait::until(&space.uploads(), &resource, "suspended", wait::SOON, |resource| {
        let status = resource.status.as_ref();
        status.is_some_and(|status| status.conditions.iter().any(|each| each.reason == "Suspended"))
    })
    .await?;
    Ok(id)
}

#[tokio::test]
async fn the_mirror_heals_what_happened_while_the_api_was_away() {
    alone(Kind::Tenants, "mirror", async |space| {
        let kept = suspended_upload(space, "finishes.pdf").await?;
        let gone = suspended_upload(space, "gone.pdf").await?;
        space.stop("api").await?;
        let namespace = &space.cluster.encodings_namespace;
        // While it is away one document finishes, one is deleted, and one is applied by hand.
        let deleted = format!("doc-{gone}-1");
        space.uploads().delete(&deleted, &DeleteParams::default()).await?;
        wait::gone(&space.uploads(), &deleted, wait::SOON).await?;
        suspend(space, &kept, false).await?;
        let applied = encodings::from_content(
            &space.cluster,
            &space.namespace,
            "applied",
            "a.pdf",
            &pdf::prose(2),
        )
        .await?;
        let applied = applied.metadata.uid.context("a uid")?;
        let finished = format!("doc-{kept}-1");
        ready(&space.cluster, namespace, &finished, wait::LATE).await?;
        ready(&space.cluster, &space.namespace, "applied", wait::LATE).await?;
        space.start("api").await?;
        space.address.ready().await?;
        ready_over_http(space, &kept).await?;
        let appeared = wait::answer("mirrored", wait::TICK, wait::SOON, async || {
            space.api().status(&applied).await
        });
        ensure!(appeared.await?["document_id"] == applied.as_str());
        let status = space.api().finished(&gone, wait::SOON).await?;
        ensure!(status["error"]["reason"] == "Deleted", "{status}");
        // What is mirrored is marked as such.
        wait::until(&space.uploads(), &finished, "archived", wait::SOON, |resource| {
            is_true(resource, condition::ARCHIVED)
        })
        .await?;
        space
            .api()
            .send(Method::DELETE, &format!("/api/documents/{gone}"))
            .await?;
        Ok(())
    })
    .await;
}
