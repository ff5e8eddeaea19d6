//! Step 5: the writes of children and metadata, after the status has said what they are for.

use crds::{DocumentEncoding, field_manager, labels};
use k8s_openapi::api::batch::v1::Job;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions, PropagationPolicy},
};
use serde_json::json;
use tracing::info;

use crate::{
    clock,
    context::{ApiError, Context},
    decision::{Action, JobPlan},
    job,
    policy::refusal::Refusal,
    validate::ValidatedEncoding,
};

/// Why something could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The API server did not do it.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The Job's text is none: a bug.
    #[error("failed to write the Job: {0}")]
    Text(#[from] serde_json::Error),
    /// There is no valid spec to make a Job of: a bug.
    #[error("failed to make a Job of an invalid spec")]
    NotValid,
}

/// Applies the actions in their order, to the resource as it was last written; why the cluster does not take the Job, if it does not.
///
/// # Errors
/// [`ApplyError`].
pub async fn apply(
    context: &Context,
    encoding: &DocumentEncoding,
    validated: Option<&ValidatedEncoding>,
    actions: &[Action],
) -> Result<Option<Refusal>, ApplyError> {
    for action in actions {
        match action {
            Action::AddFinalizer => set_finalizer(context, encoding, true).await?,
            Action::RemoveFinalizer => set_finalizer(context, encoding, false).await?,
            Action::DeleteJob { name, uid } => {
                let namespace = encoding.namespace().unwrap_or_default();
                delete_job(context, &namespace, name, uid).await?;
            }
            Action::DeleteEncoding => delete_encoding(context, encoding).await?,
            Action::Block { until, message } => {
                let namespace = encoding.namespace().unwrap_or_default();
                context.blocked.block(&namespace, *until, message, clock::now());
            }
            Action::NoRoom { until } => context.no_room.note(*until),
            Action::CreateJob(plan) => {
                let validated = validated.ok_or(ApplyError::NotValid)?;
                if let Some(refusal) = create_job(context, encoding, validated, plan).await? {
                    return Ok(Some(refusal));
                }
            }
        }
    }
    Ok(None)
}

/// Creates the Job; why the cluster refuses it, if it does. One that is there already, and this resource's, is as good.
async fn create_job(
    context: &Context,
    encoding: &DocumentEncoding,
    validated: &ValidatedEncoding,
    plan: &JobPlan,
) -> Result<Option<Refusal>, ApplyError> {
    let namespace = encoding.namespace().unwrap_or_default();
    let jobs: Api<Job> = Api::namespaced(context.client.clone(), &namespace);
    let job = job::job(encoding, validated, plan, &context.settings)?;
    let parameters = PostParams {
        field_manager: Some(field_manager::OPERATOR.to_owned()),
        ..PostParams::default()
    };
    let Err(error) = context
        .write("create the Job", jobs.create(&parameters, &job))
        .await
    else {
        context.metrics.job_created();
        info!(encoding = %encoding.name_any(), job = %plan.name, attempt = plan.key.attempt, "created a Job");
        return Ok(None);
    };
    match &error {
        ApiError::Refused {
            cause: kube::Error::Api(answer),
            ..
        } if answer.code == 409 => {
            let found = context.write("read the Job", jobs.get(&plan.name)).await?;
            let ours = found.labels().get(labels::ENCODING_UID) == encoding.uid().as_ref();
            Ok((!ours).then(|| Refusal::Foreign(plan.name.clone())))
        }
        ApiError::Refused {
            cause: kube::Error::Api(answer),
            ..
        } => match Refusal::of(answer.code, &answer.message) {
            Some(refusal) => Ok(Some(refusal)),
            None => Err(error.into()),
        },
        _ => Err(error.into()),
    }
}

/// Deletes a Job and its Pods, unless that is so already or a Job of this name is another by now.
///
/// # Errors
/// [`ApiError`].
pub async fn delete_job(context: &Context, namespace: &str, name: &str, uid: &str) -> Result<(), ApiError> {
    let jobs: Api<Job> = Api::namespaced(context.client.clone(), namespace);
    if context
        .stores
        .job(namespace, name)
        .is_some_and(|job| job.deleting)
    {
        return Ok(());
    }
    let parameters = DeleteParams {
        propagation_policy: Some(PropagationPolicy::Background),
        preconditions: Some(Preconditions {
            uid: Some(uid.to_owned()),
            resource_version: None,
        }),
        ..DeleteParams::default()
    };
    gone_is_fine(
        context
            .write("delete the Job", jobs.delete(name, &parameters))
            .await
            .map(|_| ()),
    )
}

async fn delete_encoding(context: &Context, encoding: &DocumentEncoding) -> Result<(), ApiError> {
    let encodings = encodings(context, encoding);
    let parameters = DeleteParams {
        preconditions: Some(Preconditions {
            uid: encoding.uid(),
            resource_version: None,
        }),
        ..DeleteParams::default()
    };
    info!(encoding = %encoding.name_any(), "its time is over: deleting the resource");
    let name = encoding.name_any();
    let deleted = context.write(
        "delete the DocumentEncoding",
        encodings.delete(&name, &parameters),
    );
    gone_is_fine(deleted.await.map(|_| ()))
}

async fn set_finalizer(context: &Context, encoding: &DocumentEncoding, wanted: bool) -> Result<(), ApiError> {
    patch_finalizers(context, &encodings(context, encoding), &encoding.metadata, wanted).await
}

/// Lets go of a resource whose spec cannot be read: its metadata suffices for that.
///
/// # Errors
/// [`ApiError`].
pub async fn release(
    context: &Context,
    metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
) -> Result<(), ApiError> {
    let held = metadata
        .finalizers
        .iter()
        .flatten()
        .any(|each| each == labels::ARCHIVE_FINALIZER);
    if !held {
        return Ok(());
    }
    let namespace = metadata.namespace.clone().unwrap_or_default();
    let encodings: Api<DocumentEncoding> = Api::namespaced(context.client.clone(), &namespace);
    patch_finalizers(context, &encodings, metadata, false).await
}

async fn patch_finalizers(
    context: &Context,
    encodings: &Api<DocumentEncoding>,
    metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
    wanted: bool,
) -> Result<(), ApiError> {
    let mut finalizers: Vec<&str> = metadata
        .finalizers
        .iter()
        .flatten()
        .map(String::as_str)
        .filter(|each| *each != labels::ARCHIVE_FINALIZER)
        .collect();
    if wanted {
        finalizers.push(labels::ARCHIVE_FINALIZER);
    }
    // With the version, somebody else's change in between is a conflict and not lost.
    let patch = json!({"metadata": {"finalizers": finalizers, "resourceVersion": metadata.resource_version}});
    let name = metadata.name.clone().unwrap_or_default();
    let (parameters, patch) = (PatchParams::default(), Patch::Merge(&patch));
    let patched = encodings.patch_metadata(&name, &parameters, &patch);
    gone_is_fine(context.write("set the finalizer", patched).await.map(|_| ()))
}

fn encodings(context: &Context, encoding: &DocumentEncoding) -> Api<DocumentEncoding> {
    Api::namespaced(context.client.clone(), &encoding.namespace().unwrap_or_default())
}

/// What is gone need not be deleted; what is another one by now was not meant.
fn gone_is_fine(result: Result<(), ApiError>) -> Result<(), ApiError> {
    match result {
        Err(error) if error.code() == Some(404) => Ok(()),
        Err(ApiError::Refused {
            cause: kube::Error::Api(answer),
            ..
        }) if answer.code == 409 && answer.message.contains("UID in precondition") => Ok(()),
        other => other,
    }
}
