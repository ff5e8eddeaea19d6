//! One stream of a tenant's changes: first what a client has missed, then what comes.

use std::collections::VecDeque;

use sqlx::PgPool;
use tokio::sync::{
    Semaphore,
    broadcast::{Receiver, error::RecvError},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    changes::{self, Bounds},
    feed::Event,
};
use crate::database::{STEP_LIMIT, within};

/// What a stream says next.
#[derive(Clone, Debug)]
pub enum Next {
    /// The stream has begun; what it says comes after this number.
    Begun(i64),
    /// What was missed is known no more: read what there is anew. What is said next comes after this number.
    Reload(i64),
    /// A change.
    Event(Event),
    /// The stream has ended; its client is to begin another.
    Ended,
}

/// A stream of a tenant's changes.
pub struct Subscription {
    database: PgPool,
    tenant: Uuid,
    receiver: Receiver<Event>,
    /// Up to here the client knows.
    told: i64,
    /// Up to here changes are read from Postgres; what comes later is received.
    read_to: i64,
    read: VecDeque<Event>,
    /// Whether something was received no more that was told: up to where is to be asked.
    is_behind: bool,
    first: Option<Next>,
    closing: CancellationToken,
}

impl Subscription {
    pub(super) fn new(
        database: PgPool,
        tenant: Uuid,
        receiver: Receiver<Event>,
        bounds: Bounds,
        after: Option<i64>,
        closing: CancellationToken,
    ) -> Self {
        let Bounds { last, forgotten } = bounds;
        let (told, first) = beginning(after, forgotten, last);
        Self {
            database,
            tenant,
            receiver,
            told,
            read_to: last,
            read: VecDeque::new(),
            is_behind: false,
            first: Some(first),
            closing,
        }
    }

    /// Whether the client knows all that there was when it was last looked.
    pub fn has_told_all(&self) -> bool {
        self.first.is_none() && !self.is_behind && self.told >= self.read_to
    }

    /// What is said next. May be dropped before it answers: nothing is lost.
    ///
    /// # Errors
    /// Those of Postgres; then the stream is over.
    pub async fn next(&mut self) -> Result<Next, sqlx::Error> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        let closing = self.closing.clone();
        tokio::select! {
            biased;
            () = closing.cancelled() => Ok(Next::Ended),
            next = self.next_change() => next,
        }
    }

    async fn bounds(&self) -> Result<Bounds, sqlx::Error> {
        let _place = READING.acquire().await;
        within(STEP_LIMIT, changes::bounds(&self.database, self.tenant)).await
    }

    async fn next_change(&mut self) -> Result<Next, sqlx::Error> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.told = event.number;
                return Ok(Next::Event(event));
            }
            if self.is_behind {
                self.read_to = self.bounds().await?.last.max(self.told);
                self.is_behind = false; // Only now: whoever asks may give up while it waits.
            }
            if self.told < self.read_to {
                let changes = {
                    let _place = READING.acquire().await; // It is never closed.
                    let reading = changes::between(&self.database, self.tenant, self.told, self.read_to);
                    within(STEP_LIMIT, reading).await?
                };
                let Some(changes) = changes else {
                    let last = self.bounds().await?.last;
                    (self.told, self.read_to) = (last, last);
                    return Ok(Next::Reload(last));
                };
                if changes.is_empty() {
                    self.told = self.read_to; // What is between them is no change that a person sees.
                }
                let written = changes.iter().map(Event::new);
                self.read = written
                    .collect::<Result<_, _>>()
                    .map_err(|error| sqlx::Error::Decode(error.into()))?;
                continue;
            }
            match self.receiver.recv().await {
                Ok(event) if event.number > self.told => {
                    (self.told, self.read_to) = (event.number, event.number);
                    return Ok(Next::Event(event));
                }
                Ok(_) => {} // It was read.
                // Slower than what happens, for a moment or for ever: what it has not taken is read for it alone.
                Err(RecvError::Lagged(_)) => self.is_behind = true,
                Err(RecvError::Closed) => return Ok(Next::Ended),
            }
        }
    }
}

/// So many streams read at once what they have missed: requests need connections to Postgres, too.
const READING_AT_ONCE: usize = 3;
static READING: Semaphore = Semaphore::const_new(READING_AT_ONCE);

/// Up to where a client knows that asks for what comes after a number, and what it is told first.
fn beginning(after: Option<i64>, forgotten: i64, last: i64) -> (i64, Next) {
    match after {
        None => (last, Next::Begun(last)),
        Some(after) if (forgotten..=last).contains(&after) => (after, Next::Begun(after)),
        // Older than what is kept; or newer than what there is, say after a backup was restored.
        Some(_) => (last, Next::Reload(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_what_is_not_kept_reads_anew() {
        let (forgotten, last) = (10, 20);
        for (after, told, is_reload) in [
            (None, 20, false),
            (Some(10), 10, false),
            (Some(15), 15, false),
            (Some(20), 20, false),
            (Some(9), 20, true),
            (Some(0), 20, true),
            (Some(21), 20, true),
        ] {
            let (begins, first) = beginning(after, forgotten, last);
            assert_eq!(begins, told, "{after:?}");
            match first {
                Next::Begun(number) => assert!(!is_reload && number == told, "{after:?}"),
                Next::Reload(number) => assert!(is_reload && number == told, "{after:?}"),
                other => panic!("{after:?}: {other:?}"),
            }
        }
    }
}
