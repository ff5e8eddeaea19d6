//! Results that are reused stay for as long as a document has them, and go with the last, in whatever order documents go.

use api::{
    clock::Clock,
    database::tenant_transaction,
    documents::{Change, Document, reuse, transition},
    identity::tenants,
};
use axum::body::Body;
use futures::future::join_all;
use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    application::{Application, STORES, StoreKind, until},
    documents::{change, moment},
    reuse::application,
};

impl Application {
    pub(crate) async fn delete(&self, id: Uuid) -> u16 {
        let request = self.request("DELETE", &format!("/api/documents/{id}"));
        let answer = self.send(request.body(Body::empty()).unwrap()).await;
        answer.status.as_u16()
    }

    /// The document whose result an uploaded one may have.
    async fn original_of(&self, uploaded: &Document) -> Option<Document> {
        let (pool, app) = (&self.database.api, &self.app);
        reuse::find_original(pool, &app.store, &app.reuse, self.tenant, uploaded)
            .await
            .unwrap()
    }

    pub(crate) async fn sweep(&self) {
        self.sweep_at(Clock::system()).await;
    }

    /// What is in the store of a document, without what is before its id.
    pub(crate) fn objects_of(&self, id: Uuid) -> Vec<String> {
        let folder = format!("/documents/{id}/");
        let mut objects: Vec<String> = self
            .store_directory
            .contents()
            .iter()
            .filter_map(|path| Some(path.split_once(&folder)?.1.to_owned()))
            .collect();
        objects.sort();
        objects
    }

    /// Whether of a document the result is left and nothing else.
    pub(crate) fn assert_result_alone(&self, id: Uuid) {
        let left = self.objects_of(id);
        assert_eq!(left.len(), 3, "{left:?}");
        assert!(left.iter().all(|path| path.starts_with("encodings/")), "{left:?}");
    }

    /// Nothing is left, neither now nor once removals are forgotten.
    pub(crate) async fn assert_all_gone(&self) {
        self.sweep().await;
        self.assert_nothing_left().await;
        assert_eq!(self.count("removals WHERE finished_at IS NULL").await, 0);
        let later = Clock::system().now() + SignedDuration::from_hours(1);
        self.sweep_at(Clock::fixed(later)).await;
        assert_eq!(self.count("removals").await, 0);
    }
}

#[tokio::test]
async fn the_one_that_was_encoded_goes_first_and_its_result_with_the_last() {
    for store in STORES {
        let application = application(store).await;
        let first = application.encoded().await;
        let second = application.reused().await;
        assert_eq!(application.delete(first).await, 204);
        // What a sweeper of the version before asks, which would remove the result.
        let found_by_before = "removals WHERE finished_at IS NULL AND coalesce(next_attempt_at, created_at) <= now() + interval '1 year'";
        assert_eq!(application.count(found_by_before).await, 0);
        // Twice, and once more after it failed, as it does where it is cut off.
        for _ in 0..2 {
            application.sweep().await;
            application.assert_result_alone(first);
            application.assert_whole(second).await;
            assert_eq!(application.count("removals WHERE finished_at IS NULL").await, 1);
            assert_eq!(
                application.count("removals WHERE rest_due_at IS NOT NULL").await,
                0
            );
        }
        // Reused from one that reuses: it is the first one's result still.
        let third = application.reused().await;
        assert_eq!(application.delete(second).await, 204);
        application.sweep().await;
        application.assert_result_alone(first);
        assert_eq!(application.objects_of(second), Vec::<String>::new());
        application.assert_whole(third).await;
        assert_eq!(application.delete(third).await, 204);
        application.assert_all_gone().await;
    }
}

#[tokio::test]
async fn the_one_that_was_encoded_goes_last_with_its_result() {
    for store in STORES {
        let application = application(store).await;
        let first = application.encoded().await;
        let (second, third) = (application.reused().await, application.reused().await);
        for id in [second, third] {
            assert_eq!(application.delete(id).await, 204);
            application.sweep().await;
            assert_eq!(application.objects_of(id), Vec::<String>::new());
            application.assert_whole(first).await;
        }
        assert_eq!(application.delete(first).await, 204);
        application.assert_all_gone().await;
    }
}

#[tokio::test]
async fn a_removal_that_fails_is_tried_again_and_a_released_one_is_due_whatever_was_left() {
    let application = application(StoreKind::File).await;
    let pool = &application.database.maintenance;
    let first = application.encoded().await;
    let second = application.reused().await;
    assert_eq!(application.delete(first).await, 204);
    let now = Clock::system().now();
    let due = async |seconds| {
        let at = now + SignedDuration::from_secs(seconds);
        let due = api::cleanup::removals::due(pool, at, 10).await.unwrap();
        due.iter().map(|removal| removal.document_id).collect::<Vec<_>>()
    };
    assert_eq!(due(1).await, [first]);
    for wait in [5, 10, 20] {
        api::cleanup::removals::postpone(pool, first, now).await.unwrap();
        assert_eq!(
            (due(wait - 1).await, due(wait).await),
            (vec![], vec![first]),
            "{wait}"
        );
    }
    // A sweeper that has looked before the last reference went keeps the result this once, and looks again.
    let seen = api::cleanup::removals::find(pool, first).await.unwrap().unwrap();
    assert!(seen.is_result_kept);
    assert_eq!(application.delete(second).await, 204);
    api::cleanup::removals::finish_rest(pool, first).await.unwrap();
    assert!(due(1).await.contains(&first));
    application.assert_all_gone().await;
}

