//! Deletions, told by one replica to all: a document that is gone is answered from memory nowhere.
//!
//! Postgres tells those who listen in the order of commits. What is missed while the connection is away is mended by the mirror, which sees
//! the resource go.

use std::{sync::Arc, time::Duration};

use sqlx::{PgPool, postgres::PgListener};

use super::board::Board;

/// The channel; a trigger on `removals` writes to it. The payload is the document's id.
const CHANNEL: &str = "socrate_removed";
/// After a failure it is listened again after so long.
const LISTEN_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// A connection that has been silent for so long is tried.
const ASK_AFTER: Duration = Duration::from_secs(30);

/// Takes what was removed off the board, until it is dropped. Holds one connection of the pool.
pub async fn follow(pool: PgPool, board: Arc<Board>) {
    loop {
        if let Err(error) = listen(&pool, &board).await {
            tracing::warn!(%error, "unable to hear of deletions; it is tried again");
        }
        tokio::time::sleep(LISTEN_AGAIN_AFTER).await;
    }
}

async fn listen(pool: &PgPool, board: &Board) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        match tokio::time::timeout(ASK_AFTER, listener.recv()).await {
            Ok(told) => {
                if let Ok(id) = told?.payload().parse() {
                    board.remove(id);
                }
            }
            // Whether the other end is still there shows when it is asked.
            Err(_) => {
                sqlx::query("SELECT 1").execute(&mut listener).await?;
            }
        }
    }
}
