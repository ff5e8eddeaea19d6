//! The cluster, and where the platform is installed in it.

use anyhow::{Context, Result};
use crds::DocumentEncoding;
use kube::{Api, Client, Config};

/// A cluster with the platform installed.
#[derive(Clone)]
pub struct Cluster {
    /// A client with the rights of `KUBECONFIG`.
    pub client: Client,
    /// What the client was made from.
    pub config: Config,
    /// The release's name.
    pub release: String,
    /// The namespace the release is installed in.
    pub release_namespace: String,
    /// The namespace where the API keeps the resources of uploaded documents.
    pub encodings_namespace: String,
}

impl Cluster {
    /// The cluster of `KUBECONFIG`.
    ///
    /// `SOCRATE_RELEASE`, `SOCRATE_RELEASE_NAMESPACE` and `SOCRATE_ENCODINGS_NAMESPACE` say where the platform is, if it is not
    /// where the trial installs it.
    ///
    /// # Errors
    /// Where there is no configuration.
    pub async fn connect() -> Result<Self> {
        // For all clients of this process; where there is one already, it stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = Config::infer()
            .await
            .context("no cluster: KUBECONFIG must name a configuration file")?;
        let client = Client::try_from(config.clone()).context("unable to make a client for the cluster")?;
        Ok(Self {
            client,
            config,
            release: variable("SOCRATE_RELEASE", "socrate"),
            release_namespace: variable("SOCRATE_RELEASE_NAMESPACE", "socrate"),
            encodings_namespace: variable("SOCRATE_ENCODINGS_NAMESPACE", "socrate-encodings"),
        })
    }

    /// The resources of one namespace.
    pub fn encodings(&self, namespace: &str) -> Api<DocumentEncoding> {
        Api::namespaced(self.client.clone(), namespace)
    }
}

fn variable(name: &str, default: &str) -> String {
    std::env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| default.to_owned())
}
