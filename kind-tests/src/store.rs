//! The store of the installed platform, looked into from outside: a volume through a Pod that mounts it, a bucket with the release's own keys.

use anyhow::{Context, Result, ensure};
use crds::job::STORE_CLAIM;
use futures::TryStreamExt;
use k8s_openapi::api::{apps::v1::StatefulSet, core::v1::Pod};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, LogParams, PostParams},
};
use object_store::{
    ObjectStore,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
    prefix::PrefixStore,
    signer::{Method, SignedUrlOptions, Signer},
};
use serde_json::json;

use crate::{cluster::Cluster, environment::Environment, port_forward::PortForward, wait};

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
    /// A bucket, as a whole and from the prefix in the store's URL on.
    Bucket {
        root: AmazonS3,
        prefix: Path,
        store: PrefixStore<AmazonS3>,
    },
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
            let place = Place::Bucket {
                root: bucket.clone(),
                store: PrefixStore::new(bucket, prefix.clone()),
                prefix,
            };
            (place, forward)
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
        matches!(self.place, Place::Bucket { .. })
    }

    /// The keys of all objects below a folder, which is given without a slash at its end, in order.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn keys(&self, folder: &str) -> Result<Vec<String>> {
        let mut keys = match &self.place {
            Place::Volume { image } => self.files(image, folder).await?,
            Place::Bucket { store, .. } => {
                let found: Vec<_> = store.list(Some(&Path::parse(folder)?)).try_collect().await?;
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

    /// The multipart uploads below a folder that are neither completed nor given up, as the server lists them; none where it is no bucket.
    ///
    /// # Errors
    /// Where the server does not list them.
    pub async fn open_multipart_uploads(&self, folder: &str) -> Result<Vec<String>> {
        let Place::Bucket { root, prefix, .. } = &self.place else {
            return Ok(Vec::new());
        };
        let below = prefix
            .parts()
            .chain(Path::parse(folder)?.parts())
            .collect::<Path>();
        let options = SignedUrlOptions::default().with_query([("uploads", ""), ("prefix", below.as_ref())]);
        let url = root
            .signed_url_opts(Method::GET, &Path::default(), wait::SOON, &options)
            .await?;
        let answer = reqwest::get(url).await?.error_for_status()?.text().await?;
        // `<Upload>…<Key>…</Key>`: nothing else in the answer has a key of its own.
        let keys = answer.split("<Key>").skip(1);
        Ok(keys
            .filter_map(|after| after.split("</Key>").next())
            .map(ToOwned::to_owned)
            .collect())
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
