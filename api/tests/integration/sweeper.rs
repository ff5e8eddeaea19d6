//! The sweeper: what cannot be finished keeps nothing else from it, and what is refused is undone.

use api::{
    clock::Clock,
    documents::{Change, Document, document::Status, unwanted},
};
use axum::http::StatusCode;
use crds::{Phase, keys};
use serde_json::{Value, json};

use crate::{
    application::{self, Application, Setup, StoreKind, cluster, takes, until, with_cluster},
    documents::moment,
    servers,
    upload_bounds::gate,
};

pub(crate) fn failure(code: u16) -> (StatusCode, Value) {
    let answer = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "exceeded quota",
        "reason": "Forbidden", "code": code,
    });
    (StatusCode::from_u16(code).unwrap(), answer)
}

/// An uploaded document whose resource has not been made, with its source.
async fn cut_off(application: &Application) -> Document {
    let document = application.document().await;
    let key = keys::source(&document.owner(), &document.id.to_string());
    application.write_object(&key, b"%PDF-1.7 x");
    document
}

#[tokio::test]
async fn an_upload_that_cannot_be_finished_keeps_no_other_from_it() {
    let application = with_cluster(|name| {
        if name.starts_with("doc-0") {
            return failure(500);
        }
        (StatusCode::CREATED, json!(uuid::Uuid::new_v4()))
    })
    .await;
    let mut stuck = crate::documents::document(application.tenant, application.user);
    stuck.id = "00000000-0000-4000-8000-000000000001".parse().unwrap();
    stuck.binding.name = api::documents::document::resource_name(stuck.id, 1);
    stuck.updated_at = moment(-100); // It comes first.
    crate::documents::insert(&application.database.api, &stuck).await;
    let key = keys::source(&stuck.owner(), &stuck.id.to_string());
    application.write_object(&key, b"%PDF-1.7 x");
    let mut other = cut_off(&application).await;
    while other.id.to_string().starts_with('0') {
        other = cut_off(&application).await;
    }
    application.sweep_at(Clock::system()).await;
    assert_eq!(application.read(&stuck).await.binding.uid, None);
    assert!(application.read(&other).await.binding.uid.is_some());
}

#[tokio::test]
async fn an_upload_that_was_cut_off_and_that_the_cluster_refuses_fails_without_the_cluster_s_words() {
    let application = with_cluster(|_| failure(403)).await;
    let document = cut_off(&application).await;
    application.sweep_at(Clock::system()).await;
    let row = application.read(&document).await;
    let error = row.outcome.error.clone().unwrap();
    assert_eq!(
        (row.status(), error.reason.as_str()),
        (Status::Failed, "QuotaDenied")
    );
    assert!(!error.message.contains("exceeded quota"), "{}", error.message);
}

#[tokio::test]
async fn a_retry_that_the_cluster_refuses_fails_the_document_and_keeps_it() {
    let application = with_cluster(|_| failure(403)).await;
    let document = cut_off(&application).await;
    let mut failed = crate::documents::working(Phase::Failed, 1, 20);
    failed.failure = Some(crds::Failure::new(crds::Reason::NoText, "", None));
    let resource = crate::documents::resource(&document, uuid::Uuid::new_v4(), failed);
    let observation = crate::documents::observed(&resource);
    crate::documents::write(&application.database.mirror, &observation, moment(1)).await;
    let tenant = application.tenant;
    let retried = Change::Retried {
        tenant,
        before: &application.read(&document).await,
        request: &document.request,
    };
    crate::documents::change(&application.database.api, tenant, retried)
        .await
        .unwrap();
    application.sweep_at(Clock::system()).await;
    let row = application.read(&document).await;
    let error = row.outcome.error.clone().unwrap();
    assert_eq!(
        (row.status(), error.reason.as_str()),
        (Status::Failed, "QuotaDenied")
    );
    let key = keys::source(&document.owner(), &document.id.to_string());
    assert!(application.app.store.size(&key).await.unwrap().is_some());
}

/// A resource is made while its document is deleted, so that no row can be bound to it.
#[tokio::test]
async fn a_resource_that_no_row_is_bound_to_is_deleted_or_noted_as_unwanted() {
    // A cluster that has no resources, and one that cannot be reached.
    let has_none = with_cluster(crate::application::takes).await;
    let away = crate::application::application().await;
    for (application, noted) in [(has_none, 0), (away, 1)] {
        let (tenant, pool) = (application.tenant, &application.database.api);
        let cluster = &application.app.cluster;
        let document = application.document().await;
        let uid = uuid::Uuid::new_v4();
        let delete = async || unwanted::delete_unbound(cluster, pool, tenant, &document, uid).await;
        // The mirror was faster, or will be.
        delete().await;
        assert_eq!(application.count("unwanted_resources").await, 0);
        let bound = Change::Bound {
            tenant,
            id: document.id,
            number: 1,
            uid,
        };
        assert!(crate::documents::change(pool, tenant, bound).await.is_some());
        delete().await;
        assert_eq!(application.count("unwanted_resources").await, 0);
        let deleted = Change::Deleted {
            tenant,
            id: document.id,
        };
        crate::documents::change(pool, tenant, deleted).await.unwrap();
        for _ in 0..2 {
            delete().await;
            assert_eq!(application.count("unwanted_resources").await, noted);
        }
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_keeps_no_upload_from_being_finished() {
    let (endpoint, open) = gate().await;
    let settings = api::store::S3Settings {
        endpoint: Some(endpoint),
        ..servers::s3().settings()
    };
    let application = application::with(Setup {
        cluster_url: cluster(takes).await,
        store: StoreKind::S3,
        s3: Some(settings),
        ..Setup::default()
    })
    .await;
    let abandoned = api::uploads::record::NewUpload {
        id: uuid::Uuid::new_v4(),
        tenant: application.tenant,
        user: application.user,
        holder: uuid::Uuid::new_v4(),
        method: "form",
        filename: "a.pdf",
    };
    api::uploads::record::begin(&application.database.api, abandoned)
        .await
        .unwrap();
    sqlx::query("UPDATE uploads SET expires_at = now()")
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    // A connection that is open already would pass the gate: each needs one of its own.
    open.send(false).unwrap();
    let sweeper = application.sweeper(Clock::system());
    let looking = async {
        application
            .until_there_are("uploads WHERE state = 'abandoned'", 1)
            .await;
        let document = application.document().await;
        until("that it is queued", async || {
            application.read(&document).await.binding.uid.is_some()
        })
        .await;
        assert_eq!(application.count("uploads").await, 1, "its removal hangs");
        open.send(true).unwrap();
        application.until_there_are("uploads", 0).await;
    };
    tokio::select! {
        () = api::cleanup::sweeper::run(&sweeper) => panic!("it runs for ever"),
        () = looking => {}
    }
}
