//! What is dropped of objects on their way into the stores: a store of thousands of resources holds what is observed of each, and no more.

use crds::DocumentEncoding;
use k8s_openapi::api::{
    batch::v1::Job,
    core::v1::{Namespace, Pod},
};
use kube::core::{DeserializeGuard, PartialObjectMeta};

/// Of a resource, who wrote which field is dropped.
pub fn encoding(guard: &mut DeserializeGuard<DocumentEncoding>) {
    match &mut guard.0 {
        Ok(encoding) => encoding.metadata.managed_fields = None,
        Err(invalid) => invalid.metadata.managed_fields = None,
    }
}

/// Of a Job, metadata and status are kept.
pub fn job(job: &mut Job) {
    job.metadata.managed_fields = None;
    if let Some(spec) = &mut job.spec {
        let suspend = spec.suspend;
        *spec = k8s_openapi::api::batch::v1::JobSpec {
            suspend,
            ..Default::default()
        };
    }
}

/// Of a Pod, metadata and status are kept; of its spec, where it runs.
pub fn pod(pod: &mut Pod) {
    pod.metadata.managed_fields = None;
    pod.metadata.annotations = None;
    if let Some(spec) = &mut pod.spec {
        let node_name = spec.node_name.take();
        *spec = k8s_openapi::api::core::v1::PodSpec {
            node_name,
            ..Default::default()
        };
    }
    if let Some(status) = &mut pod.status {
        status.init_container_statuses = None;
        status.pod_ips = None;
        status.host_ips = None;
    }
}

/// Of a namespace, its labels are kept.
pub fn namespace(namespace: &mut PartialObjectMeta<Namespace>) {
    namespace.metadata.managed_fields = None;
    namespace.metadata.annotations = None;
}
