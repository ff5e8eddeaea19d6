//! An upload while the Kubernetes API cannot be reached.
//!
//! The API under test is the program itself, started here beside the installed one with the same Postgres and the same identity, but a
//! store of its own and a proxy before the Kubernetes API that the test cuts.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use kind_tests::{
    api::Upload,
    pdf,
    port_forward::PortForward,
    proxy::Proxy,
    replica::{self, Replica},
    space::{Kind, Space, beside_others},
    wait,
};
use kube::api::ListParams;
use reqwest::{Method, StatusCode};
use tokio::process::Command;

/// Where the Kubernetes API really is.
fn kubernetes(space: &Space) -> Result<SocketAddr> {
    let url = &space.cluster.config.cluster_url;
    let host = url.host().context("the cluster has no host")?;
    let port = url.port_u16().unwrap_or(443);
    (host, port)
        .to_socket_addrs()?
        .next()
        .context("the cluster's host has no address")
}

/// Files below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_without_a_cluster_is_undone_and_works_afterwards() {
    beside_others(Kind::Tenants, "unreachable", async |space| {
        let folder = std::env::temp_dir().join(&space.namespace);
        std::fs::create_dir_all(&folder)?;
        let target = kubernetes(space)?;
        let proxy = Proxy::start(target, target.ip()).await?;
        let postgres = PortForward::open(
            &space.cluster.release_namespace,
            &format!("service/{}-postgres", space.cluster.release),
            5432,
        )
        .await?;
        let server = format!("https://{}", proxy.address);
        let kubeconfig = replica::kubeconfig(&space.cluster, &server, &folder).await?;
        let store = folder.join("store");
        std::fs::create_dir_all(&store)?;
        let mut command = Command::new(replica::program()?);
        command
            .arg("serve")
            .env("KUBECONFIG", kubeconfig)
            .env("SOCRATE_STORE_URL", format!("file://{}", store.display()))
            .env("SOCRATE_ENCODINGS_NAMESPACE", &space.cluster.encodings_namespace)
            .env("SOCRATE_CLUSTER_TIMEOUT_MS", "2000")
            .envs(replica::databases(&space.cluster, postgres.port).await?);
        let replica = Replica::start(command, folder.join("log"))?;
        replica.ready().await?;
        let address = &replica.address;
        let api = address.with_key(&space.account().key);
        let upload = || Upload::pdf("a.pdf", &pdf::prose(1));

        proxy.cut();
        let answer = api.upload(upload()).await?;
        ensure!(answer.status == StatusCode::INTERNAL_SERVER_ERROR, "{answer}");
        let body = answer.json()?;
        ensure!(
            body["success"] == false && body["code"] == "queue_unavailable",
            "{body}"
        );
        ensure!(
            body["message"]
                .as_str()
                .is_some_and(|message| message.to_lowercase().contains("task queue unavailable")),
            "{body}"
        );
        let list = api.json("/api/documents").await?.to_string();
        ensure!(!list.contains("a.pdf"), "a row is left: {list}");
        let left = files(&folder.join("store"))?;
        ensure!(left.is_empty(), "files are left: {left:?}");
        let ours =
            ListParams::default().labels(&format!("{}={}", crds::labels::TENANT, space.account().tenant));
        ensure!(
            space.uploads().list(&ours).await?.items.is_empty(),
            "a resource is left"
        );

        proxy.mend();
        let id = wait::answer("taken again", wait::TICK, wait::SOON, async || {
            let answer = api.upload(upload()).await?;
            ensure!(answer.status == StatusCode::ACCEPTED, "{answer}");
            Ok(answer.json()?["document_id"]
                .as_str()
                .unwrap_or_default()
                .to_owned())
        })
        .await?;
        ensure!(
            space.uploads().get_opt(&format!("doc-{id}-1")).await?.is_some(),
            "there is no resource for {id}"
        );
        api.send(Method::DELETE, &format!("/api/documents/{id}")).await?;
        std::fs::remove_dir_all(&folder)?;
        Ok(())
    })
    .await;
}
