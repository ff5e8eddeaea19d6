//! Notes when keys and sessions were used: many at once, and no request waits for it.

use std::{collections::HashSet, time::Duration};

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Uses are collected for so long, and written as one: this is how exact the times are.
const COLLECTED_FOR: Duration = Duration::from_secs(2);
/// So many wait to be collected; what is beyond will be used again.
const WAITING: usize = 10_000;

/// What was used.
#[derive(Clone, Copy, Debug)]
pub(super) enum Use {
    /// A key.
    Key(Uuid),
    /// A session.
    Session(Uuid),
}

/// Where uses are noted. What is noted is written, also once this is dropped.
pub(super) struct LastUses {
    noted: mpsc::Sender<(Use, Timestamp)>,
}

impl LastUses {
    /// Begins to write what is noted.
    pub(super) fn start(database: PgPool) -> Self {
        let (noted, uses) = mpsc::channel(WAITING);
        tokio::spawn(write(database, uses));
        Self { noted }
    }

    /// Notes a use.
    pub(super) fn note(&self, used: Use, at: Timestamp) {
        if self.noted.try_send((used, at)).is_err() {
            tracing::debug!("too many uses of keys to note them all");
        }
    }
}

#[derive(Default)]
struct Collected {
    keys: HashSet<Uuid>,
    sessions: HashSet<Uuid>,
    latest: Timestamp,
}

impl Collected {
    fn add(&mut self, used: Use, at: Timestamp) {
        self.latest = self.latest.max(at);
        match used {
            Use::Key(id) => self.keys.insert(id),
            Use::Session(id) => self.sessions.insert(id),
        };
    }
}

async fn write(database: PgPool, mut uses: mpsc::Receiver<(Use, Timestamp)>) {
    while let Some((used, at)) = uses.recv().await {
        let mut collected = Collected::default();
        collected.add(used, at);
        let collecting = async {
            while let Some((used, at)) = uses.recv().await {
                collected.add(used, at);
            }
        };
        let _ = tokio::time::timeout(COLLECTED_FOR, collecting).await; // The time is over, or nobody notes any more.
        if let Err(error) = write_all(&database, collected).await {
            tracing::warn!(%error, "unable to note when keys and sessions were used");
        }
    }
}

async fn write_all(database: &PgPool, collected: Collected) -> Result<(), sqlx::Error> {
    for (statement, ids) in [
        ("SELECT touch_api_keys($1, $2)", collected.keys),
        ("SELECT touch_sessions($1, $2)", collected.sessions),
    ] {
        if !ids.is_empty() {
            let ids: Vec<Uuid> = ids.into_iter().collect();
            let query = sqlx::query(statement).bind(ids).bind(collected.latest.to_sqlx());
            query.execute(database).await?;
        }
    }
    Ok(())
}
