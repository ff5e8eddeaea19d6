//! The operator's replicas, and what they answer to Pods.

use anyhow::{Context, Result};
use crds::assignment::{self, AssignmentRequest};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::{coordination::v1::Lease, core::v1::Secret};
use kube::ResourceExt;
use kube::{
    Api, Client, Config,
    api::{ListParams, PostParams},
    client::Body,
    config::{KubeConfigOptions, Kubeconfig},
    core::Request,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{cluster::Cluster, port_forward::PortForward};

/// Where Pods ask for assignments.
const PORT: u16 = 8443;

/// The operator's Lease, as it is now.
///
/// # Errors
/// Where there is none.
pub async fn lease(cluster: &Cluster) -> Result<Lease> {
    let name = format!("{}-operator", cluster.release);
    leases(cluster)
        .get(&name)
        .await
        .with_context(|| format!("unable to read the Lease {name}"))
}

/// The Leases where the operator's is.
pub fn leases(cluster: &Cluster) -> Api<Lease> {
    Api::namespaced(cluster.client.clone(), &cluster.release_namespace)
}

/// The name of the Pod that a Lease names; nothing where nobody holds it. After a low line follows what tells its processes apart.
pub fn holder(lease: &Lease) -> Option<&str> {
    let holder = lease.spec.as_ref()?.holder_identity.as_deref()?;
    holder.split('_').next().filter(|pod| !pod.is_empty())
}

/// The name of the Pod that leads, by its Lease.
///
/// # Errors
/// Where nobody does.
pub async fn leader(cluster: &Cluster) -> Result<String> {
    let lease = lease(cluster).await?;
    Ok(holder(&lease)
        .context("nobody holds the operator's Lease")?
        .to_owned())
}

/// The operator's Pods.
///
/// # Errors
/// Where they cannot be listed.
pub async fn pods(cluster: &Cluster) -> Result<Vec<String>> {
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), &cluster.release_namespace);
    let ours = ListParams::default().labels("app.kubernetes.io/component=operator");
    Ok(pods
        .list(&ours)
        .await?
        .iter()
        .map(ResourceExt::name_any)
        .collect())
}

/// One replica, reached as Pods reach it: over TLS, with the certificate that stands in their Jobs.
pub struct Replica {
    forward: PortForward,
    authority: Value,
    server_name: String,
}

impl Replica {
    /// The replica in this Pod.
    ///
    /// # Errors
    /// Where there is no way to it, or no certificate.
    pub async fn connect(cluster: &Cluster, pod: &str) -> Result<Self> {
        let (release, namespace) = (&cluster.release, &cluster.release_namespace);
        let secrets: Api<Secret> = Api::namespaced(cluster.client.clone(), namespace);
        let secret = secrets.get(&format!("{release}-operator-tls")).await?;
        // As JSON the certificate is in Base64, as a kubeconfig wants it.
        let authority = serde_json::to_value(secret)?["data"]["tls.crt"].take();
        Ok(Self {
            forward: PortForward::open(namespace, &format!("pod/{pod}"), PORT).await?,
            authority,
            server_name: format!("{release}-operator.{namespace}.svc"),
        })
    }

    /// What it answers to a request with this token, or with none: the status, and the body as JSON.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn ask(&self, token: Option<&str>, request: &AssignmentRequest) -> Result<(StatusCode, Value)> {
        let kubeconfig: Kubeconfig = serde_json::from_value(json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "operator", "cluster": {
                "server": format!("https://127.0.0.1:{}", self.forward.port),
                "certificate-authority-data": self.authority,
                "tls-server-name": self.server_name,
            }}],
            "users": [{"name": "pod", "user": {"token": token}}],
            "contexts": [{"name": "pod", "context": {"cluster": "operator", "user": "pod"}}],
            "current-context": "pod",
        }))?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        let request =
            Request::new(assignment::PATH).create(&PostParams::default(), serde_json::to_vec(request)?)?;
        let answer = Client::try_from(config)?
            .send(request.map(Body::from))
            .await
            .context("no answer from the operator")?;
        let status = answer.status();
        let body = answer.into_body().collect_bytes().await?;
        let json = serde_json::from_slice(&body)
            .with_context(|| format!("{status}, and no JSON: {}", String::from_utf8_lossy(&body)))?;
        Ok((status, json))
    }
}
