//! What is kept in memory of documents that have ended, and when it must not be: Postgres tells of changes, or is not heard.

use std::{sync::Arc, time::Duration};

use api::live::{board::Board, invalidation};
use sqlx::PgPool;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::{
    application::{self, Application},
    databases,
};

/// A board that has read a document of the application's ahead, which has failed, and what follows the changes for it.
async fn following(application: &Application) -> (Uuid, Arc<Board>, JoinHandle<()>, PgPool) {
    let name = &application.database.name;
    let document = application.document().await;
    let fail = format!(
        "UPDATE documents SET status = 'failed', phase = 'Failed', error_reason = 'NoText', error_message = 'no text', \
         processing_completed_at = now() WHERE id = '{}'",
        document.id
    );
    databases::execute(&mut databases::administrator(name).await, fail).await;
    let board = Arc::new(Board::default());
    let (listening, mirror) = (
        databases::pool("socrate_api", name),
        databases::pool("socrate_mirror", name),
    );
    let following = tokio::spawn(invalidation::follow(listening, mirror.clone(), board.clone()));
    application::until("reading ahead", async || {
        board.settled().get(application.tenant, document.id).is_some()
    })
    .await;
    (document.id, board, following, mirror)
}

#[tokio::test]
async fn who_does_not_hear_a_postgres_that_is_there_answers_nothing_from_memory() {
    for others in ["AND query LIKE 'LISTEN%'", "AND pid <> pg_backend_pid()"] {
        let application = application::application().await;
        let (id, board, following, _) = following(&application).await;
        let mut administrator = databases::administrator(&application.database.name).await;
        // It takes no more connections, of which some are lost: at least the one that changes are told by.
        let full = format!("ALTER DATABASE {} CONNECTION LIMIT 0", application.database.name);
        databases::execute(&mut administrator, full).await;
        let lose = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() {others}"
        );
        databases::execute(&mut administrator, lose).await;
        databases::execute(
            &mut administrator,
            format!("DELETE FROM documents WHERE id = '{id}'"),
        )
        .await;
        application::until(others, async || {
            board.settled().get(application.tenant, id).is_none()
        })
        .await;
        following.abort();
    }
}

#[tokio::test]
async fn who_hears_goes_on_whatever_cannot_be_told() {
    let application = application::application().await;
    let (id, board, following, mirror) = following(&application).await;
    let mut administrator = databases::administrator(&application.database.name).await;
    let listener =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let pid: i32 = sqlx::query_scalar(listener)
        .fetch_one(&mut administrator)
        .await
        .unwrap();
    // Nothing can be told: the mirror's connections are all in use, and there are no others.
    let full = format!("ALTER DATABASE {} CONNECTION LIMIT 0", application.database.name);
    databases::execute(&mut administrator, full).await;
    let mut held = Vec::new();
    while let Some(connection) = mirror.try_acquire() {
        held.push(connection);
    }
    let listens = async |administrator: &mut sqlx::PgConnection| {
        let pids: Vec<i32> = sqlx::query_scalar(listener)
            .fetch_all(administrator)
            .await
            .unwrap();
        pids == [pid]
    };
    // As long as two probes, and longer than a connection is waited for.
    let lost = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        while listens(&mut administrator).await {
            ticks.tick().await;
        }
    };
    let lost = tokio::time::timeout(Duration::from_secs(15), lost).await;
    assert!(lost.is_err(), "it was given up to be listened");
    assert!(board.settled().get(application.tenant, id).is_some());
    let delete = format!("DELETE FROM documents WHERE id = '{id}'");
    databases::execute(&mut administrator, delete).await;
    application::until("the deletion", async || {
        board.settled().get(application.tenant, id).is_none()
    })
    .await;
    assert!(listens(&mut administrator).await);
    drop(held);
    following.abort();
}
