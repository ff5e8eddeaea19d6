//! What the cluster refuses: it is said in its own words, costs no attempt, and is made up for when it is lifted.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use crds::Phase;
use k8s_openapi::api::core::v1::ResourceQuota;
use kind_tests::{
    encodings::{self, attempt, is_at_work, phase, told},
    pdf,
    space::{Kind, Space, beside_others},
    wait,
};
use serde_json::{Value, json};

/// From the lifting of a refusal to the result.
const RECOVERY: Duration = Duration::from_secs(40);

/// Puts a refusal in place, creates a document, wants it to wait with these words, lifts the refusal, and wants it to become Ready at no cost.
async fn is_waited_for(space: &Space, refusal: Value, words: &str) -> Result<()> {
    let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
    space
        .kubectl(&["create", "-f", "-"], &refusal.to_string())
        .await?
        .expect_success()?;
    let kind = refusal["kind"].as_str().context("a kind")?;
    if kind == "ResourceQuota" {
        // Nothing is counted before the quota's controller has.
        let quotas = space.objects::<ResourceQuota>();
        wait::until(&quotas, "refusal", "in force", wait::SOON, |quota| {
            quota.status.as_ref().is_some_and(|status| status.hard.is_some())
        })
        .await?;
    }
    encodings::from_content(cluster, namespace, "book", "book.pdf", &pdf::prose(2)).await?;
    let refused = encodings::told_for(cluster, namespace, "book", "QuotaDenied", wait::SOON).await?;
    ensure!(
        told(&refused).1.contains(words),
        "{words:?} is not in {:?}",
        told(&refused).1
    );
    ensure!(phase(&refused) == Some(Phase::Pending), "{:?}", refused.status);
    let status = refused.status.as_ref().context("a status")?;
    ensure!(status.refused_since.is_some(), "{status:?}");
    // It goes on to wait, and nothing is spent meanwhile.
    let (encodings, expected) = (space.encodings(), "waiting in its first attempt");
    wait::stays(&encodings, "book", expected, Duration::from_secs(12), |each| {
        attempt(each) == (1, 0) && !phase(each).is_some_and(Phase::is_terminal)
    })
    .await?;
    space
        .kubectl(&["delete", kind, "refusal"], "")
        .await?
        .expect_success()?;
    let done = encodings::ready(cluster, namespace, "book", RECOVERY).await?;
    ensure!(attempt(&done) == (1, 0), "it cost something: {:?}", done.status);
    let status = done.status.context("a status")?;
    ensure!(
        status.refused_since.is_none() && status.failure.is_none(),
        "{status:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_quota_on_jobs_is_waited_for() {
    beside_others(Kind::Nobodys, "quota-jobs", async |space| {
        let quota = json!({
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "refusal"},
            "spec": {"hard": {"count/jobs.batch": "0"}},
        });
        is_waited_for(space, quota, "exceeded quota: refusal").await
    })
    .await;
}

#[tokio::test]
async fn a_quota_on_pods_is_waited_for() {
    beside_others(Kind::Nobodys, "quota-pods", async |space| {
        let quota = json!({
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "refusal"},
            "spec": {"hard": {"pods": "0"}},
        });
        is_waited_for(space, quota, "exceeded quota: refusal").await
    })
    .await;
}

#[tokio::test]
async fn a_limit_range_that_forbids_the_pod_is_waited_for() {
    beside_others(Kind::Nobodys, "limit-range", async |space| {
        let range = json!({
            "apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "refusal"},
            "spec": {"limits": [{"type": "Pod", "max": {"memory": "16Mi"}}]},
        });
        is_waited_for(space, range, "maximum memory usage per Pod is 16Mi").await
    })
    .await;
}

#[tokio::test]
async fn while_one_document_is_refused_what_asks_for_less_goes_on() {
    beside_others(Kind::Nobodys, "one-refused", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        encodings::held(cluster, namespace, "large").await?;
        let large = encodings::told_for(cluster, namespace, "large", "Unschedulable", wait::SOON).await?;
        ensure!(
            is_at_work(&large) && phase(&large) == Some(Phase::Pending),
            "{:?}",
            large.status
        );
        encodings::from_content(cluster, namespace, "small", "small.pdf", &pdf::prose(1)).await?;
        encodings::ready(cluster, namespace, "small", wait::SOON).await?;
        let large = encodings::told_for(cluster, namespace, "large", "Unschedulable", wait::SOON).await?;
        ensure!(attempt(&large) == (1, 0), "{:?}", large.status);
        Ok(())
    })
    .await;
}
