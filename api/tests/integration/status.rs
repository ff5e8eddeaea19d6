//! Status: from memory, from Postgres, with live progress where Redis has it, never waiting for it.

use api::documents::document::Document;
use axum::body::Body;
use crds::{Phase, progress};
use redis::AsyncCommands;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::{
    application::{self, Application, Setup},
    databases, servers,
};

fn path(document: &Document) -> String {
    format!("/api/documents/{}/status", document.id)
}

async fn processing(application: &Application) -> Document {
    let mut document = application.document().await;
    (
        document.progress.phase,
        document.progress.attempt,
        document.progress.percent,
    ) = (Phase::Processing, 1, 20);
    document.binding.uid = Some(Uuid::new_v4());
    application.app.board.put(document.clone());
    document
}

#[tokio::test]
async fn a_document_is_answered_from_memory_and_else_from_postgres() {
    let application = application::application().await;
    let document = application.document().await;
    let recorded = application.get(&path(&document)).await.json();
    assert_eq!(
        (&recorded["task_state"], &recorded["progress"]),
        (&"PENDING".into(), &0.into())
    );
    let document = processing(&application).await;
    assert_eq!(application.get(&path(&document)).await.json()["progress"], 20);
}

#[tokio::test]
async fn anothers_document_is_unknown_wherever_it_is() {
    let application = application::application().await;
    let (_, _, key) = application::tenant(&application.database, "two").await;
    for document in [application.document().await, processing(&application).await] {
        for path in [
            path(&document),
            format!("/api/documents/{}", document.id),
            format!("/api/documents/{}/metadata", document.id),
            format!("/api/documents/{}/source", document.id),
        ] {
            let answer = application.get_as(&key, &path).await;
            assert_eq!(answer.problem(), (404, "document_not_found".into()), "{path}");
        }
    }
}

#[tokio::test]
async fn nothing_new_is_a_304() {
    let application = application::application().await;
    let mut document = processing(&application).await;
    let tag = application.get(&path(&document)).await.headers["etag"].clone();
    let again = || {
        application
            .request("GET", &path(&document))
            .header("if-none-match", &tag)
            .body(Body::empty())
            .unwrap()
    };
    let answer = application.send(again()).await;
    assert_eq!((answer.status.as_u16(), answer.bytes.len()), (304, 0));
    let request = again();
    document.progress.percent = 21;
    application.app.board.put(document);
    assert_eq!(application.send(request).await.status, 200);
}

#[tokio::test]
async fn live_progress_comes_from_redis() {
    let application = application::with(Setup {
        redis_url: Some(servers::redis()),
        ..Setup::default()
    })
    .await;
    let document = processing(&application).await;
    let client = redis::Client::open(servers::redis()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let key = progress::key(
        &document.owner().prefix(),
        &document.binding.uid.unwrap().to_string(),
    );
    let record = r#"{"attempt":1,"pod_uid":"p","progress":62,"message":"Running memvid encoder","pages_done":7,"pages_total":10}"#;
    let () = connection.set(&key, record).await.unwrap();
    let status = application.get(&path(&document)).await.json();
    assert_eq!(
        (&status["progress"], &status["pages_done"]),
        (&62.into(), &7.into())
    );
    let () = connection.set(&key, "not JSON").await.unwrap();
    assert_eq!(application.get(&path(&document)).await.json()["progress"], 20);
}

#[tokio::test]
async fn a_redis_that_is_away_or_silent_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for redis_url in [
        "redis://127.0.0.1:1".to_owned(),
        format!("redis://{}", silent.local_addr().unwrap()),
    ] {
        let application = application::with(Setup {
            redis_url: Some(redis_url),
            ..Setup::default()
        })
        .await;
        let document = processing(&application).await;
        for _ in 0..3 {
            let begun = std::time::Instant::now();
            assert_eq!(application.get(&path(&document)).await.json()["progress"], 20);
            assert!(begun.elapsed().as_secs() < 2);
        }
    }
}

