//! What all requests share.

use std::sync::Arc;

use jiff::SignedDuration;
use sqlx::PgPool;

use crate::{
    clock::Clock,
    cluster::Cluster,
    identity::authenticator::Authenticator,
    live::{board::Board, progress::LiveProgress},
    metrics::Metrics,
    store::Store,
};

/// What all requests share.
pub struct App {
    /// The time.
    pub clock: Clock,
    /// Postgres as the API's role.
    pub database: PgPool,
    /// Postgres as the role of maintenance, for what a request leaves to be finished.
    pub maintenance: PgPool,
    /// The object store.
    pub store: Store,
    /// The cluster.
    pub cluster: Cluster,
    /// Who sends a request.
    pub authenticator: Authenticator,
    /// The documents that the mirror sees.
    pub board: Arc<Board>,
    /// Progress from Redis.
    pub progress: LiveProgress,
    /// What is counted.
    pub metrics: Metrics,
    /// The largest file that is taken.
    pub max_upload_bytes: u64,
    /// The longest that a session of the dashboard may last.
    pub session_max: SignedDuration,
}

/// As handlers take it.
pub type SharedApp = Arc<App>;
