//! The `CustomResourceDefinition`, made from the Rust types, and the rules that stand on the whole object.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray,
};
use kube::CustomResourceExt;
use serde_json::json;

use crate::{DocumentEncoding, Phase};

/// A finished resource is frozen: a terminal phase, its result and its failure never change again, the deletion of the
/// status included. A transition rule at the root of the schema, as only there both whole states are seen.
pub const FROZEN_STATUS_RULE: &str = "!has(oldSelf.status) || !has(oldSelf.status.phase) || \
     !(oldSelf.status.phase in ['Ready', 'Failed', 'Cancelled']) || \
     (has(self.status) && has(self.status.phase) && self.status.phase == oldSelf.status.phase && \
     has(self.status.result) == has(oldSelf.status.result) && \
     (!has(self.status.result) || self.status.result == oldSelf.status.result) && \
     has(self.status.failure) == has(oldSelf.status.failure) && \
     (!has(self.status.failure) || self.status.failure == oldSelf.status.failure))";

/// What the API server answers where [`FROZEN_STATUS_RULE`] is broken.
pub const FROZEN_STATUS_MESSAGE: &str =
    "a finished DocumentEncoding never changes: phase, result and failure are final";

/// The `CustomResourceDefinition` of [`DocumentEncoding`].
pub fn custom_resource_definition() -> CustomResourceDefinition {
    let mut definition = DocumentEncoding::crd();
    for version in &mut definition.spec.versions {
        if let Some(schema) = version
            .schema
            .as_mut()
            .and_then(|schema| schema.open_api_v3_schema.as_mut())
        {
            drop_unknown_formats(schema);
            default_status(schema);
        }
    }
    definition
}

/// Gives a resource that the operator has not seen yet a status: kstatus would take one without conditions for ready, and its generation
/// for observed, if `observedGeneration` were not there at all.
fn default_status(schema: &mut JSONSchemaProps) {
    let status = schema
        .properties
        .as_mut()
        .and_then(|properties| properties.get_mut("status"));
    if let Some(status) = status {
        status.default = Some(JSON(
            json!({"observedGeneration": -1, "phase": Phase::Pending.as_str()}),
        ));
    }
}

/// Removes the formats of unsigned numbers, which `OpenAPI` does not know and the API server warns of; the bounds stay.
fn drop_unknown_formats(schema: &mut JSONSchemaProps) {
    if schema
        .format
        .as_deref()
        .is_some_and(|format| format.starts_with("uint"))
    {
        schema.format = None;
    }
    for property in schema
        .properties
        .iter_mut()
        .flat_map(|properties| properties.values_mut())
    {
        drop_unknown_formats(property);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        drop_unknown_formats(items);
    }
}

/// [`custom_resource_definition`] as the YAML that is committed in `crds/` and shipped in the chart.
///
/// # Errors
/// If the definition cannot be written as YAML, which would be a bug of the serialiser.
pub fn custom_resource_definition_yaml() -> Result<String, serde_saphyr::ser::Error> {
    let body = serde_saphyr::to_string(&custom_resource_definition())?;
    Ok(format!(
        "# Generated from the Rust types in crds/src by `make generate`. Do not edit.\n{body}"
    ))
}
