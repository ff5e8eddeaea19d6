//! Step 2: from the raw spec to something that can be worked for, or the person's mistake. Pure.

pub mod resources;
pub mod source;

use std::collections::BTreeMap;

use crds::{Chunking, DocumentEncoding, Failure, OnEmptyPages, Owner, Reason, keys, labels};
use kube::ResourceExt;

use crate::settings::Settings;
use resources::{InvalidResources, ValidatedResources};
use source::{InvalidSource, ObservedSource, ValidatedSource};

/// What stands around a resource and counts for its validity; seen by [`crate::observe`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The labels of its namespace.
    pub namespace_labels: BTreeMap<String, String>,
    /// Its source.
    pub source: ObservedSource,
}

/// A resource that can be worked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidatedEncoding {
    /// Whose it is.
    pub owner: Owner,
    /// The id of its document.
    pub document_id: String,
    /// What the person called the file.
    pub file_name: String,
    /// Where the document is.
    pub source: ValidatedSource,
    /// How it is cut.
    pub chunking: Chunking,
    /// What pages without text mean.
    pub on_empty_pages: OnEmptyPages,
    /// What the first attempt may use.
    pub resources: ValidatedResources,
    /// The longest one attempt may take, in seconds.
    pub timeout_seconds: i64,
    /// The queue it waits in.
    pub queue: String,
    /// Higher goes first, among the documents of the same owner in the queue.
    pub priority: i32,
}

