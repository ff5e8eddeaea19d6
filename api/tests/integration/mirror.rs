//! The mirror writes what is, never backwards, and only into the row that is bound to the resource.

use std::collections::BTreeMap;

use api::{
    cleanup::removals,
    documents::{
        Change,
        document::{Origin, Status},
        observation::Observation,
        observed::Observed,
        queries,
    },
    mirror::observation::{observe, tenant_of_namespace},
};
use crds::{DocumentEncoding, Failure, Phase, ProgressRecord, Reason, Report, labels};
use uuid::Uuid;

use crate::{
    application::{self, Application, ENCODINGS},
    documents::{change, moment, observed, ready, resource, working, write as write_one},
};

async fn mirror(application: &Application, resource: &DocumentEncoding) -> Observed {
    write_one(&application.database.mirror, &observed(resource), moment(60)).await
}

/// Writes that the resource was deleted before it finished.
async fn deleted(application: &Application, id: Uuid, uid: Uuid) -> Option<api::documents::Document> {
    let gone = Change::ResourceDeleted { id, uid };
    change(&application.database.mirror, application.tenant, gone).await
}

/// An observation with the tenant that its namespace's labels name.
fn in_namespace(resource: &DocumentEncoding, labels: &BTreeMap<String, String>) -> Observation {
    let mut observation = observe(resource, ENCODINGS).unwrap();
    observation.tenant_id = tenant_of_namespace(&observation.namespace, ENCODINGS, labels);
    observation
}

#[tokio::test]
async fn a_row_is_bound_when_its_resource_is_first_seen() {
    let application = application::application().await;
    let document = application.document().await;
    let uid = Uuid::new_v4();
    let written = mirror(
        &application,
        &resource(&document, uid, working(Phase::Queued, 0, 0)),
    )
    .await;
    assert!(matches!(written, Observed::Changed(_)));
    let row = application.read(&document).await;
    assert_eq!((row.binding.uid, row.progress.phase), (Some(uid), Phase::Queued));

    // Another resource with its labels, its name even, changes nothing.
    let forged = resource(&document, Uuid::new_v4(), working(Phase::Processing, 9, 99));
    assert_eq!(mirror(&application, &forged).await, Observed::NotWanted);
    let mut renamed = resource(&document, uid, working(Phase::Processing, 9, 99));
    renamed.metadata.name = Some("other".into());
    mirror(&application, &renamed).await;
    assert_eq!(application.read(&document).await.progress.percent, 0);
}

#[tokio::test]
async fn an_upload_tells_its_task_before_the_mirror_has_seen_the_resource() {
    let application = application::application().await;
    let document = application.document().await;
    let uid = Uuid::new_v4();
    let bind = async |uid| {
        let (tenant, id) = (application.tenant, document.id);
        let bound = Change::Bound {
            tenant,
            id,
            number: 1,
            uid,
        };
        change(&application.database.api, tenant, bound).await;
    };
    bind(uid).await;
    bind(Uuid::new_v4()).await;
    let row = application.read(&document).await;
    assert_eq!(row.binding.uid, Some(uid));
    let expected = serde_json::json!({ "task_id": uid, "chunk_size": 1200, "overlap": 200 });
    assert_eq!(row.doc_metadata, expected);
}

#[tokio::test]
async fn a_row_never_goes_backwards() {
    let application = application::application().await;
    let document = application.document().await;
    let uid = Uuid::new_v4();
    for (attempt, progress, expected) in [
        (1, 40, (1, 40)),
        (1, 30, (1, 40)),
        (1, 50, (1, 50)),
        (2, 10, (2, 10)),
        (1, 90, (2, 10)),
    ] {
        mirror(
            &application,
            &resource(&document, uid, working(Phase::Processing, attempt, progress)),
        )
        .await;
        let row = application.read(&document).await;
        assert_eq!((row.progress.attempt, row.progress.percent), expected);
    }
    mirror(&application, &resource(&document, uid, ready())).await;
    let done = application.read(&document).await;
    assert_eq!(
        (done.status(), done.progress.percent, done.outcome.total_chunks),
        (Status::Ready, 100, Some(3))
    );
    assert_eq!(done.doc_metadata["encoder_version"], "memvid_sections");
    assert_eq!(done.doc_metadata["task_id"], uid.to_string());
    for later in [working(Phase::Processing, 9, 1), working(Phase::Failed, 9, 1)] {
        let written = mirror(&application, &resource(&document, uid, later)).await;
        assert_eq!(written, Observed::Unchanged(done.clone()));
    }
    assert!(deleted(&application, document.id, uid).await.is_none());
    assert_eq!(application.read(&document).await, done);
}

