//! Step 4: the only writes of children and metadata. The status is step 5.

use crds::{DocumentEncoding, field_manager, labels};
use k8s_openapi::api::batch::v1::Job;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams, PropagationPolicy},
};
use serde_json::json;
use tracing::info;

use crate::{
    context::{Context, Unanswered, limited},
    decision::Action,
    job::{self, Beginning},
    policy::refusal::Refusal,
    validate::ValidatedEncoding,
};

/// What came of applying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// All was written.
    All,
    /// The cluster did not take the Job.
    JobRefused {
        /// Which beginning it was.
        beginning: Beginning,
        /// Why.
        refusal: Refusal,
    },
}

/// Why something could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The API server did not do it.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    /// The Job's text is none: a bug.
    #[error("failed to write the Job: {0}")]
    Text(#[from] serde_json::Error),
    /// There is no valid spec to make a Job of: a bug.
    #[error("failed to make a Job of an invalid spec")]
    NotValid,
    /// A Job of this name is another resource's.
    #[error("failed to create the Job {0}: there is one of this name that belongs to another resource")]
    ForeignJob(String),
}

/// Applies the actions in their order.
pub async fn apply(
    context: &Context,
    encoding: &DocumentEncoding,
    validated: Option<&ValidatedEncoding>,
    actions: &[Action],
) -> Result<Applied, ApplyError> {
    for action in actions {
        match action {
            Action::AddFinalizer => set_finalizer(context, encoding, true).await?,
            Action::RemoveFinalizer => set_finalizer(context, encoding, false).await?,
            Action::DeleteJob(name) => delete_job(context, encoding, name).await?,
            Action::DeleteEncoding => delete_encoding(context, encoding).await?,
            Action::CreateJob(beginning) => {
                let validated = validated.ok_or(ApplyError::NotValid)?;
                if let Some(refusal) = create_job(context, encoding, validated, *beginning).await? {
                    return Ok(Applied::JobRefused {
                        beginning: *beginning,
                        refusal,
                    });
                }
            }
        }
    }
    Ok(Applied::All)
}

/// Creates the Job; why the cluster refuses it, if it does. One that is there already, and this resource's, is as good.
async fn create_job(
    context: &Context,
    encoding: &DocumentEncoding,
    validated: &ValidatedEncoding,
    beginning: Beginning,
) -> Result<Option<Refusal>, ApplyError> {
    let jobs: Api<Job> = Api::namespaced(context.client.clone(), &encoding.namespace().unwrap_or_default());
    let job = job::job(encoding, validated, beginning, &context.settings)?;
    let name = job.name_any();
    let parameters = PostParams {
        field_manager: Some(field_manager::OPERATOR.to_owned()),
        ..PostParams::default()
    };
    match limited("create the Job", jobs.create(&parameters, &job)).await {
        Ok(_) => {
            context.metrics.job_created();
            info!(encoding = %encoding.name_any(), job = %name, attempt = beginning.attempt, "created a Job");
            Ok(None)
        }
        Err(Unanswered::Refused {
            cause: kube::Error::Api(answer),
            ..
        }) if answer.code == 409 => {
            let found = limited("read the Job", jobs.get(&name)).await?;
            let ours = found
                .owner_references()
                .iter()
                .any(|owner| Some(&owner.uid) == encoding.uid().as_ref());
            if ours {
                Ok(None)
            } else {
                Err(ApplyError::ForeignJob(name))
            }
        }
        Err(Unanswered::Refused {
            what,
            cause: kube::Error::Api(answer),
        }) => match Refusal::of(answer.code, &answer.message) {
            Some(refusal) => Ok(Some(refusal)),
            None => Err(ApplyError::Unanswered(Unanswered::Refused {
                what,
                cause: kube::Error::Api(answer),
            })),
        },
        Err(error) => Err(error.into()),
    }
}

async fn delete_job(context: &Context, encoding: &DocumentEncoding, name: &str) -> Result<(), Unanswered> {
    let jobs: Api<Job> = Api::namespaced(context.client.clone(), &encoding.namespace().unwrap_or_default());
    let parameters = DeleteParams {
        propagation_policy: Some(PropagationPolicy::Background),
        ..DeleteParams::default()
    };
    gone_is_fine(
        limited("delete the Job", jobs.delete(name, &parameters))
            .await
            .map(|_| ()),
    )
}

async fn delete_encoding(context: &Context, encoding: &DocumentEncoding) -> Result<(), Unanswered> {
    let encodings = encodings(context, encoding);
    let parameters = DeleteParams {
        preconditions: Some(kube::api::Preconditions {
            uid: encoding.uid(),
            resource_version: None,
        }),
        ..DeleteParams::default()
    };
    info!(encoding = %encoding.name_any(), "its time is over: deleting the resource");
    gone_is_fine(
        limited(
            "delete the DocumentEncoding",
            encodings.delete(&encoding.name_any(), &parameters),
        )
        .await
        .map(|_| ()),
    )
}

async fn set_finalizer(
    context: &Context,
    encoding: &DocumentEncoding,
    wanted: bool,
) -> Result<(), Unanswered> {
    let mut finalizers: Vec<&str> = encoding
        .finalizers()
        .iter()
        .map(String::as_str)
        .filter(|each| *each != labels::ARCHIVE_FINALIZER)
        .collect();
    if wanted {
        finalizers.push(labels::ARCHIVE_FINALIZER);
    }
    // With the version, somebody else's change in between is a conflict and not lost.
    let patch =
        json!({"metadata": {"finalizers": finalizers, "resourceVersion": encoding.resource_version()}});
    let encodings = encodings(context, encoding);
    let name = encoding.name_any();
    let (parameters, patch) = (PatchParams::default(), Patch::Merge(&patch));
    let patched = encodings.patch_metadata(&name, &parameters, &patch);
    gone_is_fine(limited("set the finalizer", patched).await.map(|_| ()))
}

fn encodings(context: &Context, encoding: &DocumentEncoding) -> Api<DocumentEncoding> {
    Api::namespaced(context.client.clone(), &encoding.namespace().unwrap_or_default())
}

/// What is gone need not be deleted.
fn gone_is_fine(result: Result<(), Unanswered>) -> Result<(), Unanswered> {
    match result {
        Err(Unanswered::Refused {
            cause: kube::Error::Api(answer),
            ..
        }) if answer.code == 404 => Ok(()),
        other => other,
    }
}