/// A sweeper asks which results others have, whatever the removal says of its resource.
#[tokio::test]
async fn a_result_is_kept_though_the_removal_does_not_know_its_resource() {
    let application = application(StoreKind::File).await;
    let first = application.encoded().await;
    let second = application.reused().await;
    assert_eq!(application.delete(first).await, 204);
    application
        .execute("UPDATE removals SET resource_uid = NULL")
        .await;
    application.sweep().await;
    application.assert_result_alone(first);
    application.assert_whole(second).await;
    assert_eq!(application.delete(second).await, 204);
    application.assert_all_gone().await;
}

/// However many are due, as after the deletion of a large tenant: no more are read than are worked on.
#[tokio::test]
async fn removals_that_are_due_are_read_in_the_order_of_indexes() {
    let application = application(StoreKind::File).await;
    let mut administrator = crate::databases::administrator(&application.database.name).await;
    for statement in [
        "INSERT INTO removals (document_id, tenant_id, resource_namespace, resource_name, created_at) \
         SELECT gen_random_uuid(), gen_random_uuid(), 'n', 'r', now() - n * interval '1 second' FROM generate_series(1, 100000) AS n",
        // Half of them are kept, and something else of them is left.
        "UPDATE removals SET is_result_kept = true, next_attempt_at = 'infinity', rest_due_at = created_at \
         WHERE extract(second FROM created_at)::int % 2 = 0",
        "ANALYZE removals",
    ] {
        crate::databases::execute(&mut administrator, statement.to_owned()).await;
    }
    let pool = &application.database.maintenance;
    let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", api::cleanup::removals::DUE);
    let explained: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(explain))
        .bind(Clock::system().now().to_sqlx())
        .bind(500_i64)
        .fetch_one(pool)
        .await
        .unwrap();
    let (mut plans, mut scans) = (vec![&explained[0]["Plan"]], Vec::new());
    while let Some(plan) = plans.pop() {
        plans.extend(plan["Plans"].as_array().into_iter().flatten());
        if plan["Node Type"].as_str().unwrap().contains("Scan") && plan.get("Relation Name").is_some() {
            assert!(plan["Actual Rows"].as_f64().unwrap() <= 500.0, "{explained:#}");
            scans.push(plan["Index Name"].as_str().unwrap_or_default());
        }
    }
    scans.sort_unstable();
    assert_eq!(scans, ["removals_due", "removals_rest_due"], "{explained:#}");
    let due = api::cleanup::removals::due(pool, Clock::system().now(), 500)
        .await
        .unwrap();
    let kept = due.iter().filter(|removal| removal.is_result_kept).count();
    assert_eq!(due.len(), 500);
    assert!((200..300).contains(&kept), "the oldest of both: {kept}");
}

#[tokio::test]
async fn what_lets_go_of_a_result_releases_it() {
    let application = application(StoreKind::File).await;
    let first = application.encoded().await;
    let second = application.reused().await;
    assert_eq!(application.delete(first).await, 204);
    application.sweep().await;
    let set = async |what: &str| {
        let update = format!("UPDATE documents SET {what} WHERE id = '{second}'");
        sqlx::query(sqlx::AssertSqlSafe(update))
            .execute(&application.database.maintenance)
            .await
    };
    let again = "status = 'processing', phase = 'Pending', processing_completed_at = NULL";
    assert!(
        set(again).await.is_err(),
        "it is encoded and holds on to another's result"
    );
    application.assert_result_alone(first);
    set(&format!(
        "{again}, result_document_id = NULL, result_resource_uid = NULL"
    ))
    .await
    .unwrap();
    application.sweep().await;
    assert_eq!(application.objects_of(first), Vec::<String>::new());
    assert_eq!(application.objects_of(second), ["source"]);
}

#[tokio::test]
async fn a_tenant_s_deletion_leaves_no_result() {
    for store in STORES {
        let application = application(store).await;
        let first = application.encoded().await;
        application.reused().await;
        application.reused().await;
        assert_eq!(application.delete(first).await, 204);
        application.sweep().await;
        let actor = api::identity::audit::Actor::command();
        let (pool, now) = (&application.database.maintenance, Clock::system().now());
        assert!(
            tenants::delete(pool, &actor, application.tenant, now)
                .await
                .unwrap()
        );
        application.assert_all_gone().await;
        assert_eq!(application.count("tenants").await, 0);
    }
}

/// Waits until so many wait for a lock.
async fn until_waiting(application: &Application, expected: i64) {
    until("those who wait for a lock", async || {
        let mut administrator = crate::databases::administrator(&application.database.name).await;
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&mut administrator)
        .await
        .unwrap();
        count == expected
    })
    .await;
}

