//! `api cleanup`: exactly the right ones go, and a dry run says the same and touches nothing.

use std::time::{Duration, SystemTime};

use api::{
    cleanup::{
        orphans::{self, DryRun, Orphans},
        retention::{self, Expired, Retention},
    },
    clock::Clock,
    documents::document::Document,
};
use crds::keys;
use jiff::SignedDuration;
use uuid::Uuid;

use crate::{
    application::{self, Application},
    databases,
    documents::{document, insert},
};

impl Application {
    /// Makes a document that is as the statement says.
    async fn document_that(&self, change: &str) -> Document {
        let document = document(self.tenant, self.user);
        insert(&self.database.api, &document).await;
        let mut administrator = databases::administrator(&self.database.name).await;
        let statement = format!("UPDATE documents SET {change} WHERE id = '{}'", document.id);
        databases::execute(&mut administrator, statement).await;
        document
    }

    async fn expire(&self, is_dry: bool) -> Expired {
        let retention = Retention { failed_days: 30 };
        retention::expire(
            &self.database.maintenance,
            retention,
            is_dry,
            Clock::system().now(),
        )
        .await
        .unwrap()
    }

    async fn remove_orphans(&self, is_dry: bool) -> Orphans {
        let before = Clock::system().now() - SignedDuration::from_hours(24 * 7);
        let dry_run = is_dry.then(|| DryRun {
            retention: Retention { failed_days: 30 },
            now: Clock::system().now(),
        });
        orphans::remove(&self.database.maintenance, &self.app.store, dry_run, before)
            .await
            .unwrap()
    }

    /// Writes an object of ten bytes, so many days ago.
    fn write_old(&self, key: &str, days: u64) {
        self.write_object(key, b"0123456789");
        let file = std::fs::File::options()
            .write(true)
            .open(self.store_directory.0.join(key))
            .unwrap();
        let then = SystemTime::now() - Duration::from_secs(days * 24 * 3600);
        file.set_modified(then).unwrap();
    }
}

fn ended(status: &str, days: u32) -> String {
    let outcome = match status {
        "ready" => "phase = 'Ready'",
        _ => "phase = 'Failed', error_reason = 'NoText', error_message = 'no text'",
    };
    format!("status = '{status}', {outcome}, processing_completed_at = now() - interval '{days} days'")
}

#[tokio::test]
async fn documents_go_when_they_have_had_their_time() {
    let application = application::application().await;
    let (ready, failed) = (|days| ended("ready", days), |days| ended("failed", days));
    let old_ready = application.document_that(&ready(100)).await;
    let young_failed = application.document_that(&failed(29)).await;
    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.push(application.document_that(&failed(31)).await);
    }
    application.document().await; // Was made years ago, and has not ended.
    let expected = Expired { failed: 3, ready: 0 };
    assert_eq!(application.expire(true).await, expected);
    assert_eq!(application.count("documents").await, 6);
    assert_eq!(application.expire(false).await, expected);
    assert_eq!(
        application.expire(false).await,
        Expired::default(),
        "nothing goes twice"
    );
    assert_eq!(application.count("documents").await, 3);
    assert_eq!(
        application
            .count("audit_log WHERE action = 'document.deleted' AND method = 'command'")
            .await,
        3
    );
    let mut removed = application.removals().await;
    let mut expected: Vec<Uuid> = gone.iter().map(|document| document.id).collect();
    removed.sort();
    expected.sort();
    assert_eq!(removed, expected);

    let mut administrator = databases::administrator(&application.database.name).await;
    let keep = |days: u32| format!("UPDATE tenants SET retention_days = {days}");
    databases::execute(&mut administrator, keep(101)).await;
    assert_eq!(application.expire(false).await, Expired::default());
    databases::execute(&mut administrator, keep(28)).await;
    assert_eq!(application.expire(false).await, Expired { failed: 1, ready: 1 });
    let left = sqlx::query_scalar::<_, Uuid>("SELECT id FROM documents")
        .fetch_all(&application.database.maintenance)
        .await
        .unwrap();
    assert!(left.len() == 1 && !left.contains(&old_ready.id) && !left.contains(&young_failed.id));
}

