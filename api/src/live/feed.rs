//! Tells the streams of this replica what has changed, each tenant's apart.
//!
//! While a tenant has streams, the number of its last change is looked at several times a second, for all such tenants at once; what is new is
//! read once for all streams of the tenant. Postgres is not asked to tell: whoever commits a notice waits for everybody else who does (`NOTIFY`
//! takes one lock for the whole server until the commit is on disk), which uploads and the mirror would pay for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use sqlx::PgPool;
use tokio::{
    sync::broadcast,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    changes::{self, Bounds, Change, PAGE},
    subscription::Subscription,
};
use crate::database::{STEP_LIMIT, within};

/// This often it is looked whether anything has changed.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// After a failure it is looked again after so long.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// So many changes of a tenant are kept for streams that have not taken them yet: more than are read at once. A stream that is further behind
/// reads them itself.
const BACKLOG: usize = 2 * PAGE as usize;
/// So many streams a tenant may have at this replica.
pub const STREAMS_OF_A_TENANT: usize = 500;
/// So many streams there may be at this replica: fewer than connections, so that there is always room for requests.
pub const STREAMS: usize = 3_000;

/// A change as it is sent, written once for all who are told.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its place among the changes of the tenant.
    pub number: i64,
    /// What a client is told, as JSON.
    pub json: Bytes,
}

impl Event {
    /// # Errors
    /// Where it cannot be written as JSON.
    pub(super) fn new(change: &Change) -> Result<Self, serde_json::Error> {
        Ok(Self {
            number: change.number,
            json: serde_json::to_vec(&change.event)?.into(),
        })
    }
}

/// Why there is no stream.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// The tenant has as many as it may have.
    #[error("your tenant has {STREAMS_OF_A_TENANT} streams open at once already: close some")]
    TooManyOfTenant,
    /// This replica has as many as it can have.
    #[error("the service has as many streams open as it can: try again in a moment")]
    TooMany,
    /// Postgres failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// The streams of one tenant.
struct Channel {
    sender: broadcast::Sender<Event>,
    /// Up to here streams were told, or know without it; `None` until the first of them has asked where the tenant is.
    told: Option<i64>,
    /// Where the channel began. What came before reached no stream through it.
    began: i64,
}

/// Streams, and what tells them.
#[derive(Default)]
pub struct Feed {
    channels: Mutex<HashMap<Uuid, Channel>>,
    closing: CancellationToken,
}

impl Feed {
    /// Begins a stream of a tenant's changes: of those after one, or of those that are still to come.
    ///
    /// # Errors
    /// Where there are too many streams, and those of Postgres.
    pub async fn subscribe(
        &self,
        database: &PgPool,
        tenant: Uuid,
        after: Option<i64>,
    ) -> Result<Subscription, SubscribeError> {
        let receiver = self.receiver(tenant)?;
        // Asked when the stream is there: what is committed later comes by it.
        let bounds = within(STEP_LIMIT, changes::bounds(database, tenant)).await?;
        let last = bounds.last.max(self.begin(tenant, bounds.last));
        Ok(Subscription::new(
            database.clone(),
            tenant,
            receiver,
            Bounds { last, ..bounds },
            after,
            self.closing.clone(),
        ))
    }

    /// Ends all streams: their clients are to go to another replica.
    pub fn close(&self) {
        self.closing.cancel();
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<Uuid, Channel>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receiver(&self, tenant: Uuid) -> Result<broadcast::Receiver<Event>, SubscribeError> {
        let mut channels = self.channels();
        channels.retain(|_, channel| channel.sender.receiver_count() > 0);
        let all: usize = channels
            .values()
            .map(|channel| channel.sender.receiver_count())
            .sum();
        if all >= STREAMS {
            return Err(SubscribeError::TooMany);
        }
        let channel = channels.entry(tenant).or_insert_with(|| Channel {
            sender: broadcast::Sender::new(BACKLOG),
            told: None,
            began: 0,
        });
        if channel.sender.receiver_count() >= STREAMS_OF_A_TENANT {
            return Err(SubscribeError::TooManyOfTenant);
        }
        Ok(channel.sender.subscribe())
    }

    /// Has the tenant's streams told what comes after this, unless they are already; answers from where on they are.
    fn begin(&self, tenant: Uuid, at: i64) -> i64 {
        let mut channels = self.channels();
        let Some(channel) = channels.get_mut(&tenant) else {
            return at; // Its streams were ended meanwhile: this one learns so.
        };
        if channel.told.is_none() {
            (channel.told, channel.began) = (Some(at), at);
        }
        channel.began
    }

    /// The tenants that have streams, each with the number up to which they were told.
    fn told(&self) -> HashMap<Uuid, i64> {
        let mut channels = self.channels();
        channels.retain(|_, channel| channel.sender.receiver_count() > 0);
        let begun = channels.iter();
        begun
            .filter_map(|(tenant, channel)| Some((*tenant, channel.told?)))
            .collect()
    }

    /// Ends the streams of a tenant that cannot be told what comes next: their clients begin anew, and learn that they have missed something.
    fn end(&self, tenant: Uuid) {
        self.channels().remove(&tenant);
    }

    /// Tells the streams of their tenants, in the order in which the changes are.
    fn tell(&self, changes: &[Change]) {
        let mut channels = self.channels();
        for change in changes {
            let Some(channel) = channels.get_mut(&change.tenant) else {
                continue;
            };
            if channel.told >= Some(change.number) {
                continue;
            }
            channel.told = Some(change.number);
            match Event::new(change) {
                Ok(event) => _ = channel.sender.send(event),
                Err(error) => tracing::error!(%error, "failed to write a change as JSON"),
            }
        }
    }

    /// What is between the last change that was told and this one is none that a person sees.
    fn has_told(&self, tenant: Uuid, last: i64) {
        if let Some(channel) = self.channels().get_mut(&tenant) {
            channel.told = channel.told.max(Some(last));
        }
    }
}

/// Tells streams what has changed, until it is dropped. Reads as the mirror.
pub async fn follow(mirror: PgPool, feed: Arc<Feed>) {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        if let Err(error) = look(&mirror, &feed).await {
            tracing::warn!(%error, "unable to read what has changed; it is tried again");
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
    }
}

/// Tells all that is new.
async fn look(mirror: &PgPool, feed: &Feed) -> Result<(), sqlx::Error> {
    loop {
        let told = feed.told();
        if told.is_empty() {
            return Ok(());
        }
        let tenants: Vec<Uuid> = told.keys().copied().collect();
        let mut news = HashMap::new();
        for (tenant, bounds) in within(STEP_LIMIT, changes::bounds_of(mirror, &tenants)).await? {
            let told = told.get(&tenant).copied().unwrap_or(bounds.last);
            // Changes are gone that were not told; or those that were told are, say as a backup was restored.
            if told < bounds.forgotten || bounds.last < told {
                feed.end(tenant);
            } else if told < bounds.last {
                news.insert(tenant, (told, bounds.last));
            }
        }
        let tenants: Vec<Uuid> = news.keys().copied().collect();
        let after: Vec<i64> = news.values().map(|(told, _)| *told).collect();
        if tenants.is_empty() {
            return Ok(());
        }
        let changes = within(STEP_LIMIT, changes::of_tenants(mirror, &tenants, &after)).await?;
        feed.tell(&changes);
        for change in &changes {
            news.remove(&change.tenant);
        }
        for (tenant, (_, last)) in news {
            feed.has_told(tenant, last);
        }
        if changes.len() < usize::from(PAGE) {
            return Ok(());
        }
    }
}
