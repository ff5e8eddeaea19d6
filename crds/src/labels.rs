//! Label keys, and the finalizer.

/// On a namespace: the tenant it belongs to. In the encodings namespace, on a resource: the tenant it belongs to.
pub const TENANT: &str = "encoding.socrate.ai/tenant";
/// On a resource of the encodings namespace: the id of the document it encodes.
pub const DOCUMENT_ID: &str = "encoding.socrate.ai/document-id";
/// On a resource of the encodings namespace: the id of the user who uploaded the document.
pub const OWNER_ID: &str = "encoding.socrate.ai/owner-id";
/// On a ConfigMap or `PersistentVolumeClaim`: `"true"` says that it may be read as a source.
pub const SOURCE: &str = "encoding.socrate.ai/source";
/// On a Job and its Pods: the uid of the first resource it works for.
pub const ENCODING_UID: &str = "encoding.socrate.ai/encoding-uid";
/// On a Job and its Pods: the queue its work came from.
pub const QUEUE: &str = "encoding.socrate.ai/queue";
/// On a Job, as an annotation: a digest of all that documents must have in common to be worked off by it: namespace, owner, queue and the
/// settings of its container.
pub const IDENTITY: &str = "encoding.socrate.ai/identity";
/// On a Job and its Pods: `"true"` says that it may be handed more documents than the one it begins with.
pub const STANDING: &str = "encoding.socrate.ai/standing";
/// On a Pod of a Job: the Job's name, set by the Job controller.
pub const JOB_NAME: &str = "batch.kubernetes.io/job-name";
/// On whatever the operator makes.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`].
pub const MANAGED_BY_OPERATOR: &str = "socrate-operator";

/// Finalizer that holds a finished resource until the API has archived it.
pub const ARCHIVE_FINALIZER: &str = "encoding.socrate.ai/archive";

/// The three labels that only the API's identity may set, in any namespace.
pub const RESERVED: [&str; 3] = [TENANT, DOCUMENT_ID, OWNER_ID];
