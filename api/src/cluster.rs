//! The Kubernetes API, as far as the API needs it. Every call has a time limit.

use std::{collections::BTreeMap, future::Future, time::Duration};

use crds::{
    DocumentEncoding, DocumentEncodingSpec, ObjectSource, OnEmptyPages, Source, field_manager, keys, labels,
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions},
};
use uuid::Uuid;

use crate::document::Document;

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
            kube::Error::Api(status) if (400..500).contains(&status.code) && status.code != 408 => {
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
            Ok(_) => Ok(self.limited(encodings.get_opt(name)).await?.is_none()),
            Err(ClusterError::Refused(kube::Error::Api(status)))
                if status.is_not_found() || status.is_conflict() =>
            {
                Ok(true)
            }
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

/// The resource of an uploaded document.
pub fn resource_of(document: &Document) -> DocumentEncoding {
    let owner = document.owner();
    let spec = DocumentEncodingSpec {
        source: Source {
            object: Some(ObjectSource {
                key: keys::source(&owner, &document.id.to_string()),
            }),
            persistent_volume_claim: None,
            config_map: None,
            file_name: document.filename.clone(),
            content_type: document.content_type.clone(),
        },
        chunking: crds::Chunking {
            size: document.chunk_size.unsigned_abs(),
            overlap: document.overlap.unsigned_abs(),
            ..crds::Chunking::default()
        },
        queue: document.queue.clone(),
        priority: document.priority,
        suspend: false,
        cancelled: false,
        timeout_seconds: crds::spec::MAX_TIMEOUT_SECONDS,
        max_attempts: 3,
        ttl_seconds_after_finished: 86_400,
        on_empty_pages: OnEmptyPages::default(),
        resources: None,
    };
    let mut resource = DocumentEncoding::new(&document.binding.name, spec);
    resource.metadata.namespace = Some(document.binding.namespace.clone());
    let mut of_document = BTreeMap::from([(labels::DOCUMENT_ID.to_owned(), document.id.to_string())]);
    if let Some(tenant) = document.tenant_id {
        of_document.insert(labels::TENANT.to_owned(), tenant.to_string());
    }
    if let Some(user) = document.user_id {
        of_document.insert(labels::OWNER_ID.to_owned(), user.to_string());
    }
    resource.metadata.labels = Some(of_document);
    resource
}
