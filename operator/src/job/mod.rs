//! The text of an encoder's Job. Pure.
//!
//! A Job begins with the assignment of one document, which stands in its container's environment. A standing one is handed more by the
//! operator; the others, of retries, large documents and sources of their own, are owned by their resource.

pub mod identity;

use crds::{AssignedSource, Assignment, DocumentEncoding, assignment, job, labels, resources};
use k8s_openapi::api::batch::v1::Job;
use kube::{Resource, ResourceExt};
use serde_json::{Value, json};

use crate::{
    decision::JobPlan,
    policy::deadline,
    settings::Settings,
    validate::{ValidatedEncoding, source::ValidatedSource},
};

/// Where a ConfigMap's key is mounted, as a file by itself.
const MOUNTED_FILE: &str = "/source/content";
/// Label of a Job that Kueue admits: the local queue it waits in.
const KUEUE_QUEUE_NAME: &str = "kueue.x-k8s.io/queue-name";
/// User and group of the encoder.
const USER: u32 = 65532;

/// What the encoder is told to do.
pub fn assignment(
    encoding: &DocumentEncoding,
    validated: &ValidatedEncoding,
    attempt: u32,
    tries: u32,
    settings: &Settings,
) -> Assignment {
    Assignment {
        namespace: encoding.namespace().unwrap_or_default(),
        name: encoding.name_any(),
        uid: encoding.uid().unwrap_or_default(),
        attempt,
        tries,
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
        max_source_bytes: settings.encoder.max_source_bytes,
    }
}

/// For how long a Pod is kept on a node that does not answer, in seconds. Then it counts as deleted, and its documents begin anew elsewhere.
const LOST_NODE_TOLERATION: i64 = 30;
/// How long a Pod has to end when it is told to, in seconds. The encoder ends at once.
const TERMINATION_GRACE: i64 = 5;
/// A Pod that outlives all its own limits by so long is ended by the kubelet, in seconds.
const LAST_RESORT: i64 = 600;

