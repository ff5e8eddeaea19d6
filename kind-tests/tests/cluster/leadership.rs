//! Two replicas of the operator, of which one works.

use anyhow::{Context, Result, ensure};
use crds::assignment::AssignmentRequest;
use k8s_openapi::api::core::v1::Pod;
use kind_tests::{
    encodings::{self, attempt},
    many, operator, parts, pdf,
    space::{Kind, Space, alone, beside_others},
    wait,
};
use kube::{Api, api::DeleteParams};
use reqwest::StatusCode;

/// Documents that are on their way when the leader is killed.
const DOCUMENTS: usize = 30;

#[tokio::test]
async fn a_replica_that_stands_by_names_the_one_that_leads() {
    beside_others(Kind::Bare, "stands-by", async |space| {
        let cluster = &space.cluster;
        let leader = operator::leader(cluster).await?;
        let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), &cluster.release_namespace);
        let address = pods
            .get(&leader)
            .await?
            .status
            .and_then(|status| status.pod_ip)
            .context("an address")?;
        let others: Vec<String> = operator::pods(cluster)
            .await?
            .into_iter()
            .filter(|each| *each != leader)
            .collect();
        ensure!(!others.is_empty(), "no replica stands by");
        for other in others {
            let replica = operator::Replica::connect(cluster, &other).await?;
            let (status, body) = replica.ask(None, &AssignmentRequest::default()).await?;
            ensure!(
                status == StatusCode::MISDIRECTED_REQUEST,
                "{other}: {status} {body}"
            );
            ensure!(
                body["leader"] == format!("https://{address}:8443"),
                "{other}: {body} where {leader} leads"
            );
        }
        Ok(())
    })
    .await;
}

/// Kills the Pod that leads, and waits until another one does.
async fn kill_the_leader(space: &Space) -> Result<()> {
    let cluster = &space.cluster;
    let killed = operator::leader(cluster).await?;
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), &cluster.release_namespace);
    pods.delete(&killed, &DeleteParams::default().grace_period(0))
        .await
        .context("unable to delete the Pod that leads")?;
    let (leases, name) = (operator::leases(cluster), format!("{}-operator", cluster.release));
    wait::until(&leases, &name, "held by another", wait::SOON, |lease| {
        operator::holder(lease).is_some_and(|holder| holder != killed)
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_leader_that_is_killed_in_the_middle_is_followed_by_another_and_nothing_is_done_twice() {
    alone(Kind::Tenants, "leader", async |space| {
        encodings::throttle(&space.cluster, &space.namespace).await?;
        let key = many::stored(space, &pdf::prose(20)).await?;
        let documents = (0..DOCUMENTS).map(|number| many::throttled(&format!("book-{number}"), &key));
        many::create(space, documents).await?;
        let middle = many::until(space, "in the middle", wait::LATE, |all| {
            Ok(all.len() == DOCUMENTS && many::finished(all) >= 3)
        })
        .await?;
        let before = many::finished(&middle);
        ensure!(before < DOCUMENTS, "all were done before the leader was killed");
        kill_the_leader(space).await?;
        println!("{before} of {DOCUMENTS} were done when the leader was killed");
        let done = many::each_encoded_once(space, DOCUMENTS, wait::LATE).await?;
        ensure!(
            done.values().all(|each| attempt(each) == (1, 0)),
            "Pods went on, and yet some were disrupted"
        );
        // What comes now is worked off by the new one.
        many::create(space, [many::throttled("later", &key)]).await?;
        encodings::ready(&space.cluster, &space.namespace, "later", wait::SOON).await?;
        parts::all_ready(&space.cluster, "operator").await
    })
    .await;
}
