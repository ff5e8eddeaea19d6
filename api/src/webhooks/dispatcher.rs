//! The dispatcher: makes deliveries of changes, and attempts those that are due.
//!
//! It is a process of its own, as it alone speaks to addresses that people chose. All it knows is in Postgres: another one may run beside it, and one that
//! is killed has its deliveries attempted once more when its leases have run out.

use std::{future::Future, time::Duration};

use futures::{
    FutureExt, StreamExt,
    future::{Fuse, FusedFuture},
    stream::FuturesUnordered,
};
use sqlx::PgPool;
use tokio::{
    sync::Notify,
    time::{Instant as Tick, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{
    claims::{self, Claimed, Load},
    client::{Message, Sender},
    giving_up,
    metrics::DispatcherMetrics,
    outbox::{self, Turn},
    outcomes,
};
use crate::{clock::Clock, heartbeat::Heartbeat};

/// This often it is looked what has changed, and what is due.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// While there is more to do than there is room for, it is looked again after so long.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);
/// After a failure of Postgres so long is waited.
const PAUSE: Duration = Duration::from_secs(2);
/// This often it is measured how long what is due has been.
const MEASURE_EVERY: Duration = Duration::from_secs(15);
/// This often it is looked what is to be given up.
const GIVE_UP_EVERY: Duration = Duration::from_secs(30);
/// Who has attempted what is due for so long gives up what was due for days before: it had its turn.
const TRIED_AFTER: Duration = Duration::from_hours(1);
/// Who has not looked for so long hangs.
const HANGS_AFTER: Duration = Duration::from_mins(2);

/// What it works with.
pub struct Dispatcher {
    /// The time.
    clock: Clock,
    /// Postgres as the dispatcher's role: to find out what is to be done.
    database: PgPool,
    /// The same, to write what became of attempts: each may have a connection of these.
    recording: PgPool,
    sender: Sender,
    metrics: DispatcherMetrics,
    /// There are new deliveries.
    news: Notify,
    heartbeat: Heartbeat,
}

impl Dispatcher {
    /// One that works with these.
    pub fn new(
        clock: Clock,
        database: PgPool,
        recording: PgPool,
        sender: Sender,
        metrics: DispatcherMetrics,
    ) -> Self {
        Self {
            clock,
            database,
            recording,
            sender,
            metrics,
            news: Notify::new(),
            heartbeat: Heartbeat::default(),
        }
    }

    /// What it counts.
    pub fn metrics(&self) -> &DispatcherMetrics {
        &self.metrics
    }

    /// Whether it goes on looking for what is due.
    pub fn is_alive(&self) -> bool {
        self.heartbeat.is_within(HANGS_AFTER)
    }

    /// Runs until `stop`, and then until what is being attempted has ended.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let stopping = CancellationToken::new();
        let stopped = async {
            stop.await;
            stopping.cancel();
        };
        let background = async { futures::join!(self.fan_out(), self.give_up(), self.measure()) };
        tokio::select! {
            _ = background => {}
            ((), ()) = async { futures::join!(self.deliver(&stopping), stopped) } => {}
        }
    }

    /// Gives up what is to be, makes deliveries of all that has changed, and attempts all that is due, until nothing is.
    ///
    /// # Errors
    /// Those of Postgres.
    pub async fn settle(&self) -> Result<(), sqlx::Error> {
        let (mut load, mut turn) = (Load::default(), Turn::default());
        let mut attempts = FuturesUnordered::new();
        while giving_up::give_up(&self.database, true, self.clock.now())
            .await?
            .is_more
        {}
        loop {
            while outbox::fan_out(&self.database, &mut turn, self.clock.now())
                .await?
                .is_more
            {}
            let claimed = claims::claim(&self.database, load.clone(), self.clock.now()).await?;
            for claimed in &claimed {
                load.begin(claimed);
            }
            attempts.extend(claimed.into_iter().map(|claimed| self.attempt(claimed)));
            if attempts.is_empty() {
                return Ok(());
            }
            while let Some(ended) = attempts.next().await {
                load.end(&ended);
            }
        }
    }

    async fn fan_out(&self) {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut turn = Turn::default();
        loop {
            looks.tick().await;
            match outbox::fan_out(&self.database, &mut turn, self.clock.now()).await {
                Ok(done) => {
                    if done.deliveries > 0 {
                        self.metrics
                            .deliveries
                            .inc_by(u64::try_from(done.deliveries).unwrap_or_default());
                        self.news.notify_one();
                    }
                    if done.is_more {
                        looks.reset_immediately();
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "unable to make deliveries of what has changed; it is tried again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn give_up(&self) {
        let mut looks = interval(GIVE_UP_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let began = Tick::now();
        loop {
            looks.tick().await;
            let has_tried = began.elapsed() > TRIED_AFTER;
            match giving_up::give_up(&self.database, has_tried, self.clock.now()).await {
                Ok(given_up) => {
                    self.metrics.given_up.inc_by(given_up.deliveries);
                    if given_up.is_more {
                        looks.reset_immediately();
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "unable to give up what has been due for too long; it is tried again");
                }
            }
        }
    }

    async fn measure(&self) {
        let mut looks = interval(MEASURE_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if let Err(error) = self.metrics.measure(&self.database, self.clock.now()).await {
                tracing::warn!(%error, "unable to measure for how long changes and deliveries have waited");
            }
        }
    }

    /// Attempts what is due, until it is to stop and nothing is attempted any more.
    async fn deliver(&self, stopping: &CancellationToken) {
        let mut load = Load::default();
        let mut attempts = FuturesUnordered::new();
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut looked, mut has_claimed) = (Tick::now(), false);
        // Attempts go on while it is claimed: a Postgres that is slow is no fault of theirs.
        let mut claiming = std::pin::pin!(Fuse::terminated());
        while !(stopping.is_cancelled() && attempts.is_empty() && claiming.is_terminated()) {
            tokio::select! {
                Some(ended) = attempts.next() => {
                    let ended: Claimed = ended;
                    load.end(&ended);
                    while let Some(Some(ended)) = attempts.next().now_or_never() {
                        load.end(&ended);
                    }
                    if has_claimed {
                        looks.reset_at(looked + LOOK_AGAIN_AFTER);
                    }
                }
                () = self.news.notified() => looks.reset_at(looked + LOOK_AGAIN_AFTER),
                () = stopping.cancelled(), if !stopping.is_cancelled() => {}
                _ = looks.tick(), if !stopping.is_cancelled() && claiming.is_terminated() => {
                    claiming.set(claims::claim(&self.database, load.clone(), self.clock.now()).fuse());
                }
                claimed = &mut claiming, if !claiming.is_terminated() => {
                    match claimed {
                        Ok(claimed) => {
                            has_claimed = !claimed.is_empty();
                            for claimed in &claimed {
                                load.begin(claimed);
                            }
                            attempts.extend(claimed.into_iter().map(|claimed| self.attempt(claimed)));
                        }
                        Err(error) => {
                            tracing::warn!(%error, "unable to claim what is due; it is tried again");
                            looks.reset_after(PAUSE);
                        }
                    }
                    looked = Tick::now();
                    self.heartbeat.beat();
                }
            }
        }
    }

    /// Makes one attempt, and writes what became of it.
    async fn attempt(&self, claimed: Claimed) -> Claimed {
        let message = Message {
            delivery: claimed.id,
            url: &claimed.url,
            body: &claimed.body,
            secrets: &claimed.secrets,
        };
        let began = self.clock.now();
        let attempt = self.sender.send(&message, began).await;
        let now = self.clock.now();
        match outcomes::record(&self.recording, &claimed, &attempt, began, now, jitter()).await {
            Ok(outcome) => {
                self.metrics.count(&attempt, outcome);
                tracing::debug!(
                    delivery_id = %claimed.id, webhook_id = %claimed.webhook_id, attempt = claimed.attempts, ?outcome,
                    status = attempt.status, error = attempt.error, "attempted a delivery"
                );
            }
            Err(error) => tracing::warn!(
                %error, delivery_id = %claimed.id,
                "unable to write what became of an attempt; the delivery is attempted once more when its lease has run out"
            ),
        }
        claimed
    }
}

/// A number that is drawn; where the system has none to give, delays are the shortest.
fn jitter() -> u8 {
    let mut drawn = [0];
    match getrandom::fill(&mut drawn) {
        Ok(()) => drawn[0],
        Err(_) => 0,
    }
}
