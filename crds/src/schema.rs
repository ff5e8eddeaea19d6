//! The `CustomResourceDefinition`, made from the Rust types, and the rules of what may not change.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray, ValidationRule,
};
use kube::CustomResourceExt;
use serde_json::json;

use crate::{DocumentEncoding, Phase};

/// What may not change, and what the API server answers where it would: rules in the Common Expression Language, each at the deepest place
/// where it can be told, as every write of the status evaluates them all and pays for each object that they look into.
const TRANSITION_RULES: [(&[&str], &str, &str); 4] = [
    (
        &["spec", "source"],
        "self == oldSelf",
        "source is immutable: make a new DocumentEncoding instead",
    ),
    (
        &["spec", "chunking"],
        "self == oldSelf",
        "chunking is immutable: make a new DocumentEncoding instead",
    ),
    (
        &["spec", "cancelled"],
        "!oldSelf || self",
        "cancelled cannot be taken back: make a new DocumentEncoding instead",
    ),
    // The status as a whole cannot be taken away: it has a default, which is not terminal.
    (
        &["status"],
        "!has(oldSelf.phase) || !(oldSelf.phase in ['Ready', 'Failed', 'Cancelled']) || \
         (has(self.phase) && self.phase == oldSelf.phase && \
         has(self.result) == has(oldSelf.result) && (!has(self.result) || self.result == oldSelf.result) && \
         has(self.failure) == has(oldSelf.failure) && (!has(self.failure) || self.failure == oldSelf.failure))",
        "a finished DocumentEncoding never changes: phase, result and failure are final",
    ),
];

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
            for (path, rule, message) in TRANSITION_RULES {
                add_rule(schema, path, rule, message);
            }
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

/// Adds a rule to the property at this path.
fn add_rule(schema: &mut JSONSchemaProps, path: &[&str], rule: &str, message: &str) {
    let Some((first, rest)) = path.split_first() else {
        let rules = schema.x_kubernetes_validations.get_or_insert_default();
        rules.push(ValidationRule {
            rule: rule.to_owned(),
            message: Some(message.to_owned()),
            ..ValidationRule::default()
        });
        return;
    };
    let property = schema
        .properties
        .as_mut()
        .and_then(|properties| properties.get_mut(*first));
    if let Some(property) = property {
        add_rule(property, rest, rule, message);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_found_its_place() {
        let yaml = custom_resource_definition_yaml().unwrap();
        for (path, _, message) in TRANSITION_RULES {
            assert!(yaml.contains(message), "{path:?}");
        }
    }
}