#[tokio::test]
async fn a_deletion_that_begins_first_is_not_waited_for_and_keeps_its_result_from_being_reused() {
    let application = application(StoreKind::File).await;
    let (tenant, pool) = (application.tenant, &application.database.api);
    let first = application.encoded().await;
    let mut like = application.find(first).await.unwrap();
    like.id = Uuid::new_v4();
    let found = application.original_of(&like).await.unwrap();
    let mut deleting = tenant_transaction(pool, tenant).await.unwrap();
    let deletion = Change::Deleted { tenant, id: first };
    transition(&mut deleting, deletion, moment(99))
        .await
        .unwrap()
        .unwrap();
    let mut reusing = tenant_transaction(pool, tenant).await.unwrap();
    let lock = async |reusing: &mut _| reuse::lock_original(reusing, &like, &found).await.unwrap();
    assert!(lock(&mut reusing).await.is_none());
    deleting.commit().await.unwrap();
    assert!(lock(&mut reusing).await.is_none());
    assert!(application.original_of(&like).await.is_none());
    reusing.rollback().await.unwrap();
    let (second, answer) = application.upload_with(&[]).await;
    assert_eq!(answer.get("reused"), None);
    assert_eq!(application.delete(second).await, 204);
    application.assert_all_gone().await;
}

#[tokio::test]
async fn a_deletion_waits_for_an_upload_that_has_found_the_result_and_leaves_it_that() {
    let application = application(StoreKind::File).await;
    let (tenant, pool) = (application.tenant, &application.database.api);
    let first = application.encoded().await;
    let mut like = application.find(first).await.unwrap();
    like.id = Uuid::new_v4();
    like.binding.uid = None;
    let mut reusing = tenant_transaction(pool, tenant).await.unwrap();
    let found = application.original_of(&like).await.unwrap();
    let original = reuse::lock_original(&mut reusing, &like, &found)
        .await
        .unwrap()
        .unwrap();
    let second = reuse::with_result_of(like, &original, moment(98));
    let deleting = change(pool, tenant, Change::Deleted { tenant, id: first });
    let committing = async {
        until_waiting(&application, 1).await;
        transition(&mut reusing, Change::Reused(&second), moment(98))
            .await
            .unwrap();
        reusing.commit().await.unwrap();
    };
    let (deleted, ()) = tokio::join!(deleting, committing);
    assert!(deleted.is_some());
    application.sweep().await;
    application.assert_result_alone(first);
    let path = format!("/api/documents/{}/metadata", second.id);
    assert_eq!(application.get(&path).await.status, 200);
    assert_eq!(application.delete(second.id).await, 204);
    application.assert_all_gone().await;
}

/// The last two documents with a result go at once: one of them must see that it is the last.
#[tokio::test]
async fn the_last_two_go_at_once_and_nothing_is_left() {
    let application = application(StoreKind::File).await;
    let (tenant, pool) = (application.tenant, &application.database.api);
    let first = application.encoded().await;
    let (second, third) = (application.reused().await, application.reused().await);
    assert_eq!(application.delete(first).await, 204);
    let mut one = tenant_transaction(pool, tenant).await.unwrap();
    let deletion = Change::Deleted { tenant, id: second };
    transition(&mut one, deletion, moment(99)).await.unwrap().unwrap();
    let other = change(pool, tenant, Change::Deleted { tenant, id: third });
    let committing = async {
        until_waiting(&application, 1).await;
        one.commit().await.unwrap();
    };
    let (deleted, ()) = tokio::join!(other, committing);
    assert!(deleted.is_some());
    application.assert_all_gone().await;
}

/// Uploads, deletions and sweeps of four clients at once, in an order that differs each time: what is ready is always whole, and nothing is
/// left in the end.
#[tokio::test]
async fn whatever_order_documents_come_and_go_in_what_is_there_is_whole() {
    for store in STORES {
        let application = application(store).await;
        let work = async |seed: u64| {
            let mut ids = Vec::new();
            for step in 0..12_u64 {
                match (seed * 7 + step * 5) % 6 {
                    0 => ids.push(application.encoded().await),
                    1..=3 => {
                        let (id, answer) = application.upload_with(&[]).await;
                        if answer.get("reused").is_none() {
                            application.encode(id).await;
                        }
                        ids.push(id);
                    }
                    which => {
                        if !ids.is_empty() {
                            assert_eq!(application.delete(ids.remove(0)).await, 204);
                        }
                        if which == 4 {
                            application.sweep().await;
                        }
                    }
                }
                for id in &ids {
                    application.assert_whole(*id).await;
                }
            }
            ids
        };
        let left: Vec<Uuid> = join_all((1..=4).map(work)).await.concat();
        application.sweep().await;
        for id in &left {
            application.assert_whole(*id).await;
        }
        join_all(left.iter().map(|id| application.delete(*id))).await;
        application.assert_all_gone().await;
    }
}
