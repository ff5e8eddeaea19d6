//! Who an encoder is to others: tokens of its service account, bound to a Pod.

use anyhow::{Context, Result};
use crds::job;
use k8s_openapi::api::{
    authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec},
    core::v1::{Pod, ServiceAccount},
};
use kube::{Api, Client, ResourceExt, api::PostParams};
use serde_json::json;

use crate::cluster::Cluster;

/// A token of the encoder's service account in a namespace, for these audiences; for none it is one for the Kubernetes API. With a Pod it is
/// bound to that, as the kubelet's are.
///
/// # Errors
/// Where the cluster gives none.
pub async fn token(
    cluster: &Cluster,
    namespace: &str,
    pod: Option<&Pod>,
    audiences: &[&str],
) -> Result<String> {
    let accounts: Api<ServiceAccount> = Api::namespaced(cluster.client.clone(), namespace);
    let request = TokenRequest {
        spec: TokenRequestSpec {
            audiences: audiences.iter().map(|each| (*each).to_owned()).collect(),
            bound_object_ref: pod.map(|pod| BoundObjectReference {
                api_version: Some("v1".to_owned()),
                kind: Some("Pod".to_owned()),
                name: Some(pod.name_any()),
                uid: pod.uid(),
            }),
            expiration_seconds: Some(600),
        },
        ..TokenRequest::default()
    };
    let issued = accounts
        .create_subresource::<TokenRequest, TokenRequest>(
            "token",
            job::SERVICE_ACCOUNT,
            &PostParams::default(),
            &request,
        )
        .await
        .context("unable to get a token")?;
    Ok(issued.status.context("the token request has no answer")?.token)
}

/// A client of the Kubernetes API with the identity of an encoder's Pod.
///
/// # Errors
/// Where the cluster gives no token.
pub async fn as_encoder(cluster: &Cluster, namespace: &str, pod: &Pod) -> Result<Client> {
    let token = token(cluster, namespace, Some(pod), &[]).await?;
    let mut config = cluster.config.clone();
    config.auth_info = kube::config::AuthInfo {
        token: Some(token.into()),
        ..kube::config::AuthInfo::default()
    };
    Ok(Client::try_from(config)?)
}

/// A Pod of this name with the encoder's service account and of no Job, which waits for a node as long as it exists.
///
/// # Errors
/// Where the cluster refuses it.
pub async fn pod_named(cluster: &Cluster, namespace: &str, name: &str) -> Result<Pod> {
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {
            "serviceAccountName": job::SERVICE_ACCOUNT,
            "nodeSelector": {"encoding.socrate.ai/no-node": "has-this-label"},
            "securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": job::CONTAINER,
                "image": "localhost/none",
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
            }],
        },
    }))?;
    Api::namespaced(cluster.client.clone(), namespace)
        .create(&PostParams::default(), &pod)
        .await
        .with_context(|| format!("unable to create the Pod {name}"))
}