#[tokio::test]
async fn progress_of_an_earlier_attempt_does_not_stand_in_the_way_of_the_next() {
    let application = application::application().await;
    let document = application.document().await;
    let uid = Uuid::new_v4();
    let with_pages = |attempt, progress, reported| {
        let mut status = working(Phase::Processing, attempt, progress);
        (status.pages_done, status.pages_total) = (Some(u32::from(progress)), Some(100));
        status.report = (reported > 0).then(|| Report {
            attempt: reported,
            pod_uid: "pod".into(),
            result: None,
            failure: Some(Failure::new(Reason::StoreUnavailable, "away", None)),
        });
        resource(&document, uid, status)
    };
    for (attempt, progress, reported, expected) in [
        (1, 60, 0, (1, 60, Some(60))),
        (1, 60, 1, (1, 60, Some(60))),
        // The operator has begun the second attempt, and its encoder has not spoken yet; two replicas write it.
        (2, 60, 1, (2, 0, None)),
        (2, 60, 1, (2, 0, None)),
        (2, 10, 0, (2, 10, Some(10))),
        (2, 30, 0, (2, 30, Some(30))),
    ] {
        mirror(&application, &with_pages(attempt, progress, reported)).await;
        let row = application.read(&document).await;
        assert_eq!(
            (
                row.progress.attempt,
                row.progress.percent,
                row.progress.pages_done
            ),
            expected
        );
        if expected == (2, 0, None) {
            // What Redis knows of the second attempt is further on.
            let live = ProgressRecord {
                attempt: 2,
                pod_uid: "pod".into(),
                progress: 5,
                message: "Reading file".into(),
                pages_done: 0,
                pages_total: 0,
            };
            let mut progress = row.progress;
            api::live::progress::merge(&mut progress, Some(live));
            assert_eq!(progress.percent, 5);
        }
    }
}

#[tokio::test]
async fn a_resource_with_what_postgres_cannot_store_is_mirrored() {
    let application = application::application().await;
    let document = application.document().await;
    let mut status = ready();
    status.message = Some("Com\0plete".into());
    let result = status.result.as_mut().unwrap();
    (result.total_tokens, result.language) = (u64::MAX, "\0it".into());
    result.encoder_version = "0\0".into();
    mirror(&application, &resource(&document, Uuid::new_v4(), status)).await;
    let row = application.read(&document).await;
    assert_eq!(
        (row.status(), row.outcome.language.as_deref()),
        (Status::Ready, Some("it"))
    );
}

#[tokio::test]
async fn what_became_ready_is_counted_once() {
    let application = application::application().await;
    let document = application.document().await;
    let resource = resource(&document, Uuid::new_v4(), ready());
    for _ in 0..3 {
        mirror(&application, &resource).await;
    }
    let usage: (i64, i64, i64, i64, i64) =
        sqlx::query_as("SELECT documents, pages, tokens, bytes, cpu_milliseconds FROM usage")
            .fetch_one(&application.database.maintenance)
            .await
            .unwrap();
    assert_eq!(usage, (1, 10, 900, 10, 1500));
}

#[tokio::test]
async fn a_failure_is_recorded_with_its_reason() {
    let application = application::application().await;
    let document = application.document().await;
    let mut status = working(Phase::Failed, 3, 20);
    status.failure = Some(Failure::new(Reason::NoText, "it looks scanned", None));
    mirror(&application, &resource(&document, Uuid::new_v4(), status)).await;
    let error = application.read(&document).await.outcome.error.unwrap();
    assert_eq!(
        (error.reason.as_str(), error.message.as_str()),
        ("NoText", "it looks scanned")
    );
    assert_eq!(application.count("usage").await, 0);
}

