//! A further replica of the installed API: a process of this machine, with the installed one's rights, Postgres and settings, as far as a test
//! says nothing else.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use serde_json::json;
use tokio::process::{Child, Command};

use crate::{api::Address, cluster::Cluster, command};

/// The program of the API: `SOCRATE_API_PROGRAM`, or what `cargo build -p api` has built.
///
/// # Errors
/// Where there is none.
pub fn program() -> Result<PathBuf> {
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

/// Writes a kubeconfig with the identity of the installed API that leads to `server`; the name of the server's certificate is the cluster's.
///
/// # Errors
/// Where the cluster gives no token.
pub async fn kubeconfig(cluster: &Cluster, server: &str, folder: &Path) -> Result<PathBuf> {
    let account = format!("{}-api", cluster.release);
    let arguments = [
        "create",
        "token",
        &account,
        "--namespace",
        &cluster.release_namespace,
        // The longest of the tests.
        "--duration=3h",
    ];
    let token = command::kubectl(&arguments, "").await?.expect_success()?;
    let shown = command::kubectl(&["config", "view", "--raw", "--minify", "-o", "json"], "")
        .await?
        .expect_success()?;
    let mut config: serde_json::Value = serde_json::from_str(&shown)?;
    if server.starts_with("https:") {
        let host = cluster.config.cluster_url.host();
        config["clusters"][0]["cluster"]["tls-server-name"] = json!(host.context("the cluster has no host")?);
    }
    config["clusters"][0]["cluster"]["server"] = json!(server);
    config["users"][0]["user"] = json!({"token": token.trim()});
    let path = folder.join("kubeconfig");
    std::fs::write(&path, config.to_string())?;
    Ok(path)
}

/// The addresses of Postgres for the API's roles, as variables of the program, led to a port of this machine.
///
/// # Errors
/// Where the release's Secret is not as the chart makes it.
pub async fn databases(cluster: &Cluster, port: u16) -> Result<Vec<(String, String)>> {
    let mut databases = Vec::new();
    for (role, infix) in [("api", ""), ("mirror", "MIRROR_")] {
        let (user, database) = database(cluster, role).await?;
        databases.push((
            format!("SOCRATE_{infix}DATABASE_URL"),
            format!("{user}@127.0.0.1:{port}/{database}"),
        ));
    }
    Ok(databases)
}

/// What stands in a role's address of Postgres before and behind the host: scheme, user and password, and the database.
///
/// # Errors
/// Where the release's Secret is not as the chart makes it.
pub async fn database(cluster: &Cluster, role: &str) -> Result<(String, String)> {
    let secrets: Api<Secret> = Api::namespaced(cluster.client.clone(), &cluster.release_namespace);
    let name = format!("{}-database", cluster.release);
    let secret = secrets.get(&name).await?.data.context("the Secret is empty")?;
    let stored = secret
        .get(&format!("{role}-url"))
        .with_context(|| format!("no address for {role}"))?;
    let url = String::from_utf8(stored.0.clone())?;
    let (user, after) = url.split_once('@').context("no user in the address")?;
    let (_, database) = after.split_once('/').context("no database in the address")?;
    Ok((user.to_owned(), database.to_owned()))
}

/// A replica; it ends with this.
pub struct Replica {
    /// Where it answers.
    pub address: Address,
    child: Arc<Mutex<Child>>,
    log: PathBuf,
}

impl Replica {
    /// Starts a replica by a command that runs the program; its log goes to the folder.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(mut command: Command, log: PathBuf) -> Result<Self> {
        let listen = free_address()?;
        let child = command
            .env("SOCRATE_LISTEN", listen.to_string())
            .env("SOCRATE_OPERATIONS_LISTEN", "127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log)?)
            .kill_on_drop(true)
            .spawn()
            .context("unable to start the API")?;
        Ok(Self {
            address: Address::fixed(&format!("http://{listen}"))?,
            child: Arc::new(Mutex::new(child)),
            log,
        })
    }

    /// Waits until it answers that it is ready.
    ///
    /// # Errors
    /// Where it is not in time; with what it logged.
    pub async fn ready(&self) -> Result<()> {
        self.address
            .ready()
            .await
            .with_context(|| std::fs::read_to_string(&self.log).unwrap_or_default())
    }

    /// What kills it at once, with the signal that no process can handle.
    pub fn killer(&self) -> impl FnMut() + Send + 'static {
        let child = self.child.clone();
        move || {
            // One that is dead is as it should be.
            let _ = child.lock().unwrap_or_else(PoisonError::into_inner).start_kill();
        }
    }
}

/// A port that is free now is as good as one kept, on loopback.
fn free_address() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
