//! What the installed API is told by the variables of its container.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Container, EnvVar, Secret},
};
use kube::Api;

use crate::{cluster::Cluster, port_forward::PortForward};

/// Where the S3 server inside the release listens.
const S3_PORT: u16 = 7070;

/// The variables of the API's container.
pub struct Environment<'a> {
    cluster: &'a Cluster,
    variables: BTreeMap<String, EnvVar>,
}

impl<'a> Environment<'a> {
    /// Those of the installed API.
    ///
    /// # Errors
    /// Where its Deployment cannot be read.
    pub async fn of_the_api(cluster: &'a Cluster) -> Result<Self> {
        let deployments: Api<Deployment> =
            Api::namespaced(cluster.client.clone(), &cluster.release_namespace);
        let name = format!("{}-api", cluster.release);
        let deployment = deployments
            .get(&name)
            .await
            .with_context(|| format!("unable to read the Deployment {name}"))?;
        let pod = deployment
            .spec
            .and_then(|spec| spec.template.spec)
            .context("a Pod")?;
        let is_api = |container: &Container| container.name == "api";
        let container = pod
            .containers
            .into_iter()
            .find(is_api)
            .context("the container api")?;
        let variables = container.env.unwrap_or_default();
        Ok(Self {
            cluster,
            variables: variables
                .into_iter()
                .map(|each| (each.name.clone(), each))
                .collect(),
        })
    }

    /// A variable's value, wherever it comes from; empty where there is none.
    ///
    /// # Errors
    /// Where it comes from what is not there.
    pub async fn value(&self, name: &str) -> Result<String> {
        let Some(variable) = self.variables.get(name) else {
            return Ok(String::new());
        };
        if variable.value_from.is_none() {
            // An empty one is not written down.
            return Ok(variable.value.clone().unwrap_or_default());
        }
        let reference = variable
            .value_from
            .as_ref()
            .and_then(|from| from.secret_key_ref.as_ref());
        let reference = reference.with_context(|| format!("{name} comes from no Secret"))?;
        let secrets: Api<Secret> =
            Api::namespaced(self.cluster.client.clone(), &self.cluster.release_namespace);
        let mut data = secrets.get(&reference.name).await?.data.unwrap_or_default();
        let Some(found) = data.remove(&reference.key) else {
            bail!("the Secret {} has no {}", reference.name, reference.key);
        };
        String::from_utf8(found.0).with_context(|| format!("{name} is no text"))
    }

    /// The names of all variables that begin like this.
    pub fn names<'name>(&'name self, beginning: &'name str) -> impl Iterator<Item = &'name String> {
        self.variables
            .keys()
            .filter(move |name| name.starts_with(beginning))
    }

    /// Where the S3 server is reached from here, and the way where one had to be made.
    ///
    /// # Errors
    /// Where a variable cannot be read, or no way can be made.
    pub async fn endpoint(&self) -> Result<(String, Option<PortForward>)> {
        let public = self.value("SOCRATE_STORE_PUBLIC_ENDPOINT").await?;
        if !public.is_empty() {
            return Ok((public, None));
        }
        let endpoint = self.value("AWS_ENDPOINT_URL").await?;
        let service = format!("{}-s3", self.cluster.release);
        let namespace = &self.cluster.release_namespace;
        if endpoint == format!("http://{service}.{namespace}.svc:{S3_PORT}") {
            let forward = PortForward::open(namespace, &format!("service/{service}"), S3_PORT).await?;
            return Ok((format!("http://127.0.0.1:{}", forward.port), Some(forward)));
        }
        if endpoint.is_empty() {
            let region = self.value("AWS_REGION").await?;
            return Ok((format!("https://s3.{region}.amazonaws.com"), None));
        }
        Ok((endpoint, None))
    }
}
