//! The mirror as it runs: polling clients learn at once, others are not held up, nothing is written or asked for twice.

use api::{
    documents::{
        Document,
        document::Status,
        observed::{self as observed_rows, Observed},
    },
    mirror::Mirror,
};
use crds::{DocumentEncoding, DocumentEncodingStatus, Phase, labels};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use uuid::Uuid;

use crate::{
    application::{self, Application, until},
    documents::{moment, observed, ready, resource, working, write as write_one},
};

/// A resource that is known to the mirror.
struct Watched<'application> {
    application: &'application Application,
    document: Document,
    uid: Uuid,
}

impl Watched<'_> {
    async fn of(application: &Application) -> Watched<'_> {
        Watched {
            document: application.document().await,
            uid: Uuid::new_v4(),
            application,
        }
    }

    fn with(&self, status: DocumentEncodingStatus) -> DocumentEncoding {
        resource(&self.document, self.uid, status)
    }

    async fn status(&self) -> serde_json::Value {
        let path = format!("/api/documents/{}/status", self.document.id);
        self.application.get(&path).await.json()
    }

    /// Tells the mirror, and waits until so many states are written in all.
    async fn tell(&self, mirror: &Mirror, status: DocumentEncodingStatus, written: u64) {
        mirror.note(&self.with(status), false);
        let metrics = &self.application.app.metrics;
        until("what is written", async || metrics.mirror_writes.get() == written).await;
    }

    /// The version of the row: it is another one after each write.
    async fn version(&self) -> String {
        sqlx::query_scalar("SELECT xmin::text || ctid::text FROM documents WHERE id = $1")
            .bind(self.document.id)
            .fetch_one(&self.application.database.maintenance)
            .await
            .unwrap()
    }
}

/// Waiting at this place, with its turn expected then.
fn queued(position: u32, second: i64) -> DocumentEncodingStatus {
    DocumentEncodingStatus {
        queue_position: Some(position),
        estimated_start_time: Some(Time(moment(second))),
        ..working(Phase::Queued, 0, 0)
    }
}

#[tokio::test]
async fn ready_is_answered_from_memory_before_the_api_server_is_told() {
    let application = application::application().await; // Its cluster cannot be reached.
    let mirror = application.mirror();
    let watched = Watched::of(&application).await;
    watched.tell(&mirror, ready(), 1).await;
    until("the board", async || application.app.board.len() == 1).await;
    let status = watched.status().await;
    assert_eq!(
        (&status["ready"], &status["task_state"], &status["total_chunks"]),
        (&true.into(), &"SUCCESS".into(), &3.into())
    );
}

#[tokio::test]
async fn a_resource_that_nobody_has_seen_waits() {
    let application = application::application().await;
    let mirror = application.mirror();
    let watched = Watched::of(&application).await;
    // As the API server fills it in.
    let unseen = serde_json::from_value(serde_json::json!({ "observedGeneration": -1, "phase": "Pending" }));
    watched.tell(&mirror, unseen.unwrap(), 1).await;
    until("the board", async || application.app.board.len() == 1).await;
    let status = watched.status().await;
    assert_eq!(
        (&status["task_state"], &status["message"], &status["eta_seconds"]),
        (&"PENDING".into(), &"Queued".into(), &serde_json::Value::Null)
    );
}

#[tokio::test]
async fn the_place_in_the_queue_is_followed_and_with_it_the_estimate() {
    let application = application::application().await;
    let watched = Watched::of(&application).await;
    let pool = &application.database.mirror;
    let write = async |status| {
        write_one(pool, &observed(&watched.with(status)), moment(60)).await;
        application.read(&watched.document).await
    };
    for position in [7, 9, 1] {
        let row = write(queued(position, 300)).await;
        assert_eq!(row.progress.queue_position, Some(position.into()));
        assert_eq!(row.progress.estimated_start_at, Some(moment(300)));
    }
    let status = watched.status().await;
    assert_eq!(
        (&status["queue_position"], &status["eta_seconds"]),
        (&1.into(), &0.into()),
        "the moment is long past"
    );
    let row = write(working(Phase::Processing, 1, 60)).await;
    assert_eq!(
        (row.progress.queue_position, row.progress.estimated_start_at),
        (None, None)
    );

    // Its encoder was lost, and the next one of the same attempt too, before it came as far: it waits again.
    let mut again = queued(4, 900);
    (again.attempt, again.progress) = (Some(1), Some(10));
    let row = write(again).await;
    assert_eq!(
        (row.progress.phase, row.progress.queue_position),
        (Phase::Queued, Some(4))
    );
    assert_eq!(
        row.progress.percent, 60,
        "progress does not go back within an attempt"
    );
}

