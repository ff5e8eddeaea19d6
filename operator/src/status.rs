//! Step 5: the one write of the status, and only if something but the time changed.

use crds::{DocumentEncoding, field_manager};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::json;

use crate::{
    context::{Context, Unanswered, limited},
    state::OperatorStatus,
};

/// Whether the status as it shall be differs from the one that is.
pub fn is_news(encoding: &DocumentEncoding, wanted: &OperatorStatus) -> bool {
    OperatorStatus::of(encoding.status.as_ref()) != *wanted
}

/// Writes the operator's part of the status, through server-side apply.
pub async fn write(
    context: &Context,
    encoding: &DocumentEncoding,
    wanted: &OperatorStatus,
) -> Result<(), Unanswered> {
    let encodings: Api<DocumentEncoding> =
        Api::namespaced(context.client.clone(), &encoding.namespace().unwrap_or_default());
    let name = encoding.name_any();
    let patch = json!({
        "apiVersion": "encoding.socrate.ai/v1alpha1",
        "kind": "DocumentEncoding",
        // With the uid, a resource that was deleted and made again is another one.
        "metadata": {"name": name, "uid": encoding.uid()},
        "status": wanted,
    });
    let parameters = PatchParams::apply(field_manager::OPERATOR).force();
    limited(
        "write the status",
        encodings.patch_status(&name, &parameters, &Patch::Apply(&patch)),
    )
    .await?;
    Ok(())
}
