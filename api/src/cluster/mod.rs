//! The Kubernetes API, as far as the API needs it. Every call has a time limit.

mod resource;

use std::{collections::BTreeMap, future::Future, time::Duration};

use crds::{DocumentEncoding, field_manager, labels};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions},
};
use uuid::Uuid;

use self::resource::has_not_begun;
pub use self::resource::resource_of;
use crate::documents::document::Document;

/// A call to the cluster failed.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The API server refused; nothing was done.
    #[error("the API server refused: {}", brief(.0))]
    Refused(kube::Error),
    /// It is not known whether anything was done.
    #[error("the API server did not answer: {}", brief(.0))]
    Unreachable(kube::Error),
    /// It took too long; it is not known whether anything was done.
    #[error("the API server did not answer within {0:?}")]
    TooLong(Duration),
    /// The answer makes no sense.
    #[error("the API server's answer has no uid")]
    NoUid,
}

/// What the API server said; the whole status would repeat it several times.
fn brief(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => format!("{} ({})", status.message, status.code),
        other => other.to_string(),
    }
}

impl ClusterError {
    /// Whether it is certain that nothing was done.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    fn of(error: kube::Error) -> Self {
        match &error {
            kube::Error::Api(status)
                // Not known for good: who we are (401), too slow (408), too much at once (429).
                if (400..500).contains(&status.code) && !matches!(status.code, 401 | 408 | 429) =>
            {
                Self::Refused(error)
            }
            _ => Self::Unreachable(error),
        }
    }
}

/// The cluster.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    encodings_namespace: String,
    time_limit: Duration,
}

impl Cluster {
    /// The cluster behind this client.
    pub fn new(client: Client, encodings_namespace: String, time_limit: Duration) -> Self {
        Self {
            client,
            encodings_namespace,
            time_limit,
        }
    }

    /// Namespace of the resources that the API makes.
    pub fn encodings_namespace(&self) -> &str {
        &self.encodings_namespace
    }

