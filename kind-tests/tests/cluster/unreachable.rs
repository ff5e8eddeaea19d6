//! An upload while the Kubernetes API cannot be reached.
//!
//! The API under test is the program itself, started here beside the installed one with the same Postgres and the same identity, but a
//! store of its own and a proxy before the Kubernetes API that the test cuts.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Secret;
use kind_tests::{
    api::{Address, Upload},
    command, pdf,
    port_forward::PortForward,
    proxy::Proxy,
    space::{Kind, Space, beside_others},
    wait,
};
use kube::{Api, api::ListParams};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::process::{Child, Command};

/// The program of the API: `SOCRATE_API_PROGRAM`, or what `cargo build -p api` has built.
fn program() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("SOCRATE_API_PROGRAM") {
        return Ok(path.into());
    }
    let here = std::env::current_exe()?;
    let target = here
        .ancestors()
        .nth(2)
        .context("the tests lie in a target folder")?;
    let path = target.join("api");
    ensure!(
        path.is_file(),
        "there is no {}: run cargo build -p api",
        path.display()
    );
    Ok(path)
}

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

/// Writes a kubeconfig with the identity of the installed API that leads through the proxy.
async fn kubeconfig(space: &Space, proxy: &Proxy, folder: &Path) -> Result<PathBuf> {
    let account = format!("{}-api", space.cluster.release);
    let arguments = [
        "create",
        "token",
        &account,
        "--namespace",
        &space.cluster.release_namespace,
    ];
    let token = command::kubectl(&arguments, "").await?.expect_success()?;
    let shown = command::kubectl(&["config", "view", "--raw", "--minify", "-o", "json"], "")
        .await?
        .expect_success()?;
    let mut config: serde_json::Value = serde_json::from_str(&shown)?;
    let host = space
        .cluster
        .config
        .cluster_url
        .host()
        .context("the cluster has no host")?;
    config["clusters"][0]["cluster"]["server"] = json!(format!("https://{}", proxy.address));
    config["clusters"][0]["cluster"]["tls-server-name"] = json!(host);
    config["users"][0]["user"] = json!({"token": token.trim()});
    let path = folder.join("kubeconfig");
    std::fs::write(&path, config.to_string())?;
    Ok(path)
}

/// The addresses of Postgres for the API's roles, led through a forwarded port.
async fn databases(space: &Space, port: u16) -> Result<Vec<(String, String)>> {
    let secrets: Api<Secret> =
        Api::namespaced(space.cluster.client.clone(), &space.cluster.release_namespace);
    let name = format!("{}-database", space.cluster.release);
    let secret = secrets.get(&name).await?.data.context("the Secret is empty")?;
    ["api", "mirror", "maintenance"]
        .into_iter()
        .map(|role| {
            let stored = secret
                .get(&format!("{role}-url"))
                .with_context(|| format!("no address for {role}"))?;
            let url = String::from_utf8(stored.0.clone())?;
            let (before, after) = url.split_once('@').context("no user in the address")?;
            let (_, path) = after.split_once('/').context("no database in the address")?;
            let infix = if role == "api" {
                String::new()
            } else {
                format!("{}_", role.to_uppercase())
            };
            Ok((
                format!("SOCRATE_{infix}DATABASE_URL"),
                format!("{before}@127.0.0.1:{port}/{path}"),
            ))
        })
        .collect()
}

/// Starts the API; it ends with its handle.
fn start(
    space: &Space,
    folder: &Path,
    kubeconfig: &Path,
    databases: Vec<(String, String)>,
    listen: &str,
) -> Result<Child> {
    let store = folder.join("store");
    std::fs::create_dir_all(&store)?;
    Command::new(program()?)
        .arg("serve")
        .env("KUBECONFIG", kubeconfig)
        .env("SOCRATE_LISTEN", listen)
        .env("SOCRATE_STORE_URL", format!("file://{}", store.display()))
        .env("SOCRATE_ENCODINGS_NAMESPACE", &space.cluster.encodings_namespace)
        .env("SOCRATE_CLUSTER_TIMEOUT_MS", "2000")
        .envs(databases)
        .stdin(Stdio::null())
        .stderr(std::fs::File::create(folder.join("log"))?)
        .kill_on_drop(true)
        .spawn()
        .context("unable to start the API")
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
        let kubeconfig = kubeconfig(space, &proxy, &folder).await?;
        // A port that is free now is as good as one kept, on loopback.
        let listen = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .to_string();
        let _api = start(
            space,
            &folder,
            &kubeconfig,
            databases(space, postgres.port).await?,
            &listen,
        )?;
        let address = Address::fixed(&format!("http://{listen}"))?;
        address
            .ready()
            .await
            .with_context(|| std::fs::read_to_string(folder.join("log")).unwrap_or_default())?;
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
