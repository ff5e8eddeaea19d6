//! A way to the Kubernetes API in plain HTTP, so that what is asked can be read and changed on the way: `kubectl proxy`.

use std::{path::Path, process::Stdio};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{command, wait};

/// The way; it is closed when this is dropped.
pub struct KubernetesProxy {
    /// The port on this machine's loopback address.
    pub port: u16,
    _child: Child,
}

impl KubernetesProxy {
    /// Opens a way with the identity of a kubeconfig.
    ///
    /// # Errors
    /// Where `kubectl` does not announce the port in time.
    pub async fn open(kubeconfig: &Path) -> Result<Self> {
        let mut child = Command::new(command::program("KUBECTL", "kubectl"))
            .arg("proxy")
            .arg("--port=0")
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("unable to start kubectl proxy")?;
        let stdout = child.stdout.take().context("the child has no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(wait::SOON, lines.next_line())
            .await
            .context("kubectl proxy did not start in time")??
            .context("kubectl proxy ended at once")?;
        let port = line
            .rsplit_once(':')
            .and_then(|(_, port)| port.trim().parse().ok())
            .with_context(|| format!("kubectl announced no port: {line}"))?;
        Ok(Self { port, _child: child })
    }
}
