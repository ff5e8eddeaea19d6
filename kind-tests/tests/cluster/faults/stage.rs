//! Replicas of the API that are to be killed, with a trap on each of their ways out.

use std::{
    net::SocketAddr,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use kind_tests::{
    cluster::Cluster,
    environment::Environment,
    fault_proxy::{FaultProxy, Protocol},
    file_calls::{self, FileCalls},
    kubernetes_proxy::KubernetesProxy,
    port_forward::PortForward,
    replica::{self, Replica},
    trap::{Side, Trap},
};
use kube::Api;
use tokio::process::Command;

/// User and group of the platform's Pods, to whom the volume of the store belongs.
const USER: u32 = 65532;

/// For so long calls of the file system are held back on each side.
const HELD_BACK: Duration = Duration::from_millis(25);

/// Whether a call belongs to a request. What a replica does besides would shift the numbers of the others from run to run: it tests idle
/// connections, notes when keys were used, listens, and its mirror reads namespaces and watches resources. A transaction that is given up is rolled back at
/// leisure, and as well by the end of its connection.
fn is_of_a_request(call: &str) -> bool {
    let is_besides = matches!(call, "ping" | "ROLLBACK")
        || call
            .trim_start_matches("prepare ")
            .starts_with("SELECT touch_api_keys(")
        || call.starts_with("LISTEN ")
        || call.starts_with("GET /api/v1/namespaces")
        || call.starts_with("GET /apis/") && call.contains("watch=true")
        || call.contains("/documentencodings?&limit=");
    !is_besides
}

/// What all replicas of a test share.
pub(super) struct Stage {
    folder: PathBuf,
    program: PathBuf,
    kubernetes: KubernetesProxy,
    kubeconfig: PathBuf,
    cluster: Cluster,
    store: Store,
    settings: Vec<(String, String)>,
    started: AtomicUsize,
}

/// The installed store, as a replica is told of it.
pub(super) enum Store {
    /// A directory of this machine.
    Directory(PathBuf),
    /// S3, and the variables beside the endpoint.
    S3 {
        endpoint: SocketAddr,
        variables: Vec<(String, String)>,
        _forward: Option<Box<PortForward>>,
    },
}

impl Store {
    /// The store of the release; none where it is a directory that this process cannot hand to one of the platform's user.
    pub(super) async fn of(cluster: &Cluster) -> Result<Option<Self>> {
        let environment = Environment::of_the_api(cluster).await?;
        if !environment.value("SOCRATE_STORE_URL").await?.starts_with("s3:") {
            return Ok(directory(cluster).await?.map(Self::Directory));
        }
        let (endpoint, forward) = environment.endpoint().await?;
        let address = endpoint.strip_prefix("http://").context(
            "the S3 server's address must be one that is not encrypted, so that requests can be seen",
        )?;
        let mut variables = vec![("SOCRATE_STORE_PUBLIC_ENDPOINT".to_owned(), endpoint.clone())];
        for name in environment
            .names("AWS_")
            .chain(environment.names("SOCRATE_STORE_URL"))
        {
            variables.push((name.clone(), environment.value(name).await?));
        }
        Ok(Some(Self::S3 {
            endpoint: tokio::net::lookup_host(address)
                .await?
                .next()
                .context("the S3 server has no address")?,
            variables,
            _forward: forward.map(Box::new),
        }))
    }

    /// The directory, where it is one.
    pub(super) fn directory(&self) -> Option<&Path> {
        match self {
            Self::Directory(path) => Some(path),
            Self::S3 { .. } => None,
        }
    }
}

/// What the installed API is told besides where it finds others. Redis is left out: it is only asked for live progress, which no request that changes
/// something needs.
async fn settings(cluster: &Cluster) -> Result<Vec<(String, String)>> {
    let environment = Environment::of_the_api(cluster).await?;
    let mut settings = Vec::new();
    for name in environment.names("SOCRATE_") {
        let is_place = ["_URL", "_LISTEN", "_ENDPOINT"]
            .iter()
            .any(|end| name.ends_with(end));
        if !is_place {
            settings.push((name.clone(), environment.value(name).await?));
        }
    }
    Ok(settings)
}

/// Where the volume of the store lies on its node, if that is this machine and one may be its user.
async fn directory(cluster: &Cluster) -> Result<Option<PathBuf>> {
    let claims: Api<PersistentVolumeClaim> =
        Api::namespaced(cluster.client.clone(), &cluster.release_namespace);
    let claim = claims.get(crds::job::STORE_CLAIM).await?;
    let volume = claim
        .spec
        .and_then(|spec| spec.volume_name)
        .context("the store's claim has no volume")?;
    let volumes: Api<PersistentVolume> = Api::all(cluster.client.clone());
    let path = volumes
        .get(&volume)
        .await?
        .spec
        .and_then(|spec| spec.host_path)
        .map(|host| PathBuf::from(host.path));
    // Only root may start a process of another user, and only root sees into a directory of others at all.
    Ok(path.filter(|path| path.join("tenants").is_dir() && chown(path, None, Some(USER)).is_ok()))
}

/// A replica, and what stands between it and the others.
pub(super) struct Victim {
    pub(super) replica: Replica,
    pub(super) trap: Arc<Trap>,
    _proxies: Vec<FaultProxy>,
    _forward: PortForward,
    _files: Option<FileCalls>,
}

impl Victim {
    /// Kills it at one of the calls that it makes from now on.
    pub(super) fn arm(&self, number: usize, side: Side) {
        self.trap.arm(self.replica.killer(), number, side);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // It is large; logs stay where a test fails.
        let _ = std::fs::remove_file(&self.program);
    }
}

impl Stage {
    pub(super) async fn set(cluster: &Cluster, folder: PathBuf, store: Store) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        // The program lies where only its builder may look.
        let program = folder.join("api");
        std::fs::copy(replica::program()?, &program)?;
        let server = cluster.config.cluster_url.to_string();
        let kubeconfig = replica::kubeconfig(cluster, &server, &folder).await?;
        Ok(Self {
            program,
            kubernetes: KubernetesProxy::open(&kubeconfig).await?,
            kubeconfig,
            cluster: cluster.clone(),
            store,
            settings: settings(cluster).await?,
            folder,
            started: AtomicUsize::new(0),
        })
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// A further replica that is ready.
    pub(super) async fn victim(&self) -> Result<Victim> {
        let trap = Arc::new(Trap::default());
        let folder = self
            .folder
            .join(self.started.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::create_dir_all(&folder)?;
        let way = async |port: u16, protocol| {
            FaultProxy::start(
                SocketAddr::from(([127, 0, 0, 1], port)),
                protocol,
                trap.clone(),
                is_of_a_request,
            )
            .await
        };
        // A way of its own: `kubectl` gives a whole way up when one connection ends as a killed process ends it.
        let forward = PortForward::open(
            &self.cluster.release_namespace,
            &format!("service/{}-postgres", self.cluster.release),
            5432,
        )
        .await?;
        let postgres = way(forward.port, Protocol::Postgres).await?;
        let kubernetes = way(self.kubernetes.port, Protocol::Http).await?;
        let kubeconfig = folder.join("kubeconfig");
        let server = format!("http://{}", kubernetes.address);
        let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&self.kubeconfig)?)?;
        config["clusters"][0]["cluster"] = serde_json::json!({ "server": server });
        // Whose requests they are `kubectl proxy` says.
        config["users"][0]["user"] = serde_json::json!({});
        std::fs::write(&kubeconfig, config.to_string())?;
        let (mut proxies, mut files) = (Vec::new(), None);
        let mut command = match &self.store {
            Store::Directory(path) => {
                let (mut command, calls) =
                    file_calls::told(&self.program, &folder, HELD_BACK, trap.clone()).await?;
                files = Some(calls);
                command
                    .uid(USER)
                    .gid(USER)
                    .env("SOCRATE_STORE_URL", format!("file://{}", path.display()));
                std::fs::set_permissions(&self.program, std::fs::Permissions::from_mode(0o755))?;
                command
            }
            Store::S3 {
                endpoint, variables, ..
            } => {
                let proxy = FaultProxy::start(*endpoint, Protocol::Http, trap.clone(), |_| true).await?;
                let mut command = Command::new(&self.program);
                command
                    .envs(variables.iter().cloned())
                    .env("AWS_ENDPOINT_URL", format!("http://{}", proxy.address));
                proxies.push(proxy);
                command
            }
        };
        let mut databases = replica::databases(&self.cluster, forward.port).await?;
        for (name, url) in &mut databases {
            // The mirror has its own connections, which no request uses.
            if name == "SOCRATE_DATABASE_URL" {
                let own = format!("127.0.0.1:{}", forward.port);
                *url = format!(
                    "{}?sslmode=disable",
                    url.replace(&own, &postgres.address.to_string())
                );
            }
        }
        command
            .arg("serve")
            .env("KUBECONFIG", kubeconfig)
            .envs(self.settings.iter().cloned())
            .envs(databases);
        let replica = Replica::start(command, folder.join("log"))?;
        proxies.extend([postgres, kubernetes]);
        let victim = Victim {
            replica,
            trap,
            _proxies: proxies,
            _forward: forward,
            _files: files,
        };
        victim.replica.ready().await?;
        Ok(victim)
    }
}
