//! The resource that is made for an uploaded document.

use std::collections::BTreeMap;

use crds::{DocumentEncoding, DocumentEncodingSpec, ObjectSource, OnEmptyPages, Phase, Source, keys, labels};

use crate::documents::document::Document;

/// The resource of an uploaded document.
pub fn resource_of(document: &Document) -> DocumentEncoding {
    let owner = document.owner();
    let spec = DocumentEncodingSpec {
        source: Source {
            object: Some(ObjectSource {
                key: keys::source(&owner, &document.id.to_string()),
            }),
            persistent_volume_claim: None,
            config_map: None,
            file_name: document.file.filename.clone(),
            content_type: document.file.content_type.clone(),
            size_bytes: document.file.size_bytes,
        },
        chunking: crds::Chunking {
            size: document.request.chunk_size.unsigned_abs(),
            overlap: document.request.overlap.unsigned_abs(),
            ..crds::Chunking::default()
        },
        queue: document.request.queue.clone(),
        priority: document.request.priority,
        suspend: false,
        cancelled: false,
        timeout_seconds: crds::spec::MAX_TIMEOUT_SECONDS,
        max_attempts: 3,
        ttl_seconds_after_finished: 86_400,
        on_empty_pages: OnEmptyPages::default(),
        resources: None,
    };
    let mut resource = DocumentEncoding::new(&document.binding.name, spec);
    resource.metadata.namespace = Some(document.binding.namespace.clone());
    let mut of_document = BTreeMap::from([(labels::DOCUMENT_ID.to_owned(), document.id.to_string())]);
    if let Some(tenant) = document.tenant_id {
        of_document.insert(labels::TENANT.to_owned(), tenant.to_string());
    }
    if let Some(user) = document.user_id {
        of_document.insert(labels::OWNER_ID.to_owned(), user.to_string());
    }
    resource.metadata.labels = Some(of_document);
    // The operator would set it before it begins: set here, it costs no request of its own.
    resource.metadata.finalizers = Some(vec![labels::ARCHIVE_FINALIZER.to_owned()]);
    resource
}

/// Whether nothing works for a resource, or has: the operator writes the attempt and the Job's name before it makes one.
pub(super) fn has_not_begun(resource: &DocumentEncoding) -> bool {
    resource.status.as_ref().is_none_or(|status| {
        status.job_name.is_none()
            && status.attempt.unwrap_or(0) == 0
            && status.start_time.is_none()
            && !status.phase.is_some_and(Phase::is_terminal)
    })
}

#[cfg(test)]
mod tests {
    use crds::DocumentEncodingStatus;
    use kube::ResourceExt;

    use super::*;
    use crate::documents::document::samples;

    #[test]
    fn the_resource_of_an_upload_says_its_size_and_is_held_from_the_beginning() {
        let resource = resource_of(&samples::document());
        assert_eq!(resource.spec.source.size_bytes, Some(10));
        assert_eq!(resource.finalizers(), [labels::ARCHIVE_FINALIZER]);
    }

    #[test]
    fn only_what_nothing_has_begun_to_work_for_is_released_without_the_operator() {
        let mut resource = resource_of(&samples::document());
        assert!(has_not_begun(&resource));
        // As the API server fills it in, and as it waits in a queue.
        for phase in [Phase::Pending, Phase::Queued] {
            resource.status = Some(DocumentEncodingStatus {
                phase: Some(phase),
                queue_position: Some(3),
                ..DocumentEncodingStatus::default()
            });
            assert!(has_not_begun(&resource), "{phase:?}");
        }
        let waiting = DocumentEncodingStatus::default();
        for begun in [
            DocumentEncodingStatus {
                job_name: Some("enc-1".into()),
                ..waiting.clone()
            },
            DocumentEncodingStatus {
                attempt: Some(1),
                ..waiting.clone()
            },
            DocumentEncodingStatus {
                phase: Some(Phase::Cancelled),
                ..waiting
            },
        ] {
            resource.status = Some(begun);
            assert!(!has_not_begun(&resource), "{:?}", resource.status);
        }
    }
}
