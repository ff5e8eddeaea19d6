//! A way to a port in the cluster through `kubectl port-forward`, for where its nodes cannot be reached.

use std::process::Stdio;

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{command, wait};

/// A forwarded port; it is closed when this is dropped.
pub struct PortForward {
    /// The port on this machine's loopback address.
    pub port: u16,
    child: Child,
}

impl PortForward {
    /// Forwards a free port to `port` of a target such as `service/socrate-api`.
    ///
    /// # Errors
    /// Where `kubectl` does not announce the port in time.
    pub async fn open(namespace: &str, target: &str, port: u16) -> Result<Self> {
        let mut child = Command::new(command::program("KUBECTL", "kubectl"))
            .args([
                "port-forward",
                "--namespace",
                namespace,
                "--address",
                "127.0.0.1",
                target,
            ])
            .arg(format!(":{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("unable to start kubectl port-forward")?;
        let stdout = child.stdout.take().context("the child has no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(wait::SOON, lines.next_line())
            .await
            .with_context(|| format!("kubectl did not forward a port to {target} in time"))??
            .with_context(|| format!("kubectl port-forward to {target} ended at once"))?;
        let port = announced_port(&line).with_context(|| format!("kubectl announced no port: {line}"))?;
        // A line is written for every connection; a full pipe would stop the forwarding.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { port, child })
    }

    /// Whether it still runs; it ends when the Pod it leads to ends.
    pub fn is_open(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

/// The port in `Forwarding from 127.0.0.1:40513 -> 8080`.
fn announced_port(line: &str) -> Option<u16> {
    line.strip_prefix("Forwarding from 127.0.0.1:")?
        .split(' ')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_port_kubectl_chose() {
        assert_eq!(
            announced_port("Forwarding from 127.0.0.1:40513 -> 8080"),
            Some(40513)
        );
        assert_eq!(announced_port("error: no such thing"), None);
    }
}
