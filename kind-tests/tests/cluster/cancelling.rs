//! Cancelling, in each phase of a document's life: within seconds, and with proof that nothing works on it any more.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use crds::{Phase, Reason, labels};
use k8s_openapi::api::{batch::v1::Job, core::v1::Pod};
use kind_tests::{
    encodings::{self, encoding, in_config_map, phase},
    many, pdf,
    space::{Kind, Space, beside_others},
    wait,
};
use kube::{ResourceExt, api::ListParams};
use serde_json::json;

/// From the person's word to `Cancelled`.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

/// Cancels a document, and wants it to be `Cancelled` in time.
async fn cancel(space: &Space, name: &str) -> Result<()> {
    let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
    encodings::change(cluster, namespace, name, json!({"cancelled": true})).await?;
    let done = encodings::finished(cluster, namespace, name, LIMIT).await?;
    let reason = done
        .status
        .as_ref()
        .and_then(|status| status.failure.as_ref())
        .map(|failure| failure.reason);
    ensure!(
        phase(&done) == Some(Phase::Cancelled) && reason == Some(Reason::Cancelled),
        "{name}: {:?}",
        done.status
    );
    ensure!(
        done.status.is_some_and(|status| status.result.is_none()),
        "{name} has a result"
    );
    Ok(())
}

/// Whether the Pod's container may still do something.
fn may_work(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    let is_over = |phase: &str| matches!(phase, "Succeeded" | "Failed");
    let mut containers = status
        .iter()
        .flat_map(|status| status.container_statuses.iter().flatten());
    let has_ended = containers.any(|each| {
        each.state
            .as_ref()
            .is_some_and(|state| state.terminated.is_some())
    });
    !has_ended
        && !status
            .and_then(|status| status.phase.as_deref())
            .is_some_and(is_over)
}

/// Wants that no Pod of the Job works at this moment.
async fn nobody_works(space: &Space, job: &str) -> Result<()> {
    let of_job = ListParams::default().labels(&format!("{}={job}", labels::JOB_NAME));
    let pods = space.objects::<Pod>().list(&of_job).await?;
    let names: Vec<String> = pods
        .iter()
        .filter(|pod| may_work(pod))
        .map(ResourceExt::name_any)
        .collect();
    ensure!(names.is_empty(), "still there: {names:?}");
    Ok(())
}

#[tokio::test]
async fn a_suspended_document_is_cancelled() {
    beside_others(Kind::Nobodys, "cancel", async |space| {
        let mut resource = encoding("book", in_config_map("book", "book.pdf"));
        resource.spec.suspend = true;
        encodings::config_map(&space.cluster, &space.namespace, "book", &pdf::prose(2)).await?;
        encodings::create(&space.cluster, &space.namespace, &resource).await?;
        encodings::told_for(&space.cluster, &space.namespace, "book", "Suspended", wait::SOON).await?;
        cancel(space, "book").await
    })
    .await;
}

#[tokio::test]
async fn a_document_whose_source_is_not_there_is_cancelled() {
    beside_others(Kind::Nobodys, "cancel-absent", async |space| {
        let resource = encoding("book", in_config_map("missing", "book.pdf"));
        encodings::create(&space.cluster, &space.namespace, &resource).await?;
        encodings::told_for(
            &space.cluster,
            &space.namespace,
            "book",
            "SourceNotFound",
            wait::SOON,
        )
        .await?;
        cancel(space, "book").await
    })
    .await;
}

#[tokio::test]
async fn a_document_whose_pod_waits_for_a_node_is_cancelled_and_its_pod_is_gone() {
    beside_others(Kind::Nobodys, "cancel-waiting", async |space| {
        let (_, pod) = encodings::held(&space.cluster, &space.namespace, "book").await?;
        let job = crds::job::of_pod(&pod.name_any())
            .context("a Pod of a Job")?
            .to_owned();
        cancel(space, "book").await?;
        nobody_works(space, &job).await?;
        wait::gone(&space.objects::<Job>(), &job, wait::SOON).await
    })
    .await;
}

#[tokio::test]
async fn a_document_that_is_encoded_is_cancelled_and_its_pod_has_ended() {
    beside_others(Kind::Nobodys, "cancel-running", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        encodings::throttle(cluster, namespace).await?;
        encodings::slowly(cluster, namespace, "book", &pdf::repeated(1_000, 40)).await?;
        let (_, pod) = encodings::running(cluster, namespace, "book").await?;
        let job = crds::job::of_pod(&pod.name_any())
            .context("a Pod of a Job")?
            .to_owned();
        cancel(space, "book").await?;
        nobody_works(space, &job).await?;
        wait::gone(&space.objects::<Job>(), &job, wait::SOON).await
    })
    .await;
}

#[tokio::test]
async fn documents_that_are_cancelled_at_once_are_cancelled_however_far_they_came() {
    beside_others(Kind::Tenants, "cancel-at-once", async |space| {
        encodings::throttle(&space.cluster, &space.namespace).await?;
        let key = many::stored(space, &pdf::repeated(150, 40)).await?;
        // One after the other is at another point of its way: without a Job, with one that starts, and in a Pod.
        for number in 0..8 {
            let name = format!("book-{number}");
            many::create(space, [many::throttled(&name, &key)]).await?;
            cancel(space, &name).await?;
        }
        // So there is nothing that could have become of them later.
        let done = many::until(space, "cancelled", wait::SOON, |all| Ok(many::finished(all) == 8)).await?;
        ensure!(
            done.values().all(|each| phase(each) == Some(Phase::Cancelled)),
            "{done:?}"
        );
        Ok(())
    })
    .await;
}