/// The Job.
///
/// # Errors
/// If the text is no Job, which would be a bug.
pub fn job(
    encoding: &DocumentEncoding,
    validated: &ValidatedEncoding,
    plan: &JobPlan,
    settings: &Settings,
) -> Result<Job, serde_json::Error> {
    let encoder = &settings.encoder;
    let first = assignment(encoding, validated, plan.key.attempt, plan.key.tries, settings);
    let namespace = encoding.namespace().unwrap_or_default();
    let identity = identity::of(
        &namespace,
        validated,
        &validated.resources.cpu,
        plan.memory,
        encoder,
    );
    let memory = resources::quantity(plan.memory);
    let pod_labels = pod_labels(encoding, validated, plan);
    let mut labels = pod_labels.clone();
    let kueue = settings.kueue_queue_name(&validated.queue);
    if let Some(queue_name) = kueue {
        labels[KUEUE_QUEUE_NAME] = json!(queue_name);
    }
    // A standing Job works for others too, and does not go with the resource it began with.
    let owners: Vec<_> = encoding
        .controller_owner_ref(&())
        .filter(|_| !plan.standing)
        .into_iter()
        .collect();
    let longest = validated.timeout_seconds
        + deadline::GRACE.as_secs()
        + if plan.standing {
            settings.standing.max_age.as_secs()
        } else {
            0
        };
    let (volumes, mounts) = volumes(validated, settings);
    serde_json::from_value(json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": plan.name,
            "namespace": namespace,
            "labels": labels,
            "annotations": {labels::IDENTITY: identity},
            "ownerReferences": owners,
        },
        "spec": {
            "suspend": kueue.is_some(),
            "backoffLimit": 0,
            "ttlSecondsAfterFinished": encoder.job_ttl_seconds,
            "podReplacementPolicy": "Failed",
            "podFailurePolicy": {"rules": [
                // Not ignored: the next beginning of the attempt is a Job of another name, which the operator makes.
                {"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                {"action": "FailJob", "onExitCodes": {
                    "containerName": job::CONTAINER, "operator": "In", "values": [64, 65, 66, 70, 74, 75, 78]}},
            ]},
            "template": {
                "metadata": {"labels": pod_labels},
                "spec": {
                    // Of the Pod and not of the Job: waiting for a node is no work.
                    "activeDeadlineSeconds": longest + LAST_RESORT,
                    "tolerations": [
                        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute",
                         "tolerationSeconds": LOST_NODE_TOLERATION},
                        {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
                         "tolerationSeconds": LOST_NODE_TOLERATION},
                    ],
                    "restartPolicy": "Never",
                    "serviceAccountName": job::SERVICE_ACCOUNT,
                    "enableServiceLinks": false,
                    "terminationGracePeriodSeconds": TERMINATION_GRACE,
                    "securityContext": {
                        "runAsNonRoot": true, "runAsUser": USER, "runAsGroup": USER,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [{
                        "name": job::CONTAINER,
                        "image": encoder.image,
                        "imagePullPolicy": encoder.image_pull_policy,
                        "args": ["run"],
                        "env": environment(&first, plan, validated, settings)?,
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

fn pod_labels(encoding: &DocumentEncoding, validated: &ValidatedEncoding, plan: &JobPlan) -> Value {
    json!({
        labels::MANAGED_BY: labels::MANAGED_BY_OPERATOR,
        labels::ENCODING_UID: encoding.uid().unwrap_or_default(),
        labels::QUEUE: validated.queue,
        labels::STANDING: plan.standing.to_string(),
        "app.kubernetes.io/name": "socrate-encoder-job",
    })
}

/// The volumes of the Pod, and where its container finds them.
fn volumes(validated: &ValidatedEncoding, settings: &Settings) -> (Vec<Value>, Vec<Value>) {
    let (source_volumes, source_mounts) = source(&validated.source);
    let (mut volumes, mut mounts) = (Vec::new(), Vec::new());
    // An S3 store has no volume: its objects are reached by URLs.
    if settings.encoder.store_url.starts_with("file://") {
        let prefix = validated.owner.prefix();
        volumes.push(json!({"name": "store", "persistentVolumeClaim": {"claimName": job::STORE_CLAIM}}));
        // Of the store the encoder sees its owner's part and nothing else.
        mounts.push(
            json!({"name": "store", "mountPath": format!("{}/{prefix}", job::STORE_MOUNT), "subPath": prefix}),
        );
    }
    volumes.extend(source_volumes);
    mounts.extend(source_mounts);
    if !settings.encoder.operator_url.is_empty() {
        volumes.push(
            json!({"name": "operator-token", "projected": {"sources": [{"serviceAccountToken": {
            "audience": assignment::TOKEN_AUDIENCE, "expirationSeconds": 3600, "path": "token"}}]}}),
        );
        let directory = job::OPERATOR_TOKEN_FILE.trim_end_matches("/token");
        mounts.push(json!({"name": "operator-token", "mountPath": directory, "readOnly": true}));
    }
    (volumes, mounts)
}

fn environment(
    first: &Assignment,
    plan: &JobPlan,
    validated: &ValidatedEncoding,
    settings: &Settings,
) -> Result<Value, serde_json::Error> {
    let field =
        |name: &str, path: &str| json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}});
    let (encoder, standing) = (&settings.encoder, &settings.standing);
    let queue = settings.limits.queues.get(validated.queue.as_str());
    let linger = queue.map_or(0, |queue| queue.linger.as_secs());
    let mut environment = vec![
        json!({"name": assignment::ENVIRONMENT_VARIABLE, "value": serde_json::to_string(&[first])?}),
        json!({"name": job::environment::STORE_URL, "value": encoder.store_url}),
        json!({"name": job::environment::REDIS_URL, "valueFrom": {"secretKeyRef": {
            "name": job::CREDENTIALS_SECRET, "key": job::CREDENTIALS_REDIS_KEY, "optional": true}}}),
        field(job::environment::POD_UID, "metadata.uid"),
        json!({"name": job::environment::SANDBOX, "value": encoder.sandbox}),
        json!({"name": job::environment::RUNNING_HEADS, "value": encoder.running_heads}),
        json!({"name": "RUST_LOG", "value": encoder.log}),
    ];
    if !encoder.store_ca.is_empty() {
        environment.push(json!({"name": job::environment::STORE_CA, "value": encoder.store_ca}));
    }
    if !encoder.operator_url.is_empty() {
        environment.extend([
            json!({"name": job::environment::OPERATOR_URL, "value": encoder.operator_url}),
            json!({"name": job::environment::OPERATOR_CA, "value": encoder.operator_ca}),
            json!({"name": job::environment::OPERATOR_TOKEN_FILE, "value": job::OPERATOR_TOKEN_FILE}),
            json!({"name": job::environment::LINGER_SECONDS, "value": if plan.standing { linger } else { 0 }.to_string()}),
            json!({"name": job::environment::MAX_DOCUMENTS, "value": if plan.standing { standing.max_documents } else { 1 }.to_string()}),
            json!({"name": job::environment::MAX_SECONDS, "value": standing.max_age.as_secs().to_string()}),
        ]);
    }
    Ok(Value::Array(environment))
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
        serde_json::to_value(job(&encoding, &validated, &plan(false), &settings).unwrap()).unwrap()
    }

    fn plan(standing: bool) -> JobPlan {
        JobPlan {
            name: crds::job::name(testing::UID, 1, 1),
            key: crate::policy::job_key::next(&crate::state::OperatorStatus::default()),
            memory: 512 << 20,
            standing,
        }
    }

    #[test]
    fn a_standing_job_outlives_the_resource_it_began_with() {
        let (encoding, settings) = (testing::encoding(), testing::settings());
        let validated = validate::validate(&encoding, &testing::surroundings(), &settings).unwrap();
        let made = job(&encoding, &validated, &plan(true), &settings).unwrap();
        assert!(made.metadata.owner_references.unwrap_or_default().is_empty());
        assert_eq!(made.metadata.labels.unwrap()[labels::STANDING], "true");
        assert!(made.metadata.annotations.unwrap().contains_key(labels::IDENTITY));
    }

    #[test]
    fn a_job_of_kueues_is_suspended_until_kueue_admits_it() {
        let mut settings = testing::settings();
        let options = settings.queues.get_mut("documents").unwrap();
        options.kueue_queue_name = Some("encodings".into());
        let encoding = testing::encoding();
        let validated = validate::validate(&encoding, &testing::surroundings(), &settings).unwrap();
        let made = job(&encoding, &validated, &plan(false), &settings).unwrap();
        assert_eq!(made.metadata.labels.unwrap()[KUEUE_QUEUE_NAME], "encodings");
        assert_eq!(made.spec.unwrap().suspend, Some(true));
    }

    #[test]
    fn the_job_is_the_resources_own_and_named_after_its_key() {
        let job = made();
        assert_eq!(job["metadata"]["name"], crds::job::name(testing::UID, 1, 1));
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
    fn with_an_s3_store_there_is_no_volume_of_it_and_the_operator_is_known() {
        let (encoding, mut settings) = (testing::encoding(), testing::settings());
        settings.encoder.store_url = "s3://bucket/prefix".into();
        let validated = validate::validate(&encoding, &testing::surroundings(), &settings).unwrap();
        let made =
            serde_json::to_value(job(&encoding, &validated, &plan(false), &settings).unwrap()).unwrap();
        let pod = &made["spec"]["template"]["spec"];
        let names = |list: &Value| -> Vec<String> {
            let list = list.as_array().unwrap().iter();
            list.map(|each| each["name"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(names(&pod["volumes"]), ["source", "operator-token"]);
        let container = &pod["containers"][0];
        assert_eq!(names(&container["volumeMounts"]), ["source", "operator-token"]);
        let environment = names(&container["env"]);
        assert!(environment.contains(&job::environment::OPERATOR_URL.to_owned()));
        assert!(!made.to_string().contains("AWS_"), "credentials stay here");
        assert!(!environment.contains(&job::environment::STORE_CA.to_owned()));
        settings.encoder.store_ca = "certificate".into();
        let made =
            serde_json::to_value(job(&encoding, &validated, &plan(false), &settings).unwrap()).unwrap();
        let environment = names(&made["spec"]["template"]["spec"]["containers"][0]["env"]);
        assert!(environment.contains(&job::environment::STORE_CA.to_owned()));
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
