//! The text of an encoder's Job. Pure.
//!
//! A Job carries a list of assignments, one for each document; the one this operator makes has one, and is owned by its resource.

use crds::{AssignedSource, Assignment, DocumentEncoding, assignment, job, labels, resources};
use k8s_openapi::api::batch::v1::Job;
use kube::{Resource, ResourceExt};
use serde_json::{Value, json};

use crate::{
    policy::deadline,
    settings::Settings,
    validate::{ValidatedEncoding, source::ValidatedSource},
};

/// What tells the Jobs of a resource apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// The number of the attempt.
    pub attempt: u32,
    /// How often it was begun anew.
    pub disruptions: u32,
    /// Memory, requested and limited, in bytes.
    pub memory: u64,
}

/// Where a ConfigMap's key is mounted, as a file by itself.
const MOUNTED_FILE: &str = "/source/content";
/// User and group of the encoder.
const USER: u32 = 65532;

/// The name of the Job.
pub fn name(encoding: &DocumentEncoding, beginning: Beginning) -> String {
    job::name(
        &encoding.uid().unwrap_or_default(),
        beginning.attempt,
        beginning.disruptions,
    )
}

/// What the encoder is told to do.
pub fn assignment(
    encoding: &DocumentEncoding,
    validated: &ValidatedEncoding,
    attempt: u32,
    max_source_bytes: u64,
) -> Assignment {
    Assignment {
        namespace: encoding.namespace().unwrap_or_default(),
        name: encoding.name_any(),
        uid: encoding.uid().unwrap_or_default(),
        attempt,
        owner: validated.owner.clone(),
        document_id: validated.document_id.clone(),
        file_name: validated.file_name.clone(),
        source: match &validated.source {
            ValidatedSource::Object { key } => AssignedSource::Object(key.clone()),
            ValidatedSource::Volume { path, .. } => AssignedSource::VolumeFile {
                mount_path: job::SOURCE_MOUNT.to_owned(),
                path: path.clone(),
            },
            ValidatedSource::ConfigMap { .. } => AssignedSource::MountedFile(MOUNTED_FILE.to_owned()),
        },
        chunking: validated.chunking,
        on_empty_pages: validated.on_empty_pages,
        timeout_seconds: validated.timeout_seconds,
        max_source_bytes,
    }
}

/// The Job.
///
/// # Errors
/// If the text is no Job, which would be a bug.
pub fn job(
    encoding: &DocumentEncoding,
    validated: &ValidatedEncoding,
    beginning: Beginning,
    settings: &Settings,
) -> Result<Job, serde_json::Error> {
    let encoder = &settings.encoder;
    let assignments = [assignment(
        encoding,
        validated,
        beginning.attempt,
        encoder.max_source_bytes,
    )];
    let memory = resources::quantity(beginning.memory);
    let labels = json!({
        labels::MANAGED_BY: labels::MANAGED_BY_OPERATOR,
        labels::ENCODING_UID: encoding.uid().unwrap_or_default(),
        labels::QUEUE: validated.queue,
        "app.kubernetes.io/name": "socrate-encoder-job",
    });
    let (source_volumes, source_mounts) = source(&validated.source);
    let prefix = validated.owner.prefix();
    let mut volumes =
        vec![json!({"name": "store", "persistentVolumeClaim": {"claimName": job::STORE_CLAIM}})];
    volumes.extend(source_volumes);
    // Of the store the encoder sees its owner's part and nothing else.
    let mut mounts = vec![
        json!({"name": "store", "mountPath": format!("{}/{prefix}", job::STORE_MOUNT), "subPath": prefix}),
    ];
    mounts.extend(source_mounts);
    serde_json::from_value(json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name(encoding, beginning),
            "namespace": encoding.namespace(),
            "labels": labels,
            "ownerReferences": [encoding.controller_owner_ref(&())],
        },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": validated.timeout_seconds + deadline::GRACE.as_secs(),
            "ttlSecondsAfterFinished": encoder.job_ttl_seconds,
            "podReplacementPolicy": "Failed",
            "podFailurePolicy": {"rules": [
                // Not ignored: the next beginning of the attempt is a Job of another name, which the operator makes.
                {"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                {"action": "FailJob", "onExitCodes": {
                    "containerName": job::CONTAINER, "operator": "In", "values": [64, 65, 66, 70, 74, 75, 78]}},
            ]},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "restartPolicy": "Never",
                    "serviceAccountName": job::SERVICE_ACCOUNT,
                    "enableServiceLinks": false,
                    "terminationGracePeriodSeconds": 5,
                    "securityContext": {
                        "runAsNonRoot": true, "runAsUser": USER, "runAsGroup": USER,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [{
                        "name": job::CONTAINER,
                        "image": encoder.image,
                        "imagePullPolicy": encoder.image_pull_policy,
                        "args": ["run"],
                        "env": environment(&assignments, settings)?,
                        "resources": {
                            "requests": {"cpu": validated.resources.cpu, "memory": memory},
                            "limits": {"memory": memory},
                        },
                        "securityContext": {
                            "allowPrivilegeEscalation": false,
                            "readOnlyRootFilesystem": true,
                            "capabilities": {"drop": ["ALL"]},
                        },
                        "volumeMounts": mounts,
                    }],
                    "volumes": volumes,
                },
            },
        },
    }))
}

