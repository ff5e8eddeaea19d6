//! Deletions, and changes of what had ended, told by one replica to all: what is outdated is answered from memory nowhere.
//!
//! Postgres tells those who listen in the order of commits. What of a resource that exists is missed while the connection is away is mended
//! by the mirror, which sees the resource change or go; of documents without one nothing is kept then.

use std::{sync::Arc, time::Duration};

use sqlx::{PgPool, postgres::PgListener};

use super::board::Board;
use crate::documents::{document::Status, queries};

/// The channel; triggers on `removals` and `documents` write to it. The payload is the document's id.
const CHANNEL: &str = "socrate_removed";
/// After a failure it is listened again after so long.
const LISTEN_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// A connection that has been silent for so long is tried.
const ASK_AFTER: Duration = Duration::from_secs(30);
/// It must answer within so long.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// So many of the newest documents that have ended are read ahead, so that a new process does not ask for each of them.
const READ_AHEAD: usize = 100_000;
/// They are read so many at a time.
const PAGE: i64 = 1_000;

/// Takes what is outdated off the board, until it is dropped. Holds one connection of `listening`; reads as the mirror.
pub async fn follow(listening: PgPool, mirror: PgPool, board: Arc<Board>) {
    loop {
        let result = listen(&listening, &mirror, &board).await;
        board.settled().end();
        if let Err(error) = result {
            tracing::warn!(%error, "unable to hear of changes of what has ended; it is tried again");
        }
        tokio::time::sleep(LISTEN_AGAIN_AFTER).await;
    }
}

async fn listen(listening: &PgPool, mirror: &PgPool, board: &Board) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(listening).await?;
    listener.eager_reconnect(false); // What is told in between would be missed unnoticed.
    listener.listen(CHANNEL).await?;
    board.settled().begin();
    let hear = async {
        loop {
            let Ok(told) = tokio::time::timeout(ASK_AFTER, listener.try_recv()).await else {
                // Whether the other end is still there shows when it is asked.
                let asking = sqlx::query("SELECT 1").execute(&mut listener);
                let asked = tokio::time::timeout(ANSWER_WITHIN, asking).await;
                asked.map_err(|_| sqlx::Error::PoolTimedOut)??;
                continue;
            };
            let told = told?.ok_or(sqlx::Error::WorkerCrashed)?; // The connection is gone.
            if let Ok(id) = told.payload().parse() {
                board.remove(id);
            }
        }
    };
    let read_ahead = async {
        match read_ahead(mirror, board).await {
            Ok(count) => tracing::info!(count, "read ahead what has ended"),
            Err(error) => {
                tracing::warn!(%error, "unable to read ahead what has ended; it is read when asked for");
            }
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = hear => ended,
        () = read_ahead => Ok(()),
    }
}

async fn read_ahead(mirror: &PgPool, board: &Board) -> Result<usize, sqlx::Error> {
    let mut count = 0;
    for status in [Status::Ready, Status::Failed] {
        let mut before = None;
        while count < READ_AHEAD {
            let reading = board.settled().reading();
            let page = queries::ended(mirror, status, before, PAGE).await?;
            let Some(last) = page.last() else { break };
            before = Some((last.created_at, last.id));
            count += page.len();
            for document in page {
                board.settled().keep(reading, document);
            }
        }
    }
    Ok(count)
}