#[tokio::test]
async fn objects_go_that_belong_to_nothing_and_no_others() {
    let application = application::application().await;
    let owner = crds::Owner::Tenant(application.tenant.to_string());
    let source = |id: &Uuid| keys::source(&owner, &id.to_string());
    let encoding = |id: &Uuid, uid: &Uuid| {
        keys::manifest(&keys::encoding_prefix(&owner, &id.to_string(), &uid.to_string()))
    };
    let (current, former, young) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
    let ready = ended("ready", 100);
    let has = application
        .document_that(&format!("{ready}, resource_uid = '{current}'"))
        .await;
    let works = application
        .document_that(&format!("resource_uid = '{}'", Uuid::new_v4()))
        .await;
    let of_another = Uuid::new_v4();
    let reuses = format!(
        "{ready}, result_document_id = '{}', result_resource_uid = '{of_another}'",
        has.id
    );
    application.document_that(&reuses).await;
    let (unknown, new) = (Uuid::new_v4(), Uuid::new_v4());
    let wanted = [
        (source(&has.id), 100),
        (encoding(&has.id, &current), 100),
        (encoding(&has.id, &of_another), 100),
        (encoding(&has.id, &young), 3),
        (source(&works.id), 100),
        (encoding(&works.id, &former), 100),
        (source(&new), 3),
        ("tenants/none/of/ours".to_owned(), 100),
        ("elsewhere/x".to_owned(), 100),
    ];
    let orphaned = [
        (encoding(&has.id, &former), 100),
        (source(&unknown), 100),
        (encoding(&unknown, &former), 8),
    ];
    for (key, days) in wanted.iter().chain(&orphaned) {
        application.write_old(key, *days);
    }
    let expected = Orphans {
        documents: 1,
        results: 1,
        objects: 3,
        bytes: 30,
        scanned: 11,
    };
    assert_eq!(application.remove_orphans(true).await, expected);
    assert_eq!(application.store_directory.contents().len(), 12);
    assert_eq!(application.remove_orphans(false).await, expected);
    let root = format!("{}/", application.store_directory.0.display());
    let mut left: Vec<String> = application
        .store_directory
        .contents()
        .iter()
        .map(|path| path.replace(&root, ""))
        .collect();
    let mut stay: Vec<String> = wanted.iter().map(|(key, _)| key.clone()).collect();
    left.sort();
    stay.sort();
    assert_eq!(left, stay);
    let nothing = Orphans {
        scanned: 8,
        ..Orphans::default()
    };
    assert_eq!(application.remove_orphans(false).await, nothing);
}

/// What is deleted first is no orphan later: a dry run says what a run does.
#[tokio::test]
async fn a_dry_run_counts_no_results_of_documents_that_would_be_deleted() {
    let application = application::application().await;
    let owner = crds::Owner::Tenant(application.tenant.to_string());
    let document = application.document_that(&ended("failed", 100)).await;
    let former = keys::encoding_prefix(&owner, &document.id.to_string(), &Uuid::new_v4().to_string());
    application.write_old(&keys::manifest(&former), 100);
    let expected = Orphans {
        scanned: 1,
        ..Orphans::default()
    };
    assert_eq!(application.remove_orphans(true).await, expected);
    assert_eq!(application.expire(false).await, Expired { failed: 1, ready: 0 });
    assert_eq!(application.remove_orphans(false).await, expected);
}

#[tokio::test]
async fn a_dry_run_counts_the_results_that_only_what_would_be_deleted_has() {
    let application = application::application().await;
    application
        .execute("UPDATE tenants SET retention_days = 30")
        .await;
    let owner = crds::Owner::Tenant(application.tenant.to_string());
    let document = application.document_that(&ended("ready", 20)).await;
    let former = Uuid::new_v4();
    let prefix = keys::encoding_prefix(&owner, &document.id.to_string(), &former.to_string());
    application.write_old(&keys::manifest(&prefix), 40);
    let reuses = format!(
        "{}, resource_uid = NULL, result_document_id = '{}', result_resource_uid = '{former}'",
        ended("ready", 40),
        document.id
    );
    application.document_that(&reuses).await;
    let expected = Orphans {
        results: 1,
        objects: 1,
        bytes: 10,
        scanned: 1,
        ..Orphans::default()
    };
    assert_eq!(application.remove_orphans(true).await, expected);
    assert_eq!(application.expire(false).await, Expired { failed: 0, ready: 1 });
    assert_eq!(application.remove_orphans(false).await, expected);
}

#[tokio::test]
async fn what_an_attempt_left_that_came_to_nothing_goes() {
    let application = application::application().await;
    let owner = crds::Owner::Tenant(application.tenant.to_string());
    let uid = Uuid::new_v4();
    let failed = format!("{}, resource_uid = '{uid}'", ended("failed", 20));
    let document = application.document_that(&failed).await;
    let prefix = keys::encoding_prefix(&owner, &document.id.to_string(), &uid.to_string());
    application.write_old(&format!("{prefix}/attempt-p/a_sections_metadata.json"), 20);
    let removed = application.remove_orphans(false).await;
    assert_eq!((removed.results, removed.objects), (1, 1));
}
