//! What is counted of sweeping and of indexing for search.

use std::sync::{Arc, atomic::AtomicU64};

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::{Registry, Unit},
};
use sqlx::PgPool;

/// What is counted.
#[derive(Clone)]
pub struct SweeperMetrics {
    registry: Arc<Registry>,
    pub(super) swept: Counter,
    pub(crate) indexed: Counter,
    pub(crate) indexing_failed: Counter,
    pub(crate) indexing_given_up: Counter,
    indexing_backlog: Gauge,
    indexing_oldest_due_seconds: Gauge<f64, AtomicU64>,
}

impl Default for SweeperMetrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("socrate_sweeper");
        let (swept, indexed) = (Counter::default(), Counter::default());
        let (indexing_failed, indexing_given_up) = (Counter::default(), Counter::default());
        let (indexing_backlog, indexing_oldest_due_seconds) = (Gauge::default(), Gauge::default());
        registry.register(
            "swept",
            "Uploads that were finished or removed, and deleted documents whose remains were removed",
            swept.clone(),
        );
        registry.register(
            "documents_indexed",
            "Documents whose chunks were copied for search, or removed from it",
            indexed.clone(),
        );
        registry.register(
            "indexing_failures",
            "Attempts to index a document that failed and are repeated",
            indexing_failed.clone(),
        );
        registry.register(
            "indexing_given_up",
            "Documents that cannot be indexed, as their result is damaged or nothing that Postgres holds",
            indexing_given_up.clone(),
        );
        registry.register(
            "indexing_backlog",
            "Documents that are still to be indexed for search, or removed from it",
            indexing_backlog.clone(),
        );
        registry.register_with_unit(
            "indexing_oldest_due",
            "For how long the oldest document has been due that nobody indexes",
            Unit::Seconds,
            indexing_oldest_due_seconds.clone(),
        );
        Self {
            registry: Arc::new(registry),
            swept,
            indexed,
            indexing_failed,
            indexing_given_up,
            indexing_backlog,
            indexing_oldest_due_seconds,
        }
    }
}

impl SweeperMetrics {
    /// All of it, in the format of `OpenMetrics`.
    ///
    /// # Errors
    /// Where it cannot be written, which is a defect.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Looks how many documents are to be indexed, and for how long, as maintenance.
    ///
    /// # Errors
    /// Those of Postgres.
    pub async fn measure(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let (backlog, seconds): (i64, Option<f64>) = sqlx::query_as(
            "SELECT count(*), extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now()))::float8 FROM indexed_documents \
             WHERE due_at IS NOT NULL",
        )
        .fetch_one(pool)
        .await?;
        self.indexing_backlog.set(backlog);
        self.indexing_oldest_due_seconds.set(seconds.unwrap_or_default());
        Ok(())
    }
}
