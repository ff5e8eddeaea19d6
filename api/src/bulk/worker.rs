//! Works on bulk actions, for as long as the process runs.
//!
//! Each document has its turn in one transaction, with the count of it and the place from which to go on: whoever goes on after a crash neither
//! leaves one out nor takes one twice. That the action still runs, and is nobody else's, is looked at in the same transaction.

use std::{sync::atomic::Ordering, time::Duration};

use crds::Phase;
use jiff::{SignedDuration, Timestamp};
use sqlx::{Connection, PgPool, Postgres, Transaction};
use tokio::time::Instant;
use uuid::Uuid;

use super::{AskedFor, BulkAction, BulkKind, BulkState, Turn, record};
use crate::{
    app::SharedApp,
    cluster::ClusterError,
    database::tenant_transaction,
    documents::{
        Document,
        cancellation::{self, CancelError},
        deletion,
        document::Status,
        encodings,
        filter::Filter,
        holdings::QuotaExceeded,
        listing::{self, After, Listing, SortBy},
        retry::{self, RetryError},
    },
};

/// How often it looks where there is nothing to do.
const EVERY: Duration = Duration::from_secs(1);
/// Then it is another action's turn.
const SLICE: Duration = Duration::from_secs(5);
/// So many documents are looked up at a time.
const AT_A_TIME: i64 = 50;
/// A document that has had no resource for so long will have none by waiting.
const QUEUED_WITHIN: SignedDuration = SignedDuration::from_secs(60);
/// Where the cluster or Postgres fails, an action waits for so long.
const PAUSE_SECONDS: f64 = 5.0;