/// The person's mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// The label that says whose it is holds no tenant id.
    #[error(transparent)]
    Owner(#[from] crds::ownership::InvalidTenant),
    /// The label with the document's id would leave its place in the store.
    #[error("the label {label} has the value {0:?}, which is no document id", label = labels::DOCUMENT_ID)]
    DocumentId(String),
    /// Something is wrong with the source.
    #[error(transparent)]
    Source(#[from] InvalidSource),
    /// There is no such queue.
    #[error("spec.queue is {0:?}, and there is no such queue; there are: {1}")]
    Queue(String, String),
    /// Something is wrong with the resources.
    #[error(transparent)]
    Resources(#[from] InvalidResources),
}

impl Invalid {
    /// Whether the source is simply not there, and may be a moment later.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::Source(error) if error.is_absence())
    }

    /// The failure this mistake ends the resource with.
    pub fn failure(&self) -> Failure {
        let reason = match self {
            _ if self.is_absence() => Reason::SourceNotFound,
            _ => Reason::InvalidSpec,
        };
        Failure::new(reason, self.to_string(), None)
    }
}

/// Whose a resource's outputs are and where they lie: prefix of everything its encoders write.
///
/// # Errors
/// Where the labels that say so make no sense.
pub fn encoding_prefix(
    encoding: &DocumentEncoding,
    surroundings: &Surroundings,
    settings: &Settings,
) -> Result<String, Invalid> {
    let (owner, document_id) = ownership(encoding, surroundings, settings)?;
    Ok(keys::encoding_prefix(
        &owner,
        &document_id,
        &encoding.uid().unwrap_or_default(),
    ))
}

fn ownership(
    encoding: &DocumentEncoding,
    surroundings: &Surroundings,
    settings: &Settings,
) -> Result<(Owner, String), Invalid> {
    let namespace = encoding.namespace().unwrap_or_default();
    let owner = Owner::of(
        &namespace,
        &settings.encodings_namespace,
        encoding.labels(),
        &surroundings.namespace_labels,
    )?;
    let document_id = document_id(encoding, namespace == settings.encodings_namespace)?;
    Ok((owner, document_id))
}

/// Validates a resource.
///
/// # Errors
/// The person's mistake, the first that is found.
pub fn validate(
    encoding: &DocumentEncoding,
    surroundings: &Surroundings,
    settings: &Settings,
) -> Result<ValidatedEncoding, Invalid> {
    let spec = &encoding.spec;
    let Some(queue) = settings.queue(&spec.queue) else {
        let known: Vec<&str> = settings.queues.keys().map(String::as_str).collect();
        return Err(Invalid::Queue(spec.queue.clone(), known.join(", ")));
    };
    let resources = resources::validate(spec.resources.as_ref(), queue, &settings.encoder)?;
    validated(encoding, surroundings, settings, resources)
}

/// Validates a resource that an encoder has been assigned to: what it may use was settled then, and settings that have changed since
/// take nothing away.
///
/// # Errors
/// The person's mistake, the first that is found.
pub fn validate_assigned(
    encoding: &DocumentEncoding,
    surroundings: &Surroundings,
    settings: &Settings,
) -> Result<ValidatedEncoding, Invalid> {
    let asked = encoding.spec.resources.as_ref();
    let of_queue = settings.queue(&encoding.spec.queue);
    let cpu = of_queue.and_then(|queue| queue.cpu.clone());
    let memory = encoding.status.as_ref().and_then(|status| status.memory.as_ref());
    let resources = ValidatedResources {
        cpu: asked
            .and_then(|asked| asked.cpu.as_ref())
            .map(|cpu| cpu.0.clone())
            .or(cpu)
            .unwrap_or_else(|| settings.encoder.cpu.clone()),
        memory: memory
            .and_then(crds::resources::bytes)
            .or_else(|| of_queue.and_then(|queue| queue.memory))
            .unwrap_or(settings.encoder.memory),
    };
    validated(encoding, surroundings, settings, resources)
}

fn validated(
    encoding: &DocumentEncoding,
    surroundings: &Surroundings,
    settings: &Settings,
    resources: ValidatedResources,
) -> Result<ValidatedEncoding, Invalid> {
    let spec = &encoding.spec;
    let (owner, document_id) = ownership(encoding, surroundings, settings)?;
    let default_priority = settings
        .queue(&spec.queue)
        .map_or(0, |queue| queue.default_priority);
    Ok(ValidatedEncoding {
        document_id,
        file_name: spec.source.file_name.clone(),
        source: source::validate(&spec.source, surroundings.source, &owner)?,
        chunking: spec.chunking,
        on_empty_pages: spec.on_empty_pages,
        resources,
        timeout_seconds: spec.timeout_seconds,
        queue: spec.queue.clone(),
        priority: spec.priority.saturating_add(default_priority),
        owner,
    })
}

/// The document's id: in the encodings namespace the label, which only the API may set; else the resource's uid.
fn document_id(encoding: &DocumentEncoding, in_encodings_namespace: bool) -> Result<String, Invalid> {
    let label = encoding
        .labels()
        .get(labels::DOCUMENT_ID)
        .filter(|_| in_encodings_namespace);
    match label {
        None => Ok(encoding.uid().unwrap_or_default()),
        Some(id) if crds::ownership::is_dns_label(id) => Ok(id.clone()),
        Some(other) => Err(Invalid::DocumentId(other.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn labelled(key: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(key.to_owned(), value.to_owned())])
    }

    #[test]
    fn elsewhere_the_document_is_the_resource_and_its_label_says_nothing() {
        let mut encoding = testing::encoding();
        encoding.metadata.labels = Some(labelled(labels::DOCUMENT_ID, "other"));
        let validated = validate(&encoding, &testing::surroundings(), &testing::settings()).unwrap();
        assert_eq!(validated.document_id, testing::UID);
        assert_eq!(validated.owner, Owner::Namespace(testing::NAMESPACE.into()));
    }

    #[test]
    fn in_the_encodings_namespace_the_labels_say_whose_and_which() {
        let mut encoding = testing::encoding();
        encoding.metadata.namespace = Some(testing::settings().encodings_namespace);
        let mut labels = labelled(labels::DOCUMENT_ID, "doc");
        labels.extend(labelled(labels::TENANT, "t1"));
        encoding.metadata.labels = Some(labels);
        let validated = validate(&encoding, &testing::surroundings(), &testing::settings()).unwrap();
        assert_eq!(validated.document_id, "doc");
        assert_eq!(validated.owner, Owner::Tenant("t1".into()));
    }

    #[test]
    fn a_namespace_with_a_label_that_is_no_tenant_id_is_refused() {
        let surroundings = Surroundings {
            namespace_labels: labelled(labels::TENANT, "../other"),
            ..testing::surroundings()
        };
        let error = validate(&testing::encoding(), &surroundings, &testing::settings()).unwrap_err();
        assert!(matches!(error, Invalid::Owner(_)));
        assert_eq!(error.failure().reason, Reason::InvalidSpec);
    }

    #[test]
    fn a_document_id_that_would_leave_its_place_is_refused() {
        let mut encoding = testing::encoding();
        encoding.metadata.namespace = Some(testing::settings().encodings_namespace);
        encoding.metadata.labels = Some(labelled(labels::DOCUMENT_ID, "a.b"));
        let error = validate(&encoding, &testing::surroundings(), &testing::settings()).unwrap_err();
        assert_eq!(error, Invalid::DocumentId("a.b".into()));
        assert_eq!(error.failure().reason, Reason::InvalidSpec);
    }
}