    /// The client.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    fn encodings(&self, namespace: &str) -> Api<DocumentEncoding> {
        Api::namespaced(self.client.clone(), namespace)
    }

    async fn limited<Answer>(
        &self,
        call: impl Future<Output = Result<Answer, kube::Error>>,
    ) -> Result<Answer, ClusterError> {
        match tokio::time::timeout(self.time_limit, call).await {
            Ok(answer) => answer.map_err(ClusterError::of),
            Err(_) => Err(ClusterError::TooLong(self.time_limit)),
        }
    }

    /// Makes the resource of a document, or finds it made; answers its uid.
    pub async fn create(&self, document: &Document) -> Result<Uuid, ClusterError> {
        let resource = resource_of(document);
        let encodings = self.encodings(&document.binding.namespace);
        let parameters = PostParams {
            field_manager: Some(field_manager::API.to_owned()),
            ..PostParams::default()
        };
        let created = self.limited(encodings.create(&parameters, &resource)).await;
        let made = match created {
            Err(ClusterError::Refused(kube::Error::Api(status))) if status.is_already_exists() => {
                self.limited(encodings.get(&document.binding.name)).await?
            }
            other => other?,
        };
        made.uid()
            .and_then(|uid| uid.parse().ok())
            .ok_or(ClusterError::NoUid)
    }

    /// The resource with this name.
    pub async fn get(&self, namespace: &str, name: &str) -> Result<Option<DocumentEncoding>, ClusterError> {
        self.limited(self.encodings(namespace).get_opt(name)).await
    }

    /// Deletes a resource; true once it is gone. A resource of the same name and another uid is another resource.
    ///
    /// The finalizer that was set with the creation holds it until the operator has ended what works for it. Where nothing has begun to,
    /// there is nothing to end, and it is released here, so that what is taken back goes even where no operator runs.
    pub async fn delete(&self, namespace: &str, name: &str, uid: Option<Uuid>) -> Result<bool, ClusterError> {
        let encodings = self.encodings(namespace);
        let parameters = match uid {
            None => DeleteParams::background(),
            Some(uid) => DeleteParams::background().preconditions(Preconditions {
                uid: Some(uid.to_string()),
                resource_version: None,
            }),
        };
        match self.limited(encodings.delete(name, &parameters)).await {
            Ok(answer) => match answer.left() {
                None => Ok(true), // An answer without the resource: it is gone.
                Some(held) if namespace == self.encodings_namespace && has_not_begun(&held) => {
                    self.release(&held).await
                }
                Some(_) => Ok(false),
            },
            Err(ClusterError::Refused(kube::Error::Api(status)))
                if status.is_not_found() || status.is_conflict() =>
            {
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes our finalizer from a deleted resource; true once it is gone. False where another finalizer holds it, or where somebody has
    /// written it since it was read: the operator, say, which may just have begun.
    async fn release(&self, held: &DocumentEncoding) -> Result<bool, ClusterError> {
        let others: Vec<&String> = held
            .finalizers()
            .iter()
            .filter(|finalizer| *finalizer != labels::ARCHIVE_FINALIZER)
            .collect();
        let is_last = others.is_empty();
        let patch = serde_json::json!({ "metadata": {
            "uid": held.metadata.uid,
            "resourceVersion": held.metadata.resource_version,
            "finalizers": others,
        } });
        let parameters = PatchParams {
            field_manager: Some(field_manager::API.to_owned()),
            ..PatchParams::default()
        };
        let encodings = self.encodings(held.metadata.namespace.as_deref().unwrap_or_default());
        let name = held.name_any();
        let patch = Patch::Merge(patch);
        let patched = self
            .limited(encodings.patch_metadata(&name, &parameters, &patch))
            .await;
        match patched {
            Ok(_) => Ok(is_last),
            Err(ClusterError::Refused(kube::Error::Api(status))) if status.is_not_found() => Ok(true),
            Err(ClusterError::Refused(kube::Error::Api(status))) if status.is_conflict() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deletes all resources that were made for an uploaded document; true once all are gone.
    pub async fn delete_all(&self, document: Uuid) -> Result<bool, ClusterError> {
        let namespace = &self.encodings_namespace;
        let selector = format!("{}={document}", labels::DOCUMENT_ID);
        let encodings = self.encodings(namespace);
        let parameters = ListParams::default().labels(&selector);
        let made = self.limited(encodings.list_metadata(&parameters)).await?;
        let mut all_gone = true;
        for resource in made {
            let uid = resource.uid().and_then(|uid| uid.parse().ok());
            all_gone &= self.delete(namespace, &resource.name_any(), uid).await?;
        }
        Ok(all_gone)
    }

    /// Asks for a resource to be cancelled; false if there is none.
    pub async fn cancel(&self, namespace: &str, name: &str, uid: Uuid) -> Result<bool, ClusterError> {
        let patch = serde_json::json!({ "metadata": { "uid": uid }, "spec": { "cancelled": true } });
        let parameters = PatchParams {
            field_manager: Some(field_manager::API.to_owned()),
            ..PatchParams::default()
        };
        let encodings = self.encodings(namespace);
        let patched = self
            .limited(encodings.patch(name, &parameters, &Patch::Merge(patch)))
            .await;
        self.was_there(patched)
    }

    /// Says on a finished resource that its row is safe; false if it is gone.
    ///
    /// By server-side apply: conditions are a list that several write, and a merge patch would replace the whole of it. A JSON patch costs
    /// the API server no less, and fails whenever somebody else has written in the meantime.
    pub async fn archive(
        &self,
        namespace: &str,
        name: &str,
        uid: Uuid,
        at: jiff::Timestamp,
    ) -> Result<bool, ClusterError> {
        let patch = serde_json::json!({
            "apiVersion": format!("{}/v1alpha1", crds::GROUP),
            "kind": "DocumentEncoding",
            "metadata": { "name": name, "uid": uid },
            "status": { "conditions": [{
                "type": crds::condition::ARCHIVED,
                "status": "True",
                "reason": "Mirrored",
                "message": "the outcome is recorded",
                "lastTransitionTime": at.round(jiff::Unit::Second).unwrap_or(at),
            }] },
        });
        let encodings = self.encodings(namespace);
        let parameters = PatchParams::apply(field_manager::API).force();
        let patched = self
            .limited(encodings.patch_status(name, &parameters, &Patch::Apply(patch)))
            .await;
        self.was_there(patched)
    }

    /// Not found, or a conflict of uids: the resource that was meant is not there.
    #[allow(clippy::unused_self, reason = "reads as what it is: part of a call")]
    fn was_there<Answer>(&self, answer: Result<Answer, ClusterError>) -> Result<bool, ClusterError> {
        match answer {
            Ok(_) => Ok(true),
            Err(ClusterError::Refused(kube::Error::Api(status)))
                if status.is_not_found() || status.is_conflict() =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// The labels of a namespace; none if it is not there.
    pub async fn namespace_labels(&self, name: &str) -> Result<BTreeMap<String, String>, ClusterError> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let namespace = self.limited(namespaces.get_opt(name)).await?;
        Ok(namespace
            .and_then(|namespace| namespace.metadata.labels)
            .unwrap_or_default())
    }
}