#[tokio::test]
async fn what_has_ended_is_polled_from_memory_until_it_changes() {
    let application = application::application().await;
    let document = application.document().await;
    let path = path(&document);
    let administrator = || crate::databases::administrator(&application.database.name);
    let fail = format!(
        "UPDATE documents SET status = 'failed', phase = 'Failed', error_reason = 'NoText', error_message = 'no text', \
         processing_completed_at = now() WHERE id = '{}'",
        document.id
    );
    crate::databases::execute(&mut administrator().await, fail).await;
    let listening = crate::databases::pool("socrate_api", &application.database.name);
    let mirror = application.database.mirror.clone();
    let board = application.app.board.clone();
    // What has ended is there before anybody asks for it.
    let following = tokio::spawn(api::live::invalidation::follow(listening, mirror, board.clone()));
    application::until("reading ahead", async || {
        board.settled().get(application.tenant, document.id).is_some()
    })
    .await;
    assert_eq!(application.get(&path).await.json()["error"]["reason"], "NoText");
    let (_, _, other) = application::tenant(&application.database, "two").await;
    assert_eq!(application.get_as(&other, &path).await.status, 404);

    // A change, whoever makes it, is seen; and kept when it is read.
    let change = format!(
        "UPDATE documents SET error_message = 'none at all' WHERE id = '{}'",
        document.id
    );
    crate::databases::execute(&mut administrator().await, change).await;
    application::until("the change", async || {
        application.get(&path).await.json()["error"]["message"] == "none at all"
    })
    .await;
    assert!(board.settled().get(application.tenant, document.id).is_some());

    // So is one that is made while the connection is lost that changes are told by.
    let lose = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'; \
         UPDATE documents SET error_message = 'lost' WHERE id = '{}'",
        document.id
    );
    crate::databases::execute(&mut administrator().await, lose).await;
    application::until("the change", async || {
        application.get(&path).await.json()["error"]["message"] == "lost"
            && board.settled().get(application.tenant, document.id).is_some()
    })
    .await;

    let delete = format!("DELETE FROM documents WHERE id = '{}'", document.id);
    crate::databases::execute(&mut administrator().await, delete).await;
    application::until("the deletion", async || {
        application.get(&path).await.status == 404
    })
    .await;
    following.abort();
}

#[tokio::test]
async fn a_credential_is_not_believed_while_postgres_is_slow_and_there() {
    let application = application::with(Setup {
        identity: api::identity::authenticator::Settings {
            believed_for: std::time::Duration::from_nanos(1),
            ..api::identity::authenticator::Settings::default()
        },
        ..Setup::default()
    })
    .await;
    let document = processing(&application).await;
    assert_eq!(application.get(&path(&document)).await.status, 200);
    let revoke = "UPDATE api_keys SET revoked_at = now()";
    let mut administrator = databases::administrator(&application.database.name).await;
    databases::execute(&mut administrator, revoke.to_owned()).await;
    // Others hold what it is looked up by, for longer than a look-up of a known credential is waited for in silence.
    let pool = &application.app.database;
    let mut held = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        held.push(pool.acquire().await.unwrap());
    }
    let path = path(&document);
    let asked = application.get(&path);
    let freed = async {
        application::until("that it waits longer", async || {
            application.app.readiness.size() > 0 // It was asked whether Postgres is there.
        })
        .await;
        drop(held);
    };
    let (answer, ()) = tokio::join!(asked, freed);
    assert_eq!(answer.problem(), (401, "unauthorized".into()));
}

#[tokio::test]
async fn without_postgres_statuses_are_answered_from_memory_to_those_it_knew() {
    let application = application::with(Setup {
        identity: api::identity::authenticator::Settings {
            believed_for: std::time::Duration::from_nanos(1),
            ..api::identity::authenticator::Settings::default()
        },
        ..Setup::default()
    })
    .await;
    let document = processing(&application).await;
    assert_eq!(application.get(&path(&document)).await.status, 200);
    let (_, _, unseen) = application::tenant(&application.database, "two").await;
    application.app.board.set_synced();
    let ready = async |path: &str| application.get(path).await.status.as_u16();
    assert_eq!(ready("/readyz").await, 200);

    application.app.database.close().await;
    application.app.readiness.close().await;
    assert_eq!(application.get(&path(&document)).await.json()["progress"], 20);
    let answer = application.get(&format!("/api/documents/{}", document.id)).await;
    assert_eq!(answer.problem().0, 503, "what only Postgres knows");
    let answer = application.get_as(&unseen, &path(&document)).await;
    assert_eq!(answer.problem().0, 503, "whom it was not asked for");
    // All replicas share it: a Pod without it says so, and stays.
    assert_eq!(ready("/readyz").await, 503);
    assert_eq!(ready("/readyz?exclude=database").await, 200);
}
