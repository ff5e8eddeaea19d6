//! What all requests share.

use std::sync::{Arc, atomic::AtomicBool};

use jiff::SignedDuration;
use sqlx::PgPool;
use tokio::sync::Semaphore;

use crate::{
    clock::Clock,
    cluster::Cluster,
    documents::reuse::ReuseSettings,
    identity::authenticator::Authenticator,
    live::{board::Board, feed::Feed, progress::LiveProgress},
    metrics::Metrics,
    store::Store,
    turns::TenantTurns,
    uploads::admission::Admission,
    webhooks::resolver::Resolver,
};

/// What all requests share.
pub struct App {
    /// The time.
    pub clock: Clock,
    /// Postgres as the API's role.
    pub database: PgPool,
    /// A connection to Postgres that requests cannot use up, to find out whether they can be served.
    pub readiness: PgPool,
    /// The object store.
    pub store: Store,
    /// The cluster.
    pub cluster: Cluster,
    /// Who sends a request.
    pub authenticator: Authenticator,
    /// The documents that the mirror sees.
    pub board: Arc<Board>,
    /// The streams of changes.
    pub feed: Arc<Feed>,
    /// Progress from Redis.
    pub progress: LiveProgress,
    /// What is counted.
    pub metrics: Metrics,
    /// Places for requests that are no uploads.
    pub in_flight: Semaphore,
    /// Whether the process is about to end: it is ready no more, and finishes what was begun.
    pub is_stopping: AtomicBool,
    /// Of what there is little, by tenants.
    pub turns: TenantTurns,
    /// The uploads that are coming in.
    pub uploads: Admission,
    /// The largest file that is taken.
    pub max_upload_bytes: u64,
    /// Whether results are reused, and which.
    pub reuse: ReuseSettings,
    /// Where webhooks may be sent.
    pub webhooks: Resolver,
    /// The longest that a session of the dashboard may last.
    pub session_max: SignedDuration,
}

/// As handlers take it.
pub type SharedApp = Arc<App>;