/// Why an action does not go on now.
#[derive(Debug, thiserror::Error)]
enum Interruption {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the cluster failed")]
    Cluster(#[from] ClusterError),
    /// It has no resource yet: the request that makes it still runs, or the sweeper makes it.
    #[error("a document is just being queued")]
    NotQueued,
    /// Whether a document is cancelled is not known yet.
    #[error("a document that may be cancelled is to end first")]
    NotEnded,
    /// The tenant has as many documents in flight as it may have.
    #[error("others are to finish first")]
    Quota(#[from] QuotaExceeded),
}

/// Whoever deletes what has failed does not mean what is still served, unless the filter says so.
fn is_spared(document: &Document, filter: &Filter) -> bool {
    let is_of_failed = filter.status == Some(Status::Failed) || filter.reason.is_some();
    document.kept_result.is_some() && is_of_failed && filter.has_result.is_none()
}

/// What works on them.
pub struct Worker {
    app: SharedApp,
    /// Postgres as the mirror: as it, actions of all tenants are seen.
    mirror: PgPool,
    id: Uuid,
}

impl Worker {
    /// One of several: they share the work.
    pub fn new(app: SharedApp, mirror: PgPool) -> Self {
        Self {
            app,
            mirror,
            id: Uuid::new_v4(),
        }
    }

    /// Runs until it is dropped, and takes nothing up once the process is about to end.
    pub async fn run(self) {
        loop {
            match self.step().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "unable to look for bulk actions; it is tried again"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Works on an action for a while; `false` where there is none.
    ///
    /// # Errors
    /// Those of Postgres, where it cannot even be looked.
    pub async fn step(&self) -> Result<bool, sqlx::Error> {
        if self.is_stopping() {
            return Ok(false);
        }
        let Some(action) = record::take(&self.mirror, self.id).await? else {
            return Ok(false);
        };
        let pause = match self.work(&action).await {
            Ok(()) => 0.0,
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, cause, bulk_action_id = %action.id, "a bulk action waits; it is tried again");
                PAUSE_SECONDS
            }
        };
        record::leave(&self.mirror, action.id, self.id, pause).await?;
        Ok(true)
    }

    fn is_stopping(&self) -> bool {
        self.app.is_stopping.load(Ordering::Relaxed)
    }

    async fn work(&self, action: &BulkAction) -> Result<(), Interruption> {
        let gone_on;
        let action = match action.asked_for {
            None => action,
            Some(asked_for) => match self.count_asked_for(action, asked_for).await? {
                None => return Ok(()),
                Some(action) => {
                    gone_on = action;
                    &gone_on
                }
            },
        };
        let until = Instant::now() + SLICE;
        let mut filter = action.filter.clone();
        let latest = action.created_at; // What comes later was not meant.
        filter.created_before = Some(filter.created_before.map_or(latest, |time| time.min(latest)));
        let mut listing = Listing {
            filter,
            sort: SortBy::CreatedAt,
            descending: false,
            after: action.after.map(|(time, id)| After::CreatedAt(time, id)),
            limit: AT_A_TIME,
        };
        let mut previous = action.after;
        loop {
            let (documents, _) = listing::list(&self.app.database, action.tenant_id, &listing).await?;
            let Some(last) = documents.last() else {
                let mut transaction = tenant_transaction(&self.app.database, action.tenant_id).await?;
                record::complete(&mut transaction, action, self.id, self.app.clock.now()).await?;
                transaction.commit().await?;
                tracing::info!(bulk_action_id = %action.id, tenant_id = %action.tenant_id, "completed a bulk action");
                return Ok(());
            };
            listing.after = Some(After::CreatedAt(last.created_at, last.id));
            for document in &documents {
                let goes_on = !self.is_stopping() && Instant::now() < until;
                if !goes_on || !self.turn(action, &listing.filter, document, previous).await? {
                    return Ok(());
                }
                previous = Some((document.created_at, document.id));
            }
        }
    }

    /// Gives a document its turn; `false` where the action is to go on no more.
    async fn turn(
        &self,
        action: &BulkAction,
        filter: &Filter,
        listed: &Document,
        previous: Option<(Timestamp, Uuid)>,
    ) -> Result<bool, Interruption> {
        match action.kind {
            BulkKind::Delete => self.delete(action, filter, listed).await,
            BulkKind::Retry => self.retry(action, filter, listed, previous).await,
            BulkKind::Cancel => self.cancel(action, filter, listed).await,
        }
    }

    async fn begin(&self, action: &BulkAction) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        tenant_transaction(&self.app.database, action.tenant_id).await
    }

    /// Ends a document's turn, unless the action is to go on no more: then nothing was done.
    async fn count(
        &self,
        mut transaction: Transaction<'static, Postgres>,
        action: &BulkAction,
        listed: &Document,
        turn: &Turn,
    ) -> Result<bool, sqlx::Error> {
        let place = (listed.created_at, listed.id);
        let goes_on = record::count(&mut transaction, action, self.id, place, turn).await?;
        if goes_on.is_some() {
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
        }
        Ok(goes_on.unwrap_or(false))
    }

    async fn delete(
        &self,
        action: &BulkAction,
        filter: &Filter,
        listed: &Document,
    ) -> Result<bool, Interruption> {
        let (tenant, now) = (action.tenant_id, self.app.clock.now());
        let mut transaction = self.begin(action).await?;
        let deleted = match listing::matching(&mut transaction, tenant, filter, listed.id).await? {
            None => None,
            Some(document) if is_spared(&document, filter) => None,
            Some(document) => {
                deletion::delete(
                    &mut transaction,
                    tenant,
                    document.id,
                    &action.actor,
                    Some(action.id),
                    now,
                )
                .await?
            }
        };
        let turn = if deleted.is_some() {
            Turn::Done
        } else {
            Turn::Skipped
        };
        if !self.count(transaction, action, listed, &turn).await? {
            return Ok(false);
        }
        if let Some(deleted) = deleted {
            deletion::end(&self.app, &deleted).await;
        }
        Ok(true)
    }

    async fn retry(
        &self,
        action: &BulkAction,
        filter: &Filter,
        listed: &Document,
        previous: Option<(Timestamp, Uuid)>,
    ) -> Result<bool, Interruption> {
        let (tenant, now) = (action.tenant_id, self.app.clock.now());
        let mut transaction = self.begin(action).await?;
        let Some(before) = listing::matching(&mut transaction, tenant, filter, listed.id).await? else {
            return Ok(self.count(transaction, action, listed, &Turn::Skipped).await?);
        };
        // What is ready is not encoded once more by mistake: the action must ask for it.
        if before.status() == Status::Ready && filter.status != Some(Status::Ready) {
            return Ok(self.count(transaction, action, listed, &Turn::Skipped).await?);
        }
        let mut attempt = transaction.begin().await?; // What is refused leaves nothing.
        let begun = match retry::begin(&mut attempt, tenant, &before, &action.parameters, now).await {
            Ok(document) => {
                attempt.commit().await?;
                Ok(document)
            }
            Err(error) => {
                attempt.rollback().await?;
                Err(error)
            }
        };
        let document = match begun {
            Ok(document) => document,
            Err(RetryError::Database(error)) => return Err(error.into()),
            Err(RetryError::Quota(exceeded @ QuotaExceeded::InFlight(_))) => return Err(exceeded.into()),
            Err(RetryError::NotFinished | RetryError::NotUploaded) => {
                return Ok(self.count(transaction, action, listed, &Turn::Skipped).await?);
            }
            Err(error) => {
                let turn = Turn::Failed(error.to_string());
                return Ok(self.count(transaction, action, listed, &turn).await?);
            }
        };
        if !self.count(transaction, action, listed, &Turn::Done).await? {
            return Ok(false);
        }
        let Err(error) = retry::queue(&self.app, tenant, &document).await else {
            return Ok(true);
        };
        // It is what it was before; where the cluster may take it later, its turn comes once more.
        let mut transaction = self.begin(action).await?;
        if !retry::undo(&mut transaction, tenant, &before, &document, &error, now).await? {
            return Ok(true); // It was taken all the same.
        }
        let is_refusal = error.is_refusal();
        let comes_again =
            !is_refusal && record::take_back(&mut transaction, action, self.id, listed.id, previous).await?;
        if !comes_again {
            let message = if is_refusal {
                "the cluster refused to take the document"
            } else {
                "the cluster did not take the document"
            };
            record::count_as_failed(&mut transaction, action, document.id, message.to_owned()).await?;
        }
        transaction.commit().await?;
        self.app.board.remove(document.id);
        if is_refusal { Ok(true) } else { Err(error.into()) }
    }

    /// That the cluster is asked is written down before: whoever goes on after a crash knows what to count.
    async fn cancel(
        &self,
        action: &BulkAction,
        filter: &Filter,
        listed: &Document,
    ) -> Result<bool, Interruption> {
        let mut transaction = self.begin(action).await?;
        let found = listing::matching(&mut transaction, action.tenant_id, filter, listed.id).await?;
        let Some(document) = found.filter(|document| !document.progress.phase.is_terminal()) else {
            return Ok(self.count(transaction, action, listed, &Turn::Skipped).await?);
        };
        let asked_for = AskedFor {
            document: document.id,
            encoding: document.binding.encoding(),
        };
        if !record::ask_for(&mut transaction, action, self.id, asked_for).await? {
            return Ok(false);
        }
        transaction.commit().await?; // Nobody is to wait while the cluster is asked.
        let turn = self.ask_to_cancel(action, &document).await?;
        let transaction = self.begin(action).await?;
        Ok(self.count(transaction, action, listed, &turn).await?)
    }

    async fn ask_to_cancel(&self, action: &BulkAction, document: &Document) -> Result<Turn, Interruption> {
        match cancellation::cancel(&self.app, document).await {
            Ok(()) => Ok(Turn::Done),
            Err(CancelError::Finished) => Ok(Turn::Skipped),
            Err(CancelError::NoResource) if document.updated_at + QUEUED_WITHIN > self.app.clock.now() => {
                let mut transaction = self.begin(action).await?;
                record::forget_asked_for(&mut transaction, action, self.id).await?;
                transaction.commit().await?;
                Err(Interruption::NotQueued)
            }
            Err(CancelError::Cluster(error)) if !error.is_refusal() => Err(error.into()),
            Err(CancelError::Cluster(_)) => Ok(Turn::Failed(
                "the cluster refused to cancel the document".to_owned(),
            )),
            Err(error @ CancelError::NoResource) => Ok(Turn::Failed(error.to_string())),
        }
    }

    /// Counts the cancellation that was asked for by whoever was cut off before it was counted. Answers the action as it goes on; `None` where it does
    /// not.
    async fn count_asked_for(
        &self,
        action: &BulkAction,
        asked_for: AskedFor,
    ) -> Result<Option<BulkAction>, Interruption> {
        let (tenant, id) = (action.tenant_id, asked_for.document);
        let mut transaction = self.begin(action).await?;
        if let Some(document) = listing::matching(&mut transaction, tenant, &Filter::default(), id).await? {
            let mut phase = Some(document.progress.phase);
            if document.binding.encoding() != asked_for.encoding {
                let past = encodings::past(&mut transaction, tenant, &[id]).await?;
                let mut past = past.into_values().flatten();
                phase = past
                    .find(|past| past.number == asked_for.encoding)
                    .map(|past| past.phase);
            }
            transaction.rollback().await?;
            let turn = match phase {
                Some(Phase::Cancelled) => Turn::Done,
                Some(phase) if !phase.is_terminal() && action.state == BulkState::Running => {
                    self.ask_to_cancel(action, &document).await?
                }
                // Whether it was asked for in time is known when it ends: what was aborted asks for nothing more.
                Some(phase) if !phase.is_terminal() => return Err(Interruption::NotEnded),
                _ => Turn::Skipped,
            };
            let transaction = self.begin(action).await?;
            self.count(transaction, action, &document, &turn).await?;
        } else {
            record::forget_asked_for(&mut transaction, action, self.id).await?;
            transaction.commit().await?;
        }
        let mut transaction = self.begin(action).await?;
        let found = record::find(&mut transaction, tenant, action.id).await?;
        Ok(found.filter(|action| action.state == BulkState::Running))
    }
}
