//! Deletions, and changes of what had ended, told by one replica to all: what is outdated is answered from memory nowhere.
//!
//! Postgres tells those who listen in the order of commits. What of a resource that exists is missed while the connection is away is mended
//! by the mirror, which sees the resource change or go. Of documents without one nothing further is kept then; and what was kept is forgotten,
//! unless Postgres itself is away: then nobody can change them, and they are answered on for some minutes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{Connection, PgConnection, PgPool, postgres::PgListener};
use tokio::time::Instant;
use uuid::Uuid;

use super::board::{Board, LiveDocument};
use crate::{
    database,
    documents::{document::Status, queries},
};

/// The channel; triggers on `removals` and `documents` write to it. The payload is the document's id.
const CHANNEL: &str = "socrate_removed";
/// After a failure it is listened again after so long.
const LISTEN_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// It must have begun within so long: behind a connection that leads nowhere nobody says no.
const LISTEN_WITHIN: Duration = Duration::from_secs(5);
/// This often something is told to ourselves by another connection, and must be heard within as long. What answers `SELECT 1` may hear nothing all
/// the same: behind a pooler, or at a server that is no more the one all others write to.
const PROBE_EVERY: Duration = Duration::from_secs(5);
/// Where nothing is heard, Postgres has so long to say whether it is there.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
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
    #[error("Postgres did not take it within {LISTEN_WITHIN:?}")]
    TimedOut,
    #[error("the connection to Postgres ended")]
    Ended,
    #[error("what was told was not heard within {PROBE_EVERY:?}")]
    Deaf,
    #[error("nothing could be told for {ANSWERED_ON_FOR:?}")]
    Mute,
}

/// Takes what is outdated off the board, until it is dropped. Holds one connection of `listening`; reads as the mirror.
///
/// While Postgres cannot be reached nobody can change what it holds, and what was kept is answered on, for some minutes. A Postgres that answers
/// and is not heard may have been changed: nothing is answered on then.
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
        let is_certain = matches!(result, Err(ListenError::Deaf | ListenError::Mute));
        if is_certain
            || heard_last.elapsed() > ANSWERED_ON_FOR
            || database::is_living(&mirror, ANSWER_WITHIN).await
        {
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
    let beginning = async {
        let mut listener = PgListener::connect_with(listening).await?;
        listener.eager_reconnect(false); // What is told in between would be missed unnoticed.
        listener.listen(CHANNEL).await?;
        Ok::<_, ListenError>(listener)
    };
    let mut listener = tokio::time::timeout(LISTEN_WITHIN, beginning)
        .await
        .map_err(|_| ListenError::TimedOut)??;
    // What was told before is not known.
    board.settled().end();
    board.settled().begin();
    *has_listened = true;
    let (probe, is_probe_heard) = (format!("probe {}", Uuid::new_v4()), AtomicBool::new(false));
    let hear = async {
        loop {
            let told = listener.try_recv().await?.ok_or(ListenError::Ended)?;
            match told.payload().parse() {
                Ok(id) => board.remove(id),
                Err(_) if told.payload() == probe => is_probe_heard.store(true, Ordering::Relaxed),
                Err(_) => {}
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
    // First whatever has come: after a pause of the process the time to hear the probe is over, and it may be there all the same.
    tokio::select! {
        biased;
        ended = hear => ended,
        ended = probing(mirror, &probe, &is_probe_heard) => Err(ended),
        () = read_ahead => Ok(()),
    }
}

/// Tells the probe again and again, until it is not heard. Where it cannot be told, say for want of a connection, nothing is known of whether it
/// would be heard: that ends nothing, for some minutes.
async fn probing(mirror: &PgPool, probe: &str, is_heard: &AtomicBool) -> ListenError {
    let mut told_last = Instant::now();
    loop {
        is_heard.store(false, Ordering::Relaxed);
        let is_told = match tell(mirror, probe).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "unable to find out whether changes of what has ended are heard of");
                false
            }
        };
        tokio::time::sleep(PROBE_EVERY).await;
        if is_told && !is_heard.load(Ordering::Relaxed) {
            return ListenError::Deaf;
        }
        if is_told {
            told_last = Instant::now();
        } else if told_last.elapsed() > ANSWERED_ON_FOR {
            return ListenError::Mute;
        }
    }
}

/// Fails where Postgres does not answer; that says nothing of whether it would be heard. The pool's connections may all be in use, or lead to a
/// server that is gone: then it is told by a new one.
async fn tell(pool: &PgPool, what: &str) -> Result<(), sqlx::Error> {
    let notify = || sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(what);
    if database::within(ANSWER_WITHIN, notify().execute(pool))
        .await
        .is_ok()
    {
        return Ok(());
    }
    let by_a_new_connection = async {
        let mut connection = PgConnection::connect_with(&pool.connect_options()).await?;
        notify().execute(&mut connection).await?;
        connection.close().await
    };
    database::within(ANSWER_WITHIN, by_a_new_connection).await
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