#[tokio::test]
async fn a_resource_deleted_before_it_finished_fails_its_document() {
    let application = application::application().await;
    let document = application.document().await;
    let uid = Uuid::new_v4();
    mirror(
        &application,
        &resource(&document, uid, working(Phase::Processing, 1, 30)),
    )
    .await;
    let pool = &application.database.mirror;
    let unfinished = queries::unfinished(pool).await.unwrap();
    assert_eq!((unfinished.len(), unfinished[0].resource_uid), (1, uid));
    assert!(deleted(&application, document.id, Uuid::new_v4()).await.is_none());
    assert!(deleted(&application, document.id, uid).await.is_some());
    let row = application.read(&document).await;
    assert_eq!(
        (row.status(), row.outcome.error.unwrap().reason.as_str()),
        (Status::Failed, "Deleted")
    );
    assert!(queries::unfinished(pool).await.unwrap().is_empty());
}

/// A resource that somebody applied in a namespace of a tenant.
fn applied(application: &Application, uid: Uuid) -> (DocumentEncoding, BTreeMap<String, String>) {
    let document = crate::documents::document(application.tenant, application.user);
    let mut resource = resource(&document, uid, working(Phase::Queued, 0, 0));
    resource.metadata.namespace = Some("team".into());
    let of_namespace = BTreeMap::from([(labels::TENANT.to_owned(), application.tenant.to_string())]);
    (resource, of_namespace)
}

#[tokio::test]
async fn an_applied_resource_appears_as_a_document_of_its_namespaces_tenant() {
    let application = application::application().await;
    let uid = Uuid::new_v4();
    let (resource, of_namespace) = applied(&application, uid);
    let observation = in_namespace(&resource, &of_namespace);
    for _ in 0..2 {
        write_one(&application.database.mirror, &observation, moment(2)).await;
    }
    let found = queries::find(&application.database.api, application.tenant, uid)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.origin, found.progress.phase),
        (Origin::Resource, Phase::Queued)
    );

    // In a namespace that is nobody's it is there for administrators only.
    let (resource, _) = applied(&application, Uuid::new_v4());
    let observation = observe(&resource, ENCODINGS).unwrap();
    write_one(&application.database.mirror, &observation, moment(2)).await;
    assert_eq!(application.count("documents").await, 2);
    assert_eq!(
        application.get("/api/documents").await.json()["documents"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_late_event_does_not_bring_a_removed_document_back() {
    let application = application::application().await;
    let uid = Uuid::new_v4();
    let (resource, of_namespace) = applied(&application, uid);
    let observation = in_namespace(&resource, &of_namespace);
    let pool = &application.database.mirror;
    write_one(pool, &observation, moment(2)).await;

    let request = application.request("DELETE", &format!("/api/documents/{uid}"));
    let answer = application
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status, 204);
    let left = removals::find(&application.database.maintenance, uid)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(left.resource_namespace, "team");
    assert_eq!(
        write_one(pool, &observation, moment(3)).await,
        Observed::NotWanted
    );
    assert_eq!(application.count("documents").await, 0);
}

#[tokio::test]
async fn a_retry_is_the_next_encoding_and_can_be_taken_back() {
    let application = application::application().await;
    let document = application.document().await;
    let first = Uuid::new_v4();
    mirror(
        &application,
        &resource(&document, first, working(Phase::Failed, 3, 20)),
    )
    .await;
    let before = application.read(&document).await;

    // The cluster cannot be reached.
    let request = application.request("POST", &format!("/api/documents/{}/retry", document.id));
    let answer = application
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    assert_eq!(answer.problem(), (500, "queue_unavailable".into()));
    let after = application.read(&document).await;
    assert_eq!(
        (after.progress.phase, after.binding.uid, after.outcome.error),
        (before.progress.phase, Some(first), before.outcome.error)
    );

    let (tenant, id) = (application.tenant, document.id);
    let retry = async || {
        let retried = Change::Retried {
            tenant,
            before: &application.read(&document).await,
            request: &document.request,
        };
        change(&application.database.api, tenant, retried).await
    };
    let next = retry().await.unwrap();
    assert_eq!(
        (next.binding.number, next.binding.uid, next.status()),
        (3, None, Status::Processing)
    );
    assert_eq!(next.binding.name, format!("doc-{id}-3"));
    assert!(retry().await.is_none());
    // The first resource speaks of an encoding that no longer counts.
    let late = mirror(&application, &resource(&document, first, ready())).await;
    assert_eq!(late, Observed::NotWanted);
}