#[tokio::test]
async fn what_says_nothing_new_is_written_neither_again_nor_by_another_replica() {
    let application = application::application().await;
    let mirror = application.mirror();
    let watched = Watched::of(&application).await;
    watched.tell(&mirror, queued(3, 300), 1).await;
    let version = watched.version().await;
    let mut conditions_changed = queued(3, 300);
    conditions_changed.job_name = Some("enc-1".into());
    mirror.note(&watched.with(conditions_changed), false);
    let other = Watched::of(&application).await;
    mirror.note(&other.with(queued(4, 300)), false);
    until("the other", async || {
        application.app.board.get(other.document.id).is_some()
    })
    .await;
    assert_eq!(application.app.metrics.mirror_writes.get(), 2, "one for each");
    let replica = observed(&watched.with(queued(3, 300)));
    let written = write_one(&application.database.mirror, &replica, moment(99)).await;
    assert!(matches!(written, Observed::Unchanged(_)), "{written:?}");
    assert_eq!(watched.version().await, version);
}

#[tokio::test]
async fn the_api_server_is_told_once_of_each_document() {
    let application = application::application().await;
    let mirror = application.mirror();
    let requests = || application.app.metrics.archive_requests.get();
    let watched = Watched::of(&application).await;
    watched.tell(&mirror, ready(), 1).await;
    until("the first request", async || requests() == 1).await;
    // The encoder's last word comes late, as another state of the finished resource.
    let mut late = ready();
    late.pages_done = Some(10);
    watched.tell(&mirror, late, 2).await;
    // Requests are made in order: the other document's is the next.
    let other = Watched::of(&application).await;
    other.tell(&mirror, ready(), 3).await;
    until("the other's request", async || requests() >= 2).await;
    assert_eq!(requests(), 2);
}

#[tokio::test]
async fn one_that_postgres_refuses_keeps_no_other_from_being_written() {
    let application = application::application().await;
    let mirror = application.mirror();
    let watched = Watched::of(&application).await;
    let mut refused = watched.with(ready());
    refused.metadata.uid = Some(Uuid::new_v4().to_string());
    refused
        .metadata
        .labels
        .as_mut()
        .unwrap()
        .remove(labels::DOCUMENT_ID); // Somebody applied it.
    refused.spec.source.file_name = "a".repeat(300);
    mirror.note(&refused, false);
    mirror.note(&watched.with(ready()), false);
    until("the row", async || {
        application.read(&watched.document).await.status() == Status::Ready
    })
    .await;
    assert!(application.app.metrics.mirror_failures.get() >= 1);
}

#[tokio::test]
async fn several_documents_that_become_ready_at_once_are_all_counted() {
    let application = application::application().await;
    let mut observations = Vec::new();
    for _ in 0..5 {
        observations.push(observed(&Watched::of(&application).await.with(ready())));
    }
    let write = || observed_rows::observe(&application.database.mirror, &observations, moment(60));
    // Two replicas at once, each in its own order.
    let mut reversed = observations.clone();
    reversed.reverse();
    let (one, two) = tokio::join!(
        write(),
        observed_rows::observe(&application.database.mirror, &reversed, moment(60))
    );
    let changed = |written: Vec<Observed>| {
        let changed = written.iter().filter(|each| matches!(each, Observed::Changed(_)));
        changed.count()
    };
    assert_eq!(changed(one.unwrap()) + changed(two.unwrap()), 5);
    let usage: (i64, i64) = sqlx::query_as("SELECT documents, pages FROM usage")
        .fetch_one(&application.database.maintenance)
        .await
        .unwrap();
    assert_eq!(usage, (5, 50));
    assert_eq!(changed(write().await.unwrap()), 0);
}

#[tokio::test]
async fn what_one_replica_deletes_no_other_answers_from_memory() {
    let application = application::application().await;
    let watched = Watched::of(&application).await;
    // Another replica has it on its board.
    let board = std::sync::Arc::new(api::live::board::Board::default());
    let pool = crate::databases::pool("socrate_api", &application.database.name);
    let mirror = application.database.mirror.clone();
    let following = tokio::spawn(api::live::invalidation::follow(pool, mirror, board.clone()));
    let listens = async || {
        let listening: i64 =
            sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
                .fetch_one(&application.database.api)
                .await
                .unwrap();
        listening == 1
    };
    until("the listener", listens).await;
    board.put(watched.document.clone());
    let other = application.document().await;
    board.put(other.clone());
    let request = application.request("DELETE", &format!("/api/documents/{}", watched.document.id));
    let answer = application
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status, 204);
    until("the other board", async || {
        board.get(watched.document.id).is_none()
    })
    .await;
    assert!(board.get(other.id).is_some());
    following.abort();
}