fn environment(assignments: &[Assignment], settings: &Settings) -> Result<Value, serde_json::Error> {
    let field =
        |name: &str, path: &str| json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}});
    Ok(json!([
        {"name": assignment::ENVIRONMENT_VARIABLE, "value": serde_json::to_string(assignments)?},
        {"name": job::environment::STORE_URL, "value": settings.encoder.store_url},
        {"name": job::environment::REDIS_URL, "valueFrom": {"secretKeyRef": {
            "name": job::CREDENTIALS_SECRET, "key": job::CREDENTIALS_REDIS_KEY, "optional": true}}},
        field(job::environment::POD_NAME, "metadata.name"),
        field(job::environment::POD_UID, "metadata.uid"),
        field(job::environment::POD_NAMESPACE, "metadata.namespace"),
        {"name": job::environment::SANDBOX, "value": settings.encoder.sandbox},
        {"name": job::environment::RUNNING_HEADS, "value": settings.encoder.running_heads},
        {"name": "RUST_LOG", "value": settings.encoder.log},
    ]))
}

/// The volumes and mounts of a source.
fn source(source: &ValidatedSource) -> (Option<Value>, Option<Value>) {
    match source {
        ValidatedSource::Object { .. } => (None, None),
        ValidatedSource::Volume { claim, .. } => (
            Some(json!({"name": "source", "persistentVolumeClaim": {"claimName": claim, "readOnly": true}})),
            Some(json!({"name": "source", "mountPath": job::SOURCE_MOUNT, "readOnly": true})),
        ),
        ValidatedSource::ConfigMap { name, key } => (
            Some(
                json!({"name": "source", "configMap": {"name": name, "items": [{"key": key, "path": "content"}]}}),
            ),
            // By its sub-path it is a plain file, and not the symbolic link a ConfigMap's volume is made of.
            Some(
                json!({"name": "source", "mountPath": MOUNTED_FILE, "subPath": "content", "readOnly": true}),
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{testing, validate};

    fn made() -> Value {
        let (encoding, settings) = (testing::encoding(), testing::settings());
        let validated = validate::validate(&encoding, &testing::surroundings(), &settings).unwrap();
        let beginning = Beginning {
            attempt: 1,
            disruptions: 0,
            memory: 512 << 20,
        };
        serde_json::to_value(job(&encoding, &validated, beginning, &settings).unwrap()).unwrap()
    }

    #[test]
    fn the_job_is_the_resources_own_and_named_after_its_beginning() {
        let job = made();
        assert_eq!(job["metadata"]["name"], crds::job::name(testing::UID, 1, 0));
        assert_eq!(job["metadata"]["ownerReferences"][0]["uid"], testing::UID);
        assert_eq!(job["metadata"]["ownerReferences"][0]["controller"], true);
        assert_eq!(job["spec"]["backoffLimit"], 0);
    }

    #[test]
    fn the_pod_is_as_restricted_as_can_be() {
        let pod = &made()["spec"]["template"]["spec"];
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
        let container = &pod["containers"][0];
        assert_eq!(container["securityContext"]["capabilities"]["drop"][0], "ALL");
        assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
        assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
        assert_eq!(container["resources"]["limits"]["memory"], "512Mi");
    }

    #[test]
    fn the_encoder_sees_its_owners_part_of_the_store_only() {
        let mounts = &made()["spec"]["template"]["spec"]["containers"][0]["volumeMounts"];
        assert_eq!(mounts[0]["subPath"], "namespaces/team");
        assert_eq!(mounts[0]["mountPath"], "/store/namespaces/team");
        assert_eq!(mounts[1]["mountPath"], MOUNTED_FILE);
    }

    #[test]
    fn the_assignments_are_a_list_of_what_is_to_be_done() {
        let environment = &made()["spec"]["template"]["spec"]["containers"][0]["env"];
        assert_eq!(environment[0]["name"], "SOCRATE_ASSIGNMENTS");
        let list: Vec<Assignment> = serde_json::from_str(environment[0]["value"].as_str().unwrap()).unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].uid, testing::UID);
        assert_eq!(list[0].source, AssignedSource::MountedFile(MOUNTED_FILE.into()));
    }
}
