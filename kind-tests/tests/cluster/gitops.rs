//! Resources that are applied together, in any order, and edited later; and what tools that wait for them see.

use std::time::Duration;

use anyhow::{Context, ensure};
use crds::{DocumentEncoding, Phase, Reason};
use kind_tests::{
    encodings::{self, attempt, encoding, in_config_map, phase, told},
    pdf,
    space::{Kind, beside_others},
    wait,
};
use kube::Resource;
use serde_json::json;

/// How much later than its resource a source comes.
const LATE: Duration = Duration::from_secs(20);

/// Whether the status speaks of the resource as it is now, in all its conditions.
fn is_observed(resource: &DocumentEncoding) -> bool {
    let generation = resource.meta().generation;
    resource.status.as_ref().is_some_and(|status| {
        Some(status.observed_generation) == generation
            && status
                .conditions
                .iter()
                .filter(|each| each.type_ != crds::condition::ARCHIVED)
                .all(|each| each.observed_generation == generation)
    })
}

#[tokio::test]
async fn a_source_that_comes_after_its_resource_is_waited_for() {
    beside_others(Kind::Nobodys, "late-source", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        encodings::create(
            cluster,
            namespace,
            &encoding("book", in_config_map("book", "book.pdf")),
        )
        .await?;
        let waits = encodings::told_for(cluster, namespace, "book", "SourceNotFound", wait::SOON).await?;
        ensure!(
            told(&waits).1.contains("the ConfigMap book is not there")
                && phase(&waits) == Some(Phase::Pending),
            "{:?}",
            waits.status
        );
        let (encodings, expected) = (space.encodings(), "waiting for its source");
        wait::stays(&encodings, "book", expected, LATE, |each| {
            told(each).0 == "SourceNotFound"
        })
        .await?;
        encodings::config_map(cluster, namespace, "book", &pdf::prose(2)).await?;
        let done = encodings::ready(cluster, namespace, "book", wait::SOON).await?;
        ensure!(attempt(&done) == (1, 0), "{:?}", done.status);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_key_that_comes_after_its_config_map_is_waited_for() {
    beside_others(Kind::Nobodys, "late-key", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        encodings::config_map(cluster, namespace, "book", &pdf::prose(2)).await?;
        let without = json!([{"op": "remove", "path": "/binaryData"}]).to_string();
        let arguments = ["patch", "configmap", "book", "--type=json", "--patch", &without];
        space.kubectl(&arguments, "").await?.expect_success()?;
        encodings::create(
            cluster,
            namespace,
            &encoding("book", in_config_map("book", "a.txt")),
        )
        .await?;
        let waits = encodings::told_for(cluster, namespace, "book", "SourceNotFound", wait::SOON).await?;
        ensure!(told(&waits).1.contains("has no key"), "{:?}", told(&waits));
        let with = json!({"data": {encodings::CONFIG_MAP_KEY: "Some books are to be tasted."}}).to_string();
        let arguments = ["patch", "configmap", "book", "--type=merge", "--patch", &with];
        space.kubectl(&arguments, "").await?.expect_success()?;
        encodings::ready(cluster, namespace, "book", wait::SOON).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_edit_of_a_finished_resource_is_observed_and_changes_nothing_else() {
    beside_others(Kind::Nobodys, "edited", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        encodings::from_content(cluster, namespace, "ready", "a.pdf", &pdf::prose(1)).await?;
        encodings::from_content(cluster, namespace, "failed", "a.pdf", &pdf::broken()).await?;
        for name in ["ready", "failed"] {
            let before = encodings::finished(cluster, namespace, name, wait::SOON).await?;
            ensure!(is_observed(&before), "{name}: {:?}", before.status);
            // The last of them comes too late to have an effect, and is observed all the same.
            for spec in [
                json!({"ttlSecondsAfterFinished": 90_000}),
                json!({"priority": 7}),
                json!({"cancelled": true}),
            ] {
                let edited = encodings::change(cluster, namespace, name, spec.clone()).await?;
                let generation = edited.meta().generation;
                let after = wait::until(&space.encodings(), name, "observed", wait::SOON, |each| {
                    each.meta().generation == generation && is_observed(each)
                })
                .await?;
                let outcome = |resource: &DocumentEncoding| {
                    let status = resource.status.clone().unwrap_or_default();
                    (
                        status.phase,
                        status.result,
                        status.failure,
                        status.completion_time,
                    )
                };
                ensure!(
                    outcome(&after) == outcome(&before),
                    "{name} after {spec}: {:?}",
                    after.status
                );
            }
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_resource_that_is_deleted_goes_when_its_outcome_is_archived() {
    beside_others(Kind::Tenants, "deleted", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let made = encodings::from_content(cluster, namespace, "book", "a.pdf", &pdf::prose(1)).await?;
        let id = made.metadata.uid.context("a uid")?;
        wait::until(&space.encodings(), "book", "archived", wait::SOON, |each| {
            encodings::is_true(each, crds::condition::ARCHIVED)
        })
        .await?;
        space
            .kubectl(&["delete", "denc", "book", "--timeout=30s"], "")
            .await?
            .expect_success()?;
        // Its record and its files outlive it.
        let status = space.api().status(&id).await?;
        ensure!(status["status"] == "ready", "{status}");
        space.api().json(&format!("/api/documents/{id}/metadata")).await?;

        // What has not finished has nothing to be archived.
        let mut unfinished = encoding("unfinished", in_config_map("book", "a.pdf"));
        unfinished.spec.suspend = true;
        let made = encodings::create(cluster, namespace, &unfinished).await?;
        encodings::told_for(cluster, namespace, "unfinished", "Suspended", wait::SOON).await?;
        space
            .kubectl(&["delete", "denc", "unfinished", "--timeout=30s"], "")
            .await?
            .expect_success()?;
        let id = made.metadata.uid.context("a uid")?;
        let status = space.api().finished(&id, wait::SOON).await?;
        ensure!(status["error"]["reason"] == Reason::Deleted.as_str(), "{status}");
        Ok(())
    })
    .await;
}
