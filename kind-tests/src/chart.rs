//! What the chart makes for a namespace where Jobs run.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{cluster::Cluster, command};

/// The chart's template for one namespace of a tenant.
const TEMPLATE: &str = "templates/tenant-namespace.yaml";

/// The manifests that prepare a namespace for Jobs: service account, binding, credentials, the claim of the store.
///
/// They are rendered by the chart itself, from the values of the installed release and this one namespace.
///
/// # Errors
/// Where `helm` fails.
pub async fn tenant_namespace(cluster: &Cluster, namespace: &str) -> Result<String> {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/socrate-encoder");
    let chart = chart.to_str().context("the path of the chart is no text")?;
    let release = cluster.release.as_str();
    let installed = command::helm(
        &[
            "get",
            "values",
            release,
            "--namespace",
            &cluster.release_namespace,
            "--output",
            "yaml",
        ],
        "",
    )
    .await?
    .expect_success()?;
    // Helm takes the version it was built for where it only renders, and one that was built from source knows none.
    let version = cluster.client.apiserver_version().await?.git_version;
    let namespaces = format!(r#"tenantNamespaces=[{{"name":"{namespace}"}}]"#);
    command::helm(
        &[
            "template",
            release,
            chart,
            "--namespace",
            &cluster.release_namespace,
            "--show-only",
            TEMPLATE,
            "--values",
            "-",
            "--set-json",
            &namespaces,
            "--kube-version",
            &version,
            // With the cluster's own passwords, which the chart looks up.
            "--dry-run=server",
        ],
        &installed,
    )
    .await?
    .expect_success()
}
