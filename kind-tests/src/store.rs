//! The store of the installed platform, looked into from outside: a volume through a Pod that mounts it, a bucket with the release's own keys.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use crds::job::STORE_CLAIM;
use futures::TryStreamExt;
use k8s_openapi::api::{
    apps::v1::{Deployment, StatefulSet},
    core::v1::{Container, EnvVar, Pod, Secret},
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, LogParams, PostParams},
};
use object_store::{
    ObjectStore,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
    prefix::PrefixStore,
};
use serde_json::json;

use crate::{cluster::Cluster, port_forward::PortForward, wait};

/// Where the S3 server inside the release listens.
const S3_PORT: u16 = 7070;
/// Lists the files below a folder of the volume; a folder that is not there has none.
const FIND: &str = r#"cd /store; [ ! -d "$1" ] || find "$1" -type f"#;

/// The store.
pub struct Store {
    cluster: Cluster,
    place: Place,
    /// The way to it, where it has no address outside of the cluster.
    _forward: Option<PortForward>,
}

enum Place {
    /// A volume, which a shell of this image can list.
    Volume { image: String },
    /// A bucket, from the prefix in the store's URL on.
    Bucket(PrefixStore<AmazonS3>),
}

impl Store {
    /// The store that the API's Pods are told of.
    ///
    /// # Errors
    /// Where there is no way to it: a volume is read with the image of the release's own Postgres.
    pub async fn of(cluster: &Cluster) -> Result<Self> {
        let environment = Environment::of_the_api(cluster).await?;
        let url = environment.value("SOCRATE_STORE_URL").await?;
        let (place, forward) = if let Some(place) = url.strip_prefix("s3://") {
            let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
            let (endpoint, forward) = environment.endpoint().await?;
            let builder = AmazonS3Builder::new()
                .with_bucket_name(bucket)
                .with_region(environment.value("AWS_REGION").await?)
                .with_access_key_id(environment.value("AWS_ACCESS_KEY_ID").await?)
                .with_secret_access_key(environment.value("AWS_SECRET_ACCESS_KEY").await?)
                .with_endpoint(endpoint)
                .with_allow_http(true);
            let bucket = builder.build().context("unable to make a client of S3")?;
            let prefix = Path::parse(prefix).context("the prefix in the store's URL")?;
            (Place::Bucket(PrefixStore::new(bucket, prefix)), forward)
        } else {
            let image = shell_image(cluster).await?;
            (Place::Volume { image }, None)
        };
        Ok(Self {
            cluster: cluster.clone(),
            place,
            _forward: forward,
        })
    }

    /// Whether it is a bucket, and no volume that Pods mount.
    pub fn is_bucket(&self) -> bool {
        matches!(self.place, Place::Bucket(_))
    }

    /// The keys of all objects below a folder, which is given without a slash at its end, in order.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn keys(&self, folder: &str) -> Result<Vec<String>> {
        let mut keys = match &self.place {
            Place::Volume { image } => self.files(image, folder).await?,
            Place::Bucket(bucket) => {
                let found: Vec<_> = bucket.list(Some(&Path::parse(folder)?)).try_collect().await?;
                found.iter().map(|object| object.location.to_string()).collect()
            }
        };
        keys.sort_unstable();
        Ok(keys)
    }

    /// Waits until no object is left below a folder.
    ///
    /// # Errors
    /// Where some are still there after the time; the error names them.
    pub async fn emptied(&self, folder: &str) -> Result<()> {
        wait::answer("emptied", wait::TICK, wait::SOON, async || {
            let keys = self.keys(folder).await?;
            ensure!(keys.is_empty(), "the store still has {keys:?}");
            Ok(())
        })
        .await
    }

    /// The files of the volume below a folder, as a Pod beside the API sees them.
    async fn files(&self, image: &str, folder: &str) -> Result<Vec<String>> {
        let pods: Api<Pod> = Api::namespaced(self.cluster.client.clone(), &self.cluster.release_namespace);
        let pod = serde_json::from_value(json!({
            "metadata": {"generateName": "store-listing-"},
            "spec": {
                "restartPolicy": "Never",
                "automountServiceAccountToken": false,
                "securityContext": {
                    "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [{
                    "name": "list",
                    "image": image,
                    "command": ["sh", "-c", FIND, "sh", folder],
                    "securityContext": {
                        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [{"name": "store", "mountPath": "/store", "readOnly": true}],
                }],
                "volumes": [{"name": "store", "persistentVolumeClaim": {"claimName": STORE_CLAIM}}],
            },
        }))?;
        let name = pods.create(&PostParams::default(), &pod).await?.name_any();
        let listed = listed_by(&pods, &name).await;
        pods.delete(&name, &DeleteParams::default().grace_period(0))
            .await
            .with_context(|| format!("unable to delete the Pod {name}"))?;
        Ok(listed?.lines().map(ToOwned::to_owned).collect())
    }
}

/// What a Pod wrote, when it has ended.
async fn listed_by(pods: &Api<Pod>, name: &str) -> Result<String> {
    let phase = |pod: &Pod| pod.status.as_ref().and_then(|status| status.phase.clone());
    let is_over =
        |pod: &Pod| phase(pod).is_some_and(|phase| matches!(phase.as_str(), "Succeeded" | "Failed"));
    let pod = wait::until(pods, name, "finished", wait::SOON, is_over).await?;
    let written = pods.logs(name, &LogParams::default()).await?;
    ensure!(
        phase(&pod).as_deref() == Some("Succeeded"),
        "unable to list the store: {written}"
    );
    Ok(written)
}

/// The image of the release's own Postgres, which has a shell.
async fn shell_image(cluster: &Cluster) -> Result<String> {
    let sets: Api<StatefulSet> = Api::namespaced(cluster.client.clone(), &cluster.release_namespace);
    let name = format!("{}-postgres", cluster.release);
    let set = sets
        .get_opt(&name)
        .await?
        .with_context(|| format!("no way to look into the store's volume: there is no StatefulSet {name}"))?;
    let containers = set
        .spec
        .and_then(|spec| spec.template.spec)
        .map(|spec| spec.containers);
    containers
        .and_then(|containers| containers.into_iter().next()?.image)
        .with_context(|| format!("the StatefulSet {name} has no image"))
}

/// The variables of the API's container.
struct Environment<'a> {
    cluster: &'a Cluster,
    variables: BTreeMap<String, EnvVar>,
}

impl<'a> Environment<'a> {
    async fn of_the_api(cluster: &'a Cluster) -> Result<Self> {
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
    async fn value(&self, name: &str) -> Result<String> {
        let Some(variable) = self.variables.get(name) else {
            return Ok(String::new());
        };
        if let Some(value) = &variable.value {
            return Ok(value.clone());
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

    /// Where the S3 server is reached from here, and the way where one had to be made.
    async fn endpoint(&self) -> Result<(String, Option<PortForward>)> {
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
