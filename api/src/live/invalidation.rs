//! Deletions, and changes of what had ended, told by one replica to all: what is outdated is answered from memory nowhere.
//!
//! Postgres tells those who listen in the order of commits. What of a resource that exists is missed while the connection is away is mended
//! by the mirror, which sees the resource change or go. Of documents without one nothing further is kept then, and what was kept is forgotten
//! when changes are heard of again, or after some minutes.

use std::{sync::Arc, time::Duration};

use sqlx::{PgPool, postgres::PgListener};
use tokio::time::Instant;
use uuid::Uuid;

use super::board::{Board, LiveDocument};
use crate::documents::{document::Status, queries};

/// The channel; triggers on `removals` and `documents` write to it. The payload is the document's id.
const CHANNEL: &str = "socrate_removed";
/// After a failure it is listened again after so long.
const LISTEN_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// This often something is told to ourselves by another connection. What answers `SELECT 1` may hear nothing all the same: behind a pooler, or
/// at a server that is no more the one all others write to. A replica that hears nothing answers what is outdated for twice as long at most.
const PROBE_EVERY: Duration = Duration::from_secs(5);
/// What was kept is answered on for so long while Postgres cannot be reached.
const ANSWERED_ON_FOR: Duration = Duration::from_mins(5);
/// So many of the newest documents that have ended so are read ahead, so that a new process does not ask for each of them.
const READ_AHEAD: [(Status, usize); 2] = [(Status::Ready, 90_000), (Status::Failed, 10_000)];
/// They are read so many at a time.
const PAGE: i64 = 1_000;

#[derive(Debug, thiserror::Error)]
enum ListenError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("the connection to Postgres ended")]
    Ended,
    #[error("what was told was not heard within {PROBE_EVERY:?}")]
    Deaf,
}

/// Takes what is outdated off the board, until it is dropped. Holds one connection of `listening`; reads as the mirror.
///
/// While Postgres cannot be reached nobody can change what it holds, and what was kept is answered on, for some minutes.
pub async fn follow(listening: PgPool, mirror: PgPool, board: Arc<Board>) {
    let mut heard_last = Instant::now();
    loop {
        let mut has_listened = false;
        let result = listen(&listening, &mirror, &board, &mut has_listened).await;
        let settled = board.settled();
        settled.pause();
        if has_listened {
            heard_last = Instant::now();
        }
        if matches!(result, Err(ListenError::Deaf)) || heard_last.elapsed() > ANSWERED_ON_FOR {
            settled.end();
        }
        if let Err(error) = result {
            tracing::warn!(%error, "unable to hear of changes of what has ended; it is tried again");
        }
        tokio::time::sleep(LISTEN_AGAIN_AFTER).await;
    }
}

async fn listen(
    listening: &PgPool,
    mirror: &PgPool,
    board: &Board,
    has_listened: &mut bool,
) -> Result<(), ListenError> {
    let mut listener = PgListener::connect_with(listening).await?;
    listener.eager_reconnect(false); // What is told in between would be missed unnoticed.
    listener.listen(CHANNEL).await?;
    // What was told before is not known.
    board.settled().end();
    board.settled().begin();
    *has_listened = true;
    let hear = async {
        let probe = format!("probe {}", Uuid::new_v4());
        let (mut is_probe_heard, mut probing) = (true, tokio::time::interval(PROBE_EVERY));
        loop {
            let told = tokio::select! {
                told = listener.try_recv() => told?.ok_or(ListenError::Ended)?,
                _ = probing.tick() => {
                    if !std::mem::replace(&mut is_probe_heard, false) {
                        return Err(ListenError::Deaf);
                    }
                    tell(mirror, &probe).await?;
                    continue;
                }
            };
            match told.payload().parse() {
                Ok(id) => board.remove(id),
                Err(_) => is_probe_heard |= told.payload() == probe,
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

/// Fails where Postgres does not answer; that says nothing of whether it would be heard.
async fn tell(pool: &PgPool, what: &str) -> Result<(), sqlx::Error> {
    let telling = sqlx::query("SELECT pg_notify($1, $2)")
        .bind(CHANNEL)
        .bind(what)
        .execute(pool);
    let told = tokio::time::timeout(PROBE_EVERY, telling).await;
    told.map_err(|_| sqlx::Error::PoolTimedOut)?.map(drop)
}

async fn read_ahead(mirror: &PgPool, board: &Board) -> Result<usize, sqlx::Error> {
    let settled = board.settled();
    let mut count = 0;
    for (status, most) in READ_AHEAD {
        let (mut of_status, mut before) = (0, None);
        while of_status < most {
            let versions = settled.versions();
            let page = queries::ended(mirror, status, before, PAGE).await?;
            let Some(last) = page.last() else { break };
            before = Some((last.created_at, last.id));
            of_status += page.len();
            for document in page {
                let document = LiveDocument::from(document);
                settled.keep(versions.of(document.id), &document);
            }
        }
        count += of_status;
    }
    Ok(count)
}
